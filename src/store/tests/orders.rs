use super::world::*;
use crate::store::testing::{at, on_both, on_sqlite};
use crate::store::*;
use ganh_contract::{Fault, FaultKind, LineStage, OfferRef, Reading, RemoteOrderId, Sku};

async fn given_two_shops(store: &Store) -> (Lease, Lease) {
    import(store, &effects(&[("CAY-01", 35_000, 10)]), 0).await;
    (a_live_shop(store, "shopee/one").await, a_live_shop(store, "woo/two").await)
}

fn ready(id: &str, units: u32, seconds: i64) -> Reading<ganh_contract::Order> {
    a_reading(id, seconds, seconds, vec![a_line("1", "CAY-01", units, LineStage::Ready)])
}

on_both! {
    async fn i1_an_order_is_stored_raw_exactly_once(fresh: Fresh) {
        let (lease, _) = given_two_shops(&fresh.store).await;
        let reading = ready("A", 2, 10);

        let first = ingest(&fresh.store, &lease, &[reading.clone(), reading.clone()], 11).await;
        let again = ingest(&fresh.store, &lease, std::slice::from_ref(&reading), 12).await;

        let raw = fresh.store.raw_order(lease.shop, &RemoteOrderId::new("A")).await.unwrap();
        assert_eq!((first.new, again.new, again.changed), (1, 0, 0));
        assert_eq!(raw, reading.raw);
        assert_eq!(count(&fresh.store, "SELECT count(*) AS n FROM shop_order").await, 1);
    }

    async fn i1_an_order_that_names_nothing_of_ours_is_stored_too_and_told(fresh: Fresh) {
        let (lease, _) = given_two_shops(&fresh.store).await;
        let mut line = a_line("1", "CAY-01", 2, LineStage::Ready);
        line.offer = None;
        line.sku = Some(Sku::new("SOMEBODY-ELSES"));

        let done = ingest(&fresh.store, &lease, &[a_reading("A", 10, 10, vec![line])], 11).await;

        let page = fresh.store.orders_page(Some(lease.shop), None, 10).await.unwrap();
        assert_eq!((done.new, done.unmapped_lines, page[0].unmapped_lines), (1, 1, 1));
        assert_eq!(fresh.store.open_alarms(10).await.unwrap()[0].kind, "unmapped_order_line");
        assert_eq!(balance(&fresh.store, "CAY-01").await, (10, 0));
    }

    async fn i1_an_unreadable_order_is_stored_beside_its_neighbours_and_understood_later(fresh: Fresh) {
        let (lease, _) = given_two_shops(&fresh.store).await;
        let sound = ready("A", 2, 10);
        let damaged = Reading { value: Err(Fault::new("orders", FaultKind::Unintelligible)), ..sound.clone() };

        let first = ingest(&fresh.store, &lease, &[damaged, ready("B", 1, 10)], 11).await;
        let held = balance(&fresh.store, "CAY-01").await;
        let later = ingest(&fresh.store, &lease, &[sound], 12).await;

        assert_eq!((first.new, first.unreadable, held), (2, 1, (10, 1)));
        assert_eq!((later.changed, balance(&fresh.store, "CAY-01").await), (1, (10, 3)));
    }

    async fn i1_a_line_that_was_unmapped_is_taken_once_its_listing_is_known(fresh: Fresh) {
        let (lease, _) = given_two_shops(&fresh.store).await;
        let mut line = a_line("1", "NEW-01", 2, LineStage::Ready);
        line.offer = None;
        let reading = a_reading("A", 10, 10, vec![line]);
        ingest(&fresh.store, &lease, std::slice::from_ref(&reading), 11).await;
        import(&fresh.store, &effects(&[("NEW-01", 20_000, 5)]), 12).await;

        ingest(&fresh.store, &lease, &[reading], 13).await;

        assert_eq!(balance(&fresh.store, "NEW-01").await, (5, 2));
    }

    async fn i2_repeating_an_order_moves_the_ledger_once(fresh: Fresh) {
        let (lease, _) = given_two_shops(&fresh.store).await;
        let shipped = a_reading("A", 10, 20, vec![a_line("1", "CAY-01", 2, LineStage::Shipped)]);
        ingest(&fresh.store, &lease, &[ready("A", 2, 10)], 11).await;
        ingest(&fresh.store, &lease, std::slice::from_ref(&shipped), 21).await;

        let mut again = shipped.clone();
        again.raw.push(' ');
        again.as_of = at(40);
        ingest(&fresh.store, &lease, &[again], 41).await;

        assert_eq!(balance(&fresh.store, "CAY-01").await, (8, 0));
        assert_eq!(count(&fresh.store, "SELECT count(*) AS n FROM movement WHERE order_id IS NOT NULL").await, 2);
    }

    async fn i2_an_older_reading_that_comes_late_changes_nothing(fresh: Fresh) {
        let (lease, _) = given_two_shops(&fresh.store).await;
        let cancelled = a_reading("A", 10, 20, vec![a_line("1", "CAY-01", 2, LineStage::Cancelled)]);

        ingest(&fresh.store, &lease, &[cancelled], 21).await;
        let late = ingest(&fresh.store, &lease, &[ready("A", 2, 10)], 22).await;

        assert_eq!((late.new, late.changed), (0, 0));
        assert_eq!(balance(&fresh.store, "CAY-01").await, (10, 0));
    }

    async fn i2_partial_cancels_release_each_unit_once(fresh: Fresh) {
        let (lease, _) = given_two_shops(&fresh.store).await;
        let cancelled = |units, seconds| {
            let mut line = a_line("1", "CAY-01", 3, LineStage::Ready);
            line.cancelled = units;
            a_reading("A", 10, seconds, vec![line])
        };
        ingest(&fresh.store, &lease, &[ready("A", 3, 10)], 11).await;

        ingest(&fresh.store, &lease, &[cancelled(1, 20)], 21).await;
        let one = balance(&fresh.store, "CAY-01").await;
        ingest(&fresh.store, &lease, &[cancelled(3, 30)], 31).await;
        ingest(&fresh.store, &lease, &[cancelled(3, 30)], 32).await;

        assert_eq!((one, balance(&fresh.store, "CAY-01").await), ((10, 2), (10, 0)));
    }

    async fn i2_the_database_itself_refuses_a_second_movement_of_one_cause(fresh: Fresh) {
        let (lease, _) = given_two_shops(&fresh.store).await;
        ingest(&fresh.store, &lease, &[ready("A", 2, 10)], 11).await;
        let mut tx = fresh.store.write().await.unwrap();
        tx.execute("UPDATE order_line SET reserved = 0, takes = NULL", vec![]).await.unwrap();
        tx.commit().await.unwrap();
        let again = a_reading("A", 10, 20, vec![a_line("1", "CAY-01", 2, LineStage::Ready)]);

        ingest(&fresh.store, &lease, &[again], 31).await;

        assert_eq!(balance(&fresh.store, "CAY-01").await, (10, 2));
    }

    async fn an_order_lowers_every_other_shop_in_the_same_transaction(fresh: Fresh) {
        let (lease, other) = given_two_shops(&fresh.store).await;

        let done = ingest(&fresh.store, &lease, &[ready("A", 2, 10)], 11).await;

        let dirty = fresh.store.dirty_offers(other.shop, at(11), 10).await.unwrap();
        assert_eq!(done.shops.into_iter().collect::<Vec<_>>(), [other.shop]);
        assert_eq!((dirty[0].desired.stock, dirty[0].harm, dirty[0].dirty_since), (8, crate::listing::Harm::Lower, Some(at(11))));
    }

    async fn the_propagation_clock_runs_from_the_order_to_the_lowering_call(fresh: Fresh) {
        let (lease, other) = given_two_shops(&fresh.store).await;
        ingest(&fresh.store, &lease, &[ready("A", 2, 10)], 11).await;
        let row = departure(&offer(&fresh.store, &other, "CAY-01").await);

        let departed = fresh.store.depart_offers(&other, &[row], at(12)).await.unwrap();

        assert_eq!(departed[0].verdict, Verdict::Left { order_known_at: Some(at(11)) });
    }

    async fn an_order_that_takes_more_than_there_is_is_named(fresh: Fresh) {
        let (lease, _) = given_two_shops(&fresh.store).await;

        let done = ingest(&fresh.store, &lease, &[ready("A", 12, 10)], 11).await;

        let view = fresh.store.stock_of("CAY-01", 1).await.unwrap();
        assert_eq!((done.oversold.len(), done.oversold[0].units), (1, 2));
        assert_eq!((view.movements[0].kind, view.movements[0].units), (crate::stock::MovementKind::Oversold, 2));
        assert_eq!(balance(&fresh.store, "CAY-01").await, (10, 12));
    }

    async fn a_set_takes_its_components_and_gives_them_back(fresh: Fresh) {
        let mut goods = effects(&[("CAY-01", 35_000, 10), ("TRA-01", 50_000, 10), ("QUA-01", 90_000, 0)]);
        goods.stock.pop();
        goods.components = vec![
            crate::catalogue::BundleComponent { bundle: Sku::new("QUA-01"), component: Sku::new("CAY-01"), quantity: 2 },
            crate::catalogue::BundleComponent { bundle: Sku::new("QUA-01"), component: Sku::new("TRA-01"), quantity: 1 },
        ];
        import(&fresh.store, &goods, 0).await;
        let lease = a_live_shop(&fresh.store, "shopee/one").await;
        let set = |stage, seconds| a_reading("A", 10, seconds, vec![a_line("1", "QUA-01", 3, stage)]);
        let shown = offer(&fresh.store, &lease, "QUA-01").await.desired.stock;

        ingest(&fresh.store, &lease, &[set(LineStage::Ready, 10)], 11).await;
        let taken = (balance(&fresh.store, "CAY-01").await, balance(&fresh.store, "TRA-01").await);
        ingest(&fresh.store, &lease, &[set(LineStage::Cancelled, 20)], 21).await;

        assert_eq!((shown, taken), (5, ((10, 6), (10, 3))));
        assert_eq!((balance(&fresh.store, "CAY-01").await, balance(&fresh.store, "TRA-01").await), ((10, 0), (10, 0)));
    }

    async fn an_order_from_before_the_shop_was_connected_stays_out_of_the_ledger(fresh: Fresh) {
        let (lease, _) = given_two_shops(&fresh.store).await;

        ingest(&fresh.store, &lease, &[ready("A", 2, -10)], 11).await;

        assert_eq!(balance(&fresh.store, "CAY-01").await, (10, 0));
        assert_eq!(count(&fresh.store, "SELECT count(*) AS n FROM shop_order WHERE in_ledger = 0").await, 1);
    }

    async fn a_line_that_names_a_retired_id_still_finds_its_variant(fresh: Fresh) {
        let (lease, _) = given_two_shops(&fresh.store).await;
        let listing = offer(&fresh.store, &lease, "CAY-01").await.listing_id;
        let mut moved = linked("CAY-01");
        moved.offer = OfferRef { offer: "new id".into(), ..moved.offer };
        let link = ganh_contract::Link { offers: vec![moved], retired: vec![] };
        let linked = LinkedListing {
            listing, remote_id: "r/CAY-01".into(), link: &link, shown: &[], sent_at: at(1), answered_at: at(1), content_rev: 1,
 show_at: None,
        };
        fresh.store.link_listing(&lease, &linked, at(1)).await.unwrap();
        let mut line = a_line("1", "CAY-01", 2, LineStage::Ready);
        line.sku = None;

        ingest(&fresh.store, &lease, &[a_reading("A", 10, 10, vec![line])], 11).await;

        assert_eq!(balance(&fresh.store, "CAY-01").await, (10, 2));
    }

    async fn the_watermark_only_moves_forward(fresh: Fresh) {
        let (lease, _) = given_two_shops(&fresh.store).await;
        let mark = |until, read| Some(Watermark { until: at(until), read_at: at(read) });
        fresh.store.ingest_orders(&lease, &[], mark(50, 60), &rules(), at(61)).await.unwrap();

        fresh.store.ingest_orders(&lease, &[], mark(40, 45), &rules(), at(62)).await.unwrap();

        let shop = fresh.store.shop(lease.shop).await.unwrap();
        assert_eq!((shop.orders_until, shop.orders_read_at), (at(50), at(60)));
    }

    async fn i11_a_stale_owner_stores_no_order(fresh: Fresh) {
        let (lease, _) = given_two_shops(&fresh.store).await;
        let stale = Lease { term: lease.term - 1, ..lease };

        let refused = fresh.store.ingest_orders(&stale, &[ready("A", 2, 10)], None, &rules(), at(11)).await;

        assert!(matches!(refused, Err(StoreError::StaleLease { .. })), "{refused:?}");
        assert_eq!(count(&fresh.store, "SELECT count(*) AS n FROM shop_order").await, 0);
    }
}

#[tokio::test]
async fn i13_the_buyer_of_an_order_lies_sealed() {
    let fresh = on_sqlite().await;
    let (lease, _) = given_two_shops(&fresh.store).await;
    ingest(&fresh.store, &lease, &[ready("A", 2, 10)], 11).await;
    fresh.store.close().await;

    let bytes = std::fs::read(fresh.folder.unwrap().path().join("ganh.db")).unwrap();

    let found = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(found("shopee/one") && !found("Nguyễn Thị Bí Mật"));
}
