//! The category tree: enough leaves for what OCOP producers make. Ids and names are invented, shapes are not (spec 4.1).

use serde_json::{Value, json};

use super::call::Call;
use super::envelope::{Answer, Refusal, Success};

/// A node of the tree. Only leaves can hold items.
#[derive(Debug, PartialEq, Eq)]
pub struct Category {
    pub id: u64,
    /// 0 at a root.
    pub parent: u64,
    pub english: &'static str,
    pub vietnamese: &'static str,
}

const fn node(id: u64, parent: u64, english: &'static str, vietnamese: &'static str) -> Category {
    Category { id, parent, english, vietnamese }
}

/// Food & Beverages; its leaves ask for the country of origin.
pub const FOOD: u64 = 100_629;
/// Health; its leaves want a registration number and a brand.
pub const HEALTH: u64 = 100_001;
/// Gardening and live plants.
pub const GARDEN: u64 = 100_720;
/// A leaf that the platform keeps to itself.
pub const BLOCKED: u64 = 100_799;
/// A leaf without pre-order.
pub const FRESH: u64 = 100_670;

/// Parents stand before their children, ids ascend.
pub static TREE: &[Category] = &[
    node(HEALTH, 0, "Health", "Sức Khỏe"),
    node(100_002, HEALTH, "Food Supplement", "Thực phẩm chức năng"),
    node(100_003, HEALTH, "Herbal Remedies", "Thảo dược & Đông y"),
    node(100_004, HEALTH, "Medicinal Oils", "Dầu gió & Dầu xoa bóp"),
    node(100_010, 0, "Fashion Accessories", "Phụ Kiện Thời Trang"),
    node(100_011, 100_010, "Scarves & Shawls", "Khăn choàng & Khăn rằn"),
    node(100_012, 100_010, "Hats & Caps", "Nón & Mũ"),
    node(100_013, 100_010, "Handmade Jewellery", "Trang sức thủ công"),
    node(100_014, 100_010, "Bags & Baskets", "Túi & Giỏ xách"),
    node(100_017, 0, "Women Clothes", "Thời Trang Nữ"),
    node(100_018, 100_017, "Traditional Wear", "Trang phục truyền thống"),
    node(100_019, 100_017, "Fabric", "Vải & Thổ cẩm"),
    node(FOOD, 0, "Food & Beverages", "Thực phẩm và đồ uống"),
    node(100_630, FOOD, "Beverages", "Đồ uống"),
    node(100_631, FOOD, "Food Staples", "Lương thực"),
    node(100_632, FOOD, "Snacks", "Đồ ăn vặt"),
    node(100_633, FOOD, "Cooking Essentials", "Nguyên liệu nấu ăn"),
    node(100_634, FOOD, "Fresh & Frozen Food", "Thực phẩm tươi sống & đông lạnh"),
    node(100_635, FOOD, "Breakfast Cereals & Spread", "Ngũ cốc & mứt"),
    node(100_636, FOOD, "Alcoholic Beverages", "Đồ uống có cồn"),
    node(100_637, FOOD, "Gift Set & Hampers", "Bộ quà tặng"),
    node(100_638, FOOD, "Others", "Thực phẩm khác"),
    node(100_659, 100_630, "Coffee", "Cà phê"),
    node(100_660, 100_630, "Tea & Tea Bags", "Trà & Trà túi lọc"),
    node(100_661, 100_630, "Juices & Syrups", "Nước ép & Si-rô"),
    node(100_662, 100_630, "Powdered Drinks & Cocoa", "Thức uống dạng bột & Ca cao"),
    node(100_663, 100_630, "Fermented Drinks", "Thức uống lên men"),
    node(100_664, 100_631, "Rice", "Gạo"),
    node(100_665, 100_631, "Noodles, Rice Paper & Vermicelli", "Mì, Bún, Miến & Bánh tráng"),
    node(100_666, 100_631, "Beans, Nuts & Seeds", "Đậu & Hạt"),
    node(100_667, 100_631, "Flour & Starch", "Bột & Tinh bột"),
    node(100_668, 100_631, "Canned & Preserved Food", "Thực phẩm đóng hộp & Đồ muối"),
    node(FRESH, 100_634, "Fresh Fruit & Vegetables", "Rau củ & Trái cây tươi"),
    node(100_671, 100_634, "Meat & Sausages", "Thịt, Giò chả & Lạp xưởng"),
    node(100_672, 100_634, "Seafood", "Hải sản"),
    node(100_673, 100_634, "Eggs", "Trứng"),
    node(100_674, 100_634, "Tofu & Mushrooms", "Đậu phụ & Nấm"),
    node(100_680, 100_632, "Dried Fruit & Vegetables", "Trái cây & Rau củ sấy"),
    node(100_681, 100_632, "Biscuits & Cakes", "Bánh"),
    node(100_682, 100_632, "Candies & Chocolate", "Kẹo & Sô-cô-la"),
    node(100_683, 100_632, "Dried Meat & Seafood", "Khô thịt & Khô hải sản"),
    node(100_684, 100_632, "Roasted Nuts", "Hạt rang"),
    node(100_685, 100_632, "Jam & Preserves Snack", "Ô mai & Mứt"),
    node(100_690, 100_633, "Fish Sauce & Sauces", "Nước mắm & Nước chấm"),
    node(100_691, 100_633, "Spices & Seasonings", "Gia vị"),
    node(100_692, 100_633, "Oil", "Dầu ăn"),
    node(100_693, 100_633, "Sugar, Salt & Sweetener", "Đường, Muối & Chất tạo ngọt"),
    node(100_694, 100_633, "Vinegar", "Giấm"),
    node(100_700, 100_635, "Honey", "Mật ong"),
    node(100_701, 100_635, "Cereals & Granola", "Ngũ cốc"),
    node(100_702, 100_635, "Spreads", "Bơ & Mứt phết"),
    node(100_705, 100_636, "Wine & Fruit Wine", "Rượu vang & Rượu trái cây"),
    node(100_706, 100_636, "Spirits", "Rượu"),
    node(GARDEN, 0, "Gardening", "Làm vườn"),
    node(100_721, GARDEN, "Live Plants", "Cây cảnh"),
    node(100_722, GARDEN, "Seeds & Bulbs", "Hạt giống & Củ giống"),
    node(100_723, GARDEN, "Fertilizer & Soil", "Phân bón & Đất"),
    node(100_740, 0, "Home & Living", "Nhà Cửa & Đời Sống"),
    node(100_741, 100_740, "Decoration", "Trang trí"),
    node(100_742, 100_740, "Kitchenware & Ceramics", "Đồ bếp & Gốm sứ"),
    node(100_743, 100_740, "Bamboo & Rattan", "Mây tre đan"),
    node(100_744, 100_740, "Wood & Lacquerware", "Đồ gỗ & Sơn mài"),
    node(100_745, 100_740, "Incense & Candles", "Nhang & Nến"),
    node(100_746, 100_740, "Bedding & Mats", "Chăn ga & Chiếu"),
    node(100_747, 100_740, "Handmade Paintings", "Tranh thủ công"),
    node(100_760, 0, "Beauty", "Sắc Đẹp"),
    node(100_761, 100_760, "Essential Oils", "Tinh dầu"),
    node(100_762, 100_760, "Handmade Soap", "Xà phòng thủ công"),
    node(100_763, 100_760, "Hair Care", "Chăm sóc tóc"),
    node(100_764, 100_760, "Skin Care", "Chăm sóc da"),
    node(100_780, 0, "Souvenirs & Gifts", "Quà Tặng & Lưu Niệm"),
    node(100_781, 100_780, "Craft Souvenirs", "Quà lưu niệm thủ công"),
    node(100_782, 100_780, "Toys & Folk Toys", "Đồ chơi dân gian"),
    node(BLOCKED, 100_780, "Restricted Goods", "Hàng hạn chế"),
];

/// The node with this id.
pub fn find(id: u64) -> Option<&'static Category> {
    TREE.binary_search_by_key(&id, |category| category.id).ok().map(|place| &TREE[place])
}

/// Tells whether a node has children.
pub fn is_parent(id: u64) -> bool {
    TREE.iter().any(|category| category.parent == id)
}

/// The leaf with this id, or nothing for parents and strangers.
pub fn find_leaf(id: u64) -> Option<&'static Category> {
    find(id).filter(|category| !is_parent(category.id))
}

/// The topmost node above (or at) a category.
pub fn root_of(category: &Category) -> u64 {
    let mut here = category;
    while let Some(parent) = find(here.parent) {
        here = parent;
    }
    here.id
}

/// The language of a call; VN knows `vi` and `en`, one page of the documents writes `vn` (spec 4.1).
pub fn is_vietnamese(call: &Call) -> Result<bool, Refusal> {
    match call.arg("language") {
        None | Some("" | "en" | "EN") => Ok(false),
        Some("vi" | "vn" | "VI" | "VN") => Ok(true),
        Some(_) => Err(Refusal::new("product.error_invalid_language", "Invalid language.")),
    }
}

/// `GET /product/get_category`: the whole tree in one answer.
pub fn get_category(call: &Call) -> Answer {
    let is_vietnamese = is_vietnamese(call)?;
    let rows: Vec<Value> = TREE.iter().map(|category| row(category, is_vietnamese)).collect();
    Ok(Success::Response(json!({ "category_list": rows })))
}

/// `GET /product/category_recommend`: leaves whose names share a word with the item's name.
pub fn category_recommend(call: &Call) -> Answer {
    let Some(name) = call.arg("item_name").filter(|name| !name.is_empty()) else {
        return Err(Refusal::missing("item_name"));
    };
    let name = name.to_lowercase();
    let fits = |category: &&Category| {
        let words = format!("{} {}", category.english, category.vietnamese).to_lowercase();
        words.split([' ', ',', '&']).any(|word| word.chars().count() > 1 && name.contains(word))
    };
    let ids: Vec<u64> = TREE
        .iter()
        .filter(|category| !is_parent(category.id))
        .filter(fits)
        .take(5)
        .map(|category| category.id)
        .collect();
    Ok(Success::Response(json!({ "category_id": ids })))
}

fn row(category: &Category, is_vietnamese: bool) -> Value {
    json!({
        "category_id": category.id,
        "parent_category_id": category.parent,
        "original_category_name": category.english,
        "display_category_name": if is_vietnamese { category.vietnamese } else { category.english },
        "has_children": is_parent(category.id),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_ascend_and_parents_exist() {
        assert!(TREE.windows(2).all(|pair| pair[0].id < pair[1].id));
        assert!(TREE.iter().all(|category| category.parent == 0 || find(category.parent).is_some()));
    }

    #[test]
    fn only_leaves_are_leaves() {
        assert!(find_leaf(FOOD).is_none());
        assert!(find_leaf(100_659).is_some());
        assert!(find_leaf(7).is_none());
    }

    #[test]
    fn an_unknown_language_is_refused() {
        let call = Call::new(false, "/api/v2/product/get_category", "language=xx", 0);

        assert_eq!(get_category(&call).unwrap_err().code, "product.error_invalid_language");
    }
}
