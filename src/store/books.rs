//! For simulations only: the books as they stand, for whoever checks them from outside. Reads; nothing here is part of a lane's work.

use super::Store;
use super::error::Result;
use super::tx::{Row, args};
use crate::ids::{OfferId, ShopId, VariantId};
use crate::listing::Revs;
use jiff::Timestamp;

/// What decides about a call of a shop.
#[derive(Debug, Clone)]
pub struct BookShop {
    pub owner: String,
    pub term: i64,
    pub orders_until: Timestamp,
    pub orders_read_at: Timestamp,
    pub swept_at: Timestamp,
    pub state: String,
}

/// One offer of a shop, linked or not.
#[derive(Debug, Clone)]
pub struct BookOffer {
    pub id: OfferId,
    pub listing: i64,
    pub variant: VariantId,
    /// Listing and offer as the channel names them.
    pub remote: Option<(String, String)>,
    pub price: i64,
    pub stock: u32,
    pub on_sale: bool,
    pub revs: Revs,
    pub acked_price: Option<i64>,
    pub acked_stock: Option<u32>,
    pub acked_on_sale: Option<bool>,
    pub acked_revs: Revs,
    pub based_at: Timestamp,
    pub strict: bool,
    pub sent_at: Option<Timestamp>,
    pub sent_stock: Option<u32>,
    pub suspect_until: Option<Timestamp>,
    pub suspect_stock: Option<u32>,
    pub observed_stock: Option<u32>,
    pub dirty_since: Option<Timestamp>,
    pub harm: i64,
    pub next_try_at: Timestamp,
    pub parked: Option<String>,
    pub updated_at: Timestamp,
}

/// One movement of the ledger.
#[derive(Debug, Clone)]
pub struct BookMove {
    pub id: i64,
    pub variant: VariantId,
    pub kind: String,
    pub units: i64,
    pub on_hand: i64,
    pub reserved: i64,
    pub cause: String,
}

/// One line of a stored order.
#[derive(Debug, Clone)]
pub struct BookLine {
    pub shop: ShopId,
    pub order: String,
    pub is_readable: bool,
    pub changed_at: Timestamp,
    pub line: Option<String>,
    pub reserved: u32,
    pub released: u32,
    pub shipped: u32,
}

/// A listing of ours.
#[derive(Debug, Clone)]
pub struct BookListing {
    pub shop: ShopId,
    pub product: i64,
    pub code: String,
    pub state: String,
    pub remote: Option<String>,
    pub parked: Option<String>,
}

/// What lies of a variant, as its balance says and as its movements add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BookBalance {
    pub variant: VariantId,
    pub on_hand: i64,
    pub reserved: i64,
    pub moved_on_hand: i64,
    pub moved_reserved: i64,
}

impl Store {
    /// Owner and reading of one shop.
    pub async fn book_shop(&self, shop: ShopId) -> Result<BookShop> {
        let row = self
            .read()
            .find(
                "SELECT l.owner, l.term, s.orders_until_at, s.orders_read_at, s.swept_at, s.state
                 FROM shop AS s JOIN lease AS l ON l.shop_id = s.id WHERE s.id = $1",
                args![shop],
            )
            .await?
            .ok_or_else(|| super::StoreError::NotFound(format!("shop {shop}")))?;
        Ok(BookShop {
            owner: row.text("owner")?,
            term: row.int("term")?,
            orders_until: row.at("orders_until_at")?,
            orders_read_at: row.at("orders_read_at")?,
            swept_at: row.at("swept_at")?,
            state: row.text("state")?,
        })
    }

    /// All offers of one shop, by id.
    pub async fn book_offers(&self, shop: ShopId) -> Result<Vec<BookOffer>> {
        let rows = self
            .read()
            .rows(
                "SELECT id, listing_id, variant_id, remote_listing_id, remote_offer_id, desired_price, desired_stock,
                     desired_on_sale, price_rev, stock_rev, on_sale_rev, acked_price, acked_stock, acked_on_sale,
                     price_acked_rev, stock_acked_rev, on_sale_acked_rev, stock_based_at, strict, sent_at, sent_stock,
                     suspect_until_at, suspect_stock, observed_stock, dirty_since_at, harm, next_try_at, parked_kind,
                     updated_at
                 FROM offer WHERE shop_id = $1 ORDER BY id",
                args![shop],
            )
            .await?;
        rows.iter().map(book_offer).collect()
    }

    /// Movements after this one, in the order in which they were written.
    pub async fn book_moves(&self, after: i64) -> Result<Vec<BookMove>> {
        let rows = self
            .read()
            .rows(
                "SELECT id, variant_id, kind, units, on_hand_change, reserved_change, cause FROM movement
                 WHERE id > $1 ORDER BY id",
                args![after],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(BookMove {
                    id: row.int("id")?,
                    variant: VariantId::new(row.int("variant_id")?),
                    kind: row.text("kind")?,
                    units: row.int("units")?,
                    on_hand: row.int("on_hand_change")?,
                    reserved: row.int("reserved_change")?,
                    cause: row.text("cause")?,
                })
            })
            .collect()
    }

    /// Lines of all orders that were read at or after `since`; an order without lines has one row without a line.
    pub async fn book_lines(&self, since: Timestamp) -> Result<Vec<BookLine>> {
        let rows = self
            .read()
            .rows(
                "SELECT o.shop_id, o.remote_id, o.readable, o.changed_at, l.remote_id AS line, COALESCE(l.reserved, 0) AS reserved,
                     COALESCE(l.released, 0) AS released, COALESCE(l.shipped, 0) AS shipped
                 FROM shop_order AS o LEFT JOIN order_line AS l ON l.order_id = o.id
                 WHERE o.read_at >= $1 ORDER BY o.shop_id, o.id, l.id",
                args![since],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(BookLine {
                    shop: ShopId::new(row.int("shop_id")?),
                    order: row.text("remote_id")?,
                    is_readable: row.flag("readable")?,
                    changed_at: row.at("changed_at")?,
                    line: row.find_text("line")?,
                    reserved: row.units("reserved")?,
                    released: row.units("released")?,
                    shipped: row.units("shipped")?,
                })
            })
            .collect()
    }

    /// All listings of ours.
    pub async fn book_listings(&self) -> Result<Vec<BookListing>> {
        let rows = self
            .read()
            .rows(
                "SELECT shop_id, product_id, code, state, remote_id, parked_kind || ': ' || parked_said AS parked
                 FROM listing ORDER BY id",
                args![],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(BookListing {
                    shop: ShopId::new(row.int("shop_id")?),
                    product: row.int("product_id")?,
                    code: row.text("code")?,
                    state: row.text("state")?,
                    remote: row.find_text("remote_id")?,
                    parked: row.find_text("parked")?,
                })
            })
            .collect()
    }

    /// All balances beside the sums of their movements.
    pub async fn book_balances(&self) -> Result<Vec<BookBalance>> {
        let rows = self
            .read()
            .rows(
                "SELECT b.variant_id, sum(b.on_hand) AS on_hand, sum(b.reserved) AS reserved,
                     (SELECT COALESCE(sum(m.on_hand_change), 0) FROM movement AS m WHERE m.variant_id = b.variant_id) AS moved_on_hand,
                     (SELECT COALESCE(sum(m.reserved_change), 0) FROM movement AS m WHERE m.variant_id = b.variant_id)
                         AS moved_reserved
                 FROM balance AS b GROUP BY b.variant_id ORDER BY b.variant_id",
                args![],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(BookBalance {
                    variant: VariantId::new(row.int("variant_id")?),
                    on_hand: row.int("on_hand")?,
                    reserved: row.int("reserved")?,
                    moved_on_hand: row.int("moved_on_hand")?,
                    moved_reserved: row.int("moved_reserved")?,
                })
            })
            .collect()
    }
}

fn book_offer(row: &Row) -> Result<BookOffer> {
    let remote = row.find_text("remote_listing_id")?.zip(row.find_text("remote_offer_id")?);
    let revs = |price, stock, on_sale| -> Result<Revs> {
        Ok(Revs { price: row.int(price)?, stock: row.int(stock)?, on_sale: row.int(on_sale)? })
    };
    Ok(BookOffer {
        id: OfferId::new(row.int("id")?),
        listing: row.int("listing_id")?,
        variant: VariantId::new(row.int("variant_id")?),
        remote,
        price: row.int("desired_price")?,
        stock: row.units("desired_stock")?,
        on_sale: row.flag("desired_on_sale")?,
        revs: revs("price_rev", "stock_rev", "on_sale_rev")?,
        acked_price: row.find_int("acked_price")?,
        acked_stock: row.find_units("acked_stock")?,
        acked_on_sale: row.find_int("acked_on_sale")?.map(|on| on != 0),
        acked_revs: revs("price_acked_rev", "stock_acked_rev", "on_sale_acked_rev")?,
        based_at: row.at("stock_based_at")?,
        strict: row.flag("strict")?,
        sent_at: row.find_at("sent_at")?,
        sent_stock: row.find_units("sent_stock")?,
        suspect_until: row.find_at("suspect_until_at")?,
        suspect_stock: row.find_units("suspect_stock")?,
        observed_stock: row.find_units("observed_stock")?,
        dirty_since: row.find_at("dirty_since_at")?,
        harm: row.int("harm")?,
        next_try_at: row.at("next_try_at")?,
        parked: row.find_text("parked_kind")?,
        updated_at: row.at("updated_at")?,
    })
}
