//! Stock as people move and see it.

use super::Store;
use super::error::{Result, StoreError};
use super::ledger::Movement;
use super::recompute::Because;
use super::tx::{Row, Tx, args};
use crate::catalogue::text::sku_key;
use crate::ids::{PlaceId, ShopId, VariantId};
use crate::stock::{Balance, MovementKind};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A movement by a person.
#[derive(Debug, Clone)]
pub struct StockEntry {
    pub sku: String,
    /// The place's code; `None` = the producer's first place.
    pub place: Option<String>,
    pub kind: MovementKind,
    /// Whole units; only adjustments may be negative.
    pub units: i64,
    /// Makes a repeat harmless: the same cause moves a SKU once.
    pub cause: String,
    pub who: String,
}

/// A place where stock lies, and what lies there of one variant.
#[derive(Debug, Clone, Serialize)]
pub struct PlaceBalance {
    pub place: PlaceId,
    pub code: String,
    pub name: String,
    pub sells_online: bool,
    pub balance: Balance,
}

/// A step of the ledger.
#[derive(Debug, Clone, Serialize)]
pub struct MovementRow {
    pub id: i64,
    pub at: Timestamp,
    pub kind: MovementKind,
    pub units: i64,
    pub place: PlaceId,
    pub cause: String,
    pub who: String,
}

/// One SKU's stock.
#[derive(Debug, Clone, Serialize)]
pub struct StockView {
    pub variant: VariantId,
    pub sku: String,
    pub product_name: String,
    pub places: Vec<PlaceBalance>,
    /// Newest first.
    pub movements: Vec<MovementRow>,
}

impl Store {
    /// Writes a person's movement, moves the balance and every figure that follows. Answers with the shops that got work.
    ///
    /// The same cause again is a no-op. Errors: `NotFound` (SKU, place), `Refused` when it would take out what is not there.
    pub async fn move_stock(&self, entry: &StockEntry, now: Timestamp) -> Result<BTreeSet<ShopId>> {
        let mut tx = self.write().await?;
        let variant = tx.variant_of_sku(&entry.sku).await?;
        let only = BTreeSet::from([variant]);
        tx.lock_pools(&only).await?;
        let is_bundle = tx
            .find("SELECT 1 AS one FROM bundle_component WHERE bundle_id = $1 LIMIT 1", args![variant])
            .await?
            .is_some();
        if is_bundle {
            return Err(StoreError::Refused(format!(
                "{} is a set: move the stock of its components",
                entry.sku
            )));
        }
        let place = tx.place_of(variant, entry.place.as_deref()).await?;
        let held = tx.held(&only).await?;
        let balance = held
            .get(&variant)
            .into_iter()
            .flatten()
            .find(|held| held.place == place)
            .map(|held| held.balance);
        let known = tx
            .find(
                "SELECT 1 AS one FROM movement WHERE cause = $1 AND variant_id = $2",
                args![&*entry.cause, variant],
            )
            .await?;
        if known.is_some() {
            return Ok(BTreeSet::new());
        }
        balance
            .unwrap_or_default()
            .after(entry.kind, entry.units)
            .map_err(|refusal| StoreError::Refused(format!("{}: {refusal}", entry.sku)))?;
        let movement = Movement {
            variant,
            place,
            kind: entry.kind,
            units: entry.units,
            cause: entry.cause.clone(),
            order: None,
        };
        tx.write_movements(&[movement], &entry.who, now).await?;
        let shops = tx.recompute(&only, &BTreeMap::new(), Because::Edit, now).await?;
        tx.commit().await?;
        Ok(shops)
    }

    /// Computes every figure that depends on these variants anew: after a season began, or when in doubt. Changes nothing where all is right.
    pub async fn recompute_offers(
        &self,
        variants: &BTreeSet<VariantId>,
        now: Timestamp,
    ) -> Result<BTreeSet<ShopId>> {
        let mut tx = self.write().await?;
        tx.lock_pools(variants).await?;
        let shops = tx.recompute(variants, &BTreeMap::new(), Because::Edit, now).await?;
        tx.commit().await?;
        Ok(shops)
    }

    /// One SKU's balances and its last `limit` movements. Errors: `NotFound`.
    pub async fn stock_of(&self, sku: &str, limit: usize) -> Result<StockView> {
        let reads = self.read();
        let row = reads
            .find(
                "SELECT v.id, v.sku, p.name FROM variant AS v JOIN product AS p ON p.id = v.product_id WHERE v.sku_key = $1",
                args![sku_key(sku)],
            )
            .await?
            .ok_or_else(|| StoreError::NotFound(format!("SKU {sku}")))?;
        let variant = VariantId::new(row.int("id")?);
        let places = reads
            .rows(
                "SELECT p.id, p.code, p.name, p.sells_online, COALESCE(b.on_hand, 0) AS on_hand,
                     COALESCE(b.reserved, 0) AS reserved
                 FROM variant AS v JOIN place AS p ON p.producer_id = v.producer_id
                 LEFT JOIN balance AS b ON b.variant_id = v.id AND b.place_id = p.id
                 WHERE v.id = $1 ORDER BY p.id",
                args![variant],
            )
            .await?;
        // Walks index movement_variant.
        let movements = reads
            .rows(
                "SELECT id, at, kind, units, place_id, cause, who FROM movement WHERE variant_id = $1
                 ORDER BY id DESC LIMIT $2",
                args![variant, limit],
            )
            .await?;
        Ok(StockView {
            variant,
            sku: row.text("sku")?,
            product_name: row.text("name")?,
            places: places.iter().map(place_balance).collect::<Result<_>>()?,
            movements: movements.iter().map(movement_row).collect::<Result<_>>()?,
        })
    }

    /// Adds a place where a producer's stock lies, or renames it. Errors: `NotFound` (the producer).
    pub async fn put_place(
        &self,
        producer: &str,
        code: &str,
        name: &str,
        sells_online: bool,
    ) -> Result<PlaceId> {
        let mut tx = self.write().await?;
        let row = tx
            .find(
                "INSERT INTO place (producer_id, code, name, kind, sells_online)
                 SELECT id, $2, $3, 'warehouse', $4 FROM producer WHERE code = $1
                 ON CONFLICT (producer_id, code) DO UPDATE SET name = excluded.name, sells_online = excluded.sells_online
                 RETURNING id",
                args![producer, code, name, sells_online],
            )
            .await?
            .ok_or_else(|| StoreError::NotFound(format!("producer {producer}")))?;
        let id = PlaceId::new(row.int("id")?);
        tx.commit().await?;
        Ok(id)
    }
}

impl Tx {
    pub(super) async fn variant_of_sku(&mut self, sku: &str) -> Result<VariantId> {
        let row = self.find("SELECT id FROM variant WHERE sku_key = $1", args![sku_key(sku)]).await?;
        Ok(VariantId::new(row.ok_or_else(|| StoreError::NotFound(format!("SKU {sku}")))?.int("id")?))
    }

    /// The producer's place of this code, or its first one.
    async fn place_of(&mut self, variant: VariantId, code: Option<&str>) -> Result<PlaceId> {
        let row = self
            .find(
                "SELECT p.id FROM place AS p JOIN variant AS v ON v.producer_id = p.producer_id
                 WHERE v.id = $1 AND p.code = COALESCE($2, p.code) ORDER BY p.id LIMIT 1",
                args![variant, code],
            )
            .await?;
        let missing = || StoreError::NotFound(format!("place {}", code.unwrap_or("of that producer")));
        Ok(PlaceId::new(row.ok_or_else(missing)?.int("id")?))
    }
}

fn place_balance(row: &Row) -> Result<PlaceBalance> {
    Ok(PlaceBalance {
        place: PlaceId::new(row.int("id")?),
        code: row.text("code")?,
        name: row.text("name")?,
        sells_online: row.flag("sells_online")?,
        balance: Balance { on_hand: row.int("on_hand")?, reserved: row.int("reserved")? },
    })
}

fn movement_row(row: &Row) -> Result<MovementRow> {
    let kind = row.text("kind")?;
    Ok(MovementRow {
        id: row.int("id")?,
        at: row.at("at")?,
        kind: MovementKind::parse(&kind)
            .ok_or_else(|| StoreError::Corrupt(format!("movement kind {kind}")))?,
        units: row.int("units")?,
        place: PlaceId::new(row.int("place_id")?),
        cause: row.text("cause")?,
        who: row.text("who")?,
    })
}
