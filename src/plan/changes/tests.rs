use super::*;
use crate::listing::figures::Suspect;
use crate::listing::figures::tests::{offer_in_step, wants_on_sale, wants_price, wants_stock};
use crate::plan::pack::tests::{ALL, ANY, capability, shape};
use ganh_contract::{Batch, Vnd};
use proptest::prelude::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("a small number")
}

fn apart() -> Capability {
    let one = Batch::Offer;
    capability(vec![
        shape(&[Facet::Price], ANY, one, false),
        shape(&[Facet::Stock], ANY, one, false),
        shape(&[Facet::OnSale], ANY, one, false),
    ])
}

fn together() -> Capability {
    capability(vec![shape(ALL, ANY, Batch::Offers { max_offers: 50 }, false)])
}

fn run(offers: &[OfferState], capability: &Capability, orders_read_at: i64) -> Changes {
    let gates = Gates {
        capability,
        known: &Known::new(),
        busy: &BTreeSet::new(),
        orders_read_at: at(orders_read_at),
        now: at(1_000),
        ages_after: SignedDuration::ZERO,
    };
    changes(offers, &gates)
}

fn based(mut offer: OfferState, second: i64) -> OfferState {
    offer.based_at = at(second);
    offer
}

fn why(changes: &Changes) -> Vec<WhyHeld> {
    changes.held.iter().map(|held| held.why).collect()
}

#[test]
fn i5_a_raise_is_held_until_orders_were_read_later_than_its_base() {
    let raise = based(wants_stock(offer_in_step(1), 20), 500);

    let early = run(std::slice::from_ref(&raise), &apart(), 500);
    let late = run(std::slice::from_ref(&raise), &apart(), 501);

    assert_eq!((why(&early), early.send.len()), (vec![WhyHeld::RaiseGate { base: at(500) }], 0));
    assert_eq!((late.send[0].stock, late.held.len()), (Some(20), 0));
}

#[test]
fn i5_lowering_is_never_held_by_unread_orders() {
    let lower = based(wants_stock(offer_in_step(1), 3), 500);

    assert_eq!(run(&[lower], &apart(), 0).send[0].stock, Some(3));
}

#[test]
fn i6_a_pending_price_holds_a_raise_but_not_a_lowering() {
    let raise = wants_price(wants_stock(offer_in_step(1), 20), 40_000);
    let lower = wants_price(wants_stock(offer_in_step(2), 2), 40_000);

    let changes = run(&[raise, lower], &apart(), 900);

    let sent: Vec<_> =
        changes.send.iter().map(|change| (change.offer.get(), change.facets.price, change.stock)).collect();
    assert_eq!(
        (sent, why(&changes)),
        (vec![(2, true, Some(2)), (1, true, None)], vec![WhyHeld::PricePending])
    );
}

#[test]
fn i6_price_and_raise_leave_together_where_they_share_a_row() {
    let raise = wants_price(wants_stock(offer_in_step(1), 20), 40_000);

    let changes = run(&[raise], &together(), 900);

    assert_eq!(
        (changes.send[0].facets.price, changes.send[0].stock, changes.held.len()),
        (true, Some(20), 0)
    );
}

#[test]
fn i4_nothing_leaves_to_a_listing_with_an_unanswered_write() {
    let zero = wants_stock(offer_in_step(1), 0);
    let busy = BTreeSet::from([zero.listing_id]);
    let gates = Gates {
        capability: &apart(),
        known: &Known::new(),
        busy: &busy,
        orders_read_at: at(900),
        now: at(1_000),
        ages_after: SignedDuration::ZERO,
    };

    assert_eq!(why(&changes(&[zero], &gates)), [WhyHeld::InFlight]);
}

#[test]
fn i7_a_suspect_offer_may_be_lowered_but_not_raised() {
    let suspect = |mut offer: OfferState| {
        offer.suspect = Some(Suspect { until: at(950), stock: Some(10) });
        offer
    };

    let changes = run(
        &[suspect(wants_stock(offer_in_step(1), 20)), suspect(wants_stock(offer_in_step(2), 1))],
        &apart(),
        900,
    );

    assert_eq!((changes.send[0].stock, why(&changes)), (Some(1), vec![WhyHeld::Suspect { until: at(950) }]));
}

#[test]
fn i9_zero_goes_before_hiding_where_figures_are_taken_only_while_live() {
    let mut capability = apart();
    capability.calls[1].live_only = true;
    let hiding = wants_on_sale(wants_stock(offer_in_step(1), 0), false);
    let mut zeroed = hiding.clone();
    zeroed.acked.stock = Some(0);
    zeroed.acked_revs.stock = zeroed.revs.stock;

    let first = run(&[hiding], &capability, 0);
    let then = run(&[zeroed], &capability, 0);

    assert_eq!(
        (first.send[0].facets.on_sale, first.send[0].stock, why(&first)),
        (false, Some(0), vec![WhyHeld::ZeroFirst])
    );
    assert_eq!((then.send[0].facets.on_sale, then.held.len()), (true, 0));
}

#[test]
fn a_hidden_offer_is_shown_before_its_stock_where_figures_are_taken_only_while_live() {
    let mut capability = apart();
    capability.calls[1].live_only = true;
    let mut hidden = wants_on_sale(wants_stock(offer_in_step(1), 5), true);
    hidden.acked.on_sale = Some(false);
    hidden.acked.stock = Some(0);

    let changes = run(&[hidden], &capability, 900);

    assert_eq!((changes.send[0].facets.on_sale, why(&changes)), (true, vec![WhyHeld::Hidden]));
}

#[test]
fn a_shop_that_counts_no_units_is_switched_off_at_zero() {
    let mut capability = apart();
    capability.stock.on_off_only = true;
    let sold_out = wants_stock(offer_in_step(1), 0);

    let change = run(&[sold_out], &capability, 0).send.remove(0);

    assert_eq!(
        (change.row.on_sale, change.row.stock, change.facets.stock),
        (Some(Sent::Changed(false)), None, true)
    );
}

#[test]
fn what_the_channel_cannot_change_is_held_for_good() {
    let only_stock = capability(vec![shape(&[Facet::Stock], ANY, Batch::Offer, false)]);

    let changes = run(&[wants_price(offer_in_step(1), 1_000)], &only_stock, 0);

    assert_eq!((changes.send.len(), why(&changes)), (0, vec![WhyHeld::NoCall]));
}

#[test]
fn i9_work_that_waits_long_moves_up_but_never_before_urgent_work() {
    let waiting = |mut offer: OfferState, since: i64| {
        offer.dirty_since = Some(at(since));
        offer
    };
    let offers = [
        waiting(wants_price(offer_in_step(1), 40_000), 990),
        waiting(wants_on_sale(offer_in_step(2), true), 100),
        waiting(wants_stock(offer_in_step(3), 1), 999),
    ];
    let gates = Gates {
        capability: &apart(),
        known: &Known::new(),
        busy: &BTreeSet::new(),
        orders_read_at: at(900),
        now: at(1_000),
        ages_after: SignedDuration::from_secs(300),
    };

    let order: Vec<i64> = changes(&offers, &gates).send.iter().map(|change| change.offer.get()).collect();

    assert_eq!(order, [3, 2, 1]);
}

#[test]
fn a_price_that_the_channel_would_refuse_does_not_leave() {
    let changes = run(&[wants_price(offer_in_step(1), 999)], &apart(), 0);

    let why_held = WhyHeld::OutOfRange { min: Vnd(1_000), max: Vnd(120_000_000) };
    assert_eq!((changes.send.len(), why(&changes)), (0, vec![why_held]));
}

#[test]
fn an_offer_that_is_hidden_already_is_not_held_for_its_zero() {
    let mut capability = apart();
    capability.calls[1].live_only = true;
    let mut hidden = wants_on_sale(wants_stock(offer_in_step(1), 0), false);
    hidden.acked.on_sale = Some(false);

    let changes = run(&[hidden], &capability, 0);

    assert_eq!((changes.send[0].facets.on_sale, why(&changes)), (true, vec![WhyHeld::Hidden]));
}

#[test]
fn an_offer_in_step_is_neither_sent_nor_held() {
    assert_eq!(run(&[offer_in_step(1)], &apart(), 0), Changes::default());
}

fn any_offer() -> impl Strategy<Value = OfferState> {
    (
        proptest::option::of(0_u32..20),
        proptest::option::of(1_000_i64..2_000),
        proptest::option::of(any::<bool>()),
        proptest::option::of(0_u32..20),
        0_i64..1_000,
        proptest::option::weighted(0.2, 0_u32..20),
    )
        .prop_map(|(stock, price, on, acked, base, suspect)| {
            let mut offer = based(offer_in_step(1), base);
            offer.acked.stock = acked;
            offer.suspect = suspect.map(|stock| Suspect { until: at(2_000), stock: Some(stock) });
            let offer = stock.into_iter().fold(offer, wants_stock);
            let offer = price.into_iter().fold(offer, wants_price);
            on.into_iter().fold(offer, wants_on_sale)
        })
}

fn number(offers: Vec<OfferState>) -> Vec<OfferState> {
    (1_i64..)
        .zip(offers)
        .map(|(id, offer)| {
            let OfferState { id, listing_id, offer: named, .. } = offer_in_step(id);
            OfferState { id, listing_id, offer: named, ..offer }
        })
        .collect()
}

proptest! {
    #[test]
    fn every_dirty_facet_leaves_or_is_held_once(
        offers in proptest::collection::vec(any_offer(), 0..12).prop_map(number), read in 0_i64..1_200, shared: bool
    ) {
        let capability = if shared { together() } else { apart() };
        let changes = run(&offers, &capability, read);

        for offer in &offers {
            let sent = changes.send.iter().find(|change| change.offer == offer.id).map(|change| change.facets).unwrap_or_default();
            let held = |facet| changes.held.iter().filter(|held| held.offer == offer.id && held.facet == facet).count();
            let dirty = offer.dirty();
            prop_assert_eq!(usize::from(dirty.price), usize::from(sent.price) + held(Facet::Price));
            prop_assert_eq!(usize::from(dirty.stock), usize::from(sent.stock) + held(Facet::Stock));
            prop_assert_eq!(usize::from(dirty.on_sale), usize::from(sent.on_sale) + held(Facet::OnSale));
        }
    }

    #[test]
    fn i5_no_raise_leaves_on_a_base_as_new_as_the_orders(
        offers in proptest::collection::vec(any_offer(), 0..12).prop_map(number), read in 0_i64..1_200, shared: bool
    ) {
        let capability = if shared { together() } else { apart() };

        for change in run(&offers, &capability, read).send {
            let offer = offers.iter().find(|offer| offer.id == change.offer).expect("one of them");
            if change.stock.is_some_and(|units| units > offer.exposure()) {
                prop_assert!(offer.based_at < at(read));
            }
        }
    }

    #[test]
    fn i6_no_raise_leaves_before_its_price(offers in proptest::collection::vec(any_offer(), 0..12).prop_map(number)) {
        for change in run(&offers, &apart(), 1_200).send {
            let offer = offers.iter().find(|offer| offer.id == change.offer).expect("one of them");
            let raises = change.stock.is_some_and(|units| units > offer.exposure());
            prop_assert!(!(raises && offer.dirty().price));
        }
    }

    #[test]
    fn i9_urgent_work_stands_first_and_is_not_held(
        offers in proptest::collection::vec(any_offer(), 0..12).prop_map(number)
    ) {
        let changes = run(&offers, &apart(), 0);

        let ranks: Vec<Harm> = changes.send.iter().map(|change| change.harm).collect();
        prop_assert!(ranks.is_sorted());
        for offer in offers.iter().filter(|offer| offer.rank().is_urgent()) {
            prop_assert!(changes.send.iter().any(|change| change.offer == offer.id));
        }
    }
}
