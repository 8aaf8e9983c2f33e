//! The catalogue for people: pages by key, search by folded text.

use super::existing;
use crate::catalogue::text::search_key;
use crate::catalogue::{Producer, Product, Variant};
use crate::ids::{ProducerId, ProductId, VariantId};
use crate::store::Store;
use crate::store::error::{Result, StoreError};
use crate::store::tx::{args, json};
use jiff::Timestamp;
use serde::Serialize;

/// A producer with its id.
#[derive(Debug, Clone)]
pub struct ProducerRow {
    pub id: ProducerId,
    pub producer: Producer,
    pub products: i64,
}

/// A product with its variants.
#[derive(Debug, Clone, Serialize)]
pub struct ProductRow {
    pub id: ProductId,
    pub product: Product,
    pub content_rev: i64,
    pub stopped: bool,
    pub variants: Vec<VariantRow>,
}

/// A variant with its id.
#[derive(Debug, Clone, Serialize)]
pub struct VariantRow {
    pub id: VariantId,
    pub variant: Variant,
}

impl Store {
    /// Adds producers, or brings those with the same code to these facts; each gets a first place for its stock.
    pub async fn put_producers(&self, producers: &[Producer], now: Timestamp) -> Result<()> {
        let mut tx = self.write().await?;
        tx.put_producers(&self.keys(), producers, now).await?;
        tx.execute("UPDATE catalogue_revision SET revision = revision + 1 WHERE one = 1", args![]).await?;
        tx.commit().await
    }

    /// All producers, by code.
    pub async fn producers(&self) -> Result<Vec<ProducerRow>> {
        let keys = self.keys();
        // Walks index product_producer for the counts.
        let rows = self
            .read()
            .rows(
                "SELECT id, code, name, kind, province_code_old, province_code_new, commune_code_new, commune_new, address_old,
                     tax_id_sealed, (SELECT count(*) FROM product AS p WHERE p.producer_id = producer.id) AS products
                 FROM producer ORDER BY code",
                args![],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(ProducerRow {
                    id: ProducerId::new(row.int("id")?),
                    producer: existing::producer(&keys, row)?,
                    products: row.int("products")?,
                })
            })
            .collect()
    }

    /// The producer with this code. Errors: `NotFound`.
    pub async fn producer_by_code(&self, code: &str) -> Result<ProducerId> {
        let row = self.read().find("SELECT id FROM producer WHERE code = $1", args![code]).await?;
        Ok(ProducerId::new(row.ok_or_else(|| StoreError::NotFound(format!("producer {code}")))?.int("id")?))
    }

    /// Products above `after`, by id; of one producer or of all; whose code or name holds `text`, folded.
    pub async fn products_page(
        &self,
        producer: Option<ProducerId>,
        text: &str,
        after: Option<ProductId>,
        limit: usize,
    ) -> Result<Vec<ProductRow>> {
        let like = format!("%{}%", search_key(text).replace(['%', '_'], ""));
        let rows = self
            .read()
            .rows(
                "SELECT p.id, p.code, r.code AS producer, p.kind, p.name, p.description, p.ocop_group, p.ocop_subgroup, p.axis1,
                     p.axis2, p.vat_category, p.shelf_life_days, p.storage, p.season, p.alcohol_tenths, p.pictures,
                     p.content_rev, p.stopped
                 FROM product AS p JOIN producer AS r ON r.id = p.producer_id
                 WHERE p.id > $1 AND p.producer_id = COALESCE($2, p.producer_id) AND p.search_key LIKE $3
                 ORDER BY p.id LIMIT $4",
                args![after.map_or(0, ProductId::get), producer, like, limit],
            )
            .await?;
        let mut products = Vec::with_capacity(rows.len());
        for row in &rows {
            products.push(ProductRow {
                id: ProductId::new(row.int("id")?),
                product: existing::product(row)?,
                content_rev: row.int("content_rev")?,
                stopped: row.flag("stopped")?,
                variants: Vec::new(),
            });
        }
        let ids: Vec<i64> = products.iter().map(|product| product.id.get()).collect();
        // Walks index variant_product.
        let rows = self
            .read()
            .rows(
                "SELECT v.id, v.product_id, p.code, v.sku, v.gtin, v.option1, v.option2, v.price_vnd, v.sheet_stock, v.net_milli,
                     v.net_unit, v.grams, v.length_mm, v.width_mm, v.height_mm, v.description, v.trace_url
                 FROM json_each($1) AS named JOIN variant AS v ON v.product_id = CAST(named.value AS BIGINT)
                 JOIN product AS p ON p.id = v.product_id ORDER BY v.product_id, v.position, v.id",
                args![json(&ids)],
            )
            .await?;
        for row in &rows {
            let product = ProductId::new(row.int("product_id")?);
            if let Ok(index) = products.binary_search_by_key(&product, |product| product.id) {
                products[index].variants.push(VariantRow {
                    id: VariantId::new(row.int("id")?),
                    variant: existing::variant(row)?,
                });
            }
        }
        Ok(products)
    }
}
