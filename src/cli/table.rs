//! Tables for people: framed and coloured on a terminal, plain columns where a program reads.

use crate::cli::output;
use anyhow::Result;
use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, Table, presets};

/// What a cell means, for its colour on a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Good,
    Look,
    Bad,
    Quiet,
}

/// A table with these titles.
pub fn table(titles: &[&str]) -> Table {
    let mut table = Table::new();
    if output::is_for_people() {
        table.load_style(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
    } else {
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    }
    table.set_header(titles.iter().map(|title| Cell::new(title).add_attribute(Attribute::Bold)));
    table
}

/// A cell with a tone; colours show on terminals only.
pub fn toned(text: impl ToString, tone: Tone) -> Cell {
    let color = match tone {
        Tone::Good => Color::Green,
        Tone::Look => Color::Yellow,
        Tone::Bad => Color::Red,
        Tone::Quiet => Color::DarkGrey,
    };
    Cell::new(text.to_string()).fg(color)
}

/// A number, to the right.
pub fn number(figure: impl ToString) -> Cell {
    Cell::new(figure.to_string()).set_alignment(CellAlignment::Right)
}

/// Writes the table; an empty one is said in a sentence instead.
pub fn print(table: &Table, none: &str) -> Result<()> {
    if table.row_count() == 0 {
        output::note(none);
        return Ok(());
    }
    let text = table.to_string();
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    output::line(lines.join("\n"))
}
