//! Cases 34 and 35: hints come by webhook or from a queue; they are verified, repeated, and never truth.

use crate::receiver::{Received, Receiver};
use crate::world::{Online, Selected};
use ganh_contract::{Delivery, FaultKind, Hint, RemoteOrderId, Secret, Verdict};
use serde_json::json;
use std::time::Duration;

const SECRET: &str = "mat-khau-cua-moc-6f1d2c";

/// What the platform makes of a webhook at the shop's own address.
fn judge(world: &Online, url: &str, received: &Received) -> Verdict {
    let secret = Secret::new(SECRET);
    world.platform.hook(&Delivery {
        url,
        headers: &received.headers,
        body: &received.body,
        secret: Some(&secret),
        shop: Some(&world.id),
    })
}

fn names(verdict: &Verdict, id: &str) -> bool {
    let order = Hint::Order(RemoteOrderId::new(id));
    matches!(verdict, Verdict::Hints(hints) if hints.iter().any(|(_, hint)| *hint == order))
}

pub async fn a_hint_is_verified_by_its_bytes_and_never_believed(world: &Online) -> Selected {
    let nobody = Received { headers: Vec::new(), body: b"{\"code\":3}".to_vec() };
    assert_eq!(judge(world, "https://ganh.example/hook", &nobody), Verdict::Forged, "unsigned is forged");
    let receiver = Receiver::start(Vec::new()).await;
    let url = receiver.hook_url();
    if let Err(fault) = world.shop().listen(&url, &Secret::new(SECRET)).await {
        assert_eq!(*fault.kind, FaultKind::Unsupported, "{fault}");
        return Selected::no("the channel calls nobody");
    }
    if world.platform.pull_hints(None).await.is_ok() && !delivers(world, &receiver).await {
        return Selected::no("hints wait in a queue; the channel calls nobody");
    }
    world.live("MOC", 1).await;
    let id = world.desk.buy("MOC", 1, json!({})).await;
    world.desk.tell("POST", "hooks/flush", json!({})).await;
    let taken = receiver.wait_for(|taken| taken.iter().any(|one| names(&judge(world, &url, one), &id))).await;
    let genuine = taken.iter().find(|one| names(&judge(world, &url, one), &id)).expect("a hint at the order");

    // Pure: the same bytes say the same, however often and late they come.
    assert_eq!(judge(world, &url, genuine), judge(world, &url, genuine));
    let Verdict::Hints(hints) = judge(world, &url, genuine) else { panic!("hints") };
    assert!(hints.iter().all(|(shop, _)| *shop == world.id), "it names the shop");
    let mut changed = genuine.clone();
    let last = changed.body.len() - 1;
    changed.body.insert(last, b' ');
    assert_eq!(judge(world, &url, &changed), Verdict::Forged, "one byte more is forged");
    let mut bare = genuine.clone();
    bare.headers.clear();
    assert_eq!(judge(world, &url, &bare), Verdict::Forged, "without its headers it is forged");

    world.desk.tell("POST", "hooks", json!({ "mode": { "forge": true } })).await;
    let known = receiver.taken().len();
    let forged = world.desk.buy("MOC", 1, json!({})).await;
    world.desk.tell("POST", "hooks/flush", json!({})).await;
    let after = receiver.wait_for(|taken| taken.len() > known).await;
    assert!(
        after[known..].iter().all(|one| judge(world, &url, one) == Verdict::Forged),
        "a wrong signature is forged"
    );
    // The order is there all the same: nobody needs a hint to find it.
    world.desk.pass(Duration::from_secs(2)).await;
    assert!(world.recent_orders().await.contains_key(&forged));
    for one in &taken {
        match judge(world, &url, one) {
            Verdict::Hints(_) | Verdict::Greeting(_) => {}
            Verdict::Forged => panic!("what the channel sends is never forged: {one:?}"),
        }
    }
    Selected::Yes
}

async fn delivers(world: &Online, receiver: &Receiver) -> bool {
    world.desk.tell("POST", "hooks/flush", json!({})).await;
    !receiver.taken().is_empty()
}

pub async fn hints_are_given_again_until_confirmed_and_a_dead_subscription_is_repaired(
    world: &Online,
) -> Selected {
    let first = world.platform.pull_hints(None).await;
    if let Err(fault) = &first {
        assert_eq!(*fault.kind, FaultKind::Unsupported, "{fault}");
        return Selected::no("no hints wait anywhere");
    }
    // An address where nobody is: whatever the channel keeps for later is kept now.
    let nowhere = "http://127.0.0.1:9/hook";
    world.shop().listen(nowhere, &Secret::new(SECRET)).await.expect("listening");
    world.live("DOI", 1).await;
    let id = world.desk.buy("DOI", 1, json!({})).await;
    for _ in 0..6 {
        world.desk.tell("POST", "hooks/flush", json!({})).await;
    }
    let wanted = (world.id.clone(), Hint::Order(RemoteOrderId::new(id.as_str())));

    let once = world.platform.pull_hints(None).await.expect("a batch");
    let twice = world.platform.pull_hints(None).await.expect("the batch again");
    assert!(once.hints.contains(&wanted), "the order is hinted: {once:?}");
    assert!(twice.hints.contains(&wanted), "unconfirmed, it is given again");
    let mut batch = twice;
    for _ in 0..20 {
        batch = world.platform.pull_hints(Some(&batch.ack)).await.expect("the next batch");
        if batch.hints.is_empty() {
            break;
        }
    }
    assert!(!batch.hints.contains(&wanted), "confirmed, it is gone");

    // A subscription that somebody switched off is repaired by listening again.
    let switched_off = world.desk.ask("POST", "hooks/disable", json!({})).await.0 < 300;
    world.shop().listen(nowhere, &Secret::new(SECRET)).await.expect("listening again");
    if switched_off {
        let id = world.desk.buy("DOI", 1, json!({})).await;
        let again = world.platform.pull_hints(None).await.expect("a batch");
        assert!(again.hints.iter().any(|(_, hint)| *hint == Hint::Order(RemoteOrderId::new(id.as_str()))));
    }
    world.platform.pull_hints(Some(&"".into())).await.expect("an empty cursor confirms nothing");
    Selected::Yes
}
