//! Dividing units: sets made of several goods, and one good between several takers.

/// How many sets can be made of components, each given as units available and units in one set. A set of nothing cannot be sold.
///
/// A component with quantity 0 does not limit the set.
pub fn bundle_sellable(parts: &[(u32, u32)]) -> u32 {
    parts.iter().filter_map(|(available, quantity)| available.checked_div(*quantity)).min().unwrap_or(0)
}

/// Divides `available` units by weight.
///
/// The sum of the result never exceeds `available` and equals it unless all weights are 0; takers earlier in `weights` win the remainder;
/// weight 0 gets nothing. Pure: same input, same answer.
pub fn split(available: u32, weights: &[u32]) -> Vec<u32> {
    let total: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
    if total == 0 {
        return vec![0; weights.len()];
    }
    let mut parts: Vec<u32> = weights
        .iter()
        .map(|weight| {
            let part = u128::from(available) * u128::from(*weight) / u128::from(total);
            u32::try_from(part).unwrap_or(available)
        })
        .collect();
    let given: u64 = parts.iter().map(|part| u64::from(*part)).sum();
    let mut left = u64::from(available).saturating_sub(given);
    // the remainder is smaller than the number of takers with a weight, so one round is enough
    for (part, weight) in parts.iter_mut().zip(weights) {
        if left > 0 && *weight > 0 {
            *part += 1;
            left -= 1;
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_gift_set_is_limited_by_its_scarcest_component() {
        assert_eq!(bundle_sellable(&[(10, 1), (7, 2), (100, 3)]), 3);
    }

    #[test]
    fn a_set_of_nothing_cannot_be_sold() {
        assert_eq!(bundle_sellable(&[]), 0);
    }

    #[test]
    fn the_first_takers_win_the_remainder() {
        assert_eq!(split(8, &[1, 1, 1]), [3, 3, 2]);
    }

    proptest! {
        #[test]
        fn a_split_gives_everything_and_no_more(
            available: u32, weights in proptest::collection::vec(any::<u32>(), 0..20)
        ) {
            let parts = split(available, &weights);

            let sum: u64 = parts.iter().map(|part| u64::from(*part)).sum();
            let anyone = weights.iter().any(|weight| *weight > 0);
            prop_assert_eq!(sum, if anyone { u64::from(available) } else { 0 });
        }

        #[test]
        fn a_larger_weight_never_gets_two_units_less(
            available in 0_u32..10_000, weights in proptest::collection::vec(0_u32..50, 2..10)
        ) {
            let parts = split(available, &weights);

            for (index, weight) in weights.iter().enumerate() {
                for (other, lighter) in weights.iter().enumerate() {
                    prop_assert!(weight < lighter || parts[index] + 1 >= parts[other]);
                }
            }
        }

        #[test]
        fn a_bundle_never_needs_more_than_there_is(
            parts in proptest::collection::vec((0_u32..1_000, 1_u32..20), 1..8)
        ) {
            let sets = bundle_sellable(&parts);

            for (available, quantity) in &parts {
                prop_assert!(sets * quantity <= *available);
            }
            prop_assert!(parts.iter().any(|(available, quantity)| (sets + 1) * quantity > *available));
        }
    }
}
