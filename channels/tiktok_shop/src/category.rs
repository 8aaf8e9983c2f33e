//! Categories, what they ask for, and brands (spec §6). The tree of seven levels: `category_version=v2` everywhere.

use crate::Shop;
use crate::call::{Ask, Class, Query};
use crate::wire::{AttributeNode, Attributes, Brands, Categories, Rules};
use ganh_contract::{
    Attribute, Category, CategoryRules, Choice, Cursor, Fault, Next, Page, RemoteCategoryId, Result,
};

/// The attribute key that stands for the brand.
pub(crate) const BRAND: &str = "brand";

/// The tree of Vietnam (§6); without it the calls are refused.
pub(crate) const VERSION: &str = "v2";

fn in_vietnamese() -> Query {
    vec![("locale", "vi-VN".to_owned()), ("category_version", VERSION.to_owned())]
}

/// The whole tree in one answer. Sellable: a leaf that the shop may sell in.
pub(crate) async fn categories(shop: &Shop) -> Result<Vec<Category>> {
    let ask = Ask::get("get_categories", Class::Reads, "/product/202309/categories").query(in_vietnamese());
    let tree: Categories = shop.line.send(ask).await?.read_or_empty()?;
    Ok(tree
        .categories
        .0
        .into_iter()
        .filter_map(|node| {
            let permissions = &node.permission_statuses.0;
            let may_sell = permissions.is_empty()
                || permissions.iter().any(|one| matches!(one.as_str(), "AVAILABLE" | "NON_MAIN_CATEGORY"));
            Some(Category {
                id: RemoteCategoryId::new(node.id.filled()?),
                parent: node.parent_id.filled().filter(|id| *id != "0").map(RemoteCategoryId::new),
                name: node.local_name.0.clone(),
                sellable: node.is_leaf.0 && may_sell,
            })
        })
        .collect())
}

/// Attributes, certificates and the brand.
pub(crate) async fn rules(shop: &Shop, category: &RemoteCategoryId) -> Result<CategoryRules> {
    let path = |what: &str| format!("/product/202309/categories/{category}/{what}");
    let ask = Ask::get("get_attributes", Class::Reads, path("attributes")).query(in_vietnamese());
    let told: Attributes = shop.line.send(ask).await?.read_or_empty()?;
    let ask = Ask::get("get_category_rules", Class::Reads, path("rules")).query(in_vietnamese());
    let rules: Rules = shop.line.send(ask).await?.read_or_empty()?;
    let mut attributes: Vec<Attribute> = told.attributes.0.iter().map(attribute).collect();
    attributes.push(Attribute {
        key: BRAND.into(),
        name: "Thương hiệu".into(),
        required: false,
        many: false,
        free: false,
        spans_offers: false,
        options: Vec::new(),
        more_options: true,
    });
    let papers = rules.product_certifications.0.iter().filter_map(|paper| {
        let id = paper.id.filled()?.to_owned();
        let is_required = if paper.is_required.0 { " (bắt buộc)" } else { "" };
        Some(Choice { id, text: format!("{}{is_required}", paper.name.as_str()) })
    });
    Ok(CategoryRules { attributes, text: None, price: None, papers: papers.collect() })
}

/// A condition makes an attribute required only beside another's value: it is not asked of everybody, and told when refused (§6).
fn attribute(node: &AttributeNode) -> Attribute {
    let is_conditional = !node.requirement_conditions.0.is_empty();
    let option = |value: &crate::wire::Named| Choice {
        id: value.id.as_str().to_owned(),
        text: value.name.as_str().to_owned(),
    };
    let spans_offers = node.r#type.as_str() == "SALES_PROPERTY";
    Attribute {
        key: node.id.as_str().to_owned(),
        name: node.name.as_str().to_owned(),
        required: (node.is_requried.0 || node.is_required.0) && !is_conditional && !spans_offers,
        many: node.is_multiple_selection.0,
        free: node.is_customizable.0,
        spans_offers,
        options: node.values.0.iter().map(option).collect(),
        more_options: false,
    }
}

/// Brands by name, only those that may be used (§6).
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
    let query = vec![
        ("page_size", shop.line.app.facts.batch.page.to_string()),
        ("page_token", from.map_or_else(String::new, |cursor| cursor.as_str().to_owned())),
        ("category_id", category.as_str().to_owned()),
        ("brand_name", text.to_owned()),
        ("category_version", VERSION.to_owned()),
    ];
    let ask = Ask::get("get_brands", Class::Reads, "/product/202309/brands").query(query);
    let reply = shop.line.send(ask).await?;
    let page: Brands = reply.read_or_empty()?;
    // `UNAUTHORIEZD` is the wire's spelling: only AUTHORIZED is compared with (§6).
    let rows = page.brands.0.iter().filter(|brand| brand.brand_status.as_str() != "UNAVAILABLE");
    let rows = rows.filter_map(|brand| {
        let id = brand.id.filled()?.to_owned();
        let is_authorized = brand.authorized_status.as_str() == "AUTHORIZED";
        let note = if is_authorized { "" } else { " (chưa ủy quyền)" };
        Some(Choice { id, text: format!("{}{note}", brand.name.as_str()) })
    });
    let rows = rows.collect();
    let next = page.next_page_token.filled().map_or(Next::End, |token| Next::More(Cursor::new(token)));
    Ok(Page { rows, next, as_of: reply.sent_at })
}
