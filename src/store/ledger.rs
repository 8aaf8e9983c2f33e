//! The ledger in the database: movements with unique causes, balances beside them, the pools that a change reaches.
//!
//! A movement whose cause exists already is left out, and so is its effect on the balance: repeating anything changes nothing (I2).

use super::error::{Result, StoreError};
use super::tx::{Tx, args, json};
use crate::ids::{OrderId, PlaceId, VariantId};
use crate::stock::{Balance, MovementKind};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// One movement to be written.
#[derive(Debug, Clone)]
pub(super) struct Movement {
    pub variant: VariantId,
    pub place: PlaceId,
    pub kind: MovementKind,
    pub units: i64,
    pub cause: String,
    pub order: Option<OrderId>,
}

/// A variant at one place of its producer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held {
    pub place: PlaceId,
    pub sells_online: bool,
    pub balance: Balance,
}

#[derive(Serialize)]
struct MovementRow<'a> {
    variant: i64,
    place: i64,
    kind: &'static str,
    units: i64,
    on_hand: i64,
    reserved: i64,
    cause: &'a str,
    order: Option<i64>,
}

impl Tx {
    /// Makes this transaction the only one that changes these variants' pools, and those of every bundle around them, until it ends.
    ///
    /// differs by necessity: SQLite has one writer. On PostgreSQL the producers' rows are the locks, always taken in the order of their ids.
    pub(super) async fn lock_pools(&mut self, variants: &BTreeSet<VariantId>) -> Result<()> {
        if !self.is_postgres() || variants.is_empty() {
            return Ok(());
        }
        let reach = self.reach(variants).await?;
        self.rows(
            "SELECT p.id FROM producer AS p
             WHERE p.id IN (SELECT v.producer_id FROM json_each($1) AS named CROSS JOIN variant AS v
                 WHERE v.id = CAST(named.value AS BIGINT))
             ORDER BY p.id FOR NO KEY UPDATE",
            args![json(&reach.variants())],
        )
        .await?;
        Ok(())
    }

    /// What one unit of each variant takes: a bundle its components, anything else itself.
    pub(super) async fn recipes(
        &mut self,
        variants: &BTreeSet<VariantId>,
    ) -> Result<BTreeMap<VariantId, Vec<(VariantId, u32)>>> {
        let mut recipes: BTreeMap<VariantId, Vec<(VariantId, u32)>> = BTreeMap::new();
        let rows = self
            .rows(
                "SELECT b.bundle_id, b.component_id, b.quantity
                 FROM json_each($1) AS named JOIN bundle_component AS b ON b.bundle_id = CAST(named.value AS BIGINT)
                 ORDER BY b.bundle_id, b.component_id",
                args![json(variants)],
            )
            .await?;
        for row in rows {
            let part = (VariantId::new(row.int("component_id")?), row.units("quantity")?);
            recipes.entry(VariantId::new(row.int("bundle_id")?)).or_default().push(part);
        }
        for variant in variants {
            recipes.entry(*variant).or_insert_with(|| vec![(*variant, 1)]);
        }
        Ok(recipes)
    }

    /// Balances of the variants at every place of their producers, the places in the order of their ids.
    pub(super) async fn held(
        &mut self,
        variants: &BTreeSet<VariantId>,
    ) -> Result<BTreeMap<VariantId, Vec<Held>>> {
        let rows = self
            .rows(
                "SELECT v.id, p.id AS place_id, p.sells_online, COALESCE(b.on_hand, 0) AS on_hand,
                     COALESCE(b.reserved, 0) AS reserved
                 FROM json_each($1) AS named
                 JOIN variant AS v ON v.id = CAST(named.value AS BIGINT)
                 JOIN place AS p ON p.producer_id = v.producer_id
                 LEFT JOIN balance AS b ON b.variant_id = v.id AND b.place_id = p.id
                 ORDER BY v.id, p.id",
                args![json(variants)],
            )
            .await?;
        let mut held: BTreeMap<VariantId, Vec<Held>> = BTreeMap::new();
        for row in rows {
            held.entry(VariantId::new(row.int("id")?)).or_default().push(Held {
                place: PlaceId::new(row.int("place_id")?),
                sells_online: row.flag("sells_online")?,
                balance: Balance { on_hand: row.int("on_hand")?, reserved: row.int("reserved")? },
            });
        }
        Ok(held)
    }

    /// Writes the movements whose causes are new and moves their balances. Says how many were new.
    pub(super) async fn write_movements(
        &mut self,
        movements: &[Movement],
        who: &str,
        now: Timestamp,
    ) -> Result<usize> {
        if movements.is_empty() {
            return Ok(0);
        }
        let rows: Vec<MovementRow<'_>> = movements
            .iter()
            .map(|movement| {
                let change = movement.kind.effect(movement.units);
                MovementRow {
                    variant: movement.variant.get(),
                    place: movement.place.get(),
                    kind: movement.kind.as_str(),
                    units: movement.units,
                    on_hand: change.on_hand,
                    reserved: change.reserved,
                    cause: &movement.cause,
                    order: movement.order.map(OrderId::get),
                }
            })
            .collect();
        let written = self
            .rows(
                "INSERT INTO movement (variant_id, place_id, kind, units, on_hand_change, reserved_change, cause, order_id, who, at)
                 SELECT CAST(value->>'variant' AS BIGINT), CAST(value->>'place' AS BIGINT), value->>'kind',
                     CAST(value->>'units' AS BIGINT), CAST(value->>'on_hand' AS BIGINT), CAST(value->>'reserved' AS BIGINT),
                     value->>'cause', CAST(value->>'order' AS BIGINT), $2, $3
                 FROM json_each($1) AS list WHERE true ORDER BY list.key
                 ON CONFLICT (cause, variant_id) DO NOTHING
                 RETURNING variant_id, place_id, on_hand_change, reserved_change",
                args![json(&rows), who, now],
            )
            .await?;
        let mut changes: BTreeMap<(i64, i64), (i64, i64)> = BTreeMap::new();
        for row in &written {
            let change = changes.entry((row.int("variant_id")?, row.int("place_id")?)).or_default();
            let overflow = || StoreError::Refused("the balance leaves the range of 64-bit numbers".into());
            change.0 = change.0.checked_add(row.int("on_hand_change")?).ok_or_else(overflow)?;
            change.1 = change.1.checked_add(row.int("reserved_change")?).ok_or_else(overflow)?;
        }
        let changes: Vec<_> =
            changes.into_iter().map(|(key, change)| (key.0, key.1, change.0, change.1)).collect();
        self.execute(
            "INSERT INTO balance (variant_id, place_id, on_hand, reserved, updated_at)
             SELECT CAST(value->>0 AS BIGINT), CAST(value->>1 AS BIGINT), CAST(value->>2 AS BIGINT),
                 CAST(value->>3 AS BIGINT), $2
             FROM json_each($1) WHERE true
             ON CONFLICT (variant_id, place_id) DO UPDATE SET on_hand = balance.on_hand + excluded.on_hand,
                 reserved = balance.reserved + excluded.reserved, updated_at = excluded.updated_at",
            args![json(&changes), now],
        )
        .await?;
        Ok(written.len())
    }
}
