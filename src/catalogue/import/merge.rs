//! One line of a catalogue laid over what is known: which product and variant it means, what it may change, what it changes.

use crate::catalogue::import::cells::Cells;
use crate::catalogue::import::line::Line;
use crate::catalogue::import::settle::{Settle, Shown};
use crate::catalogue::import::world::World;
use crate::catalogue::import::{Change, Context, Outcome};
use crate::catalogue::problem::Code;
use crate::catalogue::sheet::{Column, Row, Sheet};
use crate::catalogue::text::{name_key, sku_key};
use crate::catalogue::{Certificate, OcopGroup, Parcel, Product, ProductCode, ProductKind, Storage, Variant};
use ganh_contract::{Sku, Vnd};

/// The most variants of one product: guess, ten times the 50 models that Shopee takes (DOMAIN §11).
const MAX_VARIANTS: usize = 500;

/// Plans one line of a catalogue.
pub(super) fn plan_variant(
    sheet: &Sheet,
    row: &Row,
    world: &mut World<'_>,
    context: &mut Context<'_>,
) -> Outcome {
    let mut cells = Cells::new(sheet, row);
    let mut line = Line::read(&mut cells, context);
    let key = line.sku.clone();
    check_sku(&mut cells, &line, context);
    let target = Target::find(&line, world, context);
    target.check(&mut cells, &mut line, world);
    // A refused line holds its SKU too: of two lines for one SKU, nobody knows which was meant.
    if !key.is_empty() {
        context.seen.entry(sku_key(&key)).or_insert_with(|| (row.row, key.clone()));
    }
    if cells.is_rejected() {
        return Outcome::rejected(key, cells.problems);
    }
    let is_new = target.variant.is_none();
    let changes = target.apply(line, &mut cells, world, context);
    Outcome::taken(key, is_new, changes, cells.problems)
}

fn check_sku(cells: &mut Cells<'_>, line: &Line, context: &Context<'_>) {
    if line.sku.is_empty() {
        return cells.note(Column::Sku, Code::SkuMissing, Some(line.propose_sku()), "");
    }
    let Some((first, written)) = context.seen.get(&sku_key(&line.sku)) else { return };
    let code = if *written == line.sku { Code::SkuDuplicate } else { Code::SkuDuplicateCasefold };
    cells.note(Column::Sku, code, Some(line.sku.clone()), &first.to_string());
}

/// What a line is about.
struct Target {
    variant: Option<usize>,
    product: Option<usize>,
    product_code: ProductCode,
    producer: Option<usize>,
    kind: ProductKind,
}

impl Target {
    fn find(line: &Line, world: &World<'_>, context: &Context<'_>) -> Self {
        let variant = world.variant_by_sku.get(&sku_key(&line.sku)).copied();
        let own = variant.and_then(|index| world.variants.get(index)).map(|variant| variant.product.clone());
        let named = line.product_code.clone().map(ProductCode::new);
        let producer_said = line.maker.find(world);
        let product_code = own
            .or(named)
            .or_else(|| sibling(line, producer_said, world))
            .unwrap_or_else(|| ProductCode::new(line.sku.clone()));
        let product = world.product_by_code.get(&sku_key(product_code.as_str())).copied();
        let known = product.and_then(|index| world.products.get(index));
        let product_code = known.map_or(product_code, |product| product.code.clone());
        let owner = known
            .and_then(|product| world.producer_by_code.get(&sku_key(product.producer.as_str())).copied());
        let is_set = context.sets.contains(&sku_key(&line.sku));
        let kind = known.map(|product| product.kind).or(line.kind);
        let kind = kind.unwrap_or(if is_set { ProductKind::Bundle } else { ProductKind::Single });
        Self { variant, product, product_code, producer: owner.or(producer_said), kind }
    }

    /// Notes everything that keeps the line out, and drops from it what does not apply.
    fn check(&self, cells: &mut Cells<'_>, line: &mut Line, world: &World<'_>) {
        self.check_owner(cells, line, world);
        self.check_gtin(cells, line, world);
        self.check_options(cells, line, world);
        if self.kind == ProductKind::Bundle {
            if line.stock.take().is_some() {
                cells.note(Column::Stock, Code::StockOfBundle, None, "");
            }
            if line.stars.take().is_some() {
                cells.note(Column::Stars, Code::StarsOfBundle, None, "");
            }
        }
        let product = self.product.and_then(|index| world.products.get(index));
        let has_said = |cells: &Cells<'_>, codes: &[Code]| {
            cells.problems.iter().any(|problem| codes.contains(&problem.code))
        };
        if product.is_none()
            && line.name.is_none()
            && !has_said(cells, &[Code::NameMojibake, Code::NameLegacyFont])
        {
            cells.note(Column::Name, Code::NameMissing, None, "");
        }
        let is_new = self.variant.is_none();
        if is_new && cells.raw(Column::Price).is_none() {
            cells.note(Column::Price, Code::PriceMissing, None, "");
        }
        let is_stocked = self.kind == ProductKind::Single && cells.has_column(Column::Stock);
        if is_new && is_stocked && cells.raw(Column::Stock).is_none() {
            cells.note(Column::Stock, Code::StockMissing, None, "");
        }
        // A zero and an empty cell are the same here: no weight. Only a service goes without.
        let group = line.group.or_else(|| product.and_then(|product| product.group));
        let is_weightless = match cells.raw(Column::Weight) {
            None => is_new && cells.has_column(Column::Weight),
            Some(_) => line.grams == Some(0),
        };
        if is_weightless && group != Some(OcopGroup::Tourism) {
            cells.note(Column::Weight, Code::WeightMissing, None, "");
        }
    }

    fn check_owner(&self, cells: &mut Cells<'_>, line: &Line, world: &World<'_>) {
        let is_moved = |named: &String| sku_key(named) != sku_key(self.product_code.as_str());
        if line.product_code.as_ref().is_some_and(is_moved) {
            let owner = self.product_code.to_string();
            cells.note(Column::ProductCode, Code::ProductOfOther, None, &owner);
        }
        if self.producer.is_none() {
            if line.maker.code.is_none() && line.maker.name.is_none() {
                cells.note(Column::ProducerName, Code::ProducerMissing, None, "");
            } else if line.maker.kind_of_new().is_none() && cells.raw(Column::ProducerKind).is_none() {
                cells.note(Column::ProducerName, Code::ProducerUnknown, None, "");
            }
        } else if let (Some(said), Some(owner)) = (line.maker.find(world), self.producer)
            && said != owner
            && self.product.is_some()
        {
            cells.note(Column::ProducerName, Code::ProductConflict, None, "producer");
        }
    }

    fn check_gtin(&self, cells: &mut Cells<'_>, line: &Line, world: &World<'_>) {
        let Some(gtin) = &line.gtin else { return };
        let owner = world.gtin_owner.get(gtin.as_str()).copied().filter(|owner| Some(*owner) != self.variant);
        if let Some(owner) = owner.and_then(|owner| world.variants.get(owner)) {
            cells.note(Column::Gtin, Code::GtinDuplicate, Some(gtin.to_string()), owner.sku.as_str());
        }
    }

    fn check_options(&self, cells: &mut Cells<'_>, line: &Line, world: &World<'_>) {
        let is_same_variant = |index: &&usize| Some(**index) == self.variant;
        let siblings = world.variants_of(&self.product_code).iter().filter(|index| !is_same_variant(index));
        let siblings: Vec<&Variant> = siblings.filter_map(|index| world.variants.get(*index)).collect();
        let Some(first) = siblings.first() else { return };
        if self.variant.is_none() && siblings.len() >= MAX_VARIANTS {
            return cells.note(Column::ProductCode, Code::ProductTooWide, None, &MAX_VARIANTS.to_string());
        }
        if line.options.is_empty() && self.variant.is_some() {
            return;
        }
        if line.options.is_empty() || first.options.len() != line.options.len() {
            return cells.note(Column::Option1, Code::OptionMissing, None, first.sku.as_str());
        }
        if let Some(twin) = siblings.iter().find(|variant| variant.options == line.options) {
            cells.note(Column::Option1, Code::OptionDuplicate, None, twin.sku.as_str());
        }
    }

    /// Lays the line over the world and says what changed.
    fn apply(
        self,
        mut line: Line,
        cells: &mut Cells<'_>,
        world: &mut World<'_>,
        context: &mut Context<'_>,
    ) -> Vec<Change> {
        let row = cells.number();
        let said = std::mem::take(&mut line.maker);
        let printed = said.province_printed.clone();
        let mut changes = Vec::new();
        let means_owner = said.find(world).is_none_or(|found| Some(found) == self.producer);
        let producer = match self.producer {
            Some(index) => index,
            None => {
                said.take_up(said.kind_of_new().unwrap_or(crate::catalogue::ProducerKind::Household), world)
            }
        };
        if means_owner {
            changes.extend(said.settle(producer, row, world, context));
        }
        let product = self.product.unwrap_or_else(|| self.add_product(producer, world));
        changes.extend(self.settle_product(product, &mut line, cells, world, context));
        changes.extend(self.settle_certificate(&line, printed, cells, world, context));
        changes.extend(self.settle_variant(line, world, context));
        changes
    }

    fn add_product(&self, producer: usize, world: &mut World<'_>) -> usize {
        let producer = world.producers[producer].code.clone();
        world.add_product(Product {
            code: self.product_code.clone(),
            producer,
            kind: self.kind,
            name: String::new(),
            description: String::new(),
            group: None,
            subgroup: None,
            axes: Vec::new(),
            vat_category: None,
            shelf_life_days: None,
            storage: Storage::Ambient,
            season: None,
            alcohol_tenths: None,
            pictures: Vec::new(),
        })
    }

    /// Whether the variant is its product's first, whose text is the product's.
    fn is_lead(&self, world: &World<'_>) -> bool {
        let lead = world.variants_of(&self.product_code).first();
        lead.is_none_or(|lead| Some(*lead) == self.variant)
    }

    fn settle_product(
        &self,
        index: usize,
        line: &mut Line,
        cells: &mut Cells<'_>,
        world: &mut World<'_>,
        context: &mut Context<'_>,
    ) -> Vec<Change> {
        let is_lead = self.is_lead(world);
        let Some(product) = world.products.get_mut(index) else { return Vec::new() };
        let mut settle = Settle::new(format!("product {}", product.code), &mut context.spoken);
        settle.field("product.name", &mut product.name, line.name.clone());
        settle.field("product.group", &mut product.group, line.group.map(Some));
        settle.field("product.subgroup", &mut product.subgroup, line.subgroup.take().map(Some));
        let axes = (!line.axes.is_empty()).then(|| std::mem::take(&mut line.axes));
        settle.field("product.axes", &mut product.axes, axes);
        settle.field("product.vat_category", &mut product.vat_category, line.vat.map(Some));
        settle.field("product.shelf_life_days", &mut product.shelf_life_days, line.shelf_life_days.map(Some));
        settle.field("product.storage", &mut product.storage, line.storage);
        settle.field("product.season", &mut product.season, line.season.map(Some));
        settle.field("product.alcohol_tenths", &mut product.alcohol_tenths, line.alcohol_tenths.map(Some));
        let pictures = (!line.pictures.is_empty()).then(|| std::mem::take(&mut line.pictures));
        settle.field("product.pictures", &mut product.pictures, pictures);
        // The lead variant speaks for the product; what another says differently is its own (see `settle_variant`).
        if is_lead && line.description.is_some() {
            settle.field("product.description", &mut product.description, line.description.clone());
        }
        let (changes, conflicts) = (settle.changes, settle.conflicts);
        let name = name_key(&product.name);
        for (field, _) in conflicts {
            cells.note(Column::ProductCode, Code::ProductConflict, None, field);
        }
        let owner = world.name_owner.entry(name).or_insert_with(|| self.product_code.clone());
        if *owner != self.product_code {
            cells.note(Column::Name, Code::NameDuplicateOfClean, None, owner.as_str());
        } else if line.is_name_composed {
            cells.note(Column::Name, Code::NameNotNfc, line.name.clone(), "");
        }
        changes
    }

    fn settle_certificate(
        &self,
        line: &Line,
        printed: Option<String>,
        cells: &mut Cells<'_>,
        world: &mut World<'_>,
        context: &mut Context<'_>,
    ) -> Vec<Change> {
        // A line without stars speaks of no certificate, whatever dates it carries.
        let Some((stars, pending_five)) = line.stars else { return Vec::new() };
        if self.is_bare_claim(line, world) {
            let known = world.certificates_of.get(&self.product_code).into_iter().flatten();
            let mut known = known.filter_map(|index| world.certificates.get(*index));
            if !known.any(|one| one.stars == stars) {
                cells.note(Column::Stars, Code::StarsNeedDecision, None, "");
            }
            return Vec::new();
        }
        let found = self.find_certificate(line, world);
        let index = found.unwrap_or_else(|| {
            world.add_certificate(Certificate {
                product: self.product_code.clone(),
                number: None,
                stars,
                pending_five,
                decided_on: None,
                valid_to: None,
                province_printed: None,
            })
        });
        let Some(certificate) = world.certificates.get_mut(index) else { return Vec::new() };
        let mut settle = Settle::new(format!("certificate {index}"), &mut context.spoken);
        if found.is_none() {
            let new = certificate.stars.get().to_string();
            settle.changes.push(Change { field: "certificate.stars".to_owned(), old: None, new });
        }
        settle.field("certificate.number", &mut certificate.number, line.certificate_no.clone().map(Some));
        settle.field("certificate.stars", &mut certificate.stars, Some(stars));
        settle.field("certificate.pending_five", &mut certificate.pending_five, Some(pending_five));
        settle.field("certificate.decided_on", &mut certificate.decided_on, line.decided_on.map(Some));
        settle.field("certificate.valid_to", &mut certificate.valid_to, line.valid_to.map(Some));
        settle.field("certificate.province_printed", &mut certificate.province_printed, printed.map(Some));
        let (changes, conflicts) = (settle.changes, settle.conflicts);
        for (field, _) in conflicts {
            cells.note(Column::CertificateNo, Code::ProductConflict, None, field);
        }
        changes
    }

    /// The decision that the line speaks of: by its number, else by its date. Nothing that makes up its key is ever changed.
    fn find_certificate(&self, line: &Line, world: &World<'_>) -> Option<usize> {
        let known = world.certificates_of.get(&self.product_code)?;
        let find = |is_meant: &dyn Fn(&Certificate) -> bool| {
            known.iter().copied().find(|index| world.certificates.get(*index).is_some_and(is_meant))
        };
        let (number, date) = (line.certificate_no.clone(), line.decided_on);
        let key = number.clone().or_else(|| date.map(|date| date.to_string())).unwrap_or_default();
        let of_that_day =
            || find(&|one| date.is_some() && one.decided_on == date).filter(|_| number.is_none());
        find(&|one| one.decision_key() == key).or_else(of_that_day)
    }

    /// Stars with neither number nor date, where decisions are known: they may agree, but change nothing.
    fn is_bare_claim(&self, line: &Line, world: &World<'_>) -> bool {
        line.certificate_no.is_none()
            && line.decided_on.is_none()
            && world.certificates_of.contains_key(&self.product_code)
            && self.find_certificate(line, world).is_none()
    }

    fn settle_variant(&self, line: Line, world: &mut World<'_>, context: &mut Context<'_>) -> Vec<Change> {
        let is_lead = self.is_lead(world);
        let index = self.variant.unwrap_or_else(|| {
            world.add_variant(Variant {
                product: self.product_code.clone(),
                sku: Sku::new(line.sku.clone()),
                gtin: None,
                options: Vec::new(),
                price: Vnd(0),
                sheet_stock: None,
                net_quantity: None,
                parcel: None,
                description: None,
                trace_url: None,
            })
        });
        let Some(variant) = world.variants.get_mut(index) else { return Vec::new() };
        let mut settle = Settle::new(format!("variant {}", variant.sku), &mut context.spoken);
        let old_gtin = variant.gtin.clone();
        settle.field("gtin", &mut variant.gtin, line.gtin.map(Some));
        settle.field(
            "options",
            &mut variant.options,
            Some(line.options).filter(|options| !options.is_empty()),
        );
        settle.field("price", &mut variant.price, line.price);
        settle.field("stock", &mut variant.sheet_stock, line.stock.map(Some));
        settle.field("net_quantity", &mut variant.net_quantity, line.net_quantity.map(Some));
        let grams =
            line.grams.filter(|grams| *grams > 0).or_else(|| variant.parcel.map(|parcel| parcel.grams));
        let size_mm = line.size_mm.or_else(|| variant.parcel.and_then(|parcel| parcel.size_mm));
        settle.field("parcel", &mut variant.parcel, grams.map(|grams| Some(Parcel { grams, size_mm })));
        settle.field("trace_url", &mut variant.trace_url, line.trace_url.map(Some));
        let (mut changes, new_gtin) = (settle.changes, variant.gtin.clone());
        if let Some(old) = old_gtin.filter(|old| Some(old) != new_gtin.as_ref()) {
            world.gtin_owner.remove(old.as_str());
        }
        if let Some(new) = new_gtin {
            world.gtin_owner.insert(new.as_str().to_owned(), index);
        }
        if let Some(text) = line.description {
            let old = world.description_before(index);
            if !is_lead && old.as_ref() != Some(&text) {
                let (field, old) = ("description".to_owned(), old.and_then(|old| old.shown()));
                changes.push(Change { field, old, new: text.clone() });
            }
            world.said_descriptions.insert(index, text);
        }
        changes
    }
}

/// The product of a line without a product code: one of the same producer and name that has options, as this line has.
fn sibling(line: &Line, producer: Option<usize>, world: &World<'_>) -> Option<ProductCode> {
    let producer = world.producers.get(producer?)?;
    let code = world.name_owner.get(&name_key(line.name.as_ref()?)).filter(|_| !line.options.is_empty())?;
    let product = world.products.get(*world.product_by_code.get(&sku_key(code.as_str()))?)?;
    (product.producer == producer.code && product.axes.len() == line.options.len()).then(|| code.clone())
}
