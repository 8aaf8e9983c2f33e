//! Refusals for the producer: which field, and what to do (spec §4.2). Their own words stand behind, in brackets.

use ganh_contract::Complaint;

/// What is to be mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mend {
    /// The catalogue's word, or that of the order's action.
    pub field: &'static str,
    pub vi: &'static str,
    pub en: &'static str,
}

impl Mend {
    pub(crate) fn complaint(&self, code: &str, theirs: &str) -> Complaint {
        let words = if theirs.trim().is_empty() { code } else { theirs.trim() };
        Complaint {
            field: Some(self.field.to_owned()),
            code: Some(code.to_owned()),
            said: format!("{} ({words}) ‖ {} ({words})", self.vi, self.en),
        }
    }
}

macro_rules! mends {
    ($($code:pat => $field:literal, $vi:literal, $en:literal;)+) => {
        /// The refusal that a code stands for; `None` for codes of other kinds and unknown ones.
        pub(crate) const fn mend_of(code: u64) -> Option<Mend> {
            match code {
                $($code => Some(Mend { field: $field, vi: $vi, en: $en }),)+
                _ => None,
            }
        }
    };
}

mends! {
    12_019_024 | 12_052_055 => "stock", "số lượng sàn không nhận: từ 1 đến 99.999; hết hàng thì tạm ẩn sản phẩm", "the channel does not take this figure: 1 to 99,999; take the product off sale when it is sold out";
    12_052_037 => "stock", "sàn tự phân bổ tồn kho, không sửa được ở đây", "the channel allots this stock by itself; it cannot be set";
    12_052_012 | 12_052_073 | 12_052_092 | 12_052_570..=12_052_572 | 12_052_084 => "price", "giá không hợp lệ: nhập số nguyên đồng trong giới hạn của sàn", "the price is not allowed: whole đồng within the channel's bounds";
    12_052_023..=12_052_025 | 12_052_230 | 12_052_217 | 12_052_220 | 12_052_221 | 12_052_223 | 12_052_225..=12_052_227 | 12_052_446 => "category", "danh mục không dùng được: chọn danh mục cuối mà gian hàng được phép bán", "this category cannot be used: choose a leaf that the shop may sell in";
    12_052_026 | 12_019_013 | 12_052_200 | 12_052_201 | 12_052_208 => "brand", "thương hiệu chưa được phép: chọn thương hiệu khác hoặc nộp giấy ủy quyền trên sàn", "the brand is not authorised: choose another or file the authorisation with the channel";
    12_052_104 | 12_052_105 | 12_052_182 | 12_052_183 | 12_052_240..=12_052_256 => "attributes", "thuộc tính hoặc giấy chứng nhận của danh mục còn thiếu hay sai: điền lại", "an attribute or certificate of the category is missing or wrong: fill it in";
    12_052_028 | 12_052_300..=12_052_306 | 12_052_520..=12_052_524 => "pictures", "ảnh thiếu hoặc không đạt: cần 1 đến 9 ảnh, cạnh 300 đến 4000 px", "pictures are missing or not accepted: 1 to 9 pictures with sides of 300 to 4000 px";
    12_038_002 | 12_038_004 | 12_038_005 | 12_038_014 | 12_038_015 | 12_019_116 => "pictures", "sàn từ chối tệp ảnh: dùng JPG hoặc PNG dưới 10 MB, cạnh 300 đến 4000 px", "the picture file was refused: JPG or PNG below 10 MB, sides of 300 to 4000 px";
    12_052_051 | 12_052_261..=12_052_263 | 12_052_931 => "title", "tên chưa đạt: 25 đến 255 ký tự, không biểu tượng, không lặp một ký tự nhiều lần", "the title is not accepted: 25 to 255 characters, no emoji, no letter repeated many times";
    12_019_006 | 12_052_013 | 12_052_015 | 12_052_056 | 12_052_340..=12_052_352 | 12_052_932 => "description", "mô tả chưa đạt: viết lại, tối đa 10.000 ký tự", "the description is not accepted: write it anew, at most 10,000 characters";
    12_052_050 | 12_052_558 | 12_052_525 | 12_052_526 | 12_052_528 | 12_052_550 | 12_052_560 => "options", "phân loại không hợp lệ: tối đa 3 nhóm, 100 phân loại, không trùng nhau", "the variants are not accepted: at most 3 option names and 100 variants, none twice";
    12_052_054 | 12_019_059 | 12_052_996 => "sku", "mã SKU không hợp lệ hoặc đã dùng: 1 đến 50 ký tự, không dấu cách", "the SKU is not accepted or taken: 1 to 50 characters without blanks";
    12_052_591 | 12_052_592 => "gtin", "mã vạch sai hoặc đã dùng cho phân loại khác", "the barcode is wrong or used by another variant";
    12_052_181 | 12_019_011 | 12_019_012 | 12_052_003..=12_052_006 | 12_052_116 | 12_052_915 | 12_052_916 => "parcel", "cân nặng hoặc kích thước kiện chưa đúng: nhập gam và ba cạnh", "weight or size of the parcel is wrong: enter grams and all three sides";
    12_052_222 => "attributes", "danh mục này không cho thu tiền khi giao: bỏ thuộc tính cod", "no cash on delivery in this category: drop the attribute cod";
    12_052_535 => "shop", "gian hàng chưa có kho trả hàng: tạo kho trả hàng trên sàn", "the shop has no return warehouse: add one at the channel";
    11_021_009..=11_021_025 | 21_042_067 => "parcel", "đơn vị vận chuyển không nhận: kiểm tra địa chỉ, kích thước và cân nặng kiện", "the carrier refuses: check address, size and weight of the parcel";
    21_011_022 | 21_011_025 | 21_034_012 | 11_028_006 | 21_011_004 | 21_011_043 | 21_011_050 | 21_011_051 => "tracking", "mã vận đơn hoặc hãng vận chuyển không đúng, đã dùng hoặc không sửa được nữa", "tracking number or carrier is wrong, used already or can no longer be changed";
    25_001_014 | 25_001_015 | 25_001_020 | 25_001_021 | 25_005_010 => "reason", "lý do không hợp lệ với đơn này: chọn lý do trong danh sách của sàn; chỉ hủy được cả đơn", "the reason is not for this order: choose one that the channel lists; only whole orders can be cancelled";
    36_004_004 | 36_004_005 | 36_004_001 | 98_001_004..=98_001_006 => "code", "mã ủy quyền sai, đã dùng hoặc quá 30 phút: xin người bán đồng ý lại", "the code is wrong, used or older than 30 minutes: ask the seller to consent again";
}

/// Fields as a validation message names them: `Skus is a required field …` (§1.4).
const NAMES: &[(&str, &str)] = &[
    ("mainimages", "pictures"),
    ("main_images", "pictures"),
    ("image", "pictures"),
    ("title", "title"),
    ("description", "description"),
    ("category", "category"),
    ("brand", "brand"),
    ("attribute", "attributes"),
    ("weight", "parcel"),
    ("dimension", "parcel"),
    ("price", "price"),
    ("inventory", "stock"),
    ("quantity", "stock"),
    ("seller_sku", "sku"),
    ("sellersku", "sku"),
    ("skus", "options"),
    ("reason", "reason"),
    ("tracking", "tracking"),
];

/// Our word for the field that the message names, if it names one.
pub(crate) fn field_in(message: &str) -> Option<String> {
    let message = message.to_lowercase();
    NAMES.iter().find(|(part, _)| message.contains(part)).map(|(_, field)| (*field).to_owned())
}
