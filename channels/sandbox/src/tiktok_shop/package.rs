//! Parcels: made by the platform when an order awaits shipment (spec 10.1), one a warehouse.

use std::collections::BTreeMap;

use super::order_state::Stage;
use super::shop::{IdOf, Shop};
use super::warehouse::{BY_SELLER, STANDARD, providers};

/// Where a package stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackageStatus {
    ToFulfill,
    Processing,
    Fulfilling,
    Completed,
    Cancelled,
}

impl PackageStatus {
    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::ToFulfill => "TO_FULFILL",
            Self::Processing => "PROCESSING",
            Self::Fulfilling => "FULFILLING",
            Self::Completed => "COMPLETED",
            Self::Cancelled => "CANCELLED",
        }
    }
}

/// One parcel.
#[derive(Debug, Clone)]
pub struct Package {
    pub id: u64,
    pub orders: Vec<u64>,
    /// Order lines in it.
    pub lines: Vec<u64>,
    pub status: PackageStatus,
    pub warehouse: u64,
    pub delivery_option: u64,
    pub provider: u64,
    /// Empty until it is shipped (spec 10.1).
    pub tracking: String,
    pub handover: &'static str,
    pub slot: Option<(i64, i64)>,
    pub shipped_ms: Option<i64>,
    /// Tracking data was changed after shipping.
    pub was_changed: bool,
    pub tag: Option<&'static str>,
    pub created_s: i64,
    pub updated_s: i64,
}

impl Package {
    /// The carrier's name.
    pub fn provider_name(&self) -> &'static str {
        let all = providers(self.delivery_option).iter();
        all.clone().find(|one| one.id == self.provider).map_or("", |one| one.name)
    }
}

/// Makes the packages of an order that awaits shipment.
pub fn make(shop: &mut Shop, order: u64, now_ms: i64) {
    let Some(held) = shop.orders.find(order) else { return };
    let is_own = held.is_own_shipping;
    let mut by_warehouse: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    for line in held.lines.iter().filter(|line| line.is_active() && line.package.is_none()) {
        by_warehouse.entry(line.warehouse).or_default().push(line.id);
    }
    for (warehouse, lines) in by_warehouse {
        put(shop, order, warehouse, lines, is_own, now_ms);
    }
}

/// Makes one package of some lines of an order.
pub fn put(shop: &mut Shop, order: u64, warehouse: u64, lines: Vec<u64>, is_own: bool, now_ms: i64) -> u64 {
    let id = shop.next_id(IdOf::Package);
    let option = if is_own { BY_SELLER } else { STANDARD };
    let now_s = now_ms.div_euclid(1000);
    if let Some(held) = shop.orders.find_mut(order) {
        for line in held.lines.iter_mut().filter(|line| lines.contains(&line.id)) {
            line.package = Some(id);
        }
        held.packages.push(id);
    }
    let package = Package {
        id,
        orders: vec![order],
        lines,
        status: PackageStatus::ToFulfill,
        warehouse,
        delivery_option: option,
        provider: providers(option).first().map_or(0, |one| one.id),
        tracking: String::new(),
        handover: "PICKUP",
        slot: None,
        shipped_ms: None,
        was_changed: false,
        tag: None,
        created_s: now_s,
        updated_s: now_s,
    };
    shop.packages.insert(id, package);
    id
}

/// Moves a package; a tracking number comes with shipping.
pub fn stand(shop: &mut Shop, id: u64, status: PackageStatus, now_ms: i64) {
    let Some(package) = shop.packages.get_mut(&id).filter(|one| one.status != PackageStatus::Cancelled)
    else {
        return;
    };
    package.status = status;
    package.updated_s = now_ms.div_euclid(1000);
    if status != PackageStatus::ToFulfill && package.tracking.is_empty() {
        package.tracking = format!("84{:013}", package.id % 10_000_000_000_000);
    }
    if status == PackageStatus::Processing {
        package.shipped_ms = package.shipped_ms.or(Some(now_ms));
    }
}

/// A package with nothing left in it is cancelled.
pub fn drop_cancelled(shop: &mut Shop, id: u64, now_ms: i64) {
    let Some(package) = shop.packages.get(&id) else { return };
    let orders = package.orders.iter().filter_map(|order| shop.orders.find(*order));
    let has_goods = orders
        .flat_map(|order| &order.lines)
        .any(|line| line.package == Some(id) && line.stage != Stage::Cancelled);
    if !has_goods && let Some(package) = shop.packages.get_mut(&id) {
        package.status = PackageStatus::Cancelled;
        package.updated_s = now_ms.div_euclid(1000);
    }
}
