//! What a category asks for (spec 4.2).

use serde_json::{Value, json};

use super::call::Call;
use super::category::{self, Leaf};
use super::envelope::{Answer, Refusal, Success};
use super::world::World;

/// One attribute of the platform.
#[derive(Debug)]
pub struct Attribute {
    pub id: u64,
    pub name: &'static str,
    label: &'static str,
    english: &'static str,
    pub input: &'static str,
    pub is_sku: bool,
    pub is_sale_prop: bool,
    is_key: bool,
    /// Id, Vietnamese, English.
    pub options: &'static [(u64, &'static str, &'static str)],
    pub units: &'static [&'static str],
}

const PLAIN: Attribute = Attribute {
    id: 0,
    name: "",
    label: "",
    english: "",
    input: "text",
    is_sku: false,
    is_sale_prop: false,
    is_key: false,
    options: &[],
    units: &[],
};

static ALL: &[Attribute] = &[
    Attribute { id: 1, name: "name", label: "Tên sản phẩm", english: "Product Name", ..PLAIN },
    Attribute {
        id: 2,
        name: "short_description",
        label: "Mô tả ngắn",
        english: "Highlights",
        input: "richText",
        ..PLAIN
    },
    Attribute {
        id: 3,
        name: "description",
        label: "Mô tả",
        english: "Description",
        input: "richText",
        ..PLAIN
    },
    Attribute {
        id: 20_000,
        name: "brand",
        label: "Thương hiệu",
        english: "Brand",
        input: "singleSelect",
        is_key: true,
        ..PLAIN
    },
    Attribute { id: 5, name: "model", label: "Mẫu mã", english: "Model", ..PLAIN },
    Attribute {
        id: 6,
        name: "warranty_type",
        label: "Loại bảo hành",
        english: "Warranty Type",
        input: "singleSelect",
        options: &[(61, "Không bảo hành", "No Warranty"), (62, "Bảo hành bởi nhà bán", "Warranty by Seller")],
        ..PLAIN
    },
    Attribute {
        id: 7,
        name: "Hazmat",
        label: "Hàng nguy hiểm",
        english: "Hazmat",
        input: "multiSelect",
        options: &[
            (71, "Không", "None"),
            (72, "Pin", "Battery"),
            (73, "Dễ cháy", "Flammable"),
            (74, "Chất lỏng", "Liquid"),
        ],
        ..PLAIN
    },
    Attribute {
        id: 8,
        name: "delivery_option_sof",
        label: "Nhà bán tự giao",
        english: "Delivery by Seller",
        input: "singleSelect",
        options: &[(81, "Có", "Yes"), (82, "Không", "No")],
        ..PLAIN
    },
    Attribute { id: 9, name: "video", label: "Video", english: "Video", ..PLAIN },
    Attribute {
        id: 31,
        name: "volume",
        label: "Dung tích",
        english: "Volume",
        input: "numeric",
        is_key: true,
        units: &["ml", "l"],
        ..PLAIN
    },
    Attribute {
        id: 32,
        name: "country_origin",
        label: "Xuất xứ",
        english: "Country of Origin",
        input: "singleSelect",
        is_key: true,
        options: &[
            (321, "Việt Nam", "Vietnam"),
            (322, "Thái Lan", "Thailand"),
            (323, "Trung Quốc", "China"),
            (324, "Nhật Bản", "Japan"),
            (325, "Hàn Quốc", "South Korea"),
        ],
        ..PLAIN
    },
    Attribute {
        id: 33,
        name: "shelf_life",
        label: "Hạn sử dụng",
        english: "Shelf Life",
        input: "numeric",
        units: &["day", "month", "year"],
        ..PLAIN
    },
    Attribute {
        id: 34,
        name: "storage_condition",
        label: "Bảo quản",
        english: "Storage",
        input: "enumInput",
        options: &[
            (341, "Nhiệt độ thường", "Room Temperature"),
            (342, "Mát", "Chilled"),
            (343, "Đông lạnh", "Frozen"),
        ],
        ..PLAIN
    },
    Attribute {
        id: 35,
        name: "alcohol_content",
        label: "Nồng độ cồn",
        english: "Alcohol Content",
        input: "numeric",
        is_key: true,
        units: &["%"],
        ..PLAIN
    },
    Attribute {
        id: 36,
        name: "material",
        label: "Chất liệu",
        english: "Material",
        input: "multiEnumInput",
        options: &[
            (361, "Gỗ", "Wood"),
            (362, "Tre", "Bamboo"),
            (363, "Gốm", "Ceramic"),
            (364, "Lụa", "Silk"),
            (365, "Cotton", "Cotton"),
        ],
        ..PLAIN
    },
    Attribute {
        id: 30,
        name: "color_family",
        label: "Nhóm màu",
        english: "Color Family",
        input: "multiEnumInput",
        is_sku: true,
        is_sale_prop: true,
        options: &[
            (7, "Đỏ", "Red"),
            (8, "Xanh lá", "Green"),
            (9, "Nâu", "Brown"),
            (10, "Đen", "Black"),
            (11, "Trắng", "White"),
        ],
        ..PLAIN
    },
    Attribute {
        id: 37,
        name: "size",
        label: "Kích cỡ",
        english: "Size",
        input: "enumInput",
        is_sku: true,
        is_sale_prop: true,
        options: &[(371, "S", "S"), (372, "M", "M"), (373, "L", "L")],
        ..PLAIN
    },
    Attribute { id: 40, name: "SellerSku", label: "SellerSKU", english: "SellerSKU", is_sku: true, ..PLAIN },
    Attribute {
        id: 41,
        name: "price",
        label: "Giá",
        english: "Price",
        input: "numeric",
        is_sku: true,
        ..PLAIN
    },
    Attribute {
        id: 42,
        name: "package_weight",
        label: "Khối lượng gói (kg)",
        english: "Package Weight (kg)",
        input: "numeric",
        is_sku: true,
        ..PLAIN
    },
    Attribute {
        id: 43,
        name: "package_length",
        label: "Chiều dài gói (cm)",
        english: "Package Length (cm)",
        input: "numeric",
        is_sku: true,
        ..PLAIN
    },
    Attribute {
        id: 44,
        name: "package_width",
        label: "Chiều rộng gói (cm)",
        english: "Package Width (cm)",
        input: "numeric",
        is_sku: true,
        ..PLAIN
    },
    Attribute {
        id: 45,
        name: "package_height",
        label: "Chiều cao gói (cm)",
        english: "Package Height (cm)",
        input: "numeric",
        is_sku: true,
        ..PLAIN
    },
    Attribute {
        id: 46,
        name: "package_content",
        label: "Trong hộp có",
        english: "What's in the box",
        is_sku: true,
        ..PLAIN
    },
    Attribute {
        id: 47,
        name: "special_price",
        label: "Giá khuyến mãi",
        english: "Special Price",
        input: "numeric",
        is_sku: true,
        ..PLAIN
    },
    Attribute {
        id: 48,
        name: "special_from_date",
        label: "Khuyến mãi từ",
        english: "Sale Start",
        input: "date",
        is_sku: true,
        ..PLAIN
    },
    Attribute {
        id: 49,
        name: "special_to_date",
        label: "Khuyến mãi đến",
        english: "Sale End",
        input: "date",
        is_sku: true,
        ..PLAIN
    },
    Attribute {
        id: 50,
        name: "quantity",
        label: "Số lượng",
        english: "Quantity",
        input: "numeric",
        is_sku: true,
        ..PLAIN
    },
    Attribute {
        id: 51,
        name: "__images__",
        label: "Hình ảnh",
        english: "Images",
        input: "img",
        is_sku: true,
        ..PLAIN
    },
    Attribute {
        id: 52,
        name: "color_thumbnail",
        label: "Ảnh màu",
        english: "Color Thumbnail",
        input: "img",
        is_sku: true,
        ..PLAIN
    },
];

/// The attributes of a leaf, and whether each is mandatory.
pub fn of(leaf: Leaf) -> impl Iterator<Item = (&'static Attribute, bool)> {
    ALL.iter().filter_map(move |attribute| {
        let is_food = matches!(leaf, Leaf::Food | Leaf::FishSauce | Leaf::Alcohol);
        let (is_there, is_mandatory) = match attribute.name {
            "volume" => (is_food, leaf == Leaf::FishSauce),
            "country_origin" => (true, is_food),
            "shelf_life" | "storage_condition" => (is_food, false),
            "alcohol_content" => (leaf == Leaf::Alcohol, true),
            "material" | "size" => (leaf == Leaf::Craft, false),
            "name" | "brand" | "SellerSku" | "price" => (true, true),
            "package_weight" | "package_length" | "package_width" | "package_height" => (true, true),
            _ => (true, false),
        };
        is_there.then_some((attribute, is_mandatory))
    })
}

/// `/category/attributes/get`.
pub fn attributes(_world: &World, call: &Call) -> Answer {
    let Ok(id) = call.need("primary_category_id")?.parse() else {
        return Err(Refusal::isp("201", "E201: Invalid CategoryId"));
    };
    let leaf = match category::find(id) {
        None => return Err(Refusal::isp("4227", "E4227: The category does not exist")),
        Some(category) if category.leaf == Leaf::Off => {
            return Err(Refusal::isp("4228", "E4228: The category is inactive"));
        }
        Some(category) if category.leaf == Leaf::Branch => {
            return Err(Refusal::isp("57", "E057: No attribute sets linked to that category"));
        }
        Some(category) => category.leaf,
    };
    let is_vietnamese = call.arg("language_code") == Some("vi_VN");
    let rows: Vec<Value> = of(leaf)
        .map(|(attribute, is_mandatory)| {
            let options: Vec<Value> = attribute
                .options
                .iter()
                .map(|(id, vietnamese, english)| {
                    json!({"id": id, "name": if is_vietnamese { vietnamese } else { english }, "en_name": english})
                })
                .collect();
            let mut row = json!({
                "id": attribute.id, "name": attribute.name, "label": if is_vietnamese { attribute.label } else { attribute.english },
                "input_type": attribute.input, "attribute_type": if attribute.is_sku { "sku" } else { "normal" },
                "is_mandatory": u8::from(is_mandatory), "is_sale_prop": u8::from(attribute.is_sale_prop),
                "options": options, "advanced": {"is_key_prop": u8::from(attribute.is_key)},
            });
            if !attribute.units.is_empty() {
                row["unit"] = json!({"type": attribute.units, "numericMin": "1", "numericMax": "5000", "precision": 1});
            }
            row
        })
        .collect();
    call.rows.set(rows.len());
    Ok(Success::Data(Value::Array(rows)))
}
