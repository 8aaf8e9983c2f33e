//! One SKU from the shelf to every shop's window.

use crate::catalogue::text::sku_key;
use crate::ids::{OrderId, ShopId, VariantId};
use crate::listing::figures::{Acked, Figures, InFlight, ObservedFigures, Revs, Suspect, exposure};
use crate::store::Store;
use crate::store::error::{Result, StoreError};
use crate::store::tx::{Row, args};
use ganh_contract::Vnd;
use jiff::Timestamp;
use serde::Serialize;

/// A variant, where it lies, what moved it last, and what each shop shows of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SkuTrace {
    pub variant: VariantId,
    pub sku: String,
    pub product_name: String,
    pub producer_name: String,
    pub price: Vnd,
    pub places: Vec<SkuPlace>,
    pub offers: Vec<SkuOffer>,
    /// Newest first.
    pub movements: Vec<SkuMovement>,
}

/// What lies at one place, in units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SkuPlace {
    pub name: String,
    pub sells_online: bool,
    pub on_hand: i64,
    pub reserved: i64,
}

/// What one shop should show, was told, accepted and showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SkuOffer {
    pub shop: ShopId,
    pub shop_handle: String,
    pub shop_title: String,
    /// The listing's and the offer's ids there; `None` while it is not linked.
    pub remote: Option<(String, String)>,
    pub desired: Figures,
    pub revs: Revs,
    pub acked: Acked,
    pub acked_revs: Revs,
    pub based_at: Timestamp,
    pub sent: Option<InFlight>,
    pub suspect: Option<Suspect>,
    pub answered_at: Option<Timestamp>,
    pub observed: Option<ObservedFigures>,
    pub dirty_since: Option<Timestamp>,
    /// Why and for whom it waits.
    pub parked: Option<(String, String)>,
}

impl SkuOffer {
    /// The highest stock figure that the shop may still show, in units; `None` when nothing is known to stand there.
    pub fn exposure(&self) -> Option<u32> {
        let since = self.answered_at.unwrap_or(Timestamp::MIN);
        let observed = self.observed.as_ref().filter(|seen| seen.at > since).and_then(|seen| seen.stock);
        exposure(&self.acked, self.sent.as_ref(), self.suspect.as_ref(), observed)
    }
}

/// One movement of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SkuMovement {
    pub at: Timestamp,
    pub kind: String,
    /// Positive: units of the movement; the changes say what became of the balance.
    pub units: i64,
    pub on_hand_change: i64,
    pub reserved_change: i64,
    pub place: String,
    pub who: String,
    pub order: Option<OrderId>,
}

impl Store {
    /// One SKU, however its letters are cased, with its last `limit` movements. Errors: `NotFound`.
    pub async fn sku_trace(&self, sku: &str, limit: usize) -> Result<SkuTrace> {
        let reads = self.read();
        let row = reads
            .find(
                "SELECT v.id, v.sku, v.price_vnd, p.name, r.name AS producer FROM variant AS v
                 JOIN product AS p ON p.id = v.product_id JOIN producer AS r ON r.id = v.producer_id
                 WHERE v.sku_key = $1",
                args![sku_key(sku)],
            )
            .await?
            .ok_or_else(|| StoreError::NotFound(format!("SKU {sku}")))?;
        let variant = VariantId::new(row.int("id")?);
        let places = reads
            .rows(
                "SELECT p.name, p.sells_online, b.on_hand, b.reserved FROM balance AS b JOIN place AS p ON p.id = b.place_id
                 WHERE b.variant_id = $1 ORDER BY p.id",
                args![variant],
            )
            .await?;
        // Walks index offer_variant.
        let offers = reads
            .rows(
                "SELECT o.shop_id, s.handle, s.title, o.remote_listing_id, o.remote_offer_id, o.desired_price, o.desired_stock,
                     o.desired_on_sale, o.price_rev, o.stock_rev, o.on_sale_rev, o.stock_based_at, o.acked_price, o.acked_stock,
                     o.acked_on_sale, o.price_acked_rev, o.stock_acked_rev, o.on_sale_acked_rev, o.sent_at, o.sent_stock,
                     o.suspect_until_at, o.suspect_stock, o.stock_answered_at, o.observed_price, o.observed_stock,
                     o.observed_on_sale, o.observed_reserved, o.observed_at, o.dirty_since_at, o.parked_actor, o.parked_said
                 FROM offer AS o JOIN shop AS s ON s.id = o.shop_id WHERE o.variant_id = $1 ORDER BY s.handle LIMIT 500",
                args![variant],
            )
            .await?;
        // Walks index movement_variant.
        let movements = reads
            .rows(
                "SELECT m.at, m.kind, m.units, m.on_hand_change, m.reserved_change, p.name, m.who, m.order_id
                 FROM movement AS m JOIN place AS p ON p.id = m.place_id
                 WHERE m.variant_id = $1 ORDER BY m.id DESC LIMIT $2",
                args![variant, limit],
            )
            .await?;
        Ok(SkuTrace {
            variant,
            sku: row.text("sku")?,
            product_name: row.text("name")?,
            producer_name: row.text("producer")?,
            price: row.vnd("price_vnd")?,
            places: places.iter().map(place).collect::<Result<_>>()?,
            offers: offers.iter().map(offer).collect::<Result<_>>()?,
            movements: movements.iter().map(movement).collect::<Result<_>>()?,
        })
    }
}

fn place(row: &Row) -> Result<SkuPlace> {
    Ok(SkuPlace {
        name: row.text("name")?,
        sells_online: row.flag("sells_online")?,
        on_hand: row.int("on_hand")?,
        reserved: row.int("reserved")?,
    })
}

fn movement(row: &Row) -> Result<SkuMovement> {
    Ok(SkuMovement {
        at: row.at("at")?,
        kind: row.text("kind")?,
        units: row.int("units")?,
        on_hand_change: row.int("on_hand_change")?,
        reserved_change: row.int("reserved_change")?,
        place: row.text("name")?,
        who: row.text("who")?,
        order: row.find_int("order_id")?.map(OrderId::new),
    })
}

fn offer(row: &Row) -> Result<SkuOffer> {
    let remote = row.find_text("remote_listing_id")?.zip(row.find_text("remote_offer_id")?);
    let flag = |name| Ok::<_, StoreError>(row.find_int(name)?.map(|flag| flag != 0));
    let observed_at = row.find_at("observed_at")?;
    let observed = match observed_at {
        Some(at) => Some(ObservedFigures {
            price: row.find_int("observed_price")?.map(Vnd),
            stock: row.find_units("observed_stock")?,
            on_sale: flag("observed_on_sale")?,
            reserved: row.find_units("observed_reserved")?,
            at,
        }),
        None => None,
    };
    let sent = match row.find_at("sent_at")? {
        Some(at) => Some(InFlight { at, stock: row.find_units("sent_stock")? }),
        None => None,
    };
    let suspect = match row.find_at("suspect_until_at")? {
        Some(until) => Some(Suspect { until, stock: row.find_units("suspect_stock")? }),
        None => None,
    };
    Ok(SkuOffer {
        shop: ShopId::new(row.int("shop_id")?),
        shop_handle: row.text("handle")?,
        shop_title: row.text("title")?,
        remote,
        desired: Figures {
            price: row.vnd("desired_price")?,
            stock: row.units("desired_stock")?,
            on_sale: row.flag("desired_on_sale")?,
        },
        revs: Revs {
            price: row.int("price_rev")?,
            stock: row.int("stock_rev")?,
            on_sale: row.int("on_sale_rev")?,
        },
        acked: Acked {
            price: row.find_int("acked_price")?.map(Vnd),
            stock: row.find_units("acked_stock")?,
            on_sale: flag("acked_on_sale")?,
        },
        acked_revs: Revs {
            price: row.int("price_acked_rev")?,
            stock: row.int("stock_acked_rev")?,
            on_sale: row.int("on_sale_acked_rev")?,
        },
        based_at: row.at("stock_based_at")?,
        sent,
        suspect,
        answered_at: Some(row.at("stock_answered_at")?).filter(|at| *at > Timestamp::UNIX_EPOCH),
        observed,
        dirty_since: row.find_at("dirty_since_at")?,
        parked: row.find_text("parked_actor")?.zip(row.find_text("parked_said")?),
    })
}
