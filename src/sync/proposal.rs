//! What connecting a shop would do: read from what the shop held and from what its offers would show, before anything there may change.

use super::remote::Remote;
use super::{Engine, pictures};
use crate::ids::{ProductId, VariantId};
use crate::listing::draft::Objection;
use crate::listing::said::BETWEEN;
use crate::listing::{
    Adoption, CategoryChoice, Figures, Matches, RemoteListingSeen, draft, listing_code, match_listings,
};
use crate::plan::blast::Limits;
use crate::plan::shop_plan::{ShopPlan, Wanted, WantedVariant, shop_plan};
use crate::store::{Approval, ListingPage, ShopRow, StoreError};
use ganh_contract::Capability;
use jiff::Timestamp;
use std::collections::{BTreeSet, HashMap};

/// A plan together with what approving it takes.
#[derive(Debug)]
pub struct Proposal {
    pub plan: ShopPlan,
    pub adopt: Vec<Adoption>,
    /// Those that park are among them: their listings wait for the producer here, not at the marketplace.
    pub create: Vec<ProductId>,
}

/// Puts the plan of a shop together from its last whole reading, which began at `since`. Writes nothing; calls the shop only to learn what
/// the categories of new listings ask for, and goes without where it does not answer.
///
/// `told` hears how many products of how many are looked at. Errors: `Refused` when the shop was never surveyed.
pub async fn propose(
    engine: &Engine,
    shop: &ShopRow,
    since: Timestamp,
    limits: &Limits,
    told: &(dyn Fn(usize, usize) + Send + Sync),
) -> Result<Proposal, StoreError> {
    let store = &engine.store;
    let capability = shop.capability.as_ref().ok_or_else(|| {
        StoreError::Refused(format!("shop {0} was never surveyed: run `ganh shop check {0}`", shop.handle))
    })?;
    let ours = store.our_variants(shop.id).await?;
    let theirs: Vec<RemoteListingSeen> =
        store.seen_listings(shop.id, since).await?.into_iter().map(|listing| listing.seen).collect();
    let matches = match_listings(&ours, &theirs);
    let products: BTreeSet<ProductId> = ours.iter().map(|own| own.product).collect();
    let products: Vec<ProductId> = products.into_iter().collect();
    let now = engine.clock.now();
    let figures = store.foresee_shop(shop.id, &products, now).await?;
    let missing: BTreeSet<ProductId> = matches.ours_missing.iter().copied().collect();
    let remote = Remote::open(engine, shop).await.ok();
    let mut wanted = Vec::new();
    for (done, product) in products.iter().enumerate() {
        told(done, products.len());
        let page = store.foreseen_page(*product, &figures, now).await?;
        let objections = if missing.contains(product) {
            objections(engine, shop, remote.as_ref(), capability, &page).await
        } else {
            Vec::new()
        };
        wanted.push(as_wanted(*product, &page, &figures, objections));
    }
    let plan = shop_plan(&wanted, &theirs, &matches, capability, limits);
    let Matches { adopt, ours_missing, .. } = matches;
    Ok(Proposal { plan, adopt, create: ours_missing })
}

/// Lets the plan come true: the shop is driven from now on.
pub async fn approve(engine: &Engine, shop: &ShopRow, proposal: &Proposal) -> Result<(), StoreError> {
    let approval = Approval { adopt: &proposal.adopt, create: &proposal.create };
    engine.store.approve_shop(shop.id, &approval, engine.clock.now()).await
}

/// What keeps a draft from being made, as the lane would find it.
async fn objections(
    engine: &Engine,
    shop: &ShopRow,
    remote: Option<&Remote>,
    capability: &Capability,
    page: &ListingPage,
) -> Vec<Objection> {
    let choice = match engine.connect.category(&shop.channel, &shop.settings, page) {
        Ok(choice) => choice,
        Err(said) => {
            let (vi, en) = said.split_once(BETWEEN).unwrap_or((&said, &said));
            return vec![Objection {
                field: "category".into(),
                code: "category".into(),
                vi: vi.into(),
                en: en.into(),
            }];
        }
    };
    let pictures = || pictures::expected(engine, &capability.pictures, &page.pictures);
    if let Err(objections) = draft(&page.product, capability, &choice, pictures()) {
        return objections;
    }
    let Some(remote) = remote else { return Vec::new() };
    match engine.rulebook.rules(engine, remote, shop.id, &choice.id).await {
        Ok(rules) => {
            let choice = CategoryChoice { rules, ..choice };
            draft(&page.product, capability, &choice, pictures()).err().unwrap_or_default()
        }
        // The lane will ask again before it makes anything.
        Err(_) => Vec::new(),
    }
}

fn as_wanted(
    product: ProductId,
    page: &ListingPage,
    figures: &HashMap<VariantId, Figures>,
    objections: Vec<Objection>,
) -> Wanted {
    let variants = page.product.variants.iter().filter_map(|variant| {
        let figures = *figures.get(&variant.id)?;
        Some(WantedVariant { variant: variant.id, sku: variant.sku.clone(), figures })
    });
    Wanted {
        product,
        code: listing_code(&page.product),
        title: page.product.name.clone(),
        variants: variants.collect(),
        objections,
    }
}
