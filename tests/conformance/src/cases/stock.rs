//! Cases 17 and 18: what the stock figure means, and what being off sale means for it.

use crate::story::{on_sale, price, stock};
use crate::world::{Online, Selected, kind};
use ganh_contract::{
    Deletion, Facet, FaultKind, LineStage, OfferKind, RemoteListingId, Standing, StockFigure,
};
use serde_json::json;

/// How far along an order is.
fn rank(stage: &LineStage) -> u8 {
    match stage {
        LineStage::Unpaid => 0,
        LineStage::Pending => 1,
        LineStage::Ready => 2,
        LineStage::Packed => 3,
        LineStage::Shipped => 4,
        LineStage::Delivered | LineStage::Completed => 5,
        LineStage::Cancelling
        | LineStage::Cancelled
        | LineStage::Returning
        | LineStage::Returned
        | LineStage::Failed
        | LineStage::Unknown(_) => panic!("no stage on the way to the buyer"),
    }
}

pub async fn stock_means_what_the_capability_says(world: &Online) -> Selected {
    let rules = world.allows().stock.clone();
    if rules.on_off_only || !world.can_set(Facet::Stock, OfferKind::Alone) || world.allows().orders.is_none()
    {
        return Selected::no("the channel counts no stock");
    }
    let (_, link) = world.live("DEM", 1).await;
    let offer = &link.offers[0];
    world.set(vec![stock(offer, world.units(10))]).await.expect("outcomes").remove(0).expect("taken");
    // Our own expectation of the figure, from the capability alone.
    let expected = |stage: &LineStage| {
        let is_gone = match &rules.figure {
            StockFigure::Sellable => rank(stage) >= rank(&rules.takes_at),
            StockFigure::WithOpenOrders { until } => rank(stage) >= rank(until),
        };
        if is_gone { 7 } else { 10 }
    };
    let id = world.desk.buy("DEM", 3, json!({ "paid": false })).await;
    assert_eq!(read(world, offer).await, expected(&LineStage::Unpaid), "ordered, not paid");
    world.desk.order_event(&id, "pay", json!({})).await;
    assert_eq!(read(world, offer).await, expected(&LineStage::Ready), "paid");
    world.desk.order_event(&id, "ship", json!({})).await;
    let stage = world.order(&id).await.lines[0].stage.clone();
    assert_eq!(read(world, offer).await, expected(&stage), "on its way: {stage:?}");

    world.set(vec![stock(offer, world.units(10))]).await.expect("outcomes").remove(0).expect("taken");
    let second = world.desk.buy("DEM", 3, json!({})).await;
    assert_eq!(read(world, offer).await, expected(&LineStage::Ready), "a second order");
    world.desk.order_event(&second, "cancel", json!({})).await;
    assert_eq!(read(world, offer).await, 10, "what is cancelled comes back");
    assert_eq!(world.desk.books().await.oversold_units, 0);
    Selected::Yes
}

/// The figure as the channel reads it back; the books must say the same.
async fn read(world: &Online, offer: &ganh_contract::Linked) -> i64 {
    world.desk.pass(world.allows().lag.read).await;
    let seen = world.observed(&offer.offer.listing).await;
    let told = seen.offers[0].stock.as_ref().map(|units| i64::from(units.total())).expect("a figure");
    assert_eq!(
        told,
        world.desk.stock(offer.sku.as_str()).await,
        "the figure is read in the sense it is written in"
    );
    told
}

pub async fn off_sale_survives_a_stock_write_and_hiding_twice_succeeds(world: &Online) -> Selected {
    if !world.can_set(Facet::OnSale, OfferKind::Alone) {
        return Selected::no("listings cannot be taken off sale");
    }
    let (_, link) = world.live("TAT", 1).await;
    let (offer, listing) = (&link.offers[0], &link.offers[0].offer.listing);
    for time in ["once", "twice"] {
        let hidden = world.set(vec![on_sale(offer, false)]).await.expect("outcomes").remove(0);
        hidden.unwrap_or_else(|fault| panic!("hidden {time}: {fault}"));
        world.desk.pass(world.allows().lag.read).await;
        assert_ne!(world.standing(listing).await, Standing::OnSale, "hidden {time}");
    }
    let shape = world.allows().shape_for(Facet::Stock, OfferKind::Alone).expect("a shape");
    let is_live_only = world.allows().calls[shape].live_only;
    let written = world.set(vec![stock(offer, world.units(5))]).await.and_then(|mut rows| rows.remove(0));
    assert_eq!(written.is_err(), is_live_only, "figures off sale: {written:?}");
    let held = world.desk.listing(listing.as_str()).await.expect("a listing");
    assert_eq!(held.standing, ganh_sandbox::Standing::Hidden, "a figure does not put it on sale");
    assert_eq!(world.desk.stock("TAT").await, if is_live_only { 40 } else { 5 });
    if let Some(shape) = world.allows().shape_for(Facet::Price, OfferKind::Alone) {
        let is_live_only = world.allows().calls[shape].live_only;
        let written = world.set(vec![price(offer, 95_000)]).await.and_then(|mut rows| rows.remove(0));
        assert_eq!(written.is_err(), is_live_only, "a price off sale: {written:?}");
        let held = world.desk.listing(listing.as_str()).await.expect("a listing");
        assert_eq!(held.standing, ganh_sandbox::Standing::Hidden, "neither does a price");
    }
    world.put_on_sale(&link).await;
    world.settle().await;
    assert_eq!(world.standing(listing).await, Standing::OnSale, "shown again");
    deleting(world, &link, listing).await;
    Selected::Yes
}

async fn deleting(world: &Online, link: &ganh_contract::Link, listing: &RemoteListingId) {
    let offers: Vec<_> = link.offers.iter().map(|linked| linked.offer.clone()).collect();
    let deleted = world.shop().delete(listing, &offers).await;
    match world.allows().delete {
        None => assert_eq!(kind(deleted), FaultKind::Unsupported),
        Some(Deletion::Reversible | Deletion::Final) => {
            deleted.expect("deleted");
            world.shop().delete(listing, &offers).await.expect("gone already is success");
            assert!(world.desk.listings_with("TAT").await.is_empty(), "gone from the books");
        }
    }
}
