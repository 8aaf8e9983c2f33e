//! A product's page: all that a listing shows of a product, gathered from the catalogue by whoever asks for a draft; and its label block.
//!
//! Source of the block: DOMAIN §6 (Decree 85/2021 asks an online listing for the mandatory label contents except dates and lots).

use crate::catalogue::text::search_key;
use crate::catalogue::{Gtin, NetQuantity, OcopGroup, Parcel, ProductCode, ProductKind, Storage};
use crate::ids::VariantId;
use ganh_contract::{Sku, Vnd};
use jiff::civil::Date;

/// A product as a listing shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductPage {
    pub code: ProductCode,
    pub kind: ProductKind,
    pub name: String,
    pub description: String,
    pub group: Option<OcopGroup>,
    pub axes: Vec<String>,
    pub producer_name: String,
    pub producer_address: Option<String>,
    /// Where it is made, as a label says it: a province or more.
    pub origin: Option<String>,
    /// Days from production; `None` = does not spoil.
    pub shelf_life_days: Option<u32>,
    pub storage: Storage,
    /// Tenths of a percent by volume.
    pub alcohol_tenths: Option<u16>,
    /// The certificate whose stars may be shown today; `None` takes the stars out of title and description.
    pub certificate: Option<ShownCertificate>,
    pub variants: Vec<PageVariant>,
}

/// A certificate in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownCertificate {
    pub stars: u8,
    pub number: Option<String>,
    pub valid_to: Option<Date>,
}

/// A variant as a listing shows it. `price` and `stock` are this shop's figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageVariant {
    pub id: VariantId,
    pub sku: Sku,
    pub gtin: Option<Gtin>,
    pub options: Vec<String>,
    pub net_quantity: Option<NetQuantity>,
    pub parcel: Option<Parcel>,
    pub price: Vnd,
    pub stock: u32,
}

impl ProductPage {
    /// True for what people eat, drink or take: the label contents are mandatory and cures may not be promised.
    pub const fn is_ingested(&self) -> bool {
        match self.group {
            Some(OcopGroup::Food | OcopGroup::Beverage | OcopGroup::Herbal) => true,
            Some(OcopGroup::Handicraft | OcopGroup::Ornamental | OcopGroup::Tourism) | None => false,
        }
    }

    /// The lines of the label block that the description does not already hold, in the order of a label.
    pub fn label_block(&self) -> Vec<String> {
        let said = format!("\n{}", self.description.lines().map(search_key).collect::<Vec<_>>().join("\n"));
        let block = [
            ("Tên sản phẩm", Some(self.name.clone())),
            ("Đơn vị chịu trách nhiệm", self.responsible()),
            ("Xuất xứ", self.origin.clone()),
            ("Khối lượng/thể tích thực", self.net_quantities()),
            (
                "Nồng độ cồn",
                self.alcohol_tenths.map(|tenths| format!("{},{} % thể tích", tenths / 10, tenths % 10)),
            ),
            ("Hạn sử dụng", self.shelf_life_days.map(shelf_life)),
            ("Bảo quản", Some(storage(self.storage).to_owned()).filter(|_| self.is_ingested())),
            ("Cảnh báo", self.warning()),
            ("Chứng nhận OCOP", self.certificate.as_ref().map(ShownCertificate::line)),
        ];
        block
            .into_iter()
            .filter(|(label, _)| !said.contains(&format!("\n{}:", search_key(label))))
            .filter_map(|(label, text)| text.map(|text| format!("{label}: {text}")))
            .collect()
    }

    fn responsible(&self) -> Option<String> {
        let name = self.producer_name.trim();
        match &self.producer_address {
            _ if name.is_empty() => None,
            Some(address) => Some(format!("{name}, {address}")),
            None => Some(name.to_owned()),
        }
    }

    fn net_quantities(&self) -> Option<String> {
        let mut amounts: Vec<String> = Vec::new();
        for amount in self.variants.iter().filter_map(|variant| variant.net_quantity.as_ref()) {
            let amount = amount.to_string();
            if !amounts.contains(&amount) {
                amounts.push(amount);
            }
        }
        Some(amounts.join("; ")).filter(|text| !text.is_empty())
    }

    fn warning(&self) -> Option<String> {
        // Law 44/2019 on alcohol, as DOMAIN §8 tells it
        let alcohol = "người dưới 18 tuổi không được uống rượu, bia; không điều khiển phương tiện giao thông sau khi uống";
        self.alcohol_tenths.filter(|tenths| *tenths > 0).map(|_| alcohol.to_owned())
    }
}

impl ShownCertificate {
    fn line(&self) -> String {
        let number = self.number.as_ref().map(|number| format!(", số {number}")).unwrap_or_default();
        let until = self
            .valid_to
            .map(|date| format!(", hiệu lực đến {:02}/{:02}/{}", date.day(), date.month(), date.year()))
            .unwrap_or_default();
        format!("{} sao{number}{until}", self.stars)
    }
}

fn shelf_life(days: u32) -> String {
    let span = if days >= 60 && days.is_multiple_of(30) {
        format!("{} tháng", days / 30)
    } else {
        format!("{days} ngày")
    };
    format!("{span} kể từ ngày sản xuất (ngày sản xuất và số lô in trên bao bì)")
}

const fn storage(storage: Storage) -> &'static str {
    match storage {
        Storage::Ambient => "nơi khô ráo, thoáng mát, tránh nắng",
        Storage::Chilled => "ngăn mát 0–4 °C",
        Storage::Frozen => "ngăn đông −18 °C hoặc lạnh hơn",
    }
}
