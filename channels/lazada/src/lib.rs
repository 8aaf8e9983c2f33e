//! Lazada Open Platform for Vietnam, in the words of the contract. README.md lists endpoints, limits and quirks with their sources.
//!
//! It translates and nothing more: calls are signed, paid, sent and repeated by `ganh-http`, remembered by the engine.

mod action;
mod call;
mod category;
pub mod facts;
mod fault;
mod hook;
mod lenient;
mod listing;
mod moment;
mod note;
mod observe;
mod offer;
mod order;
mod page;
mod product;
mod returns;
mod revise;
mod sign;
mod survey;
mod token;
mod wire;
mod xml;

pub use facts::{CategoryChoice, Facts};

use async_trait::async_trait;
use call::{App, Line, ShopKey};
use ganh_contract::{
    Acted, Action, Capability, Category, CategoryRules, Choice, Consent, Cursor, Delivery, Draft, Fault,
    FaultKind, Found, Grant, Link, ListingHead, Move, Observed, OfferCall, OfferRef, Order, OrderHead,
    Outcome, Page, Platform, Progress, Reach, Reading, RemoteCategoryId, RemoteListingId, RemoteOrderId,
    RemotePictureId, RemoteShop, RemoteShopId, Result, Secret, Section, Sku, Start, Survey, Verdict, Window,
};
use ganh_http::Gateway;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;
use url::Url;

/// The channel's name in records and quota keys.
pub(crate) const CHANNEL: &str = "lazada";

/// The operator's registration.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Of the market, such as `https://api.lazada.vn/rest` (spec §1.1).
    pub base_url: Url,
    /// Of tokens and consent, such as `https://auth.lazada.com/rest` (spec §1.1).
    pub auth_url: Url,
    pub app_key: String,
    pub app_secret: Secret,
}

/// The registered app. Makes no call.
pub fn platform(settings: Settings, facts: Facts, gateway: Gateway) -> Box<dyn Platform> {
    Box::new(Lazada(Line { app: Arc::new(App { settings, facts, gateway }), shop: None }))
}

#[derive(Debug)]
struct Lazada(Line);

#[async_trait]
impl Platform for Lazada {
    fn consent(&self, back_to: &str, nonce: &str, _at: Timestamp) -> Result<Consent> {
        Ok(token::consent(&self.0.app.settings, back_to, nonce))
    }

    async fn exchange(&self, answer: &BTreeMap<String, Secret>) -> Result<Vec<Grant>> {
        token::exchange(&self.0, answer).await
    }

    async fn renew(&self, grant: &Grant) -> Result<Grant> {
        token::renew(&self.0, grant).await
    }

    fn hook(&self, delivery: &Delivery<'_>) -> Verdict {
        hook::verify(&self.0.app.settings, delivery)
    }

    fn open(
        &self,
        grant: &Grant,
        shop: &RemoteShopId,
        known: Option<&Capability>,
    ) -> Result<Box<dyn RemoteShop>> {
        if !grant.shops.contains(shop) {
            return Err(Fault::new("open", FaultKind::Revoked { reach: Reach::Shop })
                .said("the grant is for another shop"));
        }
        let key = ShopKey { seller: shop.as_str().to_owned(), access: grant.access.clone() };
        let line = Line { app: self.0.app.clone(), shop: Some(key) };
        let (inventory, calls) = line.declare_quotas();
        let capability = known.cloned().unwrap_or_else(|| line.app.facts.capability(&inventory, &calls));
        Ok(Box::new(Shop { line, capability }))
    }
}

/// One authorised shop.
#[derive(Debug)]
pub(crate) struct Shop {
    pub line: Line,
    pub capability: Capability,
}

#[async_trait]
impl RemoteShop for Shop {
    fn capability(&self) -> &Capability {
        &self.capability
    }

    async fn survey(&self) -> Result<Survey> {
        survey::survey(self).await
    }

    async fn set_offers(&self, call: &OfferCall) -> Result<Vec<Outcome>> {
        offer::set_offers(self, call).await
    }

    async fn create(&self, draft: &Draft, start: Start<'_>) -> Result<Progress<Link>> {
        listing::create(self, draft, start).await
    }

    async fn revise(
        &self,
        listings: &[RemoteListingId],
        draft: &Draft,
        changed: &[Section],
        start: Start<'_>,
    ) -> Result<Progress<Link>> {
        revise::revise(self, listings, draft, changed, start).await
    }

    async fn delete(&self, listing: &RemoteListingId, offers: &[OfferRef]) -> Result<()> {
        listing::delete(self, listing, offers).await
    }

    async fn upload(&self, picture: &[u8], file_name: &str) -> Result<RemotePictureId> {
        listing::upload(self, picture, file_name).await
    }

    async fn find(&self, code: &Sku, skus: &[Sku]) -> Result<Found> {
        page::find(self, code, skus).await
    }

    async fn listings(&self, from: Option<&Cursor>) -> Result<Page<ListingHead>> {
        page::listings(self, from).await
    }

    async fn observe(&self, listings: &[ListingHead]) -> Result<Vec<Reading<Observed>>> {
        observe::observe(self, listings).await
    }

    async fn orders(&self, window: Window, from: Option<&Cursor>) -> Result<Page<OrderHead>> {
        order::orders(self, window, from).await
    }

    async fn read_orders(&self, heads: &[OrderHead]) -> Result<Vec<Reading<Order>>> {
        order::read_orders(self, heads).await
    }

    async fn returns(&self, window: Window, from: Option<&Cursor>) -> Result<Page<OrderHead>> {
        returns::returns(self, window, from).await
    }

    async fn moves(&self, order: &RemoteOrderId) -> Result<Vec<Move>> {
        action::moves(self, order).await
    }

    async fn act(
        &self,
        order: &RemoteOrderId,
        action: &Action,
        _start: Start<'_>,
    ) -> Result<Progress<Acted>> {
        action::act(self, order, action).await
    }

    async fn categories(&self, _under: Option<&RemoteCategoryId>) -> Result<Vec<Category>> {
        category::categories(self).await
    }

    async fn category_rules(&self, category: &RemoteCategoryId) -> Result<CategoryRules> {
        category::rules(self, category).await
    }

    async fn options(
        &self,
        category: &RemoteCategoryId,
        key: &str,
        text: &str,
        from: Option<&Cursor>,
    ) -> Result<Page<Choice>> {
        category::options(self, category, key, text, from).await
    }
}
