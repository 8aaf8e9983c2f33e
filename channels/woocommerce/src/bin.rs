//! Deleting: into the shop's bin, from where a person can take it back (spec 4.6).

use crate::Shop;
use crate::fault::ALREADY_TRASHED;
use crate::offer::number;
use crate::wire::Thing;
use ganh_contract::{FaultKind, RemoteListingId, Result};

/// Puts a product into the bin, its variations with it. Gone already is success.
pub async fn delete(shop: &Shop, listing: &RemoteListingId) -> Result<()> {
    let Some(id) = number(listing.as_str()) else { return Ok(()) };
    match shop.site.delete::<Thing>("delete", &format!("products/{id}"), Vec::new()).await {
        Ok(_) => Ok(()),
        Err(fault) if fault.code.as_deref() == Some(ALREADY_TRASHED) => Ok(()),
        Err(fault) if matches!(*fault.kind, FaultKind::Missing(_)) => Ok(()),
        Err(fault) => Err(fault),
    }
}
