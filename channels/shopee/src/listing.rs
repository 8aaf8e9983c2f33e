//! Building a listing in steps (spec §4.5, §4.8, §8.1).
//!
//! ```text
//!  one offer:   add_item, on sale at once ─────────────────────────────────────────────▶ Done
//!  variations:  add_item UNLIST ─ 5 s ─▶ init_tier_variation ─▶ get_model_list ─▶ Done, hidden
//!                                 ▲ each arrow is a ticket; a resumed step looks before it writes
//! ```
//!
//! A listing with variations is shown by its switch, fifty in one call (§4.7).

use crate::Shop;
use crate::call::{Ask, Judged, Payload};
use crate::fault::{self, Said};
use crate::item::{new_item, structure};
use crate::observe::{read_models, read_one};
use crate::wire::{Added, Model, Models, Uploaded};
use ganh_contract::{
    Draft, DraftOffer, Fault, FaultKind, Link, Linked, OfferKind, OfferRef, Progress, RemoteListingId,
    RemoteOfferId, RemotePictureId, Result, Stage, Start, Thing, Ticket,
};
use ganh_http::{Read, Safety};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;

/// Where a half-built listing stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Work {
    item: i64,
    step: Step,
    /// Steps that found nothing yet.
    tries: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Step {
    Tiers,
    Models,
}

pub(crate) async fn create(shop: &Shop, draft: &Draft, start: Start<'_>) -> Result<Progress<Link>> {
    const CALL: &str = "create";
    match start {
        Start::Fresh(_) => add(shop, draft).await,
        Start::Resume(ticket) => {
            let work: Work = serde_json::from_str(ticket.as_str())
                .map_err(|_| Fault::new(CALL, FaultKind::Missing(Thing::Ticket)))?;
            go_on(shop, draft, work).await
        }
        Start::Adopt(listing) => adopt(shop, draft, listing).await,
    }
}

/// The only step that makes something new; the engine looked before.
async fn add(shop: &Shop, draft: &Draft) -> Result<Progress<Link>> {
    let body = new_item(shop, draft).await?;
    let reply = shop.line.post("add_item", "/api/v2/product/add_item", Safety::Create, body).await?;
    let added: Added = reply.response()?;
    let item = added.item_id.0.ok_or_else(|| reply.unintelligible("the answer names no item"))?;
    if draft.axes.is_empty() {
        return Ok(Progress::Done(link_alone(item, draft)));
    }
    Ok(later(Work { item, step: Step::Tiers, tries: 0 }, shop.line.app.facts.build.wait_s))
}

async fn go_on(shop: &Shop, draft: &Draft, work: Work) -> Result<Progress<Link>> {
    match work.step {
        Step::Tiers => tiers(shop, draft, work).await,
        Step::Models => models(shop, draft, work).await,
    }
}

/// Gives the item its variations, unless an earlier try did so already.
async fn tiers(shop: &Shop, draft: &Draft, work: Work) -> Result<Progress<Link>> {
    let wait_s = shop.line.app.facts.build.wait_s;
    match read_models(shop, work.item).await {
        Ok((models, _)) if link(work.item, draft, &models).is_some() => {
            return Ok(later(Work { step: Step::Models, tries: 0, ..work }, 0));
        }
        Ok(_) => {}
        // A new item is not visible for seconds (§4.8).
        Err(fault) if is_too_early(&fault) => return again(shop, work, fault),
        Err(fault) => return Err(fault),
    }
    let body = structure(work.item, draft);
    match shop
        .line
        .post("init_tier_variation", "/api/v2/product/init_tier_variation", Safety::Set, body)
        .await
    {
        Ok(_) => Ok(later(Work { step: Step::Models, tries: 0, ..work }, wait_s.min(1))),
        Err(fault) if is_too_early(&fault) => again(shop, work, fault),
        Err(fault) => Err(fault),
    }
}

/// Reads the new ids.
async fn models(shop: &Shop, draft: &Draft, work: Work) -> Result<Progress<Link>> {
    let models = match read_models(shop, work.item).await {
        Ok((models, _)) => models,
        Err(fault) if is_too_early(&fault) => return again(shop, work, fault),
        Err(fault) => return Err(fault),
    };
    let Some(link) = link(work.item, draft, &models) else {
        return again(shop, work, Fault::new("get_model_list", FaultKind::Missing(Thing::Offer)));
    };
    Ok(Progress::Done(link))
}

/// Takes over a listing that stands there: whole as it is, half-built to its end. What is hidden and whole stays hidden: that may be a wish.
async fn adopt(shop: &Shop, draft: &Draft, listing: &RemoteListingId) -> Result<Progress<Link>> {
    const CALL: &str = "create";
    let item = item_id(CALL, listing)?;
    let seen = read_one(shop, item).await?;
    if draft.axes.is_empty() {
        if seen.has_model.0 {
            return Err(Fault::new(CALL, FaultKind::Conflict { holder: Some(listing.clone()) })
                .said("the listing has variations, the product has none"));
        }
        return Ok(Progress::Done(link_alone(item, draft)));
    }
    let conflict =
        |said: &str| Fault::new(CALL, FaultKind::Conflict { holder: Some(listing.clone()) }).said(said);
    if seen.has_model.0 {
        let (models, _) = read_models(shop, item).await?;
        let link = link(item, draft, &models).ok_or_else(|| conflict("the listing has other variations"))?;
        return Ok(Progress::Done(link));
    }
    if seen.item_status.as_str() != "UNLIST" {
        return Err(conflict("the listing has no variations and is on sale"));
    }
    Ok(later(Work { item, step: Step::Tiers, tries: 0 }, 0))
}

/// §4.7: final. Gone already is success.
pub(crate) async fn delete(shop: &Shop, listing: &RemoteListingId) -> Result<()> {
    const CALL: &str = "delete_item";
    let body = json!({ "item_id": item_id(CALL, listing)? });
    match shop.line.post(CALL, "/api/v2/product/delete_item", Safety::Set, body).await {
        Err(fault) if *fault.kind != FaultKind::Missing(Thing::Listing) => Err(fault),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// §4.3. A picture that was refused says so inside an answer without error.
pub(crate) async fn upload(shop: &Shop, picture: &[u8], file_name: &str) -> Result<RemotePictureId> {
    const CALL: &str = "upload_image";
    let ask = Ask {
        call: CALL,
        path: "/api/v2/media_space/upload_image",
        // Litter at worst: nothing refers to it until a listing does.
        safety: Safety::Read,
        query: Vec::new(),
        payload: Payload::Picture { bytes: picture, file_name },
        judged: Judged::Error,
    };
    let reply = shop.line.send(ask).await?;
    let uploaded: Uploaded = reply.response()?;
    if let Some(failed) = uploaded.image_info_list.0.iter().find(|one| one.error.filled().is_some()) {
        let said = Said {
            error: failed.error.0.clone(),
            message: failed.message.0.clone(),
            request_id: reply.body.get("request_id").and_then(Value::as_str).map(str::to_owned),
        };
        if let Read::Fault(fault) | Read::SignAgain(fault) = fault::judge(CALL, &said, reply.answered_at) {
            return Err(fault);
        }
    }
    let first =
        uploaded.image_info.or_else(|| uploaded.image_info_list.0.into_iter().find_map(|one| one.image_info));
    let id = first.as_ref().and_then(|info| info.image_id.filled());
    id.map(RemotePictureId::new).ok_or_else(|| reply.unintelligible("the answer names no picture"))
}

/// Which model is which of our SKUs: by SKU where that names exactly one, else by its options. `None` while one is missing.
pub(crate) fn link(item: i64, draft: &Draft, models: &Models) -> Option<Link> {
    let offers = draft.offers.iter().map(|offer| {
        let model = find_model(offer, draft, models)?;
        Some(Linked { sku: offer.sku.clone(), offer: variant(item, model), note: String::new() })
    });
    let offers: Vec<Linked> = offers.collect::<Option<_>>()?;
    let retired = models.model.0.iter().map(|model| variant(item, model));
    let retired = retired.filter(|known| !offers.iter().any(|linked| linked.offer == *known)).collect();
    (!offers.is_empty()).then_some(Link { offers, retired })
}

fn find_model<'a>(offer: &DraftOffer, draft: &Draft, models: &'a Models) -> Option<&'a Model> {
    let by_sku: Vec<&Model> = models
        .model
        .0
        .iter()
        .filter(|model| model.model_sku.as_str().trim() == offer.sku.as_str().trim())
        .collect();
    if let [only] = by_sku.as_slice() {
        return Some(only);
    }
    // Codes are free text, may be empty or repeated (§8 no. 9).
    let axes = crate::observe::axes(models);
    let is_same = |model: &&Model| {
        let options = crate::observe::options(model, &axes);
        options.len() == draft.axes.len() && options == offer.options
    };
    by_sku.into_iter().find(is_same)
}

fn link_alone(item: i64, draft: &Draft) -> Link {
    let offer = alone(item);
    let linked =
        draft.offers.first().map(|first| Linked { sku: first.sku.clone(), offer, note: String::new() });
    Link { offers: linked.into_iter().collect(), retired: Vec::new() }
}

/// The only offer of an item: the channel gives it no id (§4.8: model 0).
pub(crate) fn alone(item: i64) -> OfferRef {
    OfferRef {
        listing: RemoteListingId::new(item.to_string()),
        offer: RemoteOfferId::new(""),
        kind: OfferKind::Alone,
    }
}

pub(crate) fn variant(item: i64, model: &Model) -> OfferRef {
    let id = model.model_id.or_zero();
    OfferRef {
        listing: RemoteListingId::new(item.to_string()),
        offer: RemoteOfferId::new(id.to_string()),
        kind: OfferKind::Variant,
    }
}

/// The listing's id as the wire's number.
pub(crate) fn item_id(call: &'static str, listing: &RemoteListingId) -> Result<i64> {
    listing.as_str().parse().map_err(|_| Fault::new(call, FaultKind::Missing(Thing::Listing)))
}

pub(crate) fn is_too_early(fault: &Fault) -> bool {
    matches!(*fault.kind, FaultKind::Missing(Thing::Listing))
}

fn again(shop: &Shop, work: Work, fault: Fault) -> Result<Progress<Link>> {
    let build = &shop.line.app.facts.build;
    if work.tries >= build.tries {
        return Err(fault);
    }
    Ok(later(Work { tries: work.tries + 1, ..work }, build.wait_s))
}

fn later(work: Work, wait_s: u64) -> Progress<Link> {
    let seen = Some(RemoteListingId::new(work.item.to_string()));
    let ticket = Ticket::new(serde_json::to_string(&work).unwrap_or_default());
    Progress::Later { stage: Stage::Building, ticket, seen, wait: Duration::from_secs(wait_s) }
}
