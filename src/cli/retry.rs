//! `ganh retry`: parked offers and listings get another try.

use crate::catalogue::text::sku_key;
use crate::cli::context::{Common, Context, WrongUse};
use crate::cli::output;
use crate::ids::{ListingId, OfferId, ShopId};
use crate::store::Store;
use anyhow::Result;
use serde_json::json;

/// Gives what is parked another try.
#[derive(Debug, clap::Args)]
pub struct Retry {
    /// SKUs of offers, codes of products
    #[arg(value_name = "SKU", conflicts_with = "all")]
    skus: Vec<String>,
    /// Everything that is parked
    #[arg(long)]
    all: bool,
    /// In this shop only
    #[arg(long, value_name = "SHOP")]
    shop: Option<String>,
}

/// Rows of one step.
const PAGE: usize = 500;

/// Frees what is parked.
pub async fn run(common: &Common, command: Retry) -> Result<()> {
    if command.skus.is_empty() && !command.all {
        return Err(WrongUse("name what to try again, or --all".into()).into());
    }
    let context = Context::open(common)?;
    let store = context.store().await?;
    let shop = match &command.shop {
        Some(handle) => Some(context.shop(&store, handle).await?.id),
        None => None,
    };
    let keys: Vec<String> = command.skus.iter().map(|sku| sku_key(sku)).collect();
    let is_meant = |code: &str| command.all || keys.contains(&sku_key(code));
    let offers = offers(&store, shop, &is_meant).await?;
    let listings = listings(&store, shop, &is_meant).await?;
    store.unpark_offers(&offers, context.now()).await?;
    for listing in &listings {
        store.unpark_listing(*listing, context.now()).await?;
    }
    let freed = json!({ "offers": offers.len(), "listings": listings.len() });
    output::result(&context, &freed, || {
        if offers.is_empty() && listings.is_empty() {
            output::note("nothing of that is parked: see `ganh status`");
        }
        output::line(format!("{} offers and {} listings are tried again", offers.len(), listings.len()))
    })
}

async fn offers(
    store: &Store,
    shop: Option<ShopId>,
    is_meant: &impl Fn(&str) -> bool,
) -> Result<Vec<OfferId>> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = store.parked_offers(shop, after, PAGE).await?;
        found.extend(page.iter().filter(|offer| is_meant(&offer.sku)).map(|offer| offer.offer));
        after = page.last().map(|offer| offer.offer);
        if page.len() < PAGE {
            return Ok(found);
        }
    }
}

async fn listings(
    store: &Store,
    shop: Option<ShopId>,
    is_meant: &impl Fn(&str) -> bool,
) -> Result<Vec<ListingId>> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = store.parked_listings(shop, after, PAGE).await?;
        found.extend(
            page.iter().filter(|listing| is_meant(&listing.product_code)).map(|listing| listing.listing),
        );
        after = page.last().map(|listing| listing.listing);
        if page.len() < PAGE {
            return Ok(found);
        }
    }
}
