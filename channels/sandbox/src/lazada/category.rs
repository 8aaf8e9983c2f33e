//! The category tree: leaves for what OCOP producers make. Ids and names are invented, shapes are not (spec 4.1).

use serde_json::{Value, json};

use super::call::Call;
use super::envelope::{Answer, Success};
use super::world::{Shop, World};

/// What a leaf asks of its products beside what all ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaf {
    /// Not a leaf.
    Branch,
    /// Origin.
    Food,
    /// Origin and volume.
    FishSauce,
    /// Origin and strength.
    Alcohol,
    /// Nothing more.
    Plain,
    /// Nothing more; color and size are its standard variations.
    Craft,
    /// Switched off by the platform (4228).
    Off,
}

/// A node of the tree.
#[derive(Debug)]
pub struct Category {
    pub id: u64,
    /// 0 at a root.
    pub parent: u64,
    pub english: &'static str,
    pub vietnamese: &'static str,
    pub leaf: Leaf,
}

const fn node(id: u64, parent: u64, english: &'static str, vietnamese: &'static str, leaf: Leaf) -> Category {
    Category { id, parent, english, vietnamese, leaf }
}

use Leaf::{Alcohol, Branch, Craft, FishSauce, Food, Off, Plain};

/// Parents stand before their children, ids ascend.
pub static TREE: &[Category] = &[
    node(9100, 0, "Groceries", "Bách hóa", Branch),
    node(9101, 9100, "Fish Sauce", "Nước mắm", FishSauce),
    node(9102, 9100, "Seasonings & Sauces", "Gia vị & Nước chấm", Food),
    node(9103, 9100, "Fresh Meat, Eggs & Seafood", "Thịt, trứng, thủy sản tươi", Food),
    node(9104, 9100, "Fresh Produce", "Rau củ, trái cây tươi", Food),
    node(9105, 9100, "Rice & Grains", "Gạo & Ngũ cốc", Food),
    node(9106, 9100, "Honey & Other Farm Goods", "Mật ong & Nông sản khác", Food),
    node(9107, 9100, "Ready Meals", "Đồ ăn liền", Food),
    node(9108, 9100, "Cakes & Noodles", "Bánh, bún, miến", Food),
    node(9109, 9100, "Dried Fruit, Nuts & Jam", "Trái cây, hạt sấy & Mứt", Food),
    node(9110, 9100, "Processed Meat & Seafood", "Thịt, hải sản chế biến", Food),
    node(9111, 9100, "Tea", "Trà", Food),
    node(9112, 9100, "Coffee & Cocoa", "Cà phê & Ca cao", Food),
    node(9113, 9100, "Gift Hampers", "Giỏ quà", Food),
    node(9120, 0, "Beverages", "Đồ uống", Branch),
    node(9121, 9120, "Soft Drinks & Water", "Nước uống không cồn", Food),
    node(9122, 9120, "Spirits & Wine", "Rượu", Alcohol),
    node(9130, 0, "Health & Beauty", "Sức khỏe & Làm đẹp", Branch),
    node(9131, 9130, "Food Supplements", "Thực phẩm chức năng", Food),
    node(9132, 9130, "Herbal Medicine", "Thảo dược", Food),
    node(9133, 9130, "Herbal Cosmetics", "Mỹ phẩm thảo dược", Plain),
    node(9134, 9130, "Essential Oils", "Tinh dầu", Plain),
    node(9140, 0, "Home & Living", "Nhà cửa & Đời sống", Branch),
    node(9141, 9140, "Handmade Household", "Đồ gia dụng thủ công", Craft),
    node(9142, 9140, "Decoration", "Trang trí", Craft),
    node(9143, 9140, "Souvenirs", "Quà lưu niệm", Craft),
    node(9144, 9140, "Textiles & Embroidery", "Thổ cẩm, thêu, dệt", Craft),
    node(9150, 0, "Garden", "Vườn", Branch),
    node(9151, 9150, "Flowers", "Hoa", Plain),
    node(9152, 9150, "Plants", "Cây cảnh", Plain),
    node(9153, 9150, "Ornamental Animals", "Sinh vật cảnh", Plain),
    node(9160, 0, "Tickets & Vouchers", "Vé & Phiếu", Branch),
    node(9161, 9160, "Tickets & Tours", "Vé & Tour", Plain),
    node(9190, 0, "Retired", "Ngừng dùng", Branch),
    node(9199, 9190, "Retired Leaf", "Ngành hàng ngừng dùng", Off),
];

/// The category with this id.
pub fn find(id: u64) -> Option<&'static Category> {
    TREE.iter().find(|category| category.id == id)
}

fn name_of(category: &Category, call: &Call) -> Value {
    match call.arg("language_code") {
        None | Some("en_US") => json!(category.english),
        Some("vi_VN") => json!(category.vietnamese),
        // An unsupported language may give null names (spec 4.1).
        Some(_) => Value::Null,
    }
}

fn branch(parent: u64, call: &Call) -> Vec<Value> {
    let children = TREE.iter().filter(|category| category.parent == parent);
    children
        .map(|category| {
            let mut row = json!({
                "category_id": category.id, "name": name_of(category, call), "var": category.leaf != Branch,
                "leaf": category.leaf != Branch,
            });
            if category.leaf == Branch {
                row["children"] = Value::Array(branch(category.id, call));
            }
            row
        })
        .collect()
}

/// `/category/tree/get`.
pub fn tree(_world: &World, call: &Call) -> Answer {
    call.rows.set(TREE.len());
    Ok(Success::Data(Value::Array(branch(0, call))))
}

/// `/product/category/suggestion/get`: leaves that share a word with the product's name.
pub fn suggest(_world: &World, _shop: &mut Shop, call: &Call) -> Answer {
    let name = call.need("product_name")?.to_lowercase();
    let words: Vec<&str> = name.split_whitespace().filter(|word| word.chars().count() > 1).collect();
    let found: Vec<Value> = TREE
        .iter()
        .filter(|category| !matches!(category.leaf, Branch | Off))
        .filter(|category| {
            let own = category.vietnamese.to_lowercase();
            own.split([' ', ',']).any(|part| words.contains(&part))
        })
        .take(5)
        .map(|category| {
            let parent = find(category.parent).map_or("", |parent| parent.vietnamese);
            json!({"categoryId": category.id, "categoryName": category.vietnamese, "categoryPath": format!("{parent}>{}", category.vietnamese)})
        })
        .collect();
    if found.is_empty() {
        return Err(super::envelope::Refusal::isp("701", "E701: No category suggestion"));
    }
    Ok(Success::Data(json!({ "categorySuggestions": found })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_leaf_has_a_parent_that_is_a_branch() {
        for category in TREE.iter().filter(|category| category.parent != 0) {
            assert_eq!(find(category.parent).map(|parent| parent.leaf), Some(Branch), "{}", category.id);
        }
    }
}
