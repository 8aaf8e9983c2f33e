//! Categories, what they ask for, and brands (spec §4.1).

use crate::Shop;
use crate::survey::narrow;
use crate::wire::{
    AttributeNode, AttributeOption, AttributeTrees, Brands, CategoryList, ItemLimit, Translation,
};
use ganh_contract::{
    Attribute, Category, CategoryRules, Choice, Cursor, Fault, FaultKind, Next, Page, RemoteCategoryId,
    Result, Thing,
};

/// The attribute key that stands for the brand.
const BRAND: &str = "brand";

/// The whole tree in one answer.
pub(crate) async fn categories(shop: &Shop) -> Result<Vec<Category>> {
    let query = vec![("language", "vi".to_owned())];
    let reply = shop.line.get("get_category", "/api/v2/product/get_category", query).await?;
    let list: CategoryList = reply.response()?;
    Ok(list
        .category_list
        .0
        .into_iter()
        .filter_map(|node| {
            let name = node
                .display_category_name
                .filled()
                .or(node.original_category_name.filled())
                .unwrap_or_default();
            Some(Category {
                id: RemoteCategoryId::new(node.category_id.0?.to_string()),
                parent: node
                    .parent_category_id
                    .0
                    .filter(|id| *id > 0)
                    .map(|id| RemoteCategoryId::new(id.to_string())),
                name: name.to_owned(),
                sellable: !node.has_children.0,
            })
        })
        .collect())
}

/// Attributes, brand and limits of one category.
pub(crate) async fn rules(shop: &Shop, category: &RemoteCategoryId) -> Result<CategoryRules> {
    let id = category.as_str();
    let query = vec![("category_id_list", id.to_owned()), ("language", "vi".to_owned())];
    let reply = shop.line.get("get_attribute_tree", "/api/v2/product/get_attribute_tree", query).await?;
    let trees: AttributeTrees = reply.response::<Option<AttributeTrees>>()?.unwrap_or_default();
    let tree = trees.list.0.into_iter().next();
    // A misnamed or unknown category is not an error there, but an empty payload (§4.1).
    let tree = tree.ok_or_else(|| Fault::new("get_attribute_tree", FaultKind::Missing(Thing::Category)))?;
    let mut attributes: Vec<Attribute> = tree.attribute_tree.0.iter().map(attribute).collect();
    attributes.push(brand(shop, id).await?);

    let query = vec![("category_id", id.to_owned())];
    let reply = shop.line.get("get_item_limit", "/api/v2/product/get_item_limit", query).await?;
    let mut allows = shop.capability.clone();
    narrow(&mut allows, &reply.response::<Option<ItemLimit>>()?.unwrap_or_default());
    Ok(CategoryRules { attributes, text: Some(allows.text), price: Some(allows.price), papers: Vec::new() })
}

/// `input_type`: 1 drop-down, 2 combo, 3 free text, 4 several of a drop-down, 5 several of a combo (§4.1).
fn attribute(node: &AttributeNode) -> Attribute {
    let info = &node.attribute_info;
    Attribute {
        key: node.attribute_id.or_zero().to_string(),
        name: in_vietnamese(&node.multi_lang.0).unwrap_or_else(|| node.name.0.clone()),
        required: node.mandatory.0 || node.is_mandatory.0,
        many: matches!(info.input_type.or_zero(), 4 | 5)
            && info.max_value_count.0.is_none_or(|most| most != 1),
        free: matches!(info.input_type.or_zero(), 2 | 3 | 5),
        spans_offers: false,
        options: node.attribute_value_list.0.iter().map(choice).collect(),
        more_options: info.support_search_value.0,
    }
}

fn choice(option: &AttributeOption) -> Choice {
    let text = in_vietnamese(&option.multi_lang.0).unwrap_or_else(|| option.name.0.clone());
    Choice { id: option.value_id.or_zero().to_string(), text }
}

fn in_vietnamese(words: &[Translation]) -> Option<String> {
    let word = words.iter().find(|word| matches!(word.language.as_str(), "vi" | "vn"))?;
    word.value.filled().map(str::to_owned)
}

/// The first page only tells whether a brand must be said; the list is asked for by text.
async fn brand(shop: &Shop, category: &str) -> Result<Attribute> {
    let page = brands(shop, category, 0, 1).await?.0;
    Ok(Attribute {
        key: BRAND.into(),
        name: "Thương hiệu".into(),
        required: page.is_mandatory.0,
        many: false,
        free: false,
        spans_offers: false,
        options: vec![Choice { id: "0|NoBrand".into(), text: "Không có thương hiệu".into() }],
        more_options: true,
    })
}

async fn brands(shop: &Shop, category: &str, offset: i64, size: usize) -> Result<(Brands, jiff::Timestamp)> {
    let query = vec![
        ("offset", offset.to_string()),
        ("page_size", size.to_string()),
        ("category_id", category.to_owned()),
        // 1: brands in use, not those that wait for approval.
        ("status", "1".to_owned()),
        ("language", "vi".to_owned()),
    ];
    let reply = shop.line.get("get_brand_list", "/api/v2/product/get_brand_list", query).await?;
    Ok((reply.response::<Option<Brands>>()?.unwrap_or_default(), reply.sent_at))
}

/// Brands that contain the text. There is no search: a page without a match is not the end.
pub(crate) async fn options(
    shop: &Shop,
    category: &RemoteCategoryId,
    key: &str,
    text: &str,
    from: Option<&Cursor>,
) -> Result<Page<Choice>> {
    if key != BRAND {
        return Err(Fault::unsupported("options"));
    }
    let stale = || Fault::new("get_brand_list", FaultKind::Conflict { holder: None });
    let offset: i64 = from.map_or(Ok(0), |cursor| cursor.as_str().parse().map_err(|_| stale()))?;
    let (page, as_of) = brands(shop, category.as_str(), offset, shop.line.app.facts.batch.page).await?;
    let wanted = text.to_lowercase();
    let rows = page.brand_list.0.iter().filter_map(|brand| {
        let name = brand.display_brand_name.filled().or(brand.original_brand_name.filled())?;
        let is_wanted = name.to_lowercase().contains(&wanted);
        let id = format!("{}|{}", brand.brand_id.or_zero(), brand.original_brand_name.as_str());
        is_wanted.then(|| Choice { id, text: name.to_owned() })
    });
    let rows = rows.collect();
    let ahead = page.next_offset.0.filter(|next| page.has_next_page.0 && *next > offset);
    let next = ahead.map_or(Next::End, |next| Next::More(Cursor::new(next.to_string())));
    Ok(Page { rows, next, as_of })
}
