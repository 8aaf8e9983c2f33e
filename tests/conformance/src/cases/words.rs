//! Cases 36–38: what travels arrives unchanged, what is absent says so, what is secret stays.

use crate::story::price;
use crate::world::{Online, Selected, kind};
use ganh_contract::{Action, ActionKind, FaultKind, OrderHead, PictureRules, RemoteListingId, Start, Window};
use jiff::Timestamp;
use serde_json::json;
use unicode_normalization::{UnicodeNormalization, is_nfc};

pub async fn vietnamese_text_and_whole_dong_survive_the_wire(world: &Online) -> Selected {
    if world.allows().create.is_none() {
        return Selected::no("the channel creates no listings");
    }
    let rules = world.allows().text.clone();
    let mut draft = world.draft("CHU", 1);
    let title = "Mật hoa dừa nước Cần Giờ – Ổi, ừ, ễ, ỵ: 100% “thật”";
    let counted = |text: &str| match rules.counted {
        ganh_contract::Counted::Chars => text.chars().count(),
        ganh_contract::Counted::Utf8Bytes => text.len(),
    };
    assert!(counted(title) <= rules.title.1 && counted(title) >= rules.title.0, "the title fits everywhere");
    draft.title = title.to_owned();
    draft.offers[0].price = ganh_contract::Price::plain(ganh_contract::Vnd(1_234_000));
    draft.offers[0].stock = world.units(12);
    let link = world.list(&draft).await.expect("a listing");
    world.settle().await;

    let listing = &link.offers[0].offer.listing;
    let book = world.desk.listing(listing.as_str()).await.expect("a listing");
    let seen = world.observed(listing).await;
    let shows = seen.shows.as_ref().expect("a page");
    assert_eq!(shows.title, title, "the title is read as it was written");
    assert!(
        is_nfc(&shows.title) && book.title.nfc().collect::<String>() == title,
        "in composed letters: {}",
        book.title
    );
    let plain =
        |text: &str| text.replace("<p>", "").replace("</p>", "").split_whitespace().collect::<String>();
    assert_eq!(plain(&shows.description), plain(&draft.description));
    assert_eq!(world.desk.price("CHU").await, 1_234_000, "whole đồng, neither dots nor decimals misread");
    assert_eq!(seen.offers[0].price.as_ref().map(|price| price.list.get()), Some(1_234_000));
    assert_eq!(world.desk.stock("CHU").await, 12);
    if !world.pictures.is_empty() {
        assert_eq!(book.pictures, draft.pictures.len(), "its pictures are shown");
    }
    for dong in [1_000, 99_999, 1_000_001] {
        let can_be = world.allows().price.min.get() <= dong && dong <= world.allows().price.max.get();
        if can_be && !world.allows().create.as_ref().is_some_and(|rules| rules.born_hidden) {
            world.set(vec![price(&link.offers[0], dong)]).await.expect("outcomes").remove(0).expect("taken");
            assert_eq!(world.desk.price("CHU").await, dong);
        }
    }
    too_long(world).await;
    Selected::Yes
}

/// A title at the limit fits; one beyond it is refused and the title is named, or, where the limit is our own caution, stands there whole.
async fn too_long(world: &Online) {
    let rules = world.allows().text.clone();
    let most = rules.title.1;
    let letters = |most: usize| match rules.counted {
        ganh_contract::Counted::Chars => letters(most),
        // As many whole letters as fit, and the rest in letters of one byte.
        ganh_contract::Counted::Utf8Bytes => {
            let mut text = letters(most);
            while text.len() > most {
                text.pop();
            }
            let missing = most - text.len();
            text + &"xy".repeat(most)[..missing]
        }
    };
    let mut draft = world.draft("DAI", 1);
    draft.title = letters(most);
    world.list(&draft).await.expect("at the limit, counted as the capability says");
    let mut draft = world.draft("QUA-DAI", 1);
    draft.title = letters(most + 1);
    match world.list(&draft).await {
        Ok(link) => {
            let book = world.desk.listing(link.offers[0].offer.listing.as_str()).await.expect("a listing");
            assert_eq!(book.title, draft.title, "taken, so whole");
        }
        Err(fault) => {
            let FaultKind::Refused(complaints) = &*fault.kind else { panic!("refused: {fault}") };
            let names_title = complaints.iter().any(|one| one.field.as_deref() == Some("title"));
            assert!(names_title, "the title is named: {complaints:?}");
        }
    }
}

/// A title of so many letters, each of three bytes. Some channels refuse one letter many times in a row.
fn letters(count: usize) -> String {
    "Ớạ".chars().cycle().take(count).collect()
}

pub async fn absent_verbs_say_unsupported(world: &Online) -> Selected {
    let (shop, allows) = (world.shop(), world.allows().clone());
    let now = world.desk.now();
    let window = Window { from: now, until: now };
    let draft = world.draft("VANG", 1);
    let listing = RemoteListingId::new("1");
    world.desk.clear_journal().await;
    let mut absent = Vec::new();
    let mut expect = |verb: &'static str, kind: FaultKind| {
        assert_eq!(kind, FaultKind::Unsupported, "{verb} is absent");
        absent.push(verb);
    };
    if allows.create.is_none() {
        expect("create", kind(shop.create(&draft, Start::Fresh("intent")).await));
    }
    if allows.revise.is_empty() {
        let listings = [listing.clone()];
        expect("revise", kind(shop.revise(&listings, &draft, &[], Start::Fresh("intent")).await));
    }
    if allows.delete.is_none() {
        expect("delete", kind(shop.delete(&listing, &[]).await));
    }
    if matches!(allows.pictures, PictureRules::Link { .. }) {
        expect("upload", kind(shop.upload(&world.template.picture, world.template.picture_name).await));
    }
    if allows.orders.is_none() {
        expect("orders", kind(shop.orders(window, None).await));
        expect("read_orders", kind(shop.read_orders(&[OrderHead::named("1".into())]).await));
    }
    if !allows.returns {
        expect("returns", kind(shop.returns(window, None).await));
    }
    if allows.actions.is_empty() {
        expect("moves", kind(shop.moves(&"1".into()).await));
    }
    for action in [
        ActionKind::Confirm,
        ActionKind::Pack,
        ActionKind::HandOver,
        ActionKind::Label,
        ActionKind::Cancel,
        ActionKind::AnswerCancel,
        ActionKind::Delivered,
        ActionKind::NotDelivered,
    ] {
        if !allows.actions.contains(&action) {
            let action = Action {
                kind: action,
                lines: Vec::new(),
                place: None,
                slot: None,
                carrier: None,
                tracking: None,
                reason: None,
                agree: true,
            };
            expect("act", kind(shop.act(&"1".into(), &action, Start::Fresh("intent")).await));
        }
    }
    if allows.calls.is_empty() {
        expect(
            "set_offers",
            kind(shop.set_offers(&ganh_contract::OfferCall { shape: 0, rows: Vec::new() }).await),
        );
    }
    assert_eq!(
        world.desk.journal().await,
        Vec::<serde_json::Value>::new(),
        "what is absent asks nobody: {absent:?}"
    );
    assert!(!allows.sources.is_empty(), "numbers have sources");
    assert!(allows.sources.iter().all(|source| !source.document.is_empty() && source.read_on.len() == 10));
    Selected::Yes
}

pub async fn no_secret_leaves(world: &Online) -> Selected {
    let mut seen = String::new();
    let mut note = |what: String| {
        seen.push_str(&what);
        seen.push('\n');
    };
    note(format!("{:?}", world.platform));
    note(format!("{:?} {:?}", world.grant, world.shop()));
    note(format!("{:?}", world.survey));
    note(serde_json::to_string(world.allows()).expect("a capability as JSON"));
    let (_, link) = world.live("KIN", 1).await;
    note(format!("{link:?}"));
    for fault in [
        "token_expired",
        "revoked",
        "app_dead",
        "throttle",
        "server_error",
        "down",
        "half_json",
        "cut_after",
        "cut_before",
        "html_200",
    ] {
        world.desk.next_is(fault).await;
        if let Err(fault) = world.shop().listings(None).await {
            note(format!("{fault:?} {fault}"));
        }
        world.desk.next_is(fault).await;
        match world.platform.renew(&world.grant).await {
            Err(fault) => note(format!("{fault:?} {fault}")),
            Ok(grant) => note(format!("{grant:?}")),
        }
        world.desk.calm().await;
    }
    note(format!("{:?}", world.shop().find(&"KIN".into(), &[]).await));
    note(format!("{:?}", world.shop().listings(None).await));
    note(format!("{:?}", world.platform.exchange(&std::collections::BTreeMap::new()).await));
    note(format!("{:?}", world.records.all()));
    note(serde_json::to_string(&world.desk.journal().await).expect("a journal as JSON"));
    // A seller's browser sees the consent link: whatever stands in it is public.
    note(format!(
        "{:?}",
        world.platform.consent("https://ganh.example/back", "nonce", Timestamp::UNIX_EPOCH)
    ));

    let mut secrets = world.secrets.clone();
    secrets.push(world.grant.access.expose().to_owned());
    if let ganh_contract::Renewal::FromKeys(secret)
    | ganh_contract::Renewal::Reusable(secret)
    | ganh_contract::Renewal::SingleUse(secret) = &world.grant.renewal
    {
        secrets.push(secret.expose().to_owned());
    }
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        assert!(!seen.contains(secret.as_str()), "a secret of {} letters was seen", secret.len());
    }
    assert!(seen.len() > 2_000, "there was something to look through");
    assert_eq!(json!(seen.contains("KIN")), json!(true));
    Selected::Yes
}
