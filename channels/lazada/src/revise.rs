//! Bringing an item to a changed draft, one write a step (spec §4.6, §4.7, §4.13). Each step reads first: a SKU's status and parcel must be
//! said again, and what an earlier try did is not done twice.

use crate::Shop;
use crate::listing::{link, living, offer_ref, pictures};
use crate::note::Note;
use crate::observe::{axes, options, read_one};
use crate::product::{changed_product, check, more_skus, parcel, sale_prop};
use crate::wire::{Product, Sku as RemoteSku};
use crate::xml;
use ganh_contract::{
    Draft, DraftOffer, Fault, FaultKind, Link, PictureRef, Progress, RemoteListingId, Result, Section, Stage,
    Start, Thing, Ticket,
};
use ganh_http::Safety;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::time::Duration;

const CALL: &str = "revise";

/// What is left to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Work {
    item: String,
    left: Vec<Step>,
    /// SKU ids that are gone: old orders still name them.
    retired: Vec<String>,
    tries: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Step {
    /// `product/update`: page, parcel, options of the SKUs that stay.
    Page,
    /// `product/create` with `AssociatedSku`: SKUs that are new.
    Add,
    /// `product/sku/remove`: SKUs that are no more.
    Remove,
    /// Reads the ids.
    Relink,
}

pub(crate) async fn revise(
    shop: &Shop,
    listings: &[RemoteListingId],
    draft: &Draft,
    changed: &[Section],
    start: Start<'_>,
) -> Result<Progress<Link>> {
    let allowed = &shop.capability.revise;
    if changed.iter().any(|section| !allowed.contains(section)) {
        return Err(Fault::unsupported(CALL).said("category and seller SKUs stay as they were created"));
    }
    let has_link = draft.pictures.iter().any(|picture| matches!(picture, PictureRef::Link(_)));
    if changed.contains(&Section::Pictures) && has_link {
        return Err(
            Fault::new(CALL, FaultKind::Missing(Thing::Picture)).said("a picture must be uploaded first")
        );
    }
    let work = match start {
        Start::Resume(ticket) => serde_json::from_str(ticket.as_str())
            .map_err(|_| Fault::new(CALL, FaultKind::Missing(Thing::Ticket)))?,
        Start::Fresh(_) | Start::Adopt(_) => {
            let listing = listings.first().ok_or_else(|| Fault::unsupported(CALL))?;
            check(&shop.line.app.facts, draft)?;
            Work { item: listing.as_str().to_owned(), left: plan(changed), retired: Vec::new(), tries: 0 }
        }
    };
    go_on(shop, draft, changed, work).await
}

fn plan(changed: &[Section]) -> Vec<Step> {
    let mut steps = Vec::new();
    if !changed.is_empty() {
        steps.push(Step::Page);
    }
    if changed.contains(&Section::Structure) {
        steps.extend([Step::Add, Step::Remove]);
    }
    steps.push(Step::Relink);
    steps
}

async fn go_on(shop: &Shop, draft: &Draft, changed: &[Section], mut work: Work) -> Result<Progress<Link>> {
    let (product, _) = read_one(shop, &work.item).await?;
    while let Some(step) = work.left.first().copied() {
        let has_written = match step {
            Step::Page => page(shop, draft, changed, &work.item, &product).await?,
            Step::Add => add(shop, draft, &work.item, &product).await?,
            Step::Remove => remove(shop, draft, &mut work, &product).await?,
            Step::Relink => return relink(shop, draft, work, &product),
        };
        work.left.remove(0);
        if has_written {
            return Ok(later(shop, &work));
        }
    }
    Err(Fault::new(CALL, FaultKind::Missing(Thing::Ticket)))
}

/// Everything that one update can say; true if there was something to say.
async fn page(
    shop: &Shop,
    draft: &Draft,
    changed: &[Section],
    item: &str,
    product: &Product,
) -> Result<bool> {
    let only_structure = changed == [Section::Structure];
    if only_structure && !has_new_options(draft, product) {
        return Ok(false);
    }
    update(shop, item, draft, changed, product).await?;
    Ok(true)
}

/// Whether a SKU that stays would stand under other options.
fn has_new_options(draft: &Draft, product: &Product) -> bool {
    let known = axes(product);
    staying(draft, product).any(|(offer, sku)| known != draft.axes || options(sku, &known) != offer.options)
}

fn staying<'a>(
    draft: &'a Draft,
    product: &'a Product,
) -> impl Iterator<Item = (&'a DraftOffer, &'a RemoteSku)> {
    living(product).filter_map(|sku| {
        let offer = draft.offers.iter().find(|offer| offer.sku.as_str() == sku.seller_sku.as_str().trim())?;
        Some((offer, sku))
    })
}

/// The changed sections, with status and parcel of each SKU as they are (§4.7): a missing status would put it on sale.
pub(crate) async fn update(
    shop: &Shop,
    item: &str,
    draft: &Draft,
    changed: &[Section],
    product: &Product,
) -> Result<()> {
    let sku = |remote: &RemoteSku| {
        let offer = draft.offers.iter().find(|offer| offer.sku.as_str() == remote.seller_sku.as_str().trim());
        let mut sku = Map::new();
        sku.insert("SkuId".into(), json!(remote.sku_id.as_str()));
        sku.insert("Status".into(), json!(remote.status.as_str().to_lowercase()));
        let note = match offer.filter(|_| changed.contains(&Section::Parcel)) {
            Some(offer) => Note::of_draft(draft, offer),
            None => Note::of_sku(remote),
        };
        parcel(&mut sku, &note);
        let structure = offer.filter(|_| changed.contains(&Section::Structure));
        if let Some(options) = structure.and_then(|offer| sale_prop(draft, offer)) {
            sku.insert("saleProp".into(), options);
        }
        Value::Object(sku)
    };
    let skus: Vec<Value> = living(product).map(sku).collect();
    let payload = changed_product(item, draft, &pictures(draft, &[]), changed, skus).to_string();
    shop.line
        .post("product_update", "/product/update", Safety::Set, vec![("payload", payload)])
        .await
        .map(drop)
}

/// SKUs that the item does not have yet.
async fn add(shop: &Shop, draft: &Draft, item: &str, product: &Product) -> Result<bool> {
    let is_there =
        |offer: &&DraftOffer| living(product).any(|sku| sku.seller_sku.as_str().trim() == offer.sku.as_str());
    let new: Vec<&DraftOffer> = draft.offers.iter().filter(|offer| !is_there(offer)).collect();
    if new.is_empty() {
        return Ok(false);
    }
    let beside = living(product).find_map(|sku| sku.sku_id.filled());
    let beside = beside.ok_or_else(|| {
        Fault::new(CALL, FaultKind::Missing(Thing::Offer)).said(format!("item {item} has no SKU left"))
    })?;
    let payload = more_skus(draft, &pictures(draft, &[]), beside, &new).to_string();
    shop.line.post("product_add_skus", "/product/create", Safety::Create, vec![("payload", payload)]).await?;
    Ok(true)
}

/// SKUs that the draft does not name any more.
async fn remove(shop: &Shop, draft: &Draft, work: &mut Work, product: &Product) -> Result<bool> {
    let is_wanted = |sku: &&RemoteSku| {
        draft.offers.iter().any(|offer| offer.sku.as_str() == sku.seller_sku.as_str().trim())
    };
    let gone: Vec<String> = living(product)
        .filter(|sku| !is_wanted(sku))
        .filter_map(|sku| sku.sku_id.filled().map(str::to_owned))
        .collect();
    if gone.is_empty() {
        return Ok(false);
    }
    let skus: String = gone.iter().map(|id| xml::element("Sku", &xml::text("SkuId", id))).collect();
    let product = xml::text("ItemId", &work.item) + &xml::element("Skus", &skus);
    let payload = xml::element("Request", &xml::element("Product", &product));
    let params = vec![("payload", payload)];
    match shop.line.post("product_sku_remove", "/product/sku/remove", Safety::Set, params).await {
        Err(fault) if *fault.kind != FaultKind::Missing(Thing::Offer) => return Err(fault),
        Ok(_) | Err(_) => {}
    }
    work.retired.extend(gone);
    Ok(true)
}

fn relink(shop: &Shop, draft: &Draft, work: Work, product: &Product) -> Result<Progress<Link>> {
    const TRIES: u32 = 12;
    let Some(mut link) = link(&work.item, draft, product) else {
        if work.tries >= TRIES {
            return Err(Fault::new(CALL, FaultKind::Missing(Thing::Offer)));
        }
        return Ok(later(shop, &Work { tries: work.tries + 1, ..work }));
    };
    for id in &work.retired {
        let dead = offer_ref(&work.item, id);
        let is_known = link.offers.iter().any(|linked| linked.offer == dead) || link.retired.contains(&dead);
        if !is_known {
            link.retired.push(dead);
        }
    }
    Ok(Progress::Done(link))
}

fn later(shop: &Shop, work: &Work) -> Progress<Link> {
    let wait_s =
        if work.tries > 0 { shop.line.app.facts.lag.read_s } else { shop.line.app.facts.build.step_wait_s };
    Progress::Later {
        stage: Stage::Building,
        ticket: Ticket::new(serde_json::to_string(work).unwrap_or_default()),
        seen: Some(RemoteListingId::new(work.item.as_str())),
        wait: Duration::from_secs(wait_s),
    }
}
