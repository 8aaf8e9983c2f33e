use super::world::*;
use crate::store::testing::{at, on_both};
use crate::store::tx::args;
use crate::store::*;
use ganh_contract::Actor;

/// A product with one variant, offered in a shop: dirty, and with a parked listing in another.
async fn a_busy_world(store: &Store) -> (crate::ids::ShopId, crate::ids::ShopId) {
    let (busy, stuck) = (a_shop(store, "shopee/a").await, a_shop(store, "shopee/b").await);
    let mut tx = store.write().await.unwrap();
    for text in [
        "INSERT INTO producer (id, code, name, kind, created_at, updated_at) VALUES (901, 'P', 'Hợp tác xã', 'cooperative', 0, 0)",
        "INSERT INTO product (id, producer_id, code, kind, name, search_key, description, storage, pictures, created_at, updated_at)
         VALUES (902, 901, 'TRA', 'single', 'Trà', 'tra', '', 'ambient', '[]', 0, 0)",
        "INSERT INTO variant (id, product_id, producer_id, position, sku, sku_key, price_vnd, grams, created_at, updated_at)
         VALUES (903, 902, 901, 0, 'TRA-1', 'tra-1', 90000, 100, 0, 0)",
        "INSERT INTO place (id, producer_id, code, name, kind, sells_online) VALUES (904, 901, 'K', 'Kho', 'warehouse', 1)",
        "INSERT INTO balance (variant_id, place_id, on_hand, reserved, updated_at) VALUES (903, 904, 10, 3, 0)",
        "INSERT INTO movement (variant_id, place_id, kind, units, on_hand_change, reserved_change, cause, who, at)
         VALUES (903, 904, 'receive', 10, 10, 0, 'c', 'lan', 0)",
    ] {
        tx.execute(text, args![]).await.unwrap();
    }
    tx.execute(
        "INSERT INTO listing (id, shop_id, product_id, code, remote_id, state, created_at, updated_at)
         VALUES (905, $1, 902, 'TRA', 'L1', 'live', 0, 0)",
        args![busy],
    )
    .await
    .unwrap();
    tx.execute(
        "INSERT INTO listing (id, shop_id, product_id, code, state, parked_kind, parked_actor, parked_said, parked_at, created_at, updated_at)
         VALUES (906, $1, 902, 'TRA', 'wanted', 'refused', 'producer', 'tên quá dài', $2, 0, 0)",
        args![stuck, at(5)],
    )
    .await
    .unwrap();
    tx.execute(
        "INSERT INTO offer (listing_id, shop_id, variant_id, remote_listing_id, remote_offer_id, desired_price, desired_stock,
             desired_on_sale, stock_based_at, acked_stock, sent_at, sent_stock, dirty_since_at, updated_at)
         VALUES (905, $1, 903, 'L1', 'O1', 90000, 7, 1, 0, 9, $2, 7, $2, 0)",
        args![busy, at(3)],
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    (busy, stuck)
}

on_both! {
    async fn the_status_of_a_shop_counts_what_waits_and_what_is_parked(fresh: Fresh) {
        a_busy_world(&fresh.store).await;

        let shops = fresh.store.shop_status().await.unwrap();

        let said: Vec<_> = shops
            .iter()
            .map(|shop| (&*shop.handle, shop.pending, shop.pending_since, shop.in_flight, shop.parked.producer))
            .collect();
        assert_eq!(said, [("shopee/a", 1, Some(at(3)), 1, 0), ("shopee/b", 0, None, 0, 1)]);
    }

    async fn parked_things_say_why_and_who_must_act(fresh: Fresh) {
        let (busy, _) = a_busy_world(&fresh.store).await;

        let all = fresh.store.parked(None, 10).await.unwrap();
        let of_the_busy_one = fresh.store.parked(Some(busy), 10).await.unwrap();

        assert_eq!((all.len(), &*all[0].subject, all[0].is_listing, all[0].actor), (1, "TRA", true, Actor::Producer));
        assert_eq!((&*all[0].said, of_the_busy_one.len()), ("tên quá dài", 0));
    }

    async fn a_sku_is_traced_from_its_shelf_to_each_shop_however_it_is_cased(fresh: Fresh) {
        a_busy_world(&fresh.store).await;

        let trace = fresh.store.sku_trace("tra-1", 5).await.unwrap();

        assert_eq!((&*trace.sku, trace.places[0].on_hand, trace.places[0].reserved), ("TRA-1", 10, 3));
        assert_eq!((trace.offers[0].desired.stock, trace.offers[0].exposure()), (7, Some(9)));
        assert_eq!((trace.movements.len(), &*trace.movements[0].who), (1, "lan"));
    }

    async fn a_sku_that_nobody_has_is_not_found(fresh: Fresh) {
        let refused = fresh.store.sku_trace("NONE", 5).await;

        assert!(matches!(refused, Err(StoreError::NotFound(_))));
    }

    async fn totals_count_what_is_held(fresh: Fresh) {
        a_busy_world(&fresh.store).await;

        let totals = fresh.store.totals().await.unwrap();

        assert_eq!((totals.producers, totals.products, totals.listings, totals.listings_live, totals.offers), (1, 1, 2, 1, 1));
        assert!(fresh.store.prove_usable().await.is_ok());
    }
}

on_both! {
    async fn exposure_is_what_shops_may_still_show_beyond_what_there_is(fresh: Fresh) {
        let store = &fresh.store;
        let mut goods = effects(&[("CAY-01", 35_000, 10), ("QUA-01", 90_000, 0), ("TRA-01", 50_000, 4)]);
        goods.stock.remove(1);
        goods.components = vec![crate::catalogue::BundleComponent {
            bundle: ganh_contract::Sku::new("QUA-01"), component: ganh_contract::Sku::new("CAY-01"), quantity: 2,
        }];
        import(store, &goods, 0).await;
        let one = a_live_shop(store, "shopee/one").await;
        let alone = store.exposure().await.unwrap();
        let two = a_live_shop(store, "woo/two").await;

        let both = store.exposure().await.unwrap();
        let first = store.exposure_page(None, 1).await.unwrap();

        // Jars: 10 in each shop and 5 sets of 2 in each, of 10; tea: 4 in each shop, of 4.
        assert_eq!((alone.total, alone.variants), (Promised { units: 10, vnd: 350_000 }, 1));
        assert_eq!((both.total, both.variants), (Promised { units: 34, vnd: 30 * 35_000 + 4 * 50_000 }, 2));
        assert_eq!(both.by_producer["TB01"], both.total);
        assert_eq!(both.by_shop[&one.shop], Promised { units: 24, vnd: 20 * 35_000 + 4 * 50_000 });
        assert_eq!(both.by_shop[&one.shop], both.by_shop[&two.shop]);
        assert_eq!((first.exposed[0].sku.as_str(), first.next.is_some()), ("CAY-01", true));
    }
}
