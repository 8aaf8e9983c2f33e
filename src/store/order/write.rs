//! Writing orders and their lines.

use super::known::KnownLine;
use crate::ids::{OrderId, ShopId};
use crate::orders::{order_stage, stage_name};
use crate::store::error::Result;
use crate::store::keys::{Keys, Place};
use crate::store::tx::{Tx, args, json};
use ganh_contract::{Order, OrderLine, Reading};
use jiff::Timestamp;
use serde::Serialize;

#[derive(Serialize)]
struct LineRow<'a> {
    order: i64,
    remote: &'a str,
    offer: Option<i64>,
    variant: Option<i64>,
    sku: Option<&'a str>,
    remote_listing: Option<&'a str>,
    remote_offer: Option<&'a str>,
    stage: String,
    units: u32,
    cancelled: u32,
    returned: u32,
    takes: Option<String>,
    reserved: u32,
    released: u32,
    shipped: u32,
    unit_price: i64,
    stocked_by_channel: i64,
}

/// An order that is about to be written.
pub struct OrderHeader<'a> {
    pub shop: ShopId,
    pub reading: &'a Reading<Order>,
    pub raw_sha256: &'a str,
    pub in_ledger: bool,
    pub unmapped_lines: usize,
}

impl Tx {
    /// Stores the order's newest reading. An unreadable one keeps the former stage, total and dates.
    pub(in crate::store) async fn put_order(
        &mut self,
        keys: &Keys,
        header: &OrderHeader<'_>,
        now: Timestamp,
    ) -> Result<OrderId> {
        let OrderHeader { shop, reading, .. } = header;
        let row_key = format!("{shop}/{}", reading.id);
        let sealed = keys.seal(&Place("shop_order", "raw_sealed", &row_key), reading.raw.as_bytes())?;
        let (order, fault) = match &reading.value {
            Ok(order) => (Some(order), None),
            Err(fault) => (None, Some(fault.to_string())),
        };
        let stage = order
            .map_or_else(|| "unknown:".into(), |order| stage_name(&order_stage(&order.lines)).into_owned());
        let id = self
            .insert(
                "INSERT INTO shop_order (shop_id, remote_id, raw_sealed, raw_sha256, readable, unreadable_because, stage,
                     total_vnd, placed_at, changed_at, first_seen_at, read_at, in_ledger, unmapped_lines, act_by_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
                 ON CONFLICT (shop_id, remote_id) DO UPDATE SET raw_sealed = excluded.raw_sealed,
                     raw_sha256 = excluded.raw_sha256, readable = excluded.readable,
                     unreadable_because = excluded.unreadable_because, read_at = excluded.read_at,
                     stage = CASE WHEN excluded.readable = 1 THEN excluded.stage ELSE shop_order.stage END,
                     total_vnd = CASE WHEN excluded.readable = 1 THEN excluded.total_vnd ELSE shop_order.total_vnd END,
                     placed_at = CASE WHEN excluded.readable = 1 THEN excluded.placed_at ELSE shop_order.placed_at END,
                     changed_at = CASE WHEN excluded.readable = 1 THEN excluded.changed_at ELSE shop_order.changed_at END,
                     in_ledger = CASE WHEN excluded.readable = 1 THEN excluded.in_ledger ELSE shop_order.in_ledger END,
                     unmapped_lines = CASE WHEN excluded.readable = 1 THEN excluded.unmapped_lines ELSE shop_order.unmapped_lines END,
                     act_by_at = CASE WHEN excluded.readable = 1 THEN excluded.act_by_at ELSE shop_order.act_by_at END
                 RETURNING id",
                args![
                    *shop,
                    &*reading.id,
                    sealed,
                    header.raw_sha256,
                    order.is_some(),
                    fault,
                    stage,
                    order.map_or(0, |order| order.total.get()),
                    order.map_or(reading.as_of, |order| order.placed_at),
                    order.map_or(reading.as_of, |order| order.changed_at),
                    now,
                    reading.as_of,
                    header.in_ledger,
                    header.unmapped_lines,
                    order.and_then(|order| order.act_by),
                ],
            )
            .await?;
        Ok(OrderId::new(id))
    }

    /// Stores lines with what the ledger has taken for them.
    pub(in crate::store) async fn put_lines(
        &mut self,
        lines: &[(OrderId, &OrderLine, KnownLine)],
    ) -> Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        let rows: Vec<LineRow<'_>> =
            lines.iter().map(|(order, line, known)| line_row(*order, line, known)).collect();
        self.execute(
            "INSERT INTO order_line (order_id, remote_id, offer_id, variant_id, sku, remote_listing_id, remote_offer_id, stage,
                 units, cancelled, returned, takes, reserved, released, shipped, unit_price_vnd, stocked_by_channel)
             SELECT CAST(value->>'order' AS BIGINT), value->>'remote', CAST(value->>'offer' AS BIGINT),
                 CAST(value->>'variant' AS BIGINT), value->>'sku', value->>'remote_listing', value->>'remote_offer',
                 value->>'stage', CAST(value->>'units' AS BIGINT), CAST(value->>'cancelled' AS BIGINT),
                 CAST(value->>'returned' AS BIGINT), value->>'takes', CAST(value->>'reserved' AS BIGINT),
                 CAST(value->>'released' AS BIGINT), CAST(value->>'shipped' AS BIGINT),
                 CAST(value->>'unit_price' AS BIGINT), CAST(value->>'stocked_by_channel' AS BIGINT)
             FROM json_each($1) WHERE true
             ON CONFLICT (order_id, remote_id) DO UPDATE SET offer_id = excluded.offer_id, variant_id = excluded.variant_id,
                 sku = excluded.sku, remote_listing_id = excluded.remote_listing_id, remote_offer_id = excluded.remote_offer_id,
                 stage = excluded.stage, units = excluded.units, cancelled = excluded.cancelled, returned = excluded.returned,
                 takes = excluded.takes, reserved = excluded.reserved, released = excluded.released,
                 shipped = excluded.shipped, unit_price_vnd = excluded.unit_price_vnd,
                 stocked_by_channel = excluded.stocked_by_channel",
            args![json(&rows)],
        )
        .await?;
        Ok(())
    }
}

fn line_row<'a>(order: OrderId, line: &'a OrderLine, known: &KnownLine) -> LineRow<'a> {
    LineRow {
        order: order.get(),
        remote: line.id.as_str(),
        offer: known.offer.map(crate::ids::OfferId::get),
        variant: known.variant.map(crate::ids::VariantId::get),
        sku: line.sku.as_ref().map(ganh_contract::Sku::as_str),
        remote_listing: line.offer.as_ref().map(|offer| offer.listing.as_str()),
        remote_offer: line.offer.as_ref().map(|offer| offer.offer.as_str()),
        stage: stage_name(&line.stage).into_owned(),
        units: line.units,
        cancelled: line.cancelled,
        returned: line.returned,
        takes: known.takes.as_ref().map(|takes| serde_json::json!(takes).to_string()),
        reserved: known.taken.reserved,
        released: known.taken.released,
        shipped: known.taken.shipped,
        unit_price: line.unit_price.get(),
        stocked_by_channel: i64::from(line.stocked_by_channel),
    }
}
