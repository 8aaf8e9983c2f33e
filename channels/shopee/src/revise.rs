//! Bringing an item to a changed draft, one write a step (spec §4.6, §4.8).

use crate::Shop;
use crate::item::{Part, content, structure};
use crate::listing::{is_too_early, item_id, link, variant};
use crate::observe::{read_models, read_one};
use crate::wire::{Model, Models};
use ganh_contract::{
    Draft, Fault, FaultKind, Link, Linked, OfferRef, Progress, RemoteListingId, RemoteOfferId, Result,
    Section, Stage, Start, Thing, Ticket,
};
use ganh_http::Safety;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;

const CALL: &str = "revise";

/// What is left to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Work {
    item: i64,
    left: Vec<Step>,
    /// Model ids that a new structure retired: old orders still name them (§8 no. 10).
    retired: Vec<i64>,
    tries: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Step {
    /// `update_item`: page and code of the item.
    Page,
    /// Notes the ids that the next step retires.
    Note,
    /// `init_tier_variation` for another number of tiers, `update_tier_variation` for the same (§4.8).
    Structure,
    /// `add_model`: combinations that are new.
    Add,
    /// `update_model`: codes of the models.
    Codes,
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
    let work = match start {
        Start::Resume(ticket) => serde_json::from_str(ticket.as_str())
            .map_err(|_| Fault::new(CALL, FaultKind::Missing(Thing::Ticket)))?,
        Start::Fresh(_) | Start::Adopt(_) => {
            let listing = listings.first().ok_or_else(|| Fault::unsupported(CALL))?;
            Work { item: item_id(CALL, listing)?, left: plan(draft, changed), retired: Vec::new(), tries: 0 }
        }
    };
    go_on(shop, draft, changed, work).await
}

fn plan(draft: &Draft, changed: &[Section]) -> Vec<Step> {
    let has_axes = !draft.axes.is_empty();
    let is_new_structure = changed.contains(&Section::Structure);
    let is_page = changed.contains(&Section::Codes) || !parts(changed).is_empty();
    let mut steps = Vec::new();
    if is_page {
        steps.push(Step::Page);
    }
    if is_new_structure {
        steps.extend([Step::Note, Step::Structure]);
    }
    if is_new_structure && has_axes {
        steps.extend([Step::Add, Step::Codes]);
    } else if has_axes && changed.contains(&Section::Codes) {
        steps.push(Step::Codes);
    }
    steps.push(Step::Relink);
    steps
}

fn parts(changed: &[Section]) -> Vec<Part> {
    let part = |section: &Section| match section {
        Section::Title => Some(Part::Title),
        Section::Description => Some(Part::Description),
        Section::Category => Some(Part::Category),
        Section::Attributes => Some(Part::Attributes),
        Section::Pictures => Some(Part::Pictures),
        Section::Parcel => Some(Part::Parcel),
        Section::Structure | Section::Codes => None,
    };
    changed.iter().filter_map(part).collect()
}

async fn go_on(shop: &Shop, draft: &Draft, changed: &[Section], mut work: Work) -> Result<Progress<Link>> {
    let Some(step) = work.left.first().copied() else { return Err(Fault::unsupported(CALL)) };
    match step {
        Step::Page => update_page(shop, draft, changed, work.item).await?,
        Step::Note => {
            let (models, _) = read_models(shop, work.item).await?;
            if link(work.item, draft, &models).is_some_and(|link| link.retired.is_empty())
                && is_built(draft, &models)
            {
                // An earlier try built it and was cut off.
                work.left.retain(|step| !matches!(step, Step::Structure | Step::Add));
            } else {
                work.retired = models.model.0.iter().filter_map(|model| model.model_id.0).collect();
            }
        }
        Step::Structure => restructure(shop, draft, work.item).await?,
        Step::Add => add_models(shop, draft, work.item).await?,
        Step::Codes => update_codes(shop, draft, work.item).await?,
        Step::Relink => return relink(shop, draft, work).await,
    }
    work.left.remove(0);
    Ok(later(&work, 0))
}

/// Whether the tiers are exactly the draft's.
fn is_built(draft: &Draft, models: &Models) -> bool {
    let axes = crate::observe::axes(models);
    let names: Vec<&String> = axes.iter().map(|(name, _)| name).collect();
    names == draft.axes.iter().collect::<Vec<_>>()
        && models.model.0.len() == draft.offers.len()
        && models.model.0.iter().all(|model| {
            let options = crate::observe::options(model, &axes);
            draft.offers.iter().any(|offer| offer.options == options)
        })
}

/// Only what is said changes; price, stock and switch are never said (§4.6).
async fn update_page(shop: &Shop, draft: &Draft, changed: &[Section], item: i64) -> Result<()> {
    let mut body = content(draft, &parts(changed))?;
    body.insert("item_id".into(), json!(item));
    if changed.contains(&Section::Codes) {
        body.insert("item_sku".into(), json!(draft.code.as_str()));
    }
    shop.line
        .post("update_item", "/api/v2/product/update_item", Safety::Set, Value::Object(body))
        .await
        .map(drop)
}

/// Another number of tiers makes all models anew; the same number keeps the models that are named and drops the others (§4.8).
async fn restructure(shop: &Shop, draft: &Draft, item: i64) -> Result<()> {
    let (models, _) = read_models(shop, item).await?;
    let tiers = crate::observe::axes(&models).len();
    if tiers == 0 || tiers != draft.axes.len() {
        let path = "/api/v2/product/init_tier_variation";
        let body = if draft.axes.is_empty() { flat(item, draft) } else { structure(item, draft) };
        return shop.line.post("init_tier_variation", path, Safety::Set, body).await.map(drop);
    }
    let mut body = structure(item, draft);
    let wanted = body["model"].take();
    let mut kept = kept(draft, &models);
    if let (true, Some(first)) = (kept.is_empty(), models.model.0.first()) {
        // All cannot go at once: one lives on under another name.
        kept.push((0, first));
    }
    let kept = kept.iter().map(|(index, model)| {
        json!({ "model_id": model.model_id.or_zero(), "tier_index": wanted[*index]["tier_index"] })
    });
    let kept: Vec<Value> = kept.collect();
    let tiers = body["standardise_tier_variation"].take();
    let body = json!({ "item_id": item, "standardise_tier_variation": tiers, "model_list": kept });
    let path = "/api/v2/product/update_tier_variation";
    shop.line.post("update_tier_variation", path, Safety::Set, body).await.map(drop)
}

/// Which models live on: those with our code, else those with the same options.
fn kept<'a>(draft: &Draft, models: &'a Models) -> Vec<(usize, &'a Model)> {
    let mut kept: Vec<(usize, &Model)> = Vec::new();
    for (index, offer) in draft.offers.iter().enumerate() {
        let mut same = models.model.0.iter().filter(|model| model.model_sku.as_str() == offer.sku.as_str());
        if let (Some(model), None) = (same.next(), same.next()) {
            kept.push((index, model));
        }
    }
    for (index, model) in by_options(draft, models) {
        let is_taken = kept.iter().any(|(at, other)| *at == index || other.model_id == model.model_id);
        if !is_taken {
            kept.push((index, model));
        }
    }
    kept
}

/// Combinations that no model has yet; nothing to do is nothing sent.
async fn add_models(shop: &Shop, draft: &Draft, item: i64) -> Result<()> {
    let (models, _) = read_models(shop, item).await?;
    let known: Vec<usize> = by_options(draft, &models).into_iter().map(|(index, _)| index).collect();
    let all = structure(item, draft)["model"].take();
    let rows = all.as_array().map(Vec::as_slice).unwrap_or_default().iter().enumerate();
    let missing: Vec<&Value> =
        rows.filter(|(index, _)| !known.contains(index)).map(|(_, model)| model).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let body = json!({ "item_id": item, "model_list": missing });
    shop.line.post("add_model", "/api/v2/product/add_model", Safety::Create, body).await.map(drop)
}

/// Models keep their ids; a model is known by its options, because its code is what changes.
async fn update_codes(shop: &Shop, draft: &Draft, item: i64) -> Result<()> {
    let (models, _) = read_models(shop, item).await?;
    let pairs = by_options(draft, &models);
    if pairs.is_empty() {
        return Err(Fault::new("update_model", FaultKind::Missing(Thing::Offer)));
    }
    let is_new =
        |(index, model): &&(usize, &Model)| model.model_sku.as_str() != draft.offers[*index].sku.as_str();
    let row = |(index, model): &(usize, &Model)| json!({ "model_id": model.model_id.or_zero(), "model_sku": draft.offers[*index].sku.as_str() });
    let list: Vec<Value> = pairs.iter().filter(is_new).map(row).collect();
    if list.is_empty() {
        return Ok(());
    }
    let body = json!({ "item_id": item, "model": list });
    shop.line.post("update_model", "/api/v2/product/update_model", Safety::Set, body).await.map(drop)
}

fn by_options<'a>(draft: &Draft, models: &'a Models) -> Vec<(usize, &'a Model)> {
    let axes = crate::observe::axes(models);
    let of = |options: &[String]| {
        models.model.0.iter().find(|model| crate::observe::options(model, &axes) == options)
    };
    draft.offers.iter().enumerate().filter_map(|(index, offer)| Some((index, of(&offer.options)?))).collect()
}

/// Back to no tiers: empty lists and a model at no index (§4.8).
fn flat(item: i64, draft: &Draft) -> Value {
    let models: Vec<Value> = draft
        .offers
        .first()
        .map(|offer| {
            json!({
                "tier_index": [],
                "original_price": offer.price.list.get(),
                "seller_stock": crate::offer::seller_stock(&offer.stock),
                "model_sku": offer.sku.as_str(),
            })
        })
        .into_iter()
        .collect();
    json!({ "item_id": item, "standardise_tier_variation": [], "model": models })
}

async fn relink(shop: &Shop, draft: &Draft, work: Work) -> Result<Progress<Link>> {
    let linked = match linked(shop, draft, &work).await {
        Ok(linked) => linked,
        Err(fault) if is_too_early(&fault) => None,
        Err(fault) => return Err(fault),
    };
    let Some(mut link) = linked else {
        let build = &shop.line.app.facts.build;
        if work.tries >= build.tries {
            return Err(Fault::new(CALL, FaultKind::Missing(Thing::Offer)));
        }
        return Ok(later(&Work { tries: work.tries + 1, ..work }, build.wait_s));
    };
    for id in &work.retired {
        let dead = OfferRef {
            listing: RemoteListingId::new(work.item.to_string()),
            offer: RemoteOfferId::new(id.to_string()),
            kind: ganh_contract::OfferKind::Variant,
        };
        let is_known = link.offers.iter().any(|linked| linked.offer == dead) || link.retired.contains(&dead);
        if !is_known {
            link.retired.push(dead);
        }
    }
    Ok(Progress::Done(link))
}

/// By code; where the item was built by another hand, by options.
async fn linked(shop: &Shop, draft: &Draft, work: &Work) -> Result<Option<Link>> {
    if draft.axes.is_empty() {
        let item = read_one(shop, work.item).await?;
        if item.has_model.0 {
            return Ok(None);
        }
        let offer = crate::listing::alone(work.item);
        let first =
            draft.offers.first().map(|first| Linked { sku: first.sku.clone(), offer, note: String::new() });
        return Ok(Some(Link { offers: first.into_iter().collect(), retired: Vec::new() }));
    }
    let (models, _) = read_models(shop, work.item).await?;
    if let Some(link) = link(work.item, draft, &models) {
        return Ok(Some(link));
    }
    let pairs = by_options(draft, &models);
    if pairs.len() < draft.offers.len() {
        return Ok(None);
    }
    let linked = |(index, model): (usize, &Model)| Linked {
        sku: draft.offers[index].sku.clone(),
        offer: variant(work.item, model),
        note: String::new(),
    };
    Ok(Some(Link { offers: pairs.into_iter().map(linked).collect(), retired: Vec::new() }))
}

fn later(work: &Work, wait_s: u64) -> Progress<Link> {
    Progress::Later {
        stage: Stage::Building,
        ticket: Ticket::new(serde_json::to_string(work).unwrap_or_default()),
        seen: Some(RemoteListingId::new(work.item.to_string())),
        wait: Duration::from_secs(wait_s),
    }
}
