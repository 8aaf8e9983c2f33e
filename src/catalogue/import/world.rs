//! The catalogue as it would be: the store's present state, with the lines read so far laid over it.

use crate::catalogue::import::{Effects, Existing, StockFigure};
use crate::catalogue::text::{name_key, sku_key};
use crate::catalogue::{BundleComponent, Certificate, Producer, Product, ProductCode, Variant};
use ganh_contract::Sku;
use std::collections::HashMap;

/// Everything by its place in a list; the store's own things come first, in the store's order.
#[derive(Default)]
pub(super) struct World<'e> {
    pub producers: Vec<Producer>,
    pub products: Vec<Product>,
    pub variants: Vec<Variant>,
    pub certificates: Vec<Certificate>,
    pub components: Vec<BundleComponent>,
    pub producer_by_code: HashMap<String, usize>,
    pub producer_by_name: HashMap<String, usize>,
    pub product_by_code: HashMap<String, usize>,
    pub variant_by_sku: HashMap<String, usize>,
    pub gtin_owner: HashMap<String, usize>,
    /// The first product of each name, by its key.
    pub name_owner: HashMap<String, ProductCode>,
    pub component_by_skus: HashMap<(String, String), usize>,
    pub certificates_of: HashMap<ProductCode, Vec<usize>>,
    /// What lines of this import said of a variant; laid against the product's text at the end, when that one is settled.
    pub said_descriptions: HashMap<usize, String>,
    variants_of: HashMap<ProductCode, Vec<usize>>,
    before: Option<&'e Existing>,
}

impl<'e> World<'e> {
    pub fn new(existing: &'e Existing) -> Self {
        let mut world = Self { before: Some(existing), ..Self::default() };
        for producer in &existing.producers {
            world.add_producer(producer.clone());
        }
        for product in &existing.products {
            world.add_product(product.clone());
        }
        for variant in &existing.variants {
            world.add_variant(variant.clone());
        }
        for certificate in &existing.certificates {
            world.add_certificate(certificate.clone());
        }
        for component in &existing.components {
            world.add_component(component.clone());
        }
        world
    }

    pub fn add_producer(&mut self, producer: Producer) -> usize {
        let index = self.producers.len();
        self.producer_by_code.insert(sku_key(producer.code.as_str()), index);
        if !producer.name.is_empty() {
            self.producer_by_name.entry(name_key(&producer.name)).or_insert(index);
        }
        self.producers.push(producer);
        index
    }

    pub fn add_product(&mut self, product: Product) -> usize {
        let index = self.products.len();
        self.product_by_code.insert(sku_key(product.code.as_str()), index);
        if !product.name.is_empty() {
            self.name_owner.entry(name_key(&product.name)).or_insert_with(|| product.code.clone());
        }
        self.products.push(product);
        index
    }

    pub fn add_variant(&mut self, variant: Variant) -> usize {
        let index = self.variants.len();
        self.variant_by_sku.insert(sku_key(variant.sku.as_str()), index);
        self.variants_of.entry(variant.product.clone()).or_default().push(index);
        if let Some(gtin) = &variant.gtin {
            self.gtin_owner.entry(gtin.as_str().to_owned()).or_insert(index);
        }
        self.variants.push(variant);
        index
    }

    pub fn add_certificate(&mut self, certificate: Certificate) -> usize {
        let index = self.certificates.len();
        self.certificates_of.entry(certificate.product.clone()).or_default().push(index);
        self.certificates.push(certificate);
        index
    }

    pub fn add_component(&mut self, component: BundleComponent) -> usize {
        let index = self.components.len();
        let key = (sku_key(component.bundle.as_str()), sku_key(component.component.as_str()));
        self.component_by_skus.insert(key, index);
        self.components.push(component);
        index
    }

    /// Variants of a product, the lead first.
    pub fn variants_of(&self, product: &ProductCode) -> &[usize] {
        self.variants_of.get(product).map_or(&[], Vec::as_slice)
    }

    /// The text that a variant of the store shows now, its own or its product's; `None` for a new variant.
    pub fn description_before(&self, variant: usize) -> Option<String> {
        let before = self.before?;
        let known = before.variants.get(variant)?;
        let product = self.product_by_code.get(&sku_key(known.product.as_str()));
        let shared = || {
            product.and_then(|index| before.products.get(*index)).map(|product| product.description.clone())
        };
        Some(known.description.clone().or_else(shared).unwrap_or_default())
    }

    fn settle_descriptions(&mut self) {
        for (index, text) in std::mem::take(&mut self.said_descriptions) {
            let Some(variant) = self.variants.get_mut(index) else { continue };
            let product = self.product_by_code.get(&sku_key(variant.product.as_str()));
            let shared =
                product.and_then(|index| self.products.get(*index)).map(|product| &product.description);
            variant.description = Some(text).filter(|text| Some(text) != shared);
        }
    }

    /// What differs from the store, in its order, new things last.
    pub fn into_effects(mut self, existing: &Existing) -> Effects {
        self.settle_descriptions();
        let stock = self.variants.iter().enumerate().filter_map(|(index, variant)| {
            let previous = existing.variants.get(index).and_then(|variant| variant.sheet_stock);
            let units = variant.sheet_stock.filter(|units| previous != Some(*units))?;
            Some(StockFigure { sku: Sku::new(variant.sku.as_str()), units, previous })
        });
        Effects {
            stock: stock.collect(),
            producers: differing(self.producers, &existing.producers),
            products: differing(self.products, &existing.products),
            variants: differing(self.variants, &existing.variants),
            certificates: differing(self.certificates, &existing.certificates),
            components: differing(self.components, &existing.components),
        }
    }
}

fn differing<T: PartialEq>(now: Vec<T>, before: &[T]) -> Vec<T> {
    now.into_iter()
        .enumerate()
        .filter(|(index, thing)| before.get(*index) != Some(thing))
        .map(|(_, thing)| thing)
        .collect()
}
