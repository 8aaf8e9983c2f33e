//! A catalogue of any size: products of one to fifty variants, as OCOP goods are: most are few, some are many.

use ganh::catalogue::{
    Effects, OcopGroup, Producer, ProducerCode, ProducerKind, Product, ProductCode, ProductKind, StockFigure,
    Storage, Variant,
};
use ganh_contract::{Sku, Vnd};

/// What everything costs.
pub const PRICE: i64 = 35_000;
/// Units of everything at the start.
pub const STOCK: u32 = 500;
/// Variants of a product, in turns.
pub const MIXED: &[usize] = &[1, 1, 1, 2, 3, 5, 8, 12, 20, 50];
/// One variant each.
pub const SINGLE: &[usize] = &[1];

/// One producer's goods.
#[derive(Debug, Clone)]
pub struct Goods {
    pub producer: String,
    /// By product: its code and its SKUs.
    pub products: Vec<(String, Vec<String>)>,
}

impl Goods {
    /// `variants` in all, spread over products as `mix` says.
    pub fn new(producer: &str, variants: usize, mix: &[usize]) -> Self {
        let mut products = Vec::new();
        let mut left = variants;
        for (number, size) in mix.iter().cycle().enumerate() {
            if left == 0 {
                break;
            }
            let size = (*size).min(left);
            left -= size;
            let code = format!("{producer}-{number:06}");
            let skus = match size {
                1 => vec![code.clone()],
                _ => (1..=size).map(|place| format!("{code}-{place:02}")).collect(),
            };
            products.push((code, skus));
        }
        Self { producer: producer.to_owned(), products }
    }

    /// All SKUs in order.
    pub fn skus(&self) -> Vec<&str> {
        self.products.iter().flat_map(|(_, skus)| skus).map(String::as_str).collect()
    }

    /// As an import would write them.
    pub fn effects(&self) -> Effects {
        let variants = self.products.iter().flat_map(|(code, skus)| {
            let is_single = skus.len() == 1;
            skus.iter().enumerate().map(move |(place, sku)| variant(code, sku, (!is_single).then_some(place)))
        });
        Effects {
            producers: vec![producer(&self.producer)],
            products: self
                .products
                .iter()
                .map(|(code, skus)| product(&self.producer, code, skus.len()))
                .collect(),
            variants: variants.collect(),
            stock: self
                .skus()
                .into_iter()
                .map(|sku| StockFigure { sku: Sku::new(sku), units: STOCK, previous: None })
                .collect(),
            ..Effects::default()
        }
    }
}

fn producer(code: &str) -> Producer {
    Producer {
        code: ProducerCode::new(code),
        name: format!("HTX {code}"),
        kind: ProducerKind::Cooperative,
        province_code_old: None,
        province_code_new: None,
        commune_code_new: None,
        commune_new: None,
        address_old: None,
        tax_id: None,
    }
}

fn product(producer: &str, code: &str, variants: usize) -> Product {
    Product {
        code: ProductCode::new(code),
        producer: ProducerCode::new(producer),
        kind: ProductKind::Single,
        name: format!("Bánh cáy làng Nguyễn {code}"),
        description: "Bánh cáy làng Nguyễn, đặc sản Thái Bình".into(),
        group: Some(OcopGroup::Food),
        subgroup: None,
        axes: if variants == 1 { vec![] } else { vec!["Phân loại".into()] },
        vat_category: None,
        shelf_life_days: Some(60),
        storage: Storage::Ambient,
        season: None,
        alcohol_tenths: None,
        pictures: vec![],
    }
}

fn variant(product: &str, sku: &str, place: Option<usize>) -> Variant {
    Variant {
        product: ProductCode::new(product),
        sku: Sku::new(sku),
        gtin: None,
        options: place.map(|place| format!("Loại {}", place + 1)).into_iter().collect(),
        price: Vnd(PRICE),
        sheet_stock: None,
        net_quantity: None,
        parcel: None,
        description: None,
        trace_url: None,
    }
}
