//! What a channel's categories ask for: read once a day for each shop and category, so that a product which lacks something parks before
//! anything of it is made or uploaded; and where a category stands in a shop that makes its own.

use super::Engine;
use super::remote::Remote;
use crate::ids::ShopId;
use ganh_contract::{CategoryRules, Fault, FaultKind, RemoteCategoryId, Result};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Rules older than this are read again (Shopee: spec §8.1, 24 hours).
const FRESH: SignedDuration = SignedDuration::from_hours(24);

/// The rules that were read, shared by everything in a process that drafts listings.
#[derive(Debug, Default)]
pub struct Rulebook {
    rules: Mutex<HashMap<(ShopId, RemoteCategoryId), Page>>,
    places: Mutex<HashMap<(ShopId, RemoteCategoryId), Place>>,
}

/// A category's own id in a shop, since when it is known.
type Place = (Timestamp, RemoteCategoryId);

#[derive(Debug, Clone)]
struct Page {
    read_at: Timestamp,
    rules: Option<CategoryRules>,
}

impl Rulebook {
    /// What the category asks for. `None`: the channel does not say, so its own refusal will have to.
    ///
    /// # Errors
    /// The way to the shop is closed or throttled: trouble that says nothing about the category.
    pub async fn rules(
        &self,
        engine: &Engine,
        remote: &Remote,
        shop: ShopId,
        category: &RemoteCategoryId,
    ) -> Result<Option<CategoryRules>> {
        let now = engine.clock.now();
        let key = (shop, category.clone());
        if let Some(page) = self.known(&key).filter(|page| now < page.read_at + FRESH) {
            return Ok(page.rules);
        }
        let read =
            remote.call("category_rules", |shop| async move { shop.category_rules(category).await }).await;
        let rules = match read {
            Ok(rules) => Some(rules),
            Err(fault) if is_of_the_way(&fault) => return Err(fault),
            Err(fault) => {
                if *fault.kind != FaultKind::Unsupported {
                    tracing::warn!(shop.id = %shop, fault.kind = fault.kind.name(),
                        "shop {shop}: what category {category} asks for cannot be read: {fault}");
                }
                None
            }
        };
        let page = Page { read_at: now, rules: rules.clone() };
        self.rules.lock().unwrap_or_else(PoisonError::into_inner).insert(key, page);
        Ok(rules)
    }

    /// The category's own id in the shop, where listings are to be made: asked for, and made if need be, once for all of them.
    ///
    /// # Errors
    /// The shop's own, such as `Missing` for a category that it cannot have.
    pub async fn place(
        &self,
        engine: &Engine,
        remote: &Remote,
        shop: ShopId,
        category: &RemoteCategoryId,
    ) -> Result<RemoteCategoryId> {
        let now = engine.clock.now();
        let key = (shop, category.clone());
        let known = self.places.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some((_, id)) = known.filter(|(since, _)| now < *since + FRESH) {
            return Ok(id);
        }
        let ensured =
            remote.call("ensure_category", |shop| async move { shop.ensure_category(category).await });
        let id = ensured.await?;
        self.places.lock().unwrap_or_else(PoisonError::into_inner).insert(key, (now, id.clone()));
        Ok(id)
    }

    /// A listing could not be made in the category: its id is asked for again.
    pub fn forget_place(&self, shop: ShopId, category: &RemoteCategoryId) {
        self.places.lock().unwrap_or_else(PoisonError::into_inner).remove(&(shop, category.clone()));
    }

    fn known(&self, key: &(ShopId, RemoteCategoryId)) -> Option<Page> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }
}

/// Trouble on the way to the shop, which asks for another try.
fn is_of_the_way(fault: &Fault) -> bool {
    match &*fault.kind {
        FaultKind::Unreachable
        | FaultKind::Interrupted
        | FaultKind::Down
        | FaultKind::Throttled { .. }
        | FaultKind::Expired
        | FaultKind::Revoked { .. } => true,
        FaultKind::Refused(_)
        | FaultKind::Missing(_)
        | FaultKind::Conflict { .. }
        | FaultKind::Locked { .. }
        | FaultKind::Unsupported
        | FaultKind::Unintelligible => false,
    }
}
