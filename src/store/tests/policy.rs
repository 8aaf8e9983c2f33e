use super::world::*;
use crate::listing::{KeepLast, PriceRules, StockRules};
use crate::store::policy::STEP;
use crate::store::testing::{at, on_both};
use crate::store::tx::args;
use crate::store::*;
use ganh_contract::Vnd;

fn capped(cap: u32) -> Policy {
    Policy { stock: StockRules { cap: Some(cap), ..StockRules::default() }, ..Policy::default() }
}

fn at_price(price: i64) -> Policy {
    Policy { price: PriceRules { fixed: Some(Vnd(price)), ..PriceRules::default() }, ..Policy::default() }
}

async fn foreseen(store: &Store, scope: PolicyScope, policy: &Policy) -> Vec<Foreseen> {
    let mut all = Vec::new();
    store.foresee_policy(scope, policy, at(5), &mut |offer| all.push(offer)).await.unwrap();
    all
}

/// More goods than one slice holds.
async fn given_many_goods(store: &Store) -> Lease {
    let skus: Vec<String> = (0..STEP + 7).map(|number| format!("S{number:04}")).collect();
    let goods: Vec<(&str, i64, u32)> = skus.iter().map(|sku| (sku.as_str(), 35_000, 10)).collect();
    import(store, &effects(&goods), 0).await;
    a_live_shop(store, "shopee/one").await
}

const UNDER_OLD_RULES: &str = "SELECT count(*) AS n FROM offer WHERE desired_stock = 10";

on_both! {
    async fn i10_what_rules_would_do_is_told_and_nothing_is_kept(fresh: Fresh) {
        let store = &fresh.store;
        import(store, &effects(&[("CAY-01", 35_000, 10), ("TRA-01", 50_000, 3)]), 0).await;
        let lease = a_live_shop(store, "shopee/one").await;

        let told = foreseen(store, PolicyScope::Default, &capped(4)).await;
        let repriced = foreseen(store, PolicyScope::Shop(lease.shop), &at_price(9_000)).await;

        let moved: Vec<_> = told.iter().map(|offer| (offer.sku.as_str(), offer.before.stock, offer.after.stock)).collect();
        let prices: Vec<_> = repriced.iter().map(|offer| (offer.before.price, offer.after.price)).collect();
        assert_eq!(moved, [("CAY-01", 10, 4)]);
        assert_eq!(prices, [(Vnd(35_000), Vnd(9_000)), (Vnd(50_000), Vnd(9_000))]);
        assert_eq!(store.policy(PolicyScope::Default).await.unwrap(), Policy::default());
        assert_eq!(offer(store, &lease, "CAY-01").await.desired.stock, 10);
    }

    async fn what_is_simulated_comes_then_and_nothing_is_kept_before(fresh: Fresh) {
        let store = &fresh.store;
        import(store, &effects(&[("CAY-01", 35_000, 10), ("TRA-01", 50_000, 3)]), 0).await;
        let (one, two) = (a_live_shop(store, "shopee/one").await, a_live_shop(store, "woo/two").await);
        let keep = KeepLast { shop: two.shop, units: 2 };
        let rules = StockRules { keep_last: Some(keep), cap: Some(6), ..StockRules::default() };
        let policy = Policy { stock: rules, ..Policy::default() };

        let mut told = Vec::new();
        let promises =
            store.simulate_policy(PolicyScope::Default, &policy, at(5), &mut |offer| told.push(offer)).await.unwrap();
        let kept = store.policy(PolicyScope::Default).await.unwrap();
        store.set_policy(PolicyScope::Default, &policy, at(6)).await.unwrap();
        let again = {
            let mut told = Vec::new();
            store.simulate_policy(PolicyScope::Default, &policy, at(7), &mut |offer| told.push(offer)).await.unwrap();
            told
        };

        let after = |all: &[Foreseen]| {
            let mut after: Vec<_> = all.iter().map(|offer| (offer.shop, offer.sku.as_str().to_owned(), offer.after.stock)).collect();
            after.sort();
            after
        };
        let row = |lease: &Lease, sku: &str, units| (lease.shop, sku.to_owned(), units);
        assert_eq!(after(&told), [row(&one, "CAY-01", 6), row(&one, "TRA-01", 1), row(&two, "CAY-01", 6), row(&two, "TRA-01", 3)]);
        assert_eq!(after(&told), after(&again));
        assert_eq!((promises.before.units, promises.after.units), (10 + 3, 2 + 1));
        assert_eq!(promises.before.vnd, 10 * 35_000 + 3 * 50_000);
        assert_eq!(kept, Policy::default());
        assert_eq!(offer(store, &one, "TRA-01").await.desired.stock, 1);
    }

    async fn rules_over_many_goods_follow_in_slices_to_the_last(fresh: Fresh) {
        let store = &fresh.store;
        let lease = given_many_goods(store).await;

        let told = foreseen(store, PolicyScope::Default, &capped(4)).await;
        let shops = store.set_policy(PolicyScope::Default, &capped(4), at(1)).await.unwrap();

        assert_eq!(told.len(), STEP + 7);
        assert!(shops.contains(&lease.shop));
        assert_eq!(count(store, UNDER_OLD_RULES).await, 0);
        assert_eq!(count(store, "SELECT count(*) AS n FROM policy_sweep").await, 0);
    }

    async fn rules_that_were_cut_off_midway_are_brought_to_their_end(fresh: Fresh) {
        let store = &fresh.store;
        given_many_goods(store).await;
        store.set_policy(PolicyScope::Default, &capped(4), at(1)).await.unwrap();
        // As a process that died after the first slice would have left it.
        let mut tx = store.write().await.unwrap();
        tx.execute("UPDATE policy SET stock = $1", args![r#"{"cap":6}"#]).await.unwrap();
        tx.execute("INSERT INTO policy_sweep (scope, scope_id, after_variant, begun_at) VALUES ('default', 0, 0, 0)", args![]).await.unwrap();
        tx.commit().await.unwrap();

        store.finish_sweeps(at(9)).await.unwrap();
        store.finish_sweeps(at(9)).await.unwrap();

        let followed = count(store, "SELECT count(*) AS n FROM offer WHERE desired_stock = 6").await;
        assert_eq!(followed, i64::try_from(STEP + 7).unwrap());
        assert_eq!(count(store, "SELECT count(*) AS n FROM policy_sweep").await, 0);
    }

    async fn rules_that_make_no_sense_are_refused_before_anything_is_written(fresh: Fresh) {
        let store = &fresh.store;
        let senseless = Policy { stock: StockRules { cap: Some(2), threshold: Some(5), ..StockRules::default() }, ..Policy::default() };

        let refused = store.set_policy(PolicyScope::Default, &senseless, at(1)).await;

        assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
        assert_eq!(store.policy(PolicyScope::Default).await.unwrap(), Policy::default());
    }
}
