//! The app and the shop as a whole: tokens, pushes, categories.

use crate::world::{World, given_coffee_in_two_sizes, kind};
use ganh_contract::{FaultKind, Hint, Next, Reach, RemoteCategoryId, RemoteShopId, Renewal, Secret, Verdict};
use ganh_shopee::Facts;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[tokio::test]
async fn i12_a_pair_renews_once_and_the_old_one_is_dead() {
    let world = World::new().await;

    let renewed = world.platform.renew(&world.grant).await.expect("a new pair");
    let again = world.platform.renew(&world.grant).await;

    assert!(matches!(renewed.renewal, Renewal::SingleUse(_)));
    assert_ne!(renewed.access, world.grant.access);
    assert_eq!(kind(again), FaultKind::Revoked { reach: Reach::Shop });
}

#[tokio::test]
async fn an_expired_token_says_so_and_a_dead_app_too() {
    let world = World::new().await;

    world.fault(json!({ "kind": "token_expired" })).await;
    assert_eq!(kind(world.shop.listings(None).await), FaultKind::Expired);
    world.fault(json!({ "kind": "app_dead" })).await;
    assert_eq!(kind(world.shop.listings(None).await), FaultKind::Revoked { reach: Reach::App });
    world.fault(json!({ "kind": "revoked" })).await;
    assert_eq!(kind(world.shop.listings(None).await), FaultKind::Revoked { reach: Reach::Shop });
}

#[tokio::test]
async fn categories_ask_for_what_the_map_gives() {
    let world = World::new().await;
    let tree = world.shop.categories(None).await.expect("a tree");
    let facts = Facts::built_in();

    let lost: Vec<&String> = facts
        .category
        .iter()
        .filter(|(_, choice)| !tree.iter().any(|node| node.sellable && node.id.as_str() == choice.id))
        .map(|(group, _)| group)
        .collect();
    assert!(lost.is_empty(), "no such leaf: {lost:?}");
    let mut unmet = Vec::new();
    for (group, choice) in &facts.category {
        let rules =
            world.shop.category_rules(&RemoteCategoryId::new(choice.id.as_str())).await.expect("rules");
        let is_unmet = |attribute: &ganh_contract::Attribute| {
            attribute.required && !choice.attributes.contains_key(&attribute.key)
        };
        if rules.attributes.iter().any(is_unmet) {
            unmet.push(group.as_str());
        }
    }
    // A food supplement needs the number of its own declaration: no default can give it.
    assert_eq!(unmet, ["herb.supplement"]);
}

#[tokio::test]
async fn brands_are_found_by_text_over_pages() {
    let world = World::new().await;
    let coffee = RemoteCategoryId::new("100659");

    let first = world.shop.options(&coffee, "brand", "", None).await.expect("a page");
    let Next::More(cursor) = &first.next else { panic!("one page") };
    let second = world.shop.options(&coffee, "brand", "", Some(cursor)).await.expect("a page");

    assert_eq!(first.rows.len(), 100);
    assert!(second.rows.iter().all(|row| !first.rows.contains(row)));
}

#[tokio::test]
async fn a_push_is_verified_as_it_arrives_and_hints_the_order() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/hook/shopee", listener.local_addr().expect("bound"));
    let world = World::new().await;
    given_coffee_in_two_sizes(&world).await;
    world.control("POST", "/_sandbox/hooks", json!({ "url": url })).await;
    let id = world.place_order("CF-500", 1).await;
    let flush = world.control("POST", "/_sandbox/hooks/flush", json!({}));

    let (_, (headers, body)) = tokio::join!(flush, receive(&listener, id.as_str()));
    let delivery =
        |body| ganh_contract::Delivery { url: &url, headers: &headers, body, secret: None, shop: None };
    let genuine = world.platform.hook(&delivery(&body));
    let forged = world.platform.hook(&delivery(&body[1..]));

    let shop: &RemoteShopId = &world.grant.shops[0];
    assert_eq!(genuine, Verdict::Hints(vec![(shop.clone(), Hint::Order(id))]));
    assert_eq!(forged, Verdict::Forged);
}

#[tokio::test]
async fn lost_pushes_are_taken_again_until_they_are_confirmed() {
    let world = World::new().await;
    given_coffee_in_two_sizes(&world).await;
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let nobody = format!("http://{}/hook", closed.local_addr().expect("bound"));
    drop(closed);
    world.control("POST", "/_sandbox/settings", json!({ "push_retry_s": [0, 0, 0] })).await;
    world.control("POST", "/_sandbox/hooks", json!({ "url": nobody })).await;
    let id = world.place_order("CF-500", 1).await;
    // The first try and three repeats, then the market gives up.
    for _ in 0..4 {
        world.control("POST", "/_sandbox/hooks/flush", json!({})).await;
    }

    let first = world.platform.pull_hints(None).await.expect("a batch");
    let again = world.platform.pull_hints(None).await.expect("a batch");
    let after = world.platform.pull_hints(Some(&first.ack)).await.expect("a batch");

    let hint = (world.grant.shops[0].clone(), Hint::Order(id));
    assert!(first.hints.contains(&hint) && again.hints.contains(&hint));
    assert!(!after.hints.contains(&hint));
}

#[tokio::test]
async fn the_push_address_is_set_once_and_then_left_alone() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = format!("http://{}/hook/shopee", listener.local_addr().expect("bound"));
    tokio::spawn(async move { receive(&listener, "never said").await });
    let world = World::new().await;

    world.shop.listen(&address, &Secret::new("")).await.expect("set");
    world.shop.listen(&address, &Secret::new("")).await.expect("found so");

    let journal = world.sandbox.control("GET", "/_sandbox/journal", None).await.to_string();
    assert_eq!(journal.matches("set_app_push_config").count(), 1);
}

#[tokio::test]
async fn a_used_up_day_is_a_throttle_of_the_app_with_its_end() {
    let world = World::new().await;
    world.fault(json!({ "kind": "daily_limit" })).await;

    let outcome = kind(world.shop.listings(None).await);

    assert!(matches!(outcome, FaultKind::Throttled { after: Some(_), reach: Reach::App }), "{outcome:?}");
}

#[tokio::test]
async fn i13_no_secret_stands_in_a_fault_or_a_debug_text() {
    let world = World::new().await;
    world.fault(json!({ "kind": "cut_before", "count": 3 })).await;

    let fault = world.shop.listings(None).await.expect_err("a fault");

    let seen = format!("{fault} {fault:?} {:?} {:?} {:?}", world.platform, world.shop, world.grant);
    let key = world.sandbox.credentials()["partner_key"].as_str().expect("a key").to_owned();
    assert!(!seen.contains(&key) && !seen.contains(world.grant.access.expose()), "{seen}");
}

/// Headers in lower case, and the body as received.
type Push = (Vec<(String, String)>, Vec<u8>);

/// The first push that speaks of `wanted`; every one is answered with an empty 200.
async fn receive(listener: &tokio::net::TcpListener, wanted: &str) -> Push {
    loop {
        let (mut stream, _) = listener.accept().await.expect("a push");
        let mut bytes = Vec::new();
        let (headers, body) = loop {
            let mut chunk = [0; 4096];
            let length = stream.read(&mut chunk).await.expect("a request");
            bytes.extend_from_slice(&chunk[..length]);
            if let Some(request) = whole(&bytes) {
                break request;
            }
        };
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            .await
            .expect("answered");
        if String::from_utf8_lossy(&body).contains(wanted) {
            return (headers, body);
        }
    }
}

fn whole(bytes: &[u8]) -> Option<Push> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let headers: Vec<(String, String)> = head
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(": "))
        .map(|(name, text)| (name.to_lowercase(), text.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length")?.1.parse::<usize>().ok()?;
    let body = bytes[end + 4..].to_vec();
    (body.len() >= length).then_some((headers, body))
}
