//! What is held of orders that a list names: enough to tell whether one of them must be read again.

use crate::ids::ShopId;
use crate::store::Store;
use crate::store::error::Result;
use crate::store::tx::{args, json};
use jiff::Timestamp;
use std::collections::HashMap;

/// An order as it is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldOrder {
    /// It was understood when it was read last.
    pub readable: bool,
    /// Some of its lines name no variant of ours.
    pub unmapped: bool,
    /// As the channel said it in the order itself.
    pub changed_at: Timestamp,
    /// When the request left that brought what is held.
    pub read_at: Timestamp,
    pub raw_sha256: String,
}

impl Store {
    /// Those of these orders that are stored, by the channel's id.
    pub async fn held_orders(&self, shop: ShopId, remote: &[&str]) -> Result<HashMap<String, HeldOrder>> {
        // Walks index shop_order_remote_key.
        let rows = self
            .read()
            .rows(
                "SELECT o.remote_id, o.readable, o.unmapped_lines, o.changed_at, o.read_at, o.raw_sha256
                 FROM json_each($2) AS named CROSS JOIN shop_order AS o
                 WHERE o.shop_id = $1 AND o.remote_id = named.value->>0",
                args![shop, json(&remote.iter().map(|id| [id]).collect::<Vec<_>>())],
            )
            .await?;
        rows.iter()
            .map(|row| {
                let held = HeldOrder {
                    readable: row.flag("readable")?,
                    unmapped: row.int("unmapped_lines")? > 0,
                    changed_at: row.at("changed_at")?,
                    read_at: row.at("read_at")?,
                    raw_sha256: row.text("raw_sha256")?,
                };
                Ok((row.text("remote_id")?, held))
            })
            .collect()
    }
}
