//! Simulated buyers: they choose among what each marketplace shows, all shops at once, seeded.

use super::market::Market;
use serde_json::json;

/// What the buyers did.
#[derive(Debug, Clone, Copy, Default)]
pub struct Bought {
    pub orders: u64,
    pub units: u64,
    /// Wanted, but gone.
    pub refused: u64,
}

/// One round in every shop: `each` buyers, then some of the older orders move on (paid, shipped, cancelled).
pub async fn round(market: &Market, seed: u64, number: u64, each: u64) -> Bought {
    let mut bought = Bought::default();
    for (index, stall) in market.stalls.iter().enumerate() {
        let dice = seed
            ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15)
            ^ (index as u64).wrapping_mul(0xC2B2_AE3D_27D4_EB4F);
        let wish = json!({ "n": each, "seed": dice, "max_units": 3 });
        let answer = market.ask(stall, "POST", "/_sandbox/buy", Some(wish)).await;
        let orders: Vec<String> = answer["orders"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned))
            .collect();
        bought.orders += orders.len() as u64;
        bought.units += answer["units"].as_u64().unwrap_or(0);
        bought.refused += answer["refused"].as_u64().unwrap_or(0);
        for (place, order) in orders.iter().enumerate() {
            let event = match (dice >> (place % 32)) % 8 {
                0 => "cancel",
                1 | 2 => "ship",
                _ => continue,
            };
            market.ask(stall, "POST", &format!("/_sandbox/orders/{order}/{event}"), None).await;
        }
    }
    bought
}
