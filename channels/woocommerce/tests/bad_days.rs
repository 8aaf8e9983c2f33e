//! What goes wrong at real shops, played by the simulated one: logins that do not arrive, limits, lost keys, twins, dead webhooks.

mod story;

use ganh_contract::{
    Consent, Delivery, Facet, FaultKind, Hint, Next, OfferCall, OfferKind, OrderHead, PictureRef,
    PictureRules, Progress, Reach, Secret, Seen, Sku, Standing, Start, Units, Verdict, Window,
};
use ganh_sandbox::Options;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use story::{Story, answer, draft, found, observe, offer, simple, stocked, took, variable};

fn behind_a_proxy(profile: &str) -> Options {
    Options { profile: Some(profile.to_owned()), behind_tls: true, ..Options::default() }
}

fn mode(grant: &ganh_contract::Grant) -> String {
    serde_json::from_str::<Value>(grant.access.expose()).unwrap()["mode"].as_str().unwrap().to_owned()
}

async fn every_way_of_logging_in_is_found(profile: &str) {
    let plain = Story::begin(profile).await;
    let story = Story::begin_with(behind_a_proxy(profile)).await;

    story.fault(json!({ "kind": "drop_auth", "probability": 1.0 })).await;
    let stripped = story.platform.exchange(&answer(&story.sandbox)).await.unwrap().remove(0);
    story.sandbox.control("DELETE", "/faults", None).await;
    story.fault(json!({ "kind": "tls_ended", "probability": 1.0 })).await;
    let ended = story.platform.exchange(&answer(&story.sandbox)).await.unwrap().remove(0);

    assert_eq!(mode(&plain.grant), "oauth");
    assert_eq!(mode(&story.grant), "basic");
    assert_eq!(mode(&stripped), "query");
    assert_eq!(mode(&ended), "oauth");
}

async fn a_key_that_may_only_read_is_refused_when_connecting(profile: &str) {
    let story = Story::begin(profile).await;
    let key = story.control("/keys", json!({ "permissions": "read" })).await;
    let mut typed = answer(&story.sandbox);
    typed.insert("consumer_key".to_owned(), Secret::new(key["consumer_key"].as_str().unwrap()));
    typed.insert("consumer_secret".to_owned(), Secret::new(key["consumer_secret"].as_str().unwrap()));

    let fault = story.platform.exchange(&typed).await.unwrap_err();

    assert_eq!(*fault.kind, FaultKind::Revoked { reach: Reach::Shop });
}

async fn keys_revoked_in_the_middle_stop_the_shop(profile: &str) {
    let story = Story::begin(profile).await;
    let alone = story.create(&simple("CHE-01")).await.offers.remove(0).offer;
    let shape = story.allows.shape_for(Facet::Stock, OfferKind::Alone).unwrap();

    story.control("/keys/revoke", json!({})).await;
    let write =
        story.shop.set_offers(&OfferCall { shape, rows: vec![stocked(&alone, 1)] }).await.unwrap_err();
    let survey = story.shop.survey().await.unwrap_err();

    assert_eq!(*write.kind, FaultKind::Revoked { reach: Reach::Shop });
    assert_eq!(*survey.kind, FaultKind::Revoked { reach: Reach::Shop });
}

async fn a_clock_twenty_minutes_off_is_followed(profile: &str) {
    let story = Story::begin(profile).await;
    story.fault(json!({ "kind": "clock_skew", "probability": 1.0, "after_ms": 1_200_000 })).await;

    let survey = story.shop.survey().await;

    assert_eq!(survey.unwrap().currency, "VND");
}

async fn a_batch_over_the_limit_is_refused_so_that_it_can_be_halved(profile: &str) {
    let story = Story::begin(profile).await;
    let first = story.create(&simple("CHE-01")).await.offers.remove(0).offer;
    let second = story.create(&simple("CHE-02")).await.offers.remove(0).offer;
    let shape = story.allows.shape_for(Facet::Stock, OfferKind::Alone).unwrap();
    let call = OfferCall { shape, rows: vec![stocked(&first, 1), stocked(&second, 2)] };
    let half = OfferCall { shape, rows: vec![stocked(&first, 1)] };

    story.fault(json!({ "kind": "batch_limit", "after_ms": 1, "probability": 1.0 })).await;
    let refused = story.shop.set_offers(&call).await.unwrap_err();
    let taken = story.shop.set_offers(&half).await.unwrap();

    assert_eq!(refused.kind.name(), "refused");
    assert_eq!(took(&taken[0]).offer, first);
}

async fn every_second_row_may_fail_under_success(profile: &str) {
    let story = Story::begin(profile).await;
    let first = story.create(&simple("CHE-01")).await.offers.remove(0).offer;
    let second = story.create(&simple("CHE-02")).await.offers.remove(0).offer;
    story.fault(json!({ "kind": "half_batch", "path": "products/batch" })).await;

    let outcomes = story.set(Facet::Stock, vec![stocked(&first, 1), stocked(&second, 2)]).await;

    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert_eq!(outcomes.len(), 2);
}

async fn a_firewall_pauses_and_a_challenge_page_is_no_success(profile: &str) {
    let story = Story::begin(profile).await;
    let alone = story.create(&simple("CHE-01")).await.offers.remove(0).offer;
    let shape = story.allows.shape_for(Facet::Stock, OfferKind::Alone).unwrap();
    let call = OfferCall { shape, rows: vec![stocked(&alone, 1)] };

    story.fault(json!({ "kind": "html_200", "path": "products/batch" })).await;
    let challenge = story.shop.set_offers(&call).await.unwrap_err();
    story.fault(json!({ "kind": "forbidden_html", "path": "products/batch" })).await;
    let forbidden = story.shop.set_offers(&call).await.unwrap_err();

    assert_eq!((challenge.kind.name(), forbidden.kind.name()), ("down", "throttled"));
}

async fn a_redirect_is_not_followed(profile: &str) {
    let story = Story::begin(profile).await;
    let alone = story.create(&simple("CHE-01")).await.offers.remove(0).offer;
    let shape = story.allows.shape_for(Facet::Stock, OfferKind::Alone).unwrap();
    story.fault(json!({ "kind": "redirect", "path": "products/batch" })).await;

    let fault =
        story.shop.set_offers(&OfferCall { shape, rows: vec![stocked(&alone, 1)] }).await.unwrap_err();

    assert_eq!((fault.kind.name(), fault.code.as_deref()), ("revoked", Some("redirect")));
}

async fn messages_in_vietnamese_change_nothing(profile: &str) {
    let story = Story::begin(profile).await;
    story.fault(json!({ "kind": "translated", "probability": 1.0 })).await;

    let link = story.create(&simple("CHE-01")).await;
    let again = story.create(&simple("CHE-02")).await;

    assert_ne!(link.offers[0].offer, again.offers[0].offer);
}

async fn an_unreadable_order_does_not_hide_its_neighbours(profile: &str) {
    let story = Story::begin(profile).await;
    story.create(&simple("CHE-01")).await;
    let first = story.order("CHE-01", 1).await;
    let second = story.order("CHE-01", 2).await;
    story.control(&format!("/orders/{first}/garble"), json!({})).await;

    let heads = story.walk_orders().await;

    let is_readable = |head: &OrderHead| matches!(&head.seen, Seen::Whole(reading) if reading.value.is_ok());
    assert_eq!(heads.len(), 2);
    assert!(heads.iter().any(|head| head.id == second && is_readable(head)));
    assert!(heads.iter().any(|head| head.id == first && !is_readable(head)));
}

async fn an_orphan_row_is_for_a_person(profile: &str) {
    let story = Story::begin(profile).await;
    story.control("/orphans", json!({ "sku": "CHE-01" })).await;
    let draft = simple("CHE-01");

    let Progress::Later { ticket, .. } = story.shop.create(&draft, Start::Fresh("i")).await.unwrap() else {
        panic!("the category first")
    };
    let fault = story.shop.create(&draft, Start::Resume(&ticket)).await.unwrap_err();

    let FaultKind::Refused(complaints) = *fault.kind else { panic!("refused") };
    assert_eq!(complaints[0].field.as_deref(), Some("sku"));
}

async fn i3_a_create_that_lands_late_leaves_no_twin(profile: &str) {
    let story = Story::begin(profile).await;
    let draft = simple("CHE-01");
    let Progress::Later { ticket, .. } = story.shop.create(&draft, Start::Fresh("i")).await.unwrap() else {
        panic!("the category first")
    };
    // Between looking for the SKU and saving, an old shop leaves room for another to do the same (spec 4.3).
    story.control("/create_gap", json!({ "ms": 200 })).await;
    story.fault(json!({ "kind": "gone_on", "path": "v3/products?", "method": "POST", "after_ms": 1 })).await;

    let lost = story.shop.create(&draft, Start::Resume(&ticket)).await.unwrap_err();
    let nothing = found(story.shop.find(&draft.code, &[Sku::new("CHE-01")]).await.unwrap());
    let second = story.shop.create(&draft, Start::Resume(&ticket)).await.unwrap();
    let twins = story.books_of("CHE-01").await.len();
    story.finish(&draft, second).await;

    let left = story.books_of("CHE-01").await;
    assert_eq!((lost.kind.name(), nothing.len(), twins), ("down", 0, 2));
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["standing"], "on_sale");
}

async fn a_shop_without_stock_management_is_told_on_and_off(profile: &str) {
    let story = Story::begin_with(behind_a_proxy(profile)).await;
    let name = story.grant.shops[0].clone();
    ask(&story, "PUT", "/wp-json/wc/v3/settings/products/woocommerce_manage_stock", r#"{"value":"no"}"#)
        .await;
    let allows = story.platform.open(&story.grant, &name, None).unwrap().survey().await.unwrap().allows;
    let shop = story.platform.open(&story.grant, &name, Some(&allows)).unwrap();
    let story = Story { shop, allows, ..story };

    let alone = story.create(&simple("CHE-01")).await.offers.remove(0).offer;
    let on = observe(&story, &alone.listing).await.offers.remove(0).stock;
    let outcome = story.set(Facet::Stock, vec![stocked(&alone, 0)]).await.remove(0);
    let off = observe(&story, &alone.listing).await.offers.remove(0).stock;

    assert!(story.allows.stock.on_off_only);
    assert!(outcome.is_ok());
    assert_eq!((on, off), (Some(Units::only(1)), Some(Units::only(0))));
}

async fn a_picture_is_uploaded_with_an_application_password(profile: &str) {
    let story = Story::begin_with(behind_a_proxy(profile)).await;
    let mut typed = answer(&story.sandbox);
    let credentials = story.sandbox.credentials();
    typed.insert("username".to_owned(), Secret::new(credentials["username"].as_str().unwrap()));
    typed.insert(
        "application_password".to_owned(),
        Secret::new(credentials["application_password"].as_str().unwrap()),
    );
    let grant = story.platform.exchange(&typed).await.unwrap().remove(0);
    let name = grant.shops[0].clone();
    let allows = story.platform.open(&grant, &name, None).unwrap().survey().await.unwrap().allows;
    let shop = story.platform.open(&grant, &name, Some(&allows)).unwrap();
    let story = Story { shop, allows, grant, ..story };

    let picture = story.shop.upload(PIXEL, "Bánh cáy.png").await.unwrap();
    let mut draft = simple("CHE-01");
    draft.pictures = vec![PictureRef::Remote(picture.clone())];
    let link = story.create(&draft).await;

    let seen = observe(&story, &link.offers[0].offer.listing).await;
    assert!(matches!(story.allows.pictures, PictureRules::Upload { .. }));
    assert_eq!(seen.shows.unwrap().pictures, [PictureRef::Remote(picture)]);
    assert_eq!(seen.standing, Standing::OnSale);
}

async fn hints_arrive_signed_and_dead_subscriptions_are_woken(profile: &str) {
    let story = Story::begin(profile).await;
    let secret = Secret::new("abcdefghijklmnopqrstuvwxyzABCDEFGHIJ0123");
    let (url, deliveries) = receive();
    story.create(&draft("CHE-01", &[], vec![offer("CHE-01", &[], 38_000, 100)])).await;

    story.shop.listen(&url, &secret).await.unwrap();
    story.shop.listen(&url, &secret).await.unwrap();
    let once = hook_writes(&story).await;
    let order = story.order("CHE-01", 1).await;
    flush(&story).await;
    let verdicts: Vec<Verdict> = deliveries
        .try_iter()
        .map(|(headers, body)| {
            let delivery =
                Delivery { url: &url, headers: &headers, body: &body, secret: Some(&secret), shop: None };
            story.platform.hook(&delivery)
        })
        .collect();
    story.control("/hooks", json!({ "mode": { "drop": false } })).await;

    let hint = Verdict::Hints(vec![(story.grant.shops[0].clone(), Hint::Order(order))]);
    assert_eq!(once, 6);
    assert!(verdicts.contains(&Verdict::Greeting(String::new())));
    assert!(verdicts.contains(&hint), "{verdicts:?}");
    assert!(!verdicts.contains(&Verdict::Forged));
}

async fn a_subscription_switched_off_after_failures_is_woken(profile: &str) {
    let story = Story::begin(profile).await;
    let secret = Secret::new("abcdefghijklmnopqrstuvwxyzABCDEFGHIJ0123");
    story.create(&draft("CHE-01", &[], vec![offer("CHE-01", &[], 38_000, 100)])).await;
    story.shop.listen("http://127.0.0.1:9/hooks/1", &secret).await.unwrap();
    for _ in 0..8 {
        story.order("CHE-01", 1).await;
        flush(&story).await;
    }

    let before = hook_writes(&story).await;
    story.shop.listen("http://127.0.0.1:9/hooks/1", &secret).await.unwrap();
    let after = hook_writes(&story).await;
    story.shop.listen("http://127.0.0.1:9/hooks/1", &secret).await.unwrap();

    assert!(after > before, "the disabled ones were written");
    assert_eq!(hook_writes(&story).await, after, "and only once");
}

async fn what_the_shop_does_not_offer_is_said(profile: &str) {
    let story = Story::begin(profile).await;
    let now = Timestamp::now();
    let window = Window { from: now - SignedDuration::from_hours(1), until: now };

    let returns = story.shop.returns(window, None).await.unwrap_err();
    let upload = story.shop.upload(PIXEL, "a.png").await.unwrap_err();
    let orders = story.shop.orders(window, None).await.unwrap();

    assert_eq!((returns.kind.name(), upload.kind.name()), ("unsupported", "unsupported"));
    assert_eq!((orders.rows.len(), orders.next), (0, Next::End));
    assert!(matches!(story.platform.consent("", "", now).unwrap(), Consent::Keys(keys) if keys.len() == 5));
}

async fn a_whole_shop_keeps_its_stock_when_only_the_page_changes(profile: &str) {
    let story = Story::begin(profile).await;
    let link = story.create(&variable()).await;
    let listing = link.offers[0].offer.listing.clone();
    story.order("BANHCAY-01", 4).await;
    let mut draft = variable();
    draft.title = "Bánh cáy mới".to_owned();

    let sections = [ganh_contract::Section::Title];
    let done = story
        .shop
        .revise(std::slice::from_ref(&listing), &draft, &sections, Start::Fresh("i"))
        .await
        .unwrap();

    assert!(matches!(done, Progress::Done(_)));
    assert_eq!(observe(&story, &listing).await.offers[0].stock, Some(Units::only(20)));
}

async fn flush(story: &Story) {
    story.control("/hooks/flush", json!({})).await;
}

/// Writes to webhooks so far, by the shop's own journal.
async fn hook_writes(story: &Story) -> usize {
    let journal = story.sandbox.control("GET", "/journal?limit=100000", None).await;
    let calls = journal.as_array().or_else(|| journal["calls"].as_array()).cloned().unwrap_or_default();
    let is_write = |call: &&Value| {
        call["method"] == "POST" && call["path"].as_str().unwrap_or_default().contains("/webhooks")
    };
    calls.iter().filter(is_write).count()
}

/// One call that the adapter does not make: with the keys in the address.
async fn ask(story: &Story, method: &str, path: &str, body: &str) {
    let credentials = story.sandbox.credentials();
    let (key, secret) = (&credentials["consumer_key"], &credentials["consumer_secret"]);
    let keys = format!("consumer_key={}&consumer_secret={}", key.as_str().unwrap(), secret.as_str().unwrap());
    let address = story.sandbox.address();
    let head = format!(
        "{method} {path}?{keys} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let request = format!("{head}{body}");
    let answer = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    });
    let answer = answer.await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

type Received = (Vec<(String, String)>, Vec<u8>);

/// A receiver that answers 200 to everything and hands over what it got.
fn receive() -> (String, Receiver<Received>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hooks/1", listener.local_addr().unwrap());
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let Some(received) = read_one(&mut stream) else { continue };
            // The test may be over; then nobody wants it.
            let _ = sender.send(received);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
    });
    (url, receiver)
}

fn read_one(stream: &mut TcpStream) -> Option<Received> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let count = stream.read(&mut chunk).ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&chunk[..count]);
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let pairs = head.lines().skip(1).filter_map(|line| line.split_once(':'));
        let headers: Vec<(String, String)> =
            pairs.map(|(name, text)| (name.to_ascii_lowercase(), text.trim().to_owned())).collect();
        let length = headers.iter().find(|(name, _)| name == "content-length")?.1.parse::<usize>().ok()?;
        if bytes.len() >= end + 4 + length {
            return Some((headers, bytes[end + 4..end + 4 + length].to_vec()));
        }
    }
}

/// The smallest picture.
const PIXEL: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 0x0D, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0,
    0, 1, 8, 6, 0, 0, 0, 0x1F, 0x15, 0xC4, 0x89, 0, 0, 0, 0x0D, b'I', b'D', b'A', b'T', 0x78, 0x9C, 0x62, 0,
    1, 0, 0, 5, 0, 1, 0x0D, 0x0A, 0x2D, 0xB4, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xAE, 0x42, 0x60, 0x82,
];

macro_rules! on_both_versions {
    ($($story:ident),+ $(,)?) => {
        mod wc11 { $( #[tokio::test] async fn $story() { super::$story("wc11").await; } )+ }
        mod wc7 { $( #[tokio::test] async fn $story() { super::$story("wc7").await; } )+ }
    };
}

on_both_versions![
    every_way_of_logging_in_is_found,
    a_key_that_may_only_read_is_refused_when_connecting,
    keys_revoked_in_the_middle_stop_the_shop,
    a_clock_twenty_minutes_off_is_followed,
    a_batch_over_the_limit_is_refused_so_that_it_can_be_halved,
    every_second_row_may_fail_under_success,
    a_firewall_pauses_and_a_challenge_page_is_no_success,
    a_redirect_is_not_followed,
    messages_in_vietnamese_change_nothing,
    an_unreadable_order_does_not_hide_its_neighbours,
    a_shop_without_stock_management_is_told_on_and_off,
    a_picture_is_uploaded_with_an_application_password,
    hints_arrive_signed_and_dead_subscriptions_are_woken,
    a_subscription_switched_off_after_failures_is_woken,
    what_the_shop_does_not_offer_is_said,
    a_whole_shop_keeps_its_stock_when_only_the_page_changes,
];

#[tokio::test]
async fn an_orphan_row_of_the_lookup_table_is_for_a_person() {
    an_orphan_row_is_for_a_person("wc11").await;
}

#[tokio::test]
async fn i3_a_create_that_lands_late_leaves_no_twin_in_an_old_shop() {
    i3_a_create_that_lands_late_leaves_no_twin("wc7").await;
}
