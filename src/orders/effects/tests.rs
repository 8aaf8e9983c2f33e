use super::*;
use ganh_contract::Vnd;
use proptest::prelude::*;

pub fn line(stage: LineStage, units: u32, cancelled: u32) -> OrderLine {
    OrderLine {
        id: RemoteLineId::new("1"),
        offer: None,
        sku: None,
        units,
        cancelled,
        returned: 0,
        stage,
        unit_price: Vnd(1_000),
        package: None,
        stocked_by_channel: false,
    }
}

fn after(readings: &[OrderLine], takes_at: &LineStage) -> Taken {
    readings.iter().fold(Taken::default(), |taken, line| {
        effects(&taken, line, takes_at).into_iter().fold(taken, Taken::with)
    })
}

/// Reserved now, and gone: all that a balance feels.
fn sums(taken: Taken) -> (u32, u32) {
    (taken.open(), taken.shipped)
}

fn effect(kind: EffectKind, units: u32, cumulative: u32) -> Effect {
    Effect { kind, units, cumulative }
}

#[test]
fn a_unit_is_reserved_when_the_channel_takes_it_and_not_before() {
    let unpaid = line(LineStage::Unpaid, 2, 0);

    assert_eq!(
        (
            effects(&Taken::default(), &unpaid, &LineStage::Unpaid),
            effects(&Taken::default(), &unpaid, &LineStage::Ready)
        ),
        (vec![effect(EffectKind::Reserve, 2, 2)], vec![])
    );
}

#[test]
fn i2_a_repeated_reading_has_no_effect() {
    let ready = line(LineStage::Ready, 3, 0);
    let taken = after(std::slice::from_ref(&ready), &LineStage::Unpaid);

    assert_eq!(effects(&taken, &ready, &LineStage::Unpaid), []);
}

#[test]
fn i2_two_partial_cancels_release_once_each() {
    let taken = Taken { reserved: 3, released: 1, shipped: 0 };

    let second = effects(&taken, &line(LineStage::Ready, 3, 3), &LineStage::Unpaid);

    assert_eq!(second, [effect(EffectKind::Release, 2, 3)]);
}

#[test]
fn a_shipment_takes_what_was_not_cancelled_and_releases_the_rest() {
    let taken = Taken { reserved: 3, released: 0, shipped: 0 };

    let shipped = effects(&taken, &line(LineStage::Shipped, 3, 1), &LineStage::Unpaid);

    assert_eq!(shipped, [effect(EffectKind::Ship, 2, 2), effect(EffectKind::Release, 1, 1)]);
}

#[test]
fn a_cancellation_after_shipping_releases_nothing() {
    let taken = Taken { reserved: 3, released: 0, shipped: 3 };

    assert_eq!(effects(&taken, &line(LineStage::Cancelled, 3, 3), &LineStage::Unpaid), []);
}

#[test]
fn an_order_first_seen_when_delivered_is_reserved_and_shipped_at_once() {
    let seen = effects(&Taken::default(), &line(LineStage::Delivered, 2, 0), &LineStage::Unpaid);

    assert_eq!(seen, [effect(EffectKind::Reserve, 2, 2), effect(EffectKind::Ship, 2, 2)]);
}

#[test]
fn i2_a_shipment_heard_of_after_the_cancellation_still_leaves_the_shelf() {
    let cancelled_first = [line(LineStage::Cancelled, 3, 3), line(LineStage::Shipped, 3, 0)];

    assert_eq!(sums(after(&cancelled_first, &LineStage::Unpaid)), (0, 3));
}

#[test]
fn an_unknown_stage_holds_the_units_back() {
    let unknown = line(LineStage::Unknown("IN_LIMBO".into()), 2, 0);

    assert_eq!(effects(&Taken::default(), &unknown, &LineStage::Ready), [effect(EffectKind::Reserve, 2, 2)]);
}

#[test]
fn returned_goods_stay_gone() {
    let history =
        [line(LineStage::Shipped, 2, 0), OrderLine { returned: 2, ..line(LineStage::Returned, 2, 0) }];

    assert_eq!(sums(after(&history, &LineStage::Unpaid)), (0, 2));
}

#[test]
fn goods_in_the_channels_own_warehouse_never_touch_the_ledger() {
    let theirs = OrderLine { stocked_by_channel: true, ..line(LineStage::Shipped, 2, 0) };

    assert_eq!(effects(&Taken::default(), &theirs, &LineStage::Unpaid), []);
}

#[test]
fn a_line_that_was_edited_down_gives_back_the_difference_once() {
    let history = [line(LineStage::Ready, 5, 0), line(LineStage::Ready, 3, 0), line(LineStage::Ready, 3, 0)];

    assert_eq!(sums(after(&history, &LineStage::Unpaid)), (3, 0));
}

#[test]
fn i2_ids_with_slashes_cannot_spell_the_cause_of_another_order() {
    let one = effect(EffectKind::Reserve, 1, 1);

    let a = cause(ShopId::new(1), &RemoteOrderId::new("a/b"), &RemoteLineId::new("c"), &one);
    let b = cause(ShopId::new(1), &RemoteOrderId::new("a"), &RemoteLineId::new("b/c"), &one);

    assert_eq!((a.as_str(), a == b), ("order/1/a%2Fb/c/reserve/1", false));
}

/// A true history: stages forward only, counts that only grow, and perhaps an end by cancelling, failing or coming back.
fn history() -> impl Strategy<Value = Vec<OrderLine>> {
    let way = [
        LineStage::Unpaid,
        LineStage::Pending,
        LineStage::Ready,
        LineStage::Packed,
        LineStage::Shipped,
        LineStage::Delivered,
        LineStage::Completed,
    ];
    let end = prop_oneof![
        Just(None),
        Just(Some(LineStage::Cancelled)),
        Just(Some(LineStage::Failed)),
        Just(Some(LineStage::Returned)),
        Just(Some(LineStage::Cancelling)),
        Just(Some(LineStage::Unknown("X".into()))),
    ];
    (1_u32..6, proptest::collection::vec((0_usize..7, 0_u32..3), 1..7), end).prop_map(
        move |(units, mut steps, end)| {
            steps.sort_by_key(|(stage, _)| *stage);
            let mut cancelled = 0;
            let mut readings: Vec<OrderLine> = steps
                .into_iter()
                .map(|(stage, more)| {
                    cancelled = (cancelled + more).min(units);
                    line(way[stage].clone(), units, cancelled)
                })
                .collect();
            readings.extend(end.map(|stage| {
                let all = matches!(stage, LineStage::Cancelled | LineStage::Failed);
                line(stage, units, if all { units } else { cancelled })
            }));
            readings
        },
    )
}

fn takes_at() -> impl Strategy<Value = LineStage> {
    prop_oneof![
        Just(LineStage::Unpaid),
        Just(LineStage::Pending),
        Just(LineStage::Ready),
        Just(LineStage::Shipped)
    ]
}

proptest! {
    #[test]
    fn i2_any_order_of_arrival_and_any_repetition_gives_the_same_sums(
        (truth, news) in history().prop_flat_map(|truth| {
            let repeats = truth.clone();
            let all = truth.clone();
            (Just(truth), proptest::sample::subsequence(repeats.clone(), 0..=repeats.len()).prop_flat_map(move |again| {
                let mut news = all.clone();
                news.extend(again);
                Just(news).prop_shuffle()
            }))
        }),
        takes_at in takes_at()
    ) {
        prop_assert_eq!(sums(after(&news, &takes_at)), sums(after(&truth, &takes_at)));
    }

    #[test]
    fn i2_no_news_ever_releases_or_ships_what_was_not_reserved(
        news in history().prop_shuffle(), takes_at in takes_at()
    ) {
        let mut taken = Taken::default();
        for line in &news {
            for effect in effects(&taken, line, &takes_at) {
                taken = taken.with(effect);
                prop_assert!(taken.reserved >= taken.released + taken.shipped);
                prop_assert!(taken.shipped <= line.units && effect.units > 0);
            }
        }
    }

    #[test]
    fn i2_the_causes_of_a_line_never_repeat(news in history().prop_shuffle(), takes_at in takes_at()) {
        let mut taken = Taken::default();
        let mut seen = std::collections::BTreeSet::new();
        for line in &news {
            for effect in effects(&taken, line, &takes_at) {
                taken = taken.with(effect);
                prop_assert!(seen.insert((effect.kind, effect.cumulative)));
            }
        }
    }

    #[test]
    fn after_the_last_stage_nothing_stays_reserved(
        news in history().prop_shuffle(), takes_at in takes_at()
    ) {
        let ended = news.iter().any(|line| matches!(
            line.stage,
            LineStage::Shipped | LineStage::Delivered | LineStage::Completed | LineStage::Cancelled | LineStage::Failed | LineStage::Returned
        ));

        prop_assert!(!ended || after(&news, &takes_at).open() == 0);
    }
}
