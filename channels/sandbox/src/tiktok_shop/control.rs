//! Control calls of this channel only: consents, the shop's standing, warehouses, returns and requests.

use serde_json::{Value, json};

use crate::core::{Trouble, lock};

use super::call::{text, texts, whole};
use super::cancel;
use super::returns;
use super::shop::Shop;
use super::webhook::{Topic, emit};
use super::world::World;

/// `POST /_sandbox/shop/{event}`.
pub fn shop_event(world: &World, shop: &str, event: &str, body: &Value) -> Result<Value, Trouble> {
    let unknown = || Trouble::Unknown(format!("no shop {shop:?}"));
    let id: u64 = shop.parse().map_err(|_| unknown())?;
    let cell = world.shops.get(&id).ok_or_else(unknown)?;
    let now_s = world.core.clock.now_s();
    match event {
        "consent" => {
            let mut shops: Vec<u64> = texts(body, "shops").iter().filter_map(|id| id.parse().ok()).collect();
            if shops.is_empty() {
                shops.push(id);
            }
            return Ok(json!({"code": world.consent(&shops), "shop_id": shop}));
        }
        "revoke" => {
            for touched in world.withdraw(id) {
                if let Some(cell) = world.shops.get(&touched) {
                    emit(
                        world,
                        &lock(cell),
                        Topic::Deauthorized,
                        &json!({"message": "Seller has withdrawn the authorization."}),
                    );
                }
            }
        }
        "expire_access" => lock(&world.auth).expire_access(id),
        "end_consent" => lock(&world.auth).end_at(id, now_s + whole(body, "in_s").unwrap_or(0)),
        "warn_expiry" => {
            let at_s = now_s + whole(body, "in_s").unwrap_or(30 * 86_400);
            let data = json!({"message": "The authorization is about to expire.", "expiration_time": at_s.to_string()});
            emit(world, &lock(cell), Topic::AuthorizationEnds, &data);
        }
        "scope" => lock(&world.auth).limit_scopes(id, &texts(body, "missing")),
        "close" => lock(cell).is_inactive = true,
        "open" => lock(cell).is_inactive = false,
        "invite" => lock(cell).is_invited = true,
        _ => return Err(Trouble::Senseless(format!("no shop event {event:?}"))),
    }
    Ok(json!({}))
}

/// `places`, `returns/{id}/{step}`, `cancellations/{id}/withdraw`.
pub fn other(
    world: &World,
    shop: &mut Shop,
    method: &str,
    parts: &[&str],
    body: &Value,
    now_ms: i64,
) -> Result<Value, Trouble> {
    let number = |id: &str| id.parse::<u64>().map_err(|_| Trouble::Unknown(format!("no {id:?}")));
    match (method, parts) {
        ("GET", ["places"]) => {
            let rows = shop.warehouses.iter().map(|one| {
                json!({"id": one.id.to_string(), "name": one.name, "sells": one.is_sales, "enabled": one.is_enabled})
            });
            Ok(Value::Array(rows.collect()))
        }
        ("POST", ["places"]) => {
            let id = shop.add_warehouse(text(body, "name").unwrap_or("Kho mới"), true);
            Ok(json!({"id": id.to_string()}))
        }
        ("POST", ["places", id, "move"]) => {
            let moved = shop.move_warehouse(number(id)?);
            let id = moved.ok_or_else(|| Trouble::Unknown(format!("no warehouse {id}")))?;
            Ok(json!({"id": id.to_string()}))
        }
        ("POST", ["places", id, event @ ("disable" | "enable")]) => {
            let wanted = number(id)?;
            let one = shop.warehouses.iter_mut().find(|one| one.id == wanted);
            one.ok_or_else(|| Trouble::Unknown(format!("no warehouse {id}")))?.is_enabled =
                *event == "enable";
            Ok(json!({}))
        }
        ("POST", ["returns", id, step]) => {
            let id = number(id)?;
            if returns::advance(world, shop, id, step, now_ms) {
                let status = shop.returns.get(&id).map_or("", |one| one.status.word());
                return Ok(json!({ "status": status }));
            }
            Err(Trouble::Refused(format!("return {id}: no step {step:?} from there")))
        }
        ("POST", ["cancellations", id, "withdraw"]) => {
            cancel::withdraw(world, shop, number(id)?, now_ms);
            Ok(json!({}))
        }
        _ => Err(Trouble::Unknown(format!("no control call {method} /_sandbox/{}", parts.join("/")))),
    }
}
