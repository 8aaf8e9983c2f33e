//! The town before the history begins: a catalogue, shops with consents, rules.

use crate::app;
use crate::plan::Plan;
use crate::time::at;
use crate::world::World;
use anyhow::{Context, Result};
use ganh::catalogue::{
    BundleComponent, Effects, OcopGroup, Producer, ProducerCode, ProducerKind, Product, ProductCode,
    ProductKind, StockFigure, Storage, Variant,
};
use ganh::listing::{Allocation, StockRules};
use ganh::store::{Approval, NewGrant, NewPlatform, NewShop, Policy, PolicyScope, Store};
use ganh_contract::{RemoteShopId, Secret, Sku, Vnd};

const PRODUCER: &str = "TB01";

/// Lays everything out in an empty store.
pub async fn found(world: &World, store: &Store) -> Result<()> {
    let plan = world.plan().clone();
    let now = at(world.ms());
    goods(world, &plan);
    let revision = store.existing_for_import().await?.revision;
    store.apply_import(revision, &catalogue(world, &plan), &[], "founder", now).await?;
    if plan.is_strict {
        let rules = StockRules { allocation: Some(Allocation::Strict), ..StockRules::default() };
        store.set_policy(PolicyScope::Default, &Policy { stock: rules, ..Policy::default() }, now).await?;
    }
    let products = store.products_page(None, "", None, 1_000).await?;
    for row in &products {
        for variant in &row.variants {
            let mut inner = world.inner();
            let index = *inner.goods.by_sku.get(variant.variant.sku.as_str()).context("a SKU of nobody")?;
            inner.goods.variants.insert(variant.id, index);
        }
    }
    let create: Vec<_> = products.iter().map(|row| row.id).collect();
    for (index, shop) in plan.shops.iter().enumerate() {
        let platform = NewPlatform {
            channel: "sim".into(),
            handle: format!("app-{}", shop.app),
            base_url: format!("sim://app/{}", shop.app),
            settings: serde_json::json!({}),
            secret: None,
        };
        let platform = store.put_platform(&platform, now).await?;
        let new = NewShop {
            producer: None,
            platform,
            handle: format!("sim/s{index}"),
            remote_id: RemoteShopId::new(format!("s{index}")),
            title: format!("shop {index}"),
            settings: serde_json::json!({}),
            hook_secret: Some(Secret::new("words")),
            capability: Some(crate::facts::capability(shop, index)),
            orders_since: at(world.ms() - 60_000),
        };
        let id = store.add_shop(&new, NewGrant::Own(&app::grant(world, index)), now).await?;
        {
            let mut inner = world.inner();
            inner.stalls[index].id = id;
            inner.by_shop.insert(id, index);
        }
        store.approve_shop(id, &Approval { adopt: &[], create: &create }, now).await?;
    }
    Ok(())
}

/// Fills in what is sold: the first variants are the pools themselves, sets come after them.
fn goods(world: &World, plan: &Plan) {
    let mut inner = world.inner();
    let goods = &mut inner.goods;
    goods.received = plan.pools.iter().map(|units| i64::from(*units)).collect();
    goods.taken = vec![0; plan.pools.len()];
    for recipe in plan.products.iter().flatten() {
        let index = goods.skus.len();
        goods.recipes.push(recipe.clone());
        goods.skus.push(format!("V{index:02}"));
        goods.by_sku.insert(format!("V{index:02}"), index);
        goods.prices.push(35_000);
    }
}

fn catalogue(world: &World, plan: &Plan) -> Effects {
    let inner = world.inner();
    let mut effects = Effects { producers: vec![producer()], ..Effects::default() };
    let mut next = 0;
    for (number, variants) in plan.products.iter().enumerate() {
        let is_set = variants.iter().any(|recipe| recipe.len() > 1);
        effects.products.push(product(number, variants.len(), is_set));
        for recipe in variants {
            effects.variants.push(variant(
                number,
                &inner.goods.skus[next],
                variants.len() > 1,
                inner.goods.prices[next],
            ));
            if is_set {
                for (pool, quantity) in recipe {
                    effects.components.push(BundleComponent {
                        bundle: Sku::new(inner.goods.skus[next].clone()),
                        component: Sku::new(inner.goods.skus[*pool].clone()),
                        quantity: *quantity,
                    });
                }
            } else {
                let units = plan.pools[recipe[0].0];
                effects.stock.push(StockFigure {
                    sku: Sku::new(inner.goods.skus[next].clone()),
                    units,
                    previous: None,
                });
            }
            next += 1;
        }
    }
    effects
}

/// The import that changes one variant's price.
pub fn price_of(world: &World, variant: usize) -> Effects {
    let plan = world.plan();
    let inner = world.inner();
    let mut first = 0;
    for (number, variants) in plan.products.iter().enumerate() {
        if variant < first + variants.len() {
            let row = self::variant(
                number,
                &inner.goods.skus[variant],
                variants.len() > 1,
                inner.goods.prices[variant],
            );
            return Effects { variants: vec![row], ..Effects::default() };
        }
        first += variants.len();
    }
    Effects::default()
}

fn producer() -> Producer {
    Producer {
        code: ProducerCode::new(PRODUCER),
        name: "HTX làng Nguyễn".into(),
        kind: ProducerKind::Cooperative,
        province_code_old: None,
        province_code_new: None,
        commune_code_new: None,
        commune_new: None,
        address_old: None,
        tax_id: None,
    }
}

fn product(number: usize, variants: usize, is_set: bool) -> Product {
    Product {
        code: ProductCode::new(format!("P{number:02}")),
        producer: ProducerCode::new(PRODUCER),
        kind: if is_set { ProductKind::Bundle } else { ProductKind::Single },
        name: format!("Bánh cáy làng Nguyễn P{number:02}"),
        description: "Bánh cáy làng Nguyễn, đặc sản Thái Bình, làm từ nếp cái hoa vàng, gấc, dừa và lạc"
            .into(),
        group: Some(OcopGroup::Handicraft),
        subgroup: None,
        axes: if variants > 1 { vec!["Phân loại".into()] } else { vec![] },
        vat_category: None,
        shelf_life_days: Some(60),
        storage: Storage::Ambient,
        season: None,
        alcohol_tenths: None,
        pictures: vec![],
    }
}

fn variant(product: usize, sku: &str, has_options: bool, price: i64) -> Variant {
    Variant {
        product: ProductCode::new(format!("P{product:02}")),
        sku: Sku::new(sku),
        gtin: None,
        options: if has_options { vec![format!("Loại {sku}")] } else { vec![] },
        price: Vnd(price),
        sheet_stock: None,
        net_quantity: None,
        parcel: None,
        description: None,
        trace_url: None,
    }
}
