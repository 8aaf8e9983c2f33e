//! What the platform's auditors decide (spec 7.1), and what they tell by webhook.

use std::sync::Arc;

use serde_json::{Value, json};

use super::product::{Audit, Complaint, Product, Status, Version};
use super::shop::{Due, Shop};
use super::webhook::{Topic, emit, is_heard};
use super::world::World;

/// A version goes to the auditors. Live products keep the old one meanwhile; others show the new one at once.
pub fn submit(world: &World, shop: &mut Shop, id: u64, version: Version, now_ms: i64) {
    let Some(product) = shop.products.get_mut(&id) else { return };
    product.draft = None;
    product.audit = Audit::Auditing;
    match product.status {
        Status::Activate | Status::SellerDeactivated => product.review = Some(Arc::new(version)),
        Status::Draft
        | Status::Pending
        | Status::Failed
        | Status::PlatformDeactivated
        | Status::Freeze
        | Status::Deleted => {
            product.live = Arc::new(version);
            product.review = None;
            product.status = Status::Pending;
        }
    }
    product.prune();
    shop.reindex(id);
    begin(world, shop, id, now_ms);
}

/// A product that was down asks to be live again.
pub fn resubmit(world: &World, shop: &mut Shop, id: u64, now_ms: i64) {
    if let Some(product) = shop.products.get_mut(&id) {
        product.status = Status::Pending;
        product.audit = Audit::Auditing;
    }
    begin(world, shop, id, now_ms);
}

fn begin(world: &World, shop: &mut Shop, id: u64, now_ms: i64) {
    if let Some(product) = shop.products.get_mut(&id) {
        product.complaints.clear();
        product.pre_approved.clear();
    }
    shop.unplan(Due::Audit(id));
    if let Some(after_ms) = world.settings().audit_after_ms {
        shop.plan(world, now_ms + after_ms, Due::Audit(id));
    }
}

/// An audit ends by itself: by keyword, or as the settings say.
pub fn by_itself(world: &World, shop: &mut Shop, id: u64, now_ms: i64) {
    let settings = world.settings();
    let Some(product) = shop.products.get(&id).filter(|product| product.audit == Audit::Auditing) else {
        return;
    };
    let version = product.review.as_ref().unwrap_or(&product.live);
    let title = version.face.title.to_lowercase();
    let is_bad = !settings.audit_keyword.is_empty() && title.contains(&settings.audit_keyword.to_lowercase());
    if is_bad || settings.audit_reject {
        let complaint = Complaint {
            position: if is_bad { "Title" } else { "Product" }.to_owned(),
            reasons: vec!["Sản phẩm vi phạm chính sách hàng giả, hàng nhái".to_owned()],
            suggestions: vec!["Sửa thông tin và gửi lại".to_owned()],
        };
        fail(world, shop, id, vec![complaint], now_ms);
    } else {
        pass(world, shop, id, now_ms);
    }
}

/// The auditors agree.
pub fn pass(world: &World, shop: &mut Shop, id: u64, now_ms: i64) {
    shop.unplan(Due::Audit(id));
    let Some(product) = shop.products.get_mut(&id) else { return };
    product.remember(now_ms);
    let is_first = !product.has_passed;
    let was_pending = matches!(product.status, Status::Pending | Status::Failed);
    product.has_passed = true;
    product.audit = Audit::Approved;
    product.complaints.clear();
    product.pre_approved.clear();
    if let Some(review) = product.review.take() {
        product.live = review;
    }
    if was_pending {
        product.status = Status::Activate;
    }
    product.prune();
    if was_pending {
        let word = if is_first { "PRODUCT_FIRST_PASS_REVIEW" } else { "PRODUCT_STATUS_CHANGED" };
        tell_status(world, shop, id, word, "");
    }
    tell_audit(world, shop, id);
}

/// The auditors refuse; what was live stays.
pub fn fail(world: &World, shop: &mut Shop, id: u64, complaints: Vec<Complaint>, now_ms: i64) {
    shop.unplan(Due::Audit(id));
    let Some(product) = shop.products.get_mut(&id) else { return };
    product.remember(now_ms);
    product.audit = Audit::Failed;
    let reason = complaints.first().and_then(|one| one.reasons.first()).cloned().unwrap_or_default();
    product.complaints = complaints;
    let has_live_version = product.review.take().is_some();
    if !has_live_version {
        product.status = Status::Failed;
    }
    product.prune();
    if !has_live_version {
        tell_status(world, shop, id, "PRODUCT_AUDIT_FAILURE", &reason);
    }
    tell_audit(world, shop, id);
}

/// The auditors agree, but the seller is not yet known well enough.
pub fn pre_approve(world: &World, shop: &mut Shop, id: u64, now_ms: i64) {
    shop.unplan(Due::Audit(id));
    if let Some(product) = shop.products.get_mut(&id) {
        product.remember(now_ms);
        product.audit = Audit::PreApproved;
        product.pre_approved = vec!["KYC_PENDING"];
        tell_audit(world, shop, id);
    }
}

/// Webhook 5. The id is a number there (spec 0).
pub fn tell_status(world: &World, shop: &Shop, id: u64, word: &str, reason: &str) {
    if is_heard(world, shop) {
        let data = json!({"product_id": id, "status": word, "suspended_reason": reason, "update_time": world.core.clock.now_s()});
        emit(world, shop, Topic::Product, &data);
    }
}

fn tell_audit(world: &World, shop: &Shop, id: u64) {
    let Some(product) = shop.products.get(&id).filter(|_| is_heard(world, shop)) else { return };
    let data = json!({"product_id": id, "audit": audit(product), "update_time": product.updated_s});
    emit(world, shop, Topic::ProductAudit, &data);
}

/// The `audit` object of a product.
pub fn audit(product: &Product) -> Value {
    if product.pre_approved.is_empty() {
        json!({"status": product.audit.word()})
    } else {
        json!({"status": product.audit.word(), "pre_approved_reasons": product.pre_approved})
    }
}

/// Webhook 15: somebody changed a live product.
pub fn tell_change(world: &World, shop: &Shop, id: u64, source: &str, fields: &[&str]) {
    let is_live = shop.products.get(&id).is_some_and(|product| product.status == Status::Activate);
    if is_live && is_heard(world, shop) {
        let data = json!({"product_id": id.to_string(), "change_source": source, "changed_fields": fields, "update_time": world.core.clock.now_s()});
        emit(world, shop, Topic::ProductInformation, &data);
    }
}
