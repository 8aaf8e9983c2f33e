//! The web side over HTTP, on a store with something of everything in it.

mod seed;
mod server;

pub use server::{Served, client};

use ganh::listing::StopOf;
use ganh::web::{Post, Received};
use std::sync::Arc;
use tokio::sync::{Notify, mpsc};

#[tokio::test]
async fn the_page_is_vietnamese_unless_english_is_asked_for_and_then_remembers() {
    let served = Served::start().await;

    let first = served.get("/").await;
    let english = served.get("/?lang=en").await;
    let cookie = english.header("set-cookie").split(';').next().unwrap().to_owned();
    let later = served.get_with("/", &[("cookie", &cookie)]).await;

    assert!(first.text.contains("<html lang=\"vi\">") && first.text.contains("Chờ gửi"), "{}", first.text);
    assert!(english.text.contains("<html lang=\"en\">") && english.text.contains("To send"));
    assert!(later.text.contains("<html lang=\"en\">"));
}

#[tokio::test]
async fn the_page_shows_the_worst_shop_first_and_who_must_act() {
    let served = Served::start().await;

    let page = served.get("/").await.text;

    let place = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text} is not on {page}"));
    assert!(place("Đặc sản Hà Giang") < place("Gốm Bát Tràng"));
    assert!(place("Gốm Bát Tràng") < place("Sàn OCOP Thái Bình"));
    assert!(page.contains("Mất kết nối") && page.contains("<b>1</b> Chủ thể"));
    assert!(page.contains("1.250.000\u{a0}₫"));
}

#[tokio::test]
async fn what_is_stopped_stands_on_the_page_with_since_when_by_whom_and_why() {
    let served = Served::start().await;
    let of = StopOf::Sku("GOM-BT-01".into());
    served.store.stop_selling(&of, "lô hàng <lỗi>", "Chị Hoa", jiff::Timestamp::now()).await.unwrap();

    let page = served.get("/").await.text;
    let english = served.get("/?lang=en").await.text;
    let sku = served.get("/sku/GOM-BT-01").await.text;
    let status: serde_json::Value = serde_json::from_str(&served.get("/api/v1/status").await.text).unwrap();
    let metrics = served.get("/metrics").await.text;

    assert!(
        page.contains("Đang dừng bán") && page.contains("Chị Hoa") && page.contains("lô hàng &#60;lỗi&#62;")
    );
    assert!(page.contains("gian hàng chưa xác nhận") && english.contains("Selling stopped"));
    assert!(sku.contains("dừng bán GOM-BT-01 từ") && sku.contains("bởi Chị Hoa"), "{sku}");
    assert_eq!(status["stops"][0]["of"]["sku"], "GOM-BT-01");
    assert!(
        metrics.contains("ganh_selling_stops 1") && metrics.contains("ganh_selling_stops_unconfirmed 1"),
        "{metrics}"
    );
}

#[tokio::test]
async fn what_outsiders_wrote_is_shown_as_text() {
    let served = Served::start().await;

    let page = served.get("/").await.text;
    let refusal = served.get("/sku/%3Cscript%3Ealert(1)%3C%2Fscript%3E").await;
    let filter = served.get("/?q=%22%3E%3Cscript%3E").await;

    assert!(page.contains("&#60;script&#62;") && !page.contains("<script>"), "{page}");
    assert!(refusal.status == 404 && !refusal.text.contains("<script>"));
    assert!(!filter.text.contains("\"><script>"));
}

#[tokio::test]
async fn a_part_of_the_page_is_the_same_figures_without_their_frame() {
    let served = Served::start().await;

    let part = served.get("/?part=1").await.text;

    assert!(part.contains("Sàn OCOP Thái Bình") && !part.contains("<html"));
}

#[tokio::test]
async fn nonsense_in_the_address_shows_the_page_all_the_same() {
    let served = Served::start().await;

    for address in ["/?page=-1", "/?page=99999999999999999999", "/?lang=xx", "/?%ff=%fe", "/?producer=none"] {
        assert_eq!(served.get(address).await.status, 200, "{address}");
    }
    assert_eq!(served.get("/nowhere").await.status, 404);
}

#[tokio::test]
async fn ten_thousand_shops_are_paged_fifty_at_a_time() {
    let served = Served::start().await;
    served.add_shops(10_000).await;

    let first = served.get("/").await.text;
    let last = served.get("/?page=201").await.text;

    assert!(first.contains("Trang 1 trên 201") && first.contains("Đặc sản Hà Giang"));
    assert_eq!(first.matches("data-name=\"Lượt gọi/giây\"").count(), 50);
    assert!(last.contains("Trang 201 trên 201"));
}

#[tokio::test]
async fn a_sku_is_traced_from_the_shelf_to_each_window() {
    let served = Served::start().await;

    let page = served.get("/sku/gom-bt-01").await;

    let text = page.text;
    assert!(text.contains("Ấm gốm Bát Tràng men lam") && text.contains("Kho chính"), "{text}");
    assert!(text.contains("Có thể bán: <b>32</b>"), "{text}");
    assert!(text.contains("12 nhiều hơn số có thể bán · 15.000.000\u{a0}₫"), "{text}");
    assert!(text.contains("Vì sao có con số này"));
}

#[tokio::test]
async fn every_answer_keeps_the_browser_to_our_own_files() {
    let served = Served::start().await;

    for address in ["/", "/sku/GOM-BT-01", "/nowhere", "/api/v1/status", "/assets/ganh.css"] {
        let answer = served.get(address).await;
        assert!(answer.header("content-security-policy").starts_with("default-src 'self'"), "{address}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{address}");
        assert!(!answer.header("x-request-id").is_empty(), "{address}");
    }
}

#[tokio::test]
async fn i13_neither_page_nor_api_shows_a_buyer_or_a_secret() {
    let served = Served::start().await;

    for address in ["/", "/sku/GOM-BT-01", "/api/v1/status", "/metrics"] {
        let text = served.get(address).await.text;
        assert!(!text.contains("access-token-words") && !text.contains("Nguyễn Thị Người Mua"), "{address}");
    }
}

#[tokio::test]
async fn the_api_pages_shops_by_handle() {
    let served = Served::start().await;

    let first = served.get("/api/v1/status?limit=2").await.json();
    let after = first["shops"]["next"].as_str().unwrap();
    let second =
        served.get(&format!("/api/v1/status?limit=9&after={}", after.replace('/', "%2F"))).await.json();

    assert_eq!(
        (first["shops"]["total"].as_u64(), first["shops"]["items"].as_array().unwrap().len()),
        (Some(4), 2)
    );
    assert_eq!(
        (second["shops"]["items"].as_array().unwrap().len(), &second["shops"]["next"]),
        (2, &serde_json::Value::Null)
    );
    assert_eq!(served.get("/api/v1/status?limit=x").await.json()["error"]["kind"], "bad_request");
}

#[tokio::test]
async fn what_shops_promise_beyond_stock_is_told_in_units_and_dong() {
    let served = Served::start().await;

    let page = served.get("/").await.text;
    let api = served.get("/api/v1/status").await.json();

    assert!(page.contains("Hứa bán vượt tồn") && page.contains("15.000.000\u{a0}₫"), "{page}");
    let told = &api["promised_beyond"];
    assert_eq!(
        (&told["total"]["units"], &told["by_producer"]["BATTRANG"]["vnd"]),
        (&12.into(), &15_000_000.into())
    );
    assert_eq!((&told["worst"][0]["sku"], &told["worst"][0]["sellable"]), (&"GOM-BT-01".into(), &32.into()));
}

#[tokio::test]
async fn watchers_learn_life_readiness_and_figures() {
    let served = Served::start().await;

    let (alive, ready, metrics) =
        (served.get("/healthz").await, served.get("/readyz").await, served.get("/metrics").await);

    assert_eq!((alive.status, ready.status, metrics.status), (200, 200, 200));
    assert!(
        metrics.text.contains("ganh_shop_parked{shop=\"chan/gom\",actor=\"producer\"} 1"),
        "{}",
        metrics.text
    );
    assert!(metrics.text.contains("ganh_shop_oldest_pending_age_seconds{shop=\"chan/gom\"}"));
    assert!(metrics.text.contains("# HELP ganh_propagation_seconds "));
    assert!(metrics.text.contains("ganh_promised_beyond_units 12\n"), "{}", metrics.text);
    assert!(metrics.text.contains("ganh_shop_promised_beyond_vnd{shop=\"chan/tinh\"} 11250000"));
    assert!(metrics.text.ends_with("# EOF\n"));
}

#[tokio::test]
async fn a_store_that_went_away_makes_it_unready_and_the_page_says_so() {
    let served = Served::start().await;
    served.store.close().await;

    let (alive, ready, page) =
        (served.get("/healthz").await, served.get("/readyz").await, served.get("/").await);

    assert_eq!((alive.status, ready.status, page.status), (200, 503, 503));
    assert!(page.text.contains("Kho dữ liệu không trả lời"));
}

#[tokio::test]
async fn a_picture_is_served_by_its_content_and_nothing_else_is() {
    let served = Served::start().await;
    let hash = "5".repeat(64);

    let picture = served.get(&format!("/pictures/{hash}.png")).await;
    let none = served.get(&format!("/pictures/{}", "6".repeat(64))).await;
    let nonsense = served.get("/pictures/..%2F..%2Fetc%2Fpasswd").await;

    assert_eq!((picture.status, picture.header("content-type")), (200, "image/png"));
    assert!(picture.header("cache-control").contains("immutable"));
    assert_eq!((none.status, nonsense.status), (404, 404));
}

#[tokio::test]
async fn a_webhook_reaches_the_daemon_byte_for_byte_and_is_answered_empty() {
    let (sender, mut posts) = mpsc::unbounded_channel::<Post>();
    let served = Served::with(Arc::new(move |post| {
        let _ = sender.send(post);
        Box::pin(async { Received::Answer(String::new()) })
    }))
    .await;

    let answer = served.post("/hooks/chan/p1", &[("Authorization", "abc")], "{\"x\": 1}\n").await;

    let post = posts.recv().await.unwrap();
    assert_eq!((answer.status, &*answer.text), (200, ""));
    assert_eq!((&*post.channel, &*post.key, &*post.body), ("chan", "p1", &b"{\"x\": 1}\n"[..]));
    assert!(post.headers.contains(&("authorization".into(), "abc".into())));
}

#[tokio::test]
async fn a_greeting_is_answered_with_its_text_and_a_refusal_of_the_store_asks_again() {
    let served = Served::with(Arc::new(|post| {
        Box::pin(async move {
            match post.key.as_str() {
                "p1" => Received::Answer("hello".into()),
                _ => Received::Again,
            }
        })
    }))
    .await;

    let (greeting, refused) =
        (served.post("/hooks/c/p1", &[], "").await, served.post("/hooks/c/p2", &[], "").await);

    assert_eq!((greeting.status, &*greeting.text, refused.status), (200, "hello", 503));
}

#[tokio::test]
async fn a_slow_verification_is_answered_before_it_ends_and_ends_all_the_same() {
    let (go, done) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (gate, end) = (Arc::clone(&go), Arc::clone(&done));
    let served = Served::with(Arc::new(move |_| {
        let (gate, end) = (Arc::clone(&gate), Arc::clone(&end));
        Box::pin(async move {
            gate.notified().await;
            end.notify_one();
            Received::Answer("too late".into())
        })
    }))
    .await;

    let answer = served.post("/hooks/c/p1", &[], "x").await;
    go.notify_one();
    served.web.drain().await;

    done.notified().await;
    assert_eq!((answer.status, &*answer.text), (200, ""));
}

#[tokio::test]
async fn a_webhook_that_is_too_long_is_answered_and_dropped() {
    let served = Served::with(Arc::new(|_| Box::pin(async { Received::Answer("seen".into()) }))).await;

    let answer = served.post("/hooks/c/p1", &[], &"x".repeat(70_000)).await;

    assert_eq!((answer.status, &*answer.text), (200, ""));
}
