//! A listing comes to be: one call makes all of it, then the marketplace's reviewers decide (spec §7.1–7.3, §7.7).
//!
//! ```text
//!  create ──▶ PENDING ── each Resume reads ──▶ ACTIVATE: done
//!                  ▲                     └───▶ FAILED: refused with every reason; a mended draft is submitted again
//! ```

use crate::Shop;
use crate::call::{Ask, Class, Payload, Reply};
use crate::fault::known;
use crate::observe::{read_product, reasons};
use crate::product;
use crate::wire::{Created, ErrorDetail, Errors, Product, ProductSku, Uploaded};
use ganh_contract::{
    Complaint, Draft, DraftOffer, Fault, FaultKind, Link, Linked, OfferKind, OfferRef, Price, Progress,
    Reach, RemoteListingId, RemoteOfferId, RemotePictureId, Result, Stage, Start, Thing, Ticket, Units, Vnd,
};
use ganh_http::{Method, Safety};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::time::Duration;

const CALL: &str = "create_product";

/// A product that waits for its reviewers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Work {
    pub product: String,
    /// Of the draft that was submitted: another one is submitted again.
    pub print: String,
    /// How often the reviewers were asked.
    pub asked: u32,
}

pub(crate) async fn create(shop: &Shop, draft: &Draft, start: Start<'_>) -> Result<Progress<Link>> {
    match start {
        Start::Fresh(key) => add(shop, draft, key).await,
        Start::Resume(ticket) => go_on(shop, draft, read_ticket(CALL, ticket)?).await,
        Start::Adopt(listing) => adopt(shop, draft, listing).await,
    }
}

pub(crate) fn read_ticket(call: &'static str, ticket: &Ticket) -> Result<Work> {
    serde_json::from_str(ticket.as_str()).map_err(|_| Fault::new(call, FaultKind::Missing(Thing::Ticket)))
}

/// The only step that makes something new; the engine looked before.
async fn add(shop: &Shop, draft: &Draft, key: &str) -> Result<Progress<Link>> {
    let body = product::new(shop, draft, key)?;
    let ask = Ask::post(CALL, Class::Create, Safety::Create, "/product/202309/products", body);
    let reply = match shop.line.send(ask).await {
        Ok(reply) => reply,
        Err(fault) if fault.code.as_deref() == Some(known::EXTERNAL_ID_TAKEN) => {
            return Err(taken(shop, draft, fault).await);
        }
        Err(fault) => return Err(fault),
    };
    let created: Created = reply.read()?;
    let id =
        created.product_id.filled().ok_or_else(|| reply.unintelligible("the answer names no product"))?;
    Ok(later(shop, &Work { product: id.to_owned(), print: print(draft), asked: 0 }))
}

/// Who holds our code, if a look shows it (§4.2: 12052996).
async fn taken(shop: &Shop, draft: &Draft, fault: Fault) -> Fault {
    let skus: Vec<_> = draft.offers.iter().map(|offer| offer.sku.clone()).collect();
    match crate::page::holder(shop, &draft.code, &skus).await {
        Ok(Some(holder)) => Fault { kind: Box::new(FaultKind::Conflict { holder: Some(holder) }), ..fault },
        Ok(None) | Err(_) => fault,
    }
}

/// Takes over a product that stands there, if its SKUs are the draft's.
async fn adopt(shop: &Shop, draft: &Draft, listing: &RemoteListingId) -> Result<Progress<Link>> {
    let (product, reply) = read_product(shop, listing).await?;
    // A product has no code of its own: one that carries our SKU among others was made by another hand.
    if link(draft, &product).is_none_or(|link| !link.retired.is_empty()) {
        let kind = FaultKind::Conflict { holder: Some(listing.clone()) };
        return Err(reply.fault(kind).said("the listing has other variations"));
    }
    let work = Work { product: listing.as_str().to_owned(), print: String::new(), asked: 0 };
    decide(shop, draft, &product, &reply, work).await
}

async fn go_on(shop: &Shop, draft: &Draft, work: Work) -> Result<Progress<Link>> {
    const TOO_EARLY: u32 = 3;
    match read_product(shop, &RemoteListingId::new(work.product.as_str())).await {
        Ok((product, reply)) => decide(shop, draft, &product, &reply, work).await,
        Err(fault) if is_missing(&fault) && work.asked < TOO_EARLY => {
            Ok(later(shop, &Work { asked: work.asked + 1, ..work }))
        }
        Err(fault) => Err(fault),
    }
}

/// What the product's standing means for a listing that is still to be (§7.1).
async fn decide(
    shop: &Shop,
    draft: &Draft,
    product: &Product,
    reply: &Reply,
    work: Work,
) -> Result<Progress<Link>> {
    let is_mended = work.print != print(draft);
    match product.status.as_str() {
        "ACTIVATE" | "SELLER_DEACTIVATED" => {
            let kind = FaultKind::Conflict { holder: Some(RemoteListingId::new(product.id.as_str())) };
            let other = || reply.fault(kind).said("the listing has other variations");
            link(draft, product).map(Progress::Done).ok_or_else(other)
        }
        "DRAFT" => submit(shop, draft, product).await,
        "FAILED" | "PLATFORM_DEACTIVATED" if is_mended => submit(shop, draft, product).await,
        "FAILED" | "PLATFORM_DEACTIVATED" => Err(rejected(reply, product)),
        "FREEZE" => Err(reply
            .fault(FaultKind::Locked { reach: Reach::Listing, until: None, least: None })
            .said("the product is frozen by the channel")),
        "DELETED" => Err(reply.fault(FaultKind::Missing(Thing::Listing)).said("the product is in the bin")),
        // PENDING, and whatever they may call waiting tomorrow.
        _ => Ok(later(shop, &Work { asked: work.asked + 1, ..work })),
    }
}

/// Sends a draft or a mended product to the reviewers (§7.1: edit with `LISTING`).
async fn submit(shop: &Shop, draft: &Draft, held: &Product) -> Result<Progress<Link>> {
    let body = product::full(shop, draft, held, true)?;
    edit(shop, &held.id.0, body).await?;
    Ok(later(shop, &Work { product: held.id.0.clone(), print: print(draft), asked: 0 }))
}

/// A full edit (§7.6).
pub(crate) async fn edit(shop: &Shop, id: &str, body: Value) -> Result<Reply> {
    let path = format!("/product/202509/products/{id}");
    let ask = Ask::post("edit_product", Class::Edit, Safety::Set, path, body).method(Method::Put);
    shop.line.send(ask).await
}

/// Every reason by itself; without any, the status is the reason.
pub(crate) fn rejected(reply: &Reply, product: &Product) -> Fault {
    let mut all = reasons(product);
    if all.is_empty() {
        let status = product.status.as_str();
        let said = format!(
            "sàn từ chối sản phẩm ({status}): xem lý do trên sàn ‖ the channel refused the product ({status})"
        );
        all.push(Complaint { field: None, code: None, said });
    }
    reply.fault(FaultKind::Refused(all))
}

/// The reviewers' turn: asked at growing intervals.
pub(crate) fn later(shop: &Shop, work: &Work) -> Progress<Link> {
    let review = &shop.line.app.facts.review;
    let wait_s = review.first_s.saturating_mul(1 << work.asked.min(16)).min(review.most_s);
    Progress::Later {
        stage: Stage::Reviewing,
        ticket: Ticket::new(serde_json::to_string(work).unwrap_or_default()),
        seen: Some(RemoteListingId::new(work.product.as_str())),
        wait: Duration::from_secs(wait_s),
    }
}

/// A draft's content without its figures, which change while the reviewers read.
pub(crate) fn print(draft: &Draft) -> String {
    let mut content = draft.clone();
    for offer in &mut content.offers {
        offer.price = Price::plain(Vnd(0));
        offer.stock = Units::default();
    }
    let text = serde_json::to_string(&content).unwrap_or_default();
    hex::encode(&Sha256::digest(text.as_bytes())[..16])
}

pub(crate) fn is_missing(fault: &Fault) -> bool {
    *fault.kind == FaultKind::Missing(Thing::Listing)
}

/// §7.7: into the bin. Gone already is success (§4.2).
pub(crate) async fn delete(shop: &Shop, listing: &RemoteListingId) -> Result<()> {
    const CALL: &str = "delete_products";
    let body = json!({ "product_ids": [listing.as_str()] });
    let ask = Ask::post(CALL, Class::Edit, Safety::Set, "/product/202309/products", body);
    let outcome = match shop.line.send(ask.method(Method::Delete)).await {
        Ok(reply) => first_error(&reply).map_or(Ok(()), Err),
        Err(fault) => Err(fault),
    };
    match outcome {
        Err(fault) if is_missing(&fault) => Ok(()),
        Err(fault) if known::STATUS_DOES_NOT_ALLOW.contains(&fault.code.as_deref().unwrap_or_default()) => {
            let (product, _) = read_product(shop, listing).await?;
            if product.status.as_str() == "DELETED" { Ok(()) } else { Err(fault) }
        }
        outcome => outcome,
    }
}

fn first_error(reply: &Reply) -> Option<Fault> {
    let errors: Errors = reply.read_or_empty().ok()?;
    let row = errors.errors.0.into_iter().next()?;
    Some(crate::fault::of_row(reply.call, &row, reply.request_id.as_deref(), reply.answered_at))
}

/// The row's detail: which of ours it is about (§4.3).
pub(crate) fn detail(row: &Value) -> ErrorDetail {
    serde_json::from_value(row.get("detail").cloned().unwrap_or(Value::Null)).unwrap_or_default()
}

/// §7.2. Litter at worst: nothing refers to it until a listing does, so a repeat is harmless.
pub(crate) async fn upload(shop: &Shop, picture: &[u8], file_name: &str) -> Result<RemotePictureId> {
    let ask = Ask {
        payload: Payload::Picture { bytes: picture, file_name },
        method: Method::Post,
        ..Ask::get("upload_image", Class::Edit, "/product/202309/images/upload").without_shop()
    };
    let reply = shop.line.send(ask).await?;
    let uploaded: Uploaded = reply.read()?;
    let uri = uploaded.uri.filled().map(str::trim);
    uri.map(RemotePictureId::new).ok_or_else(|| reply.unintelligible("the answer names no image"))
}

/// Which SKU is which of ours; `None` while one is missing. SKUs beyond the draft are told as retired.
pub(crate) fn link(draft: &Draft, product: &Product) -> Option<Link> {
    let offers = draft.offers.iter().map(|offer| {
        let sku = find_sku(offer, draft, product)?;
        Some(Linked { sku: offer.sku.clone(), offer: offer_ref(product, sku), note: String::new() })
    });
    let offers: Vec<Linked> = offers.collect::<Option<_>>()?;
    let all = product.skus.0.iter().map(|sku| offer_ref(product, sku));
    let retired = all.filter(|known| !offers.iter().any(|linked| linked.offer == *known)).collect();
    (!offers.is_empty()).then_some(Link { offers, retired })
}

/// By our code where that names exactly one, else by code and options together: codes are not proven unique (§8.1).
pub(crate) fn find_sku<'a>(
    offer: &DraftOffer,
    draft: &Draft,
    product: &'a Product,
) -> Option<&'a ProductSku> {
    let has_code = |sku: &&ProductSku| sku.seller_sku.as_str().trim() == offer.sku.as_str().trim();
    let by_code: Vec<&ProductSku> = product.skus.0.iter().filter(has_code).collect();
    if let [only] = by_code.as_slice() {
        return Some(only);
    }
    by_code.into_iter().find(|sku| {
        let options: Vec<&str> = sku.sales_attributes.0.iter().map(|one| one.value_name.as_str()).collect();
        options.len() == draft.axes.len() && options == offer.options.iter().collect::<Vec<_>>()
    })
}

/// Every SKU has an id of its own, also the only one, and all change by the same calls: they are all named alike, since an order's line does
/// not tell whether its product has others.
pub(crate) fn offer_ref(product: &Product, sku: &ProductSku) -> OfferRef {
    named(product.id.as_str(), sku.id.as_str())
}

pub(crate) fn named(product: &str, sku: &str) -> OfferRef {
    OfferRef {
        listing: RemoteListingId::new(product),
        offer: RemoteOfferId::new(sku),
        kind: OfferKind::Variant,
    }
}
