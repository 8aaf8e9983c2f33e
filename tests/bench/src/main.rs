//! `ganh-bench`: the five numbers that this product promises, measured in one run as ratios, so that they mean something on any machine.
//!
//! ```text
//!   cargo run --release -p ganh-bench [-- --only drain --quick --json]
//! ```
//!
//! Everything is the product's own: catalogue import, adoption, lanes, adapters, gateway; the marketplaces are the sandboxes, on loopback and
//! in this process, so both sides of a ratio pay for them alike. It writes nothing but temporary folders (`TMPDIR` chooses the disk).

mod change;
mod drain;
mod goods;
mod idle;
mod lower;
mod market;
mod quota;
mod report;
mod town;

use anyhow::{Result, ensure};
use clap::{Parser, ValueEnum};
use report::Report;
use std::process::ExitCode;

/// Measures what Gánh promises, as ratios.
#[derive(Debug, Parser)]
#[command(name = "ganh-bench", max_term_width = 110)]
struct Flags {
    /// Only these measurements
    #[arg(long, value_enum)]
    only: Vec<Measurement>,
    /// Smaller stores and fewer repeats: a look, not a result
    #[arg(long)]
    quick: bool,
    /// The table as JSON
    #[arg(long)]
    json: bool,
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Measurement {
    /// Draining dirty offers against a bare loop of the same calls
    Drain,
    /// One stock change in a large store against a small one
    Change,
    /// Order known → lowering call leaves at all other shops
    Lower,
    /// Wall time against the least that a quota allows
    Quota,
    /// An idle daemon: memory, start to ready
    Idle,
}

/// How large everything is.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    drained: usize,
    small_store: usize,
    large_store: usize,
    changes: usize,
    lowering_store: usize,
    orders: usize,
    quota_offers: usize,
    idle_offers: usize,
    starts: usize,
}

const FULL: Sizes = Sizes {
    drained: 100_000,
    small_store: 1_000,
    large_store: 1_000_000,
    changes: 2_000,
    lowering_store: 100_000,
    orders: 600,
    quota_offers: 20_000,
    idle_offers: 10_000,
    starts: 7,
};

const QUICK: Sizes = Sizes {
    drained: 10_000,
    small_store: 1_000,
    large_store: 40_000,
    changes: 300,
    lowering_store: 10_000,
    orders: 100,
    quota_offers: 2_000,
    idle_offers: 2_000,
    starts: 3,
};

fn main() -> ExitCode {
    // The idle daemon is this very program: the measured code is `ganh serve`, wherever it was linked.
    if std::env::var_os(idle::AS_GANH).is_some() {
        return ganh::cli::main();
    }
    let flags = Flags::parse();
    let measured = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(run(&flags)));
    match measured {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ganh-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(flags: &Flags) -> Result<()> {
    let is_fit = flags.quick || !cfg!(debug_assertions);
    ensure!(
        is_fit,
        "this is a debug build: run `cargo run --release -p ganh-bench`, or add --quick for a look"
    );
    let sizes = if flags.quick { QUICK } else { FULL };
    let chosen = if flags.only.is_empty() { Measurement::value_variants() } else { flags.only.as_slice() };
    let mut report = Report::new(flags.quick);
    for measurement in chosen {
        report.add(match measurement {
            Measurement::Drain => drain::measure(&sizes).await?,
            Measurement::Change => change::measure(&sizes).await?,
            Measurement::Lower => lower::measure(&sizes).await?,
            Measurement::Quota => quota::measure(&sizes).await?,
            Measurement::Idle => idle::measure(&sizes).await?,
        });
    }
    report.print(flags.json)
}
