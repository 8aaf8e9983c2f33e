//! Which field of ours a complaint is about.

/// Our word for the field: a table by what their code names, then what a validation message names (spec §1.5, §4.5–4.8).
/// The first match wins, so longer names stand before shorter ones.
const FIELDS: &[(&str, &str)] = &[
    ("item_name", "title"),
    ("title", "title"),
    ("name_length", "title"),
    ("desc_", "description"),
    ("description", "description"),
    ("hash_tag", "description"),
    ("category_attribute", "attributes"),
    ("attribute", "attributes"),
    ("value_name", "attributes"),
    ("value_id", "attributes"),
    ("brand", "brand"),
    ("category", "category"),
    ("image", "pictures"),
    ("days_to_ship", "days_to_ship"),
    ("dts", "days_to_ship"),
    ("pre_order", "days_to_ship"),
    ("price", "price"),
    ("stock", "stock"),
    ("logistic", "parcel"),
    ("weight", "parcel"),
    ("dimension", "parcel"),
    ("model_sku", "sku"),
    ("item_sku", "sku"),
    ("mtsku", "sku"),
    ("tier", "options"),
    ("model", "options"),
    ("item_limit", "shop"),
    ("shop_id", "shop"),
    ("main_acount_id", "shop"),
    ("reason", "reason"),
    ("code", "code"),
];

/// Our name of the field where the table knows it, else what a validation message calls it.
pub(crate) fn field_of(code: &str, message: &str) -> Option<String> {
    let known = |text: &str| {
        FIELDS.iter().find(|(part, _)| text.contains(part)).map(|(_, field)| (*field).to_owned())
    };
    known(code).or_else(|| {
        let message = message.to_lowercase();
        known(&message.replace(' ', "_")).or_else(|| their_name(&message))
    })
}

/// `Wrong parameters, detail: <field> is a required field.` or `invalid field <Field>: …` (§1.5).
fn their_name(message: &str) -> Option<String> {
    let after = message.split_once("detail: ").or_else(|| message.split_once("invalid field "))?.1;
    let name: String = after.chars().take_while(|c| c.is_alphanumeric() || *c == '_' || *c == '.').collect();
    (!name.is_empty()).then_some(name)
}
