//! Workbooks. Hidden rows are data, hidden sheets are not; formulas count by their stored value only.

use crate::catalogue::import::SheetKind;
use crate::catalogue::sheet::csv_in::first_cells;
use crate::catalogue::sheet::{
    Detected, GridRow, MAX_CELLS, MAX_COLUMNS, MAX_FILE_BYTES, MAX_ROWS, MAX_UNPACKED_BYTES, Sheet,
    SheetError, Width, check_limit, lay,
};
use calamine::{DataRef, Reader, SheetVisible, Xlsx, XlsxError};
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Reads a workbook into its sheets of the three kinds, at most one of each.
pub(crate) fn read(file: &str, bytes: &[u8]) -> Result<Vec<Sheet>, SheetError> {
    let unpacked = unpacked_bytes(bytes).ok_or_else(|| damaged(file, "it is not a whole zip file"))?;
    check_limit(file, "the unpacked size in bytes", unpacked, MAX_UNPACKED_BYTES)?;
    // The reader is another's code on a stranger's bytes: whatever it trips over becomes an error.
    let read = catch_unwind(AssertUnwindSafe(|| read_workbook(file, bytes)));
    read.unwrap_or_else(|_| Err(damaged(file, "its parts do not fit together")))
}

fn damaged(file: &str, reason: impl std::fmt::Display) -> SheetError {
    let reason: String = reason.to_string().chars().filter(|letter| !letter.is_control()).take(160).collect();
    SheetError::Damaged { file: file.to_owned(), reason }
}

fn read_workbook(file: &str, bytes: &[u8]) -> Result<Vec<Sheet>, SheetError> {
    let mut workbook = Xlsx::new(Cursor::new(bytes)).map_err(|error| match error {
        XlsxError::Password => {
            SheetError::WrongKind { file: file.to_owned(), what: "a workbook locked with a password" }
        }
        XlsxError::FileNotFound(_) | XlsxError::RelationshipNotFound => {
            SheetError::WrongKind { file: file.to_owned(), what: "a zip file, but no Excel workbook" }
        }
        other => damaged(file, other),
    })?;
    let (mut sheets, mut ignored, mut seen) = (Vec::new(), Vec::new(), String::new());
    for meta in workbook.sheets_metadata().to_vec() {
        if meta.visible != SheetVisible::Visible {
            ignored.push(meta.name);
            continue;
        }
        let grid = read_grid(file, &mut workbook, &meta.name)?;
        if seen.is_empty() {
            seen = first_cells(&grid);
        }
        let detected = Detected {
            format: "xlsx".to_owned(),
            encoding: None,
            has_bom: false,
            has_sep_line: false,
            delimiter: None,
            header_row: 0,
            columns: Vec::new(),
            unknown_columns: Vec::new(),
            ignored_sheets: Vec::new(),
        };
        let name = format!("{file}/{}", meta.name);
        match lay(&name, grid, Width::Loose, detected)? {
            Some(sheet) if !sheets.iter().any(|other: &Sheet| other.kind == sheet.kind) => sheets.push(sheet),
            Some(_) | None => ignored.push(meta.name),
        }
    }
    if sheets.is_empty() {
        return Err(SheetError::NoHeader { file: file.to_owned(), seen });
    }
    sheets.sort_by_key(|sheet| sheet.kind != SheetKind::Catalogue);
    for sheet in &mut sheets {
        sheet.detected.ignored_sheets.clone_from(&ignored);
    }
    Ok(sheets)
}

fn read_grid(file: &str, workbook: &mut Xlsx<Cursor<&[u8]>>, name: &str) -> Result<Vec<GridRow>, SheetError> {
    let mut cells = workbook.worksheet_cells_reader(name).map_err(|error| damaged(file, error))?;
    let (mut grid, mut text_bytes, mut count): (Vec<GridRow>, u64, u64) = (Vec::new(), 0, 0);
    while let Some(cell) = cells.next_cell().map_err(|error| damaged(file, error))? {
        let Some(text) = as_typed(cell.get_value()) else { continue };
        let (row, column) = cell.get_position();
        text_bytes = text_bytes.saturating_add(text.len() as u64 + 32);
        check_limit(file, "the size of all cells in bytes", text_bytes, MAX_UNPACKED_BYTES)?;
        check_limit(file, "the number of columns", u64::from(column) + 1, MAX_COLUMNS as u64)?;
        let sheet_row = row.saturating_add(1);
        if grid.last().is_none_or(|line| line.sheet_row < sheet_row) {
            grid.push(GridRow { sheet_row, cells: Vec::new() });
            check_limit(file, "the number of rows", grid.len() as u64, MAX_ROWS as u64)?;
        }
        let Some(line) = grid.last_mut().filter(|line| line.sheet_row == sheet_row) else {
            return Err(damaged(file, "its rows are out of order"));
        };
        let column = column as usize;
        if line.cells.len() <= column {
            count += (column + 1 - line.cells.len()) as u64;
            check_limit(file, "the number of cells", count, MAX_CELLS as u64)?;
            line.cells.resize(column + 1, String::new());
        }
        line.cells[column] = text;
    }
    Ok(grid)
}

/// The value as a person would have typed it; `None` for nothing and for an error value.
fn as_typed(value: &DataRef<'_>) -> Option<String> {
    let text = match value {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => plain_number(*number),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(is_true) => if *is_true { "TRUE" } else { "FALSE" }.to_owned(),
        DataRef::DateTime(moment) if moment.is_datetime() => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        DataRef::DateTime(moment) => plain_number(moment.as_f64()),
        DataRef::DateTimeIso(text) => text.get(..10).unwrap_or(text).to_owned(),
        DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(_) | DataRef::Empty => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// Whole numbers without a tail, others in the shortest form that is still the same number.
fn plain_number(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e15 { format!("{number:.0}") } else { format!("{number}") }
}

/// Bytes that all members claim to unpack to, from the zip's own directory; `None` when it has none that is whole.
/// The reader stops at a member's claim, so a claim that is too small is an error there and not a flood.
/// A second directory (zip64) could claim otherwise: no workbook under the size limit needs one, so it is refused.
fn unpacked_bytes(bytes: &[u8]) -> Option<u64> {
    const END: &[u8] = b"PK\x05\x06";
    const ENTRY: &[u8] = b"PK\x01\x02";
    const SECOND: &[u8] = b"PK\x06\x07";
    let at = |position: usize, size: usize| -> Option<u64> {
        let field = bytes.get(position..position.checked_add(size)?)?;
        Some(field.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
    };
    let tail = bytes.len().saturating_sub(22 + 65_535);
    let end = tail + bytes[tail..].windows(4).rposition(|window| window == END)?;
    let comment = usize::try_from(at(end + 20, 2)?).ok()?;
    let has_second = end.checked_sub(20).and_then(|start| bytes.get(start..start + 4)) == Some(SECOND);
    if end + 22 + comment != bytes.len() || has_second {
        return None;
    }
    let (count, mut position) = (at(end + 10, 2)?, usize::try_from(at(end + 16, 4)?).ok()?);
    let mut total: u64 = 0;
    for _ in 0..count {
        if bytes.get(position..position.checked_add(4)?)? != ENTRY {
            return None;
        }
        let (packed, unpacked) = (at(position + 20, 4)?, at(position + 24, 4)?);
        if packed > MAX_FILE_BYTES as u64 {
            return None;
        }
        total = total.checked_add(unpacked)?;
        let tails = at(position + 28, 2)? + at(position + 30, 2)? + at(position + 32, 2)?;
        position = position.checked_add(46)?.checked_add(usize::try_from(tails).ok()?)?;
    }
    Some(total)
}
