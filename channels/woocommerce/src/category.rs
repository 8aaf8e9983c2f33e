//! Categories: the shop's own tree, and the ones that we make in it when a listing first needs them (spec 4.8).

use crate::Shop;
use crate::facts::Facts;
use crate::fault::TERM_EXISTS;
use crate::fold::fold;
use crate::listing::{PAGE, unescape};
use crate::offer::number;
use crate::site::pairs;
use crate::wire::{Named, Thing};
use ganh_contract::{Category, CategoryRules, Fault, FaultKind, RemoteCategoryId, Result};
use serde_json::json;

/// Categories that exist by name only begin so.
const BY_NAME: &str = "name:";

/// A category that is there now.
pub enum Ensured {
    Was(u64),
    Made(u64),
}

impl Ensured {
    /// The shop's own name for it.
    pub fn id(&self) -> RemoteCategoryId {
        let (Self::Was(id) | Self::Made(id)) = self;
        RemoteCategoryId::new(id.to_string())
    }
}

/// Finds the category, or makes it at the top of the tree.
///
/// # Errors
/// `Missing` for an id that is neither a number nor a name.
pub async fn ensure(shop: &Shop, call: &'static str, category: &RemoteCategoryId) -> Result<Ensured> {
    let missing = || Fault::new(call, FaultKind::Missing(ganh_contract::Thing::Category));
    if let Some(id) = number(category.as_str()) {
        return Ok(Ensured::Was(id));
    }
    let name = category.as_str().strip_prefix(BY_NAME).map(str::trim).filter(|name| !name.is_empty());
    let body = json!({ "name": name.ok_or_else(missing)? });
    // The shop keeps names unique under a parent and names the owner of a taken one: safe to repeat.
    match shop.site.set::<Thing>(call, "products/categories", &body).await {
        Ok(made) => Ok(Ensured::Made(made.value.id)),
        Err(fault) if fault.code.as_deref() == Some(TERM_EXISTS) => owner(shop, call, &fault, name).await,
        Err(fault) => Err(fault),
    }
}

async fn owner(shop: &Shop, call: &'static str, fault: &Fault, name: Option<&str>) -> Result<Ensured> {
    let found = match &*fault.kind {
        FaultKind::Conflict { holder: Some(holder) } => number(holder.as_str()),
        _ => {
            let wanted = fold(name.unwrap_or_default());
            let all = all(shop, call, None).await?;
            all.into_iter()
                .find(|node| node.parent == 0 && fold(&unescape(&node.name)) == wanted)
                .map(|node| node.id)
        }
    };
    found.map(Ensured::Was).ok_or_else(|| fault.clone())
}

/// The whole tree, or the children of one; with the whole tree come the names that we would make.
pub async fn categories(shop: &Shop, under: Option<&RemoteCategoryId>) -> Result<Vec<Category>> {
    let parent = match under {
        None => None,
        Some(id) => match number(id.as_str()) {
            Some(id) => Some(id),
            None => return Ok(Vec::new()),
        },
    };
    let held = all(shop, "categories", parent).await?;
    let mut categories: Vec<Category> = held
        .iter()
        .map(|node| Category {
            id: node.id.to_string().into(),
            parent: (node.parent > 0).then(|| node.parent.to_string().into()),
            name: unescape(&node.name),
            sellable: true,
        })
        .collect();
    if parent.is_none() {
        categories.extend(ours(&shop.facts, &held));
    }
    Ok(categories)
}

fn ours(facts: &Facts, held: &[Named]) -> Vec<Category> {
    let is_held =
        |name: &str| held.iter().any(|node| node.parent == 0 && fold(&unescape(&node.name)) == fold(name));
    let names = facts.categories.is.values().filter(|name| !is_held(name));
    names
        .map(|name| Category {
            id: format!("{BY_NAME}{name}").into(),
            parent: None,
            name: name.clone(),
            sellable: true,
        })
        .collect()
}

async fn all(shop: &Shop, call: &'static str, parent: Option<u64>) -> Result<Vec<Named>> {
    let mut all = Vec::new();
    for page in 1.. {
        let mut asked = pairs([
            ("per_page", PAGE.to_string()),
            ("page", page.to_string()),
            ("orderby", "id".to_owned()),
            ("order", "asc".to_owned()),
            ("_fields", "id,name,parent".to_owned()),
        ]);
        if let Some(parent) = parent {
            asked.push(("parent".to_owned(), parent.to_string()));
        }
        let rows = shop.site.get::<Vec<Named>>(call, "products/categories", asked).await?.value;
        let is_last = rows.len() < PAGE;
        all.extend(rows.into_iter().filter(|row| parent.is_none_or(|parent| row.parent == parent)));
        if is_last {
            break;
        }
    }
    Ok(all)
}

/// A shop asks for nothing more in one category than in another.
pub const fn category_rules() -> CategoryRules {
    CategoryRules { attributes: Vec::new(), text: None, price: None, papers: Vec::new() }
}
