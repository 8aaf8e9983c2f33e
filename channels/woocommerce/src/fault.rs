//! Their statuses and codes → our kinds (spec 2.1, 3). Status and code decide, never the text: it may be translated.

use crate::wire::Complaint as Envelope;
use ganh_contract::{Complaint, Fault, FaultKind, Reach, RemoteListingId, Thing};
use ganh_http::{Answer, classify};
use std::time::Duration;

/// How long a shop is left alone after its firewall answered instead of it (spec 10.5: "back off for minutes").
const FIREWALL_PAUSE: Duration = Duration::from_secs(300);

/// A SKU that the shop's look-up table still holds, without saying for whom (spec 4.3).
pub const SKU_IN_LOOKUP: &str = "woocommerce_rest_product_not_created";
/// A SKU that another product has (spec 4.3).
pub const SKU_TAKEN: &str = "product_invalid_sku";
/// A category of that name exists under that parent (spec 4.8).
pub const TERM_EXISTS: &str = "term_exists";
/// The thing lies in the bin already (spec 4.6).
pub const ALREADY_TRASHED: &str = "woocommerce_rest_already_trashed";

/// What an answer that is no success means.
pub fn of_answer(call: &'static str, answer: &Answer) -> Fault {
    if (300..400).contains(&answer.status) {
        let fault = Fault::new(call, FaultKind::Revoked { reach: Reach::Shop }).code("redirect");
        return fault.said("the address leads elsewhere: connect the shop again under its real address");
    }
    let envelope = classify::json(call, answer).ok().and_then(|json| {
        json.value.get("code")?;
        serde_json::from_value::<Envelope>(json.value).ok()
    });
    match envelope {
        Some(envelope) => of_envelope(call, answer.status, &envelope, classify::retry_after(answer)),
        None => of_page(call, answer),
    }
}

/// What an error envelope means, of a call or of one entry in a batch.
pub fn of_envelope(call: &'static str, status: u16, envelope: &Envelope, after: Option<Duration>) -> Fault {
    let kind = kind(status, envelope, after);
    Fault::new(call, kind).code(&envelope.code).said(plain(&envelope.message))
}

/// What an entry of a batch means: the status stands in the envelope, and a single row is never the shop's revocation.
pub fn of_entry(call: &'static str, envelope: &Envelope) -> Fault {
    let status = envelope.data.get("status").and_then(serde_json::Value::as_u64);
    let status = status.and_then(|status| u16::try_from(status).ok()).unwrap_or(400);
    let fault = of_envelope(call, status, envelope, None);
    match *fault.kind {
        // 7.9 says so of a variation under a wrong parent (spec 6).
        FaultKind::Revoked { .. } => Fault { kind: Box::new(FaultKind::Missing(Thing::Offer)), ..fault },
        _ => fault,
    }
}

fn kind(status: u16, envelope: &Envelope, after: Option<Duration>) -> FaultKind {
    let code = envelope.code.as_str();
    match code {
        SKU_TAKEN | TERM_EXISTS => return FaultKind::Conflict { holder: envelope.resource_id().map(holder) },
        SKU_IN_LOOKUP => return refused(Some("sku"), envelope),
        "product_invalid_global_unique_id" => return refused(Some("gtin"), envelope),
        "woocommerce_rest_product_invalid_id" | "woocommerce_rest_invalid_product_id" => {
            return FaultKind::Missing(Thing::Listing);
        }
        "woocommerce_rest_product_variation_invalid_id" => return FaultKind::Missing(Thing::Offer),
        "woocommerce_rest_shop_order_invalid_id" => return FaultKind::Missing(Thing::Order),
        "woocommerce_product_invalid_image_id" => return FaultKind::Missing(Thing::Picture),
        "woocommerce_product_image_upload_error" => return refused(Some("pictures"), envelope),
        "woocommerce_rest_cannot_create_order_refund" => return refused(None, envelope),
        "missing_parent" | "woocommerce_rest_term_invalid" => return FaultKind::Missing(Thing::Category),
        // Our own body was not JSON, or something on the way ate it: nothing was done, and no producer can mend it.
        "rest_invalid_json" | "rest_no_route" | "woocommerce_rest_trash_not_supported" => {
            return FaultKind::Unsupported;
        }
        ALREADY_TRASHED => return FaultKind::Conflict { holder: None },
        _ => {}
    }
    match status {
        401 | 403 => FaultKind::Revoked { reach: Reach::Shop },
        404 => FaultKind::Unsupported,
        408 => FaultKind::Interrupted,
        425 | 429 => FaultKind::Throttled { after, reach: Reach::Shop },
        500 if code.starts_with("woocommerce_") => refused(None, envelope),
        500 | 502..=599 => FaultKind::Down,
        501 => FaultKind::Unsupported,
        _ => refused(None, envelope),
    }
}

/// Without an envelope: a web server, a proxy or a firewall speaks.
fn of_page(call: &'static str, answer: &Answer) -> Fault {
    let after = classify::retry_after(answer);
    let by_firewall = answer.header("cf-mitigated").is_some() || answer.status == 403;
    let (kind, code) = match answer.status {
        _ if by_firewall => {
            let after = Some(after.unwrap_or(FIREWALL_PAUSE));
            (FaultKind::Throttled { after, reach: Reach::Shop }, "firewall")
        }
        401 => (FaultKind::Revoked { reach: Reach::Shop }, "http_401"),
        404 => (FaultKind::Revoked { reach: Reach::Shop }, "no_rest_api"),
        408 => (FaultKind::Interrupted, "http_408"),
        413 => {
            let said = "the shop's web server takes no body of this size".to_owned();
            (FaultKind::Refused(vec![Complaint { field: None, code: Some("413".into()), said }]), "http_413")
        }
        425 | 429 => (FaultKind::Throttled { after, reach: Reach::Shop }, "http_429"),
        501 => (FaultKind::Unsupported, "http_501"),
        200..=299 | 500..=599 => (FaultKind::Down, "page"),
        _ => (FaultKind::Unintelligible, "page"),
    };
    let said = match code {
        "no_rest_api" => "no REST API at this address: are the permalinks plain?".to_owned(),
        "firewall" => "a firewall answered: let our address through".to_owned(),
        _ => format!("HTTP {} without JSON", answer.status),
    };
    Fault::new(call, kind).code(code).said(said)
}

/// One refusal, with a complaint for each field that the shop names.
fn refused(field: Option<&str>, envelope: &Envelope) -> FaultKind {
    let code = Some(envelope.code.clone());
    let params = envelope.data.get("params").and_then(serde_json::Value::as_object);
    let mut complaints: Vec<Complaint> = params
        .into_iter()
        .flatten()
        .map(|(name, said)| Complaint {
            field: Some(in_our_words(name).to_owned()),
            code: code.clone(),
            said: plain(said.as_str().unwrap_or(&envelope.message)),
        })
        .collect();
    if complaints.is_empty() {
        complaints.push(Complaint { field: field.map(str::to_owned), code, said: plain(&envelope.message) });
    }
    FaultKind::Refused(complaints)
}

fn in_our_words(field: &str) -> &str {
    match field {
        "name" => "title",
        "images" => "pictures",
        "regular_price" | "sale_price" => "price",
        "stock_quantity" | "manage_stock" | "stock_status" => "stock",
        "global_unique_id" => "gtin",
        "categories" => "category",
        other => other,
    }
}

fn holder(id: u64) -> RemoteListingId {
    RemoteListingId::new(id.to_string())
}

/// A message without its HTML tags.
pub fn plain(message: &str) -> String {
    let mut text = String::with_capacity(message.len());
    let mut in_tag = false;
    for letter in message.chars() {
        match letter {
            '<' => in_tag = true,
            '>' if in_tag => in_tag = false,
            other if !in_tag => text.push(other),
            _ => {}
        }
    }
    text.trim().to_owned()
}

#[cfg(test)]
#[path = "fault/tests.rs"]
mod tests;
