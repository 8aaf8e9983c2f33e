//! Waybills (spec 5.4): asked for, made after a while, downloaded as a small PDF.

use serde_json::{Value, json};

use super::call::{Call, text};
use super::envelope::{Answer, Refusal, Success};
use super::order::Package;
use super::push::About;
use super::shipping::package_of;
use super::world::{Shop, World};

const KINDS: [&str; 3] = ["NORMAL_AIR_WAYBILL", "THERMAL_AIR_WAYBILL", "THERMAL_UNPACKAGED_LABEL"];

/// `POST /logistics/get_shipping_document_parameter`.
pub fn get_shipping_document_parameter(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    for_each(shop, call, |_, package| {
        check_printable(package)?;
        Ok(json!({"suggest_shipping_document_type": KINDS[0], "selectable_shipping_document_type": KINDS}))
    })
}

/// `POST /logistics/create_shipping_document`.
pub fn create_shipping_document(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let due_ms = call.now_ms + world.settings().document_after_ms;
    let shop_id = shop.id;
    for_each(shop, call, |row, package| {
        check_printable(package)?;
        let number = text(row, "tracking_number").ok().flatten().unwrap_or("");
        if number.is_empty() || number != package.tracking_at(call.now_ms) {
            return Err(("logistics.tracking_number_invalid", "The tracking number is invalid."));
        }
        if text(row, "shipping_document_type").ok().flatten().is_some_and(|kind| !KINDS.contains(&kind)) {
            return Err((
                "logistics.shipping_document_type_invalid",
                "The shipping document type is invalid.",
            ));
        }
        package.document_ms = Some(due_ms);
        let data = json!({"ordersn": row["order_sn"], "package_number": package.number, "status": "READY"});
        world.push.emit(15, About::Shop(shop_id), &data, due_ms - call.now_ms);
        Ok(json!({}))
    })
}

/// `POST /logistics/get_shipping_document_result`.
pub fn get_shipping_document_result(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    for_each(shop, call, |_, package| match package.document_ms {
        None => Err(FIRST),
        Some(due_ms) => Ok(json!({"status": if due_ms <= call.now_ms { "READY" } else { "PROCESSING" }})),
    })
}

/// `POST /logistics/download_shipping_document`: a file, or an envelope on failure.
pub fn download_shipping_document(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let mut labels = Vec::new();
    let outcome = for_each(shop, call, |row, package| match package.document_ms {
        Some(due_ms) if due_ms <= call.now_ms => {
            labels.push(format!(
                "{} {} {}",
                row["order_sn"].as_str().unwrap_or(""),
                package.number,
                package.tracking_at(call.now_ms)
            ));
            Ok(json!({}))
        }
        Some(_) => Err(("logistics.shipping_document_not_ready", "The shipping document is not ready.")),
        None => Err(FIRST),
    });
    outcome?;
    Ok(Success::File { content_type: "application/pdf", bytes: pdf(&labels) })
}

const FIRST: (&str, &str) =
    ("logistics.shipping_document_should_print_first", "The shipping document should be created first.");

/// Only after arranging and before the carrier took it.
fn check_printable(package: &Package) -> Result<(), (&'static str, &'static str)> {
    let is_printable = package.logistics == "LOGISTICS_REQUEST_CREATED" && package.tracking.is_some();
    if is_printable {
        Ok(())
    } else {
        Err(("logistics.package_can_not_print", "The package can not print now."))
    }
}

/// Does something for each row; all failed: an error with the list (spec 5.4).
fn for_each(
    shop: &mut Shop,
    call: &Call,
    mut act: impl FnMut(&Value, &mut Package) -> Result<Value, (&'static str, &'static str)>,
) -> Answer {
    let rows = call.rows("order_list", 50)?;
    let (mut list, mut done) = (Vec::with_capacity(rows.len()), 0);
    for (place, row) in rows.iter().enumerate() {
        let Some(sn) = text(row, "order_sn")? else { return Err(Refusal::missing("order_sn")) };
        let number = text(row, "package_number")?;
        let outcome = if call.twist.half_batch && place % 2 == 1 {
            Err(("logistics.error_server", "System error. Please try again later."))
        } else {
            find(shop, sn, number)
                .and_then(|package| act(row, package).map(|fields| (package.number.clone(), fields)))
        };
        list.push(match outcome {
            Ok((number, mut fields)) => {
                done += 1;
                fields["order_sn"] = json!(sn);
                fields["package_number"] = json!(number);
                fields
            }
            Err((code, message)) => {
                json!({"order_sn": sn, "package_number": number, "fail_error": code, "fail_message": message})
            }
        });
    }
    let response = json!({ "result_list": list });
    if done == 0 {
        return Err(Refusal::new(
            "common.batch_api_all_failed",
            "Failed, please check result_list for more details.",
        )
        .with_response(response));
    }
    Ok(Success::Response(response))
}

fn find<'a>(
    shop: &'a mut Shop,
    sn: &str,
    number: Option<&str>,
) -> Result<&'a mut Package, (&'static str, &'static str)> {
    let unknown = ("logistics.invalid_error", "The order is not exist.");
    let order = shop.orders.find_mut(sn).ok_or(unknown)?;
    let wanted = package_of(order, number).map(|package| package.number.clone());
    let wanted =
        wanted.map_err(|_| ("logistics.package_number_not_exist", "The package number is not exist."))?;
    order.packages.iter_mut().find(|package| package.number == wanted).ok_or(unknown)
}

/// A one-page PDF with a line of text for each label.
fn pdf(labels: &[String]) -> Vec<u8> {
    let lines: String = labels.iter().map(|label| format!("({label}) Tj 0 -16 Td ")).collect();
    let stream = format!("BT /F1 10 Tf 20 380 Td {lines}ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 298 420] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>".to_owned(),
        format!("<< /Length {} >>\nstream\n{stream}\nendstream", stream.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut text = "%PDF-1.4\n".to_owned();
    let mut places = Vec::with_capacity(objects.len());
    for (place, object) in objects.iter().enumerate() {
        places.push(text.len());
        text.push_str(&format!("{} 0 obj\n{object}\nendobj\n", place + 1));
    }
    let start = text.len();
    text.push_str(&format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1));
    for place in places {
        text.push_str(&format!("{place:010} 00000 n \n"));
    }
    text.push_str(&format!(
        "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n",
        objects.len() + 1
    ));
    text.into_bytes()
}
