//! What a line says about a producer, in a catalogue or in a list of producers, and whom it means.

use crate::catalogue::import::cells::Cells;
use crate::catalogue::import::settle::Settle;
use crate::catalogue::import::world::World;
use crate::catalogue::import::{Change, Context, Outcome};
use crate::catalogue::problem::{Code, Problem, WHOLE_LINE};
use crate::catalogue::province::{self, Spelling};
use crate::catalogue::sheet::{Column, Row, Sheet};
use crate::catalogue::tax_id::TaxId;
use crate::catalogue::text::{name_key, search_key, sku_key, slug, tidy};
use crate::catalogue::{Producer, ProducerCode, ProducerKind};

/// What a line says about its producer.
#[derive(Default)]
pub(super) struct Maker {
    pub code: Option<String>,
    pub name: Option<String>,
    pub kind: Option<ProducerKind>,
    pub province_code_old: Option<String>,
    pub province_code_new: Option<String>,
    pub commune_code_new: Option<String>,
    pub commune_new: Option<String>,
    pub address_old: Option<String>,
    pub tax_id: Option<TaxId>,
    /// The province as written, for the certificate.
    pub province_printed: Option<String>,
}

impl Maker {
    /// Reads the producer's columns of a line.
    pub fn read(cells: &mut Cells<'_>, context: &mut Context<'_>) -> Self {
        let mut maker = Self {
            code: cells.text(Column::ProducerCode),
            name: cells.text(Column::ProducerName),
            kind: read_kind(cells, context),
            commune_code_new: cells.text(Column::CommuneCodeNew).map(|code| pad(&code, 5)),
            commune_new: cells.text(Column::CommuneNew),
            address_old: cells.text(Column::AddressOld),
            ..Self::default()
        };
        maker.read_province(cells);
        if let Some(raw) = cells.raw(Column::TaxId) {
            maker.tax_id = TaxId::parse(raw);
            if maker.tax_id.is_none() {
                // The number may be a person's: it is not repeated in the report.
                cells.note(Column::TaxId, Code::TaxIdBad, None, "");
                if let Some(problem) = cells.problems.last_mut() {
                    problem.raw = "•".repeat(raw.chars().count().min(20));
                }
            }
        }
        maker
    }

    fn read_province(&mut self, cells: &mut Cells<'_>) {
        if let Some(raw) = cells.raw(Column::Province) {
            match province::find(raw) {
                None => cells.note(Column::Province, Code::ProvinceUnknown, None, ""),
                Some(place) => {
                    let code = match (place.spelling, place.is_in_force) {
                        (Spelling::Bare, _) => Some(Code::ProvinceNoDiacritics),
                        (Spelling::Exact | Spelling::OtherTones, false) => Some(Code::ProvinceAbolished),
                        (Spelling::OtherTones, true) => Some(Code::ProvinceTonePlacement),
                        (Spelling::Exact, true) => None,
                    };
                    if let Some(code) = code {
                        cells.note(Column::Province, code, Some(place.code_new.to_owned()), "");
                    }
                    self.province_code_new = Some(place.code_new.to_owned());
                    self.province_code_old = place.code_old.filter(|_| !place.is_in_force).map(str::to_owned);
                    self.province_printed = Some(tidy(raw.trim()));
                }
            }
        }
        let old = cells.word(Column::ProvinceOld, Code::ProvinceUnknown, |raw| province::find(raw)?.code_old);
        let old =
            cells.word(Column::ProvinceCodeOld, Code::ProvinceUnknown, |raw| known_old(&pad(raw, 2))).or(old);
        let new = cells.word(Column::ProvinceNew, Code::ProvinceUnknown, |raw| {
            province::find(raw).filter(|place| place.is_in_force).map(|place| place.code_new.to_owned())
        });
        let new =
            cells.word(Column::ProvinceCodeNew, Code::ProvinceUnknown, |raw| known_new(&pad(raw, 2))).or(new);
        if let Some(code) = old {
            self.province_code_old = Some(code.to_owned());
            self.province_printed =
                province::name_old(code).map(str::to_owned).or(self.province_printed.take());
        }
        self.province_code_new = new
            .or_else(|| old.and_then(province::successor).map(str::to_owned))
            .or(self.province_code_new.take());
    }

    /// Whom the line means: by code, else by name. `None` = somebody new, or nobody.
    pub fn find(&self, world: &World<'_>) -> Option<usize> {
        match (&self.code, &self.name) {
            (Some(code), _) => world.producer_by_code.get(&sku_key(code)).copied(),
            (None, Some(name)) => world.producer_by_name.get(&name_key(name)).copied(),
            (None, None) => None,
        }
    }

    /// The kind to give to somebody new: as said, else as the name says.
    pub fn kind_of_new(&self) -> Option<ProducerKind> {
        self.kind.or_else(|| self.name.as_deref().and_then(ProducerKind::from_words))
    }

    /// Takes up somebody new. Where no code is given, the name makes one.
    pub fn take_up(&self, kind: ProducerKind, world: &mut World<'_>) -> usize {
        let name = self.name.clone().or_else(|| self.code.clone()).unwrap_or_default();
        let code = self.code.clone().unwrap_or_else(|| {
            let stem: String = slug(&name).chars().take(40).collect();
            let stem =
                if stem.is_empty() { "producer".to_owned() } else { stem.trim_end_matches('-').to_owned() };
            let numbered = (2..).map(|number| format!("{stem}-{number}"));
            let mut free = std::iter::once(stem.clone()).chain(numbered);
            free.find(|code| !world.producer_by_code.contains_key(&sku_key(code))).unwrap_or(stem)
        });
        world.add_producer(Producer {
            code: ProducerCode::new(code),
            name: String::new(),
            kind,
            province_code_old: None,
            province_code_new: None,
            commune_code_new: None,
            commune_new: None,
            address_old: None,
            tax_id: None,
        })
    }

    /// Lays what the line says over what is known. Conflicts with earlier lines become notes of the whole plan.
    pub fn settle(
        self,
        index: usize,
        row: u32,
        world: &mut World<'_>,
        context: &mut Context<'_>,
    ) -> Vec<Change> {
        let Some(producer) = world.producers.get_mut(index) else { return Vec::new() };
        let mut settle = Settle::new(format!("producer {}", producer.code), &mut context.spoken);
        let old_name = name_key(&producer.name);
        settle.field("producer.name", &mut producer.name, self.name);
        settle.field("producer.kind", &mut producer.kind, self.kind);
        settle.field(
            "producer.province_code_old",
            &mut producer.province_code_old,
            self.province_code_old.map(Some),
        );
        settle.field(
            "producer.province_code_new",
            &mut producer.province_code_new,
            self.province_code_new.map(Some),
        );
        settle.field(
            "producer.commune_code_new",
            &mut producer.commune_code_new,
            self.commune_code_new.map(Some),
        );
        settle.field("producer.commune_new", &mut producer.commune_new, self.commune_new.map(Some));
        settle.field("producer.address_old", &mut producer.address_old, self.address_old.map(Some));
        settle.field("producer.tax_id", &mut producer.tax_id, self.tax_id.map(Some));
        let (changes, conflicts) = (settle.changes, settle.conflicts);
        if producer.name.is_empty() {
            producer.name = producer.code.as_str().to_owned();
        }
        let (code, name) = (producer.code.clone(), name_key(&producer.name));
        if name != old_name {
            world.producer_by_name.remove(&old_name);
        }
        world.producer_by_name.entry(name).or_insert(index);
        for (field, said) in conflicts {
            let what = format!("{field} of {code}");
            context.notes.push(Problem::new(row, WHOLE_LINE, Code::ProducerConflict, &said, None, &what));
        }
        changes
    }
}

fn read_kind(cells: &mut Cells<'_>, context: &mut Context<'_>) -> Option<ProducerKind> {
    let kind = cells.word(Column::ProducerKind, Code::KindUnknown, ProducerKind::from_words)?;
    let key = search_key(cells.raw(Column::ProducerKind)?);
    // Bare initials are explained once in a file, not on each of a hundred lines.
    let is_initials = ["htx", "dntn", "hkd", "tht"].contains(&key.as_str());
    if is_initials && context.explained.insert(key) {
        cells.note(Column::ProducerKind, Code::KindAbbrev, Some(kind.slug().to_owned()), "");
    }
    Some(kind)
}

fn known_old(code: &str) -> Option<&'static str> {
    let name = province::name_old(code)?;
    province::find(name)?.code_old
}

fn known_new(code: &str) -> Option<String> {
    province::name_new(code).map(|_| code.to_owned())
}

/// Gives a code back the zeros that a spreadsheet took from its front.
fn pad(code: &str, width: usize) -> String {
    let code = code.trim();
    if code.bytes().all(|byte| byte.is_ascii_digit()) { format!("{code:0>width$}") } else { code.to_owned() }
}

/// Plans one line of a list of producers.
pub(super) fn plan_producer(
    sheet: &Sheet,
    row: &Row,
    world: &mut World<'_>,
    context: &mut Context<'_>,
) -> Outcome {
    let mut cells = Cells::new(sheet, row);
    let maker = Maker::read(&mut cells, context);
    let key = maker.code.clone().or_else(|| maker.name.clone()).unwrap_or_default();
    if key.is_empty() {
        cells.note(Column::ProducerCode, Code::ProducerMissing, None, "");
    }
    if let Some((first, _)) = context.seen.get(&sku_key(&key)) {
        let first = first.to_string();
        cells.note(Column::ProducerCode, Code::ProducerDuplicate, None, &first);
    }
    // A list may give a code to somebody whom a catalogue knew by name only; then the code of the store stays.
    let by_name =
        || maker.name.as_deref().and_then(|name| world.producer_by_name.get(&name_key(name)).copied());
    let found = maker.find(world).or_else(by_name);
    let kind = maker.kind_of_new();
    if found.is_none() && kind.is_none() {
        cells.note(Column::ProducerKind, Code::ProducerUnknown, None, "");
    }
    let index = match (found, kind) {
        (Some(index), _) if !cells.is_rejected() => index,
        (None, Some(kind)) if !cells.is_rejected() => maker.take_up(kind, world),
        _ => return Outcome::rejected(key, cells.problems),
    };
    context.seen.insert(sku_key(&key), (row.row, key.clone()));
    let changes = maker.settle(index, row.row, world, context);
    Outcome::taken(key, found.is_none(), changes, cells.problems)
}
