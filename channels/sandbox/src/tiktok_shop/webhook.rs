//! Webhooks (spec 11): subscribed by shop or by app, signed over the raw body, sent again after failures.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::core::{Job, Parcel, lock};

use super::call::Call;
use super::envelope::{Answer, Refusal, Success};
use super::shop::{Due, Shop};
use super::world::World;

/// A receiver answers within 3 s (spec 11.2).
pub const TAKEN_WITHIN_MS: u64 = 3_000;

/// What a webhook is about (spec 11.3; names from 27 on are guesses and not sent).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    Order,
    Address,
    Package,
    Product,
    Deauthorized,
    AuthorizationEnds,
    Cancellation,
    Return,
    ProductInformation,
    ProductCreation,
    ProductCategory,
    ProductAudit,
}

impl Topic {
    /// All that the sandbox sends.
    pub const ALL: [Self; 12] = [
        Self::Order,
        Self::Address,
        Self::Package,
        Self::Product,
        Self::Deauthorized,
        Self::AuthorizationEnds,
        Self::Cancellation,
        Self::Return,
        Self::ProductInformation,
        Self::ProductCreation,
        Self::ProductCategory,
        Self::ProductAudit,
    ];

    const fn number(self) -> u8 {
        match self {
            Self::Order => 1,
            Self::Address => 3,
            Self::Package => 4,
            Self::Product => 5,
            Self::Deauthorized => 6,
            Self::AuthorizationEnds => 7,
            Self::Cancellation => 11,
            Self::Return => 12,
            Self::ProductInformation => 15,
            Self::ProductCreation => 16,
            Self::ProductCategory => 18,
            Self::ProductAudit => 37,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Order => "ORDER_STATUS_CHANGE",
            Self::Address => "RECIPIENT_ADDRESS_UPDATE",
            Self::Package => "PACKAGE_UPDATE",
            Self::Product => "PRODUCT_STATUS_CHANGE",
            Self::Deauthorized => "SELLER_DEAUTHORIZATION",
            Self::AuthorizationEnds => "UPCOMING_AUTHORIZATION_EXPIRATION",
            Self::Cancellation => "CANCELLATION_STATUS_CHANGE",
            Self::Return => "RETURN_STATUS_CHANGE",
            Self::ProductInformation => "PRODUCT_INFORMATION_CHANGE",
            Self::ProductCreation => "PRODUCT_CREATION",
            Self::ProductCategory => "PRODUCT_CATEGORY_CHANGE",
            Self::ProductAudit => "PRODUCT_AUDIT_STATUS_CHANGE",
        }
    }

    fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.name() == name)
    }
}

struct Subscription {
    address: String,
    created_s: i64,
    updated_s: i64,
}

/// Addresses by topic.
#[derive(Default)]
pub struct Subscriptions {
    at: BTreeMap<Topic, Subscription>,
    is_live: AtomicBool,
}

impl Subscriptions {
    /// Subscribes to everything, as the app's page in Partner Center would.
    pub fn take_all(&mut self, address: &str, now_s: i64) {
        for topic in Topic::ALL {
            self.take(topic, address, now_s);
        }
    }

    fn take(&mut self, topic: Topic, address: &str, now_s: i64) {
        let created_s = self.at.get(&topic).map_or(now_s, |known| known.created_s);
        self.at.insert(topic, Subscription { address: address.to_owned(), created_s, updated_s: now_s });
        self.is_live.store(true, Ordering::Release);
    }

    fn address(&self, topic: Topic) -> Option<&str> {
        self.at.get(&topic).map(|known| known.address.as_str())
    }

    fn is_live(&self) -> bool {
        self.is_live.load(Ordering::Acquire)
    }
}

/// Sends a webhook about a shop, if anybody listens.
pub fn emit(world: &World, shop: &Shop, topic: Topic, data: &Value) {
    let address = shop.hooks.address(topic).map(str::to_owned);
    let Some(address) = address.or_else(|| lock(&world.app_hooks).address(topic).map(str::to_owned)) else {
        return;
    };
    if world.dice.below(100) < u64::from(world.settings().hook_drop_pct) {
        return;
    }
    let id = 7_566_000_000_000_000_000 + world.dice.below(1_000_000_000_000_000);
    let body = format!(
        "{{\"type\":{},\"tts_notification_id\":\"{id}\",\"shop_id\":\"{}\",\"timestamp\":{},\"data\":{data}}}",
        topic.number(),
        shop.id,
        world.core.clock.now_s()
    );
    post(world, address, body, 0, world.core.clock.now_ms());
}

/// Queues a delivery; a failed one is queued again, four times, then dropped (spec 11.2).
fn post(world: &World, url: String, body: String, tries: usize, due_ms: i64) {
    let signature = world.signer.sign_hook(&world.app_key, &body);
    let parcel = Parcel {
        url: url.clone(),
        headers: vec![
            ("Content-Type".to_owned(), "application/json".to_owned()),
            ("Authorization".to_owned(), signature),
        ],
        signature_header: Some("Authorization".to_owned()),
        body: body.clone().into_bytes(),
    };
    let weak = world.weak();
    world.core.hooks.post(Job {
        key: None,
        due_ms,
        build: Box::new(move || vec![parcel]),
        done: Box::new(move |status| {
            let Some(world) = weak.upgrade() else { return };
            if status.is_some_and(|status| (200..300).contains(&status)) {
                return;
            }
            if let Some(wait_s) = world.settings().hook_retry_s.get(tries) {
                let due_ms = world.core.clock.now_ms() + wait_s * 1000;
                post(&world, url, body, tries + 1, due_ms);
            }
        }),
    });
}

/// Lets the sender's clock settle a shop at a time, so that webhooks leave without anybody calling.
pub fn wake(world: &World, shop: u64, at_ms: i64) {
    let weak = world.weak();
    world.core.hooks.post(Job {
        key: Some(format!("wake {shop} {}", at_ms.div_euclid(1000))),
        due_ms: at_ms,
        build: Box::new(move || {
            if let Some(world) = weak.upgrade()
                && let Some(cell) = world.shops.get(&shop)
            {
                let mut held = lock(cell);
                held.settle(&world, world.core.clock.now_ms());
                let next = held.due.iter().find(|(_, due)| !matches!(due, Due::Late(_))).map(|(at, _)| *at);
                drop(held);
                if let Some(next) = next {
                    wake(&world, shop, next);
                }
            }
            Vec::new()
        }),
        done: Box::new(|_| {}),
    });
}

/// Whether a webhook of this shop would go anywhere.
pub fn is_heard(world: &World, shop: &Shop) -> bool {
    shop.hooks.is_live() || lock(&world.app_hooks).is_live()
}

/// `GET /event/202309/webhooks`.
pub fn list(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let rows: Vec<Value> = shop
        .hooks
        .at
        .iter()
        .map(|(topic, known)| {
            json!({
                "event_type": topic.name(), "address": known.address, "create_time": known.created_s,
                "update_time": known.updated_s,
            })
        })
        .collect();
    call.rows(rows.len(), json!({"total_count": rows.len(), "webhooks": rows}))
}

/// `PUT /event/202309/webhooks`: creates or replaces.
pub fn subscribe(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let topic = topic(call)?;
    let address = call.text("address").ok_or_else(|| Refusal::required("Address"))?;
    if !is_address(address) {
        return Err(Refusal::parameter(
            "Invalid address: HTTPS with a domain name, no port, at most 255 characters.",
        ));
    }
    shop.hooks.take(topic, address, call.now_s());
    Ok(Success::Data(json!({})))
}

/// `DELETE /event/202309/webhooks`: succeeds even if there is none.
pub fn unsubscribe(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let topic = topic(call)?;
    shop.hooks.at.remove(&topic);
    Ok(Success::Data(json!({})))
}

fn topic(call: &Call) -> Result<Topic, Refusal> {
    let name = call.text("event_type").ok_or_else(|| Refusal::required("EventType"))?;
    Topic::of_name(name).ok_or_else(|| Refusal::parameter(format!("Invalid event_type {name}.")))
}

/// HTTPS, a domain name, no port, no bare IP; loopback may be anything (spec 11.1).
fn is_address(address: &str) -> bool {
    let Ok(url) = url::Url::parse(address) else { return false };
    let is_loopback = match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    let is_public = url.scheme() == "https"
        && url.port().is_none()
        && matches!(url.host(), Some(url::Host::Domain(name)) if name.contains('.'));
    address.len() <= 255 && (is_loopback || is_public)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_public_domains_or_loopback() {
        assert!(is_address("https://hook.ganh.vn/tiktok"));
        assert!(is_address("http://127.0.0.1:4444/hook"));
        assert!(!is_address("http://hook.ganh.vn/tiktok"));
        assert!(!is_address("https://hook.ganh.vn:8443/tiktok"));
        assert!(!is_address("https://203.0.113.7/tiktok"));
    }

    #[test]
    fn every_name_names_its_topic() {
        for topic in Topic::ALL {
            assert_eq!(Topic::of_name(topic.name()), Some(topic));
        }
    }
}
