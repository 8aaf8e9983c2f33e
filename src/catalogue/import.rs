//! Sheets laid against what the store has now: a plan, row by row, and the effects of applying it.
//!
//! Nothing here writes. The store applies [`Effects`] in one transaction and refuses a plan whose `revision` is no longer its own.
//! An empty cell or a missing column never erases; a line that is missing deletes nothing.

mod cells;
mod fields;
mod line;
mod maker;
mod merge;
mod sets;
mod settle;
#[cfg(test)]
mod tests;
mod world;

use crate::catalogue::certificate::Certificate;
use crate::catalogue::picture::Pictures;
use crate::catalogue::problem::{self, Action, Code, Problem};
use crate::catalogue::producer::Producer;
use crate::catalogue::product::{BundleComponent, Product, Variant};
use crate::catalogue::sheet::{Detected, Row, Sheet};
use ganh_contract::Sku;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};

/// What the store has now, read in one transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Existing {
    /// The catalogue's revision: moves with every change of anything below.
    pub revision: i64,
    /// Every producer.
    pub producers: Vec<Producer>,
    /// Every product.
    pub products: Vec<Product>,
    /// Every variant, of one product in its own order.
    pub variants: Vec<Variant>,
    /// Every certificate, lapsed ones too.
    pub certificates: Vec<Certificate>,
    /// Every line of every set.
    pub components: Vec<BundleComponent>,
}

/// Which of the three sheets a line stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SheetKind {
    /// Producers (chủ thể).
    Producers,
    /// One line per SKU (danh mục).
    Catalogue,
    /// One line per component of a set (bộ quà).
    Bundles,
}

/// What becomes of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowResult {
    /// Adds something the store does not have.
    New,
    /// Changes something.
    Changed,
    /// Says what the store already says.
    Same,
    /// Left out; its problems say why.
    Rejected,
    /// Not a line of goods.
    Skipped,
}

/// One field that would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The field (`price`, `product.name`, `producer.tax_id`).
    pub field: String,
    /// As it is now; `None` when unset.
    pub old: Option<String>,
    /// As it will be. Tax numbers are masked.
    pub new: String,
}

/// What was understood of one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowPlan {
    /// The file or the sheet of the workbook.
    pub sheet: String,
    /// Which kind of sheet.
    pub kind: SheetKind,
    /// Line of the data, the header not counted; the first is 1.
    pub row: u32,
    /// Line as a spreadsheet program numbers it.
    pub sheet_row: u32,
    /// The SKU (of the set, in a sheet of sets); the code, in a sheet of producers. Empty when the line names none.
    pub key: String,
    /// What becomes of it.
    pub result: RowResult,
    /// Whether somebody should look although the line is taken.
    pub is_warned: bool,
    /// Fields that would change, old and new.
    pub changes: Vec<Change>,
    /// What was found in it.
    pub problems: Vec<Problem>,
}

/// Lines by result. `warned` lines are counted under their result too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Lines that add.
    pub new: u32,
    /// Lines that change.
    pub changed: u32,
    /// Lines that say nothing new.
    pub same: u32,
    /// Taken lines that somebody should look at.
    pub warned: u32,
    /// Lines left out.
    pub rejected: u32,
    /// Lines that are not goods.
    pub skipped: u32,
}

/// A stock figure that a sheet gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockFigure {
    /// Which variant.
    pub sku: Sku,
    /// Units in the sheet.
    pub units: u32,
    /// Units in the sheet before; `None` = this is the opening figure. What was sold meanwhile stays sold:
    /// the ledger moves by `units − previous`, never to `units`.
    pub previous: Option<u32>,
}

/// What applying a plan does: whole values to insert or replace by their key. Replaying them changes nothing.
///
/// Holds tax numbers in clear: seal it where it is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effects {
    /// By code.
    pub producers: Vec<Producer>,
    /// By code. Pictures are in them.
    pub products: Vec<Product>,
    /// By SKU. New ones of a product come after those it has, in this order.
    pub variants: Vec<Variant>,
    /// By product and number (or date of decision).
    pub certificates: Vec<Certificate>,
    /// By set and component.
    pub components: Vec<BundleComponent>,
    /// For the ledger.
    pub stock: Vec<StockFigure>,
}

impl Effects {
    /// Whether applying would change nothing.
    pub fn is_empty(&self) -> bool {
        self.producers.is_empty()
            && self.products.is_empty()
            && self.variants.is_empty()
            && self.certificates.is_empty()
            && self.components.is_empty()
            && self.stock.is_empty()
    }
}

/// A sheet that was read for a plan, and what was detected about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetRead {
    /// The file, with the sheet's name for a workbook.
    pub sheet: String,
    /// What its lines are about.
    pub kind: SheetKind,
    /// Code page, delimiter, header, columns understood and not.
    pub detected: Detected,
}

/// What an import would do, before it does anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportPlan {
    /// The revision it was made against.
    pub revision: i64,
    /// The sheets, and how they were understood.
    pub sheets: Vec<SheetRead>,
    /// Every line of every sheet, in order: producers, catalogue, sets.
    pub rows: Vec<RowPlan>,
    /// What concerns several lines together: conflicts inside a producer or product.
    pub notes: Vec<Problem>,
    /// Lines by result.
    pub totals: Totals,
    /// What to write.
    pub effects: Effects,
}

/// Lays sheets against the store's present state. Pure: same input, same plan; a plan of an already-equal world has no effects.
///
/// `pictures` are the checks of the picture files at hand by name; `None` = nobody looked, and no name is doubted.
/// `today` decides which certificates have lapsed.
pub fn plan(sheets: &[Sheet], existing: &Existing, pictures: Option<&Pictures>, today: Date) -> ImportPlan {
    let mut world = world::World::new(existing);
    let mut context = Context { pictures, today, ..Context::default() };
    for sheet in of_kind(sheets, SheetKind::Bundles) {
        context.learn_sets(sheet);
    }
    let mut rows = Vec::new();
    for kind in [SheetKind::Producers, SheetKind::Catalogue, SheetKind::Bundles] {
        context.seen.clear();
        for sheet in of_kind(sheets, kind) {
            for row in &sheet.rows {
                rows.push(plan_row(sheet, row, &mut world, &mut context));
            }
        }
    }
    let sheets = sheets.iter().map(|sheet| SheetRead {
        sheet: sheet.name.clone(),
        kind: sheet.kind,
        detected: sheet.detected.clone(),
    });
    ImportPlan {
        revision: existing.revision,
        sheets: sheets.collect(),
        totals: count(&rows),
        rows,
        notes: context.notes,
        effects: world.into_effects(existing),
    }
}

fn of_kind(sheets: &[Sheet], kind: SheetKind) -> impl Iterator<Item = &Sheet> {
    sheets.iter().filter(move |sheet| sheet.kind == kind)
}

/// What is remembered from line to line.
#[derive(Default)]
struct Context<'a> {
    pictures: Option<&'a Pictures>,
    today: Date,
    /// Keys of sets, from the sheet of sets.
    sets: HashSet<String>,
    /// Keys of lines that were taken: key → (line, as written).
    seen: HashMap<String, (u32, String)>,
    /// Fields that a line of this import has spoken about: a later line cannot change them.
    spoken: HashSet<(String, &'static str)>,
    /// Abbreviations that were explained once.
    explained: HashSet<String>,
    notes: Vec<Problem>,
}

/// What became of one line, before it is written down.
struct Outcome {
    key: String,
    result: RowResult,
    changes: Vec<Change>,
    problems: Vec<Problem>,
}

impl Outcome {
    fn rejected(key: String, problems: Vec<Problem>) -> Self {
        Self { key, result: RowResult::Rejected, changes: Vec::new(), problems }
    }

    fn taken(key: String, is_new: bool, changes: Vec<Change>, problems: Vec<Problem>) -> Self {
        let result = match (is_new, changes.is_empty()) {
            (true, _) => RowResult::New,
            (false, false) => RowResult::Changed,
            (false, true) => RowResult::Same,
        };
        Self { key, result, changes, problems }
    }
}

fn plan_row(sheet: &Sheet, row: &Row, world: &mut world::World<'_>, context: &mut Context<'_>) -> RowPlan {
    let outcome = match &row.fault {
        Some((code, detail)) => {
            let problem = Problem::new(row.row, problem::WHOLE_LINE, *code, "", None, detail);
            let result = if code.action() == Action::Skip { RowResult::Skipped } else { RowResult::Rejected };
            Outcome { key: String::new(), result, changes: Vec::new(), problems: vec![problem] }
        }
        None => match sheet.kind {
            SheetKind::Producers => maker::plan_producer(sheet, row, world, context),
            SheetKind::Catalogue => merge::plan_variant(sheet, row, world, context),
            SheetKind::Bundles => sets::plan_component(sheet, row, world, context),
        },
    };
    let is_taken = !matches!(outcome.result, RowResult::Rejected | RowResult::Skipped);
    let is_loud = |code: Code| !code.is_quiet() && code.action() != Action::Skip;
    RowPlan {
        sheet: sheet.name.clone(),
        kind: sheet.kind,
        row: row.row,
        sheet_row: row.sheet_row,
        key: outcome.key,
        result: outcome.result,
        is_warned: is_taken && outcome.problems.iter().any(|problem| is_loud(problem.code)),
        changes: outcome.changes,
        problems: outcome.problems,
    }
}

fn count(rows: &[RowPlan]) -> Totals {
    let mut totals = Totals::default();
    for row in rows {
        match row.result {
            RowResult::New => totals.new += 1,
            RowResult::Changed => totals.changed += 1,
            RowResult::Same => totals.same += 1,
            RowResult::Rejected => totals.rejected += 1,
            RowResult::Skipped => totals.skipped += 1,
        }
        totals.warned += u32::from(row.is_warned);
    }
    totals
}
