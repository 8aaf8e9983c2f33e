//! A listing comes to be, is reviewed, goes (spec §4.5, §4.6, §4.13).
//!
//! ```text
//!  pictures by link: image/migrate, one a step ─┐
//!  uploaded pictures ───────────────────────────┴▶ product/create ─▶ [stock at other places] ─▶ review ─▶ Done
//!                                                                                                 └─ rejected: mended, product/update ─▶ review
//! ```
//! A ticket remembers what is done; a rejected listing is sent again only once the draft was changed.

use crate::Shop;
use crate::call::{Params, Reply, Verb, Way};
use crate::note::Note;
use crate::observe::{read_one, standing};
use crate::product::{check, digest, has_other_places, new_product};
use crate::wire::{Created, Product, Sku as RemoteSku, Uploaded};
use crate::{offer, revise, xml};
use ganh_contract::{
    Draft, Fault, FaultKind, Link, Linked, OfferKind, OfferRef, PictureRef, Progress, RemoteListingId,
    RemoteOfferId, RemotePictureId, Result, Section, Stage, Standing, Start, Thing, Ticket,
};
use ganh_http::Safety;
use serde::{Deserialize, Serialize};
use std::time::Duration;

const CALL: &str = "product_create";

/// What is done so far.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Work {
    /// Addresses that Lazada gave for the draft's links, in order.
    Pictures { urls: Vec<String> },
    /// Made; units at other places than home are still to be said.
    Places { item: String },
    /// Made; quality control decides. `sent`: the draft it decides about; `unseen`: reads that did not find it.
    Review { item: String, sent: u64, unseen: u32 },
}

pub(crate) async fn create(shop: &Shop, draft: &Draft, start: Start<'_>) -> Result<Progress<Link>> {
    match start {
        Start::Fresh(_) => {
            check(&shop.line.app.facts, draft)?;
            go_on(shop, draft, Work::Pictures { urls: Vec::new() }).await
        }
        Start::Resume(ticket) => {
            let work = serde_json::from_str(ticket.as_str())
                .map_err(|_| Fault::new(CALL, FaultKind::Missing(Thing::Ticket)))?;
            go_on(shop, draft, work).await
        }
        Start::Adopt(listing) => adopt(shop, draft, listing).await,
    }
}

async fn go_on(shop: &Shop, draft: &Draft, work: Work) -> Result<Progress<Link>> {
    match work {
        Work::Pictures { urls } => match links(draft).get(urls.len()) {
            Some(link) => migrate(shop, link, urls).await,
            None => add(shop, draft, &urls).await,
        },
        Work::Places { item } => places(shop, draft, item).await,
        Work::Review { item, sent, unseen } => review(shop, draft, item, sent, unseen).await,
    }
}

fn links(draft: &Draft) -> Vec<&str> {
    let link = |picture: &'_ PictureRef| matches!(picture, PictureRef::Link(_));
    draft.pictures.iter().filter(|picture| link(picture)).map(address).collect()
}

fn address(picture: &PictureRef) -> &str {
    match picture {
        PictureRef::Remote(id) => id.as_str(),
        PictureRef::Link(link) => link,
    }
}

/// The draft's pictures as Lazada's own addresses; `given` stand for the links, in order. A link that Lazada could not fetch is left out.
pub(crate) fn pictures(draft: &Draft, given: &[String]) -> Vec<String> {
    let mut given = given.iter();
    let own = |picture: &PictureRef| match picture {
        PictureRef::Remote(id) => Some(id.as_str().to_owned()),
        PictureRef::Link(_) => given.next().cloned().filter(|url| !url.is_empty()),
    };
    draft.pictures.iter().filter_map(own).collect()
}

/// One link a step and by itself: the answer for a batch does not say which link became which address (§4.5). One bad picture
/// does not lose the listing while another is left.
async fn migrate(shop: &Shop, link: &str, mut urls: Vec<String>) -> Result<Progress<Link>> {
    let payload = xml::element("Request", &xml::element("Image", &xml::text("Url", link)));
    let params = vec![("payload", payload)];
    let migrated = shop.line.post("image_migrate", "/image/migrate", Safety::Create, params).await;
    let url = match migrated {
        Ok(reply) => reply.data::<Uploaded>()?.image.url.0,
        Err(fault) if matches!(*fault.kind, FaultKind::Refused(_) | FaultKind::Missing(_)) => String::new(),
        Err(fault) => return Err(fault),
    };
    urls.push(url);
    Ok(later(shop, &Work::Pictures { urls }))
}

/// The only step that makes something new; the engine looked before.
async fn add(shop: &Shop, draft: &Draft, urls: &[String]) -> Result<Progress<Link>> {
    let pictures = pictures(draft, urls);
    if pictures.is_empty() {
        return Err(
            Fault::new(CALL, FaultKind::Missing(Thing::Picture)).said("no picture could be handed over")
        );
    }
    let params = vec![("payload", new_product(draft, &pictures).to_string())];
    let reply = shop.line.post(CALL, "/product/create", Safety::Create, params).await?;
    let created: Created = reply.data()?;
    let Some(item) = created.item_id.filled() else {
        return Err(reply.unintelligible("the answer names no item"));
    };
    if has_other_places(draft) {
        return Ok(later(shop, &Work::Places { item: item.to_owned() }));
    }
    let is_live = matches!(created.item_status.as_str().to_lowercase().as_str(), "active" | "inactive");
    match created_link(item, draft, &created) {
        Some(link) if is_live => Ok(Progress::Done(link)),
        _ => Ok(later(shop, &Work::Review { item: item.to_owned(), sent: digest(draft), unseen: 0 })),
    }
}

fn created_link(item: &str, draft: &Draft, created: &Created) -> Option<Link> {
    let linked = |offer: &ganh_contract::DraftOffer| {
        let mut mine =
            created.sku_list.0.iter().filter(|sku| sku.seller_sku.as_str().trim() == offer.sku.as_str());
        let note = Note::of_draft(draft, offer).text();
        Some(Linked { sku: offer.sku.clone(), offer: offer_ref(item, mine.next()?.sku_id.filled()?), note })
    };
    let offers: Option<Vec<Linked>> = draft.offers.iter().map(linked).collect();
    Some(Link { offers: offers?, retired: Vec::new() })
}

/// Units at all places, each named (§4.9).
async fn places(shop: &Shop, draft: &Draft, item: String) -> Result<Progress<Link>> {
    let (product, _) = read_one(shop, &item).await?;
    let link =
        link(&item, draft, &product).ok_or_else(|| Fault::new(CALL, FaultKind::Missing(Thing::Offer)))?;
    let rows = link
        .offers
        .iter()
        .zip(&draft.offers)
        .map(|(linked, offer)| (linked.offer.clone(), offer.stock.clone()));
    offer::set_places(shop, rows.collect()).await?;
    Ok(later(shop, &Work::Review { item, sent: digest(draft), unseen: 0 }))
}

/// Whether quality control has decided (§4.6, §4.14).
async fn review(shop: &Shop, draft: &Draft, item: String, sent: u64, unseen: u32) -> Result<Progress<Link>> {
    const UNSEEN_MAX: u32 = 8;
    let product = match read_one(shop, &item).await {
        Ok((product, _)) => product,
        Err(fault) if *fault.kind == FaultKind::Missing(Thing::Listing) && unseen < UNSEEN_MAX => {
            return Ok(later(shop, &Work::Review { item, sent, unseen: unseen + 1 }));
        }
        Err(fault) => return Err(fault),
    };
    match standing(&product) {
        Standing::OnSale | Standing::Hidden => link(&item, draft, &product)
            .map(Progress::Done)
            .ok_or_else(|| Fault::new(CALL, FaultKind::Missing(Thing::Offer))),
        Standing::Rejected(_) if digest(draft) != sent => resubmit(shop, draft, &item, &product).await,
        Standing::Rejected(complaints) | Standing::Banned(complaints) => {
            Err(Fault::new(CALL, FaultKind::Refused(complaints)))
        }
        Standing::Deleted => Err(Fault::new(CALL, FaultKind::Missing(Thing::Listing))),
        Standing::Reviewing | Standing::Unfinished | Standing::Unknown(_) => {
            Ok(later(shop, &Work::Review { item, sent, unseen: 0 }))
        }
    }
}

/// The mended draft goes to the same item, which is reviewed again.
async fn resubmit(shop: &Shop, draft: &Draft, item: &str, product: &Product) -> Result<Progress<Link>> {
    const ALL: &[Section] =
        &[Section::Title, Section::Description, Section::Attributes, Section::Pictures, Section::Parcel];
    revise::update(shop, item, draft, ALL, product).await?;
    Ok(later(shop, &Work::Review { item: item.to_owned(), sent: digest(draft), unseen: 0 }))
}

/// Takes over an item that holds exactly our SKUs; any other is somebody's.
async fn adopt(shop: &Shop, draft: &Draft, listing: &RemoteListingId) -> Result<Progress<Link>> {
    let item = listing.as_str();
    let (product, _) = read_one(shop, item).await?;
    let link = link(item, draft, &product).filter(|link| link.retired.is_empty());
    let Some(link) = link else {
        return Err(Fault::new("create", FaultKind::Conflict { holder: Some(listing.clone()) })
            .said("the listing with this SKU has other variations"));
    };
    match standing(&product) {
        Standing::OnSale | Standing::Hidden | Standing::Banned(_) => Ok(Progress::Done(link)),
        Standing::Rejected(_) => resubmit(shop, draft, item, &product).await,
        Standing::Deleted => Err(Fault::new(CALL, FaultKind::Missing(Thing::Listing))),
        Standing::Reviewing | Standing::Unfinished | Standing::Unknown(_) => {
            Ok(later(shop, &Work::Review { item: item.to_owned(), sent: digest(draft), unseen: 0 }))
        }
    }
}

/// §4.13: final. Gone already is success.
pub(crate) async fn delete(shop: &Shop, listing: &RemoteListingId, offers: &[OfferRef]) -> Result<()> {
    const CALL: &str = "product_remove";
    let item = listing.as_str();
    let mut skus: Vec<String> = offers.iter().map(|offer| offer.offer.as_str().to_owned()).collect();
    if skus.is_empty() {
        skus = match read_one(shop, item).await {
            Ok((product, _)) => {
                living(&product).filter_map(|sku| sku.sku_id.filled().map(str::to_owned)).collect()
            }
            Err(fault) => return gone_is_success(fault),
        };
    }
    let most = shop.line.app.facts.batch.skus_per_remove.max(1);
    for some in skus.chunks(most) {
        let names: Vec<String> = some.iter().map(|sku| format!("SkuId_{item}_{sku}")).collect();
        let params = vec![("sku_id_list", serde_json::json!(names).to_string())];
        if let Err(fault) = shop.line.post(CALL, "/product/remove", Safety::Set, params).await {
            gone_is_success(fault)?;
        }
    }
    Ok(())
}

fn gone_is_success(fault: Fault) -> Result<()> {
    match *fault.kind {
        FaultKind::Missing(Thing::Listing | Thing::Offer) => Ok(()),
        _ => Err(fault),
    }
}

/// §4.5. Litter at worst: nothing refers to it until a listing does.
pub(crate) async fn upload(shop: &Shop, picture: &[u8], file_name: &str) -> Result<RemotePictureId> {
    let verb = Verb::Upload { bytes: picture, file_name };
    let params = Params::new();
    let reply: Reply =
        shop.line.ask("image_upload", "/image/upload", Safety::Read, verb, params, Way::Seller).await?;
    let uploaded: Uploaded = reply.data()?;
    let url = uploaded.image.url.filled().map(RemotePictureId::new);
    url.ok_or_else(|| reply.unintelligible("the answer names no picture"))
}

/// SKUs that are not deleted.
pub(crate) fn living(product: &Product) -> impl Iterator<Item = &RemoteSku> {
    product.skus.0.iter().filter(|sku| !sku.status.as_str().eq_ignore_ascii_case("deleted"))
}

/// Which SKU is which of ours, by the seller SKU; the others are retired. `None` while one is missing.
pub(crate) fn link(item: &str, draft: &Draft, product: &Product) -> Option<Link> {
    let linked = |offer: &ganh_contract::DraftOffer| {
        let sku = living(product).find(|sku| sku.seller_sku.as_str().trim() == offer.sku.as_str())?;
        let note = Note::of_sku(sku).text();
        Some(Linked { sku: offer.sku.clone(), offer: offer_ref(item, sku.sku_id.filled()?), note })
    };
    let offers: Vec<Linked> = draft.offers.iter().map(linked).collect::<Option<_>>()?;
    let others = living(product).filter_map(|sku| Some(offer_ref(item, sku.sku_id.filled()?)));
    let retired = others.filter(|known| !offers.iter().any(|linked| linked.offer == *known)).collect();
    (!offers.is_empty()).then_some(Link { offers, retired })
}

/// Every SKU has an id and is called the same way, so all are variants (§4).
pub(crate) fn offer_ref(item: &str, sku: &str) -> OfferRef {
    OfferRef { listing: RemoteListingId::new(item), offer: RemoteOfferId::new(sku), kind: OfferKind::Variant }
}

fn later(shop: &Shop, work: &Work) -> Progress<Link> {
    let build = &shop.line.app.facts.build;
    let (stage, seen, wait_s) = match work {
        Work::Pictures { .. } => (Stage::Building, None, 0),
        Work::Places { item } => (Stage::Building, Some(item), build.step_wait_s),
        Work::Review { item, .. } => (Stage::Reviewing, Some(item), build.review_wait_s),
    };
    Progress::Later {
        stage,
        ticket: Ticket::new(serde_json::to_string(work).unwrap_or_default()),
        seen: seen.map(RemoteListingId::new),
        wait: Duration::from_secs(wait_s),
    }
}
