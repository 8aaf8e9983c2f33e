//! The cells of one line, read with a running list of what was found in them.

use crate::catalogue::damage;
use crate::catalogue::dates::{self, Written};
use crate::catalogue::import::fields::Read;
use crate::catalogue::problem::{Action, Code, Problem, WHOLE_LINE};
use crate::catalogue::quantity::parse_milli;
use crate::catalogue::sheet::{Column, Row, Sheet};
use crate::catalogue::text::{collapse_blanks, is_invisible, tidy};
use jiff::civil::Date;

/// One line with what was found in it so far.
pub(super) struct Cells<'a> {
    sheet: &'a Sheet,
    row: &'a Row,
    pub problems: Vec<Problem>,
}

impl<'a> Cells<'a> {
    pub fn new(sheet: &'a Sheet, row: &'a Row) -> Self {
        Self { sheet, row, problems: Vec::new() }
    }

    /// Line of the data.
    pub fn number(&self) -> u32 {
        self.row.row
    }

    /// Whether the sheet has the column at all.
    pub fn has_column(&self, column: Column) -> bool {
        self.sheet.title(column).is_some()
    }

    /// As typed; `None` for nothing.
    pub fn raw(&self, column: Column) -> Option<&'a str> {
        self.row.cell(column)
    }

    /// Whether the line cannot be taken.
    pub fn is_rejected(&self) -> bool {
        self.problems.iter().any(|problem| problem.action == Action::Reject)
    }

    /// Notes what was found in a cell.
    pub fn note(&mut self, column: Column, code: Code, normalised: Option<String>, other: &str) {
        let title = self.sheet.title(column).unwrap_or(WHOLE_LINE);
        let raw = self.raw(column).unwrap_or_default();
        self.problems.push(Problem::new(self.row.row, title, code, raw, normalised, other));
    }

    /// Reads a cell with one of the readers of `fields`, and notes what it says.
    pub fn read<T>(&mut self, column: Column, reader: impl Fn(&str) -> Read<T>) -> Option<T> {
        let (value, found) = reader(self.raw(column)?);
        if let Some((code, normalised)) = found {
            self.note(column, code, normalised, "");
        }
        value
    }

    /// One line of text: NFC, single blanks, nothing invisible. Damaged text is left out.
    pub fn text(&mut self, column: Column) -> Option<String> {
        let raw = self.raw(column)?;
        if self.is_damaged(column, raw) {
            return None;
        }
        let visible: String = raw.chars().filter(|letter| !is_invisible(*letter)).collect();
        Some(collapse_blanks(&tidy(&visible))).filter(|text| !text.is_empty())
    }

    /// Text with its line breaks kept.
    pub fn long_text(&mut self, column: Column) -> Option<String> {
        let raw = self.raw(column)?;
        if self.is_damaged(column, raw) {
            return None;
        }
        let visible: String = raw.chars().filter(|letter| !is_invisible(*letter)).collect();
        Some(tidy(&visible).replace("\r\n", "\n").replace('\r', "\n").trim().to_owned())
            .filter(|text| !text.is_empty())
    }

    fn is_damaged(&mut self, column: Column, raw: &str) -> bool {
        let damage = damage::find(raw);
        if let Some(damage) = &damage {
            self.note(column, Code::TextDamaged, damage.repair().map(str::to_owned), "");
        }
        damage.is_some()
    }

    /// A word of a closed set; anything else is noted under `code`.
    pub fn word<T>(&mut self, column: Column, code: Code, reader: impl Fn(&str) -> Option<T>) -> Option<T> {
        let found = reader(self.raw(column)?);
        if found.is_none() {
            self.note(column, code, None, "");
        }
        found
    }

    /// A whole number up to `most`.
    pub fn number_up_to(&mut self, column: Column, most: u32) -> Option<u32> {
        self.word(column, Code::NumberUnreadable, |raw| {
            let milli = parse_milli(raw).filter(|milli| milli % 1000 == 0)?;
            u32::try_from(milli / 1000).ok().filter(|number| *number <= most)
        })
    }

    /// A date, day first. The day numbers of Excel are taken with a warning.
    pub fn date(&mut self, column: Column) -> Option<(Date, Written)> {
        let written = dates::parse(self.raw(column)?);
        match written {
            Written::Iso(date) | Written::DayFirst(date, _) => Some((date, written)),
            Written::Serial(date) => {
                self.note(column, Code::DateExcelSerial, Some(date.to_string()), "");
                Some((date, written))
            }
            Written::MonthFirst => self.refuse(column, Code::DateMdySuspect),
            Written::Impossible => self.refuse(column, Code::DateImpossible),
            Written::Unreadable => self.refuse(column, Code::DateUnreadable),
        }
    }

    fn refuse<T>(&mut self, column: Column, code: Code) -> Option<T> {
        self.note(column, code, None, "");
        None
    }
}
