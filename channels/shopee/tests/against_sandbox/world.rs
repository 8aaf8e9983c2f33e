//! One simulated market with one shop, and the stories that tests begin with.

use ganh_contract::{
    Draft, DraftOffer, Facet, Fault, FaultKind, Grant, Link, ListingHead, Observed, OfferCall, OfferRef,
    OfferRow, Order, OrderHead, PictureRef, Platform, Price, Progress, Reading, RemoteCategoryId,
    RemoteListingId, RemoteOrderId, RemotePictureId, RemoteShop, Secret, Sent, Sku, Start, Took, Units, Vnd,
};
use ganh_http::{Gateway, Settings as HttpSettings, Silent, SystemClock};
use ganh_sandbox::{Options, Running};
use ganh_shopee::{Facts, Settings};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

pub const PICTURE: &[u8] = include_bytes!("../picture.png");

pub struct World {
    pub sandbox: Running,
    pub platform: Box<dyn Platform>,
    pub grant: Grant,
    pub shop: Box<dyn RemoteShop>,
}

impl World {
    pub async fn new() -> Self {
        Self::with_hook(None).await
    }

    pub async fn with_hook(hook_url: Option<String>) -> Self {
        let options = Options { profile: Some("quick".into()), ..Options::default() };
        let sandbox = ganh_sandbox::shopee::start(options).await.expect("a sandbox");
        let keys = sandbox.credentials();
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let settings = Settings {
            base_url: sandbox.base_url().parse().expect("a URL"),
            consent_url: None,
            partner_id: text(&keys["partner_id"]).parse().expect("a number"),
            partner_key: Secret::new(text(&keys["partner_key"])),
            hook_url,
        };
        let mut facts = Facts::built_in();
        facts.quota.shop.per_second = 0.0;
        facts.quota.app.per_second = 0.0;
        let patience = HttpSettings {
            pauses: (Duration::from_millis(1), Duration::from_millis(5)),
            call_timeout: Duration::from_secs(5),
            ..HttpSettings::default()
        };
        let gateway = Gateway::new(patience, Arc::new(SystemClock), Arc::new(Silent)).expect("a gateway");
        let platform = ganh_shopee::platform(settings, facts, gateway);
        let answer = BTreeMap::from([
            ("code".to_owned(), Secret::new(text(&keys["shops"][0]["code"]))),
            ("shop_id".to_owned(), Secret::new(text(&keys["shops"][0]["shop_id"]))),
        ]);
        let grant = platform.exchange(&answer).await.expect("a grant").remove(0);
        let id = grant.shops[0].clone();
        let first = platform.open(&grant, &id, None).expect("a shop");
        let survey = first.survey().await.expect("a survey");
        let shop = platform.open(&grant, &id, Some(&survey.allows)).expect("a shop");
        Self { sandbox, platform, grant, shop }
    }

    pub async fn control(&self, method: &str, path: &str, body: Value) -> Value {
        self.sandbox.control(method, path, Some(body)).await
    }

    pub async fn fault(&self, body: Value) {
        self.control("POST", "/_sandbox/faults", body).await;
    }

    pub async fn picture(&self) -> RemotePictureId {
        self.shop.upload(PICTURE, "picture.png").await.expect("a picture")
    }

    /// Builds the draft to its end, step by step.
    pub async fn build(&self, draft: &Draft) -> Link {
        let mut ticket = None;
        for _ in 0..10 {
            let start = ticket.as_ref().map_or(Start::Fresh("intent-1"), Start::Resume);
            match self.shop.create(draft, start).await.expect("a step") {
                Progress::Done(link) => return link,
                Progress::Later { ticket: next, .. } => ticket = Some(next),
            }
        }
        panic!("never done");
    }

    pub async fn see(&self, listing: &RemoteListingId) -> Observed {
        let heads = [ListingHead::named(listing.clone())];
        self.shop.observe(&heads).await.expect("readings").remove(0).value.expect("a listing")
    }

    pub async fn set(&self, facet: Facet, rows: Vec<OfferRow>) -> Vec<Result<Took, Fault>> {
        let kind = rows[0].offer.kind;
        let shape = self.shop.capability().shape_for(facet, kind).expect("a shape");
        self.shop.set_offers(&OfferCall { shape, rows }).await.expect("outcomes")
    }

    pub async fn place_order(&self, sku: &str, units: u32) -> RemoteOrderId {
        let body = json!({ "lines": [{ "sku": sku, "units": units }], "paid": true });
        let placed = self.control("POST", "/_sandbox/orders", body).await;
        RemoteOrderId::new(placed["id"].as_str().expect("an id"))
    }

    pub async fn read(&self, order: &RemoteOrderId) -> Reading<Order> {
        self.shop.read_orders(&[OrderHead::named(order.clone())]).await.expect("readings").remove(0)
    }
}

pub fn offer(sku: &str, option: Option<&str>, price: i64, stock: u32) -> DraftOffer {
    DraftOffer {
        sku: Sku::new(sku),
        options: option.map(str::to_owned).into_iter().collect(),
        price: Price::plain(Vnd(price)),
        stock: Units::only(stock),
        gtin: None,
        grams: None,
    }
}

pub fn draft(picture: RemotePictureId, code: &str, axes: &[&str], offers: Vec<DraftOffer>) -> Draft {
    let facts = Facts::built_in();
    let category = &facts.category["food.coffee_cocoa"];
    Draft {
        code: Sku::new(code),
        title: "Cà phê Robusta rang mộc Buôn Ma Thuột".into(),
        description:
            "Cà phê nguyên chất rang mộc, đóng gói van một chiều. Hạn sử dụng 12 tháng kể từ ngày sản xuất. \
                      Bảo quản nơi khô ráo thoáng mát, tránh ánh nắng trực tiếp."
                .into(),
        category: RemoteCategoryId::new(category.id.as_str()),
        attributes: category.attributes.clone(),
        pictures: vec![PictureRef::Remote(picture)],
        axes: axes.iter().map(|axis| (*axis).to_owned()).collect(),
        offers,
        grams: 550,
        size_mm: Some([200, 120, 80]),
        gtin: None,
    }
}

pub async fn given_coffee_in_two_sizes(world: &World) -> (Draft, Link) {
    let offers = vec![offer("CF-250", Some("250g"), 79_000, 25), offer("CF-500", Some("500g"), 145_000, 40)];
    let draft = draft(world.picture().await, "CF", &["Khối lượng"], offers);
    let link = world.build(&draft).await;
    world.set(Facet::OnSale, vec![on_sale(&link.offers[0].offer, true)]).await.remove(0).expect("shown");
    (draft, link)
}

pub async fn given_plain_coffee(world: &World) -> OfferRef {
    let draft = draft(world.picture().await, "CF-1", &[], vec![offer("CF-1", None, 145_000, 40)]);
    world.build(&draft).await.offers[0].offer.clone()
}

pub fn stock(offer: &OfferRef, units: u32) -> OfferRow {
    OfferRow {
        stock: Some(Sent::Changed(Units::only(units))),
        ..OfferRow::silent(offer.clone(), String::new())
    }
}

pub fn price(offer: &OfferRef, dong: i64) -> OfferRow {
    let price = Some(Sent::Changed(Price::plain(Vnd(dong))));
    OfferRow { price, ..OfferRow::silent(offer.clone(), String::new()) }
}

pub fn on_sale(offer: &OfferRef, is_on: bool) -> OfferRow {
    OfferRow { on_sale: Some(Sent::Changed(is_on)), ..OfferRow::silent(offer.clone(), String::new()) }
}

pub fn kind<T: std::fmt::Debug>(outcome: Result<T, Fault>) -> FaultKind {
    *outcome.expect_err("a fault").kind
}
