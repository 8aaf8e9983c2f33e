//! Products as the shop holds them: versions of what is shown, figures of what is sold, where they stand (spec 7.1).

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

/// Where a product stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Never submitted. Left by an edit with `LISTING`.
    Draft,
    /// In audit before it is published.
    Pending,
    /// The audit refused it.
    Failed,
    /// Live.
    Activate,
    /// Taken down by the seller.
    SellerDeactivated,
    /// Taken down by the platform.
    PlatformDeactivated,
    /// Locked by the platform: no edit, no activation.
    Freeze,
    /// In the bin.
    Deleted,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Draft,
        Self::Pending,
        Self::Failed,
        Self::Activate,
        Self::SellerDeactivated,
        Self::PlatformDeactivated,
        Self::Freeze,
        Self::Deleted,
    ];

    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Pending => "PENDING",
            Self::Failed => "FAILED",
            Self::Activate => "ACTIVATE",
            Self::SellerDeactivated => "SELLER_DEACTIVATED",
            Self::PlatformDeactivated => "PLATFORM_DEACTIVATED",
            Self::Freeze => "FREEZE",
            Self::Deleted => "DELETED",
        }
    }

    /// The word of the newer field that leaves audits out.
    pub const fn newer_word(self) -> &'static str {
        match self {
            Self::Pending | Self::Failed => "INITIAL",
            Self::Draft
            | Self::Activate
            | Self::SellerDeactivated
            | Self::PlatformDeactivated
            | Self::Freeze
            | Self::Deleted => self.word(),
        }
    }

    /// The status of a word on the wire.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }
}

/// How an audit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audit {
    None,
    Auditing,
    Failed,
    PreApproved,
    Approved,
}

impl Audit {
    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Auditing => "AUDITING",
            Self::Failed => "FAILED",
            Self::PreApproved => "PRE_APPROVED",
            Self::Approved => "APPROVED",
        }
    }
}

/// What buyers see of a product, figures apart.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Face {
    pub title: String,
    pub description: String,
    pub category: u64,
    pub brand: Option<u64>,
    /// Uris of main images, in order.
    pub images: Vec<String>,
    /// `product_attributes` as written, checked.
    pub attributes: Vec<Value>,
    pub weight: Value,
    pub dimensions: Value,
    pub is_cod: bool,
    pub external_id: Option<String>,
    pub certifications: Vec<Value>,
    pub delivery_options: Vec<String>,
}

/// One axis and its value on a SKU.
#[derive(Debug, Clone, PartialEq)]
pub struct Sale {
    pub id: u64,
    pub name: String,
    pub value_id: u64,
    pub value_name: String,
    pub image: Option<String>,
}

/// One SKU, figures apart.
#[derive(Debug, Clone, PartialEq)]
pub struct SkuFace {
    pub id: u64,
    pub seller_sku: String,
    pub external_id: Option<String>,
    pub sales: Vec<Sale>,
    pub identifier: Option<Value>,
}

impl SkuFace {
    /// How the SKU reads on an order: `Men lam, 250 g`.
    pub fn name(&self) -> String {
        let values: Vec<&str> = self.sales.iter().map(|sale| sale.value_name.as_str()).collect();
        if values.is_empty() { "Default".to_owned() } else { values.join(", ") }
    }
}

/// What one audit looks at.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Version {
    pub face: Face,
    pub skus: Vec<SkuFace>,
}

impl Version {
    /// A SKU by id.
    pub fn find(&self, sku: u64) -> Option<&SkuFace> {
        self.skus.iter().find(|one| one.id == sku)
    }
}

/// Units of one SKU in one warehouse.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shelf {
    /// What can be sold; the seller's own write sets it.
    pub quantity: i64,
    /// Sold and not yet shipped.
    pub committed: i64,
}

/// A promotion over one SKU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// Units that stay in stock for it.
    pub reserved: i64,
    pub locks_price: bool,
    pub locks_stock: bool,
    /// Seconds since 1970.
    pub until_s: i64,
    /// What buyers pay meanwhile.
    pub price: Option<i64>,
}

/// Price and stock of a SKU: changed at once, never audited.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures {
    /// Whole đồng.
    pub price: i64,
    /// By warehouse.
    pub shelves: BTreeMap<u64, Shelf>,
    pub lock: Option<Lock>,
}

impl Figures {
    /// Units that can be sold, in all warehouses.
    pub fn available(&self) -> i64 {
        self.shelves.values().map(|shelf| shelf.quantity).sum()
    }

    /// Units sold and not yet shipped.
    pub fn committed(&self) -> i64 {
        self.shelves.values().map(|shelf| shelf.committed).sum()
    }

    /// The promotion in force.
    pub fn lock_at(&self, now_s: i64) -> Option<&Lock> {
        self.lock.as_ref().filter(|lock| lock.until_s > now_s)
    }

    /// What a buyer pays now.
    pub fn price_at(&self, now_s: i64) -> i64 {
        self.lock_at(now_s).and_then(|lock| lock.price).unwrap_or(self.price)
    }
}

/// Why an audit failed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Complaint {
    pub position: String,
    pub reasons: Vec<String>,
    pub suggestions: Vec<String>,
}

/// One product.
#[derive(Debug, Clone)]
pub struct Product {
    pub id: u64,
    pub status: Status,
    pub audit: Audit,
    pub complaints: Vec<Complaint>,
    pub pre_approved: Vec<&'static str>,
    /// What is live, or would be.
    pub live: Arc<Version>,
    /// What is being audited while the live version stays.
    pub review: Option<Arc<Version>>,
    pub draft: Option<Arc<Version>>,
    /// Of every SKU of every version.
    pub figures: BTreeMap<u64, Figures>,
    pub has_passed: bool,
    pub created_ms: i64,
    /// Seconds since 1970.
    pub updated_s: i64,
    /// When the last change happened, and the product before it: for stale reads.
    was: Option<(i64, Box<Product>)>,
}

impl Product {
    /// A product that nobody submitted yet.
    pub fn new(id: u64, version: Version, now_ms: i64) -> Self {
        Self {
            id,
            status: Status::Draft,
            audit: Audit::None,
            complaints: Vec::new(),
            pre_approved: Vec::new(),
            live: Arc::new(version),
            review: None,
            draft: None,
            figures: BTreeMap::new(),
            has_passed: false,
            created_ms: now_ms,
            updated_s: now_ms.div_euclid(1000),
            was: None,
        }
    }

    /// Keeps the present state for stale reads and moves the update time; called before every change.
    pub fn remember(&mut self, now_ms: i64) {
        self.was = None;
        let past = self.clone();
        self.was = Some((now_ms, Box::new(past)));
        self.updated_s = now_ms.div_euclid(1000);
    }

    /// The product as it was at a time; `None`: it was not there yet.
    pub fn as_of(&self, at_ms: i64) -> Option<&Self> {
        if self.created_ms > at_ms {
            return None;
        }
        match &self.was {
            Some((changed_ms, past)) if *changed_ms > at_ms => Some(past),
            Some(_) | None => Some(self),
        }
    }

    /// The version an edit starts from: a draft or what is under review goes before what is live (spec 7.6).
    pub fn newest(&self) -> &Arc<Version> {
        self.draft.as_ref().or(self.review.as_ref()).unwrap_or(&self.live)
    }

    /// Forgets figures of SKUs that no version has.
    pub fn prune(&mut self) {
        let versions = [Some(&self.live), self.review.as_ref(), self.draft.as_ref()];
        let kept: Vec<u64> = versions
            .into_iter()
            .flatten()
            .flat_map(|version| version.skus.iter().map(|sku| sku.id))
            .collect();
        self.figures.retain(|sku, _| kept.contains(sku));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_names_its_status() {
        for status in Status::ALL {
            assert_eq!(Status::of_word(status.word()), Some(status));
        }
        assert_eq!(Status::of_word("LIVE"), None);
    }

    #[test]
    fn a_stale_read_shows_the_product_before_its_last_change() {
        let mut product = Product::new(1, Version::default(), 1_000);
        product.remember(5_000);
        product.status = Status::Activate;

        assert!(product.as_of(500).is_none());
        assert_eq!(product.as_of(4_000).map(|seen| seen.status), Some(Status::Draft));
        assert_eq!(product.as_of(6_000).map(|seen| seen.status), Some(Status::Activate));
    }
}
