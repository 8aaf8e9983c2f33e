//! What the steps of a half-built listing carried, so that its figures are known when it is whole.

use super::gather::Gathering;
use crate::ids::ListingId;
use crate::store::ShownOffer;
use ganh_contract::{Draft, Price, Sku, Start, Units};
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// What a listing shows of which all steps are known; its figures only if every step carried the same.
pub(super) fn shown(draft: &Draft, is_same: bool, born_on_sale: bool) -> Vec<ShownOffer> {
    draft
        .offers
        .iter()
        .map(|offer| ShownOffer {
            sku: offer.sku.clone(),
            price: is_same.then_some(offer.price.list),
            stock: is_same.then(|| offer.stock.total()),
            on_sale: Some(born_on_sale),
        })
        .collect()
}

/// The figures that the steps of half-built listings carried. Forgotten with the lane: what is not known is written again.
#[derive(Debug, Default)]
pub struct Building {
    steps: Mutex<HashMap<ListingId, Steps>>,
    pub(super) gathering: Mutex<Gathering>,
}

#[derive(Debug, Clone)]
pub(super) struct Steps {
    offers: Vec<(Sku, Price, Units)>,
    /// From the first on, so nobody else had a hand in it.
    pub is_known: bool,
    pub is_same: bool,
    pub since: Timestamp,
}

impl Building {
    pub(super) fn step(&self, listing: ListingId, draft: &Draft, start: &Start<'_>, now: Timestamp) -> Steps {
        let offers: Vec<_> = draft
            .offers
            .iter()
            .map(|offer| (offer.sku.clone(), offer.price.clone(), offer.stock.clone()))
            .collect();
        let mut all = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        let steps = match (start, all.remove(&listing)) {
            (Start::Fresh(_), _) => Steps { offers, is_known: true, is_same: true, since: now },
            (Start::Resume(_), Some(earlier)) => {
                Steps { is_same: earlier.is_same && earlier.offers == offers, offers, ..earlier }
            }
            (Start::Resume(_), None) | (Start::Adopt(_), _) => {
                Steps { offers, is_known: false, is_same: false, since: now }
            }
        };
        all.insert(listing, steps.clone());
        steps
    }

    pub(super) fn forget(&self, listing: ListingId) {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner).remove(&listing);
    }
}
