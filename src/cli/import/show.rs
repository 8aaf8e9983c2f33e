//! The plan for people: what was understood of the files, line by line old → new, what is wrong and how to mend it.

use super::{Import, Report};
use crate::catalogue::{Action, Problem, RowPlan, RowResult};
use crate::cli::context::Context;
use crate::cli::table::{Tone, toned};
use crate::cli::{output, table};
use anyhow::Result;

/// Writes the plan, or what applying it did.
pub fn people(context: &Context, command: &Import, report: &Report<'_>) -> Result<()> {
    if let Some(applied) = report.applied {
        let totals = report.totals;
        return output::line(format!(
            "applied: {} new, {} changed, {} left out; {} pictures; catalogue revision {}; {} listings wanted in {} shops",
            totals.new,
            totals.changed,
            totals.rejected,
            report.pictures,
            applied.revision,
            applied.listings_wanted,
            applied.shops.len()
        ));
    }
    sheets(report)?;
    lines(command, report)?;
    problems(command, report)?;
    totals(context, command, report)
}

fn sheets(report: &Report<'_>) -> Result<()> {
    let mut table = table::table(&["sheet", "holds", "read as", "columns not known"]);
    for sheet in report.sheets {
        let detected = &sheet.detected;
        let way = [detected.encoding.clone(), detected.delimiter.map(|mark| format!("{mark:?}"))];
        let way: Vec<String> =
            std::iter::once(detected.format.clone()).chain(way.into_iter().flatten()).collect();
        let kind = match sheet.kind {
            crate::catalogue::SheetKind::Producers => "producers",
            crate::catalogue::SheetKind::Catalogue => "products",
            crate::catalogue::SheetKind::Bundles => "sets",
        };
        table.add_row([
            sheet.sheet.clone(),
            kind.to_owned(),
            way.join(" "),
            detected.unknown_columns.join(", "),
        ]);
    }
    table::print(&table, "no sheet was read")
}

fn lines(command: &Import, report: &Report<'_>) -> Result<()> {
    let told: Vec<&RowPlan> = report
        .rows
        .iter()
        .filter(|row| !matches!(row.result, RowResult::Same | RowResult::Skipped))
        .collect();
    let mut table = table::table(&["row", "in the sheet", "SKU", "understood", "old → new"]);
    for row in told.iter().take(most(command)) {
        table.add_row([
            table::number(row.row),
            table::number(row.sheet_row),
            row.key.as_str().into(),
            understood(row),
            changes(row).into(),
        ]);
    }
    table::print(&table, "every line says what the catalogue says already")?;
    more(told.len(), command);
    Ok(())
}

fn understood(row: &RowPlan) -> comfy_table::Cell {
    match (row.result, row.is_warned) {
        (RowResult::Rejected, _) => toned("left out", Tone::Bad),
        (RowResult::New, true) => toned("new, look", Tone::Look),
        (RowResult::Changed, true) => toned("changed, look", Tone::Look),
        (RowResult::New, false) => toned("new", Tone::Good),
        (RowResult::Changed, false) => toned("changed", Tone::Good),
        (RowResult::Same | RowResult::Skipped, _) => toned("same", Tone::Quiet),
    }
}

/// A new line says its fields once; long ones are cut.
fn changes(row: &RowPlan) -> String {
    let cut = |text: &str| {
        let short: String = text.chars().take(60).collect();
        if short.len() < text.len() { format!("{short}…") } else { short }
    };
    let told = row.changes.iter().take(12).map(|change| match &change.old {
        Some(old) => format!("{}: {} → {}", change.field, cut(old), cut(&change.new)),
        None => format!("{}: {}", change.field, cut(&change.new)),
    });
    told.collect::<Vec<_>>().join("\n")
}

fn problems(command: &Import, report: &Report<'_>) -> Result<()> {
    let all = report.rows.iter().flat_map(|row| row.problems.iter().map(move |problem| (Some(row), problem)));
    let all = all.chain(report.notes.iter().map(|problem| (None, problem)));
    // What was understood beyond doubt needs nobody's eyes.
    let told: Vec<(Option<&RowPlan>, &Problem)> =
        all.filter(|(_, problem)| !problem.code.is_quiet() && problem.action != Action::Skip).collect();
    if told.is_empty() {
        return Ok(());
    }
    let mut table = table::table(&["row", "in the sheet", "column", "value", "", "mend"]);
    for (row, problem) in told.iter().take(most(command)) {
        table.add_row([
            table::number(problem.row),
            table::number(row.map(|row| row.sheet_row.to_string()).unwrap_or_default()),
            problem.column.as_str().into(),
            problem.raw.as_str().into(),
            done(problem.action),
            format!("{}\n{}", problem.mend_vi, problem.mend_en).into(),
        ]);
    }
    table::print(&table, "")?;
    more(told.len(), command);
    Ok(())
}

fn done(action: Action) -> comfy_table::Cell {
    match action {
        Action::Normalise => toned("understood", Tone::Quiet),
        Action::Warn => toned("look", Tone::Look),
        Action::RejectField => toned("field left as it was", Tone::Bad),
        Action::Reject => toned("line left out", Tone::Bad),
        Action::Skip => toned("passed over", Tone::Quiet),
    }
}

fn totals(context: &Context, command: &Import, report: &Report<'_>) -> Result<()> {
    let totals = report.totals;
    output::line(format!(
        "{} new · {} changed · {} same · {} to look at · {} left out · {} passed over · {} pictures",
        totals.new,
        totals.changed,
        totals.same,
        totals.warned,
        totals.rejected,
        totals.skipped,
        report.pictures
    ))?;
    for why in report.blast.said(context.language()) {
        output::line(format!("stops: {why}"))?;
    }
    if report.is_empty && report.pictures == 0 {
        output::note("nothing to apply");
    } else if !command.apply {
        let blast = if report.blast.is_clear() { "" } else { " --allow-blast" };
        output::note(format!(
            "nothing was written; the same command with --apply --at {}{blast} does it",
            report.revision
        ));
    }
    Ok(())
}

const fn most(command: &Import) -> usize {
    if command.limit == 0 { usize::MAX } else { command.limit }
}

fn more(told: usize, command: &Import) {
    let hidden = told.saturating_sub(most(command));
    if hidden > 0 {
        output::note(format!("… and {hidden} more: --limit 0 shows all, --json too"));
    }
}
