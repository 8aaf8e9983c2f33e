//! The table: what, measured, wanted, ratio; and on which machine, on which day.

use anyhow::Result;
use comfy_table::Table;
use serde::Serialize;

/// One measured number.
#[derive(Debug, Serialize)]
pub struct Row {
    pub what: String,
    pub measured: String,
    pub wanted: String,
    /// What is judged; its unit is that of `wanted`.
    pub ratio: f64,
    pub is_reached: bool,
}

/// All rows of a run.
#[derive(Debug, Serialize)]
pub struct Report {
    rows: Vec<Row>,
    machine: String,
    date: String,
    is_quick: bool,
}

/// Tells how far it is, on standard error.
pub fn say(text: impl std::fmt::Display) {
    eprintln!("{text}");
}

impl Report {
    pub fn new(is_quick: bool) -> Self {
        let date = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
        Self { rows: Vec::new(), machine: machine(), date, is_quick }
    }

    pub fn add(&mut self, rows: Vec<Row>) {
        for row in &rows {
            say(format!("  {}: {} (wanted {})", row.what, row.measured, row.wanted));
        }
        self.rows.extend(rows);
    }

    pub fn print(&self, is_json: bool) -> Result<()> {
        if is_json {
            println!("{}", serde_json::to_string_pretty(self)?);
            return Ok(());
        }
        let mut table = Table::new();
        table.load_style(comfy_table::presets::ASCII_MARKDOWN);
        table.set_header(["what", "measured", "wanted", "ratio", ""]);
        for row in &self.rows {
            let mark = if row.is_reached { "reached" } else { "missed" };
            table.add_row([
                row.what.as_str(),
                &row.measured,
                &row.wanted,
                &format!("{:.3}", row.ratio),
                mark,
            ]);
        }
        let quick = if self.is_quick { ", quick (small) sizes: a look, not a result" } else { "" };
        println!("{table}\n\n{}, {}{quick}", self.machine, self.date);
        Ok(())
    }
}

fn machine() -> String {
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown processor", |(_, name)| name.trim());
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kib = memory.lines().find_map(|line| line.strip_prefix("MemTotal:")?.split_whitespace().next());
    let gib = kib.and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / (1 << 20);
    format!("{model}, {cores} cores, {gib} GiB, {}", std::env::consts::OS)
}

/// The value below which the share `p` of all lies; 0 when there are none. Sorts.
pub fn quantile(values: &mut [f64], p: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let rank = (values.len() as f64 * p).ceil() as usize;
    values.get(rank.saturating_sub(1)).copied().unwrap_or(0.0)
}
