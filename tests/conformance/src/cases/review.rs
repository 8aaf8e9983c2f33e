//! Case 6: the channel's people decide, days later.

use crate::engine::From;
use crate::story::on_sale;
use crate::world::{Online, Selected, kind};
use ganh_contract::{FaultKind, Found, Progress, Stage, Standing, Start, Ticket};
use serde_json::json;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);

pub async fn a_review_ends_days_later_with_every_reason_or_on_sale_once(world: &Online) -> Selected {
    let Some(rules) = world.allows().create.clone() else {
        return Selected::no("the channel creates no listings");
    };
    if !rules.reviewed && !rules.born_hidden {
        let (_, link) = world.live("KHONG-DUYET", 1).await;
        assert_eq!(
            world.standing(&link.offers[0].offer.listing).await,
            Standing::OnSale,
            "created is on sale"
        );
        return Selected::no("nobody reviews, and created is on sale");
    }
    if rules.reviewed {
        for (code, reasons) in [
            ("TU-CHOI-1", json!(["Ảnh bìa mờ", "Thiếu giấy chứng nhận OCOP"])),
            // Some platforms put a list as JSON into a text.
            ("TU-CHOI-2", json!("[\"Ảnh bìa mờ\",\"Thiếu giấy chứng nhận OCOP\"]")),
        ] {
            let draft = world.draft(code, 1);
            let ticket = wait_for_review(world, &draft).await;
            world.desk.pass(3 * DAY).await;
            world.keep_alive().await;
            assert_eq!(
                stage(world, &draft, &ticket).await,
                Some(Stage::Reviewing),
                "days later still waiting"
            );
            world.decide(&draft, "reject", json!({ "reasons": reasons })).await;

            let refused = kind(world.shop().create(&draft, Start::Resume(&ticket)).await);

            let FaultKind::Refused(complaints) = refused else { panic!("refused, not {refused:?}") };
            let said: Vec<&str> = complaints.iter().map(|complaint| complaint.said.as_str()).collect();
            assert_eq!(said, ["Ảnh bìa mờ", "Thiếu giấy chứng nhận OCOP"], "every reason, each by itself");
        }
    }
    let draft = world.draft("DUYET", 1);
    let link = if rules.reviewed {
        let ticket = wait_for_review(world, &draft).await;
        let found = world.shop().find(&draft.code, &crate::engine::skus(&draft)).await.expect("an answer");
        assert!(!matches!(found, Found::Nothing), "what waits for its review is found, so no twin is made");
        world.desk.pass(5 * DAY).await;
        world.keep_alive().await;
        world.decide(&draft, "approve", json!({})).await;
        world.go_on(&draft, From::Ticket(ticket)).await.expect("approved")
    } else {
        world.list(&draft).await.expect("a listing")
    };
    let listing = link.offers[0].offer.listing.clone();
    world.settle().await;
    if rules.born_hidden {
        assert_ne!(world.standing(&listing).await, Standing::OnSale, "born hidden");
        world.set(vec![on_sale(&link.offers[0], true)]).await.expect("outcomes").remove(0).expect("shown");
        if world.standing(&listing).await == Standing::Reviewing {
            world.desk.listing_event(listing.as_str(), "approve", json!({})).await;
        }
        world.settle().await;
    }
    assert_eq!(world.standing(&listing).await, Standing::OnSale);
    assert_eq!(world.desk.listings_with("DUYET").await.len(), 1, "once");
    Selected::Yes
}

/// Goes on until the channel's reviewers make us wait.
async fn wait_for_review(world: &Online, draft: &ganh_contract::Draft) -> Ticket {
    let intent = format!("intent-{}", draft.code);
    let mut ticket: Option<Ticket> = None;
    for _ in 0..40 {
        let start = ticket.as_ref().map_or(Start::Fresh(&intent), Start::Resume);
        let Progress::Later { stage, ticket: next, wait, .. } =
            world.shop().create(draft, start).await.expect("a step")
        else {
            panic!("reviewed, says the capability");
        };
        if stage == Stage::Reviewing {
            return next;
        }
        world.desk.pass(wait).await;
        ticket = Some(next);
    }
    panic!("never reviewed");
}

async fn stage(world: &Online, draft: &ganh_contract::Draft, ticket: &Ticket) -> Option<Stage> {
    match world.shop().create(draft, Start::Resume(ticket)).await.expect("a step") {
        Progress::Later { stage, .. } => Some(stage),
        Progress::Done(_) => None,
    }
}
