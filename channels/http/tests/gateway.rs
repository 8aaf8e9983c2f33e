//! The gateway against a bare listener that counts, cuts and answers as told.

use ganh_contract::{Fault, FaultKind, Reach, Secret};
use ganh_http::{
    Body, CallRecord, Clock, Gateway, Labels, Method, Quota, Read, Recorder, Request, Safety, Settings,
    Stamp, SystemClock, Wire, classify,
};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use url::Url;

/// One scripted reaction to a request.
#[derive(Clone, Copy)]
enum Reaction {
    Answer(&'static str),
    /// Read the request, then close without a word.
    Cut,
    /// Announce more bytes than are sent.
    HalfBody,
}

const OK: Reaction = Reaction::Answer("HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n{\"a\": 1}");
const SLOW_DOWN: Reaction =
    Reaction::Answer("HTTP/1.1 429 Too Many\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n");
const SLOW_DOWN_LONG: Reaction =
    Reaction::Answer("HTTP/1.1 429 Too Many\r\nretry-after: 900\r\ncontent-length: 0\r\n\r\n");

/// Plays a script, one connection a request, and keeps what it was asked.
struct Stage {
    url: Url,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Stage {
    async fn playing(script: &[Reaction]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = Url::parse(&format!("http://{}/x?token=s3cr3t", listener.local_addr().expect("bound")))
            .expect("a URL");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (noted, mut script) = (asked.clone(), VecDeque::from(script.to_vec()));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut bytes = vec![0; 65_536];
                let length = stream.read(&mut bytes).await.unwrap_or(0);
                noted
                    .lock()
                    .expect("not poisoned")
                    .push(String::from_utf8_lossy(&bytes[..length]).into_owned());
                let text = match script.pop_front().unwrap_or(OK) {
                    Reaction::Answer(text) => text.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n"),
                    Reaction::Cut => String::new(),
                    Reaction::HalfBody => "HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"a\"".to_owned(),
                };
                // A client that went away is part of the play.
                let _ = stream.write_all(text.as_bytes()).await;
            }
        });
        Self { url, asked }
    }

    fn requests(&self) -> usize {
        self.asked.lock().expect("not poisoned").len()
    }
}

#[derive(Debug, Default, Clone)]
struct Notes(Arc<Mutex<Vec<CallRecord>>>);

impl Recorder for Notes {
    fn call(&self, record: &CallRecord) {
        self.0.lock().expect("not poisoned").push(record.clone());
    }
}

fn gateway(notes: &Notes) -> Gateway {
    let settings = Settings {
        pauses: (Duration::from_millis(1), Duration::from_millis(2)),
        call_timeout: Duration::from_secs(5),
        ..Settings::default()
    };
    Gateway::new(settings, Arc::new(SystemClock), Arc::new(notes.clone())).expect("a gateway")
}

fn quotas() -> Vec<Quota> {
    vec![Quota {
        key: "shop/1".into(),
        reach: Reach::Shop,
        per_second: 1000.0,
        burst: 10,
        per_day: None,
        reserved_pct: 0,
    }]
}

fn read(answer: &ganh_http::Answer) -> Read<u64> {
    if answer.status == 401 {
        return Read::SignAgain(Fault::new("x", FaultKind::Expired));
    }
    if let Some(kind) = classify::status(answer.status, classify::retry_after(answer)) {
        return Read::Fault(Fault::new("x", kind));
    }
    classify::json("x", answer).map(|json| json.value["a"].as_u64().unwrap_or(0)).into()
}

async fn ask(gateway: &Gateway, stage: &Stage, safety: Safety) -> Result<u64, Fault> {
    let build = |stamp: &Stamp| {
        let mut wire = Wire::new(Method::Post, stage.url.clone());
        wire.headers =
            vec![("x-nonce", Secret::new(stamp.nonce.clone())), ("authorization", Secret::new("s3cr3t"))];
        wire.body = Body::Json("{}".into());
        Ok(wire)
    };
    let quotas = quotas();
    let request = Request {
        call: "x",
        safety,
        quotas: &quotas,
        timeout: None,
        origin: &stage.url,
        build: &build,
        labels: Labels { channel: "test", shop: "1".into() },
    };
    gateway.call(request, read).await.map(|answered| answered.value)
}

fn kind(outcome: Result<u64, Fault>) -> FaultKind {
    *outcome.expect_err("a fault").kind
}

#[tokio::test]
async fn i4_a_set_whose_reply_is_lost_is_not_repeated() {
    let stage = Stage::playing(&[Reaction::Cut]).await;

    let outcome = ask(&gateway(&Notes::default()), &stage, Safety::Set).await;

    assert_eq!(kind(outcome), FaultKind::Interrupted);
    assert_eq!(stage.requests(), 1);
}

#[tokio::test]
async fn i3_a_create_whose_reply_is_half_is_not_repeated() {
    let stage = Stage::playing(&[Reaction::HalfBody]).await;

    let outcome = ask(&gateway(&Notes::default()), &stage, Safety::Create).await;

    assert_eq!(kind(outcome), FaultKind::Interrupted);
    assert_eq!(stage.requests(), 1);
}

#[tokio::test]
async fn a_read_is_repeated_until_it_is_answered() {
    let stage = Stage::playing(&[Reaction::Cut, Reaction::HalfBody, OK]).await;
    let notes = Notes::default();

    let outcome = ask(&gateway(&notes), &stage, Safety::Read).await;

    assert_eq!(outcome, Ok(1));
    let attempts: Vec<u32> =
        notes.0.lock().expect("not poisoned").iter().map(|record| record.attempt).collect();
    assert_eq!(attempts, [1, 2, 3]);
}

#[tokio::test]
async fn a_set_that_never_arrived_is_repeated() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = Url::parse(&format!("http://{}/", listener.local_addr().expect("bound"))).expect("a URL");
    drop(listener);
    let notes = Notes::default();
    let nobody = Stage { url, asked: Arc::default() };

    let outcome = ask(&gateway(&notes), &nobody, Safety::Set).await;

    assert_eq!(kind(outcome), FaultKind::Unreachable);
    assert_eq!(notes.0.lock().expect("not poisoned").len(), 3);
}

#[tokio::test]
async fn a_short_throttle_is_waited_for_and_the_next_call_waits_too() {
    let stage = Stage::playing(&[SLOW_DOWN, OK]).await;
    let (gateway, before) = (gateway(&Notes::default()), SystemClock.now());

    let outcome = ask(&gateway, &stage, Safety::Create).await;

    assert_eq!(outcome, Ok(1));
    assert!(SystemClock.now().duration_since(before).as_millis() >= 1000);
}

#[tokio::test]
async fn a_throttle_of_one_thing_holds_up_nobody_else() {
    let stage = Stage::playing(&[SLOW_DOWN_LONG, OK]).await;
    let gateway = gateway(&Notes::default());
    let quotas = quotas();
    let build = |_: &Stamp| Ok(Wire::new(Method::Get, stage.url.clone()));
    let narrow = |answer: &ganh_http::Answer| match classify::retry_after(answer) {
        Some(_) => Read::Fault(Fault::new("x", FaultKind::Throttled { after: None, reach: Reach::Listing })),
        None => Read::Value(()),
    };
    let request = Request {
        call: "x",
        safety: Safety::Set,
        quotas: &quotas,
        timeout: None,
        origin: &stage.url,
        build: &build,
        labels: Labels { channel: "test", shop: "1".into() },
    };
    let before = SystemClock.now();

    gateway.call(request, narrow).await.expect("tried again");
    ask(&gateway, &stage, Safety::Read).await.expect("not held up");

    assert!(SystemClock.now().duration_since(before).as_millis() < 900);
}

#[tokio::test]
async fn a_long_throttle_is_returned_at_once_with_its_end() {
    let stage = Stage::playing(&[SLOW_DOWN_LONG]).await;

    let outcome = ask(&gateway(&Notes::default()), &stage, Safety::Read).await;

    assert_eq!(
        kind(outcome),
        FaultKind::Throttled { after: Some(Duration::from_secs(900)), reach: Reach::Shop }
    );
    assert_eq!(stage.requests(), 1);
}

#[tokio::test]
async fn a_stale_signature_is_made_again_once_with_a_new_nonce() {
    let stale = Reaction::Answer("HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n");
    let stage = Stage::playing(&[stale, stale, OK]).await;

    let outcome = ask(&gateway(&Notes::default()), &stage, Safety::Create).await;

    assert_eq!(kind(outcome), FaultKind::Expired);
    let asked = stage.asked.lock().expect("not poisoned").clone();
    let nonce = |text: &str| text.lines().find(|line| line.starts_with("x-nonce")).map(str::to_owned);
    assert_eq!(asked.len(), 2);
    assert_ne!(nonce(&asked[0]), nonce(&asked[1]));
}

#[tokio::test]
async fn a_wrong_clock_is_corrected_by_the_hosts_date() {
    let stale = Reaction::Answer(
        "HTTP/1.1 401 No\r\ndate: Thu, 01 Jan 2026 00:00:00 GMT\r\ncontent-length: 0\r\n\r\n",
    );
    let stage = Stage::playing(&[stale, OK]).await;
    let times = Mutex::new(Vec::new());
    let build = |stamp: &Stamp| {
        times.lock().expect("not poisoned").push(stamp.at.as_second());
        Ok(Wire::new(Method::Get, stage.url.clone()))
    };
    let request = Request {
        call: "x",
        safety: Safety::Read,
        quotas: &[],
        timeout: None,
        origin: &stage.url,
        build: &build,
        labels: Labels { channel: "test", shop: "1".into() },
    };

    gateway(&Notes::default()).call(request, read).await.expect("an answer");

    let times = times.lock().expect("not poisoned").clone();
    assert!((1_767_225_600..1_767_225_605).contains(&times[1]), "{times:?}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Stage::playing(&[]).await;
    let moved: &'static str = Box::leak(
        format!("HTTP/1.1 302 Found\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n", elsewhere.url)
            .into_boxed_str(),
    );
    let stage = Stage::playing(&[Reaction::Answer(moved)]).await;

    let outcome = ask(&gateway(&Notes::default()), &stage, Safety::Read).await;

    assert_eq!(kind(outcome), FaultKind::Revoked { reach: Reach::Address });
    assert_eq!(elsewhere.requests(), 0);
}

#[tokio::test]
async fn an_endless_answer_is_cut() {
    let endless: &'static str = Box::leak(
        format!("HTTP/1.1 200 OK\r\ncontent-length: 9000\r\n\r\n{}", "x".repeat(9000)).into_boxed_str(),
    );
    let stage = Stage::playing(&[Reaction::Answer(endless)]).await;
    let settings = Settings { max_answer_bytes: 1000, ..Settings::default() };
    let gateway =
        Gateway::new(settings, Arc::new(SystemClock), Arc::new(Notes::default())).expect("a gateway");

    assert_eq!(kind(ask(&gateway, &stage, Safety::Read).await), FaultKind::Unintelligible);
}

#[tokio::test]
async fn i13_no_secret_stands_in_a_fault_or_a_record_or_a_debug_text() {
    let stage = Stage::playing(&[Reaction::Cut, Reaction::Cut, Reaction::Cut]).await;
    let notes = Notes::default();

    let fault = ask(&gateway(&notes), &stage, Safety::Read).await.expect_err("a fault");

    let wire = Wire::new(Method::Get, stage.url.clone());
    let seen = format!("{fault} {fault:?} {:?} {wire:?}", notes.0.lock().expect("not poisoned"));
    assert!(!seen.contains("s3cr3t"), "{seen}");
}

const NEARLY_FULL: Reaction =
    Reaction::Answer("HTTP/1.1 200 OK\r\nx-api-call-limit: 80/80\r\ncontent-length: 8\r\n\r\n{\"a\": 1}");

/// A bucket's level as some marketplaces tell it: used/size.
fn bucket_header(answer: &ganh_http::Answer) -> Option<ganh_http::Told> {
    let (used, size) = answer.header("x-api-call-limit")?.split_once('/')?;
    let left = size.parse::<u32>().ok()?.saturating_sub(used.parse().ok()?);
    Some(ganh_http::Told { left, resets_in: (left == 0).then_some(Duration::from_millis(300)) })
}

#[tokio::test]
async fn a_marketplace_that_tells_its_limit_in_headers_is_obeyed() {
    let (notes, stage) = (Notes::default(), Stage::playing(&[NEARLY_FULL, OK]).await);
    let gateway = gateway(&notes);
    gateway.heed("shop/1", bucket_header);

    ask(&gateway, &stage, Safety::Read).await.expect("answered");
    ask(&gateway, &stage, Safety::Read).await.expect("answered");

    let calls = notes.0.lock().expect("not poisoned").clone();
    let apart = calls[1].at.duration_since(calls[0].at);
    assert!(apart >= jiff::SignedDuration::from_millis(300), "{apart:?}");
}
