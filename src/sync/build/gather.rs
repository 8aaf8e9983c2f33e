//! New listings that are born hidden are shown together.
//!
//! Where one call shows many listings, a call for each would be what a first connect mostly consists of. So a new listing's switch waits for
//! its neighbours: until no other is about to come to be, until a call is full, and never longer than [`super::super::Rules::gather`]. The wait
//! stands in the store as the offers' next try, so nothing is forgotten when the lane dies. Nobody can buy from a hidden listing meanwhile.

use super::super::lane::Lane;
use super::super::renew::unstored;
use ganh_contract::{Batch, Capability, Facet, OfferKind, Result};
use jiff::{SignedDuration, Timestamp};
use std::sync::PoisonError;

/// Listings whose switch waits.
#[derive(Debug, Default)]
pub struct Gathering(Option<Crowd>);

#[derive(Debug, Clone, Copy)]
struct Crowd {
    until: Timestamp,
    listings: usize,
}

/// When the switch of one more listing is due. `None`: at once, because a call shows only one.
pub fn join(lane: &Lane, now: Timestamp) -> Option<Timestamp> {
    most(lane.remote.now().capability())?;
    let longest =
        SignedDuration::try_from(lane.engine.rules.gather).ok().filter(|wait| wait.is_positive())?;
    let mut gathering = lane.building.gathering.lock().unwrap_or_else(PoisonError::into_inner);
    let known = gathering.0.filter(|crowd| now < crowd.until);
    let crowd = known.unwrap_or(Crowd { until: now + longest, listings: 0 });
    gathering.0 = Some(Crowd { listings: crowd.listings + 1, ..crowd });
    Some(crowd.until)
}

/// Lets those that wait be shown if a call is full, or unless another listing is due before their time; `next`: when that is.
///
/// # Errors
/// The store's.
pub async fn show_unless_more_come(lane: &Lane, next: Option<Timestamp>) -> Result<()> {
    let crowd = {
        let mut gathering = lane.building.gathering.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(crowd) = gathering.0 else { return Ok(()) };
        let is_full = most(lane.remote.now().capability()).is_none_or(|most| crowd.listings >= most);
        if !is_full && next.is_some_and(|next| next < crowd.until) {
            return Ok(());
        }
        gathering.0 = None;
        crowd
    };
    lane.engine.store.show_gathered(&lane.lease, crowd.until).await.map_err(unstored)?;
    lane.bells.figures.ring();
    Ok(())
}

/// Listings that one call shows; `None` if that is only one.
fn most(capability: &Capability) -> Option<usize> {
    let shape = capability.shape_for(Facet::OnSale, OfferKind::Variant)?;
    match capability.calls[shape].batch {
        Batch::Listings { max_listings, .. } | Batch::WholeListings { max_listings } => Some(max_listings),
        Batch::Offer | Batch::OneListing { .. } | Batch::Offers { .. } => None,
    }
    .filter(|most| *most > 1)
}
