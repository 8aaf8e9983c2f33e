//! Webhooks: managing, the unsigned ping, delivery, and being switched off (spec §9).

use std::sync::{Arc, Weak};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Woo;
use super::errors::{ApiError, error, missing_param};
use super::product::Type;
use super::view::times;
use super::wire::{Args, php_json, php_string};
use super::world::World;
use crate::core::hooks::{Job, Parcel};

/// Something that happened, as topics name it.
#[derive(Debug, Clone)]
pub struct Event {
    /// `order`, `product`.
    pub resource: &'static str,
    /// `created`, `updated`, `deleted`.
    pub event: &'static str,
    /// Its id.
    pub id: u64,
}

/// One webhook.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// Id.
    pub id: u64,
    /// Name.
    pub name: String,
    /// `active`, `paused`, `disabled`.
    pub status: String,
    /// `order.updated` …
    pub topic: String,
    /// Receiver.
    pub url: String,
    /// Never returned.
    pub secret: String,
    /// Failures in a row, at most 6.
    pub failures: u32,
    /// The ping has not been answered with 200.
    pub pending_ping: bool,
    /// Seconds since 1970.
    pub created_s: i64,
    /// Seconds since 1970.
    pub modified_s: i64,
}

/// base64(HMAC-SHA256(secret, raw body)).
#[must_use]
pub fn sign(secret: &str, body: &[u8]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(body);
    STANDARD.encode(mac.finalize().into_bytes())
}

/// How a webhook looks in a reply.
#[must_use]
pub fn view(world: &World, hook: &Webhook) -> Value {
    let (resource, event) = hook.topic.split_once('.').unwrap_or((&hook.topic, ""));
    let (created, created_gmt) = times(world, Some(hook.created_s));
    let (modified, modified_gmt) = times(world, Some(hook.modified_s));
    json!({
        "id": hook.id, "name": hook.name, "status": hook.status, "topic": hook.topic, "resource": resource,
        "event": event, "hooks": hooks_of(&hook.topic), "delivery_url": hook.url, "date_created": created,
        "date_created_gmt": created_gmt, "date_modified": modified, "date_modified_gmt": modified_gmt,
    })
}

fn hooks_of(topic: &str) -> Vec<String> {
    match topic.split_once('.') {
        Some(("action", hook)) => vec![hook.to_owned()],
        Some((resource, "created")) => vec![format!("woocommerce_new_{resource}")],
        Some((resource, "updated")) => vec![format!("woocommerce_update_{resource}")],
        Some((resource, "deleted")) => {
            vec![format!("woocommerce_trash_{resource}"), "wp_trash_post".to_owned()]
        }
        Some((_, _)) | None => vec!["untrashed_post".to_owned()],
    }
}

fn is_topic(topic: &str) -> bool {
    match topic.split_once('.') {
        Some(("action", hook)) => !hook.is_empty(),
        Some(("product", "published")) => true,
        Some(("order" | "product" | "coupon" | "customer", event)) => {
            matches!(event, "created" | "updated" | "deleted" | "restored")
        }
        Some((_, _)) | None => false,
    }
}

/// Makes (`id` none) or changes a webhook; returns its id.
///
/// # Errors
/// Missing or bad address, bad topic, no such webhook.
pub fn save(world: &mut World, id: Option<u64>, args: &Args, fresh_secret: &str) -> Result<u64, ApiError> {
    let text = |key: &str| args.get(key).map(php_string).filter(|text| !text.is_empty());
    let now_s = world.now_s();
    let mut hook = match id {
        Some(id) => world.webhooks.get(&id).cloned().ok_or_else(not_there)?,
        None => {
            if text("topic").is_none() {
                return Err(missing_param("topic"));
            }
            if text("delivery_url").is_none() {
                return Err(missing_param("delivery_url"));
            }
            Webhook {
                id: 0,
                name: "Webhook".to_owned(),
                status: "active".to_owned(),
                topic: String::new(),
                url: String::new(),
                secret: fresh_secret.to_owned(),
                failures: 0,
                pending_ping: true,
                created_s: now_s,
                modified_s: now_s,
            }
        }
    };
    if let Some(topic) = text("topic") {
        if !is_topic(&topic) {
            return Err(error(
                400,
                "woocommerce_rest_shop_webhook_invalid_topic",
                "Webhook topic must be valid.",
            ));
        }
        hook.topic = topic;
    }
    if let Some(url) = text("delivery_url") {
        if !url.starts_with("http://") && !url.starts_with("https://") {
            let why = "Webhook delivery URL must be a valid URL starting with http:// or https://.";
            return Err(error(400, "woocommerce_rest_shop_webhook_invalid_delivery_url", why));
        }
        hook.url = url;
    }
    for (key, slot) in [("name", &mut hook.name), ("status", &mut hook.status), ("secret", &mut hook.secret)]
    {
        if let Some(sent) = text(key) {
            *slot = sent;
        }
    }
    hook.modified_s = now_s;
    if hook.id == 0 {
        hook.id = world.take_row();
    }
    let id = hook.id;
    world.webhooks.insert(id, hook);
    Ok(id)
}

/// No such webhook.
#[must_use]
pub fn not_there() -> ApiError {
    error(404, "woocommerce_rest_shop_webhook_invalid_id", "Invalid ID.")
}

impl World {
    /// Takes what happened and is heard by somebody: one entry for each active webhook and object.
    pub fn take_heard(&mut self) -> Vec<(u64, Event)> {
        if self.events.is_empty() {
            return Vec::new();
        }
        let mut heard = Vec::new();
        for event in std::mem::take(&mut self.events) {
            let is_variation = self.items.get(&event.id).is_some_and(|item| item.kind == Type::Variation);
            if event.resource == "product" && is_variation {
                continue;
            }
            let topic = format!("{}.{}", event.resource, event.event);
            for hook in self.webhooks.values().filter(|hook| hook.status == "active" && hook.topic == topic) {
                heard.push((hook.id, event.clone()));
            }
        }
        heard
    }

    fn delivery(&self, hook_id: u64, event: &Event) -> Option<Parcel> {
        let hook = self.webhooks.get(&hook_id).filter(|hook| hook.status == "active")?;
        let body = match (event.resource, event.event) {
            (_, "deleted") => php_json(&json!({ "id": event.id })),
            ("order", _) => match self.orders.get(&event.id) {
                Some(order) => php_json(&super::order::view(self, order, None)),
                None => {
                    php_json(&error(404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.").envelope())
                }
            },
            _ => match self.items.get(&event.id) {
                Some(product) => super::view::row(self, product, None),
                None => {
                    php_json(&error(404, "woocommerce_rest_product_invalid_id", "Invalid ID.").envelope())
                }
            },
        };
        let delivery = Sha256::digest(format!("{hook_id}-{}", self.now_s()));
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let version = self.profile.version();
        Some(Parcel {
            url: hook.url.clone(),
            headers: vec![
                header("Content-Type", "application/json"),
                header(
                    "User-Agent",
                    &format!("WooCommerce/{version} Hookshot (WordPress/{})", self.profile.wordpress()),
                ),
                header("X-WC-Webhook-Source", &format!("{}/", self.home)),
                header("X-WC-Webhook-Topic", &hook.topic),
                header("X-WC-Webhook-Resource", event.resource),
                header("X-WC-Webhook-Event", event.event),
                header("X-WC-Webhook-ID", &hook_id.to_string()),
                header("X-WC-Webhook-Delivery-ID", &hex::encode(&delivery[..16])),
                header("X-WC-Webhook-Signature", &sign(&hook.secret, &body)),
            ],
            signature_header: Some("X-WC-Webhook-Signature".to_owned()),
            body,
        })
    }

    fn ping(&self, hook_id: u64) -> Option<Parcel> {
        let hook = self.webhooks.get(&hook_id).filter(|hook| hook.pending_ping)?;
        Some(Parcel {
            url: hook.url.clone(),
            headers: vec![("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned())],
            signature_header: None,
            body: format!("webhook_id={hook_id}").into_bytes(),
        })
    }

    /// Counts a delivery: the 7th failure in a row switches the webhook off; the counter stays at 6.
    fn count_delivery(&mut self, hook_id: u64, status: Option<u16>) {
        let now_s = self.now_s();
        let Some(hook) = self.webhooks.get_mut(&hook_id) else { return };
        hook.modified_s = now_s;
        if status.is_some_and(|status| (200..=302).contains(&status)) {
            hook.failures = 0;
        } else if hook.failures > 5 {
            "disabled".clone_into(&mut hook.status);
        } else {
            hook.failures += 1;
        }
    }
}

impl Woo {
    /// Queues what was heard; waiting deliveries of one webhook and object are merged.
    pub(super) fn post_heard(&self, heard: Vec<(u64, Event)>) {
        for (hook_id, event) in heard {
            let (builder, counter) = (self.weak(), self.weak());
            let key = format!("{hook_id}:{}:{}:{}", event.resource, event.event, event.id);
            self.core.hooks.post(Job {
                key: Some(key),
                due_ms: self.core.clock.now_ms(),
                build: Box::new(move || {
                    let parcel =
                        builder.upgrade().and_then(|woo| woo.with(|world| world.delivery(hook_id, &event)));
                    parcel.into_iter().collect()
                }),
                done: Box::new(move |status| {
                    if let Some(woo) = Weak::upgrade(&counter) {
                        woo.with(|world| world.count_delivery(hook_id, status));
                        // The delivery saves the webhook, and a save repeats an unanswered ping.
                        woo.post_ping(hook_id);
                    }
                }),
            });
        }
    }

    /// Queues the ping of a webhook that was saved, unless it has been answered before.
    pub(super) fn post_ping(&self, hook_id: u64) {
        if !self.with(|world| world.webhooks.get(&hook_id).is_some_and(|hook| hook.pending_ping)) {
            return;
        }
        let (builder, counter): (Weak<Self>, Weak<Self>) = (self.weak(), self.weak());
        self.core.hooks.post(Job {
            key: Some(format!("ping:{hook_id}")),
            due_ms: self.core.clock.now_ms(),
            build: Box::new(move || {
                let parcel =
                    builder.upgrade().and_then(|woo: Arc<Self>| woo.with(|world| world.ping(hook_id)));
                parcel.into_iter().collect()
            }),
            done: Box::new(move |status| {
                if status == Some(200)
                    && let Some(woo) = counter.upgrade()
                {
                    woo.with(|world| {
                        if let Some(hook) = world.webhooks.get_mut(&hook_id) {
                            hook.pending_ping = false;
                        }
                    });
                }
            }),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::sign;

    #[test]
    fn the_vector_of_the_spec_is_signed_the_same() {
        let body =
            br#"{"id":131,"status":"processing","total":"780000","billing":{"first_name":"Nguy\u1ec5n"}}"#;

        assert_eq!(sign("ganh-webhook-secret-01", body), "NZLR+erdx9gux44fM0LCiaRXWpmGR1DvCwNyuVwWD1w=");
    }
}
