//! Which field of ours a complaint is about, and how it is mended, in the producer's language and in English.

use ganh_contract::Complaint;

/// Number → our field, the mend in Vietnamese and in English (spec §1.7, §4.6; read 2026-11-25).
const MENDS: &[(&[u32], &str, &str, &str)] = &[
    (
        &[4160],
        "title",
        "Tên dài quá 255 byte, hãy rút ngắn",
        "The title is longer than 255 bytes: shorten it",
    ),
    (&[4120], "attributes", "Một giá trị thuộc tính quá dài", "An attribute's value is too long: shorten it"),
    (
        &[4108, 4110, 4125, 4167],
        "attributes",
        "Thiếu thuộc tính bắt buộc của danh mục",
        "An attribute that the category requires is missing: fill it in",
    ),
    (
        &[4115, 4140],
        "attributes",
        "Giá trị không có trong danh sách của danh mục",
        "The value is not in the category's list: choose one of it",
    ),
    (
        &[4129],
        "attributes",
        "Có ký tự bị cấm (\" ^ ~ < > |), hãy bỏ đi",
        "A forbidden character (\" ^ ~ < > |) is used: remove it",
    ),
    (
        &[4123, 4124, 4131, 4151, 4163, 4221],
        "title",
        "Nội dung vi phạm chính sách của sàn, hãy sửa tên và mô tả",
        "The marketplace's policy forbids this content: change title and description",
    ),
    (&[4104], "price", "Giá phải là số đồng chẵn", "The price must be whole đồng"),
    (&[4114, 4118], "price", "Giá phải lớn hơn 0", "The price must be above 0"),
    (
        &[4117, 4119, 4121, 4157],
        "price",
        "Giá khuyến mãi không hợp lệ: phải thấp hơn giá bán và đúng thời gian",
        "The sale price is not allowed: it must be below the price and its dates in order",
    ),
    (
        &[10_006],
        "price",
        "Sàn đang giới hạn mức giá này",
        "The marketplace controls this price: choose another",
    ),
    (&[212, 4152], "stock", "Số lượng không hợp lệ", "The quantity is not allowed"),
    (
        &[57, 201, 512, 4134, 4227, 4228],
        "category",
        "Danh mục không dùng được, hãy chọn danh mục khác",
        "The category cannot be used: choose another one",
    ),
    (
        &[4130, 4142, 4156, 4168],
        "brand",
        "Thương hiệu không được phép trong danh mục này",
        "The brand is not allowed in this category: choose another one",
    ),
    (&[4139], "pictures", "Cần ít nhất một ảnh", "At least one picture is needed"),
    (
        &[203, 4116, 4153, 4158, 4169],
        "pictures",
        "Số ảnh hoặc cách gán ảnh không hợp lệ (tối đa 8, không trùng)",
        "The pictures are not allowed as they are (at most 8, none twice)",
    ),
    (
        &[300, 301, 302, 303, 304],
        "pictures",
        "Ảnh không dùng được: JPG hoặc PNG, 330 đến 5000 px, dưới 1 MB",
        "The picture cannot be used: JPG or PNG, 330 to 5000 px, below 1 MB",
    ),
    (
        &[4149, 4164, 4165],
        "parcel",
        "Kiện hàng phải nhẹ hơn 40 kg và dài + rộng + cao dưới 300 cm",
        "The parcel must weigh at most 40 kg, its length + width + height be at most 300 cm",
    ),
    (&[4150], "sku", "Mã SKU không hợp lệ", "The SKU is not allowed"),
    (
        &[4109, 4112, 4113, 4143, 4144, 4145, 209],
        "options",
        "Phân loại không hợp lệ hoặc trùng nhau",
        "The options do not fit their axes or are there twice",
    ),
    (&[4148], "shop", "Gian hàng đã đủ số sản phẩm cho phép", "The shop has reached its number of products"),
    (
        &[102, 104, 106, 115, 116, 117, 118, 122, 123, 124],
        "reason",
        "Không thể hủy lúc này hoặc với lý do này",
        "It cannot be cancelled now or for this reason",
    ),
];

/// Words in field names and messages → our field. The first match wins.
const WORDS: &[(&str, &str)] = &[
    ("short_description", "description"),
    ("description", "description"),
    ("primarycategory", "category"),
    ("category", "category"),
    ("brand", "brand"),
    ("image", "pictures"),
    ("special", "price"),
    ("price", "price"),
    ("quantity", "stock"),
    ("inv_param", "stock"),
    ("stock", "stock"),
    ("package_", "parcel"),
    ("weight", "parcel"),
    ("variation", "options"),
    ("saleprop", "options"),
    ("sale_prop", "options"),
    ("sellersku", "sku"),
    ("seller sku", "sku"),
    ("seller_sku", "sku"),
    ("title", "title"),
    ("name", "title"),
    ("attribute", "attributes"),
    ("code", "code"),
];

/// One complaint: our field, their code, the mend in both languages with their words behind it.
pub(crate) fn complaint(number: Option<u32>, code: &str, message: &str, field: &str) -> Complaint {
    let mend = number.and_then(|number| MENDS.iter().find(|(numbers, ..)| numbers.contains(&number)));
    let words = if message.is_empty() { code } else { message };
    let (named, said) = match mend {
        Some((_, field, vi, en)) => (Some((*field).to_owned()), format!("{vi} ({words}) ‖ {en} ({words})")),
        None => (None, words.to_owned()),
    };
    let by_words = || known(field).or_else(|| known(message));
    let their_name = || Some(field.to_owned()).filter(|field| !field.is_empty());
    // An attribute's own name says more than "attributes".
    let own = (named.as_deref() == Some("attributes")).then(their_name).flatten();
    Complaint {
        field: own.or(named).or_else(by_words).or_else(their_name),
        code: Some(code.to_owned()).filter(|code| !code.is_empty()),
        said,
    }
}

fn known(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    WORDS.iter().find(|(part, _)| lower.contains(part)).map(|(_, field)| (*field).to_owned())
}
