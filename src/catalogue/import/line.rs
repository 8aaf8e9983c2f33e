//! One line of a catalogue: what it says, before anything is known about the store.

use crate::catalogue::certificate::Stars;
use crate::catalogue::dates::{Written, is_certificate_span, months_between};
use crate::catalogue::import::cells::Cells;
use crate::catalogue::import::{Context, fields, maker};
use crate::catalogue::markup;
use crate::catalogue::problem::Code;
use crate::catalogue::quantity::{parse_milli, parse_side_mm, parse_size_mm};
use crate::catalogue::sheet::Column;
use crate::catalogue::text::{collapse_blanks, is_invisible, slug, tidy};
use crate::catalogue::{Gtin, NetQuantity, OcopGroup, ProductKind, Season, Storage, VatCategory, damage};
use ganh_contract::Vnd;
use jiff::civil::Date;

/// The longest SKU. Source: Sendo takes 3–45 characters, the fewest of all channels (DOMAIN §11).
const MAX_SKU_CHARS: usize = 45;
/// The longest name that is kept; channels cut further.
const MAX_NAME_CHARS: usize = 300;

/// What a line says. `None` = nothing, which changes nothing.
#[derive(Default)]
pub(super) struct Line {
    pub sku: String,
    pub product_code: Option<String>,
    pub kind: Option<ProductKind>,
    pub maker: maker::Maker,
    pub gtin: Option<Gtin>,
    pub name: Option<String>,
    /// Whether the name was typed in parts (NFD) and should be said so.
    pub is_name_composed: bool,
    pub axes: Vec<String>,
    pub options: Vec<String>,
    pub group: Option<OcopGroup>,
    pub subgroup: Option<String>,
    pub stars: Option<(Stars, bool)>,
    pub certificate_no: Option<String>,
    pub decided_on: Option<Date>,
    pub valid_to: Option<Date>,
    pub net_quantity: Option<NetQuantity>,
    /// Grams; zero is said only where there is nothing to ship.
    pub grams: Option<u32>,
    pub size_mm: Option<[u32; 3]>,
    pub price: Option<Vnd>,
    pub vat: Option<VatCategory>,
    pub stock: Option<u32>,
    pub shelf_life_days: Option<u32>,
    pub storage: Option<Storage>,
    pub season: Option<Season>,
    pub alcohol_tenths: Option<u16>,
    pub description: Option<String>,
    pub pictures: Vec<String>,
    pub trace_url: Option<String>,
}

impl Line {
    /// Reads a line; what is wrong is noted in `cells`.
    pub fn read(cells: &mut Cells<'_>, context: &mut Context<'_>) -> Self {
        let mut line = Self { sku: read_sku(cells), ..Self::default() };
        line.product_code = cells.text(Column::ProductCode);
        line.kind = cells.word(Column::Kind, Code::ProductKindUnknown, ProductKind::from_words);
        line.gtin = cells.read(Column::Gtin, fields::gtin);
        line.read_name(cells);
        line.maker = maker::Maker::read(cells, context);
        line.read_options(cells);
        line.read_group(cells);
        line.read_certificate(cells, context);
        line.read_pack(cells);
        line.price = cells.read(Column::Price, fields::price);
        line.stock = cells.read(Column::Stock, fields::stock);
        line.read_keeping(cells);
        line.read_description(cells);
        line.read_pictures(cells, context);
        line.trace_url = cells.text(Column::TraceUrl).filter(|url| {
            let is_web = url.starts_with("https://") || url.starts_with("http://");
            if !is_web {
                cells.note(Column::TraceUrl, Code::UrlBad, None, "");
            }
            is_web
        });
        line
    }

    /// A SKU to propose where the line has none.
    pub fn propose_sku(&self) -> String {
        let words = [self.name.as_deref().unwrap_or("SKU"), &self.options.join(" ")].join(" ");
        let proposal: String = slug(&words).to_uppercase().chars().take(MAX_SKU_CHARS - 5).collect();
        proposal.trim_end_matches('-').to_owned()
    }

    fn read_name(&mut self, cells: &mut Cells<'_>) {
        let Some(raw) = cells.raw(Column::Name) else { return };
        let lost = damage::find(raw);
        match &lost {
            Some(damage::Damage::Mojibake(text)) => {
                return cells.note(Column::Name, Code::NameMojibake, Some(text.clone()), "");
            }
            Some(damage::Damage::Tcvn3(text)) => {
                return cells.note(Column::Name, Code::NameLegacyFont, Some(text.clone()), "");
            }
            Some(damage::Damage::Vni) => return cells.note(Column::Name, Code::NameLegacyFont, None, ""),
            Some(damage::Damage::Lost) => return cells.note(Column::Name, Code::NameMojibake, None, ""),
            None => {}
        }
        let visible: String = raw.chars().filter(|letter| !is_invisible(*letter)).collect();
        let name = collapse_blanks(&tidy(&visible));
        let length = name.chars().count();
        if length > MAX_NAME_CHARS {
            cells.note(Column::Name, Code::NameTooLong, Some(length.to_string()), "");
        }
        if raw.contains(['\u{d0}', '\u{f0}']) {
            cells.note(Column::Name, Code::NameEthForDstroke, Some(name.clone()), "");
        }
        if name.starts_with('=') {
            cells.note(Column::Name, Code::NameFormula, Some(name.clone()), "");
        }
        self.is_name_composed = !unicode_normalization::is_nfc(raw);
        self.name = Some(name);
    }

    fn read_options(&mut self, cells: &mut Cells<'_>) {
        let pairs = [(Column::Option1Name, Column::Option1), (Column::Option2Name, Column::Option2)];
        for (name, value) in pairs {
            let Some(option) = cells.text(value) else { continue };
            let fallback = if self.axes.is_empty() { "Phân loại" } else { "Phân loại 2" };
            self.axes.push(cells.text(name).unwrap_or_else(|| fallback.to_owned()));
            self.options.push(option);
        }
    }

    fn read_group(&mut self, cells: &mut Cells<'_>) {
        self.subgroup = cells.text(Column::Subgroup);
        let Some(raw) = cells.raw(Column::Group) else { return };
        self.group = OcopGroup::from_words(raw).or_else(|| {
            let old = OcopGroup::from_old_scheme(raw);
            let code = if old.is_some() { Code::GroupOldScheme } else { Code::GroupUnknown };
            cells.note(Column::Group, code, old.map(|group| group.slug().to_owned()), "");
            old
        });
    }

    fn read_certificate(&mut self, cells: &mut Cells<'_>, context: &mut Context<'_>) {
        self.stars = cells.read(Column::Stars, fields::stars);
        self.certificate_no = cells.text(Column::CertificateNo);
        self.decided_on = cells.date(Column::CertifiedOn).map(|(date, _)| date);
        let valid_to = cells.date(Column::ValidTo);
        self.valid_to = valid_to.map(|(date, _)| date);
        // Said once, where the file first shows that its days come first.
        if let Some((date, Written::DayFirst(_, true))) = valid_to
            && context.explained.insert("day first".to_owned())
        {
            cells.note(Column::ValidTo, Code::DateDmy, Some(date.to_string()), "");
        }
        let (Some(decided_on), Some(valid_to)) = (self.decided_on, self.valid_to) else { return };
        if !is_certificate_span(decided_on, valid_to) {
            let months = months_between(decided_on, valid_to).to_string();
            cells.note(Column::ValidTo, Code::CertificateSpan, Some(valid_to.to_string()), &months);
        }
        if valid_to < context.today {
            cells.note(Column::ValidTo, Code::CertificateExpired, Some(valid_to.to_string()), "");
        }
    }

    fn read_pack(&mut self, cells: &mut Cells<'_>) {
        self.grams = cells.read(Column::Weight, fields::weight);
        if let Some(raw) = cells.raw(Column::Size) {
            self.size_mm = parse_size_mm(raw);
            let centimetres = self.size_mm.map(|size| size.map(|side| (side / 10).to_string()).join("|"));
            let is_plain =
                raw.chars().all(|letter| letter.is_ascii_digit() || matches!(letter, 'x' | 'X' | ' '));
            match centimetres {
                None => cells.note(Column::Size, Code::DimsUnreadable, None, ""),
                Some(size) if !is_plain => cells.note(Column::Size, Code::DimsUnicodeX, Some(size), ""),
                Some(_) => {}
            }
        } else {
            let sides = [Column::Length, Column::Width, Column::Height]
                .map(|column| cells.word(column, Code::DimsUnreadable, parse_side_mm));
            if let [Some(long), Some(wide), Some(high)] = sides {
                self.size_mm = Some([long, wide, high]);
            }
        }
        // A side of zero is no side: services carry zeros.
        self.size_mm = self.size_mm.filter(|size| size.iter().all(|side| *side > 0));
        let amount = cells.word(Column::NetQuantity, Code::NumberUnreadable, parse_milli);
        let unit = cells.text(Column::NetUnit);
        if let (Some(milli), Some(unit)) = (amount, unit) {
            self.net_quantity = Some(NetQuantity { milli, unit });
        }
    }

    fn read_keeping(&mut self, cells: &mut Cells<'_>) {
        self.vat = cells.word(Column::Vat, Code::VatUnknown, VatCategory::from_words);
        self.shelf_life_days = cells.number_up_to(Column::ShelfLife, 36_500);
        self.storage = cells.word(Column::Storage, Code::StorageUnknown, Storage::from_words);
        self.season = cells.word(Column::Season, Code::SeasonUnreadable, Season::parse);
        self.alcohol_tenths = cells.word(Column::Alcohol, Code::NumberUnreadable, |raw| {
            let milli = parse_milli(raw.trim().trim_end_matches('%').trim())?;
            u16::try_from(milli / 100).ok().filter(|tenths| *tenths <= 1000)
        });
    }

    fn read_description(&mut self, cells: &mut Cells<'_>) {
        let Some(text) = cells.long_text(Column::Description) else { return };
        let cleaned = markup::clean(&text);
        if cleaned != text {
            cells.note(Column::Description, Code::DescHtml, Some(cleaned.clone()), "");
        }
        if let Some(claim) = markup::find_health_claim(&cleaned) {
            cells.note(Column::Description, Code::DescHealthClaim, None, claim);
        }
        self.description = Some(cleaned);
    }

    fn read_pictures(&mut self, cells: &mut Cells<'_>, context: &Context<'_>) {
        let Some(raw) = cells.raw(Column::Images) else { return };
        for name in raw.split(['|', ';', '\n']).map(|name| tidy(name.trim())).filter(|name| !name.is_empty())
        {
            if name.contains(['/', '\\', '\0', ':']) || name.starts_with('.') || name.len() > 200 {
                cells.note(Column::Images, Code::ImageName, None, &name.chars().take(60).collect::<String>());
                continue;
            }
            if let Some(pictures) = context.pictures {
                let Some(check) = pictures.get(&name) else {
                    cells.note(Column::Images, Code::ImageMissing, None, &name);
                    continue;
                };
                for code in &check.problems {
                    cells.note(Column::Images, *code, check.detail(*code), &name);
                }
                if !check.is_usable() {
                    continue;
                }
            }
            if !self.pictures.contains(&name) {
                self.pictures.push(name);
            }
        }
    }
}

fn read_sku(cells: &mut Cells<'_>) -> String {
    let Some(raw) = cells.raw(Column::Sku) else { return String::new() };
    let visible: String =
        raw.chars().filter(|letter| !is_invisible(*letter) && *letter != '\u{200d}').collect();
    let sku = tidy(visible.trim());
    if visible.chars().count() != raw.chars().count() {
        cells.note(Column::Sku, Code::SkuInvisibleChar, Some(sku.clone()), "");
    } else if visible.trim() != visible {
        cells.note(Column::Sku, Code::SkuTrimmed, Some(sku.clone()), "");
    }
    let is_other_script = |letter: char| matches!(letter, '\u{370}'..='\u{52f}');
    let length = sku.chars().count();
    if length > MAX_SKU_CHARS {
        cells.note(Column::Sku, Code::SkuTooLong, Some(length.to_string()), "");
    } else if sku == "0" {
        cells.note(Column::Sku, Code::SkuUnusable, None, "");
    } else if sku.contains(is_other_script) && sku.contains(|letter: char| letter.is_ascii_alphabetic()) {
        cells.note(Column::Sku, Code::SkuHomoglyph, Some(sku.clone()), "");
    } else if !sku
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '/' | '-'))
    {
        cells.note(Column::Sku, Code::SkuUnusualLetter, None, "");
    }
    sku
}
