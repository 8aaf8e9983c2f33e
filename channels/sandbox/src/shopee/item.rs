//! Items as the shop holds them: what is shown, what can be bought, where they stand.

use serde_json::Value;

/// Where an item stands (spec 4.10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Buyers see it.
    Normal,
    /// The platform took it down.
    Banned,
    /// The seller took it off sale.
    Unlist,
    /// The platform is looking at it.
    Reviewing,
    /// The seller deleted it; still readable.
    SellerDelete,
    /// The platform deleted it.
    ShopeeDelete,
}

impl Standing {
    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Normal => "NORMAL",
            Self::Banned => "BANNED",
            Self::Unlist => "UNLIST",
            Self::Reviewing => "REVIEWING",
            Self::SellerDelete => "SELLER_DELETE",
            Self::ShopeeDelete => "SHOPEE_DELETE",
        }
    }

    /// The standing of a word on the wire.
    pub fn of_word(word: &str) -> Option<Self> {
        let all = [
            Self::Normal,
            Self::Banned,
            Self::Unlist,
            Self::Reviewing,
            Self::SellerDelete,
            Self::ShopeeDelete,
        ];
        all.into_iter().find(|standing| standing.word() == word)
    }

    /// Deleted by whomever.
    pub const fn is_deleted(self) -> bool {
        matches!(self, Self::SellerDelete | Self::ShopeeDelete)
    }
}

/// A promotion over one offer; times are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promotion {
    pub id: u64,
    pub kind: &'static str,
    pub starts_s: i64,
    pub ends_s: i64,
    pub price: i64,
    pub locks_price: bool,
    pub locks_stock: bool,
}

/// What can be bought: a model, or an item without models.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Offer {
    /// Whole đồng.
    pub price: i64,
    /// Units as the seller's own write sets them, those held for a promotion included.
    pub stock: i64,
    /// Units held for a promotion; stock cannot be set below.
    pub reserved: i64,
    pub sku: String,
    pub gtin: String,
    pub promotion: Option<Promotion>,
    /// The price and the stock before the last change, and when that was (ms), for stale reads.
    price_was: (i64, i64),
    stock_was: (i64, i64),
}

impl Offer {
    /// An offer with a price and a stock.
    pub fn new(price: i64, stock: i64, sku: &str) -> Self {
        Self { price, stock, sku: sku.to_owned(), ..Self::default() }
    }

    /// Sets the price.
    pub fn set_price(&mut self, price: i64, now_ms: i64) {
        self.price_was = (now_ms, self.price);
        self.price = price;
    }

    /// Sets the stock.
    pub fn set_stock(&mut self, stock: i64, now_ms: i64) {
        self.stock_was = (now_ms, self.stock);
        self.stock = stock;
    }

    /// The price as it was at `at_ms`, as far back as one change.
    pub fn price_at(&self, at_ms: i64) -> i64 {
        if self.price_was.0 > at_ms { self.price_was.1 } else { self.price }
    }

    /// The stock as it was at `at_ms`, as far back as one change.
    pub fn stock_at(&self, at_ms: i64) -> i64 {
        if self.stock_was.0 > at_ms { self.stock_was.1 } else { self.stock }
    }

    /// Ends a promotion whose time is over: what it held is free again.
    pub fn settle(&mut self, now_s: i64) {
        if self.promotion.as_ref().is_some_and(|promotion| promotion.ends_s <= now_s) {
            self.promotion = None;
            self.reserved = 0;
        }
    }
}

/// One option, or one pair of options.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    pub id: u64,
    pub tier_index: Vec<usize>,
    pub offer: Offer,
    /// Kilograms.
    pub weight: Option<f64>,
    pub dimension: Option<Value>,
}

/// A tier and its options, with the picture of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tier {
    pub name: String,
    pub options: Vec<(String, Option<String>)>,
}

/// What is shown of an item and changed by `update_item`.
#[derive(Debug, Clone, PartialEq)]
pub struct Face {
    pub name: String,
    pub description: String,
    pub category_id: u64,
    pub images: Vec<String>,
    /// Kilograms.
    pub weight: f64,
    pub dimension: Option<Value>,
    pub logistics: Vec<Logistic>,
    pub attributes: Vec<Value>,
    pub brand: (u64, String),
    pub condition: String,
    pub wholesale: Vec<Value>,
    pub videos: Vec<String>,
    /// Days to ship of a pre-order; none for ordinary goods.
    pub pre_order: Option<i64>,
    pub has_extended_description: bool,
    pub description_info: Value,
}

/// One checkout channel of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logistic {
    pub id: u64,
    pub is_enabled: bool,
    pub is_free: bool,
}

/// One item.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    pub id: u64,
    pub face: Face,
    /// The face before the last `update_item`, and when that was (ms).
    pub face_was: Option<(i64, Box<Face>)>,
    pub standing: Standing,
    /// The standing before the last change, and when that was (ms).
    pub standing_was: (i64, Standing),
    /// What is sold while there are no models; its SKU is the `item_sku` in any case.
    pub own: Offer,
    pub tiers: Vec<Tier>,
    pub models: Vec<Model>,
    pub created_ms: i64,
    /// Seconds. Price and stock writes do not move it (spec 4.9).
    pub updated_s: i64,
    pub visible_ms: i64,
    pub indexed_ms: i64,
    /// A review ends by itself at this time, and what the item is then.
    pub review: Option<(i64, Standing)>,
    pub violation: Option<String>,
    pub sold: i64,
}

impl Item {
    /// Whether it is divided into models.
    pub fn has_models(&self) -> bool {
        !self.tiers.is_empty()
    }

    /// The offer with this model id; 0 is the item itself when it has no models.
    pub fn find_offer(&self, model_id: u64) -> Option<&Offer> {
        if !self.has_models() {
            return (model_id == 0).then_some(&self.own);
        }
        self.models.iter().find(|model| model.id == model_id).map(|model| &model.offer)
    }

    /// The offer with this model id, to change it.
    pub fn find_offer_mut(&mut self, model_id: u64) -> Option<&mut Offer> {
        if !self.has_models() {
            return (model_id == 0).then_some(&mut self.own);
        }
        self.models.iter_mut().find(|model| model.id == model_id).map(|model| &mut model.offer)
    }

    /// All offers with their model ids.
    pub fn offers(&self) -> impl Iterator<Item = (u64, &Offer)> {
        let own = (!self.has_models()).then_some((0, &self.own));
        own.into_iter().chain(self.models.iter().map(|model| (model.id, &model.offer)))
    }

    /// All offers, to change them.
    pub fn offers_mut(&mut self) -> impl Iterator<Item = (u64, &mut Offer)> {
        let own = (self.tiers.is_empty()).then_some((0, &mut self.own));
        own.into_iter().chain(self.models.iter_mut().map(|model| (model.id, &mut model.offer)))
    }

    /// The running promotion of any of its offers.
    pub fn promotion(&self) -> Option<&Promotion> {
        self.offers().find_map(|(_, offer)| offer.promotion.as_ref())
    }

    /// Lets reviews and promotions end whose time has come.
    pub fn settle(&mut self, now_ms: i64) {
        if let Some((ends_ms, then)) = self.review
            && ends_ms <= now_ms
        {
            self.review = None;
            self.stand(then, now_ms);
        }
        for (_, offer) in self.offers_mut() {
            offer.settle(now_ms / 1000);
        }
    }

    /// Moves it to another standing.
    pub fn stand(&mut self, standing: Standing, now_ms: i64) {
        self.standing_was = (now_ms, self.standing);
        self.standing = standing;
        self.updated_s = now_ms / 1000;
    }

    /// The standing as it was at `at_ms`, as far back as one change.
    pub fn standing_at(&self, at_ms: i64) -> Standing {
        if self.standing_was.0 > at_ms { self.standing_was.1 } else { self.standing }
    }

    /// The face as it was at `at_ms`, as far back as one change.
    pub fn face_at(&self, at_ms: i64) -> &Face {
        match &self.face_was {
            Some((changed_ms, face)) if *changed_ms > at_ms => face,
            Some(_) | None => &self.face,
        }
    }

    /// Whether reads at `at_ms` see it.
    pub fn is_visible(&self, at_ms: i64) -> bool {
        self.visible_ms <= at_ms
    }

    /// The name of a model: its options, joined.
    pub fn model_name(&self, model_id: u64) -> String {
        let Some(model) = self.models.iter().find(|model| model.id == model_id) else { return String::new() };
        let options =
            model.tier_index.iter().zip(&self.tiers).filter_map(|(place, tier)| tier.options.get(*place));
        options.map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(",")
    }
}
