//! A token is renewed once, whoever finds it run out; a renewal whose answer was lost is not lost silently.

use super::world::{Driving, Setting, World, on_both, until, until_so};
use ganh::clock::{Clock, SystemClock};
use ganh::stock::MovementKind::Adjust;
use ganh::store::ShopState;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// A clock that is ahead.
#[derive(Debug)]
struct Ahead(SignedDuration);

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        SystemClock.now() + self.0
    }

    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        SystemClock.sleep_until(at - self.0)
    }
}

async fn renewals(world: &World, since: u64) -> usize {
    let all = world.sandboxes[0]
        .control("GET", &format!("/_sandbox/journal?after={since}&limit=200000"), None)
        .await;
    let calls = all.as_array().unwrap().iter();
    calls.filter(|call| call["kind"] == "token").count()
}

on_both! {
    async fn i12_a_token_that_ran_out_is_renewed_once_for_each_consent_and_work_goes_on(base: Base) {
        let (world, driving) = Setting::on(base).shopee_only(2).live().await;
        let before = world.last_call(&world.stalls[0]).await;

        for stall in &world.stalls {
            world.ask(stall, "POST", "shop/expire_access", None).await;
        }
        world.stock("GIO-01", Adjust, -10, "count-1").await;
        world.stock("GIO-02", Adjust, -10, "count-2").await;
        world.buy(&world.stalls[1], "GIO-01", 2).await;
        world.agrees().await;

        assert_eq!(renewals(&world, before).await, 2, "one for each of the two consents");
        assert_eq!(world.shown(&world.stalls[0], "GIO-01").await, Some(28));
        driving.stop().await;
    }

    async fn i12_a_renewal_whose_answer_died_with_its_process_asks_the_seller_by_name_of_the_reason(base: Base) {
        let (world, driving) = Setting::on(base).shopee_only(1).live().await;
        let shop = &world.stalls[0];
        let before = world.last_call(shop).await;
        // The refresh token is used up there, and nobody hears of it.
        let slow = json!({ "kind": "slow", "path": "access_token/get", "after_ms": 15_000 });
        world.ask(shop, "POST", "faults", Some(slow)).await;
        world.ask(shop, "POST", "shop/expire_access", None).await;
        until_so("the renewal is under way", async || world.hits(shop).await == 1).await;
        driving.kill().await;

        // An owner that is patient no longer: the first one died long ago.
        let clock = Arc::new(Ahead(SignedDuration::from_secs(100)));
        let engine = world.node_watched_by("later", &world.setting.witness, clock).await;
        let driving = Driving::start(engine);
        let said = until("the shop waits for the seller", async || {
            let row = world.store.shop(shop.id).await.unwrap();
            if row.state == ShopState::Revoked { Ok(format!("{row:?}")) } else { Err(format!("{row:?}")) }
        })
        .await;

        assert!(said.contains("the seller must consent anew"), "{said}");
        until_so("both renewals are in the journal", async || renewals(&world, before).await >= 2).await;
        driving.stop().await;
    }
}
