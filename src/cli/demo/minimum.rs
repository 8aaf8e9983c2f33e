//! The fewest calls that the marketplaces' interfaces allow for what the demo did, kind by kind: what `docs/cli.md` calls the minimum.
//!
//! It is a lower bound that no program can beat which keeps the guarantees: a listing is looked for before it is made, and made by itself
//! (I3); nothing is written before the shop was read (first connect). Beyond that it may know everything beforehand and wait for the end:
//! one write takes each figure from what the shop would show by itself to what it shows at last, packed as full as the shape allows.
//! Whoever tells a sale at once needs more, and the ratio shows how many.

mod channel;

use super::market::Market;
use crate::ids::{ListingId, ShopId};
use crate::listing::OfferState;
use crate::store::{LAST_UNITS, ListingPage, ListingRow, Store};
use crate::sync::{Engine, pictures};
use anyhow::Result;
use ganh_contract::{Batch, Capability, Facet, OfferKind, PictureRules};
use ganh_sandbox::{Books, Standing};
use std::collections::{BTreeMap, BTreeSet};

/// Figures as a marketplace shows them: units, đồng, whether a buyer could buy.
type Shown = BTreeMap<String, (Option<i64>, Option<i64>, bool)>;

/// What every shop showed when everything was listed and nobody had bought yet, by stall.
#[derive(Debug, Default)]
pub struct Before(Vec<Shown>);

impl Before {
    /// Reads the marketplaces' books.
    pub async fn of(market: &Market) -> Result<Self> {
        let mut all = Vec::new();
        for stall in &market.stalls {
            all.push(shown(&market.books(stall).await?));
        }
        Ok(Self(all))
    }
}

/// The fewest calls by the journal's kinds. A kind that is not named needs none. `before`: `None` when the listing was cut short; then the
/// kinds of figures are left out.
pub async fn minimum(
    engine: &Engine,
    market: &Market,
    shops: &[ShopId],
    before: Option<&Before>,
) -> Result<BTreeMap<&'static str, u64>> {
    let mut sums: BTreeMap<&'static str, u64> = BTreeMap::new();
    for (index, (stall, shop)) in market.stalls.iter().zip(shops).enumerate() {
        let Some(capability) = engine.store.shop(*shop).await?.capability else { continue };
        let work = Work::of(engine, *shop).await?;
        let books = market.books(stall).await?;
        let was = before.and_then(|before| before.0.get(index));
        let channel = stall.channel;
        let calls = channel::listing(channel, &work).into_iter();
        let calls = calls.chain(channel::reading(channel, &books, &work, was));
        let figures = was.map(|was| work.figure_calls(&capability, was, &books)).unwrap_or_default();
        for (kind, count) in calls.chain(figures) {
            *sums.entry(kind).or_default() += count;
        }
    }
    // One app, one address for its pushes (Shopee spec §6.1).
    if market.stalls.iter().any(|stall| stall.channel == "shopee") {
        *sums.entry("hooks").or_default() += 1;
    }
    sums.retain(|_, count| *count > 0);
    Ok(sums)
}

/// What was done in one shop.
struct Work {
    /// Listings that we made, with the number of their offers.
    singles: u64,
    /// Offers of each listing with variations.
    varied: Vec<u64>,
    categories: u64,
    /// Pictures by their content.
    pictures: u64,
    offers: Vec<OfferState>,
}

impl Work {
    async fn of(engine: &Engine, shop: ShopId) -> Result<Self> {
        let store = &engine.store;
        let row = store.shop(shop).await?;
        let offers = offers(store, shop).await?;
        let mut by_listing: BTreeMap<ListingId, Vec<&OfferState>> = BTreeMap::new();
        for offer in &offers {
            by_listing.entry(offer.listing_id).or_default().push(offer);
        }
        let (mut singles, mut varied) = (0, Vec::new());
        let (mut categories, mut shas) = (BTreeSet::new(), BTreeSet::new());
        for listing in made(store, shop).await? {
            let Some(offers) = by_listing.get(&listing.id) else { continue };
            if offers.iter().any(|offer| offer.offer.kind == OfferKind::Variant) {
                varied.push(number(offers.len()));
            } else {
                singles += 1;
            }
            let page: ListingPage = store.listing_page(listing.id, engine.clock.now()).await?;
            if let Ok(choice) = engine.connect.category(&row.channel, &row.settings, &page) {
                categories.insert(choice.id);
            }
            if let Some(rules @ PictureRules::Upload { max, .. }) =
                row.capability.as_ref().map(|allows| &allows.pictures)
            {
                let wanted = pictures::expected(engine, rules, &page.pictures).len().min(*max);
                shas.extend(page.pictures.into_iter().take(wanted).map(|picture| picture.sha256));
            }
        }
        let (categories, pictures) = (number(categories.len()), number(shas.len()));
        Ok(Self { singles, varied, categories, pictures, offers })
    }

    fn made(&self) -> u64 {
        self.singles + number(self.varied.len())
    }

    /// Prices, units and on-sale since everything was listed.
    fn figure_calls(&self, capability: &Capability, was: &Shown, books: &Books) -> Vec<(&'static str, u64)> {
        let is = shown(books);
        let sold = net_sold(books);
        let differs = |facet: Facet, offer: &OfferState| {
            let sku = offer.sku.as_str();
            let (Some(was), Some(is)) = (was.get(sku), is.get(sku)) else { return false };
            match facet {
                Facet::Stock => was.0.map(|units| units - sold.get(sku).copied().unwrap_or(0)) != is.0,
                Facet::Price => was.1 != is.1,
                Facet::OnSale => was.2 != is.2,
            }
        };
        [("price", Facet::Price), ("stock", Facet::Stock), ("on_sale", Facet::OnSale)]
            .map(|(kind, facet)| {
                let changed: Vec<&OfferState> =
                    self.offers.iter().filter(|offer| differs(facet, offer)).collect();
                (kind, packed(capability, facet, &changed))
            })
            .to_vec()
    }
}

/// Last units are always read back once they were written or sold down to (I9): at least those that stand there at the end and did not when
/// everything was listed. Listings, and those among them with variations.
fn owed(work: &Work, was: Option<&Shown>) -> (u64, u64) {
    let listed_with = |offer: &OfferState| was.and_then(|was| was.get(offer.sku.as_str())?.0);
    let owed: Vec<&OfferState> = work
        .offers
        .iter()
        .filter(|offer| offer.desired.stock <= LAST_UNITS)
        .filter(|offer| listed_with(offer).is_some_and(|units| units != i64::from(offer.desired.stock)))
        .collect();
    let listings: BTreeSet<ListingId> = owed.iter().map(|offer| offer.listing_id).collect();
    let varied: BTreeSet<ListingId> = owed
        .iter()
        .filter(|offer| offer.offer.kind == OfferKind::Variant)
        .map(|offer| offer.listing_id)
        .collect();
    (number(listings.len()), number(varied.len()))
}

/// Calls for these offers by the shapes of their kinds.
fn packed(capability: &Capability, facet: Facet, changed: &[&OfferState]) -> u64 {
    let mut calls = 0;
    for kind in [OfferKind::Alone, OfferKind::Variant] {
        let Some(shape) = capability.shape_for(facet, kind) else { continue };
        let offers: Vec<&&OfferState> = changed.iter().filter(|offer| offer.offer.kind == kind).collect();
        let mut listings: BTreeMap<ListingId, usize> = BTreeMap::new();
        for offer in &offers {
            *listings.entry(offer.listing_id).or_default() += 1;
        }
        calls += number(match capability.calls[shape].batch {
            Batch::Offer => offers.len(),
            Batch::OneListing { max_offers } => {
                listings.values().map(|count| count.div_ceil(max_offers.max(1))).sum()
            }
            Batch::Offers { max_offers } => offers.len().div_ceil(max_offers.max(1)),
            Batch::WholeListings { max_listings } | Batch::Listings { max_listings, .. } => {
                listings.len().div_ceil(max_listings.max(1))
            }
        });
    }
    calls
}

fn shown(books: &Books) -> Shown {
    let there = books.listings.iter().filter(|listing| listing.standing != Standing::Deleted);
    there
        .flat_map(|listing| {
            let is_shown = listing.standing == Standing::OnSale;
            listing
                .offers
                .iter()
                .map(move |offer| (offer.sku.clone(), (offer.stock, offer.price, is_shown && offer.on_sale)))
        })
        .collect()
}

/// Units that the shop's own orders took from its own figure: a marketplace lowers and raises that by itself.
fn net_sold(books: &Books) -> BTreeMap<&str, i64> {
    let mut sold = BTreeMap::new();
    for line in books.orders.iter().flat_map(|order| &order.lines) {
        *sold.entry(line.sku.as_str()).or_default() += line.units - line.cancelled;
    }
    sold
}

async fn offers(store: &Store, shop: ShopId) -> Result<Vec<OfferState>> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = store.offers_page(shop, after, 500).await?;
        let Some(last) = page.last() else { return Ok(all) };
        after = Some(last.id);
        all.extend(page);
    }
}

/// Listings that came to be by us.
async fn made(store: &Store, shop: ShopId) -> Result<Vec<ListingRow>> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = store.listings_page(shop, after, 500).await?;
        let Some(last) = page.last() else { return Ok(all) };
        after = Some(last.id);
        all.extend(
            page.into_iter().filter(|listing| listing.intent.is_some() && listing.remote_id.is_some()),
        );
    }
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ganh_sandbox::{ListingBook, OfferBook, OrderBook, OrderLineBook};

    fn book(sku: &str, stock: i64, sold: i64) -> Books {
        let offer = OfferBook {
            id: "1".into(),
            sku: sku.into(),
            kind: "alone".into(),
            price: Some(35_000),
            stock: Some(stock),
            reserved: 0,
            on_sale: true,
        };
        let listing = ListingBook {
            id: "1".into(),
            code: None,
            title: sku.into(),
            standing: Standing::OnSale,
            pictures: 1,
            offers: vec![offer],
        };
        let line = OrderLineBook {
            id: "1".into(),
            listing: "1".into(),
            offer: "1".into(),
            sku: sku.into(),
            units: sold + 1,
            cancelled: 1,
            returned: 0,
            unit_price: 35_000,
        };
        let order = OrderBook {
            id: "A".into(),
            status: "READY".into(),
            placed_at: String::new(),
            changed_at: String::new(),
            lines: vec![line],
        };
        Books { listings: vec![listing], orders: vec![order], oversold_units: 0, sold_units: sold }
    }

    #[test]
    fn what_a_shop_lowers_by_its_own_sales_needs_no_write() {
        let (was, is) = (shown(&book("TRA-1", 10, 0)), book("TRA-1", 7, 3));

        assert_eq!(was["TRA-1"].0.map(|units| units - net_sold(&is)["TRA-1"]), shown(&is)["TRA-1"].0);
    }
}
