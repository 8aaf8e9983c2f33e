//! A buyer at the checkout: stock is checked and lowered in one step (spec §4.5, §12 no. 12).

use serde_json::{Value, json};

use super::order::Order;
use super::order_write::line_of;
use super::shelf::can_buy;
use super::world::World;
use crate::core::clock::read_rfc3339;
use crate::core::market::{OrderWish, Trouble};

/// Places an order through the checkout; paid or cash-on-delivery orders lower stock at once,
/// unpaid ones hold it for as long as the shop's setting says.
///
/// # Errors
/// Nothing wanted, unknown, not on sale or not enough.
pub fn place(world: &mut World, wish: &OrderWish) -> Result<String, Trouble> {
    if wish.lines.is_empty() {
        return Err(Trouble::Senseless("lines: at least one wanted".into()));
    }
    let mut wanted: Vec<(u64, i64)> = Vec::with_capacity(wish.lines.len());
    for line in &wish.lines {
        if line.units < 1 {
            return Err(Trouble::Senseless("units: at least 1 wanted".into()));
        }
        let item = match (&line.offer, &line.sku) {
            (Some(offer), _) => offer.rsplit('/').next().and_then(|id| id.parse().ok()),
            (None, Some(sku)) => world
                .holders(sku)
                .iter()
                .copied()
                .find(|id| world.items.get(id).is_some_and(|item| !item.is_binned())),
            (None, None) => return Err(Trouble::Senseless("each line names a sku or an offer".into())),
        };
        let name = || line.offer.clone().or_else(|| line.sku.clone()).unwrap_or_default();
        let item = item
            .filter(|id| world.items.contains_key(id))
            .ok_or_else(|| Trouble::Unknown(format!("no offer {}", name())))?;
        let so_far: i64 = wanted.iter().filter(|(id, _)| *id == item).map(|(_, units)| units).sum();
        let is_there =
            world.items.get(&item).is_some_and(|product| can_buy(world, product, so_far + line.units));
        if !is_there {
            return Err(Trouble::Refused(format!("{} of {} cannot be bought", line.units, name())));
        }
        wanted.push((item, line.units));
    }
    let created_s = match &wish.placed_at {
        None => world.now_s(),
        Some(text) => read_rfc3339(text)
            .map(|ms| ms.div_euclid(1000))
            .ok_or_else(|| Trouble::Senseless(format!("placed_at: {text:?} is no time")))?,
    };
    let id = world.take_id();
    let lines = wanted.iter().map(|(item, units)| line_of(world, *item, *units)).collect();
    let buyer = buyer(id);
    let mut order = Order {
        id,
        status: "pending".to_owned(),
        currency: world.settings.value("woocommerce_currency").to_owned(),
        created_s,
        created_via: if world.profile.has_hpos() { "store-api" } else { "checkout" }.to_owned(),
        key: format!("wc_order_{:013x}", id.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 12),
        billing: buyer.clone(),
        shipping: buyer,
        payment_method: if wish.cod { "cod" } else { "bacs" }.to_owned(),
        payment_title: if wish.cod {
            "Trả tiền mặt khi nhận hàng"
        } else {
            "Chuyển khoản ngân hàng"
        }
        .to_owned(),
        lines,
        ..Order::default()
    };
    if wish.cod || wish.paid {
        world.set_order_status(&mut order, "processing");
    } else {
        "checkout".clone_into(&mut order.created_via);
        world.hold(&mut order);
    }
    if let Some(currency) = wish.more.get("currency").and_then(Value::as_str) {
        currency.clone_into(&mut order.currency);
    }
    // An order moved into the past was changed in the past too.
    order.modified_s = if wish.placed_at.is_some() { created_s } else { world.now_s() };
    order.changed_ms = order.modified_s * 1000;
    world.sold_units += wanted.iter().map(|(_, units)| units).sum::<i64>();
    world.orders.insert(id, order);
    world.happened("order", "created", id);
    if wish.quiet {
        world.events.clear();
    }
    Ok(id.to_string())
}

fn buyer(id: u64) -> serde_json::Map<String, Value> {
    const NAMES: [(&str, &str); 5] =
        [("Nguyễn", "Lan"), ("Trần", "Minh"), ("Lê", "Hoa"), ("Phạm", "Đức"), ("Huỳnh", "Thảo")];
    let (last, first) =
        usize::try_from(id % 5).ok().and_then(|at| NAMES.get(at)).copied().unwrap_or(("Nguyễn", "Lan"));
    let address = json!({
        "first_name": first, "last_name": last, "address_1": format!("{} đường Lê Lợi", id % 200 + 1), "address_2": "Phường Thuận Hóa",
        "city": "Huế", "state": "", "country": "VN", "phone": format!("09{:08}", id % 100_000_000), "email": format!("khach{id}@example.vn"),
    });
    address.as_object().cloned().unwrap_or_default()
}
