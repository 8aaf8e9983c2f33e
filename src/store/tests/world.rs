//! Stories' furniture: a producer, platforms, shops, and what they hold.

use crate::catalogue::*;
use crate::ids::*;
use crate::listing::OfferState;
use crate::store::testing::at;
use crate::store::tx::args;
use crate::store::{
    Applied, Approval, Departure, Ingested, Lease, LinkedListing, NewGrant, NewPlatform, NewShop, OrderRules,
    Outcome, Settled, ShopState, ShownOffer, Store, Verdict,
};
use ganh_contract::{
    Grant, LineStage, Link, Linked, OfferKind, OfferRef, Order, OrderLine, Reading, RemoteLineId,
    RemoteListingId, RemoteOfferId, RemoteOrderId, RemoteShopId, Renewal, Secret, Sku, Vnd,
};
use jiff::SignedDuration;
use jiff::Timestamp;
use std::sync::Arc;

pub fn a_grant(token: &str) -> Grant {
    Grant {
        shops: vec![RemoteShopId::new("r1")],
        access: Secret::new(format!("access-{token}")),
        access_until: Some(at(3600)),
        renewal: Renewal::SingleUse(Secret::new(format!("refresh-{token}"))),
        ends: None,
    }
}

pub async fn a_platform(store: &Store) -> PlatformId {
    let new = NewPlatform {
        channel: "shopee".into(),
        handle: "app-1".into(),
        base_url: "http://127.0.0.1:1".into(),
        settings: serde_json::json!({ "partner": 7 }),
        secret: Some(Secret::new("platform-secret-words")),
    };
    store.put_platform(&new, at(0)).await.unwrap()
}

pub async fn a_shop(store: &Store, handle: &str) -> ShopId {
    let platform = a_platform(store).await;
    let new = NewShop {
        producer: None,
        platform,
        handle: handle.into(),
        remote_id: RemoteShopId::new(handle),
        title: handle.into(),
        settings: serde_json::json!({}),
        hook_secret: Some(Secret::new("hook-secret-words")),
        capability: None,
        orders_since: at(0),
    };
    let shop = store.add_shop(&new, NewGrant::Own(&a_grant(handle)), at(0)).await.unwrap();
    store.set_shop_state(shop, ShopState::Active, None, at(0)).await.unwrap();
    shop
}

/// Takes every free lease for `owner` until a day later.
pub async fn leases(store: &Store, owner: &str, now: i64) -> Vec<Lease> {
    store.take_leases(&Arc::from(owner), at(now), jiff::SignedDuration::from_hours(24), 100).await.unwrap()
}

pub async fn count(store: &Store, sql: &'static str) -> i64 {
    store.read().find(sql, args![]).await.unwrap().unwrap().int("n").unwrap()
}

/// `(SKU, price in đồng, units on hand)`, each its own product.
pub fn effects(goods: &[(&str, i64, u32)]) -> Effects {
    let producer = Producer {
        code: ProducerCode::new("TB01"),
        name: "HTX Thái Bình".into(),
        kind: ProducerKind::Cooperative,
        province_code_old: None,
        province_code_new: None,
        commune_code_new: None,
        commune_new: None,
        address_old: None,
        tax_id: None,
    };
    Effects {
        producers: vec![producer],
        products: goods.iter().map(|good| a_product(good.0)).collect(),
        variants: goods.iter().map(|good| a_variant(good.0, good.0, good.1)).collect(),
        stock: goods
            .iter()
            .map(|good| StockFigure { sku: Sku::new(good.0), units: good.2, previous: None })
            .collect(),
        ..Effects::default()
    }
}

pub fn a_product(code: &str) -> Product {
    Product {
        code: ProductCode::new(code),
        producer: ProducerCode::new("TB01"),
        kind: ProductKind::Single,
        name: format!("Bánh cáy {code}"),
        description: "Bánh cáy làng Nguyễn".into(),
        group: Some(OcopGroup::Food),
        subgroup: None,
        axes: vec![],
        vat_category: None,
        shelf_life_days: Some(60),
        storage: Storage::Ambient,
        season: None,
        alcohol_tenths: None,
        pictures: vec!["b.jpg".into(), "a.jpg".into()],
    }
}

pub fn a_variant(product: &str, sku: &str, price: i64) -> Variant {
    Variant {
        product: ProductCode::new(product),
        sku: Sku::new(sku),
        gtin: None,
        options: vec![],
        price: Vnd(price),
        sheet_stock: None,
        net_quantity: None,
        parcel: None,
        description: None,
        trace_url: None,
    }
}

pub async fn import(store: &Store, effects: &Effects, now: i64) -> Applied {
    let revision = store.existing_for_import().await.unwrap().revision;
    store.apply_import(revision, effects, &[], "test", at(now)).await.unwrap()
}

/// A shop whose wanted listings are all live; every figure is acknowledged as wanted. `r/<SKU>` is the remote id of listing and offer.
pub async fn a_live_shop(store: &Store, handle: &str) -> Lease {
    a_linked_shop(store, handle, None).await
}

/// The same, but its listings were born hidden and wait until then to be shown.
pub async fn a_shop_of_hidden_listings(store: &Store, handle: &str, show_at: Timestamp) -> Lease {
    a_linked_shop(store, handle, Some(show_at)).await
}

async fn a_linked_shop(store: &Store, handle: &str, show_at: Option<Timestamp>) -> Lease {
    let shop = a_shop(store, handle).await;
    let products = store.products_page(None, "", None, 1000).await.unwrap();
    let create: Vec<ProductId> = products.iter().map(|product| product.id).collect();
    store.approve_shop(shop, &Approval { adopt: &[], create: &create }, at(0)).await.unwrap();
    let lease = leases(store, handle, 0).await.remove(0);
    link_until(store, &lease, show_at).await;
    lease
}

pub async fn link_all(store: &Store, lease: &Lease) {
    link_until(store, lease, None).await;
}

async fn link_until(store: &Store, lease: &Lease, show_at: Option<Timestamp>) {
    for listing in store.unfinished_listings(lease.shop, at(0), 100_000).await.unwrap() {
        store.intend_listing(lease, listing.id, at(0)).await.unwrap();
        let offers: Vec<(String, i64, u32)> = wishes(store, listing.id).await;
        let link = Link { offers: offers.iter().map(|offer| linked(&offer.0)).collect(), retired: vec![] };
        let shown: Vec<ShownOffer> = offers
            .iter()
            .map(|offer| ShownOffer {
                sku: Sku::new(&*offer.0),
                price: Some(Vnd(offer.1)),
                stock: Some(offer.2),
                on_sale: Some(show_at.is_none()),
            })
            .collect();
        let linked = LinkedListing {
            listing: listing.id,
            remote_id: RemoteListingId::new(format!("r/{}", listing.code)),
            link: &link,
            shown: &shown,
            sent_at: at(0),
            answered_at: at(0),
            content_rev: 1,
            show_at,
        };
        store.link_listing(lease, &linked, at(0)).await.unwrap();
    }
}

pub fn linked(sku: &str) -> Linked {
    Linked { sku: Sku::new(sku), offer: remote(sku), note: String::new() }
}

pub fn remote(sku: &str) -> OfferRef {
    OfferRef {
        listing: RemoteListingId::new(format!("r/{sku}")),
        offer: RemoteOfferId::new(format!("o/{sku}")),
        kind: OfferKind::Alone,
    }
}

/// SKU, desired price, desired stock of a listing's offers.
pub async fn wishes(store: &Store, listing: ListingId) -> Vec<(String, i64, u32)> {
    let rows = store
        .read()
        .rows(
            "SELECT v.sku, o.desired_price, o.desired_stock FROM offer AS o JOIN variant AS v ON v.id = o.variant_id
             WHERE o.listing_id = $1 ORDER BY v.id",
            args![listing],
        )
        .await
        .unwrap();
    rows.iter()
        .map(|row| {
            (row.text("sku").unwrap(), row.int("desired_price").unwrap(), row.units("desired_stock").unwrap())
        })
        .collect()
}

/// The offer of a SKU in the lease's shop.
pub async fn offer(store: &Store, lease: &Lease, sku: &str) -> OfferState {
    let offers = store.offers_page(lease.shop, None, 100_000).await.unwrap();
    offers.into_iter().find(|offer| offer.sku.as_str() == sku).unwrap()
}

/// The write that brings an offer to what is desired.
pub fn departure(offer: &OfferState) -> Departure {
    let changed = offer.dirty();
    Departure {
        offer: offer.id,
        revs: offer.revs,
        price: changed.price.then_some(offer.desired.price),
        stock: changed.stock.then_some(offer.desired.stock),
        on_sale: changed.on_sale.then_some(offer.desired.on_sale),
        changed,
        raises: offer.is_raise(),
        whole: false,
        bracketed: offer.bracketed,
    }
}

pub fn echoed() -> Outcome {
    Outcome::Echoed { price: None, stock: None, on_sale: None }
}

/// Sends everything dirty of the shop and hears that it was taken, in one second.
pub async fn push(store: &Store, lease: &Lease, now: i64) -> usize {
    let dirty = store.dirty_offers(lease.shop, at(now), 100_000).await.unwrap();
    let rows: Vec<Departure> = dirty.iter().map(departure).collect();
    let departed = store.depart_offers(lease, &rows, at(now)).await.unwrap();
    let settled: Vec<Settled> = rows
        .iter()
        .zip(&departed)
        .filter(|(_, departed)| matches!(departed.verdict, Verdict::Left { .. }))
        .map(|(row, _)| Settled { sent: *row, sent_at: at(now), answered_at: at(now + 1), outcome: echoed() })
        .collect();
    store.settle_offers(lease, &settled, at(now + 1)).await.unwrap();
    settled.len()
}

pub fn a_line(id: &str, sku: &str, units: u32, stage: LineStage) -> OrderLine {
    OrderLine {
        id: RemoteLineId::new(id),
        offer: Some(remote(sku)),
        sku: Some(Sku::new(sku)),
        units,
        cancelled: 0,
        returned: 0,
        stage,
        unit_price: Vnd(35_000),
        package: None,
        stocked_by_channel: false,
    }
}

/// An order placed and changed at the given seconds, read a second after its change.
pub fn a_reading(id: &str, placed: i64, changed: i64, lines: Vec<OrderLine>) -> Reading<Order> {
    let order = Order {
        id: RemoteOrderId::new(id),
        placed_at: at(placed),
        changed_at: at(changed),
        total: Vnd(35_000),
        lines,
        kin: vec![],
        act_by: None,
    };
    let raw = format!("{{\"raw\":\"{id}\",\"buyer\":\"Nguyễn Thị Bí Mật\",\"order\":{order:?}}}");
    Reading { id: id.into(), as_of: at(changed + 1), raw, value: Ok(order) }
}

pub fn rules() -> OrderRules {
    OrderRules { takes_at: LineStage::Ready, margin: SignedDuration::ZERO }
}

pub async fn ingest(store: &Store, lease: &Lease, readings: &[Reading<Order>], now: i64) -> Ingested {
    store.ingest_orders(lease, readings, None, &rules(), at(now)).await.unwrap()
}

/// On hand and reserved of a SKU over all places.
pub async fn balance(store: &Store, sku: &str) -> (i64, i64) {
    let view = store.stock_of(sku, 100).await.unwrap();
    view.places
        .iter()
        .fold((0, 0), |sum, place| (sum.0 + place.balance.on_hand, sum.1 + place.balance.reserved))
}
