//! Case 39: files that a person carries.

use crate::world::Selected;
use ganh_contract::{
    Exchange, Facet, FaultKind, File, Imported, OfferCall, OfferKind, OfferRef, OfferRow, Price, Sent, Took,
    Units, Vnd,
};

/// An exchange's files go out the same each time, come back row by row, and say nothing by leaving out.
pub fn a_file_round_trips_and_a_missing_row_says_nothing(exchange: &dyn Exchange) -> Selected {
    let rows: Vec<OfferRow> = (1..=3).map(row).collect();
    let allows = exchange.capability();
    let shape = allows.shape_for(Facet::Stock, OfferKind::Alone).expect("a file that carries stock");
    let call = OfferCall { shape, rows };

    let file = exchange.changes(&call).expect("a file");
    assert_eq!(exchange.changes(&call).expect("a file"), file, "same input, same bytes");
    assert_eq!(exchange.capability().calls[shape].facets.len(), 3, "a file row carries everything");
    let Imported::Receipts(receipts) = exchange.import(&file).expect("our own file comes back") else {
        panic!("receipts")
    };
    assert_eq!(receipts.len(), 3, "every row is there");
    for ((sku, outcome), row) in receipts.iter().zip(&call.rows) {
        assert_eq!(sku.as_str(), row.note, "in order");
        let Ok(Took::Echoed(echo)) = outcome else {
            panic!("{sku}: the row as it stands in the file: {outcome:?}")
        };
        assert_eq!(figures(echo), figures(row));
    }

    // One row is gone, one is spoilt: the first says nothing, the second complains by itself.
    let text = String::from_utf8(file.bytes.clone()).expect("UTF-8");
    let lines: Vec<&str> = text.lines().collect();
    let spoilt = lines[3].replace("Đang bán", "Lạ hoắc").replace("80000", "tám mươi");
    let carried = File { bytes: format!("{}\n{}\n{spoilt}\n", lines[0], lines[2]).into_bytes(), ..file };
    let Imported::Receipts(receipts) = exchange.import(&carried).expect("a file") else { panic!("receipts") };
    let skus: Vec<&str> = receipts.iter().map(|(sku, _)| sku.as_str()).collect();
    assert_eq!(skus, ["TEP-2", "TEP-3"], "a row that is missing says nothing");
    assert!(receipts[0].1.is_ok());
    let fault = receipts[1].1.as_ref().expect_err("a row that cannot be read");
    let FaultKind::Refused(complaints) = &*fault.kind else { panic!("complaints: {fault}") };
    assert!(complaints.len() >= 2, "all complaints at once: {complaints:?}");
    assert!(fault.said.as_ref().is_some_and(|said| said.contains('3')), "with its line: {fault}");

    let garbage = File {
        bytes: vec![0xff, 0xfe, 0x00, 0xd8],
        name: "rác.bin".into(),
        mime: "application/octet-stream".into(),
    };
    let refused = exchange.import(&garbage).expect_err("no file of ours");
    assert!(matches!(*refused.kind, FaultKind::Refused(_) | FaultKind::Unintelligible), "{refused}");
    Selected::Yes
}

fn row(number: u32) -> OfferRow {
    let sku = format!("TEP-{number}");
    let offer = OfferRef { listing: sku.as_str().into(), offer: "".into(), kind: OfferKind::Alone };
    OfferRow {
        price: Some(Sent::Changed(Price::plain(Vnd(50_000 + i64::from(number) * 10_000)))),
        stock: Some(Sent::Changed(Units::only(number))),
        on_sale: Some(Sent::Carried(true)),
        ..OfferRow::silent(offer, sku)
    }
}

/// The figures of a row, whether wanted or carried.
fn figures(row: &OfferRow) -> (Option<&Price>, Option<&Units>, Option<&bool>) {
    (
        row.price.as_ref().map(Sent::figure),
        row.stock.as_ref().map(Sent::figure),
        row.on_sale.as_ref().map(Sent::figure),
    )
}
