//! Categories, what they ask for, and brands (spec §4.1–4.3). Without a token, so they also work before a shop is connected.

use crate::Shop;
use crate::call::{Params, Reply, Verb, Way};
use crate::lenient::List;
use crate::product::{BRAND, MODEL, OF_SKU};
use crate::wire::{AttributeRow, Brands, CategoryNode};
use ganh_contract::{
    Attribute, Category, CategoryRules, Choice, Cursor, Fault, FaultKind, Next, Page, Reach,
    RemoteCategoryId, Result, Thing,
};
use ganh_http::Safety;
use std::time::Duration;

const VIETNAMESE: &str = "vi_VN";

/// The whole tree in one answer.
pub(crate) async fn categories(shop: &Shop) -> Result<Vec<Category>> {
    let params = vec![("language_code", VIETNAMESE.to_owned())];
    let reply = public(shop, "category_tree", "/category/tree/get", params, Way::Public).await?;
    let roots: List<CategoryNode> = reply.data()?;
    let mut all = Vec::new();
    flatten(&roots.0, None, &mut all);
    Ok(all)
}

fn flatten(nodes: &[CategoryNode], parent: Option<&RemoteCategoryId>, all: &mut Vec<Category>) {
    for node in nodes {
        let Some(id) = node.category_id.filled().map(RemoteCategoryId::new) else { continue };
        // A name is missing where its language is not served (§4.1).
        let name = node.name.filled().unwrap_or_else(|| id.as_str()).to_owned();
        all.push(Category { id: id.clone(), parent: parent.cloned(), name, sellable: node.leaf.0 });
        flatten(&node.children.0, Some(&id), all);
    }
}

async fn public(
    shop: &Shop,
    call: &'static str,
    path: &'static str,
    params: Params,
    way: Way,
) -> Result<Reply> {
    shop.line.ask(call, path, Safety::Read, Verb::Get, params, way).await
}

/// What the draft's own fields fill: asked for there, not as attributes (§4.2).
const OURS: &[&str] = &[
    "name",
    "description",
    MODEL,
    "SellerSku",
    "price",
    "special_price",
    "special_from_date",
    "special_to_date",
    "quantity",
    "package_weight",
    "package_length",
    "package_width",
    "package_height",
    "__images__",
    "color_thumbnail",
    "video",
];

pub(crate) async fn rules(shop: &Shop, category: &RemoteCategoryId) -> Result<CategoryRules> {
    let params =
        vec![("primary_category_id", category.as_str().to_owned()), ("language_code", VIETNAMESE.to_owned())];
    let asked = public(shop, "category_attributes", "/category/attributes/get", params, Way::Public).await;
    let reply = match asked {
        Ok(reply) => reply,
        // 57, 4227, 4228 (§4.2).
        Err(fault) if matches!(fault.code.as_deref(), Some("57" | "201" | "4227" | "4228")) => {
            return Err(Fault { kind: Box::new(FaultKind::Missing(Thing::Category)), ..fault });
        }
        Err(fault) => return Err(fault),
    };
    let rows: List<AttributeRow> = reply.data()?;
    let is_asked = |row: &&AttributeRow| !OURS.contains(&row.name.as_str());
    let attributes = rows.0.iter().filter(is_asked).map(attribute).collect();
    Ok(CategoryRules { attributes, text: None, price: None, papers: Vec::new() })
}

fn attribute(row: &AttributeRow) -> Attribute {
    let name = row.name.as_str();
    let input = row.input_type.as_str().to_lowercase();
    let is_brand = name == BRAND;
    let of_sku = row.attribute_type.as_str() == "sku" && !row.is_sale_prop.0;
    let options = row.options.0.iter().filter_map(|option| {
        let text = option.name.filled().or(option.en_name.filled())?;
        let id = option.en_name.filled().unwrap_or(text);
        Some(Choice { id: id.to_owned(), text: text.to_owned() })
    });
    Attribute {
        key: if of_sku { format!("{OF_SKU}{name}") } else { name.to_owned() },
        name: row.label.filled().unwrap_or(name).to_owned(),
        // "No Brand" stands where none is chosen (§4.3).
        required: row.is_mandatory.0 && !is_brand,
        many: input.starts_with("multi"),
        free: !is_brand && (!input.ends_with("select") || input.is_empty()),
        spans_offers: row.is_sale_prop.0,
        options: options.collect(),
        more_options: is_brand,
    }
}

/// Brands by text. The list knows no search: each page is sifted, so a page may be empty and yet not the last.
pub(crate) async fn options(
    shop: &Shop,
    _category: &RemoteCategoryId,
    key: &str,
    text: &str,
    from: Option<&Cursor>,
) -> Result<Page<Choice>> {
    const CALL: &str = "brands";
    if key != BRAND {
        return Err(Fault::unsupported("options").said("all other options come with the category's rules"));
    }
    let stale = || Fault::new(CALL, FaultKind::Conflict { holder: None });
    let start: usize = from.map_or(Ok(0), |cursor| cursor.as_str().parse().map_err(|_| stale()))?;
    let page_size = shop.line.app.facts.batch.brands_page;
    let params = vec![
        ("startRow", start.to_string()),
        ("pageSize", page_size.to_string()),
        ("languageCode", VIETNAMESE.to_owned()),
    ];
    let reply = public(shop, CALL, "/category/brands/query", params, Way::Brands).await?;
    let brands: Brands = reply.data()?;
    let total = usize::try_from(brands.total_record.or_zero()).unwrap_or(0);
    let read = brands.module.0.len();
    // Above its rate the call succeeds without a row (§4.3).
    if read == 0 && (start == 0 || start < total) {
        let after = Some(Duration::from_secs(2));
        let kind = FaultKind::Throttled { after, reach: Reach::Call };
        return Err(Fault::new(CALL, kind).said("the list of brands is empty"));
    }
    let wanted = text.trim().to_lowercase();
    let rows = brands.module.0.iter().filter(|brand| brand.name.as_str().to_lowercase().contains(&wanted));
    let rows = rows.map(|brand| Choice {
        id: format!("{}|{}", brand.brand_id.as_str(), brand.name.as_str()),
        text: brand.name.0.clone(),
    });
    let is_last = read == 0 || if total > 0 { start + read >= total } else { read < page_size };
    let next = if is_last { Next::End } else { Next::More(Cursor::new((start + read).to_string())) };
    Ok(Page { rows: rows.collect(), next, as_of: reply.sent_at })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn sample(text: &str) -> Value {
        serde_json::from_str::<Value>(text).expect("JSON")["data"].clone()
    }

    #[test]
    fn the_tree_becomes_a_list_and_only_leaves_take_listings() {
        let roots: List<CategoryNode> =
            serde_json::from_value(sample(include_str!("../tests/wire/category_tree_get.json")))
                .expect("a tree");
        let mut all = Vec::new();

        flatten(&roots.0, None, &mut all);

        let told: Vec<(&str, Option<&str>, bool)> = all
            .iter()
            .map(|one| (one.id.as_str(), one.parent.as_ref().map(RemoteCategoryId::as_str), one.sellable))
            .collect();
        assert_eq!(told, [("9100", None, false), ("9101", Some("9100"), true)]);
    }

    #[test]
    fn attributes_say_what_they_take() {
        let rows: List<AttributeRow> =
            serde_json::from_value(sample(include_str!("../tests/wire/category_attributes_get.json")))
                .expect("rows");
        let named =
            |name: &str| attribute(rows.0.iter().find(|row| row.name.as_str() == name).expect("a row"));

        let (brand, colour, volume) = (named("brand"), named("color_family"), named("volume"));

        assert!((brand.required, brand.free, brand.more_options) == (false, false, true));
        assert!((colour.spans_offers, colour.many, colour.free) == (true, true, true));
        assert_eq!(colour.options, [Choice { id: "Red".into(), text: "Đỏ".into() }]);
        assert!((volume.required, volume.free, volume.spans_offers) == (true, true, false));
        let of_sku: AttributeRow =
            serde_json::from_value(json!({"name":"package_content","attribute_type":"sku"})).expect("a row");
        assert_eq!(attribute(&of_sku).key, "sku/package_content");
    }
}
