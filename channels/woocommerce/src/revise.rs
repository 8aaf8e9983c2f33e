//! Bringing a listing's page to the draft: the product first, then its variations (spec 4.6, 4.7, 6).
//!
//! Only what changed is sent: arrays replace what is stored, pictures sent again are stored again, and a product whose
//! type is changed loses its variations for good, so the type is never sent.

use crate::Shop;
use crate::category;
use crate::create::batch;
use crate::draft::{self, GTIN, MARKER};
use crate::fold::fold;
use crate::listing::{own_sku, variations};
use crate::offer::{number, offer_ref};
use crate::wire::{Item, Thing};
use ganh_contract::{
    Complaint, Draft, DraftOffer, Fault, FaultKind, Link, Linked, Progress, RemoteListingId, Result, Section,
    Stage, Start, Ticket,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::time::Duration;

const CALL: &str = "revise";

#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(default)]
struct Memory {
    category: Option<u64>,
    is_product_done: bool,
}

/// At most one writing step.
pub async fn revise(
    shop: &Shop,
    listings: &[RemoteListingId],
    draft: &Draft,
    changed: &[Section],
    start: Start<'_>,
) -> Result<Progress<Link>> {
    draft::check(CALL, draft)?;
    let [listing] = listings else {
        return Err(Fault::unsupported(CALL).said("one product of this shop is one listing"));
    };
    let missing = |thing| Fault::new(CALL, FaultKind::Missing(thing));
    let id = number(listing.as_str()).ok_or_else(|| missing(ganh_contract::Thing::Listing))?;
    let mut memory = match start {
        Start::Resume(ticket) => {
            serde_json::from_str(ticket.as_str()).map_err(|_| missing(ganh_contract::Thing::Ticket))?
        }
        Start::Fresh(_) | Start::Adopt(_) => Memory::default(),
    };
    let product = shop.site.get::<Item>(CALL, &format!("products/{id}"), Vec::new()).await?.value;
    let is_variable = draft::is_variable(draft);
    if (product.kind == "variable") != is_variable {
        let said = "a listing with options cannot become one without, nor the other way round: list it anew";
        return Err(refused("structure", said));
    }
    let children = if is_variable { children(shop, id).await? } else { Vec::new() };
    let pairs = matched(draft, &product, &children);
    if !memory.is_product_done {
        if changed.contains(&Section::Category) && memory.category.is_none() {
            match category::ensure(shop, CALL, &draft.category).await? {
                category::Ensured::Was(id) => memory.category = Some(id),
                category::Ensured::Made(id) => {
                    memory.category = Some(id);
                    return later(&memory, id);
                }
            }
        }
        let body = product_changes(shop, draft, changed, &memory, &product, &children, &pairs)?;
        memory.is_product_done = true;
        if !body.is_empty() {
            shop.site.set::<Thing>(CALL, &format!("products/{id}"), &Value::Object(body)).await?;
            if is_variable && touches_variations(changed) {
                return later(&memory, id);
            }
        }
    }
    if is_variable && touches_variations(changed) {
        let path = format!("products/{id}/variations/batch");
        if let Some(body) = variation_changes(shop, draft, changed, &children, &pairs)? {
            batch(shop, &path, &body).await?;
            return later(&memory, id);
        }
    }
    Ok(Progress::Done(link(draft, id, &children, &pairs)?))
}

fn touches_variations(changed: &[Section]) -> bool {
    [Section::Structure, Section::Codes, Section::Parcel].iter().any(|section| changed.contains(section))
}

fn later(memory: &Memory, id: u64) -> Result<Progress<Link>> {
    let ticket = serde_json::to_string(memory).map_err(|_| Fault::unsupported(CALL))?;
    let seen = Some(RemoteListingId::new(id.to_string()));
    Ok(Progress::Later { stage: Stage::Building, ticket: Ticket::new(ticket), seen, wait: Duration::ZERO })
}

async fn children(shop: &Shop, id: u64) -> Result<Vec<Item>> {
    variations(shop, CALL, id, "any").await?.into_iter().map(|child| child.item).collect()
}

/// The place among `children` of each of the draft's offers: by SKU, else by options, so that a changed SKU finds its variation.
fn matched(draft: &Draft, product: &Item, children: &[Item]) -> Vec<Option<usize>> {
    let by_sku = |offer: &DraftOffer| {
        let wanted = fold(offer.sku.as_str());
        children.iter().position(|child| own_sku(child, Some(product)).is_some_and(|sku| fold(sku) == wanted))
    };
    let mut pairs: Vec<Option<usize>> = draft.offers.iter().map(by_sku).collect();
    for (index, offer) in draft.offers.iter().enumerate() {
        if pairs[index].is_none() {
            let free = |place: &usize| !pairs.contains(&Some(*place));
            let same = |place: &usize| has_options(draft, offer, &children[*place]);
            pairs[index] = (0..children.len()).filter(free).find(same);
        }
    }
    pairs
}

fn has_options(draft: &Draft, offer: &DraftOffer, child: &Item) -> bool {
    draft.axes.iter().zip(&offer.options).all(|(axis, option)| {
        let held = child.attributes.iter().find(|attribute| fold(&attribute.name) == fold(axis));
        held.is_some_and(|held| fold(&held.option) == fold(option))
    })
}

/// What of the product differs, by the changed sections.
fn product_changes(
    shop: &Shop,
    draft: &Draft,
    changed: &[Section],
    memory: &Memory,
    product: &Item,
    children: &[Item],
    pairs: &[Option<usize>],
) -> Result<Map<String, Value>> {
    let mut body = Map::new();
    let mut meta = Vec::new();
    for section in changed {
        match section {
            Section::Title => {
                body.insert("name".to_owned(), json!(draft.title));
            }
            Section::Description => {
                body.insert("description".to_owned(), json!(draft.description));
            }
            Section::Category => {
                body.insert("categories".to_owned(), json!([{ "id": memory.category }]));
            }
            Section::Attributes | Section::Structure => {
                let is_retired = |place: &usize| !pairs.contains(&Some(*place));
                let retired =
                    (0..children.len()).filter(is_retired).flat_map(|place| &children[place].attributes);
                let kept: Vec<(String, String)> =
                    retired.map(|attribute| (attribute.name.clone(), attribute.option.clone())).collect();
                body.insert("attributes".to_owned(), draft::attributes(draft, &kept));
            }
            Section::Pictures => {
                let images = draft::images(CALL, draft, &product.images)?;
                let held: Vec<Value> = product.images.iter().map(|image| json!({ "id": image.id })).collect();
                if images != json!(held) {
                    body.insert("images".to_owned(), images);
                }
            }
            Section::Parcel => draft::parcel(draft.grams, draft.size_mm, &mut body),
            Section::Codes => {
                let sku = draft::product_sku(draft);
                if product.sku != sku {
                    body.insert("sku".to_owned(), json!(sku));
                }
                meta.push(json!({ "key": MARKER, "value": draft.code.as_str() }));
                let only = draft.offers.first().filter(|_| !draft::is_variable(draft));
                let gtin = only.and_then(|only| only.gtin.as_ref()).or(draft.gtin.as_ref());
                draft::gtin(gtin, &shop.memo, &mut body, &mut meta);
            }
        }
    }
    if !meta.is_empty() {
        body.insert("meta_data".to_owned(), json!(meta));
    }
    Ok(body)
}

/// First what is there and differs, then what is missing. A variation that we no longer want is hidden, never deleted: in a
/// batch that would be for good (spec 7, item 7), and old orders name it.
fn variation_changes(
    shop: &Shop,
    draft: &Draft,
    changed: &[Section],
    children: &[Item],
    pairs: &[Option<usize>],
) -> Result<Option<Value>> {
    let mut updates = Vec::new();
    for (offer, place) in draft.offers.iter().zip(pairs) {
        let Some(child) = place.map(|place| &children[place]) else { continue };
        let changes = one_variation(shop, draft, changed, offer, child);
        if !changes.is_empty() {
            updates.push(with_id(child.id, changes));
        }
    }
    for (place, child) in children.iter().enumerate() {
        if changed.contains(&Section::Structure) && !pairs.contains(&Some(place)) && child.status == "publish"
        {
            updates.push(json!({ "id": child.id, "status": "private" }));
        }
    }
    if !updates.is_empty() {
        updates.truncate(shop.facts.batch_update.is);
        return Ok(Some(json!({ "update": updates })));
    }
    let missing = draft.offers.iter().zip(pairs).filter(|(_, place)| place.is_none()).map(|(offer, _)| offer);
    let missing: Vec<Value> = missing
        .take(shop.facts.batch_create.is)
        .map(|offer| draft::new_variation(draft, offer, &shop.memo))
        .collect::<Result<_>>()?;
    Ok((!missing.is_empty()).then(|| json!({ "create": missing })))
}

fn one_variation(
    shop: &Shop,
    draft: &Draft,
    changed: &[Section],
    offer: &DraftOffer,
    child: &Item,
) -> Map<String, Value> {
    let mut body = Map::new();
    if changed.contains(&Section::Structure) {
        if !has_options(draft, offer, child) {
            body.insert("attributes".to_owned(), draft::options(draft, offer));
        }
        if child.status != "publish" {
            body.insert("status".to_owned(), json!("publish"));
        }
    }
    if changed.contains(&Section::Codes) {
        if child.sku != offer.sku.as_str() {
            body.insert("sku".to_owned(), json!(offer.sku.as_str()));
        }
        let held = Some(child.global_unique_id.as_str())
            .filter(|gtin| !gtin.is_empty())
            .or_else(|| child.meta(GTIN));
        if offer.gtin.is_some() && offer.gtin.as_deref() != held {
            let mut meta = Vec::new();
            draft::gtin(offer.gtin.as_ref(), &shop.memo, &mut body, &mut meta);
            if !meta.is_empty() {
                body.insert("meta_data".to_owned(), json!(meta));
            }
        }
    }
    if changed.contains(&Section::Parcel)
        && let Some(grams) = offer.grams.filter(|grams| draft::grams(&child.weight) != *grams)
    {
        body.insert("weight".to_owned(), json!(draft::kilograms(grams)));
    }
    body
}

fn with_id(id: u64, mut fields: Map<String, Value>) -> Value {
    fields.insert("id".to_owned(), json!(id));
    Value::Object(fields)
}

fn link(draft: &Draft, id: u64, children: &[Item], pairs: &[Option<usize>]) -> Result<Link> {
    let mut offers = Vec::new();
    for (offer, place) in draft.offers.iter().zip(pairs) {
        let variation = match place {
            Some(place) => Some(children[*place].id),
            None if draft::is_variable(draft) => {
                return Err(
                    Fault::new(CALL, FaultKind::Conflict { holder: None }).said("a variation is missing")
                );
            }
            None => None,
        };
        offers.push(Linked { sku: offer.sku.clone(), offer: offer_ref(id, variation), note: String::new() });
    }
    let retired = (0..children.len()).filter(|place| !pairs.contains(&Some(*place)));
    let retired = retired.map(|place| offer_ref(id, Some(children[place].id))).collect();
    Ok(Link { offers, retired })
}

fn refused(field: &str, said: &str) -> Fault {
    let complaint = Complaint { field: Some(field.to_owned()), code: None, said: said.to_owned() };
    Fault::new(CALL, FaultKind::Refused(vec![complaint]))
}
