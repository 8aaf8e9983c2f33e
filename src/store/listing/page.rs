//! All that a listing's page is drafted from: the product, its producer, the certificate of the day, this shop's figures, the pictures.

use crate::catalogue::province;
use crate::ids::{ListingId, ProductId};
use crate::listing::{PageVariant, ProductPage, ShownCertificate};
use crate::store::Store;
use crate::store::catalogue::{PictureRow, existing};
use crate::store::error::{Result, StoreError};
use crate::store::tx::args;
use ganh_contract::Vnd;
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use std::collections::HashMap;

/// What a draft is made from.
#[derive(Debug, Clone)]
pub struct ListingPage {
    pub product: ProductPage,
    /// OCOP sub-group as a slug; decides the category.
    pub subgroup: Option<String>,
    pub pictures: Vec<PictureRow>,
    /// The product's page that this is.
    pub content_rev: i64,
}

impl Store {
    /// The page of one listing as of `now`; its day, at +07:00, decides which stars may be shown. Errors: `NotFound`.
    pub async fn listing_page(&self, id: ListingId, now: Timestamp) -> Result<ListingPage> {
        let missing = || StoreError::NotFound(format!("listing {id}"));
        let offers = self
            .read()
            .rows(
                // Nobody reckons with what a listing shows before it is linked, and a review may take days: in strict allocation it is
                // made without units, and they follow as a raise, within what the other shops have let go (I7).
                "SELECT l.product_id, o.variant_id, o.desired_price,
                     CASE WHEN o.strict = 1 THEN 0 ELSE o.desired_stock END AS desired_stock
                 FROM listing AS l JOIN offer AS o ON o.listing_id = l.id WHERE l.id = $1",
                args![id],
            )
            .await?;
        let product = ProductId::new(offers.first().ok_or_else(missing)?.int("product_id")?);
        let mut figures = HashMap::new();
        for row in &offers {
            figures.insert(
                row.int("variant_id")?,
                (Vnd(row.int("desired_price")?), row.units("desired_stock")?),
            );
        }
        self.page_of(product, &figures, now).await?.ok_or_else(missing)
    }

    /// The page of a product whose variants show these prices and units; variants without any are left out.
    pub(super) async fn page_of(
        &self,
        product: ProductId,
        figures: &HashMap<i64, (Vnd, u32)>,
        now: Timestamp,
    ) -> Result<Option<ListingPage>> {
        let before = ProductId::new(product.get() - 1);
        let mut products = self.products_page(None, "", Some(before), 1).await?;
        let Some(row) = products.pop().filter(|row| row.id == product) else { return Ok(None) };
        let (producer_name, producer_address, origin) = self.maker(product).await?;
        let today = now.to_zoned(TimeZone::fixed(Offset::constant(7))).date();
        let certificates = self
            .read()
            .rows(
                "SELECT p.code, c.number, c.stars, c.pending_five, c.decided_on, c.valid_to, c.province_printed
                 FROM certificate AS c JOIN product AS p ON p.id = c.product_id WHERE c.product_id = $1
                 ORDER BY c.decided_on DESC, c.id DESC",
                args![product],
            )
            .await?;
        let mut certificate = None;
        for row in &certificates {
            let stored = existing::certificate(row)?;
            if let (None, Some(stars)) = (&certificate, stored.stars_to_show(today)) {
                certificate = Some(ShownCertificate {
                    stars: stars.get(),
                    number: stored.number,
                    valid_to: stored.valid_to,
                });
            }
        }
        let first_words = row.variants.first().and_then(|first| first.variant.description.clone());
        let description = if row.product.description.is_empty() {
            first_words.unwrap_or_default()
        } else {
            row.product.description.clone()
        };
        let variants = row
            .variants
            .into_iter()
            .filter_map(|row| {
                let (price, stock) = figures.get(&row.id.get()).copied()?;
                let variant = row.variant;
                Some(PageVariant {
                    id: row.id,
                    sku: variant.sku,
                    gtin: variant.gtin,
                    options: variant.options,
                    net_quantity: variant.net_quantity,
                    parcel: variant.parcel,
                    price,
                    stock,
                })
            })
            .collect();
        let pictures = self.pictures_of(product).await?;
        let subgroup = row.product.subgroup.clone();
        let page = ProductPage {
            code: row.product.code,
            kind: row.product.kind,
            name: row.product.name,
            description,
            group: row.product.group,
            axes: row.product.axes,
            producer_name,
            producer_address,
            origin,
            shelf_life_days: row.product.shelf_life_days,
            storage: row.product.storage,
            alcohol_tenths: row.product.alcohol_tenths,
            certificate,
            variants,
        };
        Ok(Some(ListingPage { product: page, subgroup, pictures, content_rev: row.content_rev }))
    }

    /// Name and address of who answers for a product, and where it comes from.
    async fn maker(&self, product: ProductId) -> Result<(String, Option<String>, Option<String>)> {
        let row = self
            .read()
            .find(
                "SELECT r.name, r.address_old, r.province_code_new FROM product AS p JOIN producer AS r ON r.id = p.producer_id
                 WHERE p.id = $1",
                args![product],
            )
            .await?
            .ok_or_else(|| StoreError::NotFound(format!("product {product}")))?;
        let origin =
            row.find_text("province_code_new")?.and_then(|code| province::name_new(&code)).map(str::to_owned);
        Ok((row.text("name")?, row.find_text("address_old")?, origin))
    }
}
