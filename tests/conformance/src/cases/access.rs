//! Cases 29, 30 and 33: tokens end, are renewed, are lost, are taken back (I12).

use crate::world::{Online, Selected, kind};
use ganh_contract::{Actor, Applied, FaultKind, Reach, Renewal};
use serde_json::json;
use std::time::Duration;

fn is_renewable(world: &Online) -> bool {
    !matches!(world.grant.renewal, Renewal::NotNeeded | Renewal::Never)
}

pub async fn an_expired_token_is_renewed_once_and_the_old_error_names_are_known(world: &Online) -> Selected {
    if !is_renewable(world) {
        assert_eq!(world.grant.access_until, None, "what needs no renewal does not end");
        if world.grant.renewal == Renewal::NotNeeded {
            let same = world.platform.renew(&world.grant).await.expect("the same grant");
            assert_eq!(same, world.grant);
        }
        return Selected::no("access does not end");
    }
    world.desk.next_is("token_expired").await;
    assert_eq!(kind(world.shop().listings(None).await), FaultKind::Expired, "by its name");

    let until = world.grant.access_until.expect("an end of access");
    let left = Duration::try_from(until.duration_since(world.desk.now())).expect("not over yet");
    world.desk.pass(left + Duration::from_secs(5)).await;
    assert_eq!(kind(world.shop().listings(None).await), FaultKind::Expired, "by the clock");

    world.desk.clear_journal().await;
    let renewed = world.platform.renew(&world.grant).await.expect("a new grant");
    assert_eq!(world.desk.journal().await.len(), 1, "one renewal is one request");
    assert_eq!(renewed.shops, world.grant.shops, "for the same shops");
    assert!(renewed.access_until.is_none_or(|until| until > world.desk.now()), "it lives");
    let shop = world.reopen(&renewed);
    shop.listings(None).await.expect("the new token works");
    // The one after it works as well: what came back is what must be stored.
    let next = world.platform.renew(&renewed).await.expect("the next grant");
    world.reopen(&next).listings(None).await.expect("the next token works");
    Selected::Yes
}

pub async fn a_lost_renewal_reply_does_not_lose_the_shop_silently(world: &Online) -> Selected {
    if !matches!(world.grant.renewal, Renewal::SingleUse(_)) {
        if is_renewable(world) {
            let first = world.platform.renew(&world.grant).await.expect("once");
            let second = world.platform.renew(&world.grant).await.expect("and again with the old one");
            world.reopen(&first);
            world.reopen(&second).listings(None).await.expect("a living token");
        }
        return Selected::no("a renewal may be repeated");
    }
    world.desk.next_is("cut_before").await;
    let unsent = world.platform.renew(&world.grant).await.expect_err("a cut renewal");
    assert_ne!(*unsent.kind, FaultKind::Revoked { reach: Reach::Shop }, "it may still be well: {unsent}");
    let renewed = world.platform.renew(&world.grant).await.expect("the token was not used up");

    world.desk.next_is("cut_after").await;
    let lost = world.platform.renew(&renewed).await.expect_err("a lost renewal");
    assert_eq!(lost.applied(), Applied::Unknown, "the token may be used up: {lost}");
    let dead = world.platform.renew(&renewed).await.expect_err("it is used up");
    assert_eq!(dead.actor(), Actor::Admin, "somebody is told: {dead}");
    assert!(matches!(*dead.kind, FaultKind::Revoked { reach: Reach::Shop }), "the shop, not the app: {dead}");
    Selected::Yes
}

pub async fn a_revoked_shop_stops_alone_and_a_dead_app_stops_all(world: &Online) -> Selected {
    world.desk.next_is("revoked").await;
    let revoked = world.shop().listings(None).await.expect_err("revoked");
    assert_eq!(*revoked.kind, FaultKind::Revoked { reach: Reach::Shop }, "{revoked}");
    assert_eq!(revoked.actor(), Actor::Admin);
    world.shop().listings(None).await.expect("only a fault of one call");

    world.desk.next_is("app_dead").await;
    let dead = world.shop().listings(None).await.expect_err("a dead app");
    let Some(neighbour) = &world.neighbour else {
        assert!(matches!(*dead.kind, FaultKind::Revoked { .. }), "each shop has keys of its own: {dead}");
        return Selected::Yes;
    };
    assert_eq!(*dead.kind, FaultKind::Revoked { reach: Reach::App }, "{dead}");
    // Consent taken back for good: this shop stops, its neighbour goes on.
    world.desk.tell("POST", "shop/revoke", json!({})).await;
    assert_eq!(kind(world.shop().listings(None).await), FaultKind::Revoked { reach: Reach::Shop });
    let other = world.platform.open(neighbour, &neighbour.shops[0], None).expect("a shop");
    other.listings(None).await.expect("the neighbour goes on");
    Selected::Yes
}
