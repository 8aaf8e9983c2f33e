//! What an import is planned against.

use crate::catalogue::{
    BundleComponent, Certificate, Existing, Gtin, NetQuantity, OcopGroup, Parcel, Producer, ProducerCode,
    ProducerKind, Product, ProductCode, ProductKind, Season, Stars, Storage, TaxId, Variant, VatCategory,
};
use crate::store::Store;
use crate::store::error::{Result, StoreError};
use crate::store::keys::{Keys, Place};
use crate::store::tx::{Row, args};
use ganh_contract::Sku;
use jiff::civil::Date;

impl Store {
    /// The whole catalogue as it is now, with its revision, read in one transaction. Tax numbers come in clear.
    pub async fn existing_for_import(&self) -> Result<Existing> {
        let keys = self.keys();
        let mut tx = self.write_alone().await?;
        let revision = tx.find("SELECT revision FROM catalogue_revision WHERE one = 1", args![]).await?;
        let producers = tx
            .rows(
                "SELECT code, name, kind, province_code_old, province_code_new, commune_code_new, commune_new, address_old,
                     tax_id_sealed FROM producer ORDER BY id",
                args![],
            )
            .await?;
        let products = tx
            .rows(
                "SELECT p.code, r.code AS producer, p.kind, p.name, p.description, p.ocop_group, p.ocop_subgroup, p.axis1,
                     p.axis2, p.vat_category, p.shelf_life_days, p.storage, p.season, p.alcohol_tenths, p.pictures
                 FROM product AS p JOIN producer AS r ON r.id = p.producer_id ORDER BY p.id",
                args![],
            )
            .await?;
        let variants = tx
            .rows(
                "SELECT p.code, v.sku, v.gtin, v.option1, v.option2, v.price_vnd, v.sheet_stock, v.net_milli, v.net_unit,
                     v.grams, v.length_mm, v.width_mm, v.height_mm, v.description, v.trace_url
                 FROM variant AS v JOIN product AS p ON p.id = v.product_id ORDER BY v.product_id, v.position, v.id",
                args![],
            )
            .await?;
        let certificates = tx
            .rows(
                "SELECT p.code, c.number, c.stars, c.pending_five, c.decided_on, c.valid_to, c.province_printed
                 FROM certificate AS c JOIN product AS p ON p.id = c.product_id ORDER BY c.id",
                args![],
            )
            .await?;
        let components = tx
            .rows(
                "SELECT b.sku AS bundle, c.sku AS component, k.quantity
                 FROM bundle_component AS k JOIN variant AS b ON b.id = k.bundle_id JOIN variant AS c ON c.id = k.component_id
                 ORDER BY k.bundle_id, k.component_id",
                args![],
            )
            .await?;
        Ok(Existing {
            revision: revision.map_or(Ok(0), |row| row.int("revision"))?,
            producers: producers.iter().map(|row| producer(&keys, row)).collect::<Result<_>>()?,
            products: products.iter().map(product).collect::<Result<_>>()?,
            variants: variants.iter().map(variant).collect::<Result<_>>()?,
            certificates: certificates.iter().map(certificate).collect::<Result<_>>()?,
            components: components.iter().map(component).collect::<Result<_>>()?,
        })
    }
}

pub fn known<T>(word: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T> {
    parse(word).ok_or_else(|| StoreError::Corrupt(format!("the catalogue holds the word {word}")))
}

pub fn producer(keys: &Keys, row: &Row) -> Result<Producer> {
    let code = row.text("code")?;
    let sealed = row.find_bytes("tax_id_sealed")?;
    let tax_id = sealed
        .map(|sealed| keys.unseal_text(&Place("producer", "tax_id_sealed", &code), &sealed))
        .transpose()?;
    Ok(Producer {
        name: row.text("name")?,
        kind: known(&row.text("kind")?, ProducerKind::from_slug)?,
        province_code_old: row.find_text("province_code_old")?,
        province_code_new: row.find_text("province_code_new")?,
        commune_code_new: row.find_text("commune_code_new")?,
        commune_new: row.find_text("commune_new")?,
        address_old: row.find_text("address_old")?,
        tax_id: match tax_id {
            Some(text) => Some(
                TaxId::parse(&text).ok_or_else(|| StoreError::Corrupt(format!("tax number of {code}")))?,
            ),
            None => None,
        },
        code: ProducerCode::new(code),
    })
}

pub fn product(row: &Row) -> Result<Product> {
    let find = |column: &str| row.find_text(column);
    Ok(Product {
        code: ProductCode::new(row.text("code")?),
        producer: ProducerCode::new(row.text("producer")?),
        kind: known(&row.text("kind")?, ProductKind::from_slug)?,
        name: row.text("name")?,
        description: row.text("description")?,
        group: find("ocop_group")?.map(|word| known(&word, OcopGroup::from_slug)).transpose()?,
        subgroup: find("ocop_subgroup")?,
        axes: [find("axis1")?, find("axis2")?].into_iter().flatten().collect(),
        vat_category: find("vat_category")?.map(|word| known(&word, VatCategory::from_slug)).transpose()?,
        shelf_life_days: row.find_units("shelf_life_days")?,
        storage: known(&row.text("storage")?, Storage::from_slug)?,
        season: find("season")?.map(|word| known(&word, Season::parse)).transpose()?,
        alcohol_tenths: row.find_int("alcohol_tenths")?.and_then(|tenths| u16::try_from(tenths).ok()),
        pictures: row.json::<Vec<[String; 1]>>("pictures")?.into_iter().map(|[name]| name).collect(),
    })
}

pub fn variant(row: &Row) -> Result<Variant> {
    let side = |column: &str| row.find_units(column);
    let size_mm = match (side("length_mm")?, side("width_mm")?, side("height_mm")?) {
        (Some(length), Some(width), Some(height)) => Some([length, width, height]),
        _ => None,
    };
    Ok(Variant {
        product: ProductCode::new(row.text("code")?),
        sku: Sku::new(row.text("sku")?),
        gtin: row.find_text("gtin")?.and_then(|digits| Gtin::new(&digits)),
        options: [row.find_text("option1")?, row.find_text("option2")?].into_iter().flatten().collect(),
        price: row.vnd("price_vnd")?,
        sheet_stock: row.find_units("sheet_stock")?,
        net_quantity: match (row.find_int("net_milli")?, row.find_text("net_unit")?) {
            (Some(milli), Some(unit)) => Some(NetQuantity { milli: u64::try_from(milli).unwrap_or(0), unit }),
            _ => None,
        },
        parcel: row.find_units("grams")?.map(|grams| Parcel { grams, size_mm }),
        description: row.find_text("description")?,
        trace_url: row.find_text("trace_url")?,
    })
}

pub fn certificate(row: &Row) -> Result<Certificate> {
    let date = |column: &str| -> Result<Option<Date>> {
        row.find_text(column)?.map(|text| known(&text, |text| text.parse().ok())).transpose()
    };
    let stars = row.int("stars")?;
    Ok(Certificate {
        product: ProductCode::new(row.text("code")?),
        number: row.find_text("number")?,
        stars: u8::try_from(stars)
            .ok()
            .and_then(Stars::new)
            .ok_or_else(|| StoreError::Corrupt(format!("{stars} stars")))?,
        pending_five: row.flag("pending_five")?,
        decided_on: date("decided_on")?,
        valid_to: date("valid_to")?,
        province_printed: row.find_text("province_printed")?,
    })
}

fn component(row: &Row) -> Result<BundleComponent> {
    Ok(BundleComponent {
        bundle: Sku::new(row.text("bundle")?),
        component: Sku::new(row.text("component")?),
        quantity: row.units("quantity")?,
    })
}
