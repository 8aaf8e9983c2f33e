//! Writing an import, all or nothing, with everything that follows from it in the shops.

use super::existing;
use crate::catalogue::text::{search_key, sku_key};
use crate::catalogue::{Certificate, Effects, Producer, Product, StockFigure, Variant};
use crate::ids::{ShopId, VariantId};
use crate::stock::MovementKind;
use crate::store::Store;
use crate::store::error::{Result, StoreError};
use crate::store::keys::{Keys, Place};
use crate::store::ledger::Movement;
use crate::store::recompute::Because;
use crate::store::tx::{Tx, args, json};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A picture file that an import brings.
#[derive(Debug, Clone)]
pub struct NewPicture {
    /// The producer whose sheet names it.
    pub producer: String,
    pub file_name: String,
    /// 64 hexadecimal digits of its bytes.
    pub sha256: String,
    pub mime: String,
    pub width: u32,
    pub height: u32,
    pub bytes: Vec<u8>,
}

/// What applying did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Applied {
    /// The catalogue's revision now.
    pub revision: i64,
    /// Listings that are now wanted in shops.
    pub listings_wanted: u64,
    /// Shops that got something to do.
    pub shops: BTreeSet<ShopId>,
}

#[derive(Serialize)]
struct ProductLine<'a> {
    code: &'a str,
    producer: &'a str,
    kind: &'static str,
    name: &'a str,
    search: String,
    description: &'a str,
    group: Option<&'static str>,
    subgroup: Option<&'a str>,
    axis1: Option<&'a str>,
    axis2: Option<&'a str>,
    vat: Option<&'static str>,
    shelf: Option<u32>,
    storage: &'static str,
    season: Option<String>,
    alcohol: Option<u16>,
    pictures: String,
}

#[derive(Serialize)]
struct VariantLine<'a> {
    product: &'a str,
    position: i64,
    sku: &'a str,
    key: String,
    gtin: Option<&'a str>,
    option1: Option<&'a str>,
    option2: Option<&'a str>,
    price: i64,
    net_milli: Option<u64>,
    net_unit: Option<&'a str>,
    grams: Option<u32>,
    length: Option<u32>,
    width: Option<u32>,
    height: Option<u32>,
    description: Option<&'a str>,
    trace: Option<&'a str>,
    sheet_stock: Option<u32>,
}

impl Store {
    /// Applies an import in one transaction: catalogue, pictures, opening stock, listings of new products in every shop that takes them,
    /// and every figure that follows.
    ///
    /// `revision` is the one that the plan was made against. An import that says only what is here already, pictures included, moves nothing:
    /// no revision, no page. Errors: `CatalogueMoved` when the revision is no longer current; nothing is written then.
    pub async fn apply_import(
        &self,
        revision: i64,
        effects: &Effects,
        pictures: &[NewPicture],
        who: &str,
        now: Timestamp,
    ) -> Result<Applied> {
        let mut tx = self.write_alone().await?;
        let pictures = tx.new_pictures(pictures).await?;
        if effects.is_empty() && pictures.is_empty() {
            tx.still_at(revision).await?;
            return Ok(Applied { revision, ..Applied::default() });
        }
        let next = tx.next_revision(revision).await?;
        tx.put_producers(&self.keys(), &effects.producers, now).await?;
        let before = tx.variants_before(&effects.variants).await?;
        let new_products = tx.put_products(&effects.products, now).await?;
        tx.put_variants(&effects.variants, now).await?;
        tx.put_certificates(&effects.certificates).await?;
        tx.put_components(effects).await?;
        tx.put_pictures(&pictures).await?;
        let repictured = tx.products_showing(&pictures).await?;
        tx.mark_pages(effects, &repictured, &before, now).await?;
        let listings_wanted = tx.want_listings(&new_products, now).await?;
        tx.want_offers(&effects.variants, now).await?;
        let touched = tx.touched_by(effects).await?;
        tx.lock_pools(&touched).await?;
        tx.import_stock(next, &effects.stock, who, now).await?;
        let mut shops = tx.recompute(&touched, &BTreeMap::new(), Because::Edit, now).await?;
        let shown: BTreeSet<&str> = effects
            .products
            .iter()
            .map(|product| product.code.as_str())
            .chain(repictured.iter().map(String::as_str))
            .collect();
        shops.extend(tx.shops_with_work(&shown).await?);
        shops.iter().for_each(|shop| tx.touch(*shop));
        tx.commit().await?;
        Ok(Applied { revision: next, listings_wanted, shops })
    }
}

impl Tx {
    async fn next_revision(&mut self, planned: i64) -> Result<i64> {
        let moved = self
            .find(
                "UPDATE catalogue_revision SET revision = revision + 1 WHERE one = 1 AND revision = $1 RETURNING revision",
                args![planned],
            )
            .await?;
        if let Some(row) = moved {
            return row.int("revision");
        }
        Err(StoreError::CatalogueMoved { planned, now: self.revision().await? })
    }

    async fn still_at(&mut self, planned: i64) -> Result<()> {
        let now = self.revision().await?;
        if now == planned { Ok(()) } else { Err(StoreError::CatalogueMoved { planned, now }) }
    }

    async fn revision(&mut self) -> Result<i64> {
        let row = self.find("SELECT revision FROM catalogue_revision WHERE one = 1", args![]).await?;
        row.map_or(Ok(0), |row| row.int("revision"))
    }

    /// Every producer gets a first place, so that stock has somewhere to lie.
    pub(in crate::store) async fn put_producers(
        &mut self,
        keys: &Keys,
        producers: &[Producer],
        now: Timestamp,
    ) -> Result<()> {
        for producer in producers {
            let code = producer.code.as_str();
            let place = Place("producer", "tax_id_sealed", code);
            let tax =
                producer.tax_id.as_ref().map(|tax| keys.seal(&place, tax.expose().as_bytes())).transpose()?;
            let id = self
                .insert(
                    "INSERT INTO producer (code, name, kind, province_code_old, province_code_new, commune_code_new, commune_new,
                         address_old, tax_id_sealed, created_at, updated_at)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
                     ON CONFLICT (code) DO UPDATE SET name = excluded.name, kind = excluded.kind,
                         province_code_old = excluded.province_code_old, province_code_new = excluded.province_code_new,
                         commune_code_new = excluded.commune_code_new, commune_new = excluded.commune_new,
                         address_old = excluded.address_old, tax_id_sealed = excluded.tax_id_sealed,
                         updated_at = excluded.updated_at
                     RETURNING id",
                    args![
                        code,
                        &*producer.name,
                        producer.kind.slug(),
                        producer.province_code_old.as_deref(),
                        producer.province_code_new.as_deref(),
                        producer.commune_code_new.as_deref(),
                        producer.commune_new.as_deref(),
                        producer.address_old.as_deref(),
                        tax,
                        now,
                    ],
                )
                .await?;
            self.execute(
                "INSERT INTO place (producer_id, code, name, kind, sells_online) VALUES ($1, 'kho', 'Kho', 'warehouse', 1)
                 ON CONFLICT (producer_id, code) DO NOTHING",
                args![id],
            )
            .await?;
        }
        Ok(())
    }

    /// The variants as they were, to tell a new price from a new page.
    async fn variants_before(&mut self, variants: &[Variant]) -> Result<BTreeMap<String, Variant>> {
        let keys: Vec<[String; 1]> = variants.iter().map(|variant| [sku_key(variant.sku.as_str())]).collect();
        let rows = self
            .rows(
                "SELECT p.code, v.sku, v.gtin, v.option1, v.option2, v.price_vnd, v.sheet_stock, v.net_milli, v.net_unit,
                     v.grams, v.length_mm, v.width_mm, v.height_mm, v.description, v.trace_url
                 FROM json_each($1) AS named JOIN variant AS v ON v.sku_key = named.value->>0
                 JOIN product AS p ON p.id = v.product_id",
                args![json(&keys)],
            )
            .await?;
        let variants = rows.iter().map(existing::variant).collect::<Result<Vec<_>>>()?;
        Ok(variants.into_iter().map(|variant| (sku_key(variant.sku.as_str()), variant)).collect())
    }

    /// Answers with the ids of products that are new.
    async fn put_products(&mut self, products: &[Product], now: Timestamp) -> Result<Vec<i64>> {
        let lines: Vec<ProductLine<'_>> = products.iter().map(product_line).collect();
        let rows = self
            .rows(
                "INSERT INTO product (producer_id, code, kind, name, search_key, description, ocop_group, ocop_subgroup, axis1, axis2,
                     vat_category, shelf_life_days, storage, season, alcohol_tenths, pictures, created_at, updated_at)
                 SELECT r.id, value->>'code', value->>'kind', value->>'name', value->>'search', value->>'description',
                     value->>'group', value->>'subgroup', value->>'axis1', value->>'axis2', value->>'vat',
                     CAST(value->>'shelf' AS BIGINT), value->>'storage', value->>'season', CAST(value->>'alcohol' AS BIGINT),
                     value->>'pictures', $2, $2
                 FROM json_each($1) AS list CROSS JOIN producer AS r WHERE r.code = list.value->>'producer'
                 ORDER BY list.key
                 ON CONFLICT (code) DO UPDATE SET producer_id = excluded.producer_id, kind = excluded.kind, name = excluded.name,
                     search_key = excluded.search_key, description = excluded.description, ocop_group = excluded.ocop_group,
                     ocop_subgroup = excluded.ocop_subgroup, axis1 = excluded.axis1, axis2 = excluded.axis2,
                     vat_category = excluded.vat_category, shelf_life_days = excluded.shelf_life_days,
                     storage = excluded.storage, season = excluded.season, alcohol_tenths = excluded.alcohol_tenths,
                     pictures = excluded.pictures, updated_at = excluded.updated_at, content_rev = product.content_rev + 1
                 RETURNING id, content_rev",
                args![json(&lines), now],
            )
            .await?;
        if rows.len() != products.len() {
            return Err(StoreError::NotFound("the producer of a product in the import".into()));
        }
        let mut new = Vec::new();
        for row in rows {
            if row.int("content_rev")? == 1 {
                new.push(row.int("id")?);
            }
        }
        Ok(new)
    }

    async fn put_variants(&mut self, variants: &[Variant], now: Timestamp) -> Result<()> {
        let mut lines = Vec::with_capacity(variants.len());
        for (position, variant) in variants.iter().enumerate() {
            lines.push(variant_line(i64::try_from(position).unwrap_or(i64::MAX), variant));
        }
        let written = self
            .execute(
                "INSERT INTO variant (product_id, producer_id, position, sku, sku_key, gtin, option1, option2, price_vnd, net_milli,
                     net_unit, grams, length_mm, width_mm, height_mm, description, trace_url, sheet_stock, created_at, updated_at)
                 SELECT p.id, p.producer_id,
                     CAST(value->>'position' AS BIGINT) + 1
                         + COALESCE((SELECT max(o.position) FROM variant AS o WHERE o.product_id = p.id), 0),
                     value->>'sku', value->>'key', value->>'gtin', value->>'option1', value->>'option2',
                     CAST(value->>'price' AS BIGINT), CAST(value->>'net_milli' AS BIGINT), value->>'net_unit',
                     CAST(value->>'grams' AS BIGINT), CAST(value->>'length' AS BIGINT), CAST(value->>'width' AS BIGINT),
                     CAST(value->>'height' AS BIGINT), value->>'description', value->>'trace',
                     CAST(value->>'sheet_stock' AS BIGINT), $2, $2
                 FROM json_each($1) AS list CROSS JOIN product AS p WHERE p.code = list.value->>'product'
                 ORDER BY list.key
                 ON CONFLICT (sku_key) DO UPDATE SET sku = excluded.sku, gtin = excluded.gtin, option1 = excluded.option1,
                     option2 = excluded.option2, price_vnd = excluded.price_vnd, net_milli = excluded.net_milli,
                     net_unit = excluded.net_unit, grams = excluded.grams, length_mm = excluded.length_mm,
                     width_mm = excluded.width_mm, height_mm = excluded.height_mm, description = excluded.description,
                     trace_url = excluded.trace_url, sheet_stock = excluded.sheet_stock, updated_at = excluded.updated_at",
                args![json(&lines), now],
            )
            .await?;
        if usize::try_from(written).ok() != Some(variants.len()) {
            return Err(StoreError::NotFound("the product of a SKU in the import".into()));
        }
        Ok(())
    }

    async fn put_certificates(&mut self, certificates: &[Certificate]) -> Result<()> {
        let lines: Vec<_> = certificates
            .iter()
            .map(|certificate| {
                let decided = certificate.decided_on.map(|date| date.to_string());
                let decision = certificate.number.clone().or(decided.clone()).unwrap_or_default();
                let to = certificate.valid_to.map(|date| date.to_string());
                (
                    certificate.product.as_str(),
                    decision,
                    certificate.number.as_deref(),
                    certificate.stars.get(),
                    i64::from(certificate.pending_five),
                    decided,
                    to,
                    certificate.province_printed.as_deref(),
                )
            })
            .collect();
        self.execute(
            "INSERT INTO certificate (product_id, decision, number, stars, pending_five, decided_on, valid_to, province_printed)
             SELECT p.id, value->>1, value->>2, CAST(value->>3 AS BIGINT), CAST(value->>4 AS BIGINT), value->>5, value->>6, value->>7
             FROM json_each($1) AS list CROSS JOIN product AS p WHERE p.code = list.value->>0
             ORDER BY list.key
             ON CONFLICT (product_id, decision) DO UPDATE SET stars = excluded.stars, pending_five = excluded.pending_five,
                 decided_on = excluded.decided_on, valid_to = excluded.valid_to, province_printed = excluded.province_printed",
            args![json(&lines)],
        )
        .await?;
        Ok(())
    }

    async fn put_components(&mut self, effects: &Effects) -> Result<()> {
        let lines: Vec<_> = effects
            .components
            .iter()
            .map(|line| (sku_key(line.bundle.as_str()), sku_key(line.component.as_str()), line.quantity))
            .collect();
        let written = self
            .execute(
                "INSERT INTO bundle_component (bundle_id, component_id, quantity)
                 SELECT b.id, c.id, CAST(value->>2 AS BIGINT)
                 FROM json_each($1) JOIN variant AS b ON b.sku_key = value->>0 JOIN variant AS c ON c.sku_key = value->>1 WHERE true
                 ON CONFLICT (bundle_id, component_id) DO UPDATE SET quantity = excluded.quantity",
                args![json(&lines)],
            )
            .await?;
        if usize::try_from(written).ok() != Some(lines.len()) {
            return Err(StoreError::NotFound("a SKU of a set in the import".into()));
        }
        Ok(())
    }

    /// Notes which listings show an older page than the product now has. A new price alone changes no page.
    async fn mark_pages(
        &mut self,
        effects: &Effects,
        repictured: &BTreeSet<String>,
        before: &BTreeMap<String, Variant>,
        now: Timestamp,
    ) -> Result<()> {
        let pages = effects.variants.iter().filter(|new| {
            before.get(&sku_key(new.sku.as_str())).is_none_or(|old| {
                let same = Variant { price: new.price, sheet_stock: new.sheet_stock, ..old.clone() };
                same != **new
            })
        });
        let touched: BTreeSet<[&str; 1]> = pages
            .map(|variant| [variant.product.as_str()])
            .chain(effects.certificates.iter().map(|certificate| [certificate.product.as_str()]))
            .chain(repictured.iter().map(|code| [code.as_str()]))
            .collect();
        // Products of the import have their new revision already.
        let written: BTreeSet<[&str; 1]> =
            effects.products.iter().map(|product| [product.code.as_str()]).collect();
        self.execute(
            "UPDATE product SET content_rev = content_rev + 1, updated_at = $2
             WHERE code IN (SELECT value->>0 FROM json_each($1))",
            args![json(&touched.difference(&written).collect::<Vec<_>>()), now],
        )
        .await?;
        let codes: Vec<[&str; 1]> = touched.union(&written).copied().collect();
        self.execute(
            "UPDATE listing SET stale_since_at = COALESCE(stale_since_at, $2)
             WHERE product_id IN (SELECT p.id FROM json_each($1) AS named JOIN product AS p ON p.code = named.value->>0)",
            args![json(&codes), now],
        )
        .await?;
        Ok(())
    }

    async fn touched_by(&mut self, effects: &Effects) -> Result<BTreeSet<VariantId>> {
        let skus: BTreeSet<[String; 1]> = effects
            .variants
            .iter()
            .map(|variant| &variant.sku)
            .chain(effects.stock.iter().map(|figure| &figure.sku))
            .chain(effects.components.iter().flat_map(|line| [&line.bundle, &line.component]))
            .map(|sku| [sku_key(sku.as_str())])
            .collect();
        let codes: Vec<[&str; 1]> = effects.products.iter().map(|product| [product.code.as_str()]).collect();
        let rows = self
            .rows(
                "SELECT v.id FROM json_each($1) AS named JOIN variant AS v ON v.sku_key = named.value->>0
                 UNION
                 SELECT v.id FROM json_each($2) AS named JOIN product AS p ON p.code = named.value->>0
                 JOIN variant AS v ON v.product_id = p.id",
                args![json(&skus), json(&codes)],
            )
            .await?;
        rows.iter().map(|row| row.int("id").map(VariantId::new)).collect()
    }

    /// The ledger moves by what the sheet changed since the last one; what was sold meanwhile stays sold. Never below what is reserved.
    async fn import_stock(
        &mut self,
        revision: i64,
        figures: &[StockFigure],
        who: &str,
        now: Timestamp,
    ) -> Result<()> {
        let mut wanted = BTreeMap::new();
        for figure in figures {
            wanted.insert(self.variant_of_sku(figure.sku.as_str()).await?, figure);
        }
        let held = self.held(&wanted.keys().copied().collect()).await?;
        let mut movements = Vec::new();
        for (variant, figure) in wanted {
            let Some(first) = held.get(&variant).and_then(|places| places.first()) else { continue };
            let free = first.balance.on_hand.saturating_sub(first.balance.reserved).max(0);
            let units = (i64::from(figure.units) - i64::from(figure.previous.unwrap_or(0))).max(-free);
            if units == 0 {
                continue;
            }
            let kind = if figure.previous.is_none() { MovementKind::Receive } else { MovementKind::Adjust };
            let cause = format!("import/{revision}/{}", figure.sku);
            movements.push(Movement { variant, place: first.place, kind, units, cause, order: None });
        }
        self.write_movements(&movements, who, now).await?;
        Ok(())
    }

    async fn shops_with_work(&mut self, products: &BTreeSet<&str>) -> Result<Vec<ShopId>> {
        let codes: Vec<[&str; 1]> = products.iter().map(|code| [*code]).collect();
        let rows = self
            .rows(
                "SELECT DISTINCT l.shop_id FROM json_each($1) AS named JOIN product AS p ON p.code = named.value->>0
                 JOIN listing AS l ON l.product_id = p.id WHERE l.state <> 'gone'",
                args![json(&codes)],
            )
            .await?;
        rows.iter().map(|row| row.int("shop_id").map(ShopId::new)).collect()
    }
}

fn product_line(product: &Product) -> ProductLine<'_> {
    ProductLine {
        code: product.code.as_str(),
        producer: product.producer.as_str(),
        kind: product.kind.slug(),
        name: &product.name,
        search: search_key(&format!("{} {}", product.code, product.name)),
        description: &product.description,
        group: product.group.map(|group| group.slug()),
        subgroup: product.subgroup.as_deref(),
        axis1: product.axes.first().map(String::as_str),
        axis2: product.axes.get(1).map(String::as_str),
        vat: product.vat_category.map(|vat| vat.slug()),
        shelf: product.shelf_life_days,
        storage: product.storage.slug(),
        season: product.season.map(|season| season.to_string()),
        alcohol: product.alcohol_tenths,
        pictures: pictures_text(&product.pictures),
    }
}

fn variant_line(position: i64, variant: &Variant) -> VariantLine<'_> {
    let size = variant.parcel.and_then(|parcel| parcel.size_mm);
    VariantLine {
        product: variant.product.as_str(),
        position,
        sku: variant.sku.as_str(),
        key: sku_key(variant.sku.as_str()),
        gtin: variant.gtin.as_ref().map(crate::catalogue::Gtin::as_str),
        option1: variant.options.first().map(String::as_str),
        option2: variant.options.get(1).map(String::as_str),
        price: variant.price.get(),
        net_milli: variant.net_quantity.as_ref().map(|net| net.milli),
        net_unit: variant.net_quantity.as_ref().map(|net| net.unit.as_str()),
        grams: variant.parcel.map(|parcel| parcel.grams),
        length: size.map(|size| size[0]),
        width: size.map(|size| size[1]),
        height: size.map(|size| size[2]),
        description: variant.description.as_deref(),
        trace: variant.trace_url.as_deref(),
        sheet_stock: variant.sheet_stock,
    }
}

/// File names as `[["a.jpg"], …]`: the shape in which both databases read texts out of a list alike.
fn pictures_text(names: &[String]) -> String {
    serde_json::json!(names.iter().map(|name| [name]).collect::<Vec<_>>()).to_string()
}
