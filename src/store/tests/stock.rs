use super::world::*;
use crate::listing::{Harm, PriceRules, Share, StockRules};
use crate::stock::MovementKind;
use crate::store::testing::{at, on_both};
use crate::store::*;
use ganh_contract::{Hint, RemoteOrderId, Vnd};

fn entry(kind: MovementKind, units: i64, cause: &str) -> StockEntry {
    StockEntry { sku: "CAY-01".into(), place: None, kind, units, cause: cause.into(), who: "Lan".into() }
}

async fn given_a_shop(store: &Store) -> Lease {
    import(store, &effects(&[("CAY-01", 35_000, 10)]), 0).await;
    a_live_shop(store, "shopee/one").await
}

on_both! {
    async fn a_repeated_movement_moves_once(fresh: Fresh) {
        given_a_shop(&fresh.store).await;

        fresh.store.move_stock(&entry(MovementKind::Receive, 5, "delivery 7"), at(1)).await.unwrap();
        fresh.store.move_stock(&entry(MovementKind::Receive, 5, "delivery 7"), at(2)).await.unwrap();

        assert_eq!(balance(&fresh.store, "CAY-01").await, (15, 0));
    }

    async fn nobody_takes_out_what_is_not_there(fresh: Fresh) {
        given_a_shop(&fresh.store).await;

        let refused = fresh.store.move_stock(&entry(MovementKind::WriteOff, 11, "spoilt"), at(1)).await.unwrap_err();

        assert!(refused.to_string().contains("only 10 are there"), "{refused}");
        assert_eq!(balance(&fresh.store, "CAY-01").await, (10, 0));
    }

    async fn an_unknown_sku_or_place_is_named(fresh: Fresh) {
        given_a_shop(&fresh.store).await;
        let sku = StockEntry { sku: "NOPE".into(), ..entry(MovementKind::Receive, 1, "a") };
        let place = StockEntry { place: Some("moon".into()), ..entry(MovementKind::Receive, 1, "b") };

        let refused = (fresh.store.move_stock(&sku, at(1)).await, fresh.store.move_stock(&place, at(1)).await);

        assert_eq!(refused.0, Err(StoreError::NotFound("SKU NOPE".into())));
        assert_eq!(refused.1, Err(StoreError::NotFound("place moon".into())));
    }

    async fn stock_at_a_fair_is_not_sold_online(fresh: Fresh) {
        let lease = given_a_shop(&fresh.store).await;
        fresh.store.put_place("TB01", "fair", "Hội chợ", false).await.unwrap();
        let there = StockEntry { place: Some("fair".into()), ..entry(MovementKind::Receive, 50, "fair") };

        fresh.store.move_stock(&there, at(1)).await.unwrap();

        assert_eq!(offer(&fresh.store, &lease, "CAY-01").await.desired.stock, 10);
        assert_eq!(balance(&fresh.store, "CAY-01").await, (60, 0));
    }

    async fn rules_reach_the_figures_in_the_same_transaction(fresh: Fresh) {
        let lease = given_a_shop(&fresh.store).await;
        let policy = Policy {
            stock: StockRules { share: Some(Share::PercentBp(5_000)), ..StockRules::default() },
            price: PriceRules { markup_bp: Some(1_000), ..PriceRules::default() },
        };

        let shops = fresh.store.set_policy(PolicyScope::Shop(lease.shop), &policy, at(1)).await.unwrap();

        let state = offer(&fresh.store, &lease, "CAY-01").await;
        assert_eq!((state.desired.stock, state.desired.price, state.harm), (5, Vnd(39_000), Harm::Lower));
        assert_eq!(shops.into_iter().collect::<Vec<_>>(), [lease.shop]);
        assert_eq!(fresh.store.policy(PolicyScope::Shop(lease.shop)).await.unwrap(), policy);
    }

    async fn nonsense_rules_are_refused_with_the_field(fresh: Fresh) {
        let lease = given_a_shop(&fresh.store).await;
        let policy = Policy { stock: StockRules { share: Some(Share::PercentBp(20_000)), ..StockRules::default() }, ..Policy::default() };

        let refused = fresh.store.set_policy(PolicyScope::Shop(lease.shop), &policy, at(1)).await.unwrap_err();

        assert!(refused.to_string().starts_with("share:"), "{refused}");
        assert_eq!(fresh.store.policy(PolicyScope::Shop(lease.shop)).await.unwrap(), Policy::default());
    }

    async fn a_hint_is_kept_once_and_forgotten_when_looked_at(fresh: Fresh) {
        let store = &fresh.store;
        let lease = given_a_shop(store).await;
        let hint = (lease.shop, Hint::Order(RemoteOrderId::new("A")));
        store.store_hints(&[hint.clone(), hint.clone(), (lease.shop, Hint::AccessEnds(at(99)))], at(1)).await.unwrap();
        let due = store.due_hints(lease.shop, at(1), 10).await.unwrap();
        let ids: Vec<i64> = due.iter().map(|hint| hint.id).collect();

        store.store_hints(&[hint], at(5)).await.unwrap();
        store.hints_done(&lease, &ids, at(4)).await.unwrap();

        let left = store.due_hints(lease.shop, at(9), 10).await.unwrap();
        assert_eq!((due.len(), due[0].hint.clone()), (2, Hint::AccessEnds(at(99))));
        assert_eq!(left.iter().map(|hint| hint.hint.clone()).collect::<Vec<_>>(), [Hint::Order(RemoteOrderId::new("A"))]);
    }
}
