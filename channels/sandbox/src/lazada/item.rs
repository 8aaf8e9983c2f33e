//! Items, SKUs and their stock in each warehouse (spec 4, 4.11).

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// One product.
#[derive(Debug, Clone)]
pub struct Item {
    pub id: u64,
    pub category: u64,
    pub gate: Gate,
    pub images: Vec<String>,
    /// Normal attributes as sent.
    pub attributes: BTreeMap<String, String>,
    pub axes: Vec<Axis>,
    pub skus: Vec<Sku>,
    pub created_ms: i64,
    pub updated_ms: i64,
    /// Edits before this are refused (4147).
    pub busy_until_ms: i64,
    pub is_trial: bool,
    /// As it was before the last change of its text or gate.
    pub was: Option<(i64, Box<Face>)>,
}

/// What a stale read shows of an item.
#[derive(Debug, Clone)]
pub struct Face {
    pub gate: Gate,
    pub attributes: BTreeMap<String, String>,
    pub images: Vec<String>,
}

/// Whether the platform lets buyers see an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gate {
    /// It does.
    Open,
    /// In review, until a time, or until somebody decides.
    Pending { until_ms: Option<i64> },
    /// It does not; the sub-status and the reasons say why (spec 4.14).
    Suspended { sub_status: &'static str, reasons: Vec<String> },
}

/// One variation axis (spec 4.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Axis {
    pub name: String,
    pub has_image: bool,
    pub customize: bool,
    pub options: Vec<String>,
}

/// Whether a SKU is on sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkuStatus {
    Active,
    Inactive,
    Deleted,
}

impl SkuStatus {
    /// The platform's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Deleted => "deleted",
        }
    }

    /// Reads the platform's word.
    pub fn read(word: &str) -> Option<Self> {
        [Self::Active, Self::Inactive, Self::Deleted]
            .into_iter()
            .find(|status| status.word().eq_ignore_ascii_case(word))
    }
}

/// Stock of one SKU in one warehouse. `real = sellable + withhold + occupy` (spec 4.11).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bin {
    /// Index of the shop's warehouse; 0 is `dropshipping`.
    pub warehouse: usize,
    pub sellable: i64,
    /// Units of unpaid orders.
    pub withhold: i64,
    /// Units of paid orders before hand-over.
    pub occupy: i64,
}

impl Bin {
    /// The total.
    pub const fn real(&self) -> i64 {
        self.sellable + self.withhold + self.occupy
    }
}

/// A special price. No dates: for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Special {
    pub price: i64,
    pub from_ms: Option<i64>,
    pub until_ms: Option<i64>,
}

/// A campaign that a SKU takes part in (spec 4.12).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Campaign {
    /// Units that belong to the campaign, a part of sellable.
    pub reserved: i64,
    pub from_ms: i64,
    pub until_ms: i64,
    /// Price and text cannot change.
    pub locks_price: bool,
    /// Stock can only be raised (4170).
    pub locks_stock: bool,
}

/// What a stale read shows of a SKU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    pub price: i64,
    pub special: Option<Special>,
    pub status: SkuStatus,
    pub bins: Vec<Bin>,
}

/// One buyable thing.
#[derive(Debug, Clone)]
pub struct Sku {
    pub id: u64,
    pub seller_sku: String,
    pub figures: Figures,
    /// `package_weight` and its like, as sent.
    pub package: BTreeMap<String, String>,
    pub sale_props: Vec<(String, String)>,
    pub images: Vec<String>,
    pub campaign: Option<Campaign>,
    /// Figures before the last change, and when that was.
    pub was: Option<(i64, Figures)>,
}

impl Item {
    /// Ends a review whose time has come.
    pub fn settle(&mut self, now_ms: i64) {
        if let Gate::Pending { until_ms: Some(until_ms) } = self.gate
            && until_ms <= now_ms
        {
            self.stand(Gate::Open, until_ms);
        }
        for sku in &mut self.skus {
            if sku.campaign.as_ref().is_some_and(|campaign| campaign.until_ms <= now_ms) {
                sku.campaign = None;
            }
        }
    }

    /// Moves the gate.
    pub fn stand(&mut self, gate: Gate, now_ms: i64) {
        self.remember(now_ms);
        self.gate = gate;
        self.updated_ms = self.updated_ms.max(now_ms);
    }

    /// Keeps what stale reads show.
    pub fn remember(&mut self, now_ms: i64) {
        let face = Face {
            gate: self.gate.clone(),
            attributes: self.attributes.clone(),
            images: self.images.clone(),
        };
        self.was = Some((now_ms, Box::new(face)));
    }

    /// All SKUs are gone.
    pub fn is_deleted(&self) -> bool {
        self.skus.iter().all(|sku| sku.figures.status == SkuStatus::Deleted)
    }

    /// SKUs that are not gone.
    pub fn living(&self) -> impl Iterator<Item = &Sku> {
        self.skus.iter().filter(|sku| sku.figures.status != SkuStatus::Deleted)
    }

    /// A SKU that is not gone.
    pub fn sku(&self, id: u64) -> Option<&Sku> {
        self.living().find(|sku| sku.id == id)
    }

    /// A SKU that is not gone.
    pub fn sku_mut(&mut self, id: u64) -> Option<&mut Sku> {
        self.skus.iter_mut().find(|sku| sku.id == id && sku.figures.status != SkuStatus::Deleted)
    }

    /// Buyers see it.
    pub fn is_on_sale(&self) -> bool {
        self.gate == Gate::Open && self.living().any(|sku| sku.figures.status == SkuStatus::Active)
    }

    /// The product's status (spec 4.14).
    pub fn status(&self) -> &'static str {
        if self.is_deleted() {
            return "Deleted";
        }
        match self.gate {
            Gate::Pending { .. } => "Pending QC",
            Gate::Suspended { .. } => "Suspended",
            Gate::Open if self.is_on_sale() => "Active",
            Gate::Open => "InActive",
        }
    }

    /// The title.
    pub fn title(&self) -> &str {
        self.attributes.get("name").map_or("", String::as_str)
    }
}

impl Sku {
    /// `<item_id>_VNAMZ-<sku_id>` (spec 4).
    pub fn shop_sku(&self, item_id: u64) -> String {
        format!("{item_id}_VNAMZ-{}", self.id)
    }

    /// Changes figures, keeping the old ones for stale reads.
    pub fn change(&mut self, now_ms: i64, act: impl FnOnce(&mut Figures)) {
        let before = self.figures.clone();
        act(&mut self.figures);
        if before != self.figures {
            self.was = Some((now_ms, before));
        }
    }

    /// Units that can be bought.
    pub fn sellable(&self) -> i64 {
        self.figures.sellable()
    }

    /// What a buyer pays now.
    pub fn price_now(&self, now_ms: i64) -> i64 {
        match self.figures.special {
            Some(special)
                if special.from_ms.is_none_or(|from| from <= now_ms)
                    && special.until_ms.is_none_or(|until| until >= now_ms) =>
            {
                special.price
            }
            Some(_) | None => self.figures.price,
        }
    }

    /// `volume_variant:500ml,màu:đỏ`, as orders print it.
    pub fn variation(&self) -> String {
        let pairs: Vec<String> =
            self.sale_props.iter().map(|(name, option)| format!("{name}:{option}")).collect();
        pairs.join(",")
    }

    /// What pushes and answers call it by (spec 4.6, 6.3).
    pub fn named(&self, item_id: u64) -> Value {
        json!({"seller_sku": self.seller_sku, "sku_id": self.id, "shop_sku": self.shop_sku(item_id)})
    }
}

impl Figures {
    /// Units that can be bought.
    pub fn sellable(&self) -> i64 {
        self.bins.iter().map(|bin| bin.sellable).sum()
    }

    /// The stock in a warehouse, made when there is none yet.
    pub fn bin(&mut self, warehouse: usize) -> &mut Bin {
        if let Some(place) = self.bins.iter().position(|bin| bin.warehouse == warehouse) {
            return &mut self.bins[place];
        }
        self.bins.push(Bin { warehouse, ..Bin::default() });
        self.bins.sort_by_key(|bin| bin.warehouse);
        let place = self.bins.iter().position(|bin| bin.warehouse == warehouse).unwrap_or(0);
        &mut self.bins[place]
    }
}
