use super::world::*;
use crate::listing::{Allocation, Facets, StockRules};
use crate::stock::MovementKind;
use crate::store::testing::{at, on_both};
use crate::store::*;
use ganh_contract::{LineStage, Sku};

async fn given_strict_shops(store: &Store) -> (Lease, Lease) {
    import(store, &effects(&[("CAY-01", 35_000, 10)]), 0).await;
    strict(store).await;
    (a_live_shop(store, "shopee/one").await, a_live_shop(store, "woo/two").await)
}

async fn strict(store: &Store) {
    let rules = StockRules { allocation: Some(Allocation::Strict), ..StockRules::default() };
    store
        .set_policy(PolicyScope::Default, &Policy { stock: rules, ..Policy::default() }, at(0))
        .await
        .unwrap();
}

async fn exposed(store: &Store, leases: &[&Lease], sku: &str) -> u32 {
    let mut sum = 0;
    for lease in leases {
        sum += offer(store, lease, sku).await.exposure();
    }
    sum
}

async fn stock(store: &Store, sku: &str, units: i64, now: i64) {
    let kind = MovementKind::Adjust;
    let entry =
        StockEntry { sku: sku.into(), place: None, kind, units, cause: format!("c{now}"), who: "t".into() };
    store.move_stock(&entry, at(now)).await.unwrap();
}

on_both! {
    // Found by the simulation: a listing that was under review came up with the share of the day on which it was sent in.
    async fn i7_a_listing_of_strict_offers_is_made_without_units(fresh: Fresh) {
        let store = &fresh.store;
        import(store, &effects(&[("CAY-01", 35_000, 10)]), 0).await;
        strict(store).await;
        let shop = a_shop(store, "shopee/one").await;
        let products = store.products_page(None, "", None, 10).await.unwrap();
        store.approve_shop(shop, &Approval { adopt: &[], create: &[products[0].id] }, at(0)).await.unwrap();
        let listing = store.unfinished_listings(shop, at(0), 1).await.unwrap().remove(0);

        let page = store.listing_page(listing.id, at(0)).await.unwrap();

        assert_eq!(page.product.variants.iter().map(|variant| variant.stock).collect::<Vec<_>>(), [0]);
    }

    async fn i7_a_new_shop_gets_units_only_when_the_first_has_let_them_go(fresh: Fresh) {
        let store = &fresh.store;
        let (one, two) = given_strict_shops(store).await;
        // The second shop was linked as if it showed its part at once; put it back to nothing known.
        let mut tx = store.write().await.unwrap();
        tx.execute("UPDATE offer SET acked_stock = 0, stock_acked_rev = 0, dirty_since_at = 0, harm = 4 WHERE shop_id = $1",
            crate::store::tx::args![two.shop]).await.unwrap();
        tx.commit().await.unwrap();
        let raise = departure(&offer(store, &two, "CAY-01").await);

        let early = store.depart_offers(&two, &[raise], at(2)).await.unwrap();
        push(store, &one, 3).await;
        let late = store.depart_offers(&two, &[raise], at(5)).await.unwrap();

        assert_eq!(early[0].verdict, Verdict::NoSlack { allowed: 0 });
        assert!(matches!(late[0].verdict, Verdict::Left { .. }), "{late:?}");
        assert_eq!(exposed(store, &[&one, &two], "CAY-01").await, 10);
    }

    async fn i7_a_lowering_whose_outcome_is_unknown_gives_nothing_free(fresh: Fresh) {
        let store = &fresh.store;
        let (one, two) = given_strict_shops(store).await;
        push(store, &one, 1).await;
        let rules = StockRules { weight: Some(4), ..StockRules::default() };
        store.set_policy(PolicyScope::Shop(two.shop), &Policy { stock: rules, ..Policy::default() }, at(3)).await.unwrap();
        let lower = departure(&offer(store, &one, "CAY-01").await);
        store.depart_offers(&one, &[lower], at(4)).await.unwrap();
        let unknown = Outcome::Unknown { until: at(90), next_try_at: at(5) };
        let settled = Settled { sent: lower, sent_at: at(4), answered_at: at(5), outcome: unknown };
        store.settle_offers(&one, &[settled], at(5)).await.unwrap();

        let raise = departure(&offer(store, &two, "CAY-01").await);
        let departed = store.depart_offers(&two, &[raise], at(6)).await.unwrap();

        assert_eq!(departed[0].verdict, Verdict::NoSlack { allowed: 5 });
        assert_eq!(exposed(store, &[&one, &two], "CAY-01").await, 10);
    }

    async fn i7_a_raise_whose_outcome_is_unknown_counts_until_a_later_read(fresh: Fresh) {
        let store = &fresh.store;
        let (one, two) = given_strict_shops(store).await;
        push(store, &one, 1).await;
        stock(store, "CAY-01", 10, 3).await;
        let raise = departure(&offer(store, &one, "CAY-01").await);
        store.depart_offers(&one, &[raise], at(4)).await.unwrap();
        let unknown = Outcome::Unknown { until: at(90), next_try_at: at(5) };
        let settled = Settled { sent: raise, sent_at: at(4), answered_at: at(5), outcome: unknown };
        store.settle_offers(&one, &[settled], at(5)).await.unwrap();
        let rules = StockRules { weight: Some(4), ..StockRules::default() };
        store.set_policy(PolicyScope::Shop(two.shop), &Policy { stock: rules, ..Policy::default() }, at(6)).await.unwrap();
        push(store, &one, 7).await;
        let wanted = departure(&offer(store, &two, "CAY-01").await);

        let early = store.depart_offers(&two, &[wanted], at(10)).await.unwrap();
        let seen = ObservedOfferRow { offer: remote("CAY-01"), note: None, price: None, stock: Some(4), on_sale: None, reserved: None };
        store.observe_offers(&one, &[seen], at(100), jiff::SignedDuration::ZERO, at(100)).await.unwrap();
        let late = store.depart_offers(&two, &[wanted], at(101)).await.unwrap();

        assert_eq!((raise.stock, wanted.stock), (Some(10), Some(16)));
        assert_eq!(early[0].verdict, Verdict::NoSlack { allowed: 10 });
        assert!(matches!(late[0].verdict, Verdict::Left { .. }), "{late:?}");
    }

    async fn i7_two_raises_in_one_batch_share_the_slack(fresh: Fresh) {
        let store = &fresh.store;
        let mut goods = effects(&[("CAY-01", 35_000, 9), ("QUA-01", 90_000, 0)]);
        goods.stock.pop();
        goods.components =
            vec![crate::catalogue::BundleComponent { bundle: Sku::new("QUA-01"), component: Sku::new("CAY-01"), quantity: 3 }];
        import(store, &goods, 0).await;
        strict(store).await;
        let one = a_live_shop(store, "shopee/one").await;
        let (single, set) = (offer(store, &one, "CAY-01").await, offer(store, &one, "QUA-01").await);
        let raise = |state: &crate::listing::OfferState, stock| Departure {
            stock: Some(stock),
            changed: Facets { stock: true, ..Facets::default() },
            ..departure(state)
        };

        let departed = store.depart_offers(&one, &[raise(&single, single.desired.stock + 4), raise(&set, 3)], at(2)).await.unwrap();

        let after = (offer(store, &one, "CAY-01").await.exposure(), offer(store, &one, "QUA-01").await.exposure());
        assert!(single.desired.stock + 3 * set.desired.stock <= 9, "{departed:?}");
        assert!(after.0 + 3 * after.1 <= 9, "{after:?} {departed:?}");
        assert!(departed.iter().any(|row| matches!(row.verdict, Verdict::NoSlack { .. })), "{departed:?}");
    }

    async fn i7_the_promises_never_exceed_what_there_is_whatever_interleaves(fresh: Fresh) {
        let store = &fresh.store;
        let (one, two) = given_strict_shops(store).await;
        let three = a_live_shop(store, "woo/three").await;
        let shops = [&one, &two, &three];
        push(store, &one, 1).await;
        push(store, &two, 1).await;
        // A third shop was linked with a part that the others had not let go yet; from here on the law must hold.
        store.settle_offers(&three, &[], at(2)).await.unwrap();
        let mut dice: u64 = 7;
        let mut roll = |sides: u64| {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from((dice >> 33) % sides).unwrap()
        };
        let mut flying: Vec<(usize, Departure, i64)> = Vec::new();
        for step in 0..120_i64 {
            let now = 10 + step * 10;
            let shop = roll(3);
            let state = offer(store, shops[shop], "CAY-01").await;
            match roll(5) {
                0 => {
                    let free = balance(store, "CAY-01").await;
                    // Only more stock: taking away what is promised is what orders do, and is counted as oversold.
                    if free.0 < 40 {
                        stock(store, "CAY-01", 1 + i64::try_from(roll(4)).unwrap(), now).await;
                    }
                }
                1 => {
                    let weight = StockRules { weight: Some(1 + u32::try_from(roll(5)).unwrap()), ..StockRules::default() };
                    let policy = Policy { stock: weight, ..Policy::default() };
                    store.set_policy(PolicyScope::Shop(shops[shop].shop), &policy, at(now)).await.unwrap();
                }
                2 if state.sent.is_none() && state.dirty().stock => {
                    let row = departure(&state);
                    let departed = store.depart_offers(shops[shop], &[row], at(now)).await.unwrap();
                    if matches!(departed[0].verdict, Verdict::Left { .. }) {
                        flying.push((shop, row, now));
                    }
                }
                3 if !flying.is_empty() => {
                    let (shop, sent, sent_at) = flying.remove(roll(flying.len() as u64));
                    let outcome = match roll(3) {
                        0 => Outcome::Unknown { until: at(now + 15), next_try_at: at(now) },
                        1 => Outcome::Silent,
                        _ => echoed(),
                    };
                    let settled = Settled { sent, sent_at: at(sent_at), answered_at: at(now), outcome };
                    store.settle_offers(shops[shop], &[settled], at(now)).await.unwrap();
                }
                _ => {
                    let seen = ObservedOfferRow {
                        offer: state.offer.clone(), note: None, price: None, stock: state.acked.stock, on_sale: None, reserved: None,
                    };
                    store.observe_offers(shops[shop], &[seen], at(now), jiff::SignedDuration::ZERO, at(now)).await.unwrap();
                }
            }
            let sellable = balance(store, "CAY-01").await.0;
            let shown = exposed(store, &shops, "CAY-01").await;
            assert!(i64::from(shown) <= sellable.max(15), "step {step}: {shown} shown, {sellable} there");
        }
    }

    async fn i7_units_of_an_order_are_free_for_nobody_else(fresh: Fresh) {
        let store = &fresh.store;
        let (one, two) = given_strict_shops(store).await;
        push(store, &one, 1).await;
        let order = a_reading("A", 10, 10, vec![a_line("1", "CAY-01", 3, LineStage::Ready)]);

        ingest(store, &one, &[order], 11).await;

        let sellable = 7;
        assert!(exposed(store, &[&one, &two], "CAY-01").await <= sellable);
        push(store, &two, 12).await;
        push(store, &one, 14).await;
        assert_eq!(exposed(store, &[&one, &two], "CAY-01").await, sellable);
    }

    async fn i7_what_sold_inside_a_write_goes_down_first_and_up_when_the_others_let_go(fresh: Fresh) {
        let store = &fresh.store;
        let (one, two) = given_strict_shops(store).await;
        push(store, &one, 10).await;
        // Sent at 10, answered at 11: nobody can tell whether the shop shows 5 or 2 now. Seven are left for both.
        ingest(store, &one, &[a_reading("A", 10, 10, vec![a_line("1", "CAY-01", 3, LineStage::Ready)])], 12).await;
        let wish = departure(&offer(store, &one, "CAY-01").await);

        let first = store.depart_offers(&one, &[wish], at(13)).await.unwrap();
        let lower = Departure { stock: Some(2), changed: Facets::default(), ..wish };
        let settled = Settled { sent: lower, sent_at: at(13), answered_at: at(14), outcome: echoed() };
        store.settle_offers(&one, &[settled], at(14)).await.unwrap();
        let low = offer(store, &one, "CAY-01").await;
        let early = store.depart_offers(&one, &[departure(&low)], at(15)).await.unwrap();
        push(store, &two, 16).await;
        push(store, &one, 18).await;

        assert_eq!(wish.stock, Some(4));
        assert!(matches!(first[0].verdict, Verdict::LeftWith { units: 2, .. }), "{first:?}");
        assert_eq!((low.acked.stock, low.bracketed, low.dirty().stock), (Some(2), 0, true));
        assert_eq!(early[0].verdict, Verdict::NoSlack { allowed: 2 });
        assert_eq!((offer(store, &one, "CAY-01").await.exposure(), offer(store, &two, "CAY-01").await.exposure()), (4, 3));
    }

    async fn i7_a_lowering_after_a_sale_inside_a_write_never_waits(fresh: Fresh) {
        let store = &fresh.store;
        let (one, two) = given_strict_shops(store).await;
        push(store, &one, 10).await;
        ingest(store, &one, &[a_reading("A", 10, 10, vec![a_line("1", "CAY-01", 1, LineStage::Ready)])], 12).await;
        stock(store, "CAY-01", -8, 13).await;
        let wish = departure(&offer(store, &one, "CAY-01").await);

        let left = store.depart_offers(&one, &[wish], at(14)).await.unwrap();

        assert_eq!(wish.stock, Some(1));
        assert!(matches!(left[0].verdict, Verdict::Left { .. }), "{left:?}");
        assert!(offer(store, &two, "CAY-01").await.desired.stock <= 1);
    }

    async fn i7_who_lets_units_go_wakes_the_shop_that_waits_for_them(fresh: Fresh) {
        let store = &fresh.store;
        let (one, two) = given_strict_shops(store).await;
        let rules = StockRules { weight: Some(4), ..StockRules::default() };
        store.set_policy(PolicyScope::Shop(two.shop), &Policy { stock: rules, ..Policy::default() }, at(3)).await.unwrap();
        let lower = departure(&offer(store, &one, "CAY-01").await);
        store.depart_offers(&one, &[lower], at(4)).await.unwrap();
        let mut woken = store.changed();

        let settled = Settled { sent: lower, sent_at: at(4), answered_at: at(5), outcome: echoed() };
        store.settle_offers(&one, &[settled], at(5)).await.unwrap();

        let heard: Vec<Changed> = std::iter::from_fn(|| woken.try_recv().ok()).collect();
        assert!(heard.contains(&Changed { shop: two.shop, wake: Wake::Figures }), "{heard:?}");
    }
}
