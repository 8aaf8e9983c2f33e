//! The category tree (version v2) and its rules (spec 6). Ids and names are invented, but for 602284, which spec 7.3 shows.

use serde_json::{Value, json};

use super::attribute::Set;
use super::call::Call;
use super::envelope::{Answer, Refusal, Success};
use super::shop::Shop;
use super::world::World;

/// Who may list in a category.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    Available,
    InviteOnly,
    Prohibited,
}

/// One node of the tree; `set` is there on leaves.
#[derive(Debug, Clone, Copy)]
pub struct Category {
    pub id: u64,
    /// 0: a root.
    pub parent: u64,
    pub name: &'static str,
    pub set: Option<Set>,
    pub permission: Permission,
}

/// The certificate that food supplements and cosmetics need.
pub const DECLARATION: u64 = 7_182_736_450_000_000_101;

const fn node(id: u64, parent: u64, name: &'static str) -> Category {
    Category { id, parent, name, set: None, permission: Permission::Available }
}

const fn leaf(id: u64, parent: u64, name: &'static str, set: Set) -> Category {
    Category { id, parent, name, set: Some(set), permission: Permission::Available }
}

/// The tree, parents before children.
pub static TREE: &[Category] = &[
    node(700_437, 0, "Đồ ăn & Đồ uống"),
    node(914_184, 700_437, "Thực phẩm tươi sống"),
    leaf(914_312, 914_184, "Rau củ, trái cây tươi", Set::Food),
    leaf(914_440, 914_184, "Thịt, trứng, thủy sản tươi", Set::Food),
    node(914_568, 700_437, "Nguyên liệu nấu ăn"),
    leaf(914_696, 914_568, "Gạo & ngũ cốc", Set::Food),
    leaf(914_824, 914_568, "Mật ong & nông sản thô khác", Set::Food),
    leaf(914_952, 914_568, "Nước mắm, gia vị & nước chấm", Set::Food),
    node(915_080, 700_437, "Thực phẩm chế biến"),
    leaf(915_208, 915_080, "Đồ ăn liền", Set::Food),
    leaf(915_336, 915_080, "Bánh kẹo & sản phẩm từ ngũ cốc", Set::Food),
    leaf(915_464, 915_080, "Rau củ, trái cây sấy & mứt", Set::Food),
    leaf(915_592, 915_080, "Thịt & hải sản chế biến", Set::Food),
    node(915_720, 700_437, "Đồ uống"),
    leaf(915_848, 915_720, "Trà", Set::Food),
    leaf(915_976, 915_720, "Cà phê & ca cao", Set::Food),
    leaf(916_104, 915_720, "Nước ép & đồ uống không cồn", Set::Food),
    Category {
        id: 916_232,
        parent: 915_720,
        name: "Rượu & đồ uống có cồn",
        set: Some(Set::Food),
        permission: Permission::InviteOnly,
    },
    leaf(916_360, 700_437, "Giỏ quà & đặc sản", Set::Food),
    Category {
        id: 916_488,
        parent: 700_437,
        name: "Thuốc lá",
        set: Some(Set::Food),
        permission: Permission::Prohibited,
    },
    node(700_645, 0, "Sức khỏe"),
    leaf(917_000, 700_645, "Thực phẩm bảo vệ sức khỏe", Set::Supplement),
    node(601_450, 0, "Chăm sóc sắc đẹp"),
    leaf(917_128, 601_450, "Mỹ phẩm thiên nhiên", Set::Cosmetic),
    leaf(917_256, 601_450, "Tinh dầu & dầu xoa", Set::Cosmetic),
    node(600_001, 0, "Đồ gia dụng"),
    node(600_024, 600_001, "Dụng cụ bàn ăn"),
    leaf(602_284, 600_024, "Bát & tô", Set::Craft),
    leaf(602_412, 600_001, "Đồ gia dụng mây tre đan", Set::Craft),
    leaf(602_540, 600_001, "Đồ trang trí nhà cửa", Set::Craft),
    leaf(602_668, 600_001, "Quà lưu niệm thủ công", Set::Craft),
    node(601_152, 0, "Thời trang & vải"),
    leaf(842_888, 601_152, "Khăn & vải thổ cẩm", Set::Textile),
    node(604_206, 0, "Nhà vườn"),
    leaf(918_024, 604_206, "Hoa tươi", Set::Plain),
    leaf(918_152, 604_206, "Cây cảnh", Set::Plain),
];

/// The category with this id.
pub fn find(id: u64) -> Option<&'static Category> {
    TREE.iter().find(|one| one.id == id)
}

/// The way from the root to a category.
pub fn chain(id: u64) -> Vec<&'static Category> {
    let mut chain = Vec::new();
    let mut next = find(id);
    while let Some(one) = next {
        chain.insert(0, one);
        next = find(one.parent);
    }
    chain
}

/// Checks that a shop may list in a category (spec 4.2).
pub fn check(shop: &Shop, id: u64) -> Result<(&'static Category, Set), Refusal> {
    let found = find(id).ok_or_else(|| Refusal::new(12_052_023, "The category does not exist."))?;
    let set = found.set.ok_or_else(|| Refusal::new(12_052_024, "The category is not a leaf category."))?;
    match found.permission {
        Permission::Prohibited => Err(Refusal::new(12_052_220, "The category is prohibited.")),
        Permission::InviteOnly if !shop.is_invited => {
            Err(Refusal::new(12_052_221, "The category is open to invited sellers only."))
        }
        Permission::Available | Permission::InviteOnly => Ok((found, set)),
    }
}

/// In VN every call that knows `category_version` wants `v2` (spec 6).
pub fn check_version(version: Option<&str>) -> Result<(), Refusal> {
    if version == Some("v2") {
        return Ok(());
    }
    Err(Refusal::new(
        12_052_217,
        "The category version does not match: use category_version=v2 in this market.",
    ))
}

/// `GET /product/202309/categories`.
pub fn list(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    check_version(call.arg("category_version"))?;
    let keyword = call.arg("keyword").map(str::to_lowercase);
    let shows_prohibited = call.flag("include_prohibited_categories");
    let rows: Vec<Value> = TREE
        .iter()
        .filter(|one| shows_prohibited || one.permission != Permission::Prohibited)
        .filter(|one| keyword.as_ref().is_none_or(|word| one.name.to_lowercase().contains(word)))
        .map(|one| {
            let permission = match one.permission {
                Permission::InviteOnly if !shop.is_invited => "INVITE_ONLY",
                Permission::Available | Permission::InviteOnly => "AVAILABLE",
                Permission::Prohibited => "PROHIBITED",
            };
            let mut row = shown(one);
            row["permission_statuses"] = json!([permission]);
            row
        })
        .collect();
    call.rows(rows.len(), json!({ "categories": rows }))
}

/// A category as reads show it.
pub fn shown(one: &Category) -> Value {
    json!({
        "id": one.id.to_string(), "parent_id": one.parent.to_string(), "local_name": one.name, "is_leaf": one.set.is_some(),
    })
}

/// `GET /product/202309/categories/{id}/rules`.
pub fn rules(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    check_version(call.arg("category_version"))?;
    let (_, set) = check(shop, call.id())?;
    let certificates = if set.needs_declaration() {
        json!([{
            "id": DECLARATION.to_string(), "name": "Giấy tiếp nhận bản công bố sản phẩm", "is_required": true,
            "document_details": "Ảnh hoặc PDF rõ nét, còn hiệu lực", "sample_image_url": "", "requirement_conditions": [],
            "expiration_date": {"is_required": false},
        }])
    } else {
        json!([])
    };
    Ok(Success::Data(json!({
        "product_certifications": certificates,
        "size_chart": {"is_supported": set == Set::Textile, "is_required": false},
        "cod": {"is_supported": true},
        "package_dimension": {"is_required": false},
        "seller_sku": {"is_required": false},
    })))
}

/// `POST /product/202309/categories/recommend`: the leaf that shares most words with the title.
pub fn recommend(_world: &World, _shop: &mut Shop, call: &Call) -> Answer {
    let title = call.text("product_title").ok_or_else(|| Refusal::required("ProductTitle"))?.to_lowercase();
    let score = |one: &Category| {
        let name = one.name.to_lowercase();
        let words = name.split(|sign: char| !sign.is_alphanumeric()).filter(|word| word.len() > 1);
        words.filter(|word| title.contains(*word)).count()
    };
    let leaves = TREE.iter().filter(|one| one.set.is_some() && one.permission == Permission::Available);
    // The last of equals wins in `max_by_key`; the first is more general here.
    let best = leaves.rev().max_by_key(|one| score(one)).map_or(0, |one| one.id);
    let chain: Vec<Value> = chain(best)
        .into_iter()
        .enumerate()
        .map(|(level, one)| json!({"id": one.id.to_string(), "name": one.name, "level": level + 1, "is_leaf": one.set.is_some(), "permission_statuses": ["AVAILABLE"]}))
        .collect();
    Ok(Success::Data(json!({"leaf_category_id": best.to_string(), "categories": chain})))
}

#[cfg(test)]
mod tests {
    use super::{TREE, chain, find};

    #[test]
    fn every_child_has_a_parent_and_only_leaves_take_products() {
        for one in TREE {
            assert!(one.parent == 0 || find(one.parent).is_some_and(|parent| parent.set.is_none()));
        }
        assert_eq!(chain(602_284).len(), 3);
    }
}
