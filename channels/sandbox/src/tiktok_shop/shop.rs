//! One shop: its shelves, orders and subscriptions, and the queue of what is due. Everything in it changes under one lock.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::core::Dice;

use super::aftersale::{Cancellation, Return};
use super::order::Orders;
use super::package::Package;
use super::product::{Figures, Product, SkuFace};
use super::warehouse::Warehouse;
use super::webhook::Subscriptions;
use super::world::World;
use super::{audit, cancel, order_flow, webhook};

/// Something that happens by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {
    /// A product's audit ends.
    Audit(u64),
    /// The buyer's time for second thoughts is over.
    Release(u64),
    /// The seller did not ship.
    Late(u64),
    /// The money of a cancellation is back.
    Refund(u64),
}

/// One shop.
pub struct Shop {
    pub id: u64,
    pub name: String,
    pub cipher: String,
    pub code: String,
    /// The platform closed it (12052700 on everything).
    pub is_inactive: bool,
    /// It may list in categories that want an invitation.
    pub is_invited: bool,
    pub warehouses: Vec<Warehouse>,
    pub products: BTreeMap<u64, Product>,
    /// The product of a SKU; entries of SKUs that are gone do no harm.
    pub sku_homes: HashMap<u64, u64>,
    /// Products that have, or had, a seller SKU.
    pub seller_skus: HashMap<String, BTreeSet<u64>>,
    /// Products that have, or had, an external id.
    pub external_ids: HashMap<String, BTreeSet<u64>>,
    /// Ids of axes and options that the seller named.
    pub names: HashMap<String, u64>,
    /// Answers of creates by idempotency key.
    pub answers: HashMap<String, serde_json::Value>,
    /// Idempotency keys of after-sale calls that were carried out.
    pub done_keys: BTreeSet<String>,
    pub orders: Orders,
    pub packages: BTreeMap<u64, Package>,
    pub cancellations: BTreeMap<u64, Cancellation>,
    pub returns: BTreeMap<u64, Return>,
    pub hooks: Subscriptions,
    pub due: BTreeSet<(i64, Due)>,
    /// Day (since 1970) and creations on it.
    pub listed: (i64, u64),
    pub sold_units: i64,
    /// Units sold while nothing was left. Stock goes down with the order, so it stays 0.
    pub oversold_units: i64,
    place: u64,
    counters: [u64; 5],
}

/// What an id is for.
#[derive(Debug, Clone, Copy)]
pub enum IdOf {
    /// Products and SKUs share one row of numbers.
    Product,
    Order,
    Line,
    Package,
    /// Cancellations and returns.
    AfterSale,
}

const BASES: [u64; 5] = [
    1_729_400_000_000_000_099,
    576_460_001_234_567_889,
    577_460_000_000_000_000,
    1_152_900_000_000_000_000,
    4_035_300_000_000_000_000,
];
const PER_SHOP: u64 = 10_000_000_000;
static NAMES: [&str; 4] = ["Gốm Gánh", "Nông sản Tây Bắc", "Mắm Tĩnh Gia", "Trà Tân Cương"];

impl Shop {
    /// An empty shop with `sales` sales warehouses and one for returns.
    pub fn new(place: usize, sales: usize, dice: &Dice) -> Self {
        let number = place as u64;
        let id = 7_495_000_000_000_000_000 + dice.below(1_000_000_000_000) * 1_000 + number;
        let mut shop = Self {
            id,
            name: format!(
                "{}{}",
                NAMES[place % NAMES.len()],
                if place < NAMES.len() { String::new() } else { format!(" {}", place + 1) }
            ),
            cipher: format!("ROW_{}", dice.hex(32)),
            code: format!("VNLC{}", dice.hex(6).to_uppercase()),
            is_inactive: false,
            is_invited: false,
            warehouses: Vec::new(),
            products: BTreeMap::new(),
            sku_homes: HashMap::new(),
            seller_skus: HashMap::new(),
            external_ids: HashMap::new(),
            names: HashMap::new(),
            answers: HashMap::new(),
            done_keys: BTreeSet::new(),
            orders: Orders::default(),
            packages: BTreeMap::new(),
            cancellations: BTreeMap::new(),
            returns: BTreeMap::new(),
            hooks: Subscriptions::default(),
            due: BTreeSet::new(),
            listed: (0, 0),
            sold_units: 0,
            oversold_units: 0,
            place: number,
            counters: [0; 5],
        };
        for number in 0..sales.max(1) {
            shop.add_warehouse(if number == 0 { "Kho Bát Tràng" } else { "Kho Gia Lâm" }, true);
        }
        shop.add_warehouse("Kho trả hàng", false);
        shop
    }

    /// The next free number.
    pub fn next_id(&mut self, what: IdOf) -> u64 {
        let at = what as usize;
        self.counters[at] += 1;
        BASES[at] + self.place * PER_SHOP + self.counters[at]
    }

    /// Opens a warehouse; SKUs that are there get an empty shelf in it.
    pub fn add_warehouse(&mut self, name: &str, is_sales: bool) -> u64 {
        let number = self.warehouses.iter().map(|one| one.id % 1_000).max().unwrap_or(0) + 1;
        let id = 7_300_000_000_000_000_000 + self.place * 1_000 + number;
        let is_default = is_sales && !self.warehouses.iter().any(|one| one.is_sales);
        self.warehouses.push(Warehouse {
            id,
            entity_id: 7_300_000_000_000_900_000 + self.place * 1_000 + number.min(900),
            name: name.to_owned(),
            is_sales,
            is_enabled: true,
            is_default,
        });
        if is_sales {
            for figures in self.products.values_mut().flat_map(|product| product.figures.values_mut()) {
                figures.shelves.entry(id).or_default();
            }
        }
        id
    }

    /// A warehouse moves: the same goods under a new id.
    pub fn move_warehouse(&mut self, old: u64) -> Option<u64> {
        let number = self.warehouses.iter().map(|one| one.id % 1_000).max().unwrap_or(0) + 1;
        let one = self.warehouses.iter_mut().find(|one| one.id == old)?;
        one.id = 7_300_000_000_000_000_000 + self.place * 1_000 + number;
        let new = one.id;
        for figures in self.products.values_mut().flat_map(|product| product.figures.values_mut()) {
            if let Some(shelf) = figures.shelves.remove(&old) {
                figures.shelves.insert(new, shelf);
            }
        }
        for line in self.orders.all_mut().flat_map(|order| order.lines.iter_mut()) {
            if line.warehouse == old {
                line.warehouse = new;
            }
        }
        Some(new)
    }

    /// The warehouses that sell.
    pub fn sales_warehouses(&self) -> impl Iterator<Item = &Warehouse> {
        self.warehouses.iter().filter(|one| one.is_sales && one.is_enabled)
    }

    /// Puts a product on the shelves and into the indexes.
    pub fn keep(&mut self, product: Product) {
        self.index(&product);
        self.products.insert(product.id, product);
    }

    /// Takes a product's names into the indexes; names that are gone are left, look-ups check.
    pub fn reindex(&mut self, id: u64) {
        if let Some(product) = self.products.remove(&id) {
            self.keep(product);
        }
    }

    fn index(&mut self, product: &Product) {
        let versions = [Some(&product.live), product.review.as_ref(), product.draft.as_ref()];
        for version in versions.into_iter().flatten() {
            for sku in &version.skus {
                self.sku_homes.insert(sku.id, product.id);
                self.seller_skus.entry(sku.seller_sku.clone()).or_default().insert(product.id);
                if let Some(external) = &sku.external_id {
                    self.external_ids.entry(external.clone()).or_default().insert(product.id);
                }
            }
            if let Some(external) = &version.face.external_id {
                self.external_ids.entry(external.clone()).or_default().insert(product.id);
            }
        }
    }

    /// The product and the figures of a SKU of the live version.
    pub fn find_sku(&self, sku: u64) -> Option<(&Product, &SkuFace, &Figures)> {
        let product = self.products.get(self.sku_homes.get(&sku)?)?;
        Some((product, product.live.find(sku)?, product.figures.get(&sku)?))
    }

    /// The figures of a SKU.
    pub fn figures_mut(&mut self, sku: u64) -> Option<&mut Figures> {
        self.products.get_mut(self.sku_homes.get(&sku)?)?.figures.get_mut(&sku)
    }

    /// The id of a name that the seller made up, the same every time.
    pub fn id_of_name(&mut self, name: &str) -> u64 {
        let next = 7_100_000_000_000_000_011 + self.place * PER_SHOP + self.names.len() as u64;
        *self.names.entry(name.to_owned()).or_insert(next)
    }

    /// Plans something; where webhooks are heard it happens unasked, else at the next call.
    pub fn plan(&mut self, world: &World, at_ms: i64, due: Due) {
        self.due.insert((at_ms, due));
        if webhook::is_heard(world, self) {
            webhook::wake(world, self.id, at_ms);
        }
    }

    /// Takes a plan back.
    pub fn unplan(&mut self, due: Due) {
        self.due.retain(|(_, planned)| *planned != due);
    }

    /// Lets everything that is due by now happen, in order.
    pub fn settle(&mut self, world: &World, now_ms: i64) {
        while let Some((at_ms, due)) = self.due.first().copied().filter(|(at_ms, _)| *at_ms <= now_ms) {
            self.due.remove(&(at_ms, due));
            match due {
                Due::Audit(product) => audit::by_itself(world, self, product, at_ms),
                Due::Release(order) => order_flow::release(world, self, order, at_ms),
                Due::Late(order) => cancel::by_system(world, self, order, at_ms),
                Due::Refund(cancellation) => cancel::refunded(world, self, cancellation, at_ms),
            }
        }
    }
}
