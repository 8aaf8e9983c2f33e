//! The control API: the same calls for all channels, over HTTP and in process.
//! One page of documentation: `docs/sandbox.md`.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Core;
use super::clock::rfc3339;
use super::dice::Dice;
use super::faults::Wanted;
use super::hooks::Mode;
use super::market::{Market, OrderWish, Trouble, WishLine};
use super::quota::Rule;

/// What a control call is answered from.
pub struct Control {
    /// The shared half.
    pub core: Arc<Core>,
    /// The marketplace.
    pub market: Arc<dyn Market>,
    /// Its address, without a slash at the end.
    pub base_url: String,
}

type Done = Result<(u16, Value), Trouble>;

impl Control {
    /// Answers one control call. `target` is the path with its query; `/_sandbox` in front may be left out.
    pub async fn call(&self, method: &str, target: &str, body: Value) -> (u16, Value) {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let path = path.trim_matches('/');
        let rest = path.strip_prefix("_sandbox").unwrap_or(path).trim_matches('/').to_owned();
        let args: Vec<(String, String)> =
            url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        if (method, rest.as_str()) == ("POST", "hooks/flush") {
            return (200, json!({ "delivered": self.core.hooks.flush().await }));
        }
        self.answer(method, &rest, &args, body).unwrap_or_else(|trouble| trouble.answer())
    }

    fn answer(&self, method: &str, rest: &str, args: &[(String, String)], body: Value) -> Done {
        let arg = |name: &str| args.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let number =
            |name: &str, default: u64| arg(name).and_then(|text| text.parse().ok()).unwrap_or(default);
        let shops = self.market.shops();
        let shop = match arg("shop") {
            Some(wanted) if shops.iter().any(|known| known == wanted) => wanted,
            Some(wanted) => {
                return Err(Trouble::Unknown(format!("no shop {wanted:?}; there are {shops:?}")));
            }
            None => shops.first().map_or("", String::as_str),
        };
        let parts: Vec<&str> = rest.split('/').collect();
        let core = &self.core;
        let found = match (method, parts.as_slice()) {
            ("GET", [""]) => json!({
                "what": "a simulated marketplace of ganh", "channel": self.market.channel(), "profile": self.market.profile(),
                "seed": core.seed, "shops": shops, "time": rfc3339(core.clock.now_ms()), "base_url": self.base_url,
            }),
            ("GET", ["credentials"]) => self.market.credentials(&self.base_url),
            ("GET", ["books"]) => to_value(&self.market.books(shop)),
            ("POST", ["orders"]) => {
                let wish = read::<OrderWish>(body)?;
                let id = self.market.place_order(shop, &wish)?;
                return Ok((201, self.market.placed(&id, &wish)));
            }
            ("POST", ["orders", id, event]) => self.market.order_event(shop, id, event, &body)?,
            ("POST", ["buy"]) => self.buy(shop, &body)?,
            ("POST", ["listings"]) => {
                let id = self.market.seed_listing(shop, &body)?;
                return Ok((201, json!({ "id": id })));
            }
            ("POST", ["listings", id, event]) => self.market.listing_event(shop, id, event, &body)?,
            ("POST", ["faults"]) => {
                let id = core
                    .faults
                    .arm(read::<Wanted>(body)?, self.market.own_faults())
                    .map_err(Trouble::Senseless)?;
                return Ok((201, json!({ "id": id })));
            }
            ("GET", ["faults"]) => core.faults.list(),
            ("DELETE", ["faults"]) => {
                core.faults.clear();
                json!({})
            }
            ("GET", ["quota"]) => to_value(&core.quota.rule()),
            ("POST", ["quota"]) => {
                core.quota.set(read::<Rule>(body)?);
                json!({})
            }
            ("POST", ["latency"]) => {
                let part = |name: &str| body.get(name).and_then(Value::as_u64).unwrap_or(0);
                core.latency.set(part("ms"), part("jitter_ms"));
                json!({})
            }
            ("GET", ["time"]) => json!({ "now": rfc3339(core.clock.now_ms()) }),
            ("POST", ["time"]) => {
                let by = body.get("advance_s").and_then(Value::as_i64);
                core.clock.advance_s(
                    by.ok_or_else(|| Trouble::Senseless("advance_s: whole seconds wanted".into()))?,
                );
                json!({ "now": rfc3339(core.clock.now_ms()) })
            }
            ("GET", ["journal"]) => {
                let limit = usize::try_from(number("limit", 1000)).unwrap_or(usize::MAX);
                to_value(&core.journal.read(number("after", 0), limit))
            }
            ("DELETE", ["journal"]) => {
                core.journal.clear();
                json!({})
            }
            ("GET", ["journal", "summary"]) => to_value(&core.journal.summary()),
            ("GET", ["hooks"]) => core.hooks.state(),
            ("POST", ["hooks"]) => self.hooks(&body)?,
            _ => {
                return self
                    .market
                    .own_control(method, rest, shop, &body)
                    .ok_or_else(|| Trouble::Unknown(format!("no control call {method} /_sandbox/{rest}")));
            }
        };
        Ok((200, found))
    }

    fn hooks(&self, body: &Value) -> Result<Value, Trouble> {
        if let Some(mode) = body.get("mode") {
            self.core.hooks.set_mode(read::<Mode>(mode.clone())?);
        }
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        self.market.hooks_at(text("url"), text("secret"));
        Ok(self.core.hooks.state())
    }

    /// Random buyers choose among what is on sale with stock.
    fn buy(&self, shop: &str, body: &Value) -> Result<Value, Trouble> {
        let whole = |name: &str| body.get(name).and_then(Value::as_u64);
        let own_dice = whole("seed").map(Dice::new);
        let dice = own_dice.as_ref().unwrap_or(&self.core.dice);
        let most = whole("max_units").unwrap_or(3).max(1);
        let mut shelf = self.market.buyable(shop);
        let (mut orders, mut units, mut refused) = (Vec::new(), 0_i64, 0_u64);
        for _ in 0..whole("n").unwrap_or(1) {
            shelf.retain(|offer| offer.stock > 0);
            if shelf.is_empty() {
                refused += 1;
                continue;
            }
            let at = dice.index(shelf.len());
            let wanted = i64::try_from(1 + dice.below(most)).unwrap_or(1).min(shelf[at].stock);
            let is_cod = dice.chance(0.5);
            let wish = OrderWish {
                lines: vec![WishLine { sku: None, offer: Some(shelf[at].offer.clone()), units: wanted }],
                paid: !is_cod,
                cod: is_cod,
                ..OrderWish::default()
            };
            match self.market.place_order(shop, &wish) {
                Ok(id) => {
                    shelf[at].stock -= wanted;
                    units += wanted;
                    orders.push(id);
                }
                Err(_) => {
                    // Somebody wrote less between our look and the order: as in a real shop, the buyer leaves.
                    shelf[at].stock = 0;
                    refused += 1;
                }
            }
        }
        Ok(json!({ "orders": orders, "units": units, "refused": refused }))
    }
}

fn read<T: DeserializeOwned>(body: Value) -> Result<T, Trouble> {
    serde_json::from_value(body).map_err(|error| Trouble::Senseless(error.to_string()))
}

fn to_value<T: serde::Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}
