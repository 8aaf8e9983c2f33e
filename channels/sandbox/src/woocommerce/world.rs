//! Everything the shop holds, behind one mutex. Methods here keep the indexes true.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use super::media::Media;
use super::order::Order;
use super::product::{Product, Type};
use super::profile::Profile;
use super::settings::Settings;
use super::sku::fold;
use super::term::{Attribute, Tax, Term};
use super::webhook::{Event, Webhook};

/// Earlier versions of a product: when each was replaced (milliseconds), and what stood there before.
pub type Versions = VecDeque<(i64, Option<Box<Product>>)>;

/// The state of one shop.
pub struct World {
    /// The release played.
    pub profile: Profile,
    /// Site address, without a slash at the end.
    pub home: String,
    /// The shop's zone, seconds east of UTC.
    pub offset_s: i64,
    /// The world's time at the moment of the lock, milliseconds since 1970.
    pub now_ms: i64,
    /// Shop settings.
    pub settings: Settings,
    /// Products and variations by id.
    pub items: BTreeMap<u64, Box<Product>>,
    skus: HashMap<String, Vec<u64>>,
    gtins: HashMap<String, Vec<u64>>,
    slugs: HashMap<String, u32>,
    /// Folded SKUs left in the look-up table by products that are gone.
    pub orphans: HashSet<String>,
    /// Folded SKUs whose creation is under way (the lock of 9.2).
    pub creating: HashSet<String>,
    /// Categories, tags, brands, shipping classes, terms of attributes.
    pub terms: BTreeMap<Tax, BTreeMap<u64, Term>>,
    /// Global attributes.
    pub attributes: BTreeMap<u64, Attribute>,
    /// Attachments.
    pub media: BTreeMap<u64, Media>,
    /// Orders by id.
    pub orders: BTreeMap<u64, Order>,
    /// Unpaid orders that hold stock: deadline in seconds, order id.
    pub holds: VecDeque<(i64, u64)>,
    /// Units held for unpaid orders, by product or variation.
    pub held: HashMap<u64, i64>,
    /// Webhooks by id.
    pub webhooks: BTreeMap<u64, Webhook>,
    /// What happened under this lock, for the webhooks.
    pub events: Vec<Event>,
    /// Earlier versions of products, kept while a stale read is armed: when it was replaced, and what stood there.
    pub earlier: HashMap<u64, Versions>,
    /// Whether earlier versions are kept.
    pub keeps_earlier: bool,
    /// The category a product without one falls into.
    pub default_category: u64,
    /// Garbled orders that were shown under this lock; they are readable again afterwards.
    pub shown_garbled: RefCell<Vec<u64>>,
    /// Units sold beyond what was there.
    pub oversold_units: i64,
    /// Units ever ordered.
    pub sold_units: i64,
    next_id: u64,
    next_row: u64,
}

impl World {
    /// An empty shop with its default category.
    #[must_use]
    pub fn new(profile: Profile) -> Self {
        let mut world = Self {
            profile,
            home: "http://localhost".to_owned(),
            offset_s: 7 * 3600,
            now_ms: 0,
            settings: Settings::new(),
            items: BTreeMap::new(),
            skus: HashMap::new(),
            gtins: HashMap::new(),
            slugs: HashMap::new(),
            orphans: HashSet::new(),
            creating: HashSet::new(),
            terms: BTreeMap::new(),
            attributes: BTreeMap::new(),
            media: BTreeMap::new(),
            orders: BTreeMap::new(),
            holds: VecDeque::new(),
            held: HashMap::new(),
            webhooks: BTreeMap::new(),
            events: Vec::new(),
            earlier: HashMap::new(),
            keeps_earlier: false,
            default_category: 0,
            shown_garbled: RefCell::default(),
            oversold_units: 0,
            sold_units: 0,
            next_id: 10,
            next_row: 1,
        };
        world.default_category = world.add_term(Tax::Category, "Chưa phân loại", "uncategorized", 0);
        world
    }

    /// The world's time in seconds.
    #[must_use]
    pub const fn now_s(&self) -> i64 {
        self.now_ms.div_euclid(1000)
    }

    /// The next id of products, orders and pictures.
    pub const fn take_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    /// The next id of rows (meta, lines, terms, webhooks).
    pub const fn take_row(&mut self) -> u64 {
        self.next_row += 1;
        self.next_row
    }

    /// Stores a product or variation and keeps the indexes true. Stamps nothing.
    pub fn put(&mut self, product: Box<Product>) {
        let id = product.id;
        let old = self.items.remove(&id);
        let was = old.as_deref();
        if was.is_none_or(|was| was.sku != product.sku) {
            if let Some(was) = was {
                forget(&mut self.skus, &fold(&was.sku), id);
            }
            if !product.sku.is_empty() {
                self.skus.entry(fold(&product.sku)).or_default().push(id);
            }
        }
        if was.is_none_or(|was| was.gtin != product.gtin) {
            if let Some(was) = was {
                forget(&mut self.gtins, &was.gtin, id);
            }
            if !product.gtin.is_empty() {
                self.gtins.entry(product.gtin.clone()).or_default().push(id);
            }
        }
        self.items.insert(id, product);
        self.remember(id, old);
    }

    /// Removes a product or variation for good.
    pub fn remove(&mut self, id: u64) -> Option<Box<Product>> {
        let product = self.items.remove(&id)?;
        forget(&mut self.skus, &fold(&product.sku), id);
        forget(&mut self.gtins, &product.gtin, id);
        self.remember(id, Some(product.clone()));
        Some(product)
    }

    fn remember(&mut self, id: u64, was: Option<Box<Product>>) {
        if !self.keeps_earlier {
            if !self.earlier.is_empty() {
                self.earlier.clear();
            }
            return;
        }
        let versions = self.earlier.entry(id).or_default();
        if versions.len() == 16 {
            versions.pop_front();
        }
        versions.push_back((self.now_ms, was));
    }

    /// Changes a stored product in place without touching SKU, GTIN or id.
    pub fn touch<R>(&mut self, id: u64, change: impl FnOnce(&mut Product) -> R) -> Option<R> {
        if self.keeps_earlier {
            let was = self.items.get(&id).cloned();
            if was.is_some() {
                self.remember(id, was);
            }
        }
        self.items.get_mut(&id).map(|product| change(product))
    }

    /// The version of a product that stood at `at_ms`; `None` when there was none.
    #[must_use]
    pub fn as_of(&self, id: u64, at_ms: i64) -> Option<&Product> {
        let replaced =
            self.earlier.get(&id).and_then(|versions| versions.iter().find(|(when, _)| *when > at_ms));
        match replaced {
            Some((_, was)) => was.as_deref(),
            None => self.items.get(&id).map(|product| &**product),
        }
    }

    /// All holders of a SKU, folded, those in the bin included.
    #[must_use]
    pub fn holders(&self, sku: &str) -> &[u64] {
        if sku.is_empty() {
            return &[];
        }
        self.skus.get(&fold(sku)).map_or(&[], Vec::as_slice)
    }

    /// All holders of a GTIN.
    #[must_use]
    pub fn gtin_holders(&self, gtin: &str) -> &[u64] {
        self.gtins.get(gtin).map_or(&[], Vec::as_slice)
    }

    /// A slug nobody has: `x`, `x-2`, `x-3` …
    pub fn free_slug(&mut self, wanted: &str) -> String {
        let count = self.slugs.entry(wanted.to_owned()).or_default();
        *count += 1;
        if *count == 1 { wanted.to_owned() } else { format!("{wanted}-{count}") }
    }

    /// A product that is no variation.
    #[must_use]
    pub fn product(&self, id: u64) -> Option<&Product> {
        self.items.get(&id).map(|product| &**product).filter(|product| product.kind != Type::Variation)
    }

    /// Whether units of `id` are counted at its parent.
    #[must_use]
    pub fn counted_at(&self, product: &Product) -> Option<u64> {
        if product.manage_stock {
            return Some(product.id);
        }
        let parent = self.items.get(&product.parent)?;
        (product.kind == Type::Variation && parent.manage_stock).then_some(parent.id)
    }

    /// Orders that were shown garbled are readable from now on.
    pub fn heal_orders(&mut self) {
        for id in self.shown_garbled.take() {
            if let Some(order) = self.orders.get_mut(&id) {
                order.garbled = false;
            }
        }
    }

    /// Notes that something happened, for the webhooks.
    pub fn happened(&mut self, resource: &'static str, event: &'static str, id: u64) {
        if !self.webhooks.is_empty() {
            self.events.push(Event { resource, event, id });
        }
    }
}

fn forget(index: &mut HashMap<String, Vec<u64>>, key: &str, id: u64) {
    if let Some(ids) = index.get_mut(key) {
        ids.retain(|held| *held != id);
        if ids.is_empty() {
            index.remove(key);
        }
    }
}
