//! Price, stock and the switch.

use crate::world::{World, given_coffee_in_two_sizes, given_plain_coffee, kind, on_sale, price, stock};
use ganh_contract::{Facet, FaultKind, Price, Standing, Took, Units, Vnd};
use serde_json::json;

#[tokio::test]
async fn price_and_stock_are_echoed_and_hold() {
    let world = World::new().await;
    let (_, link) = given_coffee_in_two_sizes(&world).await;
    let [small, large] = [&link.offers[0].offer, &link.offers[1].offer];

    let stocks = world.set(Facet::Stock, vec![stock(small, 18), stock(large, 0)]).await;
    let prices = world.set(Facet::Price, vec![price(small, 82_000)]).await;

    assert_eq!(stocks, [Ok(Took::Echoed(stock(small, 18))), Ok(Took::Echoed(stock(large, 0)))]);
    assert_eq!(prices, [Ok(Took::Echoed(price(small, 82_000)))]);
    let seen = world.see(&small.listing).await;
    assert_eq!(seen.offers[0].stock, Some(Units::only(18)));
    assert_eq!(seen.offers[0].price, Some(Price::plain(Vnd(82_000))));
    assert_eq!(seen.offers[1].price, Some(Price::plain(Vnd(145_000))));
}

#[tokio::test]
async fn a_plain_listing_takes_one_step_and_all_three_facets() {
    let world = World::new().await;
    let plain = given_plain_coffee(&world).await;

    let stocks = world.set(Facet::Stock, vec![stock(&plain, 7)]).await;
    let prices = world.set(Facet::Price, vec![price(&plain, 150_000)]).await;
    let hidden = world.set(Facet::OnSale, vec![on_sale(&plain, false)]).await;
    let hidden_twice = world.set(Facet::OnSale, vec![on_sale(&plain, false)]).await;

    assert_eq!(stocks, [Ok(Took::Echoed(stock(&plain, 7)))]);
    assert_eq!(prices, [Ok(Took::Echoed(price(&plain, 150_000)))]);
    assert_eq!((&hidden, &hidden_twice), (&vec![Ok(Took::Echoed(on_sale(&plain, false)))], &hidden));
    assert_eq!(world.see(&plain.listing).await.standing, Standing::Hidden);
}

#[tokio::test]
async fn half_a_batch_fails_under_success_and_only_its_rows_fail() {
    let world = World::new().await;
    let (_, link) = given_coffee_in_two_sizes(&world).await;
    world.fault(json!({ "kind": "half_batch", "path": "update_stock" })).await;

    let rows = link.offers.iter().map(|linked| stock(&linked.offer, 3)).collect();
    let outcomes = world.set(Facet::Stock, rows).await;

    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
}

#[tokio::test]
async fn reserved_stock_names_its_floor() {
    let world = World::new().await;
    let plain = given_plain_coffee(&world).await;
    let lock = format!("/_sandbox/listings/{}/lock", plain.listing);
    world.control("POST", &lock, json!({ "reserved": 12, "price": true, "until_s": 3600 })).await;

    let stocks = world.set(Facet::Stock, vec![stock(&plain, 3)]).await.remove(0);
    let price = world.set(Facet::Price, vec![price(&plain, 150_000)]).await.remove(0);

    assert!(matches!(kind(stocks), FaultKind::Locked { least: Some(12), .. }));
    assert!(matches!(kind(price), FaultKind::Locked { .. }));
}
