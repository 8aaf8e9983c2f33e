//! Reading listings: these, all, and those under our code (spec 4.1, 4.3, 5, 6).

use crate::Shop;
use crate::draft::{self, BUILT, GTIN, MARKER};
use crate::fold::{fold, is_searchable};
use crate::offer::{number, offer_ref, read_price, read_stock};
use crate::site::{Pairs, pairs};
use crate::stamp::read_gmt;
use crate::wire::Item;
use ganh_contract::{
    Cursor, Draft, DraftOffer, Fault, FaultKind, Found, Head, ListingHead, Next, Observed, ObservedOffer,
    Page, PictureRef, Price, Reading, RemoteListingId, Result, Seen, Sku, Standing, Thing, Units, Vnd,
};
use jiff::Timestamp;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};

/// Rows in one page: the most that a shop gives (spec 5.1).
pub const PAGE: usize = 100;
/// Rows read again at the start of each page: rows that leave shift the others (spec 5.1).
const OVERLAP: usize = 10;
/// SKUs in one search, well within the length of an address.
const SKUS_ASKED: usize = 50;
/// Of a product in a long walk: 9 kB for a hundred instead of 195 kB (spec 4.1).
const THIN: &str = "id,parent_id,name,type,status,sku,global_unique_id,regular_price,sale_price,date_on_sale_from_gmt,\
                    date_on_sale_to_gmt,date_modified_gmt,manage_stock,stock_quantity,stock_status,meta_data";

/// One product or variation with the text that it was read from.
pub struct Raw {
    pub item: Result<Item>,
    pub id: u64,
    pub text: String,
    pub at: Timestamp,
}

/// One page of a list.
pub struct Rows {
    pub rows: Vec<Raw>,
    /// Rows over all pages, if the shop says.
    pub total: Option<usize>,
    pub at: Timestamp,
}

/// Reads a list, each row by itself: an unreadable one does not hide its neighbours.
pub async fn read_list(shop: &Shop, call: &'static str, path: &str, asked: Pairs) -> Result<Rows> {
    let reply = shop.site.get::<Vec<Box<RawValue>>>(call, path, asked).await?;
    let rows = reply.value.iter().map(|row| {
        let item = serde_json::from_str::<Item>(row.get())
            .map_err(|error| Fault::new(call, FaultKind::Unintelligible).said(error.to_string()));
        let id = match &item {
            Ok(item) => item.id,
            Err(_) => serde_json::from_str::<crate::wire::Thing>(row.get()).map_or(0, |thing| thing.id),
        };
        Raw { item, id, text: row.get().to_owned(), at: reply.sent_at }
    });
    Ok(Rows { rows: rows.collect(), total: reply.total, at: reply.sent_at })
}

/// All variations of a product in this status (`any` leaves out the bin).
pub async fn variations(shop: &Shop, call: &'static str, product: u64, status: &str) -> Result<Vec<Raw>> {
    let mut all: Vec<Raw> = Vec::new();
    for page in 1.. {
        let asked = pairs([
            ("per_page", PAGE.to_string()),
            ("page", page.to_string()),
            ("orderby", "id".to_owned()),
            ("order", "asc".to_owned()),
            ("status", status.to_owned()),
        ]);
        let rows = read_list(shop, call, &format!("products/{product}/variations"), asked).await?.rows;
        let is_last = rows.len() < PAGE;
        // A filter that is not understood gives everything (spec 1.2): each row is looked at again.
        all.extend(rows.into_iter().filter(|row| {
            row.item.as_ref().map_or(true, |item| (item.status == "trash") == (status == "trash"))
        }));
        if is_last {
            break;
        }
    }
    Ok(all)
}

/// These products, also those in the bin; one that is nowhere is absent.
async fn products(
    shop: &Shop,
    call: &'static str,
    ids: &BTreeSet<u64>,
) -> Result<(BTreeMap<u64, Raw>, Option<Timestamp>)> {
    let mut found = BTreeMap::new();
    let mut at = None;
    for status in ["any", "trash"] {
        let missing: Vec<String> =
            ids.iter().filter(|id| !found.contains_key(*id)).map(ToString::to_string).collect();
        if missing.is_empty() {
            break;
        }
        let asked = pairs([
            ("include", missing.join(",")),
            ("status", status.to_owned()),
            ("per_page", PAGE.to_string()),
        ]);
        let page = read_list(shop, call, "products", asked).await?;
        at = at.or(Some(page.at));
        found.extend(page.rows.into_iter().filter(|row| ids.contains(&row.id)).map(|row| (row.id, row)));
    }
    Ok((found, at))
}

/// Up to `listings_per_read` listings with all their offers.
pub async fn observe(shop: &Shop, listings: &[ListingHead]) -> Result<Vec<Reading<Observed>>> {
    const CALL: &str = "observe";
    let ids: BTreeSet<u64> = listings.iter().filter_map(|head| number(head.id.as_str())).collect();
    let (mut found, at) = products(shop, CALL, &ids).await?;
    let mut readings = Vec::with_capacity(listings.len());
    for head in listings {
        let reading = match number(head.id.as_str()).and_then(|id| found.remove(&id)) {
            Some(raw) => whole_reading(shop, CALL, raw).await?,
            None => gone(&head.id, at.unwrap_or_default()),
        };
        readings.push(reading);
    }
    Ok(readings)
}

fn gone(listing: &RemoteListingId, as_of: Timestamp) -> Reading<Observed> {
    let value = Err(Fault::new("observe", FaultKind::Missing(Thing::Listing)));
    Reading { id: listing.to_string(), as_of, raw: String::new(), value }
}

/// Completes a product with its variations.
async fn whole_reading(shop: &Shop, call: &'static str, raw: Raw) -> Result<Reading<Observed>> {
    let mut text = raw.text;
    let mut children = Vec::new();
    if let Ok(product) = &raw.item
        && product.kind == "variable"
        && product.status != "trash"
    {
        for child in variations(shop, call, product.id, "any").await? {
            text.push('\n');
            text.push_str(&child.text);
            children.push(child.item);
        }
    }
    let value = raw.item.and_then(|product| {
        let children = children.into_iter().collect::<Result<Vec<Item>>>()?;
        Ok(observed(shop, &product, &children, true))
    });
    Ok(Reading { id: raw.id.to_string(), as_of: raw.at, raw: text, value })
}

/// All products but those in the bin, by id: on old shops only that order is whole (spec 5.1).
pub async fn listings(shop: &Shop, from: Option<&Cursor>) -> Result<Page<ListingHead>> {
    const CALL: &str = "listings";
    let (offset, last) = from.map_or(Ok((0, 0)), read_cursor)?;
    let start = offset.saturating_sub(OVERLAP);
    let asked = pairs([
        ("orderby", "id".to_owned()),
        ("order", "asc".to_owned()),
        ("per_page", PAGE.to_string()),
        ("offset", start.to_string()),
        ("status", "any".to_owned()),
        ("_fields", THIN.to_owned()),
    ]);
    let Rows { rows, total, at: as_of } = read_list(shop, CALL, "products", asked).await?;
    let greatest = rows.iter().map(|row| row.id).max().unwrap_or(0);
    // If even the first row lies beyond what was read, so many rows left that some may have slipped through: step back.
    let slipped = start > 0 && rows.first().is_none_or(|row| row.id > last);
    let is_end = !slipped && rows.len() < PAGE && total.is_none_or(|total| start + rows.len() >= total);
    let next = match () {
        () if is_end => Next::End,
        () if slipped => more(start.saturating_sub(PAGE - OVERLAP), last),
        () => more(start + rows.len(), greatest.max(last)),
    };
    let heads = rows.into_iter().map(|row| head(shop, row)).collect();
    Ok(Page { rows: heads, next, as_of })
}

fn more(offset: usize, last: u64) -> Next {
    Next::More(Cursor::new(format!("{offset}.{last}")))
}

fn read_cursor(cursor: &Cursor) -> Result<(usize, u64)> {
    let stale =
        || Fault::new("listings", FaultKind::Conflict { holder: None }).said("no cursor of this walk");
    let (offset, last) = cursor.as_str().split_once('.').ok_or_else(stale)?;
    Ok((offset.parse().map_err(|_| stale())?, last.parse().map_err(|_| stale())?))
}

/// A product without variations is whole already; the others' variations are read by `observe`.
fn head(shop: &Shop, row: Raw) -> ListingHead {
    let id = RemoteListingId::new(row.id.to_string());
    let changed_at = row.item.as_ref().ok().and_then(|item| read_gmt(&item.date_modified_gmt));
    let seen = match row.item {
        Ok(item) if item.kind == "variable" => Seen::Part(row.text),
        item => {
            let value = item.map(|item| observed(shop, &item, &[], false));
            Seen::Whole(Box::new(Reading { id: id.to_string(), as_of: row.at, raw: row.text, value }))
        }
    };
    Head { id, changed_at, seen }
}

/// Everything of ours under this code, also in the bin: our marker decides, not the SKU alone (spec 4.3).
pub async fn find(shop: &Shop, code: &Sku, skus: &[Sku]) -> Result<Found> {
    const CALL: &str = "find";
    let parent = draft::parent_sku(code.as_str(), skus.iter().map(Sku::as_str));
    let asked = skus.iter().map(Sku::as_str).chain([code.as_str(), parent.as_str()]);
    let asked: BTreeSet<&str> = asked.filter(|sku| is_searchable(sku)).collect();
    let ids: BTreeSet<u64> = holders(shop, CALL, &asked.into_iter().collect::<Vec<_>>()).await?;
    let mut readings = Vec::new();
    for raw in products(shop, CALL, &ids).await?.0.into_values() {
        if raw.item.as_ref().is_ok_and(|item| draft::is_ours(item, code.as_str())) {
            readings.push(whole_reading(shop, CALL, raw).await?);
        }
    }
    if readings.is_empty() { Ok(Found::Nothing) } else { Ok(Found::Listings(readings)) }
}

/// Products that carry one of these SKUs, themselves or by a variation; live, hidden or in the bin.
pub async fn holders(shop: &Shop, call: &'static str, skus: &[&str]) -> Result<BTreeSet<u64>> {
    let mut ids = BTreeSet::new();
    for some in skus.chunks(SKUS_ASKED) {
        let wanted: BTreeSet<String> = some.iter().map(|sku| fold(sku)).collect();
        for status in ["any", "trash"] {
            let asked = pairs([
                ("sku", some.join(",")),
                ("status", status.to_owned()),
                ("per_page", PAGE.to_string()),
                ("_fields", "id,parent_id,type,sku,status".to_owned()),
            ]);
            let page = read_list(shop, call, "products", asked).await?;
            for item in page.rows.into_iter().filter_map(|row| row.item.ok()) {
                if wanted.contains(&fold(&item.sku)) {
                    ids.insert(if item.parent_id > 0 { item.parent_id } else { item.id });
                }
            }
        }
    }
    Ok(ids)
}

/// A product in our words.
pub fn observed(shop: &Shop, product: &Item, children: &[Item], is_whole: bool) -> Observed {
    let is_live = product.status == "publish";
    let offers: Vec<ObservedOffer> = match product.kind.as_str() {
        "variable" => children
            .iter()
            .map(|child| offer(shop, child, Some(product), is_live && child.status == "publish"))
            .collect(),
        "grouped" => Vec::new(),
        _ => vec![offer(shop, product, None, is_live)],
    };
    let shows = is_whole.then(|| Box::new(shown(product, children, &offers)));
    Observed {
        listing: product.id.to_string().into(),
        code: code(product),
        standing: standing(product),
        offers,
        shows,
    }
}

/// Our marker, else the product's SKU.
fn code(product: &Item) -> Option<Sku> {
    let sku = Some(product.sku.as_str()).filter(|sku| !sku.is_empty());
    product.meta(MARKER).or(sku).map(Sku::new)
}

fn standing(product: &Item) -> Standing {
    let is_unfinished = product.meta(MARKER).is_some() && !is_built(product);
    match product.status.as_str() {
        "publish" => Standing::OnSale,
        "draft" if is_unfinished => Standing::Unfinished,
        "draft" | "private" | "future" | "auto-draft" => Standing::Hidden,
        "pending" => Standing::Reviewing,
        "trash" => Standing::Deleted,
        other => Standing::Unknown(other.to_owned()),
    }
}

/// All of the variations that it was made for are there.
fn is_built(product: &Item) -> bool {
    let wanted: Option<usize> = product.meta(BUILT).and_then(|built| built.parse().ok());
    let is_variable = product.kind == "variable";
    wanted.is_some_and(|wanted| !is_variable || product.variations.len() >= wanted)
}

fn offer(shop: &Shop, item: &Item, parent: Option<&Item>, is_on_sale: bool) -> ObservedOffer {
    let price = read_price(item).ok().flatten();
    ObservedOffer {
        offer: match parent {
            Some(parent) => offer_ref(parent.id, Some(item.id)),
            None => offer_ref(item.id, None),
        },
        note: String::new(),
        sku: own_sku(item, parent).map(Sku::new),
        gtin: gtin(item, parent),
        // Without a price it cannot be bought (spec 4.2).
        on_sale: is_on_sale && price.is_some(),
        price,
        stock: read_stock(item, shop.memo.counts_stock, parent),
        reserved: None,
    }
}

/// A variation without a SKU shows its parent's: only one that differs is its own (spec 6).
pub fn own_sku<'a>(item: &'a Item, parent: Option<&Item>) -> Option<&'a str> {
    let is_parents = parent.is_some_and(|parent| fold(&parent.sku) == fold(&item.sku));
    Some(item.sku.as_str()).filter(|sku| !sku.is_empty() && !is_parents)
}

fn gtin(item: &Item, parent: Option<&Item>) -> Option<String> {
    let own =
        Some(item.global_unique_id.as_str()).filter(|gtin| !gtin.is_empty()).or_else(|| item.meta(GTIN))?;
    let is_parents = parent.is_some_and(|parent| parent.global_unique_id == own);
    (!is_parents).then(|| own.to_owned())
}

/// The page as a draft, as far as the shop's fields tell.
fn shown(product: &Item, children: &[Item], offers: &[ObservedOffer]) -> Draft {
    let axes: Vec<String> = product
        .attributes
        .iter()
        .filter(|attribute| attribute.variation)
        .map(|attribute| attribute.name.clone())
        .collect();
    let children: Vec<&Item> = if children.is_empty() { vec![product] } else { children.iter().collect() };
    let offers = offers.iter().zip(&children).map(|(offer, item)| DraftOffer {
        sku: offer.sku.clone().unwrap_or_else(|| Sku::new("")),
        options: axes.iter().map(|axis| option(item, axis)).collect(),
        price: offer.price.clone().unwrap_or_else(|| Price::plain(Vnd(0))),
        stock: offer.stock.clone().unwrap_or_else(|| Units::only(0)),
        gtin: offer.gtin.clone(),
        grams: Some(draft::grams(&item.weight)).filter(|grams| *grams > 0),
    });
    Draft {
        code: code(product).unwrap_or_else(|| Sku::new("")),
        title: unescape(&product.name),
        description: product.description.clone(),
        category: product
            .categories
            .first()
            .map(|category| category.id.to_string())
            .unwrap_or_default()
            .into(),
        attributes: product
            .attributes
            .iter()
            .filter(|attribute| !attribute.variation)
            .map(|attribute| (attribute.name.clone(), attribute.options.clone()))
            .collect(),
        pictures: product
            .images
            .iter()
            .map(|image| PictureRef::Remote(image.id.to_string().into()))
            .collect(),
        offers: offers.collect(),
        axes,
        grams: draft::grams(&product.weight),
        size_mm: None,
        gtin: gtin(product, None),
    }
}

fn option(item: &Item, axis: &str) -> String {
    let attribute = item.attributes.iter().find(|attribute| fold(&attribute.name) == fold(axis));
    attribute.map(|attribute| attribute.option.clone()).unwrap_or_default()
}

/// Names come back with `&` written as HTML writes it (spec 4.1).
pub fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#039;", "'")
        .replace("&amp;", "&")
}
