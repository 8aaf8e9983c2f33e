//! Building a listing so that it can be taken up again after any cut.
//!
//! ```text
//!  category ─▶ without options: product with our marker, on sale
//!           └▶ with options: the same, hidden ─▶ variations, 25 at a time ─▶ figures that differ; its switch shows it, many in one batch
//! ```
//!
//! Each call reads what is there, does the first thing that is missing, and comes back (spec 10.1: timeouts are not
//! failures). So resuming, adopting a half-built listing and taking one out of the bin are the same walk.

use crate::Shop;
use crate::category;
use crate::draft::{self, BUILT, Born};
use crate::fault::{self, SKU_IN_LOOKUP, SKU_TAKEN};
use crate::figures::{Set, write_figures, wrong_figures};
use crate::fold::fold;
use crate::listing::{holders, own_sku, unescape, variations};
use crate::offer::{number, offer_ref};
use crate::sign::short_hash;
use crate::wire::{Batched, Entry, Image, Item, Thing};
use ganh_contract::{
    Complaint, Draft, DraftOffer, Fault, FaultKind, Link, Linked, Progress, RemoteListingId, Result, Stage,
    Start, Ticket,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::time::Duration;

pub const CALL: &str = "create";

/// What is remembered between steps.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(default)]
struct Memory {
    category: Option<u64>,
    product: Option<u64>,
    /// Hash of the draft that was made from nothing and agreed with at every step: its ids are known without reading.
    fresh_for: Option<String>,
    /// Those ids, in the order of the draft's offers.
    variations: Vec<u64>,
    /// The listing was there before us, so variations of it may lie in the bin.
    was_there: bool,
    /// Its page, perhaps of an older draft, was brought to this one.
    is_page_set: bool,
    /// Which figures were set already.
    set_figures: Set,
}

/// At most one writing step.
pub async fn create(shop: &Shop, draft: &Draft, start: Start<'_>) -> Result<Progress<Link>> {
    draft::check(CALL, draft)?;
    let memory = match start {
        Start::Fresh(_) => Memory::default(),
        Start::Resume(ticket) => read_ticket(ticket)?,
        Start::Adopt(listing) => {
            Memory { product: number(listing.as_str()), was_there: true, ..Memory::default() }
        }
    };
    match memory.product {
        Some(product) => carry_on(shop, draft, memory, product).await,
        None if matches!(start, Start::Adopt(_)) => Err(missing_listing()),
        None => begin(shop, draft, memory).await,
    }
}

fn read_ticket(ticket: &Ticket) -> Result<Memory> {
    serde_json::from_str(ticket.as_str())
        .map_err(|_| Fault::new(CALL, FaultKind::Missing(ganh_contract::Thing::Ticket)))
}

fn later(memory: &Memory) -> Result<Progress<Link>> {
    let ticket = serde_json::to_string(memory).map_err(|_| Fault::unsupported(CALL))?;
    Ok(Progress::Later {
        stage: Stage::Building,
        ticket: Ticket::new(ticket),
        seen: memory.product.map(|id| RemoteListingId::new(id.to_string())),
        wait: Duration::ZERO,
    })
}

/// The category, then the product itself.
async fn begin(shop: &Shop, draft: &Draft, mut memory: Memory) -> Result<Progress<Link>> {
    let category = match memory.category {
        Some(category) => category,
        None => match category::ensure(shop, CALL, &draft.category).await? {
            category::Ensured::Was(id) => id,
            category::Ensured::Made(id) => {
                memory.category = Some(id);
                return later(&memory);
            }
        },
    };
    memory.category = Some(category);
    // Before 9.2 a twin may come to be, and only one that was never shown may go (see `settle_twins`).
    let is_final = !shop.is_old() && !draft::is_variable(draft);
    let born = if is_final { Born::OnSale } else { Born::Hidden };
    let body = draft::new_product(draft, category, &shop.memo, born)?;
    let product = match shop.site.make::<Item>(CALL, "products", &body).await {
        Ok(reply) => reply.value,
        Err(fault) => return taken(shop, draft, memory, fault).await,
    };
    memory.product = Some(product.id);
    let wanted = draft::product_sku(draft);
    if product.sku != wanted {
        let said = format!("the shop made {:?} of the SKU {wanted:?} (product {})", product.sku, product.id);
        return Err(refused("sku", &said));
    }
    if is_final && product.status == "publish" && wrong_figures(shop, draft, &product, &[]).is_none() {
        return Ok(Progress::Done(fresh_link(draft, product.id, &[])));
    }
    // Old shops do not keep SKUs unique: there every step looks first.
    if !shop.is_old() && draft::is_variable(draft) {
        memory.fresh_for = Some(hash(draft));
    }
    later(&memory)
}

/// A SKU that somebody has: ours is taken up where it stands, a stranger's is a conflict that names it (spec 4.3).
async fn taken(shop: &Shop, draft: &Draft, memory: Memory, fault: Fault) -> Result<Progress<Link>> {
    if !matches!(fault.code.as_deref(), Some(SKU_TAKEN | SKU_IN_LOOKUP)) {
        return Err(fault);
    }
    let mut ids = Vec::new();
    if let FaultKind::Conflict { holder: Some(holder) } = &*fault.kind {
        ids.extend(number(holder.as_str()));
    }
    if ids.is_empty() {
        ids.extend(holders(shop, CALL, &[&draft::product_sku(draft)]).await?);
    }
    for id in ids {
        let item = match shop.site.get::<Item>(CALL, &format!("products/{id}"), Vec::new()).await {
            Ok(reply) => reply.value,
            Err(gone) if matches!(*gone.kind, FaultKind::Missing(_)) => continue,
            Err(fault) => return Err(fault),
        };
        if draft::is_ours(&item, draft.code.as_str()) {
            let memory = Memory { product: Some(id), was_there: true, ..memory };
            return carry_on(shop, draft, memory, id).await;
        }
        return Err(conflict(if item.parent_id > 0 { item.parent_id } else { item.id }, &fault));
    }
    let said = "the shop's look-up table holds this SKU for a product that is gone: its tables must be regenerated \
                (WooCommerce › Status › Tools)";
    Err(Fault { said: Some(said.to_owned()), ..refused("sku", said).code(fault.code.unwrap_or_default()) })
}

/// Does the first thing that is missing.
async fn carry_on(shop: &Shop, draft: &Draft, mut memory: Memory, id: u64) -> Result<Progress<Link>> {
    let is_variable = draft::is_variable(draft);
    let hash = hash(draft);
    if memory.fresh_for.as_ref() == Some(&hash) && is_variable {
        return carry_on_fresh(shop, draft, memory, id).await;
    }
    let product = shop.site.get::<Item>(CALL, &format!("products/{id}"), Vec::new()).await?.value;
    if !draft::is_ours(&product, draft.code.as_str()) {
        return Err(conflict(id, &Fault::unsupported(CALL)));
    }
    if product.status == "trash" {
        let restored = json!({ "status": "draft" });
        shop.site.set::<Thing>(CALL, &format!("products/{id}"), &restored).await?;
        return later(&memory);
    }
    if (product.kind == "variable") != is_variable {
        return Err(refused(
            "structure",
            "the listing stands there with another structure: delete it or keep its options",
        ));
    }
    if memory.was_there && !memory.is_page_set {
        memory.is_page_set = true;
        let page = Value::Object(draft::page(draft));
        shop.site.set::<Thing>(CALL, &format!("products/{id}"), &page).await?;
        return later(&memory);
    }
    let children = if is_variable { children(shop, id, memory.was_there).await? } else { Vec::new() };
    if is_variable && !lists_options(draft, &product) {
        let body = json!({ "attributes": draft::attributes(draft, &[]) });
        shop.site.set::<Thing>(CALL, &format!("products/{id}"), &body).await?;
        return later(&memory);
    }
    if is_variable && build_variations(shop, draft, &product, &children).await? {
        return later(&memory);
    }
    if let Some(wrong) = wrong_figures(shop, draft, &product, &children)
        && let Some((path, body)) = wrong.next_write(&mut memory.set_figures, id)
    {
        write_figures(shop, &path, &body).await?;
        return later(&memory);
    }
    if shop.is_old() && settle_twins(shop, draft, &mut memory, id).await? {
        return later(&memory);
    }
    let is_shown = product.status == "publish" && product.meta(BUILT).is_some();
    if is_shown || is_variable {
        return Ok(Progress::Done(link(draft, id, &product, &children)?));
    }
    show(shop, draft, id, &product.images).await?;
    Ok(Progress::Done(link(draft, id, &product, &children)?))
}

/// The short way of a listing made from nothing: one request a step, as long as every answer agrees. A batch sent twice is harmless
/// here, since the shop keeps SKUs unique (spec 10.1); whatever differs is left to the walk that reads.
async fn carry_on_fresh(shop: &Shop, draft: &Draft, mut memory: Memory, id: u64) -> Result<Progress<Link>> {
    let missing = draft.offers.iter().skip(memory.variations.len()).take(shop.facts.batch_create.is);
    let missing: Vec<&DraftOffer> = missing.collect();
    let bodies = missing.iter().map(|offer| draft::new_variation(draft, offer, &shop.memo));
    let bodies: Vec<Value> = bodies.collect::<Result<_>>()?;
    let path = format!("products/{id}/variations/batch");
    let answered = shop.site.make::<Batched>(CALL, &path, &json!({ "create": bodies })).await?.value;
    let product = Item { sku: draft::product_sku(draft), ..Item::default() };
    let made: Vec<Item> =
        answered.create.iter().filter_map(|entry| serde_json::from_str(entry.get()).ok()).collect();
    let agrees = |(offer, item): (&&DraftOffer, &Item)| item.id > 0 && is_offer(item, &product, offer);
    let all_agree = made.len() == missing.len()
        && missing.iter().zip(&made).all(agrees)
        && wrong_figures(shop, draft, &product, &made).is_none();
    if all_agree {
        memory.variations.extend(made.iter().map(|item| item.id));
        if memory.variations.len() == draft.offers.len() {
            return Ok(Progress::Done(fresh_link(draft, id, &memory.variations)));
        }
    } else {
        memory.fresh_for = None;
    }
    later(&memory)
}

/// The product names every axis and option that the variations need.
fn lists_options(draft: &Draft, product: &Item) -> bool {
    draft.axes.iter().enumerate().all(|(index, axis)| {
        let held = product.attributes.iter().find(|held| held.variation && fold(&held.name) == fold(axis));
        let has = |option: &str| {
            held.is_some_and(|held| held.options.iter().any(|known| fold(&unescape(known)) == fold(option)))
        };
        draft.offers.iter().filter_map(|offer| offer.options.get(index)).all(|option| has(option))
    })
}

/// The last step: pictures, and on sale.
async fn show(shop: &Shop, draft: &Draft, id: u64, held: &[Image]) -> Result<()> {
    let mut body = Map::from_iter([
        ("status".to_owned(), json!("publish")),
        ("meta_data".to_owned(), json!([{ "key": BUILT, "value": "1" }])),
    ]);
    if !draft.pictures.is_empty() {
        body.insert("images".to_owned(), draft::images(CALL, draft, held)?);
    }
    shop.site.set::<Thing>(CALL, &format!("products/{id}"), &Value::Object(body)).await.map(|_| ())
}

/// The link of a listing whose variations' ids are known in the order of the draft.
fn fresh_link(draft: &Draft, id: u64, variations: &[u64]) -> Link {
    let linked = |(index, offer): (usize, &DraftOffer)| Linked {
        sku: offer.sku.clone(),
        offer: offer_ref(id, variations.get(index).copied()),
        note: String::new(),
    };
    Link { offers: draft.offers.iter().enumerate().map(linked).collect(), retired: Vec::new() }
}

/// Variations in any status but the bin, then those in it if there can be some.
async fn children(shop: &Shop, id: u64, has_bin: bool) -> Result<Vec<Item>> {
    let mut all = Vec::new();
    for status in ["any", "trash"].into_iter().take(if has_bin { 2 } else { 1 }) {
        for child in variations(shop, CALL, id, status).await? {
            all.push(child.item?);
        }
    }
    Ok(all)
}

/// Takes ours out of the bin or makes those that are missing. True if something was written.
async fn build_variations(shop: &Shop, draft: &Draft, product: &Item, children: &[Item]) -> Result<bool> {
    let path = format!("products/{}/variations/batch", product.id);
    let wanted = |child: &Item| draft.offers.iter().any(|offer| is_offer(child, product, offer));
    let asleep: Vec<Value> = children
        .iter()
        .filter(|child| child.status != "publish" && wanted(child))
        .take(shop.facts.batch_update.is)
        .map(|child| json!({ "id": child.id, "status": "publish" }))
        .collect();
    if !asleep.is_empty() {
        batch(shop, &path, &json!({ "update": asleep })).await?;
        return Ok(true);
    }
    let missing: Vec<Value> = draft
        .offers
        .iter()
        .filter(|offer| !children.iter().any(|child| is_offer(child, product, offer)))
        .take(shop.facts.batch_create.is)
        .map(|offer| draft::new_variation(draft, offer, &shop.memo))
        .collect::<Result<_>>()?;
    if missing.is_empty() {
        return Ok(false);
    }
    batch(shop, &path, &json!({ "create": missing })).await?;
    Ok(true)
}

/// Sends a batch of which every entry must succeed; what succeeded stays and is found by the next step.
pub async fn batch(shop: &Shop, path: &str, body: &Value) -> Result<()> {
    let answered = shop.site.make::<Batched>(CALL, path, body).await?.value;
    for entry in answered.create.iter().chain(&answered.update) {
        let error = serde_json::from_str::<Entry>(entry.get()).ok().and_then(|entry| entry.error);
        let Some(error) = error else { continue };
        let fault = fault::of_entry(CALL, &error);
        if fault.code.as_deref() == Some(SKU_TAKEN)
            && let Some(id) = error.resource_id()
        {
            let holder = shop.site.get::<Item>(CALL, &format!("products/{id}"), Vec::new()).await?.value;
            return Err(conflict(if holder.parent_id > 0 { holder.parent_id } else { holder.id }, &fault));
        }
        return Err(fault);
    }
    Ok(())
}

pub fn is_offer(child: &Item, product: &Item, offer: &DraftOffer) -> bool {
    own_sku(child, Some(product)).is_some_and(|sku| fold(sku) == fold(offer.sku.as_str()))
}

/// Before 9.2 nothing kept SKUs unique, so a request that was cut off and one that followed may both have made the
/// product (spec 4.3). The older one stays; a younger one of ours, never shown, goes. True if something was written.
async fn settle_twins(shop: &Shop, draft: &Draft, memory: &mut Memory, id: u64) -> Result<bool> {
    for other in holders(shop, CALL, &[&draft::product_sku(draft)]).await? {
        if other == id {
            continue;
        }
        let item = match shop.site.get::<Item>(CALL, &format!("products/{other}"), Vec::new()).await {
            Ok(reply) => reply.value,
            Err(gone) if matches!(*gone.kind, FaultKind::Missing(_)) => continue,
            Err(fault) => return Err(fault),
        };
        // On old shops a SKU in the bin does not bind (spec 4.3).
        if item.status == "trash" {
            continue;
        }
        if !draft::is_ours(&item, draft.code.as_str()) {
            return Err(conflict(other, &Fault::unsupported(CALL)));
        }
        let younger = other.max(id);
        let forever = vec![("force".to_owned(), "true".to_owned())];
        shop.site.delete::<Thing>(CALL, &format!("products/{younger}"), forever).await?;
        memory.product = Some(other.min(id));
        return Ok(true);
    }
    Ok(false)
}

/// Which offer of the shop is which of ours.
///
/// # Errors
/// `Conflict` if one of ours is not there: somebody deleted it meanwhile.
pub fn link(draft: &Draft, id: u64, product: &Item, children: &[Item]) -> Result<Link> {
    let mut offers = Vec::new();
    for offer in &draft.offers {
        let offer_ref = if draft::is_variable(draft) {
            let child = children.iter().find(|child| is_offer(child, product, offer));
            offer_ref(
                id,
                Some(child.ok_or_else(|| Fault::new(CALL, FaultKind::Conflict { holder: None }))?.id),
            )
        } else {
            offer_ref(id, None)
        };
        offers.push(Linked { sku: offer.sku.clone(), offer: offer_ref, note: String::new() });
    }
    let is_ours = |child: &Item| draft.offers.iter().any(|offer| is_offer(child, product, offer));
    let retired = children.iter().filter(|child| !is_ours(child)).map(|child| offer_ref(id, Some(child.id)));
    Ok(Link { offers, retired: retired.collect() })
}

fn hash(draft: &Draft) -> String {
    short_hash(serde_json::to_string(draft).unwrap_or_default().as_bytes())
}

fn conflict(holder: u64, fault: &Fault) -> Fault {
    let kind = FaultKind::Conflict { holder: Some(RemoteListingId::new(holder.to_string())) };
    Fault { kind: Box::new(kind), call: CALL, ..fault.clone() }
}

fn missing_listing() -> Fault {
    Fault::new(CALL, FaultKind::Missing(ganh_contract::Thing::Listing))
}

fn refused(field: &str, said: &str) -> Fault {
    let complaint = Complaint { field: Some(field.to_owned()), code: None, said: said.to_owned() };
    Fault::new(CALL, FaultKind::Refused(vec![complaint]))
}
