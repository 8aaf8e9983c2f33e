//! Brands (spec 6): a few that are known, and those that sellers add.

use serde_json::{Value, json};

use crate::core::lock;

use super::call::Call;
use super::envelope::{Answer, Refusal, Success};
use super::paging;
use super::shop::Shop;
use super::world::World;

/// One brand.
#[derive(Debug, Clone)]
pub struct Brand {
    pub id: u64,
    pub name: String,
    pub is_authorized: bool,
    pub is_available: bool,
}

const FIRST: u64 = 7_000_000_000_000_000_321;

/// The brands that are always there.
pub fn known() -> Vec<Brand> {
    let names = [
        ("Bát Tràng Conservation", true, true),
        ("Trung Nguyên", false, true),
        ("Cholimex", false, true),
        ("Minh Long I", false, false),
    ];
    let brand = |(place, (name, is_authorized, is_available)): (u64, (&str, bool, bool))| Brand {
        id: FIRST + place,
        name: name.to_owned(),
        is_authorized,
        is_available,
    };
    (0..).zip(names).map(brand).collect()
}

/// `GET /product/202309/brands`.
pub fn list(world: &World, _shop: &mut Shop, call: &Call) -> Answer {
    let size = paging::size(call, 100)?;
    let name = call.arg("brand_name").map(str::to_lowercase);
    let authorized = call.arg("is_authorized").map(|_| call.flag("is_authorized"));
    let filter = paging::filter(call, "brands");
    let after = paging::read(world, call, &filter)?.map_or(0, |place| place.id);
    let brands = lock(&world.media).brands.clone();
    let found: Vec<&Brand> = brands
        .iter()
        .filter(|brand| name.as_ref().is_none_or(|name| brand.name.to_lowercase().contains(name)))
        .filter(|brand| authorized.is_none_or(|wanted| brand.is_authorized == wanted))
        .collect();
    let left: Vec<&&Brand> = found.iter().filter(|brand| brand.id > after).collect();
    // `UNAUTHORIEZD` is spelt so on the wire (spec 6).
    let rows: Vec<Value> = left
        .iter()
        .take(size)
        .map(|brand| {
            json!({
                "id": brand.id.to_string(), "name": brand.name,
                "authorized_status": if brand.is_authorized { "AUTHORIZED" } else { "UNAUTHORIEZD" },
                "is_t1_brand": false, "brand_status": if brand.is_available { "AVAILABLE" } else { "UNAVAILABLE" },
            })
        })
        .collect();
    let next = left.get(size).and(left.get(size - 1)).map(|last| paging::Place { key: 0, id: last.id });
    let token = paging::write(call, &filter, next);
    call.rows(rows.len(), json!({"brands": rows, "total_count": found.len(), "next_page_token": token}))
}

/// `POST /product/202309/brands`: no cipher.
pub fn create(world: &World, call: &Call) -> Answer {
    let name = call.text("name").ok_or_else(|| Refusal::required("Name"))?;
    if !(2..=30).contains(&name.chars().count()) {
        return Err(Refusal::new(12_052_910, "The brand name has 2 to 30 characters."));
    }
    let mut media = lock(&world.media);
    let known = media.brands.iter().find(|brand| brand.name == name).map(|brand| brand.id);
    let id = known.unwrap_or_else(|| {
        let id = media.brands.last().map_or(FIRST, |last| last.id + 1);
        media.brands.push(Brand { id, name: name.to_owned(), is_authorized: true, is_available: true });
        id
    });
    Ok(Success::Data(json!({"id": id.to_string()})))
}
