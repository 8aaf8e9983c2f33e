//! Orders for people: newest first, paged by key; the raw payload for who may see it.

use crate::ids::{OrderId, ShopId, VariantId};
use crate::orders::parse_stage;
use crate::store::Store;
use crate::store::error::{Result, StoreError};
use crate::store::keys::Place;
use crate::store::tx::{Row, args, json};
use ganh_contract::{LineStage, RemoteOrderId, Vnd};
use jiff::Timestamp;
use serde::Serialize;

/// Units that an order took and that were not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shortage {
    pub order: OrderId,
    pub remote_order: RemoteOrderId,
    pub variant: VariantId,
    pub units: i64,
}

/// An order as stored, without the buyer.
#[derive(Debug, Clone, Serialize)]
pub struct OrderRow {
    pub id: OrderId,
    pub shop: ShopId,
    pub shop_handle: String,
    pub remote_id: RemoteOrderId,
    pub stage: LineStage,
    pub total: Vnd,
    pub placed_at: Timestamp,
    pub changed_at: Timestamp,
    pub first_seen_at: Timestamp,
    pub in_ledger: bool,
    /// Why it could not be read, where it could not.
    pub unreadable_because: Option<String>,
    pub unmapped_lines: i64,
    pub lines: Vec<OrderLineRow>,
}

/// A line as stored.
#[derive(Debug, Clone, Serialize)]
pub struct OrderLineRow {
    pub sku: Option<String>,
    pub variant: Option<VariantId>,
    pub stage: LineStage,
    pub units: u32,
    pub cancelled: u32,
    pub returned: u32,
    pub unit_price: Vnd,
}

impl Store {
    /// Orders by id, newest first, below `before`; of one shop or of all.
    pub async fn orders_page(
        &self,
        shop: Option<ShopId>,
        before: Option<OrderId>,
        limit: usize,
    ) -> Result<Vec<OrderRow>> {
        let before = before.map_or(i64::MAX, OrderId::get);
        let rows = match shop {
            // Walks index shop_order_shop.
            Some(shop) => {
                self.read()
                    .rows(
                        "SELECT o.id, o.shop_id, s.handle, o.remote_id, o.stage, o.total_vnd, o.placed_at, o.changed_at,
                             o.first_seen_at, o.in_ledger, o.unreadable_because, o.unmapped_lines
                         FROM shop_order AS o JOIN shop AS s ON s.id = o.shop_id
                         WHERE o.shop_id = $1 AND o.id < $2 ORDER BY o.id DESC LIMIT $3",
                        args![shop, before, limit],
                    )
                    .await?
            }
            None => {
                self.read()
                    .rows(
                        "SELECT o.id, o.shop_id, s.handle, o.remote_id, o.stage, o.total_vnd, o.placed_at, o.changed_at,
                             o.first_seen_at, o.in_ledger, o.unreadable_because, o.unmapped_lines
                         FROM shop_order AS o JOIN shop AS s ON s.id = o.shop_id
                         WHERE o.id < $1 ORDER BY o.id DESC LIMIT $2",
                        args![before, limit],
                    )
                    .await?
            }
        };
        let mut orders = rows.iter().map(order_row).collect::<Result<Vec<_>>>()?;
        let ids: Vec<i64> = orders.iter().map(|order| order.id.get()).collect();
        let lines = self
            .read()
            .rows(
                "SELECT l.order_id, l.sku, l.variant_id, l.stage, l.units, l.cancelled, l.returned, l.unit_price_vnd
                 FROM json_each($1) AS named JOIN order_line AS l ON l.order_id = CAST(named.value AS BIGINT)
                 ORDER BY l.order_id, l.id",
                args![json(&ids)],
            )
            .await?;
        for line in &lines {
            let order = OrderId::new(line.int("order_id")?);
            if let Some(order) = orders.iter_mut().find(|row| row.id == order) {
                order.lines.push(line_row(line)?);
            }
        }
        Ok(orders)
    }

    /// The order as the channel told it last. It holds the buyer's name and address. Errors: `NotFound`.
    pub async fn raw_order(&self, shop: ShopId, remote: &RemoteOrderId) -> Result<String> {
        let row = self
            .read()
            .find(
                "SELECT raw_sealed FROM shop_order WHERE shop_id = $1 AND remote_id = $2",
                args![shop, remote.as_str()],
            )
            .await?
            .ok_or_else(|| StoreError::NotFound(format!("order {remote} of shop {shop}")))?;
        self.keys().unseal_text(
            &Place("shop_order", "raw_sealed", &format!("{shop}/{remote}")),
            &row.bytes("raw_sealed")?,
        )
    }
}

fn order_row(row: &Row) -> Result<OrderRow> {
    Ok(OrderRow {
        id: OrderId::new(row.int("id")?),
        shop: ShopId::new(row.int("shop_id")?),
        shop_handle: row.text("handle")?,
        remote_id: RemoteOrderId::new(row.text("remote_id")?),
        stage: parse_stage(&row.text("stage")?),
        total: row.vnd("total_vnd")?,
        placed_at: row.at("placed_at")?,
        changed_at: row.at("changed_at")?,
        first_seen_at: row.at("first_seen_at")?,
        in_ledger: row.flag("in_ledger")?,
        unreadable_because: row.find_text("unreadable_because")?,
        unmapped_lines: row.int("unmapped_lines")?,
        lines: Vec::new(),
    })
}

fn line_row(row: &Row) -> Result<OrderLineRow> {
    Ok(OrderLineRow {
        sku: row.find_text("sku")?,
        variant: row.find_int("variant_id")?.map(VariantId::new),
        stage: parse_stage(&row.text("stage")?),
        units: row.units("units")?,
        cancelled: row.units("cancelled")?,
        returned: row.units("returned")?,
        unit_price: row.vnd("unit_price_vnd")?,
    })
}
