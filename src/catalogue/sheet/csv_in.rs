//! Text files with a delimiter.
//!
//! Split here and not by the `csv` crate, because that one passes over blank lines without counting them, and the report must name
//! rows as a spreadsheet numbers them.

use crate::catalogue::damage;
use crate::catalogue::sheet::encoding::decode;
use crate::catalogue::sheet::{
    Detected, GridRow, MAX_CELLS, MAX_COLUMNS, MAX_ROWS, ReadOptions, Sheet, SheetError, Width, check_limit,
    header, lay,
};

/// Delimiters that are tried, in the order that wins a tie.
const DELIMITERS: [char; 4] = [',', ';', '\t', '|'];

/// Reads one text file into one sheet.
pub(crate) fn read(file: &str, bytes: &[u8], options: &ReadOptions) -> Result<Sheet, SheetError> {
    let (text, encoding, has_bom) = decode(bytes, options.encoding);
    let (text, sep) = strip_sep_line(&text);
    let delimiter = options.delimiter.or(sep).unwrap_or_else(|| guess_delimiter(text));
    let (mut grid, mut cells) = (Vec::new(), 0);
    for record in Records::new(text, delimiter) {
        let record = record.map_err(|row| SheetError::OpenQuote { file: file.to_owned(), row })?;
        check_limit(file, "the number of columns", record.cells.len() as u64, MAX_COLUMNS as u64)?;
        cells += record.cells.len() as u64;
        check_limit(file, "the number of cells", cells, MAX_CELLS as u64)?;
        grid.push(record);
        check_limit(file, "the number of rows", grid.len() as u64, MAX_ROWS as u64)?;
    }
    let seen = first_cells(&grid);
    let detected = Detected {
        format: "csv".to_owned(),
        encoding: Some(encoding.name().to_owned()),
        has_bom,
        has_sep_line: sep.is_some(),
        delimiter: Some(delimiter),
        header_row: 0,
        columns: Vec::new(),
        unknown_columns: Vec::new(),
        ignored_sheets: Vec::new(),
    };
    lay(file, grid, Width::Exact, detected)?
        .ok_or_else(|| SheetError::NoHeader { file: file.to_owned(), seen })
}

pub(crate) fn first_cells(grid: &[GridRow]) -> String {
    let line = grid.iter().find(|line| line.cells.iter().any(|cell| !cell.trim().is_empty()));
    let cells: Vec<&str> =
        line.into_iter().flat_map(|line| &line.cells).map(|cell| cell.trim()).take(8).collect();
    let shown: String = cells.join(" | ").chars().filter(|letter| !letter.is_control()).take(120).collect();
    match damage::find(&shown) {
        _ if shown.is_empty() => "nothing".to_owned(),
        Some(damage) => {
            format!("{shown} (garbled or an old font; is it \"{}\"?)", damage.repair().unwrap_or("unknown"))
        }
        None => shown,
    }
}

/// Drops Excel's `sep=;` line, which Excel itself does not count as a row.
fn strip_sep_line(text: &str) -> (&str, Option<char>) {
    let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
    let line = line.trim_end_matches('\r').trim_matches('"');
    match line
        .get(..4)
        .filter(|word| word.eq_ignore_ascii_case("sep="))
        .map(|_| line[4..].chars().collect::<Vec<_>>())
    {
        Some(letters) if letters.len() == 1 => (rest, letters.first().copied()),
        _ => (text, None),
    }
}

/// The delimiter under which the first lines name most columns; failing that, the one that splits the first line most.
fn guess_delimiter(text: &str) -> char {
    let mut best = (0, 0, DELIMITERS[0]);
    for delimiter in DELIMITERS {
        let grid: Vec<GridRow> = Records::new(text, delimiter).take(30).map_while(Result::ok).collect();
        let known = header::find(&grid).map_or(0, |(_, header)| header.columns.len());
        let cells = grid.first().map_or(0, |line| line.cells.len());
        if (known, cells) > (best.0, best.1) {
            best = (known, cells, delimiter);
        }
    }
    best.2
}

/// Lines of a text file: RFC 4180 with any delimiter, any line end, and quotes in the middle of an unquoted cell taken as they stand.
struct Records<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    delimiter: char,
    row: u32,
}

impl<'a> Records<'a> {
    fn new(text: &'a str, delimiter: char) -> Self {
        Self { rest: text.chars().peekable(), delimiter, row: 0 }
    }

    /// Reads the inside of a quoted cell; `false` when the file ends first.
    fn quoted(&mut self, cell: &mut String) -> bool {
        while let Some(letter) = self.rest.next() {
            if letter != '"' {
                cell.push(letter);
            } else if self.rest.next_if_eq(&'"').is_some() {
                cell.push('"');
            } else {
                return true;
            }
        }
        false
    }
}

impl Iterator for Records<'_> {
    /// A line, or the row whose quote is never closed.
    type Item = Result<GridRow, u32>;

    fn next(&mut self) -> Option<Self::Item> {
        self.rest.peek()?;
        self.row = self.row.saturating_add(1);
        let (mut cells, mut cell, mut is_fresh) = (Vec::new(), String::new(), true);
        loop {
            match self.rest.next() {
                Some('"') if is_fresh => {
                    if !self.quoted(&mut cell) {
                        self.rest = "".chars().peekable();
                        return Some(Err(self.row));
                    }
                    is_fresh = false;
                }
                Some(letter) if letter == self.delimiter => {
                    cells.push(std::mem::take(&mut cell));
                    is_fresh = true;
                }
                letter @ (None | Some('\n' | '\r')) => {
                    if letter == Some('\r') {
                        self.rest.next_if_eq(&'\n');
                    }
                    cells.push(cell);
                    return Some(Ok(GridRow { sheet_row: self.row, cells }));
                }
                Some(letter) => {
                    cell.push(letter);
                    is_fresh = false;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<Vec<String>> {
        Records::new(text, ',').map_while(Result::ok).map(|line| line.cells).collect()
    }

    #[test]
    fn quotes_hold_delimiters_line_breaks_and_doubled_quotes() {
        assert_eq!(split("a,\"b,\r\n\"\"c\"\"\"\r\n\r\nd"), [vec!["a", "b,\r\n\"c\""], vec![""], vec!["d"]]);
    }

    #[test]
    fn a_quote_that_never_ends_names_the_row_that_opens_it() {
        let rows: Vec<_> =
            Records::new("a\n\"b\nc\n", ',').map(|line| line.map(|line| line.sheet_row)).collect();

        assert_eq!(rows, [Ok(1), Err(2)]);
    }
}
