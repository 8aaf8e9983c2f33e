//! Bytes of a file → lines of cells under columns that we know, with a report of what was detected.
//!
//! What a cell *means* is not decided here; see `import`. Text stays exactly as typed, except that a code page that spells
//! letters in parts (Windows-1258) is composed.

pub mod csv_in;
pub mod encoding;
pub mod header;
mod xlsx_in;

pub use header::Column;

use crate::catalogue::import::SheetKind;
use crate::catalogue::problem::Code;
use crate::catalogue::text::{is_invisible, search_key};
use header::Header;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The largest file that is opened, in bytes.
pub const MAX_FILE_BYTES: usize = 20 * 1024 * 1024;
/// The most lines of one sheet.
pub const MAX_ROWS: usize = 100_000;
/// The most columns of one sheet.
pub const MAX_COLUMNS: usize = 256;
/// The most cells of one file, empty ones between others too.
pub const MAX_CELLS: usize = 5_000_000;
/// The most characters of one cell; Excel's own limit.
pub const MAX_CELL_CHARS: usize = 32_767;
/// The most bytes a workbook may unpack to.
pub const MAX_UNPACKED_BYTES: u64 = 256 * 1024 * 1024;

/// Why a file could not be read at all. One line, and it names the mend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SheetError {
    /// Nothing in it.
    #[error("{file}: the file is empty")]
    Empty {
        /// The file's name.
        file: String,
    },
    /// Over a limit of this module.
    #[error("{file}: {what} is {found}, the limit is {limit}; split the file")]
    TooLarge {
        /// The file's name.
        file: String,
        /// What is too large.
        what: &'static str,
        /// How large it is.
        found: u64,
        /// How large it may be.
        limit: u64,
    },
    /// Not a kind of file that we read.
    #[error("{file}: this is {what}; save it as .xlsx or .csv (UTF-8) and import again")]
    WrongKind {
        /// The file's name.
        file: String,
        /// What it is.
        what: &'static str,
    },
    /// A workbook that is damaged.
    #[error(
        "{file}: the workbook cannot be read ({reason}); open it in a spreadsheet program, save it as .xlsx and import again"
    )]
    Damaged {
        /// The file's name.
        file: String,
        /// What the reader said.
        reason: String,
    },
    /// A quoted cell that never ends.
    #[error("{file}: row {row} opens a quote that is never closed; close it or double it")]
    OpenQuote {
        /// The file's name.
        file: String,
        /// The row in which it opens, as a spreadsheet numbers it.
        row: u32,
    },
    /// No header line with columns that we know.
    #[error(
        "{file}: no header row found; a catalogue needs the column \"Mã SKU\" (sku) and \"Tên sản phẩm\" (name); seen: {seen}"
    )]
    NoHeader {
        /// The file's name.
        file: String,
        /// The cells of the first line that has any.
        seen: String,
    },
    /// The same column twice.
    #[error("{file}: columns \"{first}\" and \"{second}\" mean the same; delete one")]
    ColumnTwice {
        /// The file or sheet.
        file: String,
        /// One title.
        first: String,
        /// The other.
        second: String,
    },
}

/// What a person may say when detection guesses wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// The code page; `None` = detect.
    pub encoding: Option<encoding::Encoding>,
    /// The delimiter; `None` = detect.
    pub delimiter: Option<char>,
}

/// What was found out about a sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detected {
    /// `csv` or `xlsx`.
    pub format: String,
    /// The code page (`UTF-8`, `UTF-16LE`, `windows-1258`); `None` for a workbook.
    pub encoding: Option<String>,
    /// Whether a byte order mark stood in front.
    pub has_bom: bool,
    /// Whether a `sep=` line stood in front.
    pub has_sep_line: bool,
    /// Between cells; `None` for a workbook.
    pub delimiter: Option<char>,
    /// The header's line as a spreadsheet numbers it.
    pub header_row: u32,
    /// Titles that were understood, with our name of each.
    pub columns: Vec<(String, String)>,
    /// Titles that were not, and are left alone.
    pub unknown_columns: Vec<String>,
    /// Other sheets of the workbook that hold nothing for us, or are hidden.
    pub ignored_sheets: Vec<String>,
}

/// One line below the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Line of the data, the header not counted; the first is 1.
    pub row: u32,
    /// Line as a spreadsheet program numbers it.
    pub sheet_row: u32,
    /// What is wrong with the line as a whole, with the detail.
    pub fault: Option<(Code, String)>,
    cells: BTreeMap<Column, String>,
}

impl Row {
    /// The cell as typed; `None` when the column is missing or the cell shows nothing.
    pub fn cell(&self, column: Column) -> Option<&str> {
        self.cells.get(&column).map(String::as_str)
    }
}

/// One sheet of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// The file's name, with the sheet's for a workbook.
    pub name: String,
    /// What its lines are about.
    pub kind: SheetKind,
    /// What was found out about it.
    pub detected: Detected,
    /// Lines in order, blank ones and totals too.
    pub rows: Vec<Row>,
    titles: BTreeMap<Column, String>,
}

impl Sheet {
    /// The column's title as the sheet writes it, trimmed; `None` when it has no such column.
    pub fn title(&self, column: Column) -> Option<&str> {
        self.titles.get(&column).map(String::as_str)
    }
}

/// Reads a file of either format. A workbook gives one sheet for each of the three kinds it holds.
pub fn read(file: &str, bytes: &[u8], options: &ReadOptions) -> Result<Vec<Sheet>, SheetError> {
    if bytes.is_empty() {
        return Err(SheetError::Empty { file: file.to_owned() });
    }
    check_limit(file, "the file's size in bytes", bytes.len() as u64, MAX_FILE_BYTES as u64)?;
    if let Some(what) = wrong_kind(bytes) {
        return Err(SheetError::WrongKind { file: file.to_owned(), what });
    }
    if bytes.starts_with(b"PK") {
        xlsx_in::read(file, bytes)
    } else {
        csv_in::read(file, bytes, options).map(|sheet| vec![sheet])
    }
}

fn wrong_kind(bytes: &[u8]) -> Option<&'static str> {
    let heads: [(&[u8], &str); 7] = [
        (&[0xd0, 0xcf, 0x11, 0xe0], "an old Excel workbook (.xls) or a locked one"),
        (b"%PDF", "a PDF"),
        (&[0xff, 0xd8, 0xff], "a picture"),
        (&[0x89, b'P', b'N', b'G'], "a picture"),
        (&[0x1f, 0x8b], "a gzip file"),
        (b"Rar!", "a RAR file"),
        (b"{\\rtf", "an RTF document"),
    ];
    heads.iter().find(|(head, _)| bytes.starts_with(head)).map(|(_, what)| *what)
}

fn check_limit(file: &str, what: &'static str, found: u64, limit: u64) -> Result<(), SheetError> {
    if found > limit {
        Err(SheetError::TooLarge { file: file.to_owned(), what, found, limit })
    } else {
        Ok(())
    }
}

/// A line of a sheet before its columns are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GridRow {
    pub sheet_row: u32,
    pub cells: Vec<String>,
}

/// How strictly a line must be as wide as the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    /// A text file: another number of cells means a broken line.
    Exact,
    /// A workbook: cells that are not there are empty.
    Loose,
}

/// Lays a grid under its header; `None` when no header is found in its first lines.
pub(crate) fn lay(
    name: &str,
    grid: Vec<GridRow>,
    width: Width,
    detected: Detected,
) -> Result<Option<Sheet>, SheetError> {
    let Some((index, header)) = header::find(&grid) else { return Ok(None) };
    let Header { kind, columns, titles, unknown } = header;
    if let Some((first, second)) = header::twice(&columns) {
        return Err(SheetError::ColumnTwice { file: name.to_owned(), first, second });
    }
    let header_row = grid[index].sheet_row;
    let wide = grid[index].cells.iter().rposition(|cell| !is_blank(cell)).map_or(0, |last| last + 1);
    let full = grid[index].cells.len();
    let mut rows = Vec::new();
    for mut line in grid.into_iter().skip(index + 1) {
        let fault = line_fault(&line, width, wide, full);
        let mut cells = BTreeMap::new();
        for (position, column, _) in &columns {
            if let Some(cell) = line.cells.get_mut(*position).filter(|cell| !is_blank(cell)) {
                cells.insert(*column, std::mem::take(cell));
            }
        }
        let row = line.sheet_row.saturating_sub(header_row);
        rows.push(Row { row, sheet_row: line.sheet_row, fault, cells });
    }
    let understood =
        columns.iter().map(|(_, column, title)| (title.clone(), column.slug().to_owned())).collect();
    let detected = Detected { header_row, columns: understood, unknown_columns: unknown, ..detected };
    Ok(Some(Sheet { name: name.to_owned(), kind, detected, rows, titles }))
}

fn line_fault(line: &GridRow, width: Width, wide: usize, full: usize) -> Option<(Code, String)> {
    let mut shown = line.cells.iter().filter(|cell| !is_blank(cell));
    let Some(first) = shown.next() else {
        let code = if line.cells.len() <= 1 { Code::BlankLine } else { Code::BlankCells };
        return Some((code, String::new()));
    };
    let key = search_key(first);
    if ["tong cong", "tong", "cong", "total"].iter().any(|word| key.trim_end_matches(':') == *word) {
        return Some((Code::TotalRow, String::new()));
    }
    if let Some(long) = line.cells.iter().find(|cell| cell.chars().count() > MAX_CELL_CHARS) {
        return Some((Code::CellTooLong, long.chars().take(20).collect()));
    }
    let last = line.cells.iter().rposition(|cell| !is_blank(cell)).map_or(0, |last| last + 1);
    let is_broken = width == Width::Exact && (last > wide.max(full) || line.cells.len() < wide);
    is_broken.then(|| (Code::ColumnCount, line.cells.len().to_string()))
}

/// Whether a cell shows nothing.
pub(crate) fn is_blank(cell: &str) -> bool {
    cell.chars().all(|letter| letter.is_whitespace() || is_invisible(letter))
}
