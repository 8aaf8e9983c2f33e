//! `ganh-sim`: seeded histories of shops, buyers and daemons on virtual time. The daemons are the product's own code.
//!
//! ```text
//!   cargo run -p ganh-sim --release -- --seeds 10000          numbers, and every seed that broke a guarantee
//!   cargo run -p ganh-sim --release -- --seed 17 --trace      one history, line by line; the same every time
//!   cargo run -p ganh-sim --release -- --mutants              each bug on purpose, and the seed that found it
//! ```
//! What is simulated and what is not stands in docs/simulation.md.

mod app;
mod books;
mod building;
mod buyers;
mod crowd;
mod dice;
mod facts;
mod front;
mod history;
mod judge;
mod life;
mod lists;
mod market;
mod node;
mod pace;
mod people;
mod plan;
mod remote;
mod report;
mod sale;
mod seat;
mod stall;
mod time;
mod tokens;
mod town;
mod world;

#[cfg(test)]
mod tests;

use clap::Parser;
use std::process::ExitCode;

/// Simulates shops, buyers and daemons, and checks the guarantees.
#[derive(Debug, Parser)]
#[command(name = "ganh-sim", max_term_width = 110)]
struct Flags {
    /// So many histories
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The first seed
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Stop once so many order events happened
    #[arg(long)]
    events: Option<u64>,
    /// Only this history
    #[arg(long)]
    seed: Option<u64>,
    /// Print the history line by line
    #[arg(long)]
    trace: bool,
    /// Live through each history twice and compare
    #[arg(long)]
    twice: bool,
    /// Switch this bug on; with --mutants: only this one
    #[arg(long)]
    mutant: Option<String>,
    /// Show for each bug which seed finds it
    #[arg(long)]
    mutants: bool,
    /// All numbers: the histories, then each bug on purpose within 1,000 of them
    #[arg(long)]
    proof: bool,
    /// Histories at once [default: one for each core]
    #[arg(long)]
    threads: Option<usize>,
    /// Go on after a violation
    #[arg(long)]
    all: bool,
}

fn main() -> ExitCode {
    let flags = Flags::parse();
    let threads = flags.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, Into::into));
    if !ganh::mutant::switch(flags.mutant.as_deref()) {
        eprintln!("ganh-sim: no bug of that name; --mutants lists them");
        return ExitCode::from(2);
    }
    let until = match (flags.events, flags.all) {
        (Some(events), _) => crowd::Until::Events(events),
        (None, true) => crowd::Until::End,
        (None, false) => crowd::Until::Failure,
    };
    match flags.seed {
        Some(seed) => report::one(seed, flags.trace, flags.twice),
        None if flags.mutants => report::mutants(flags.from, flags.seeds, threads, flags.mutant.as_deref()),
        None if flags.proof => report::proof(flags.from, (flags.seeds, until), threads),
        None if flags.twice => report::twice(flags.from, flags.seeds),
        None => report::many(flags.from, flags.seeds, threads, until),
    }
}
