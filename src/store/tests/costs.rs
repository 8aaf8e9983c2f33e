//! What the hot paths cost. They print and judge only what cannot be a matter of the machine.

use super::world::*;
use crate::store::testing::{at, on_both};
use crate::store::*;
use ganh_contract::LineStage;
use std::time::Instant;

on_both! {
    async fn a_thousand_offers_leave_and_settle_in_two_transactions(fresh: Fresh) {
        let store = &fresh.store;
        let skus: Vec<String> = (0..1_000).map(|number| format!("S{number:04}")).collect();
        let goods: Vec<(&str, i64, u32)> = skus.iter().map(|sku| (sku.as_str(), 35_000, 10)).collect();
        import(store, &effects(&goods), 0).await;
        let shops = [a_live_shop(store, "a").await, a_live_shop(store, "b").await, a_live_shop(store, "c").await];
        let capped = Policy { stock: crate::listing::StockRules { cap: Some(5), ..Default::default() }, ..Policy::default() };
        let began = Instant::now();
        store.set_policy(PolicyScope::Shop(shops[0].shop), &capped, at(1)).await.unwrap();
        println!("{}: recompute of 1000 variants in 3 shops: {:.1} us a variant", store.kind(), micros(began) / 1000.0);

        let began = Instant::now();
        let left = push(store, &shops[0], 2).await;
        println!("{}: dirty + depart + settle: {:.1} us an offer", store.kind(), micros(began) / 1000.0);
        let began = Instant::now();
        for sku in skus.iter().take(20) {
            let order = a_reading(sku, 10, 10, vec![a_line("1", sku, 1, LineStage::Ready)]);
            ingest(store, &shops[0], &[order], 11).await;
        }
        println!("{}: one order in 3 shops: {:.1} us", store.kind(), micros(began) / 20.0);

        assert_eq!(left, 1_000);
    }
}

fn micros(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e6
}
