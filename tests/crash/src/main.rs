//! `ganh-crash`: kills the real daemon a few hundred times, and shows that the books agree.
//!
//! ```text
//!   cargo build && cargo run -p ganh-crash -- --kills 300 [--store file|power|server] [--seed N] [--daemons 2]
//! ```

use anyhow::{Context as _, Result};
use clap::{Parser, ValueEnum};
use ganh_crash::{Plan, Where, run};
use indicatif::{ProgressBar, ProgressStyle};
use std::path::PathBuf;
use std::process::ExitCode;

/// Kills the daemon at random moments while simulated marketplaces go on selling, then compares the books.
#[derive(Debug, Parser)]
#[command(name = "ganh-crash", max_term_width = 110)]
struct Flags {
    /// How often
    #[arg(long, value_name = "N", default_value_t = 300)]
    kills: u64,
    /// Repeats the script of a run
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Where the daemon keeps its store
    #[arg(long, value_enum, default_value_t = Store::File)]
    store: Store,
    /// Daemons on one store (server only)
    #[arg(long, value_name = "N", default_value_t = 1)]
    daemons: usize,
    /// Goods at the end, at most
    #[arg(long, value_name = "N", default_value_t = 40)]
    goods: u64,
    /// The program; without it, the `ganh` that was built beside this one
    #[arg(long, value_name = "FILE")]
    ganh: Option<PathBuf>,
}

/// Where the store lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Store {
    /// An SQLite file
    File,
    /// An SQLite file, and each kill is a power cut: what was not synced is gone
    Power,
    /// A PostgreSQL server of its own
    Server,
}

#[tokio::main]
async fn main() -> ExitCode {
    match crash(Flags::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("ganh-crash: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn crash(flags: Flags) -> Result<bool> {
    let ganh = match flags.ganh {
        Some(ganh) => ganh,
        None => std::env::current_exe()?.with_file_name("ganh"),
    };
    let ganh =
        ganh.canonicalize().with_context(|| format!("{}: build it first: cargo build", ganh.display()))?;
    let store = match flags.store {
        Store::File => Where::File,
        Store::Power => Where::FileWithPowerCuts,
        Store::Server => Where::Server,
    };
    let daemons = if store == Where::Server { flags.daemons.max(1) } else { 1 };
    let plan = Plan { daemons, goods: flags.goods, ..Plan::new(ganh, flags.kills, flags.seed, store) };
    let bar = ProgressBar::new(plan.kills);
    if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len} {eta}") {
        bar.set_style(style);
    }
    bar.set_message("killing");
    let outcome = run(&plan, &|number| bar.set_position(number)).await;
    bar.finish_and_clear();
    let outcome = outcome?;
    println!("{}", outcome.table());
    for line in outcome.sums.differences.iter().take(40) {
        println!("{line}");
    }
    println!(
        "{}",
        if outcome.agrees() {
            "the marketplaces' books, ours and what buyers and merchant remember agree"
        } else {
            "the books DIFFER"
        }
    );
    Ok(outcome.agrees())
}
