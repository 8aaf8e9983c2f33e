//! A fake channel whose files a person carries: one CSV, a row an offer, everything in each row.

use super::manner::Manner;
use ganh_contract::{
    Batch, CallShape, Capability, Complaint, Draft, Exchange, Facet, Fault, FaultKind, File, Imported,
    OfferCall, OfferKind, OfferRef, OfferRow, Outcome, Price, Result, Sent, Sku, Took, Units, Vnd,
};

const HEADER: [&str; 4] = ["Mã hàng", "Giá bán", "Tồn kho", "Trạng thái"];
const ON: &str = "Đang bán";
const OFF: &str = "Ngừng bán";

/// The exchange.
#[derive(Debug)]
pub struct FakeExchange(Capability);

impl FakeExchange {
    /// A new one.
    pub fn new() -> Self {
        let shape = CallShape {
            facets: vec![Facet::Price, Facet::Stock, Facet::OnSale],
            kinds: vec![OfferKind::Alone, OfferKind::Variant],
            batch: Batch::Offers { max_offers: 500 },
            coupled: true,
            one_place: false,
            live_only: false,
            quota: "file".to_owned(),
        };
        Self(Capability { calls: vec![shape], create: None, orders: None, ..Manner::Barrow.capability() })
    }
}

impl Default for FakeExchange {
    fn default() -> Self {
        Self::new()
    }
}

fn write(rows: Vec<[String; 4]>, name: &str) -> Result<File> {
    let mut out = csv::Writer::from_writer(Vec::new());
    let failed = |error: csv::Error| Fault::new("changes", FaultKind::Unsupported).said(error.to_string());
    out.write_record(HEADER).map_err(failed)?;
    for row in rows {
        out.write_record(row).map_err(failed)?;
    }
    let bytes = out.into_inner().map_err(|_| Fault::unsupported("changes"))?;
    Ok(File { name: name.to_owned(), mime: "text/csv; charset=utf-8".to_owned(), bytes })
}

fn lacks(field: &str) -> Fault {
    let complaint =
        Complaint { field: Some(field.to_owned()), code: None, said: format!("{field} is missing in a row") };
    Fault::new("changes", FaultKind::Refused(vec![complaint]))
}

fn switch(is_on: bool) -> String {
    if is_on { ON } else { OFF }.to_owned()
}

impl Exchange for FakeExchange {
    fn capability(&self) -> &Capability {
        &self.0
    }

    fn new_listings(&self, drafts: &[Draft]) -> Result<Vec<File>> {
        let offers = drafts.iter().flat_map(|draft| &draft.offers);
        let row = |offer: &ganh_contract::DraftOffer| {
            [
                offer.sku.to_string(),
                offer.price.list.get().to_string(),
                offer.stock.total().to_string(),
                switch(true),
            ]
        };
        Ok(vec![write(offers.map(row).collect(), "hang-moi.csv")?])
    }

    fn changes(&self, call: &OfferCall) -> Result<File> {
        let mut rows = Vec::new();
        for row in &call.rows {
            let price = row.price.as_ref().ok_or_else(|| lacks("price"))?.figure().list.get();
            let stock = row.stock.as_ref().ok_or_else(|| lacks("stock"))?.figure().total();
            let is_on = *row.on_sale.as_ref().ok_or_else(|| lacks("on_sale"))?.figure();
            rows.push([row.note.clone(), price.to_string(), stock.to_string(), switch(is_on)]);
        }
        write(rows, "thay-doi.csv")
    }

    fn import(&self, file: &File) -> Result<Imported> {
        let strange = || Fault::new("import", FaultKind::Unintelligible).said("no file of this channel");
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file.bytes.as_slice());
        if reader.headers().map_err(|_| strange())?.iter().ne(HEADER) {
            return Err(strange());
        }
        let mut receipts = Vec::new();
        for (number, record) in reader.records().enumerate() {
            // The header is line 1.
            let line = number + 2;
            let record = record.map_err(|_| strange())?;
            let cell = |at: usize| record.get(at).unwrap_or_default().trim();
            receipts.push((Sku::new(cell(0)), read_row(line, cell)));
        }
        Ok(Imported::Receipts(receipts))
    }
}

/// A row as it stands in the file, or all that is wrong with it.
fn read_row<'a>(line: usize, cell: impl Fn(usize) -> &'a str) -> Outcome {
    let mut complaints = Vec::new();
    let mut wrong = |field: &str, text: &str| {
        complaints.push(Complaint {
            field: Some(field.to_owned()),
            code: None,
            said: format!("dòng {line}: {text:?}"),
        });
    };
    let (price, stock) = (cell(1).parse::<i64>(), cell(2).parse::<u32>());
    if price.is_err() {
        wrong("price", cell(1));
    }
    if stock.is_err() {
        wrong("stock", cell(2));
    }
    let is_on = match cell(3) {
        ON => Some(true),
        OFF => Some(false),
        other => {
            wrong("on_sale", other);
            None
        }
    };
    let (Ok(price), Ok(stock), Some(is_on)) = (price, stock, is_on) else {
        return Err(Fault::new("import", FaultKind::Refused(complaints)).said(format!("line {line}")));
    };
    let offer = OfferRef { listing: cell(0).into(), offer: "".into(), kind: OfferKind::Alone };
    Ok(Took::Echoed(OfferRow {
        price: Some(Sent::Changed(Price::plain(Vnd(price)))),
        stock: Some(Sent::Changed(Units::only(stock))),
        on_sale: Some(Sent::Changed(is_on)),
        ..OfferRow::silent(offer, cell(0).to_owned())
    }))
}
