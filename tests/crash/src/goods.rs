//! A catalogue that grows while the daemon is killed: sheets as a producer writes them.

/// One product with one variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Good {
    pub sku: String,
    /// Đồng.
    pub price: i64,
}

const HEADER: &str = "product_code,sku,kind,producer_code,producer_name,producer_kind,name,ocop_group,ocop_subgroup,net_quantity,net_unit,\
                      weight_g,length_cm,width_cm,height_cm,price_vnd,stock,description,images";

impl Good {
    /// The good of this number.
    pub fn numbered(number: u64) -> Self {
        let price = 90_000 + i64::try_from(number % 40).unwrap_or(0) * 5_000;
        Self { sku: format!("GIO-{number:04}"), price }
    }

    /// A sheet of this good. `is_new`: a new good needs a figure, so it begins with none; else the column stays empty. Units come with papers,
    /// so that a repeated import counts nothing.
    pub fn sheet(&self, is_new: bool) -> String {
        let Self { sku, price } = self;
        let stock = if is_new { "0" } else { "" };
        format!(
            "{HEADER}\n\
             P-{sku},{sku},single,TB09,Công ty cói mỹ nghệ Tây An,company,Giỏ cói đan tay quai da {sku},handicraft,craft.household,1,cái,\
             420,30,14,24,{price},{stock},\"Giỏ cói đan tay, lót vải thô, quai da tổng hợp. Chất liệu: cói tự nhiên, vải, da tổng hợp. \
             Bảo quản: nơi khô ráo, thoáng mát, tránh nắng. Nơi sản xuất: tỉnh Hưng Yên.\",thu-cong.jpg\n"
        )
    }
}

/// Who makes them.
pub const PRODUCERS: &str = "producer_code,name,kind,province_code_old,province_code_new,commune_new,address_old\n\
    TB09,Công ty cói mỹ nghệ Tây An,company,34,33,Xã Tây An,\"huyện Tiền Hải, tỉnh Thái Bình\"\n";
