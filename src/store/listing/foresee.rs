//! What a shop's offers would show if its plan were approved now: approving is done and undone, so the answer cannot differ from the deed.

use super::page::ListingPage;
use crate::ids::{ProductId, ShopId, VariantId};
use crate::listing::Figures;
use crate::store::Store;
use crate::store::error::{Result, StoreError};
use crate::store::recompute::Because;
use crate::store::tx::args;
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap};

impl Store {
    /// The figures that these products' offers would show in the shop. Nothing is kept: the transaction is never committed.
    pub async fn foresee_shop(
        &self,
        shop: ShopId,
        products: &[ProductId],
        now: Timestamp,
    ) -> Result<HashMap<VariantId, Figures>> {
        let products: Vec<i64> = products.iter().map(|product| product.get()).collect();
        let mut tx = self.write_alone().await?;
        tx.want_in_shop(shop, &products, now).await?;
        tx.want_offers_of_products(&products, now).await?;
        let variants = tx.variants_of_products(&products).await?;
        tx.lock_pools(&variants).await?;
        tx.recompute(&variants, &BTreeMap::new(), Because::Edit, now).await?;
        // Walks index offer_shop.
        let rows = tx
            .rows(
                "SELECT variant_id, desired_price, desired_stock, desired_on_sale FROM offer WHERE shop_id = $1",
                args![shop],
            )
            .await?;
        rows.iter()
            .map(|row| {
                let figures = Figures {
                    price: row.vnd("desired_price")?,
                    stock: row.units("desired_stock")?,
                    on_sale: row.flag("desired_on_sale")?,
                };
                Ok((VariantId::new(row.int("variant_id")?), figures))
            })
            .collect()
    }

    /// A product's page with these figures. Errors: `NotFound`.
    pub async fn foreseen_page(
        &self,
        product: ProductId,
        figures: &HashMap<VariantId, Figures>,
        now: Timestamp,
    ) -> Result<ListingPage> {
        let figures = figures
            .iter()
            .map(|(variant, figures)| (variant.get(), (figures.price, figures.stock)))
            .collect();
        let page = self.page_of(product, &figures, now).await?;
        page.ok_or_else(|| StoreError::NotFound(format!("product {product}")))
    }
}
