//! Returns in (spec §10.3): a list of their own, read only. Goods go back on the shelf only by a person's word; counted is what the buyer gave
//! back for good.

use crate::Shop;
use crate::call::{Ask, Class};
use crate::order::{Walk, changed};
use crate::wire::{ReturnHead, ReturnPage};
use ganh_contract::{Cursor, Head, OrderHead, Page, RemoteOrderId, Result, Seen, Window};
use ganh_http::Safety;
use jiff::Timestamp;
use serde_json::{Value, json};

/// What a list of returns told of an order.
pub(crate) struct Returned {
    pub raw: Value,
    head: ReturnHead,
    pub is_counted: bool,
}

impl Returned {
    /// Whether the return is about this line, which is one unit.
    pub(crate) fn names(&self, line: &str) -> bool {
        self.head.return_line_items.0.iter().any(|item| item.order_line_item_id.as_str() == line)
    }
}

/// Each return of this order once, from the parts that came with the heads.
pub(crate) fn returned(heads: &[OrderHead], order: &RemoteOrderId) -> Vec<Returned> {
    let mut all: Vec<Returned> = Vec::new();
    for head in heads.iter().filter(|head| head.id == *order) {
        let Seen::Part(text) = &head.seen else { continue };
        let Ok(raw) = serde_json::from_str::<Value>(text) else { continue };
        let Ok(told) = serde_json::from_value::<ReturnHead>(raw.clone()) else { continue };
        if all.iter().any(|known| known.head.return_id == told.return_id) {
            continue;
        }
        let is_counted = is_counted(&told);
        all.push(Returned { raw, head: told, is_counted });
    }
    all
}

/// Agreed to its end, with the goods; a refund alone leaves them with the buyer.
fn is_counted(told: &ReturnHead) -> bool {
    let is_over = matches!(
        told.return_status.as_str(),
        "RETURN_OR_REFUND_REQUEST_SUCCESS" | "RETURN_OR_REFUND_REQUEST_COMPLETE"
    );
    is_over && told.return_type.as_str() == "RETURN_AND_REFUND" && !told.can_buyer_keep_item.0
}

/// Ascending by default here, asked for all the same (§8.1); the list is missing where a page is empty (§10.3).
pub(crate) async fn returns(shop: &Shop, window: Window, from: Option<&Cursor>) -> Result<Page<OrderHead>> {
    const CALL: &str = "search_returns";
    let walk = Walk::read(CALL, window, from)?;
    let (query, bounds) = walk.ask(shop.line.app.facts.batch.after_sales_page, window);
    let path = "/return_refund/202602/returns/search";
    let ask = Ask::post(CALL, Class::Orders, Safety::Read, path, bounds).query(query);
    let reply = shop.line.send(ask).await?;
    let page: ReturnPage = reply.read_or_empty()?;
    let changes: Vec<Option<i64>> = page.return_orders.0.iter().map(changed).collect();
    let rows = page.return_orders.0.iter().filter_map(|row| {
        let told: ReturnHead = serde_json::from_value(row.clone()).ok()?;
        let id = RemoteOrderId::new(told.order_id.filled()?);
        let changed_at = told.update_time.0.and_then(|at| Timestamp::from_second(at).ok());
        Some(Head { id, changed_at, seen: Seen::Part(part(&told).to_string()) })
    });
    let rows = rows.collect();
    let next = walk.next(&changes, page.next_page_token.filled());
    Ok(Page { rows, next, as_of: reply.sent_at })
}

/// Without the buyer's words and pictures: a head is memory, not an archive.
fn part(told: &ReturnHead) -> Value {
    let lines: Vec<Value> = told
        .return_line_items
        .0
        .iter()
        .map(|line| json!({ "order_line_item_id": line.order_line_item_id.as_str(), "sku_id": line.sku_id.as_str() }))
        .collect();
    json!({
        "return_id": told.return_id.as_str(), "order_id": told.order_id.as_str(), "return_type": told.return_type.as_str(),
        "return_status": told.return_status.as_str(), "can_buyer_keep_item": told.can_buyer_keep_item.0, "return_line_items": lines,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(kind: &str, status: &str) -> bool {
        is_counted(
            &serde_json::from_value(json!({ "return_type": kind, "return_status": status }))
                .expect("a return"),
        )
    }

    #[test]
    fn only_goods_that_came_back_for_good_are_counted() {
        assert!(counts("RETURN_AND_REFUND", "RETURN_OR_REFUND_REQUEST_COMPLETE"));
        assert!(!counts("RETURN_AND_REFUND", "AWAITING_BUYER_SHIP"));
        assert!(!counts("REFUND", "RETURN_OR_REFUND_REQUEST_COMPLETE"));
    }
}
