//! Cases 9, 10, 13 and 14: one call is one request, and each row says what became of it.

use crate::story::{Belief, belief, price, stock};
use crate::world::{Online, Selected};
use ganh_contract::{
    Applied, Batch, Facet, Fault, FaultKind, Linked, OfferCall, OfferKind, OfferRow, Outcome, RemoteOfferId,
    Sent, Took, Units,
};
use serde_json::json;

/// A row of the facet, with a new figure.
fn wanting(world: &Online, facet: Facet, linked: &Linked, figure: u32) -> OfferRow {
    match facet {
        Facet::Price => price(linked, 70_000 + i64::from(figure) * 1_000),
        Facet::Stock => stock(linked, world.units(figure)),
        Facet::OnSale => crate::story::on_sale(linked, figure.is_multiple_of(2)),
    }
}

/// Books and beliefs agree about every row.
async fn assert_truthful(
    world: &Online,
    facet: Facet,
    rows: &[(&Linked, i64)],
    before: &[i64],
    outcomes: &[Outcome],
) {
    for (((linked, wanted), old), outcome) in rows.iter().zip(before).zip(outcomes) {
        let held = figure(world, facet, linked).await;
        match belief(outcome) {
            Belief::Taken => assert_eq!(held, *wanted, "{} says taken: {outcome:?}", linked.sku),
            Belief::Kept => assert_eq!(held, *old, "{} says not applied: {outcome:?}", linked.sku),
            Belief::Open => assert!(held == *old || held == *wanted, "{}: {held}", linked.sku),
        }
    }
}

async fn figure(world: &Online, facet: Facet, linked: &Linked) -> i64 {
    match facet {
        Facet::Price => world.desk.price(linked.sku.as_str()).await,
        Facet::Stock => world.desk.stock(linked.sku.as_str()).await,
        Facet::OnSale => i64::from(world.desk.offer(linked.sku.as_str()).await.on_sale),
    }
}

pub async fn one_call_is_one_request_and_fits(world: &Online) -> Selected {
    let calls = world.allows().calls.clone();
    if calls.is_empty() {
        let call = OfferCall { shape: 0, rows: Vec::new() };
        assert_eq!(crate::world::kind(world.shop().set_offers(&call).await), FaultKind::Unsupported);
        return Selected::no("no figure can be set");
    }
    let (_, alone) = world.live("MOT", 1).await;
    let (_, other) = world.live("HAI", 1).await;
    let (_, several) = world.live("BA", 3).await;
    for (index, shape) in calls.iter().enumerate() {
        for kind in &shape.kinds {
            let links: Vec<&Linked> = match (kind, shape.batch) {
                (OfferKind::Alone, Batch::Offer | Batch::OneListing { .. }) => alone.offers.iter().collect(),
                (OfferKind::Alone, _) => alone.offers.iter().chain(&other.offers).collect(),
                (OfferKind::Variant, Batch::Offer | Batch::Listings { .. }) => {
                    several.offers.iter().take(1).collect()
                }
                (OfferKind::Variant, _) => several.offers.iter().collect(),
            };
            for facet in &shape.facets {
                // Off: a switch that stands so already may have to be looked at.
                let figure = if *facet == Facet::OnSale { 13 } else { 12 };
                let rows = links.iter().map(|linked| wanting(world, *facet, linked, figure)).collect();
                let call = world.pack(rows).await;
                assert_eq!(call.shape, index, "each facet and kind stands in one shape");
                world.desk.clear_journal().await;
                let outcomes = world.shop().set_offers(&call).await.expect("outcomes");
                let journal = world.desk.journal().await;
                assert_eq!(
                    journal.len(),
                    1,
                    "{facet:?} of {kind:?}: one call is one request, not {journal:#?}"
                );
                assert_eq!(outcomes.len(), call.rows.len());
                for outcome in outcomes {
                    outcome.unwrap_or_else(|fault| panic!("{facet:?} of {kind:?}: {fault}"));
                }
            }
        }
    }
    too_many_rows(world, &several.offers[0]).await;
    Selected::Yes
}

/// A call that is too big is refused there or here, never split in secret.
async fn too_many_rows(world: &Online, linked: &Linked) {
    let Some(shape) = world.allows().shape_for(Facet::Stock, OfferKind::Variant) else { return };
    let most = match world.allows().calls[shape].batch {
        Batch::OneListing { max_offers } | Batch::Offers { max_offers } => max_offers,
        Batch::Offer | Batch::WholeListings { .. } | Batch::Listings { .. } => return,
    };
    let stranger = |number: usize| {
        let mut row = stock(linked, world.units(1));
        if number > 0 {
            row.offer.offer = RemoteOfferId::new(format!("99{number:07}"));
        }
        row
    };
    let call = OfferCall { shape, rows: (0..=most).map(stranger).collect() };
    world.desk.clear_journal().await;

    let answer = world.shop().set_offers(&call).await;

    assert!(world.desk.journal().await.len() <= 1, "nothing is split");
    match answer {
        Err(fault) => assert_eq!(fault.applied(), Applied::No, "{fault}"),
        Ok(outcomes) => assert!(outcomes.iter().skip(1).all(Result::is_err), "unknown offers take nothing"),
    }
}

pub async fn rows_not_named_keep_their_figures_and_repeats_change_nothing(world: &Online) -> Selected {
    let is_free = |facet| {
        let shape = world.allows().shape_for(facet, OfferKind::Variant).map(|at| &world.allows().calls[at]);
        shape.is_some_and(|shape| !shape.coupled && !matches!(shape.batch, Batch::WholeListings { .. }))
    };
    let facets: Vec<Facet> =
        [Facet::Price, Facet::Stock].into_iter().filter(|facet| is_free(*facet)).collect();
    if facets.is_empty() {
        assert!(world.allows().calls.iter().all(|shape| shape.coupled), "what is not free is coupled");
        return Selected::no("every call carries every facet");
    }
    let (_, link) = world.live("GIU", 3).await;
    for facet in facets {
        let before = world.desk.books().await;
        let row = wanting(world, facet, &link.offers[1], 17);
        world.set(vec![row.clone()]).await.expect("outcomes").remove(0).expect("taken");
        let after = world.desk.books().await;
        let expected = if facet == Facet::Stock { 17 } else { 87_000 };
        assert_eq!(figure(world, facet, &link.offers[1]).await, expected);
        for (was, is) in before.listings[0].offers.iter().zip(&after.listings[0].offers) {
            if was.sku != link.offers[1].sku.as_str() {
                assert_eq!(was, is, "a row that is not named keeps its figures");
            }
        }
        let other = if facet == Facet::Stock { Facet::Price } else { Facet::Stock };
        let twin = |books: &ganh_sandbox::Books| {
            let offers = books.listings[0].offers.iter();
            let mut mine = offers.filter(|offer| offer.sku == link.offers[1].sku.as_str());
            mine.next().map(|offer| if other == Facet::Price { offer.price } else { offer.stock })
        };
        assert_eq!(twin(&before), twin(&after), "a facet that is not named keeps its figure");

        world.set(vec![row]).await.expect("outcomes").remove(0).expect("taken again");

        assert_eq!(world.desk.books().await, after, "a repeat changes nothing");
    }
    Selected::Yes
}

pub async fn one_bad_row_does_not_sink_the_others_and_an_unnamed_failure_is_unknown_for_all(
    world: &Online,
) -> Selected {
    let holds_many = |facet: &Facet| {
        let shape = world.allows().shape_for(*facet, OfferKind::Variant).map(|at| &world.allows().calls[at]);
        shape.is_some_and(|shape| match shape.batch {
            Batch::Offer => false,
            Batch::OneListing { max_offers } | Batch::Offers { max_offers } => max_offers > 1,
            Batch::WholeListings { .. } => true,
            Batch::Listings { .. } => false,
        })
    };
    let facets: Vec<Facet> = [Facet::Stock, Facet::Price].into_iter().filter(holds_many).collect();
    if facets.is_empty() {
        return Selected::no("a call holds one offer");
    }
    let (_, link) = world.live("LO-HONG", 4).await;
    for facet in facets {
        half_fails(world, facet, &link.offers).await;
        stray_fails(world, facet, &link.offers).await;
        stranger_beside(world, facet, &link.offers).await;
    }
    Selected::Yes
}

async fn figures(world: &Online, facet: Facet, links: &[Linked]) -> Vec<i64> {
    let mut all = Vec::new();
    for linked in links {
        all.push(figure(world, facet, linked).await);
    }
    all
}

fn target(facet: Facet, units: u32) -> i64 {
    if facet == Facet::Price { 70_000 + i64::from(units) * 1_000 } else { i64::from(units) }
}

async fn half_fails(world: &Online, facet: Facet, links: &[Linked]) {
    let before = figures(world, facet, links).await;
    let call = world.pack(links.iter().map(|linked| wanting(world, facet, linked, 21)).collect()).await;
    world.desk.next_is("half_batch").await;
    let outcomes = world.shop().set_offers(&call).await.expect("a call that half succeeds is a success");
    world.desk.calm().await;
    let wanted: Vec<(&Linked, i64)> = links.iter().map(|linked| (linked, target(facet, 21))).collect();
    let failed = outcomes.iter().filter(|outcome| outcome.is_err()).count();
    // Prices are all or nothing at some channels: then none fails.
    assert!(failed > 0 || facet == Facet::Price, "some failed: {outcomes:?}");
    assert!(failed < outcomes.len(), "some did not: {outcomes:?}");
    assert_truthful(world, facet, &wanted, &before, &outcomes).await;
}

/// A failure that names no row of ours may be about any.
async fn stray_fails(world: &Online, facet: Facet, links: &[Linked]) {
    let call = world.pack(links.iter().map(|linked| wanting(world, facet, linked, 23)).collect()).await;
    if !world.desk.has_fault(json!({ "kind": "stray_failure" })).await {
        return;
    }
    let outcomes = world.shop().set_offers(&call).await.expect("outcomes");
    world.desk.calm().await;
    if facet == Facet::Price && outcomes.iter().all(Result::is_ok) {
        // All or nothing: such an answer names no rows.
        return;
    }
    for outcome in outcomes {
        assert_eq!(*outcome.expect_err("unknown").kind, FaultKind::Interrupted, "unknown for every row");
    }
}

/// A row that the shop does not know stands beside good ones: refused alone, or all for one, but never a lie.
async fn stranger_beside(world: &Online, facet: Facet, links: &[Linked]) {
    let before = figures(world, facet, links).await;
    let mut call = world.pack(links.iter().map(|linked| wanting(world, facet, linked, 25)).collect()).await;
    call.rows[1].offer.offer = RemoteOfferId::new("990000001");
    let known: Vec<(&Linked, i64)> = links.iter().map(|linked| (linked, target(facet, 25))).collect();
    let outcomes = match world.shop().set_offers(&call).await {
        Ok(outcomes) => outcomes,
        Err(fault) => vec![Err::<Took, Fault>(fault); links.len()],
    };
    let stranger = outcomes[1].as_ref().expect_err("nobody took it");
    assert_eq!(stranger.applied(), Applied::No, "{stranger}");
    assert_truthful(world, facet, &known, &before, &outcomes).await;
}

pub async fn a_value_taken_differently_is_seen(world: &Online) -> Selected {
    if !world.can_set(Facet::Stock, OfferKind::Alone) {
        return Selected::no("stock cannot be set");
    }
    let (_, link) = world.live("LECH", 1).await;
    let call = world.pack(vec![stock(&link.offers[0], world.units(33))]).await;
    // Where the sandbox can take another value than the one sent, it does; everywhere an echo is what is really held.
    let is_coerced = world.desk.has_fault(json!({ "kind": "take_less" })).await;
    let outcomes = world.shop().set_offers(&call).await;
    world.desk.calm().await;
    let held = world.desk.stock("LECH").await;
    assert_eq!(held != 33, is_coerced, "taken differently only when asked to");
    match outcomes.expect("outcomes").remove(0) {
        Ok(Took::Echoed(row)) => {
            let told = row.stock.as_ref().map(|sent: &Sent<Units>| i64::from(sent.figure().total()));
            assert_eq!(told, Some(held), "the echo is what is held");
        }
        // In silence: only a read tells.
        Ok(Took::Silent) | Err(_) => {}
    }
    world.desk.pass(world.allows().lag.read).await;
    let seen = world.observed(&link.offers[0].offer.listing).await;
    let read = seen.offers[0].stock.as_ref().map(|units| i64::from(units.total()));
    assert_eq!(read, Some(held), "a read shows what is held");

    world.set(vec![price(&link.offers[0], 91_000)]).await.expect("outcomes").remove(0).expect("taken");
    assert_eq!(world.desk.price("LECH").await, 91_000, "neither rounded nor misread");
    Selected::Yes
}
