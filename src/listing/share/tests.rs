use super::*;
use proptest::prelude::*;

fn rules(rules: StockRules) -> EffectiveStock {
    EffectiveStock::of(Layers(&[(Scope::Shop, &rules)]))
}

fn taker(offer: i64, variant: i64, rules: &EffectiveStock) -> Consumer<'_> {
    Consumer {
        offer: OfferId::new(offer),
        shop: ShopId::new(offer),
        needs: vec![(VariantId::new(variant), 1)],
        rules,
        sellable_here: true,
        channel_max: 999_999,
    }
}

fn pool(units: u32) -> BTreeMap<VariantId, u32> {
    BTreeMap::from([(VariantId::new(1), units)])
}

fn units(consumers: &[Consumer<'_>], pools: &BTreeMap<VariantId, u32>) -> Vec<u32> {
    allot(consumers, pools).iter().map(|allotment| allotment.units).collect()
}

const STRICT: StockRules = StockRules {
    allocation: Some(Allocation::Strict),
    share: None,
    cap: None,
    buffer: None,
    threshold: None,
    keep_last: None,
    weight: None,
};

#[test]
fn shared_offers_show_what_there_is_less_their_buffer() {
    let careful = rules(StockRules { buffer: Some(3), ..StockRules::default() });
    let plain = rules(StockRules::default());

    assert_eq!(units(&[taker(1, 1, &careful), taker(2, 1, &plain)], &pool(10)), [7, 10]);
}

#[test]
fn the_steps_of_a_figure_name_each_rule_and_its_layer() {
    let shop = StockRules { buffer: Some(2), share: Some(Share::PercentBp(5_000)), ..StockRules::default() };
    let offer = StockRules { cap: Some(3), threshold: Some(5), ..StockRules::default() };
    let both = EffectiveStock::of(Layers(&[(Scope::Shop, &shop), (Scope::Offer, &offer)]));

    let allotment = allot(&[taker(1, 1, &both)], &pool(12)).remove(0);

    let step = |rule, scope, units| StockStep { rule, scope, units };
    assert_eq!(
        allotment.steps,
        [
            step(StockRule::Sellable, None, 12),
            step(StockRule::Buffer { units: 2 }, Some(Scope::Shop), 10),
            step(StockRule::Percent { bp: 5_000 }, Some(Scope::Shop), 5),
            step(StockRule::Cap { units: 3 }, Some(Scope::Offer), 3),
            step(StockRule::Threshold { units: 5 }, Some(Scope::Offer), 0),
        ]
    );
}

#[test]
fn i7_a_strict_pool_is_divided_and_the_first_wins_the_last_unit() {
    let strict = rules(STRICT);

    assert_eq!(
        units(&[taker(1, 1, &strict), taker(2, 1, &strict), taker(3, 1, &strict)], &pool(8)),
        [3, 3, 2]
    );
}

#[test]
fn a_strict_buffer_is_kept_back_once_and_not_by_each_shop() {
    let careful = rules(StockRules { buffer: Some(2), ..STRICT });

    assert_eq!(units(&[taker(1, 1, &careful), taker(2, 1, &careful)], &pool(10)), [4, 4]);
}

#[test]
fn what_a_capped_shop_leaves_is_divided_between_the_others() {
    let capped = rules(StockRules { cap: Some(2), ..STRICT });
    let strict = rules(STRICT);

    assert_eq!(
        units(&[taker(1, 1, &capped), taker(2, 1, &strict), taker(3, 1, &strict)], &pool(30)),
        [2, 14, 14]
    );
}

#[test]
fn i7_shared_offers_in_a_strict_pool_stand_for_one_more_taker() {
    let strict = rules(STRICT);
    let shared = rules(StockRules::default());

    assert_eq!(
        units(&[taker(1, 1, &strict), taker(2, 1, &shared), taker(3, 1, &shared)], &pool(10)),
        [5, 5, 5]
    );
}

#[test]
fn an_offer_off_sale_shows_nothing_and_leaves_its_part_to_the_others() {
    let strict = rules(STRICT);
    let off = Consumer { sellable_here: false, ..taker(1, 1, &strict) };

    assert_eq!(units(&[off, taker(2, 1, &strict)], &pool(10)), [0, 10]);
}

#[test]
fn a_gift_set_is_made_of_its_parts() {
    let shared = rules(StockRules::default());
    let set =
        Consumer { needs: vec![(VariantId::new(1), 2), (VariantId::new(2), 1)], ..taker(1, 1, &shared) };
    let pools = BTreeMap::from([(VariantId::new(1), 9), (VariantId::new(2), 7)]);

    assert_eq!(units(&[set], &pools), [4]);
}

#[test]
fn a_figure_never_exceeds_what_the_channel_takes() {
    let shared = rules(StockRules::default());
    let small = Consumer { channel_max: 99, ..taker(1, 1, &shared) };

    assert_eq!(units(&[small], &pool(500)), [99]);
}

#[test]
fn shared_exposure_is_what_is_promised_beyond_the_pool() {
    let shared = rules(StockRules::default());
    let consumers = [taker(1, 1, &shared), taker(2, 1, &shared)];

    let beyond = promised_beyond(&consumers, &allot(&consumers, &pool(10)), &pool(10));

    assert_eq!(beyond, BTreeMap::from([(VariantId::new(1), 10)]));
}

#[test]
fn rules_are_read_back_as_they_were_written() {
    let text = r#"{"allocation":"strict","share":{"percent_bp":2500},"cap":9}"#;

    let rules: StockRules = serde_json::from_str(text).expect("the shape in the table policy");

    assert_eq!(serde_json::to_string(&rules).ok().as_deref(), Some(text));
}

fn kept_for(shop: i64, units: u32) -> StockRules {
    StockRules { keep_last: Some(KeepLast { shop: ShopId::new(shop), units }), ..StockRules::default() }
}

#[test]
fn the_last_units_are_kept_for_one_shop_and_the_others_show_so_many_fewer() {
    let kept = rules(kept_for(2, 4));
    let consumers = [taker(1, 1, &kept), taker(2, 1, &kept), taker(3, 1, &kept)];

    let shown = [10, 4, 3].map(|there| units(&consumers, &pool(there)));

    assert_eq!(shown, [[6, 10, 6], [0, 4, 0], [0, 3, 0]]);
}

#[test]
fn the_last_units_are_kept_from_gift_sets_too() {
    let kept = rules(kept_for(2, 4));
    let plain = rules(StockRules::default());
    let set = Consumer { needs: vec![(VariantId::new(1), 2)], ..taker(3, 1, &plain) };

    assert_eq!(units(&[taker(1, 1, &kept), taker(2, 1, &kept), set], &pool(9)), [5, 9, 2]);
}

#[test]
fn nothing_is_kept_for_a_shop_that_does_not_sell_it() {
    let kept = rules(kept_for(2, 4));
    let off = Consumer { sellable_here: false, ..taker(2, 1, &kept) };

    assert_eq!(units(&[taker(1, 1, &kept), off, taker(3, 1, &kept)], &pool(9)), [9, 0, 9]);
}

#[test]
fn i7_a_strict_pool_gives_the_kept_units_to_their_shop_and_divides_the_rest() {
    let kept = rules(StockRules { allocation: Some(Allocation::Strict), ..kept_for(2, 4) });

    let consumers = [taker(1, 1, &kept), taker(2, 1, &kept)];

    assert_eq!([10, 4, 1].map(|there| units(&consumers, &pool(there))), [[3, 7], [0, 4], [0, 1]]);
}

/// The rules of the example in `docs/allocation.md`, for its three shops in the order of its columns.
fn rules_of_the_example(allocation: Allocation) -> [EffectiveStock; 3] {
    let default = StockRules { allocation: Some(allocation), buffer: Some(3), ..StockRules::default() };
    let product = kept_for(3, 4);
    let shops = [
        StockRules { weight: Some(2), ..StockRules::default() },
        StockRules { share: Some(Share::PercentBp(5_000)), cap: Some(20), ..StockRules::default() },
        StockRules { threshold: Some(3), ..StockRules::default() },
    ];
    shops.map(|shop| {
        EffectiveStock::of(Layers(&[
            (Scope::Default, &default),
            (Scope::Product, &product),
            (Scope::Shop, &shop),
        ]))
    })
}

/// Rows of numbers in the part of the page between two comments.
fn table_of_the_example(name: &str) -> Vec<Vec<u32>> {
    let page = include_str!("../../../docs/allocation.md");
    let (_, rest) =
        page.split_once(&format!("<!-- example: {name} -->")).expect("the example is on the page");
    let (table, _) = rest.split_once("<!-- end -->").expect("the example ends");
    table
        .lines()
        .filter_map(|line| {
            line.trim_matches(['|', ' ']).split('|').map(|cell| cell.trim().parse().ok()).collect()
        })
        .collect()
}

#[test]
fn the_example_of_the_page_on_allocation_is_what_is_computed() {
    for (name, allocation) in [("shared", Allocation::Shared), ("strict", Allocation::Strict)] {
        let rules = rules_of_the_example(allocation);
        let consumers = [taker(1, 1, &rules[0]), taker(2, 1, &rules[1]), taker(3, 1, &rules[2])];
        let written = table_of_the_example(name);

        let computed: Vec<Vec<u32>> =
            written.iter().map(|row| [vec![row[0]], units(&consumers, &pool(row[0]))].concat()).collect();

        assert_eq!(written, computed, "{name}");
        assert_eq!(written.len(), 5, "{name}");
    }
}

fn any_rules() -> impl Strategy<Value = EffectiveStock> {
    let share = prop_oneof![(0_u32..=10_000).prop_map(Share::PercentBp), (0_u32..50).prop_map(Share::Fixed)];
    (
        any::<bool>(),
        proptest::option::weighted(0.3, share),
        proptest::option::weighted(0.3, 0_u32..30),
        proptest::option::weighted(0.3, 0_u32..10),
        proptest::option::weighted(0.2, 0_u32..10),
        proptest::option::weighted(0.3, (0_i64..4, 0_u32..30)),
        proptest::option::weighted(0.5, 0_u32..5),
    )
        .prop_map(|(is_strict, share, cap, buffer, threshold, keep, weight)| {
            let keep_last = keep.map(|(shop, units)| KeepLast { shop: ShopId::new(shop), units });
            let allocation = Some(if is_strict { Allocation::Strict } else { Allocation::Shared });
            rules(StockRules { allocation, share, cap, buffer, threshold, keep_last, weight })
        })
}

type World = (Vec<EffectiveStock>, Vec<Vec<(i64, u32)>>, Vec<bool>, Vec<u32>);

fn any_world() -> impl Strategy<Value = World> {
    (1_usize..9).prop_flat_map(|count| {
        let needs = proptest::collection::btree_map(0_i64..4, 1_u32..4, 1..4)
            .prop_map(|needs| needs.into_iter().collect::<Vec<_>>());
        (
            proptest::collection::vec(any_rules(), count),
            proptest::collection::vec(needs, count),
            proptest::collection::vec(proptest::bool::weighted(0.8), count),
            proptest::collection::vec(0_u32..200, 4),
        )
    })
}

proptest! {
    #[test]
    fn i7_strict_promises_and_the_highest_shared_one_never_exceed_the_pool(world in any_world()) {
        let (rules, needs, sellable, units) = world;
        let consumers: Vec<Consumer<'_>> = rules.iter().zip(&needs).zip(&sellable).enumerate()
            .map(|(index, ((rules, needs), sellable_here))| Consumer {
                offer: OfferId::new(i64::try_from(index).expect("few")),
                shop: ShopId::new(i64::try_from(index % 4).expect("few")),
                needs: needs.iter().map(|(variant, quantity)| (VariantId::new(*variant), *quantity)).collect(),
                rules,
                sellable_here: *sellable_here,
                channel_max: 999_999,
            })
            .collect();
        let pools: BTreeMap<VariantId, u32> =
            (0_i64..).zip(&units).map(|(variant, units)| (VariantId::new(variant), *units)).collect();

        let allotments = allot(&consumers, &pools);

        for (variant, pool) in &pools {
            let of = |wanted: Allocation| {
                consumers.iter().zip(&allotments)
                    .filter(move |(consumer, _)| consumer.rules.allocation.is == wanted)
                    .flat_map(|(consumer, allotment)| consumer.needs.iter().map(move |need| (need, allotment.units)))
                    .filter(|((needed, _), _)| needed == variant)
                    .map(|((_, quantity), units)| u64::from(*quantity) * u64::from(units))
                    .collect::<Vec<u64>>()
            };
            let strict: u64 = of(Allocation::Strict).iter().sum();
            let shared = of(Allocation::Shared).into_iter().max().unwrap_or(0);
            prop_assert!(strict + shared <= u64::from(*pool), "{strict} + {shared} > {pool}");
        }
    }

    #[test]
    fn the_last_step_of_an_allotment_is_its_figure_and_steps_never_rise(world in any_world()) {
        let (rules, needs, sellable, units) = world;
        let pools: BTreeMap<VariantId, u32> =
            (0_i64..).zip(&units).map(|(variant, units)| (VariantId::new(variant), *units)).collect();
        let consumers: Vec<Consumer<'_>> = rules.iter().zip(&needs).zip(&sellable).enumerate()
            .map(|(index, ((rules, needs), sellable_here))| Consumer {
                offer: OfferId::new(1),
                shop: ShopId::new(i64::try_from(index % 4).expect("few")),
                needs: needs.iter().map(|(variant, quantity)| (VariantId::new(*variant), *quantity)).collect(),
                rules,
                sellable_here: *sellable_here,
                channel_max: 20,
            })
            .collect();

        for allotment in allot(&consumers, &pools) {
            prop_assert_eq!(Some(allotment.units), allotment.steps.last().map(|step| step.units));
            prop_assert!(allotment.steps.windows(2).all(|pair| pair[0].units >= pair[1].units));
        }
    }
}
