//! WooCommerce, REST API v3, as a channel: a shop of a producer's own, or a provincial site that runs on it.
//!
//! It translates between `ganh-contract` and the wire, through `ganh-http`. No state, clock, log, retry or sleep of its own.
//! What the marketplace does, and where that was read or seen, stands in the README beside this crate.

mod address;
mod bin;
mod category;
mod create;
mod discovery;
mod draft;
mod facts;
mod fault;
mod figures;
mod fold;
mod hook;
mod listing;
mod money;
mod offer;
mod order;
mod picture;
mod revise;
mod settings;
mod sign;
mod site;
mod stamp;
#[cfg(test)]
mod testing;
mod token;
mod wire;

pub use crate::facts::{Fact, Facts};
pub use crate::settings::Settings;

use crate::discovery::Memo;
use crate::site::Site;
use crate::token::Keys;
use async_trait::async_trait;
use ganh_contract::{
    Acted, Action, Capability, Category, CategoryRules, Consent, Cursor, Delivery, Draft, Fault, Found,
    Grant, Link, ListingHead, Move, Observed, OfferCall, OfferRef, Order, OrderHead, Outcome, Page, Platform,
    Progress, Reading, RemoteCategoryId, RemoteListingId, RemoteOrderId, RemotePictureId, RemoteShop,
    RemoteShopId, Result, Secret, Section, Sku, Start, Survey, Verdict, Window,
};
use ganh_http::Gateway;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// All shops of this kind: each brings its own keys, so there is no app to register.
pub fn platform(settings: Settings, facts: Facts, gateway: Gateway) -> Box<dyn Platform> {
    Box::new(Woo { settings, facts: Arc::new(facts), gateway })
}

#[derive(Debug)]
struct Woo {
    settings: Settings,
    facts: Arc<Facts>,
    gateway: Gateway,
}

#[async_trait]
impl Platform for Woo {
    fn consent(&self, _back_to: &str, _nonce: &str, _at: Timestamp) -> Result<Consent> {
        Ok(token::consent())
    }

    async fn exchange(&self, answer: &BTreeMap<String, Secret>) -> Result<Vec<Grant>> {
        token::exchange(&self.gateway, &self.settings, &self.facts, answer).await
    }

    async fn renew(&self, grant: &Grant) -> Result<Grant> {
        // Keys do not end; the same grant is the newest one.
        Ok(grant.clone())
    }

    fn hook(&self, delivery: &Delivery<'_>) -> Verdict {
        hook::read(delivery)
    }

    fn open(
        &self,
        grant: &Grant,
        shop: &RemoteShopId,
        known: Option<&Capability>,
    ) -> Result<Box<dyn RemoteShop>> {
        if !grant.shops.contains(shop) {
            return Err(Fault::unsupported("open").said(format!("the keys are not those of {shop}")));
        }
        let keys = Keys::read(&grant.access)?;
        let site = Site::new(self.gateway.clone(), keys, shop.as_str(), &self.facts, &self.settings)?;
        let unsurveyed = || Memo { cut_s: self.settings.cut_s, ..Memo::default() };
        let memo = known.map_or_else(unsurveyed, |known| Memo::read(&known.memo));
        let allows = known.cloned().unwrap_or_else(|| self.facts.capability(&memo, site.quota_name()));
        let (facts, cut_s) = (self.facts.clone(), self.settings.cut_s);
        Ok(Box::new(Shop { id: shop.clone(), site, facts, memo, allows, cut_s }))
    }
}

/// One authorised shop.
#[derive(Debug)]
struct Shop {
    id: RemoteShopId,
    site: Site,
    facts: Arc<Facts>,
    memo: Memo,
    allows: Capability,
    cut_s: Option<u64>,
}

impl Shop {
    /// Before 9.2 nothing kept SKUs unique under parallel creates (spec 4.3).
    const fn is_old(&self) -> bool {
        !self.memo.is_at_least(9, 2)
    }
}

#[async_trait]
impl RemoteShop for Shop {
    fn capability(&self) -> &Capability {
        &self.allows
    }

    async fn survey(&self) -> Result<Survey> {
        discovery::survey(&self.site, &self.id, &self.facts, self.cut_s).await
    }

    async fn listen(&self, url: &str, secret: &Secret) -> Result<()> {
        hook::listen(self, url, secret).await
    }

    async fn set_offers(&self, call: &OfferCall) -> Result<Vec<Outcome>> {
        offer::set_offers(self, call).await
    }

    async fn ensure_category(&self, category: &RemoteCategoryId) -> Result<RemoteCategoryId> {
        category::ensure(self, "ensure_category", category).await.map(|ensured| ensured.id())
    }

    async fn create(&self, draft: &Draft, start: Start<'_>) -> Result<Progress<Link>> {
        create::create(self, draft, start).await
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

    async fn delete(&self, listing: &RemoteListingId, _offers: &[OfferRef]) -> Result<()> {
        bin::delete(self, listing).await
    }

    async fn upload(&self, picture: &[u8], file_name: &str) -> Result<RemotePictureId> {
        picture::upload(self, picture, file_name).await
    }

    async fn find(&self, code: &Sku, skus: &[Sku]) -> Result<Found> {
        listing::find(self, code, skus).await
    }

    async fn listings(&self, from: Option<&Cursor>) -> Result<Page<ListingHead>> {
        listing::listings(self, from).await
    }

    async fn observe(&self, listings: &[ListingHead]) -> Result<Vec<Reading<Observed>>> {
        listing::observe(self, listings).await
    }

    async fn orders(&self, window: Window, from: Option<&Cursor>) -> Result<Page<OrderHead>> {
        order::orders(self, window, from).await
    }

    async fn read_orders(&self, heads: &[OrderHead]) -> Result<Vec<Reading<Order>>> {
        order::read_orders(self, heads).await
    }

    async fn moves(&self, order: &RemoteOrderId) -> Result<Vec<Move>> {
        order::moves(self, order).await
    }

    async fn act(
        &self,
        order: &RemoteOrderId,
        action: &Action,
        _start: Start<'_>,
    ) -> Result<Progress<Acted>> {
        order::act(self, order, action).await
    }

    async fn categories(&self, under: Option<&RemoteCategoryId>) -> Result<Vec<Category>> {
        category::categories(self, under).await
    }

    async fn category_rules(&self, _category: &RemoteCategoryId) -> Result<CategoryRules> {
        Ok(category::category_rules())
    }
}
