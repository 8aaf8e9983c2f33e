//! Which listings there should be: every product in every driven shop that sells its producer's goods.

use crate::catalogue::Variant;
use crate::catalogue::text::sku_key;
use crate::ids::ShopId;
use crate::store::error::Result;
use crate::store::tx::{Tx, args, json};
use jiff::Timestamp;

impl Tx {
    /// Wants new products in every active or paused shop that takes them. Says how many listings are new.
    pub(in crate::store) async fn want_listings(&mut self, products: &[i64], now: Timestamp) -> Result<u64> {
        if products.is_empty() {
            return Ok(0);
        }
        // The code as `listing::draft::listing_code` makes it: a single variant's SKU, else the product's code.
        self.execute(
            "INSERT INTO listing (shop_id, product_id, code, state, created_at, updated_at)
             SELECT s.id, p.id,
                 CASE WHEN (SELECT count(*) FROM variant AS v WHERE v.product_id = p.id) = 1
                     THEN (SELECT v.sku FROM variant AS v WHERE v.product_id = p.id) ELSE p.code END,
                 'wanted', $2, $2
             FROM json_each($1) AS named JOIN product AS p ON p.id = CAST(named.value AS BIGINT)
             JOIN shop AS s ON s.state IN ('active', 'paused') AND (s.producer_id IS NULL OR s.producer_id = p.producer_id)
             WHERE true ORDER BY s.id, p.id
             ON CONFLICT (shop_id, product_id) DO NOTHING",
            args![json(products), now],
        )
        .await
    }

    /// Wants products in one shop, whatever its state. Listings that exist are left alone.
    pub(in crate::store) async fn want_in_shop(
        &mut self,
        shop: ShopId,
        products: &[i64],
        now: Timestamp,
    ) -> Result<u64> {
        self.execute(
            "INSERT INTO listing (shop_id, product_id, code, state, created_at, updated_at)
             SELECT $3, p.id,
                 CASE WHEN (SELECT count(*) FROM variant AS v WHERE v.product_id = p.id) = 1
                     THEN (SELECT v.sku FROM variant AS v WHERE v.product_id = p.id) ELSE p.code END,
                 'wanted', $2, $2
             FROM json_each($1) AS named JOIN product AS p ON p.id = CAST(named.value AS BIGINT) WHERE true ORDER BY p.id
             ON CONFLICT (shop_id, product_id) DO NOTHING",
            args![json(products), now, shop],
        )
        .await
    }

    /// Gives the variants of these products an offer in every listing of theirs; figures come with the next recomputation.
    pub(in crate::store) async fn want_offers_of_products(
        &mut self,
        products: &[i64],
        now: Timestamp,
    ) -> Result<()> {
        // Walks the indexes listing_product and variant_product.
        self.execute(
            "INSERT INTO offer (listing_id, shop_id, variant_id, desired_price, desired_stock, desired_on_sale, stock_based_at,
                 dirty_since_at, harm, updated_at)
             SELECT l.id, l.shop_id, v.id, v.price_vnd, 0, 1, $2, $2, 4, $2
             FROM json_each($1) AS named JOIN listing AS l ON l.product_id = CAST(named.value AS BIGINT)
             JOIN variant AS v ON v.product_id = l.product_id WHERE l.state <> 'gone' ORDER BY l.id, v.position, v.id
             ON CONFLICT (listing_id, variant_id) DO NOTHING",
            args![json(products), now],
        )
        .await?;
        Ok(())
    }

    pub(in crate::store) async fn want_offers(&mut self, variants: &[Variant], now: Timestamp) -> Result<()> {
        let skus: Vec<[String; 1]> = variants.iter().map(|variant| [sku_key(variant.sku.as_str())]).collect();
        let rows = self
            .rows(
                "SELECT DISTINCT v.product_id FROM json_each($1) AS named JOIN variant AS v ON v.sku_key = named.value->>0",
                args![json(&skus)],
            )
            .await?;
        let products: Vec<i64> = rows.iter().map(|row| row.int("product_id")).collect::<Result<_>>()?;
        self.want_offers_of_products(&products, now).await
    }
}
