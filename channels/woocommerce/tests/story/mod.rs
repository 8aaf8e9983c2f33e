//! A simulated shop, connected and surveyed, and the words to tell stories about it.

#![allow(dead_code, reason = "each file of tests tells with some of the words; one with all of them")]

use ganh_contract::{
    Capability, Cursor, Draft, DraftOffer, Facet, Found, Grant, Link, ListingHead, Next, OfferCall, OfferRef,
    OfferRow, Order, OrderHead, Outcome, Platform, Price, Progress, Reading, RemoteListingId, RemoteOrderId,
    RemoteShop, Secret, Sent, Sku, Start, Took, Units, Vnd, Window,
};
use ganh_http::{Gateway, Silent, SystemClock};
use ganh_sandbox::{Options, Running};
use ganh_woocommerce::{Facts, Settings};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A sandbox with a shop connected and surveyed.
pub struct Story {
    pub sandbox: Running,
    pub platform: Box<dyn Platform>,
    pub grant: Grant,
    pub allows: Capability,
    pub shop: Box<dyn RemoteShop>,
}

impl Story {
    pub async fn begin(profile: &str) -> Self {
        Self::begin_with(Options { profile: Some(profile.to_owned()), ..Options::default() }).await
    }

    pub async fn begin_with(options: Options) -> Self {
        let sandbox = ganh_sandbox::woocommerce::start(options).await.unwrap();
        let gateway =
            Gateway::new(ganh_http::Settings::default(), Arc::new(SystemClock), Arc::new(Silent)).unwrap();
        let settings = Settings { unlimited: true, ..Settings::default() };
        let platform = ganh_woocommerce::platform(settings, Facts::compiled_in().unwrap(), gateway);
        let grant = platform.exchange(&answer(&sandbox)).await.unwrap().remove(0);
        let name = grant.shops[0].clone();
        let allows = platform.open(&grant, &name, None).unwrap().survey().await.unwrap().allows;
        let shop = platform.open(&grant, &name, Some(&allows)).unwrap();
        Self { sandbox, platform, grant, allows, shop }
    }

    pub async fn control(&self, path: &str, body: Value) -> Value {
        self.sandbox.control("POST", path, Some(body)).await
    }

    pub async fn fault(&self, body: Value) {
        let armed = self.control("/faults", body).await;
        assert!(armed.get("id").is_some(), "{armed}");
    }

    pub async fn books(&self) -> Value {
        self.sandbox.control("GET", "/books", None).await
    }

    pub async fn books_of(&self, code: &str) -> Vec<Value> {
        let books = self.books().await;
        let listings = books["listings"].as_array().cloned().unwrap_or_default();
        let is_it = |listing: &Value| {
            listing["code"] == code
                || listing["offers"].as_array().unwrap().iter().any(|offer| offer["sku"] == code)
        };
        listings.into_iter().filter(|listing| is_it(listing) && listing["standing"] != "deleted").collect()
    }

    /// Walks a create to its end and shows what is born hidden.
    pub async fn create(&self, draft: &Draft) -> Link {
        self.finish(draft, self.shop.create(draft, Start::Fresh("intent-1")).await.unwrap()).await
    }

    pub async fn finish(&self, draft: &Draft, mut progress: Progress<Link>) -> Link {
        for _ in 0..20 {
            match progress {
                Progress::Done(link) => {
                    if !draft.axes.is_empty() {
                        self.show(&link).await;
                    }
                    return link;
                }
                Progress::Later { ticket, .. } => {
                    progress = self.shop.create(draft, Start::Resume(&ticket)).await.unwrap();
                }
            }
        }
        panic!("a create without end")
    }

    pub async fn show(&self, link: &Link) {
        let shown = self.set(Facet::OnSale, vec![switched(&link.offers[0].offer, true)]).await;
        assert_eq!(took(&shown[0]).on_sale, Some(Sent::Changed(true)));
    }

    pub async fn set(&self, facet: Facet, rows: Vec<OfferRow>) -> Vec<Outcome> {
        let shape = self.allows.shape_for(facet, rows[0].offer.kind).unwrap();
        self.shop.set_offers(&OfferCall { shape, rows }).await.unwrap()
    }

    pub async fn order(&self, sku: &str, units: u32) -> RemoteOrderId {
        let wish = json!({ "lines": [{ "sku": sku, "units": units }], "paid": true });
        let placed = self.control("/orders", wish).await;
        let id = &placed["id"];
        RemoteOrderId::new(id.as_str().map(str::to_owned).unwrap_or_else(|| id.to_string()))
    }

    pub async fn read_order(&self, id: &RemoteOrderId) -> Order {
        let mut readings = self.shop.read_orders(&[OrderHead::named(id.clone())]).await.unwrap();
        readings.remove(0).value.unwrap()
    }

    /// Every head of a walk over the last hour.
    pub async fn walk_orders(&self) -> Vec<OrderHead> {
        let now = Timestamp::now();
        let window =
            Window { from: now - SignedDuration::from_hours(1), until: now + SignedDuration::from_mins(5) };
        let mut heads = Vec::new();
        let mut from: Option<Cursor> = None;
        for _ in 0..50 {
            let page = self.shop.orders(window, from.as_ref()).await.unwrap();
            heads.extend(page.rows);
            match page.next {
                Next::More(cursor) => from = Some(cursor),
                Next::End => return heads,
                Next::TooMany => panic!("too many"),
            }
        }
        panic!("a walk without end")
    }
}

pub fn answer(sandbox: &Running) -> BTreeMap<String, Secret> {
    let credentials = sandbox.credentials();
    let text = |name: &str| Secret::new(credentials[name].as_str().unwrap());
    BTreeMap::from([
        ("address".to_owned(), Secret::new(sandbox.base_url())),
        ("consumer_key".to_owned(), text("consumer_key")),
        ("consumer_secret".to_owned(), text("consumer_secret")),
    ])
}

pub fn offer(sku: &str, options: &[&str], price: i64, stock: u32) -> DraftOffer {
    DraftOffer {
        sku: Sku::new(sku),
        options: options.iter().map(|option| (*option).to_owned()).collect(),
        price: Price::plain(Vnd(price)),
        stock: Units::only(stock),
        gtin: None,
        grams: None,
    }
}

pub fn draft(code: &str, axes: &[&str], offers: Vec<DraftOffer>) -> Draft {
    Draft {
        code: Sku::new(code),
        title: "Bánh cáy Thiên Đức".to_owned(),
        description: "<p>Dẻo thơm vị gừng &amp; vừng.</p>".to_owned(),
        category: "name:Bánh kẹo".into(),
        attributes: BTreeMap::from([("Hạn sử dụng".to_owned(), vec!["4 tháng".to_owned()])]),
        pictures: Vec::new(),
        axes: axes.iter().map(|axis| (*axis).to_owned()).collect(),
        offers,
        grams: 310,
        size_mm: Some([180, 120, 55]),
        gtin: None,
    }
}

pub fn simple(code: &str) -> Draft {
    draft(code, &[], vec![offer(code, &[], 38_000, 24)])
}

pub fn variable() -> Draft {
    draft(
        "BANHCAY",
        &["Quy cách"],
        vec![
            offer("BANHCAY-01", &["Hộp 250 g"], 38_000, 24),
            offer("BANHCAY-02", &["Hộp 400 g"], 58_000, 31),
        ],
    )
}

pub fn priced(offer: &OfferRef, price: Price) -> OfferRow {
    OfferRow { price: Some(Sent::Changed(price)), ..OfferRow::silent(offer.clone(), String::new()) }
}

pub fn stocked(offer: &OfferRef, units: u32) -> OfferRow {
    OfferRow {
        stock: Some(Sent::Changed(Units::only(units))),
        ..OfferRow::silent(offer.clone(), String::new())
    }
}

pub fn switched(offer: &OfferRef, is_on_sale: bool) -> OfferRow {
    OfferRow { on_sale: Some(Sent::Changed(is_on_sale)), ..OfferRow::silent(offer.clone(), String::new()) }
}

pub fn took(outcome: &Outcome) -> &OfferRow {
    match outcome.as_ref().unwrap() {
        Took::Echoed(row) => row,
        Took::Silent => panic!("every row is named"),
    }
}

pub fn found(found: Found) -> Vec<Reading<ganh_contract::Observed>> {
    match found {
        Found::Listings(listings) => listings,
        Found::Nothing => Vec::new(),
        Found::Underway(_) => panic!("nothing waits here"),
    }
}

pub async fn observe(story: &Story, id: &RemoteListingId) -> ganh_contract::Observed {
    let mut readings = story.shop.observe(&[ListingHead::named(id.clone())]).await.unwrap();
    readings.remove(0).value.unwrap()
}
