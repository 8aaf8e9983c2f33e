//! Labels and their links (spec 5.7, 5.8).

use base64::Engine;
use serde_json::json;

use crate::core::lock;

use super::call::Call;
use super::envelope::{Answer, Refusal, Success};
use super::fulfil::{batch, done, rows_of, statuses, whole_failure};
use super::order_state::Status;
use super::payload::filled;
use super::world::{Shop, World};

/// A label's link lives ten minutes (spec 5.7).
const LABEL_MS: i64 = 600_000;

/// `/order/package/document/get`: `file` is base64 of HTML; for PDF an iframe on a link that lives ten minutes.
/// Shortly after packing there is nothing yet (spec 5.7).
pub fn label(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let request = call.json("getDocumentReq")?;
    let kind = filled(&request, "doc_type").unwrap_or_default();
    if kind != "PDF" && kind != "HTML" {
        return Ok(whole_failure("700004", "illegal parameter: doc_type"));
    }
    let rows = match batch(call, "getDocumentReq", "packages")? {
        Ok(rows) => rows,
        Err(failure) => return Ok(failure),
    };
    let late_ms = world.rule(|rules| rules.label_after_ms);
    let mut names = Vec::new();
    let mut is_early = false;
    for row in rows {
        let package = filled(&row, "package_id").unwrap_or_default();
        let found = rows_of(shop, &package);
        if found.is_empty() {
            return Ok(whole_failure("600001", "package not found"));
        }
        if statuses(shop, &found).iter().all(|status| *status == Status::Canceled) {
            return Ok(whole_failure("600002", "package already cancelled"));
        }
        is_early |= found.iter().any(|row| {
            shop.orders
                .find(row.order)
                .is_some_and(|order| order.lines[row.place].packed_ms + late_ms > call.now_ms)
        });
        names.push(package);
    }
    if is_early {
        return Ok(done(json!({"doc_type": kind, "file": "", "pdf_url": ""})));
    }
    if kind == "HTML" {
        return Ok(done(json!({"doc_type": "HTML", "file": encode(&label_page(&names))})));
    }
    let expires = call.now_ms / 1000 + LABEL_MS / 1000;
    let url = format!("http://{}/oss/proxy/waybill/{}?Expires={expires}", call.host, names.join("-"));
    let frame = format!("<iframe src=\"{url}\" width=\"100%\" height=\"100%\"></iframe>");
    Ok(done(json!({"doc_type": "PDF", "file": encode(&frame), "pdf_url": url})))
}

fn encode(text: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(text)
}

fn label_page(packages: &[String]) -> String {
    let rows: String =
        packages.iter().map(|package| format!("<div class=\"waybill\">{package}</div>")).collect();
    format!("<html><body>{rows}</body></html>")
}

/// The link of a label: a small PDF, or 403 after ten minutes. No signature: the link itself is the key.
pub fn waybill(world: &World, path: &str, expires: Option<&str>) -> Option<Success> {
    let names = path.strip_prefix("/oss/proxy/waybill/")?;
    let until_s: i64 = expires?.parse().ok()?;
    if until_s <= world.core.clock.now_s() {
        return None;
    }
    let is_known = names
        .split('-')
        .all(|package| world.shops.values().any(|shop| lock(shop).orders.find_package(package).is_some()));
    is_known.then(|| Success::File { content_type: "application/pdf", bytes: pdf(names) })
}

/// A PDF of one page with one line of text.
fn pdf(text: &str) -> Vec<u8> {
    let stream = format!("BT /F1 12 Tf 20 60 Td ({text}) Tj ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 120] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{stream}\nendstream", stream.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut out = "%PDF-1.4\n".to_owned();
    let mut places = Vec::new();
    for (number, object) in objects.iter().enumerate() {
        places.push(out.len());
        out.push_str(&format!("{} 0 obj\n{object}\nendobj\n", number + 1));
    }
    let start = out.len();
    out.push_str(&format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1));
    for place in places {
        out.push_str(&format!("{place:010} 00000 n \n"));
    }
    out.push_str(&format!(
        "trailer << /Size {} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n",
        objects.len() + 1
    ));
    out.into_bytes()
}

/// `/order/document/get`, the older documents API (spec 5.8).
pub fn old_document(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let kind = call.need("doc_type")?;
    if !matches!(kind, "invoice" | "shippingLabel" | "carrierManifest") {
        return Err(Refusal::isp("32", format!("E032: Document type \"{kind}\" is not valid")));
    }
    call.need("order_item_ids")?;
    let ids =
        call.ids("order_item_ids").ok_or_else(|| Refusal::isp("6", "E006: Unexpected internal error"))?;
    if ids.is_empty() || ids.len() > 100 {
        return Err(Refusal::isp("20", "E020: Invalid Order Item ID"));
    }
    let mut names = Vec::new();
    for line_id in ids {
        let Some((order_id, place)) = shop.orders.find_line(line_id) else {
            return Err(Refusal::isp("20", "E020: Invalid Order Item ID"));
        };
        let Some(order) = shop.orders.find(order_id) else { continue };
        let line = &order.lines[place];
        if line.is_dbs {
            return Err(Refusal::isp("50008", "E50008: DBS orders have no document"));
        }
        match &line.package {
            Some(package) => names.push(package.clone()),
            None => return Err(Refusal::isp("34", "E034: Order Item must be packed")),
        }
    }
    names.dedup();
    let file = encode(&label_page(&names));
    Ok(Success::Data(json!({"document": {"file": file, "mime_type": "text/html", "document_type": kind}})))
}
