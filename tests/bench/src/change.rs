//! What one stock change costs, in a large store against a small one. The cost must follow the change, not the catalogue.

use crate::Sizes;
use crate::goods::{Goods, MIXED, PRICE, STOCK};
use crate::report::{Row, quantile, say};
use crate::town::Town;
use anyhow::{Context, Result, ensure};
use ganh::listing::RemoteListingSeen;
use ganh::stock::MovementKind;
use ganh::store::{NewGrant, NewPlatform, NewShop, SeenListing, StockEntry};
use ganh::sync::{Blind, Rules};
use ganh_contract::{
    Grant, ObservedOffer, OfferKind, OfferRef, Price, RemoteListingId, RemoteOfferId, RemoteShopId, Renewal,
    Secret, Sku, Units, Vnd,
};
use jiff::SignedDuration;
use std::sync::Arc;
use std::time::Instant;

const WANTED: f64 = 1.3;
/// Shops that show each variant, in both stores.
const SHOPS: usize = 4;
/// Listings written at once.
const STEP: usize = 1_000;

/// Both stores take turns, so that the machine's moods strike both.
pub async fn measure(sizes: &Sizes) -> Result<Vec<Row>> {
    let (small, small_goods) = filled(sizes.small_store).await?;
    let (large, large_goods) = filled(sizes.large_store).await?;
    let (small_skus, large_skus) = (small_goods.skus(), large_goods.skus());
    say(format!("change: {} changes in each store", sizes.changes));
    let (mut in_small, mut in_large) = (Vec::new(), Vec::new());
    for number in 0..sizes.changes {
        in_small.push(change(&small, small_skus[number * 7_919 % small_skus.len()], number).await?);
        in_large.push(change(&large, large_skus[number * 7_919 % large_skus.len()], number).await?);
    }
    let (small_ms, large_ms) = (quantile(&mut in_small, 0.5), quantile(&mut in_large, 0.5));
    let (small_p99, large_p99) = (quantile(&mut in_small, 0.99), quantile(&mut in_large, 0.99));
    let ratio = large_ms / small_ms;
    Ok(vec![Row {
        what: format!(
            "one stock change, {SHOPS} shops each: store of {} offers against {}",
            sizes.large_store, sizes.small_store
        ),
        measured: format!(
            "median {large_ms:.2} ms against {small_ms:.2} ms (p99 {large_p99:.2} against {small_p99:.2})"
        ),
        wanted: format!("≤ {WANTED} of the small store's"),
        ratio,
        is_reached: ratio <= WANTED,
    }])
}

/// Takes one unit out; milliseconds until it is durable.
async fn change(town: &Town, sku: &str, number: usize) -> Result<f64> {
    let entry = StockEntry {
        sku: sku.to_owned(),
        place: None,
        kind: MovementKind::Adjust,
        units: -1,
        cause: format!("bench/{number}"),
        who: "bench".to_owned(),
    };
    let began = Instant::now();
    let shops = town.store.move_stock(&entry, town.now()).await?;
    let took = began.elapsed();
    ensure!(shops.len() == SHOPS, "{sku}: {} shops got work instead of {SHOPS}", shops.len());
    Ok(took.as_secs_f64() * 1_000.0)
}

/// A store of so many offers, all live and in step; no marketplace stands behind it.
async fn filled(offers: usize) -> Result<(Town, Goods)> {
    say(format!("change: a store of {offers} offers is made"));
    let town = Town::new(Rules::default(), Arc::new(Blind)).await?;
    let goods = Goods::new("HTX", offers / SHOPS, MIXED);
    let producer = town.import(&goods).await?;
    let platform = NewPlatform {
        channel: "shopee".into(),
        handle: "bench".into(),
        base_url: "http://127.0.0.1:1".into(),
        settings: serde_json::json!({}),
        secret: None,
    };
    let now = town.now();
    let platform = town.store.put_platform(&platform, now).await?;
    for number in 0..SHOPS {
        let handle = format!("shopee/{number}");
        let grant = Grant {
            shops: vec![RemoteShopId::new(&*handle)],
            access: Secret::new("none"),
            access_until: None,
            renewal: Renewal::NotNeeded,
            ends: None,
        };
        let shop = NewShop {
            producer: Some(producer),
            platform,
            handle: handle.clone(),
            remote_id: RemoteShopId::new(&*handle),
            title: handle,
            settings: serde_json::json!({}),
            hook_secret: None,
            capability: None,
            orders_since: now,
        };
        let shop = town.store.add_shop(&shop, NewGrant::Own(&grant), now).await?;
        let lease =
            town.store.take_lease(&town.engine.owner, shop, now, SignedDuration::from_hours(1)).await?;
        let lease = lease.context("the new shop is driven by somebody")?;
        for listings in goods.products.chunks(STEP) {
            let seen: Vec<SeenListing> = listings.iter().map(|(code, skus)| seen(code, skus)).collect();
            town.store.save_seen_listings(&lease, &seen, now).await?;
        }
        town.adopt(shop, now).await?;
        town.store.release_leases(&[lease]).await?;
    }
    Ok((town, goods))
}

fn seen(code: &str, skus: &[String]) -> SeenListing {
    let listing = RemoteListingId::new(code);
    let kind = if skus.len() == 1 { OfferKind::Alone } else { OfferKind::Variant };
    let offers = skus
        .iter()
        .map(|sku| ObservedOffer {
            offer: OfferRef { listing: listing.clone(), offer: RemoteOfferId::new(&**sku), kind },
            note: String::new(),
            sku: Some(Sku::new(&**sku)),
            gtin: None,
            on_sale: true,
            price: Some(Price::plain(Vnd(PRICE))),
            stock: Some(Units::only(STOCK)),
            reserved: None,
        })
        .collect();
    let seen = RemoteListingSeen { listing, code: None, title: code.to_owned(), offers };
    SeenListing { seen, standing: "on_sale".to_owned() }
}
