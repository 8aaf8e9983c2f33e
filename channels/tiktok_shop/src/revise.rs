//! Bringing a product to a changed draft: one write, then the reviewers' word on it (spec §7.1, §7.6). A live product keeps its old page until
//! the new one passes; if it fails, the old one stays.

use crate::Shop;
use crate::call::{Ask, Class, Reply};
use crate::listing::{Work, edit, later, link, print, read_ticket, rejected};
use crate::observe::read_product;
use crate::product::{self, PARTIAL};
use crate::wire::Product;
use ganh_contract::{
    Draft, Fault, FaultKind, Link, OfferRef, Progress, RemoteListingId, Result, Section, Start, Thing,
};
use ganh_http::Safety;
use serde_json::Value;

const CALL: &str = "revise";

pub(crate) async fn revise(
    shop: &Shop,
    listings: &[RemoteListingId],
    draft: &Draft,
    changed: &[Section],
    start: Start<'_>,
) -> Result<Progress<Link>> {
    let listing = listings.first().ok_or_else(|| Fault::unsupported(CALL))?;
    let (product, reply) = read_product(shop, listing).await?;
    if let Start::Resume(ticket) = start {
        // A ticket of the create before this is no ticket of ours: then there is nothing to wait for.
        let work = read_ticket(CALL, ticket)?;
        if work.print == print(draft) && work.product == product.id.as_str() {
            return decide(shop, draft, &product, &reply, work);
        }
    }
    write(shop, draft, changed, &product).await?;
    Ok(later(shop, &Work { product: product.id.0.clone(), print: print(draft), asked: 0 }))
}

/// A full edit where SKUs, their codes or the category change: a partial one cannot say those (§7.6).
async fn write(shop: &Shop, draft: &Draft, changed: &[Section], product: &Product) -> Result<()> {
    let is_full = |section: &Section| !PARTIAL.contains(section);
    let submits = matches!(product.status.as_str(), "DRAFT" | "FAILED" | "PLATFORM_DEACTIVATED");
    if submits || changed.iter().any(is_full) {
        let body = product::full(shop, draft, product, submits)?;
        return edit(shop, &product.id.0, body).await.map(drop);
    }
    let body = product::content(draft, changed)?;
    if body.is_empty() {
        return Ok(());
    }
    let path = format!("/product/202509/products/{}/partial_edit", product.id.as_str());
    let ask = Ask::post("partial_edit", Class::Edit, Safety::Set, path, Value::Object(body));
    shop.line.send(ask).await.map(drop)
}

/// The reviewers' word on the version that was sent.
fn decide(
    shop: &Shop,
    draft: &Draft,
    product: &Product,
    reply: &Reply,
    work: Work,
) -> Result<Progress<Link>> {
    let audit = product.audit.as_ref().map_or("", |audit| audit.status.as_str());
    match (product.status.as_str(), audit) {
        ("DELETED", _) => Err(reply.fault(FaultKind::Missing(Thing::Listing))),
        ("FAILED", _) | (_, "FAILED") => Err(rejected(reply, product)),
        ("PENDING", _) | (_, "AUDITING") => Ok(later(shop, &Work { asked: work.asked + 1, ..work })),
        _ => {
            let link = link(draft, product).map(|link| Link { retired: gone(&link, product), ..link });
            link.map(Progress::Done).ok_or_else(|| {
                reply.fault(FaultKind::Missing(Thing::Offer)).said("a SKU of ours is not there")
            })
        }
    }
}

/// SKUs that the new structure left out are deleted there (§7.6); old orders still name them, by ids that the engine keeps.
fn gone(link: &Link, product: &Product) -> Vec<OfferRef> {
    let all = product.skus.0.iter().map(|sku| crate::listing::offer_ref(product, sku));
    all.filter(|known| !link.offers.iter().any(|linked| linked.offer == *known)).collect()
}
