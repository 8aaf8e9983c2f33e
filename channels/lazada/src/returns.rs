//! Returns and refunds: a list of their own (spec §5.12).

use crate::Shop;
use crate::wire::{ReverseOrder, ReversePage};
use ganh_contract::{
    Cursor, Fault, FaultKind, Head, Next, OrderHead, Page, RemoteOrderId, Result, Seen, Window,
};
use serde_json::{Value, json};

/// What a list of returns told of one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Returned {
    pub line: String,
    /// The goods are back.
    pub is_back: bool,
    /// Asked for, and neither rejected, withdrawn nor done.
    pub is_open: bool,
}

impl Returned {
    /// Reads what [`returns`] put into a head.
    pub(crate) fn told(part: &Value) -> Vec<Self> {
        let Some(reverse) = part.get("return").cloned() else { return Vec::new() };
        let Ok(told) = serde_json::from_value::<ReverseOrder>(reverse) else { return Vec::new() };
        // A refund alone moves no goods; a cancellation shows in the unit's status.
        if !told.request_type.as_str().eq_ignore_ascii_case("RETURN") {
            return Vec::new();
        }
        let one = |line: &crate::wire::ReverseLine| {
            let status = line.reverse_status.as_str().to_uppercase();
            let is_back = matches!(status.as_str(), "RTM_RECEIVE_ITEM" | "RETURN_RECEIVED");
            let is_over =
                ["REJECT", "CANCEL", "SUCCESS", "COMPLETE"].iter().any(|word| status.contains(word));
            Self {
                line: line.trade_order_line_id.as_str().to_owned(),
                is_back,
                is_open: !is_back && !is_over,
            }
        };
        told.reverse_order_lines.0.iter().map(one).collect()
    }
}

/// Pages are numbered from 1. The order's own units tell what came of it: an accepted return ends as `returned` there.
pub(crate) async fn returns(shop: &Shop, window: Window, from: Option<&Cursor>) -> Result<Page<OrderHead>> {
    const CALL: &str = "reverse_orders";
    let stale = || Fault::new(CALL, FaultKind::Conflict { holder: None });
    let number: i64 = from.map_or(Ok(1), |cursor| cursor.as_str().parse().map_err(|_| stale()))?;
    let size = i64::try_from(shop.line.app.facts.batch.returns_page).unwrap_or(10);
    let end = window.until.as_millisecond() + i64::from(window.until.subsec_nanosecond() % 1_000_000 > 0);
    let params = vec![
        ("page_no", number.to_string()),
        ("page_size", size.to_string()),
        ("ReverseOrderLineModifiedTimeRangeStart", window.from.as_millisecond().to_string()),
        ("ReverseOrderLineModifiedTimeRangeEnd", end.to_string()),
    ];
    let reply = shop.line.get(CALL, "/reverse/getreverseordersforseller", params).await?;
    let page: ReversePage = reply.part(&reply.body["result"])?;
    let rows: Vec<OrderHead> = page.items.0.iter().filter_map(head).collect();
    let read = i64::try_from(page.items.0.len()).unwrap_or(i64::MAX);
    let seen = (number - 1).saturating_mul(size).saturating_add(read);
    if read == 0 && number > 1 && seen < page.total.or_zero() {
        return Err(stale().said("a promised page is empty"));
    }
    let has_more =
        read > 0 && if page.total.or_zero() > 0 { seen < page.total.or_zero() } else { read >= size };
    let next = if has_more { Next::More(Cursor::new((number + 1).to_string())) } else { Next::End };
    Ok(Page { rows, next, as_of: reply.sent_at })
}

/// Ids and states only: a head is memory, not an archive.
fn head(told: &ReverseOrder) -> Option<OrderHead> {
    let id = RemoteOrderId::new(told.trade_order_id.filled()?);
    let changed_at =
        told.reverse_order_lines.0.iter().filter_map(|line| line.return_order_line_gmt_modified.0).max();
    let lines: Vec<Value> = told
        .reverse_order_lines
        .0
        .iter()
        .map(|line| {
            json!({ "trade_order_line_id": line.trade_order_line_id.as_str(), "reverse_status": line.reverse_status.as_str() })
        })
        .collect();
    let part = json!({ "return": {
        "reverse_order_id": told.reverse_order_id.as_str(), "trade_order_id": id.as_str(),
        "request_type": told.request_type.as_str(), "reverse_order_lines": lines,
    } });
    Some(Head { id, changed_at, seen: Seen::Part(part.to_string()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(request: &str, status: &str) -> Vec<Returned> {
        Returned::told(&json!({ "return": { "request_type": request,
            "reverse_order_lines": [{ "trade_order_line_id": 7, "reverse_status": status }] } }))
    }

    fn one(is_back: bool, is_open: bool) -> Vec<Returned> {
        vec![Returned { line: "7".into(), is_back, is_open }]
    }

    #[test]
    fn a_return_counts_when_the_goods_are_back_and_is_open_until_it_is_decided() {
        assert_eq!(told("RETURN", "REQUEST_INITIATE"), one(false, true));
        assert_eq!(told("RETURN", "RTM_RECEIVE_ITEM"), one(true, false));
        assert_eq!(told("RETURN", "REQUEST_REJECT"), one(false, false));
        assert_eq!(told("RETURN", "REQUEST_CANCEL"), one(false, false));
        assert_eq!(told("RETURN", "SOMETHING_NEW"), one(false, true));
        assert_eq!(told("ONLY_REFUND", "REFUND_SUCCESS"), []);
    }

    #[test]
    fn a_head_of_the_sample_names_its_order_and_time() {
        let body: Value =
            serde_json::from_str(include_str!("../tests/wire/reverse_orders.json")).expect("JSON");
        let page: ReversePage = serde_json::from_value(body["result"].clone()).expect("a page");

        let head = head(&page.items.0[0]).expect("a head");

        assert_eq!(head.id.as_str(), "500000000000001");
        assert_eq!(head.changed_at.map(|at| at.as_second()), Some(1_772_442_000));
    }
}
