//! Do the marketplaces' own books agree with ours? Every order they hold is stored once, every offer shows what we want, no listing is there twice.

use super::market::Market;
use crate::ids::ShopId;
use crate::store::Store;
use anyhow::Result;
use ganh_sandbox::{Books, Standing};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What a comparison found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Agreement {
    pub listings_live: usize,
    pub offers: usize,
    pub offers_in_step: usize,
    pub orders_there: usize,
    pub orders_stored: usize,
    pub units_sold: i64,
    pub oversold_units: i64,
    /// One line for each difference, in Vietnamese and English.
    pub differences: Vec<String>,
}

impl Agreement {
    fn differ(&mut self, handle: &str, vi: &str, en: &str) {
        self.differences.push(format!("{handle}: {vi} ‖ {handle}: {en}"));
    }
}

/// Compares each shop's books with the store.
pub async fn compare(store: &Store, market: &Market, shops: &[ShopId]) -> Result<Agreement> {
    let mut agreement = Agreement::default();
    for (stall, shop) in market.stalls.iter().zip(shops) {
        let books = market.books(stall).await?;
        agreement.units_sold += books.sold_units;
        agreement.oversold_units += books.oversold_units;
        orders(store, *shop, &stall.handle, &books, &mut agreement).await?;
        twins(&stall.handle, &books, &mut agreement);
        offers(store, *shop, &stall.handle, &books, &mut agreement).await?;
    }
    Ok(agreement)
}

async fn orders(
    store: &Store,
    shop: ShopId,
    handle: &str,
    books: &Books,
    agreement: &mut Agreement,
) -> Result<()> {
    let mut stored: BTreeMap<String, usize> = BTreeMap::new();
    let mut before = None;
    loop {
        let page = store.orders_page(Some(shop), before, 500).await?;
        let Some(last) = page.last() else { break };
        before = Some(last.id);
        for order in &page {
            *stored.entry(order.remote_id.as_str().to_owned()).or_default() += 1;
        }
    }
    agreement.orders_there += books.orders.len();
    agreement.orders_stored += stored.len();
    for order in &books.orders {
        match stored.get(&order.id) {
            Some(1) => {}
            Some(times) => {
                let (vi, en) = (
                    format!("đơn {} được lưu {times} lần", order.id),
                    format!("order {} is stored {times} times", order.id),
                );
                agreement.differ(handle, &vi, &en);
            }
            None => {
                let (vi, en) =
                    (format!("đơn {} chưa được lưu", order.id), format!("order {} is not stored", order.id));
                agreement.differ(handle, &vi, &en);
            }
        }
    }
    Ok(())
}

fn twins(handle: &str, books: &Books, agreement: &mut Agreement) {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for listing in books.listings.iter().filter(|listing| listing.standing != Standing::Deleted) {
        for offer in &listing.offers {
            if !offer.sku.is_empty() && !seen.insert(&offer.sku) {
                let (vi, en) =
                    (format!("{} bị đăng hai lần", offer.sku), format!("{} is listed twice", offer.sku));
                agreement.differ(handle, &vi, &en);
            }
        }
    }
}

async fn offers(
    store: &Store,
    shop: ShopId,
    handle: &str,
    books: &Books,
    agreement: &mut Agreement,
) -> Result<()> {
    let there: BTreeMap<&str, (&Standing, &ganh_sandbox::OfferBook)> = books
        .listings
        .iter()
        .filter(|listing| listing.standing != Standing::Deleted)
        .flat_map(|listing| {
            listing.offers.iter().map(move |offer| (offer.sku.as_str(), (&listing.standing, offer)))
        })
        .collect();
    let mut after = None;
    let mut listings = BTreeSet::new();
    loop {
        let page = store.offers_page(shop, after, 500).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for ours in &page {
            agreement.offers += 1;
            let sku = ours.sku.as_str();
            let Some((standing, theirs)) = there.get(sku) else {
                let (vi, en) = (
                    format!("{sku} có ở Gánh mà không có ở sàn"),
                    format!("{sku} is linked here and not there"),
                );
                agreement.differ(handle, &vi, &en);
                continue;
            };
            let is_on_sale = **standing == Standing::OnSale && theirs.on_sale;
            if is_on_sale {
                listings.insert(ours.listing_id);
            }
            let wanted = (i64::from(ours.desired.stock), ours.desired.price.get(), ours.desired.on_sale);
            let shown = (theirs.stock.unwrap_or(-1), theirs.price.unwrap_or(-1), is_on_sale);
            if wanted == shown {
                agreement.offers_in_step += 1;
            } else {
                let vi = format!(
                    "{sku} đang hiện {} đơn vị giá {} ({}), cần {} giá {} ({})",
                    shown.0,
                    shown.1,
                    on_sale_vi(shown.2),
                    wanted.0,
                    wanted.1,
                    on_sale_vi(wanted.2)
                );
                let en = format!(
                    "{sku} shows {} units at {} ({}), wanted {} at {} ({})",
                    shown.0,
                    shown.1,
                    on_sale(shown.2),
                    wanted.0,
                    wanted.1,
                    on_sale(wanted.2)
                );
                agreement.differ(handle, &vi, &en);
            }
        }
    }
    agreement.listings_live += listings.len();
    Ok(())
}

const fn on_sale_vi(is: bool) -> &'static str {
    if is { "đang bán" } else { "đang ẩn" }
}

const fn on_sale(is: bool) -> &'static str {
    if is { "on sale" } else { "off sale" }
}
