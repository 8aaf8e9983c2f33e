//! Activate, deactivate, delete, recover: batches whose failures come under success (spec 7.7, 4.3).

use serde_json::{Value, json};

use super::audit;
use super::call::{Call, fails_half};
use super::envelope::{Answer, Refusal};
use super::product::Status;
use super::product_write::{batch, not_now, unknown};
use super::shop::{Due, Shop};
use super::world::World;

const AT_MOST: usize = 20;

/// `POST /product/202309/products/activate`.
pub fn activate(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    each(shop, call, |shop, id| activate_one(world, shop, id, call.now_ms))
}

/// `POST /product/202309/products/deactivate`.
pub fn deactivate(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    each(shop, call, |shop, id| deactivate_one(world, shop, id, call.now_ms))
}

/// `DELETE /product/202309/products`, with a body.
pub fn delete(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    each(shop, call, |shop, id| delete_one(world, shop, id, call.now_ms))
}

/// `POST /product/202309/products/recover`.
pub fn recover(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    each(shop, call, |shop, id| match status(shop, id)? {
        Status::Deleted => {
            stand(shop, id, Status::SellerDeactivated, call.now_ms);
            audit::tell_status(world, shop, id, "PRODUCT_STATUS_CHANGED", "");
            Ok(())
        }
        _ => Err(not_now()),
    })
}

/// Up again, through the audit.
pub fn activate_one(world: &World, shop: &mut Shop, id: u64, now_ms: i64) -> Result<(), Refusal> {
    match status(shop, id)? {
        Status::SellerDeactivated | Status::PlatformDeactivated => {
            stand(shop, id, Status::Pending, now_ms);
            audit::resubmit(world, shop, id, now_ms);
            Ok(())
        }
        Status::Draft
        | Status::Pending
        | Status::Failed
        | Status::Activate
        | Status::Freeze
        | Status::Deleted => Err(not_now()),
    }
}

/// Down, from live only.
pub fn deactivate_one(world: &World, shop: &mut Shop, id: u64, now_ms: i64) -> Result<(), Refusal> {
    if status(shop, id)? != Status::Activate {
        return Err(not_now());
    }
    stand(shop, id, Status::SellerDeactivated, now_ms);
    audit::tell_status(world, shop, id, "PRODUCT_STATUS_CHANGED", "");
    Ok(())
}

/// Into the bin, from anywhere but there and where it is frozen.
pub fn delete_one(world: &World, shop: &mut Shop, id: u64, now_ms: i64) -> Result<(), Refusal> {
    match status(shop, id)? {
        // The platform says "not exist" of what is in the bin already (spec 4.2).
        Status::Deleted => Err(unknown()),
        Status::Freeze => Err(not_now()),
        Status::Draft
        | Status::Pending
        | Status::Failed
        | Status::Activate
        | Status::SellerDeactivated
        | Status::PlatformDeactivated => {
            stand(shop, id, Status::Deleted, now_ms);
            shop.unplan(Due::Audit(id));
            audit::tell_status(world, shop, id, "PRODUCT_STATUS_CHANGED", "");
            Ok(())
        }
    }
}

/// Moves a product to a status, whatever it was.
pub fn stand(shop: &mut Shop, id: u64, status: Status, now_ms: i64) {
    if let Some(product) = shop.products.get_mut(&id) {
        product.remember(now_ms);
        product.status = status;
    }
}

fn status(shop: &Shop, id: u64) -> Result<Status, Refusal> {
    shop.products.get(&id).map(|product| product.status).ok_or_else(unknown)
}

fn each(shop: &mut Shop, call: &Call, mut act: impl FnMut(&mut Shop, u64) -> Result<(), Refusal>) -> Answer {
    let ids = batch(call, "product_ids", "ProductIds", AT_MOST)?;
    let mut errors: Vec<Value> = Vec::new();
    for (place, id) in ids.iter().enumerate() {
        let done = match id.parse() {
            _ if fails_half(call.twist, place) => {
                Err(Refusal::new(12_052_990, "Check failed, please try again."))
            }
            Ok(number) => act(shop, number),
            Err(_) => Err(Refusal::new(12_052_031, "The product id is malformed.")),
        };
        if let Err(refusal) = done {
            errors.push(refusal.entry("product_id", id));
        }
    }
    if call.twist.own == "stray_failure" {
        errors.push(Refusal::new(12_052_990, "Check failed.").entry("product_id", "1729400000000999999"));
    }
    call.rows(ids.len(), if errors.is_empty() { json!({}) } else { json!({ "errors": errors }) })
}
