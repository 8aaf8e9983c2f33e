use super::world::*;
use crate::catalogue::BundleComponent;
use crate::ids::ProductId;
use crate::listing::matching::{AdoptedOffer, MatchedBy};
use crate::listing::{Adoption, Allocation, Harm, Language, RemoteListingSeen, StockRules, StopOf};
use crate::stock::MovementKind;
use crate::store::policy::STEP;
use crate::store::testing::{KEYS, at, on_both};
use crate::store::tx::args;
use crate::store::*;
use ganh_contract::{Actor, LineStage, ObservedOffer, Price, Sku, Units, Vnd};
use jiff::SignedDuration;

fn sku(sku: &str) -> StopOf {
    StopOf::Sku(sku.into())
}

fn producer() -> StopOf {
    StopOf::Producer("TB01".into())
}

/// Two kinds of jars and a set of two of the first, everything live.
async fn given_a_shop(store: &Store) -> Lease {
    let mut goods = effects(&[("CAY-01", 35_000, 10), ("TRA-01", 50_000, 6), ("QUA-01", 90_000, 0)]);
    goods.stock.pop();
    goods.components =
        vec![BundleComponent { bundle: Sku::new("QUA-01"), component: Sku::new("CAY-01"), quantity: 2 }];
    import(store, &goods, 0).await;
    a_live_shop(store, "shopee/one").await
}

async fn stop(store: &Store, of: StopOf, now: i64) -> SellingStop {
    store.stop_selling(&of, "mốc trong hũ", "Lan", at(now)).await.unwrap()
}

async fn wanted(store: &Store, lease: &Lease) -> [u32; 3] {
    let mut wanted = [0; 3];
    for (index, sku) in ["CAY-01", "TRA-01", "QUA-01"].into_iter().enumerate() {
        wanted[index] = offer(store, lease, sku).await.desired.stock;
    }
    wanted
}

async fn read_back(store: &Store, lease: &Lease, sku: &str, stock: u32, as_of: i64) {
    let row = ObservedOfferRow {
        offer: remote(sku),
        note: None,
        price: None,
        stock: Some(stock),
        on_sale: Some(true),
        reserved: None,
    };
    store.observe_offers(lease, &[row], at(as_of), SignedDuration::ZERO, at(as_of)).await.unwrap();
}

async fn standing(store: &Store, stop: &SellingStop, now: i64) -> Vec<(String, StopStanding)> {
    let shops = store.stop_progress(stop, at(now)).await.unwrap();
    shops.iter().map(|shop| (shop.shop.clone(), shop.standing())).collect()
}

async fn stock(store: &Store, sku: &str, units: i64, now: i64) {
    let kind = MovementKind::Receive;
    let (cause, who) = (format!("delivery {now}"), "Lan".to_owned());
    let entry = StockEntry { sku: sku.into(), place: None, kind, units, cause, who };
    store.move_stock(&entry, at(now)).await.unwrap();
}

on_both! {
    async fn i9_a_stopped_sku_and_what_is_made_of_it_go_to_zero_before_everything_else(fresh: Fresh) {
        let store = &fresh.store;
        let lease = given_a_shop(store).await;
        let spoilt = StockEntry {
            sku: "TRA-01".into(), place: None, kind: MovementKind::WriteOff, units: 6, cause: "spoilt".into(), who: "Lan".into(),
        };
        store.move_stock(&spoilt, at(1)).await.unwrap();

        let stopped = stop(store, sku("cay-01"), 2).await;

        let first = store.dirty_offers(lease.shop, at(2), 3).await.unwrap();
        let first: Vec<_> = first.iter().map(|offer| (offer.sku.as_str(), offer.desired.stock, offer.harm)).collect();
        assert_eq!(first, [("CAY-01", 0, Harm::Stop), ("QUA-01", 0, Harm::Stop), ("TRA-01", 0, Harm::Zero)]);
        assert_eq!((stopped.stopped.of, stopped.name.as_str()), (sku("CAY-01"), "Bánh cáy CAY-01"));
    }

    async fn nothing_undoes_a_stop_but_its_lifting(fresh: Fresh) {
        let store = &fresh.store;
        let lease = given_a_shop(store).await;
        let rules_of_strict = Policy {
            stock: StockRules { allocation: Some(Allocation::Strict), ..StockRules::default() }, ..Policy::default()
        };
        stop(store, sku("CAY-01"), 1).await;
        push(store, &lease, 2).await;

        store.set_policy(PolicyScope::Default, &rules_of_strict, at(3)).await.unwrap();
        import(store, &effects(&[("CAY-01", 35_000, 400)]), 4).await;
        stock(store, "CAY-01", 50, 5).await;
        ingest(store, &lease, &[a_reading("A", 6, 6, vec![a_line("1", "TRA-01", 2, LineStage::Ready)])], 7).await;
        ingest(store, &lease, &[a_reading("B", 1, 8, vec![a_line("1", "CAY-01", 1, LineStage::Ready)])], 9).await;
        ingest(store, &lease, &[a_reading("B", 1, 10, vec![a_line("1", "CAY-01", 1, LineStage::Cancelled)])], 11).await;
        store.finish_sweeps(at(12)).await.unwrap();
        let kept = wanted(store, &lease).await;
        store.lift_stop(&sku("CAY-01"), "Hoa", at(13)).await.unwrap();
        let back = wanted(store, &lease).await;

        assert_eq!((kept[0], kept[2]), (0, 0));
        assert!(kept[1] > 0 && back[0] > 0 && back[2] > 0, "{kept:?} {back:?}");
    }

    async fn a_shop_that_comes_later_shows_nothing_of_what_is_stopped(fresh: Fresh) {
        let store = &fresh.store;
        given_a_shop(store).await;
        stop(store, sku("CAY-01"), 1).await;
        let shop = a_shop(store, "woo/two").await;
        let products = store.products_page(None, "CAY-01", None, 10).await.unwrap();
        let product: ProductId = products[0].id;
        let lease = leases(store, "later", 2).await.into_iter().find(|lease| lease.shop == shop).unwrap();
        let theirs = ObservedOffer {
            offer: remote("CAY-01"), note: String::new(), sku: None, gtin: None, on_sale: true,
            price: Some(Price::plain(Vnd(35_000))), stock: Some(Units::only(33)), reserved: None,
        };
        let listing = RemoteListingSeen { listing: "r/CAY-01".into(), code: None, title: "Bánh".into(), offers: vec![theirs.clone()] };
        store.save_seen_listings(&lease, &[SeenListing { seen: listing, standing: "on_sale".into() }], at(2)).await.unwrap();
        let ours = store.our_variants(shop).await.unwrap();
        let ours = ours.iter().find(|ours| ours.product == product).unwrap();
        let adoption = Adoption {
            product, listing: "r/CAY-01".into(), title: "Bánh".into(), by: MatchedBy::Sku,
            offers: vec![AdoptedOffer { variant: ours.variant, offer: theirs.offer, note: String::new() }],
            lacks: vec![], strangers: vec![],
        };

        store.approve_shop(shop, &Approval { adopt: &[adoption], create: &[] }, at(3)).await.unwrap();

        let adopted = offer(store, &lease, "CAY-01").await;
        assert_eq!((adopted.acked.stock, adopted.desired.stock, adopted.harm), (Some(33), 0, Harm::Stop));
    }

    async fn a_producers_stop_reaches_all_its_goods_and_survives_a_restart_between_two_slices(fresh: Fresh) {
        let store = &fresh.store;
        let skus: Vec<String> = (0..STEP + 7).map(|number| format!("S{number:04}")).collect();
        let goods: Vec<(&str, i64, u32)> = skus.iter().map(|sku| (sku.as_str(), 35_000, 10)).collect();
        import(store, &effects(&goods), 0).await;
        a_live_shop(store, "shopee/one").await;
        // As a process that died after it had written the stop down.
        let mut tx = store.write().await.unwrap();
        tx.execute("INSERT INTO selling_stop (producer_id, reason, who, since_at, swept_to) SELECT id, '', 'Lan', 1, 0 FROM producer", args![])
            .await
            .unwrap();
        tx.commit().await.unwrap();

        let again = Store::open(&fresh.settings, KEYS.clone(), at(2)).await.unwrap();
        again.finish_sweeps(at(2)).await.unwrap();
        let stopped = count(&again, "SELECT count(*) AS n FROM offer WHERE stopped = 1 AND desired_stock = 0 AND harm = 0").await;
        again.lift_stop(&producer(), "Lan", at(3)).await.unwrap();

        assert_eq!(stopped, i64::try_from(STEP + 7).unwrap());
        assert_eq!(count(&again, "SELECT count(*) AS n FROM offer WHERE stopped = 0 AND desired_stock = 10").await, stopped);
        assert_eq!(count(&again, "SELECT count(*) AS n FROM selling_stop WHERE swept_to IS NOT NULL").await, 0);
        again.close().await;
    }

    async fn lifting_one_of_two_stops_lifts_only_that(fresh: Fresh) {
        let store = &fresh.store;
        let lease = given_a_shop(store).await;
        stop(store, sku("CAY-01"), 1).await;
        stop(store, producer(), 2).await;

        store.lift_stop(&producer(), "Lan", at(3)).await.unwrap();
        let kept = wanted(store, &lease).await;
        let twice = store.lift_stop(&producer(), "Lan", at(4)).await;

        assert_eq!(kept, [0, 6, 0]);
        assert!(matches!(twice, Err(StoreError::NotFound(_))), "{twice:?}");
    }

    async fn a_stop_is_confirmed_only_when_the_zero_was_taken_and_read_back(fresh: Fresh) {
        let store = &fresh.store;
        let lease = given_a_shop(store).await;
        let stopped = stop(store, sku("TRA-01"), 1).await;
        let of = |standing| vec![("shopee/one".to_owned(), standing)];

        let asked = standing(store, &stopped, 1).await;
        push(store, &lease, 2).await;
        let taken = standing(store, &stopped, 4).await;
        let waits = store.open_stops(10).await.unwrap();
        read_back(store, &lease, "TRA-01", 0, 5).await;
        let seen = standing(store, &stopped, 6).await;

        assert_eq!((asked, taken, seen), (of(StopStanding::Asked), of(StopStanding::Acknowledged), of(StopStanding::Seen)));
        assert_eq!(waits[0].unconfirmed, ["shopee/one"]);
        assert_eq!(store.open_stops(10).await.unwrap()[0].unconfirmed, Vec::<String>::new());
    }

    async fn a_stop_of_what_stands_at_zero_already_is_read_back_too(fresh: Fresh) {
        let store = &fresh.store;
        import(store, &effects(&[("CAY-01", 35_000, 0)]), 0).await;
        let lease = a_live_shop(store, "shopee/one").await;
        let mark = Watermark { until: at(100), read_at: at(100) };
        store.ingest_orders(&lease, &[], Some(mark), &rules(), at(1)).await.unwrap();

        let stopped = stop(store, sku("CAY-01"), 5).await;
        let due = store.verify_due(lease.shop, at(5), 10).await.unwrap().len();
        read_back(store, &lease, "CAY-01", 4, 6).await;
        let drifted = standing(store, &stopped, 6).await;
        push(store, &lease, 7).await;
        read_back(store, &lease, "CAY-01", 0, 9).await;

        assert_eq!((due, drifted[0].1), (1, StopStanding::Asked));
        assert_eq!(standing(store, &stopped, 9).await[0].1, StopStanding::Seen);
    }

    async fn a_refused_zero_names_who_must_act_and_stopping_again_tries_at_once(fresh: Fresh) {
        let store = &fresh.store;
        let lease = given_a_shop(store).await;
        let stopped = stop(store, sku("TRA-01"), 1).await;
        let row = departure(&offer(store, &lease, "TRA-01").await);
        store.depart_offers(&lease, &[row], at(2)).await.unwrap();
        let said = "khuyến mãi đang khóa tồn".to_owned();
        let outcome = Outcome::Parked { kind: "refused".into(), actor: Actor::Producer, said: said.clone() };
        store.settle_offers(&lease, &[Settled { sent: row, sent_at: at(2), answered_at: at(3), outcome }], at(3)).await.unwrap();

        let refused = store.stop_progress(&stopped, at(4)).await.unwrap().remove(0);
        stop(store, sku("TRA-01"), 5).await;
        let again = store.stop_progress(&stopped, at(5)).await.unwrap().remove(0);

        let told = StopRefusal { sku: "TRA-01".into(), actor: Actor::Producer, said, again_at: None };
        assert_eq!((refused.standing(), refused.refusals), (StopStanding::Refused, vec![told]));
        assert_eq!((again.standing(), again.refusals), (StopStanding::Asked, vec![]));
        assert_eq!(store.dirty_offers(lease.shop, at(5), 10).await.unwrap().len(), 1);
        assert_eq!(store.open_stops(10).await.unwrap()[0].stop.stopped.since, at(1));
    }

    async fn what_is_off_sale_there_stays_off_sale_while_stopped(fresh: Fresh) {
        let store = &fresh.store;
        let lease = given_a_shop(store).await;
        let mut tx = store.write().await.unwrap();
        tx.execute("UPDATE offer SET acked_on_sale = 0", args![]).await.unwrap();
        tx.commit().await.unwrap();

        let stopped = stop(store, sku("TRA-01"), 1).await;

        assert!(!offer(store, &lease, "TRA-01").await.desired.on_sale);
        assert_eq!(standing(store, &stopped, 1).await[0].1, StopStanding::Acknowledged);
    }

    async fn an_explanation_says_since_when_by_whom_and_why(fresh: Fresh) {
        let store = &fresh.store;
        given_a_shop(store).await;
        stop(store, sku("CAY-01"), 1).await;

        let of_the_set = store.explain("QUA-01", at(2)).await.unwrap().remove(0);

        let lines = of_the_set.lines(Language::Vi);
        let told = "  dừng bán CAY-01 từ 22/11/2026 19:00, bởi Lan, vì mốc trong hũ → 0".to_owned();
        assert!(lines.contains(&told), "{lines:#?}");
        assert_eq!((of_the_set.stock.units, of_the_set.desired.stock), (0, 0));
    }

    async fn an_unknown_sku_and_an_endless_reason_are_refused(fresh: Fresh) {
        let store = &fresh.store;
        given_a_shop(store).await;

        let unknown = store.stop_selling(&sku("NOPE"), "", "Lan", at(1)).await;
        let endless = store.stop_selling(&sku("CAY-01"), &"x".repeat(501), "Lan", at(1)).await;

        assert!(matches!(unknown, Err(StoreError::NotFound(_))), "{unknown:?}");
        assert!(matches!(endless, Err(StoreError::Refused(_))), "{endless:?}");
        assert_eq!(store.open_stops(10).await.unwrap(), []);
    }
}
