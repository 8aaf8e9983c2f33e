use super::*;
use ganh_contract::OfferKind;
use proptest::prelude::*;

/// A live offer in step: 10 units at 35.000 đ, on sale.
pub fn offer_in_step(id: i64) -> OfferState {
    OfferState {
        id: OfferId::new(id),
        listing_id: ListingId::new(id),
        shop_id: ShopId::new(1),
        variant_id: VariantId::new(id),
        sku: Sku::new(format!("SKU-{id}")),
        offer: OfferRef {
            listing: format!("L{id}").as_str().into(),
            offer: "".into(),
            kind: OfferKind::Alone,
        },
        note: String::new(),
        desired: Figures { price: Vnd(35_000), stock: 10, on_sale: true },
        stopped: false,
        revs: Revs { price: 1, stock: 1, on_sale: 1 },
        acked: Acked { price: Some(Vnd(35_000)), stock: Some(10), on_sale: Some(true) },
        acked_revs: Revs { price: 1, stock: 1, on_sale: 1 },
        based_at: Timestamp::UNIX_EPOCH,
        sent: None,
        suspect: None,
        bracketed: 0,
        wrote: None,
        observed: None,
        dirty_since: None,
        harm: Harm::Clean,
        attempts: 0,
        next_try_at: Timestamp::UNIX_EPOCH,
        verify_at: None,
    }
}

pub fn wants_stock(mut offer: OfferState, units: u32) -> OfferState {
    offer.desired.stock = units;
    offer.revs.stock += 1;
    offer
}

pub fn wants_price(mut offer: OfferState, dong: i64) -> OfferState {
    offer.desired.price = Vnd(dong);
    offer.revs.price += 1;
    offer
}

pub fn wants_on_sale(mut offer: OfferState, on_sale: bool) -> OfferState {
    offer.desired.on_sale = on_sale;
    offer.revs.on_sale += 1;
    offer
}

pub fn stopped(offer: OfferState) -> OfferState {
    OfferState { stopped: true, ..wants_stock(offer, 0) }
}

#[test]
fn i9_stop_zero_and_lower_rank_before_price_raise_and_switch() {
    let offer = || offer_in_step(1);

    let ranks = [
        stopped(offer()).rank(),
        wants_stock(offer(), 0).rank(),
        wants_stock(offer(), 9).rank(),
        wants_price(offer(), 1).rank(),
        wants_stock(offer(), 11).rank(),
        wants_on_sale(offer(), true).rank(),
        offer().rank(),
    ];

    assert_eq!(ranks, Harm::ALL);
}

#[test]
fn i9_hiding_is_as_urgent_as_a_zero_and_a_stop_more_urgent_than_both() {
    let hidden = wants_on_sale(offer_in_step(1), false);

    assert_eq!((hidden.rank(), stopped(hidden).rank()), (Harm::Zero, Harm::Stop));
}

#[test]
fn what_is_stopped_and_stands_at_zero_is_clean() {
    let mut done = stopped(offer_in_step(1));
    done.acked_revs = done.revs;

    assert_eq!(done.rank(), Harm::Clean);
}

#[test]
fn the_most_harmful_facet_ranks_the_offer() {
    assert_eq!(wants_price(wants_stock(offer_in_step(1), 3), 99_000).rank(), Harm::Lower);
}

#[test]
fn i7_the_highest_figure_that_may_still_be_shown_counts() {
    let mut offer = offer_in_step(1);
    offer.sent = Some(InFlight { at: Timestamp::UNIX_EPOCH, stock: Some(4) });
    offer.suspect = Some(Suspect { until: Timestamp::UNIX_EPOCH, stock: Some(17) });

    assert_eq!(offer.exposure(), 17);
}

#[test]
fn a_read_older_than_the_last_answer_says_nothing_of_what_is_shown() {
    let mut offer = offer_in_step(1);
    let at = |second| Timestamp::from_second(second).expect("a small number");
    offer.wrote = Some(StockWrite { sent_at: at(50), answered_at: at(51) });
    offer.observed =
        Some(ObservedFigures { price: None, stock: Some(99), on_sale: None, reserved: None, at: at(50) });

    let before = offer.exposure();
    offer.observed = offer.observed.map(|observed| ObservedFigures { at: at(52), ..observed });

    assert_eq!((before, offer.exposure()), (10, 99));
}

#[test]
fn lowering_what_may_be_shown_is_no_raise_although_an_older_figure_is_lower() {
    let mut offer = wants_stock(offer_in_step(1), 12);
    offer.suspect = Some(Suspect { until: Timestamp::UNIX_EPOCH, stock: Some(15) });

    assert_eq!((offer.is_raise(), offer.rank()), (false, Harm::Lower));
}

#[test]
fn the_same_figure_written_again_may_raise() {
    let again = wants_stock(offer_in_step(1), 10);

    assert_eq!((again.is_raise(), again.rank()), (true, Harm::Raise));
}

#[test]
fn every_rank_reads_back_and_a_strange_number_is_clean() {
    let back = Harm::ALL.map(|harm| Harm::from_rank(harm.rank().into()));

    assert_eq!((back, Harm::from_rank(7)), (Harm::ALL, Harm::Clean));
}

proptest! {
    #[test]
    fn i5_what_is_not_urgent_and_carries_stock_is_a_raise(
        wanted in 0_u32..20, acked in proptest::option::of(0_u32..20), flying in proptest::option::of(0_u32..20)
    ) {
        let mut offer = wants_stock(offer_in_step(1), wanted);
        offer.acked.stock = acked;
        offer.sent = flying.map(|stock| InFlight { at: Timestamp::UNIX_EPOCH, stock: Some(stock) });

        prop_assert_eq!(offer.is_raise(), !offer.rank().is_urgent());
    }
}
