//! Webhooks: our own subscriptions, and what a delivery hints at (spec 9). Never truth: a hint only says where to look.

use crate::Shop;
use crate::sign::{hook_signature, short_hash};
use crate::site::pairs;
use crate::wire::{Thing, Webhook};
use ganh_contract::{
    Complaint, Delivery, Fault, FaultKind, Hint, RemoteListingId, RemoteOrderId, RemoteShopId, Result,
    Secret, Verdict,
};
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

const CALL: &str = "listen";

/// What we want to hear of. `product.updated` is left out: it echoes every write of ours (spec 9.3), and a sale shows as an order.
const TOPICS: [&str; 6] = [
    "order.created",
    "order.updated",
    "order.deleted",
    "order.restored",
    "product.deleted",
    "product.restored",
];

/// Subscribes to each topic once; wakes what was switched off after seven failures (spec 9.4); touches no foreign webhook.
///
/// # Errors
/// `Refused` for a secret that the shop would not keep as it is.
pub async fn listen(shop: &Shop, url: &str, secret: &Secret) -> Result<()> {
    if !secret.expose().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        || secret.expose().is_empty()
    {
        let said = "a webhook's secret may hold only letters, digits, dots and dashes".to_owned();
        let complaint = Complaint { field: Some("secret".to_owned()), code: None, said };
        return Err(Fault::new(CALL, FaultKind::Refused(vec![complaint])));
    }
    let ours: Vec<Webhook> = all(shop).await?.into_iter().filter(|hook| hook.delivery_url == url).collect();
    for topic in TOPICS {
        // The shop never tells a secret, so the name says which one it was made with.
        let name = format!("ganh {topic} {}", short_hash(secret.expose().as_bytes()));
        let Some(held) = ours.iter().find(|hook| hook.topic == topic) else {
            let body = json!({
                "name": name, "topic": topic, "delivery_url": url, "secret": secret.expose(), "status": "active",
            });
            shop.site.make::<Thing>(CALL, "webhooks", &body).await?;
            continue;
        };
        if held.status != "active" || held.name != name {
            let body = json!({ "name": name, "secret": secret.expose(), "status": "active" });
            shop.site.set::<Thing>(CALL, &format!("webhooks/{}", held.id), &body).await?;
        }
    }
    Ok(())
}

async fn all(shop: &Shop) -> Result<Vec<Webhook>> {
    const PAGE: usize = 100;
    let mut all = Vec::new();
    for page in 1.. {
        let asked = pairs([("per_page", PAGE.to_string()), ("page", page.to_string())]);
        let rows = shop.site.get::<Vec<Webhook>>(CALL, "webhooks", asked).await?.value;
        let is_last = rows.len() < PAGE;
        all.extend(rows);
        if is_last {
            break;
        }
    }
    Ok(all)
}

/// Reads a delivery. The signature is over the bytes as received: written anew, the escapes would differ.
pub fn read(delivery: &Delivery<'_>) -> Verdict {
    let header =
        |name: &str| delivery.headers.iter().find(|(key, _)| key == name).map(|(_, text)| text.as_str());
    if is_ping(delivery.body) && header("x-wc-webhook-signature").is_none() {
        return Verdict::Greeting(String::new());
    }
    let (Some(secret), Some(signature)) = (delivery.secret, header("x-wc-webhook-signature")) else {
        return Verdict::Forged;
    };
    let wanted = hook_signature(secret.expose(), delivery.body);
    if !bool::from(wanted.as_bytes().ct_eq(signature.trim().as_bytes())) {
        return Verdict::Forged;
    }
    let source = header("x-wc-webhook-source").map(|home| RemoteShopId::new(home.trim_end_matches('/')));
    let Some(shop) = delivery.shop.cloned().or(source) else { return Verdict::Forged };
    let topic = header("x-wc-webhook-topic").unwrap_or_default();
    Verdict::Hints(hint(topic, delivery.body).map(|hint| (shop, hint)).into_iter().collect())
}

/// Sent unsigned when a webhook is made, and again until it was answered with 200 (spec 9.2).
fn is_ping(body: &[u8]) -> bool {
    body.strip_prefix(b"webhook_id=").is_some_and(|id| !id.is_empty() && id.iter().all(u8::is_ascii_digit))
}

fn hint(topic: &str, body: &[u8]) -> Option<Hint> {
    let id = serde_json::from_slice::<Value>(body).ok().and_then(|body| body.get("id")?.as_u64());
    match (topic.split('.').next().unwrap_or_default(), id) {
        ("order", Some(id)) => Some(Hint::Order(RemoteOrderId::new(id.to_string()))),
        ("product", Some(id)) => Some(Hint::Listing(RemoteListingId::new(id.to_string()))),
        // An error envelope: the thing vanished between the change and the delivery (spec 9.3).
        ("order" | "product", None) => Some(Hint::Sweep),
        _ => None,
    }
}

#[cfg(test)]
#[path = "hook/tests.rs"]
mod tests;
