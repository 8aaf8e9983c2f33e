//! A product or a variation as the shop stores it, and what follows from the stored figures.

use super::price;

/// What kind of product a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Type {
    /// Bought as it is.
    #[default]
    Simple,
    /// Bought by its variations.
    Variable,
    /// A list of other products.
    Grouped,
    /// Bought elsewhere.
    External,
    /// One of a variable product's.
    Variation,
}

impl Type {
    /// The wire's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Simple => "simple",
            Self::Variable => "variable",
            Self::Grouped => "grouped",
            Self::External => "external",
            Self::Variation => "variation",
        }
    }

    /// Reads a type that may be written; `None`: ignored.
    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        [Self::Simple, Self::Variable, Self::Grouped, Self::External]
            .into_iter()
            .find(|kind| kind.word() == word)
    }
}

/// The statuses a product may be given.
pub const STATUSES: [&str; 7] = ["draft", "pending", "private", "publish", "future", "auto-draft", "trash"];
/// The stock statuses.
pub const STOCK_STATUSES: [&str; 3] = ["instock", "outofstock", "onbackorder"];
/// The visibilities.
pub const VISIBILITIES: [&str; 4] = ["visible", "catalog", "search", "hidden"];

/// A picture as a product names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Attachment id.
    pub id: u64,
    /// Name given here.
    pub name: String,
    /// Alternative text given here.
    pub alt: String,
}

/// An axis or a plain attribute of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Axis {
    /// Global attribute, or 0 for a local one.
    pub id: u64,
    /// Name.
    pub name: String,
    /// Place in the list.
    pub position: i64,
    /// Shown on the page.
    pub visible: bool,
    /// Variations choose by it.
    pub variation: bool,
    /// Its options.
    pub options: Vec<String>,
}

/// A variation's choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Global attribute, or 0 for a local one.
    pub id: u64,
    /// Name of the attribute.
    pub name: String,
    /// The option chosen.
    pub option: String,
}

/// A row of `meta_data`.
#[derive(Debug, Clone, PartialEq)]
pub struct Meta {
    /// Row id.
    pub id: u64,
    /// Key.
    pub key: String,
    /// Value.
    pub value: serde_json::Value,
}

/// One product or variation.
#[derive(Debug, Clone, Default)]
pub struct Product {
    /// Id; one range with orders and pictures.
    pub id: u64,
    /// The parent of a variation, else 0.
    pub parent: u64,
    /// Kind.
    pub kind: Type,
    /// Status word; an open set.
    pub status: String,
    /// Name.
    pub name: String,
    /// Slug.
    pub slug: String,
    /// Visibility.
    pub visibility: String,
    /// HTML.
    pub description: String,
    /// HTML.
    pub short_description: String,
    /// SKU as stored.
    pub sku: String,
    /// GTIN as stored.
    pub gtin: String,
    /// Stored price, `""`: none.
    pub regular_price: String,
    /// Stored sale price, `""`: none.
    pub sale_price: String,
    /// Seconds since 1970.
    pub sale_from: Option<i64>,
    /// Seconds since 1970.
    pub sale_to: Option<i64>,
    /// Whether stock is counted here.
    pub manage_stock: bool,
    /// Units.
    pub stock: Option<i64>,
    /// Stock status word.
    pub stock_status: String,
    /// `no`, `notify`, `yes` (or anything a batch stored).
    pub backorders: String,
    /// Low-stock threshold.
    pub low_stock: Option<i64>,
    /// Kilograms as text.
    pub weight: String,
    /// Length, width, height in centimetres as text.
    pub dimensions: [String; 3],
    /// Shipping class slug.
    pub shipping_class: String,
    /// Category ids.
    pub categories: Vec<u64>,
    /// Tag ids.
    pub tags: Vec<u64>,
    /// Brand ids.
    pub brands: Vec<u64>,
    /// Pictures; the first is the main one.
    pub images: Vec<Picture>,
    /// Axes and attributes of a parent.
    pub axes: Vec<Axis>,
    /// Choices of a variation.
    pub choices: Vec<Choice>,
    /// Ids of variations.
    pub variations: Vec<u64>,
    /// Place in menus.
    pub menu_order: i64,
    /// `meta_data`.
    pub meta: Vec<Meta>,
    /// Fields that are kept as sent (tax, virtual, upsells …).
    pub other: serde_json::Map<String, serde_json::Value>,
    /// Seconds since 1970.
    pub created_s: i64,
    /// Milliseconds, for the index lag; the wire shows seconds.
    pub created_ms: i64,
    /// Seconds since 1970.
    pub modified_s: i64,
    /// Units sold: a statistic.
    pub total_sales: i64,
}

impl Product {
    /// Whether the sale price counts at `now_s`.
    #[must_use]
    pub fn is_on_sale(&self, now_s: i64) -> bool {
        !self.sale_price.is_empty()
            && self.sale_from.is_none_or(|from| from <= now_s)
            && self.sale_to.is_none_or(|to| now_s < to)
    }

    /// The price a buyer pays now, as stored text.
    #[must_use]
    pub fn price(&self, now_s: i64) -> &str {
        if self.is_on_sale(now_s) { &self.sale_price } else { &self.regular_price }
    }

    /// The sale price vanishes without a word unless it is below the regular one.
    pub fn drop_idle_sale_price(&mut self) {
        let (sale, regular) = (price::amount(&self.sale_price), price::amount(&self.regular_price));
        if sale.is_some_and(|sale| regular.is_none_or(|regular| sale >= regular)) {
            self.sale_price.clear();
        }
    }

    /// While stock is managed the status follows from the figure (spec §4.5).
    pub fn derive_stock_status(&mut self) {
        if !self.manage_stock {
            return;
        }
        let status = match self.stock.unwrap_or(0) {
            1.. => "instock",
            _ if self.backorders == "no" => "outofstock",
            _ => "onbackorder",
        };
        status.clone_into(&mut self.stock_status);
    }

    /// The text of a meta value.
    #[must_use]
    pub fn meta_text(&self, key: &str) -> Option<String> {
        self.meta.iter().find(|meta| meta.key == key).map(|meta| super::wire::php_string(&meta.value))
    }

    /// Whether it lies in the bin.
    #[must_use]
    pub fn is_binned(&self) -> bool {
        self.status == "trash"
    }
}
