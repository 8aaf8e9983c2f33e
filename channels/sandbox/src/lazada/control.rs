//! The control calls of this channel only: what happens to shops, warehouses, apps and pushes.

use serde_json::{Value, json};

use crate::core::{Trouble, lock};

use super::app::App;
use super::market::Lazada;
use super::public;
use super::push::Told;
use super::world::Warehouse;

impl Lazada {
    /// Something happens to a shop.
    pub fn shop_event(&self, shop: &str, event: &str, body: &Value) -> Result<Value, Trouble> {
        let world = &self.world;
        let id: u64 = shop.parse().map_err(|_| Trouble::Unknown(format!("no shop {shop:?}")))?;
        let (now_ms, rules) = (world.core.clock.now_ms(), world.settings());
        let seconds = body.get("in_s").and_then(Value::as_i64).unwrap_or(0);
        match event {
            "consent" => {
                let app = self.app_of(body)?;
                let code = lock(&world.auth).consent(&app, id, now_ms, &rules, &world.core.dice);
                return Ok(json!({"code": code, "seller_id": id.to_string()}));
            }
            "revoke" => lock(&world.auth).revoke(id),
            "expire_access" => lock(&world.auth).expire_access(id),
            "end_consent" => lock(&world.auth).end_consent_at(id, now_ms + seconds * 1000),
            "warn_expiry" => public::warn_expiry(world, id),
            "close" | "open" => {
                let is_active = event == "open";
                let data = json!({"status": if is_active { "normal" } else { "close" }});
                world.emit(13, Some(id), &Told::Fixed(data), 0);
                return self.with_shop(shop, |_, shop, _| {
                    shop.is_active = is_active;
                    Ok(json!({}))
                });
            }
            "warehouse" => {
                let text = |name: &str| body.get(name).and_then(Value::as_str);
                return self.with_shop(shop, |_, shop, _| {
                    let number = 10_000 + shop.warehouses.len();
                    let code = text("code")
                        .map_or_else(|| format!("{}-WH-{number}", shop.short_code), str::to_owned);
                    let name = text("name").unwrap_or("Kho mới").to_owned();
                    shop.warehouses.push(Warehouse {
                        code: code.clone(),
                        name,
                        address: "1 Lê Lợi".to_owned(),
                    });
                    Ok(json!({ "code": code }))
                });
            }
            _ => return Err(Trouble::Senseless(format!("no shop event {event:?}"))),
        }
        Ok(json!({}))
    }

    fn app_of(&self, body: &Value) -> Result<String, Trouble> {
        let wanted = body.get("app_key").and_then(Value::as_str);
        self.world.apps(|apps| match wanted {
            None => Ok(apps[0].key.clone()),
            Some(key) if apps.iter().any(|app| app.key == key) => Ok(key.to_owned()),
            Some(key) => Err(Trouble::Unknown(format!("no app {key:?}"))),
        })
    }

    /// `POST apps`: a further app; `POST apps/{event}`: something happens to one.
    pub fn app_event(&self, event: &str, body: &Value) -> Result<Value, Trouble> {
        let world = &self.world;
        let now_ms = world.core.clock.now_ms();
        let dice = &world.core.dice;
        if event.is_empty() {
            let (key, secret) = ((100_000 + dice.below(700_000)).to_string(), dice.hex(32));
            let mut app = App::new(key.clone(), &secret);
            app.callback = body.get("callback").and_then(Value::as_str).map(str::to_owned);
            app.is_service = body.get("service").and_then(Value::as_bool).unwrap_or(false);
            world.change_apps(|apps| apps.push(app));
            return Ok(json!({"app_key": key, "app_secret": secret}));
        }
        let key = self.app_of(body)?;
        let secret = dice.hex(32);
        let overlap_ms = body.get("overlap_s").and_then(Value::as_i64).unwrap_or(3_600) * 1000;
        world.change_apps(|apps| {
            let Some(app) = apps.iter_mut().find(|app| app.key == key) else { return Ok(json!({})) };
            match event {
                "rotate" => {
                    app.rotate(&secret, overlap_ms, now_ms);
                    return Ok(json!({"app_secret": secret}));
                }
                "die" => app.is_dead = true,
                "live" => app.is_dead = false,
                "callback" => app.callback = body.get("url").and_then(Value::as_str).map(str::to_owned),
                "hook" => {
                    app.hook_url = body.get("url").and_then(Value::as_str).map(str::to_owned);
                    world.push.wake();
                }
                _ => return Err(Trouble::Senseless(format!("no app event {event:?}"))),
            }
            Ok(json!({}))
        })
    }

    /// `POST places/{code}/move`: the warehouse gets another code; the old one is unknown from then on.
    pub fn move_place(&self, shop: &str, rest: &str, body: &Value) -> Result<Value, Trouble> {
        let Some(old) = rest.strip_suffix("/move") else {
            return Err(Trouble::Senseless(format!("no place event {rest:?}")));
        };
        self.with_shop(shop, |_, shop, _| {
            let place = shop.warehouse(old).ok_or_else(|| Trouble::Unknown(format!("no place {old:?}")))?;
            let number = 20_000 + place;
            let code = body.get("code").and_then(Value::as_str);
            let code = code.map_or_else(|| format!("{}-WH-{number}", shop.short_code), str::to_owned);
            shop.warehouses[place].code.clone_from(&code);
            Ok(json!({ "code": code }))
        })
    }

    /// Pushes that no event of a shop sends.
    pub fn push_event(&self, event: &str, body: &Value) -> Result<Value, Trouble> {
        match event {
            "verify" => self.world.emit_probe(),
            "mute" => {
                let kinds = body.get("types").cloned().unwrap_or_else(|| json!([]));
                let kinds =
                    serde_json::from_value(kinds).map_err(|error| Trouble::Senseless(error.to_string()))?;
                self.world.push.mute(kinds);
            }
            "categories" => {
                let data = json!({"status": "finish", "status_update_time": self.world.core.clock.now_s()});
                self.world.emit(12, None, &Told::Fixed(data), 0);
            }
            _ => return Err(Trouble::Senseless(format!("no push event {event:?}"))),
        }
        Ok(json!({}))
    }
}
