//! Tiers and tier positions as requests write them, in both syntaxes that clients use (spec 4.8).

use serde_json::Value;

use super::call::{array, text};
use super::envelope::Refusal;
use super::item::Tier;

/// The tiers of a request: `standardise_tier_variation`, else the older `tier_variation`. `None`: neither.
pub fn read_tiers(json: &Value) -> Result<Option<Vec<Tier>>, Refusal> {
    if let Some(rows) = array(json, "standardise_tier_variation")? {
        return rows.iter().map(standard).collect::<Result<_, _>>().map(Some);
    }
    let Some(rows) = array(json, "tier_variation")? else { return Ok(None) };
    rows.iter().map(older).collect::<Result<_, _>>().map(Some)
}

fn standard(row: &Value) -> Result<Tier, Refusal> {
    let options = array(row, "variation_option_list")?.map_or(&[][..], Vec::as_slice);
    let option = |row: &Value| {
        let image = text(row, "image_id")?.filter(|id| !id.is_empty());
        Ok((text(row, "variation_option_name")?.unwrap_or("").to_owned(), image.map(str::to_owned)))
    };
    let name = text(row, "variation_name")?.unwrap_or("").to_owned();
    Ok(Tier { name, options: options.iter().map(option).collect::<Result<_, Refusal>>()? })
}

fn older(row: &Value) -> Result<Tier, Refusal> {
    let options = array(row, "option_list")?.map_or(&[][..], Vec::as_slice);
    let option = |row: &Value| {
        let image = row
            .get("image")
            .and_then(|image| image.get("image_id"))
            .and_then(Value::as_str)
            .filter(|id| !id.is_empty());
        Ok((text(row, "option")?.unwrap_or("").to_owned(), image.map(str::to_owned)))
    };
    let name = text(row, "name")?.unwrap_or("").to_owned();
    Ok(Tier { name, options: options.iter().map(option).collect::<Result<_, Refusal>>()? })
}

/// The position of a model in the tiers.
pub fn read_index(row: &Value, tiers: &[Tier]) -> Result<Vec<usize>, Refusal> {
    let bad = || Refusal::new("product.error_tier_index", "Model tier_index error.");
    let places = array(row, "tier_index")?.ok_or_else(bad)?;
    let places: Vec<usize> =
        places.iter().filter_map(Value::as_u64).filter_map(|place| usize::try_from(place).ok()).collect();
    let fits = places.len() == tiers.len()
        && places.iter().zip(tiers).all(|(place, tier)| *place < tier.options.len());
    if fits { Ok(places) } else { Err(bad()) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_syntaxes_read_alike() {
        let new = json!({"standardise_tier_variation": [{"variation_id": 0, "variation_name": "Size", "variation_option_list": [{"variation_option_name": "S"}]}]});
        let old = json!({"tier_variation": [{"name": "Size", "option_list": [{"option": "S"}]}]});

        assert_eq!(read_tiers(&new), read_tiers(&old));
    }
}
