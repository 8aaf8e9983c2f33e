//! What the store holds of the orders that a batch of readings names.

use crate::ids::{OfferId, OrderId, PlaceId, ShopId, VariantId};
use crate::orders::Taken;
use crate::store::error::Result;
use crate::store::tx::{Tx, args, json};
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap};

/// An order as stored.
#[derive(Debug, Clone)]
pub struct Known {
    pub id: OrderId,
    pub raw_sha256: String,
    pub readable: bool,
    pub changed_at: Timestamp,
    pub read_at: Timestamp,
    pub in_ledger: bool,
    pub unmapped: bool,
    pub lines: HashMap<String, KnownLine>,
}

/// A line as stored: what it is and what the ledger already took for it.
#[derive(Debug, Clone, Default)]
pub struct KnownLine {
    pub offer: Option<OfferId>,
    pub variant: Option<VariantId>,
    /// Variant, units of it per unit of the line, place.
    pub takes: Option<Vec<(VariantId, u32, PlaceId)>>,
    pub taken: Taken,
}

impl Tx {
    pub(in crate::store) async fn known_orders(
        &mut self,
        shop: ShopId,
        remote: &[&str],
    ) -> Result<BTreeMap<String, Known>> {
        let rows = self
            .rows(
                "SELECT o.id, o.remote_id, o.raw_sha256, o.readable, o.changed_at, o.read_at, o.in_ledger, o.unmapped_lines
                 FROM json_each($2) AS named CROSS JOIN shop_order AS o
                 WHERE o.shop_id = $1 AND o.remote_id = named.value->>0",
                args![shop, json(&remote.iter().map(|id| [id]).collect::<Vec<_>>())],
            )
            .await?;
        let mut known = BTreeMap::new();
        for row in rows {
            known.insert(
                row.text("remote_id")?,
                Known {
                    id: OrderId::new(row.int("id")?),
                    raw_sha256: row.text("raw_sha256")?,
                    readable: row.flag("readable")?,
                    changed_at: row.at("changed_at")?,
                    read_at: row.at("read_at")?,
                    in_ledger: row.flag("in_ledger")?,
                    unmapped: row.int("unmapped_lines")? > 0,
                    lines: HashMap::new(),
                },
            );
        }
        let orders: BTreeMap<i64, String> =
            known.iter().map(|(remote, order)| (order.id.get(), remote.clone())).collect();
        if orders.is_empty() {
            return Ok(known);
        }
        // Walks index order_line_remote_key.
        let rows = self
            .rows(
                "SELECT l.order_id, l.remote_id, l.offer_id, l.variant_id, l.takes, l.reserved, l.released, l.shipped
                 FROM json_each($1) AS named JOIN order_line AS l ON l.order_id = CAST(named.value AS BIGINT)",
                args![json(&orders.keys().collect::<Vec<_>>())],
            )
            .await?;
        for row in rows {
            let Some(order) = orders.get(&row.int("order_id")?).and_then(|remote| known.get_mut(remote))
            else {
                continue;
            };
            let line = KnownLine {
                offer: row.find_int("offer_id")?.map(OfferId::new),
                variant: row.find_int("variant_id")?.map(VariantId::new),
                takes: row.find_json("takes")?,
                taken: Taken {
                    reserved: row.units("reserved")?,
                    released: row.units("released")?,
                    shipped: row.units("shipped")?,
                },
            };
            order.lines.insert(row.text("remote_id")?, line);
        }
        Ok(known)
    }
}
