//! Lines of gift sets: which SKU is in which set, how often. A component that a sheet does not name stays.

use crate::catalogue::import::cells::Cells;
use crate::catalogue::import::settle::Settle;
use crate::catalogue::import::world::World;
use crate::catalogue::import::{Change, Context, Outcome};
use crate::catalogue::problem::Code;
use crate::catalogue::sheet::{Column, Row, Sheet};
use crate::catalogue::text::sku_key;
use crate::catalogue::{BundleComponent, ProductKind};

impl Context<'_> {
    /// Remembers which SKUs are sets, so that a catalogue without that column can be read.
    pub(super) fn learn_sets(&mut self, sheet: &Sheet) {
        let sets =
            sheet.rows.iter().filter(|row| row.fault.is_none()).filter_map(|row| row.cell(Column::BundleSku));
        self.sets.extend(sets.map(sku_key));
    }
}

/// Plans one line of a sheet of sets.
pub(super) fn plan_component(
    sheet: &Sheet,
    row: &Row,
    world: &mut World<'_>,
    context: &mut Context<'_>,
) -> Outcome {
    let mut cells = Cells::new(sheet, row);
    let (bundle, component) = (cells.text(Column::BundleSku), cells.text(Column::ComponentSku));
    let quantity = cells.number_up_to(Column::Quantity, 1_000).filter(|quantity| *quantity > 0);
    let key = bundle.clone().unwrap_or_default();
    let kind_of = |sku: &Option<String>| {
        let variant = world.variants.get(*world.variant_by_sku.get(&sku_key(sku.as_deref()?))?)?;
        let product = world.products.get(*world.product_by_code.get(&sku_key(variant.product.as_str()))?)?;
        Some((variant.sku.clone(), product.kind))
    };
    let (set, part) = (kind_of(&bundle), kind_of(&component));
    if quantity.is_none() {
        cells.note(Column::Quantity, Code::QuantityBad, None, "");
    }
    if !matches!(set, Some((_, ProductKind::Bundle))) {
        cells.note(Column::BundleSku, Code::BundleUnknown, bundle, "");
    }
    match part {
        None => cells.note(Column::ComponentSku, Code::ComponentUnknown, component, ""),
        Some((_, ProductKind::Bundle)) => {
            cells.note(Column::ComponentSku, Code::ComponentNested, component, "")
        }
        Some((_, ProductKind::Single)) => {}
    }
    let (Some((set, _)), Some((part, _)), Some(quantity), false) = (set, part, quantity, cells.is_rejected())
    else {
        return Outcome::rejected(key, cells.problems);
    };
    let skus = (sku_key(set.as_str()), sku_key(part.as_str()));
    if let Some((first, _)) = context.seen.get(&format!("{}\n{}", skus.0, skus.1)) {
        let first = first.to_string();
        cells.note(Column::ComponentSku, Code::ComponentDuplicate, None, &first);
        return Outcome::rejected(key, cells.problems);
    }
    context.seen.insert(format!("{}\n{}", skus.0, skus.1), (row.row, key.clone()));
    let mut settle = Settle::new(format!("component {} {}", skus.0, skus.1), &mut context.spoken);
    match world.component_by_skus.get(&skus).and_then(|index| world.components.get_mut(*index)) {
        Some(known) => {
            settle.field("component.quantity", &mut known.quantity, Some(quantity));
            Outcome::taken(key, false, settle.changes, cells.problems)
        }
        None => {
            let change =
                Change { field: "component".to_owned(), old: None, new: format!("{quantity} × {part}") };
            world.add_component(BundleComponent { bundle: set, component: part, quantity });
            Outcome::taken(key, true, vec![change], cells.problems)
        }
    }
}
