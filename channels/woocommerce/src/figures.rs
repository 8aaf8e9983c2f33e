//! Prices and stock of a listing that was taken up and shows others than the draft's: set once, before it is shown.

use crate::Shop;
use crate::create::{CALL, is_offer};
use crate::draft;
use crate::fault;
use crate::offer::{price_fields, read_price, read_stock, stock_fields};
use crate::wire::{Batched, Entry, Item, Managed};
use ganh_contract::{Draft, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Figures that were set already: a shop that changes them again shows it in its listing, not in an endless walk.
#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize)]
#[serde(default)]
pub struct Set {
    prices: bool,
    stock: bool,
}

/// Figures of a listing taken up that are not the draft's.
pub struct Wrong {
    is_variable: bool,
    prices: Vec<Value>,
    stock: Vec<Value>,
}

impl Wrong {
    /// Price before stock, never both in one request (spec 4.5).
    pub fn next_write(self, set: &mut Set, id: u64) -> Option<(String, Value)> {
        let entries = if !self.prices.is_empty() && !set.prices {
            set.prices = true;
            self.prices
        } else if !self.stock.is_empty() && !set.stock {
            set.stock = true;
            self.stock
        } else {
            return None;
        };
        let path = if self.is_variable {
            format!("products/{id}/variations/batch")
        } else {
            "products/batch".to_owned()
        };
        Some((path, json!({ "update": entries })))
    }
}

/// Compares what is there with the draft. `None`: all agree.
pub fn wrong_figures(shop: &Shop, draft: &Draft, product: &Item, children: &[Item]) -> Option<Wrong> {
    let mut wrong = Wrong { is_variable: draft::is_variable(draft), prices: Vec::new(), stock: Vec::new() };
    for offer in &draft.offers {
        let item = match wrong.is_variable {
            false => product,
            true => match children.iter().find(|child| is_offer(child, product, offer)) {
                Some(child) => child,
                None => continue,
            },
        };
        let price = read_price(item).ok().flatten();
        let same = price.as_ref().is_some_and(|held| {
            held.list == offer.price.list
                && held.sale.as_ref().map(|sale| sale.price)
                    == offer.price.sale.as_ref().map(|sale| sale.price)
        });
        if !same && let Ok(fields) = price_fields(&offer.price) {
            wrong.prices.push(with_id(item.id, fields));
        }
        let held = read_stock(item, shop.memo.counts_stock, Some(product)).map(|units| units.total());
        let wanted = offer.stock.total();
        let wanted = if shop.memo.counts_stock { wanted } else { wanted.min(1) };
        if held != Some(wanted) || item.manage_stock == Managed::Parent {
            wrong.stock.push(with_id(item.id, stock_fields(&offer.stock, shop.memo.counts_stock)));
        }
    }
    (!wrong.prices.is_empty() || !wrong.stock.is_empty()).then_some(wrong)
}

fn with_id(id: u64, mut fields: Map<String, Value>) -> Value {
    fields.insert("id".to_owned(), json!(id));
    Value::Object(fields)
}

/// Sends one batch of figures; the first row that fails fails the step.
pub async fn write_figures(shop: &Shop, path: &str, body: &Value) -> Result<()> {
    let answered = shop.site.set::<Batched>(CALL, path, body).await?.value;
    let errors =
        answered.update.iter().filter_map(|entry| serde_json::from_str::<Entry>(entry.get()).ok()?.error);
    match errors.into_iter().next() {
        Some(error) => Err(fault::of_entry(CALL, &error)),
        None => Ok(()),
    }
}
