//! What is printed: one history, many, or the bugs and who found them.

use crate::crowd::{Span, Sums, Until, run};
use crate::history::{Told, live};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// A bug must be found within so many histories.
const MUTANT_SEEDS: u64 = 1_000;

/// One history, perhaps line by line, perhaps twice.
pub fn one(seed: u64, is_traced: bool, twice: bool) -> ExitCode {
    let told = live(seed, is_traced);
    for line in &told.trace {
        println!("{line}");
    }
    println!(
        "seed {seed}: {} order events, {} calls, {} lives, {} virtual seconds, hash {:016x}",
        told.events,
        told.calls,
        told.lives,
        told.lasted_ms / 1_000,
        told.hash
    );
    if twice && !is_same(&told, &live(seed, is_traced)) {
        return ExitCode::FAILURE;
    }
    verdict(&told)
}

fn verdict(told: &Told) -> ExitCode {
    match &told.violation {
        None => ExitCode::SUCCESS,
        Some(_) => {
            println!("{}", failure(told));
            ExitCode::FAILURE
        }
    }
}

fn is_same(first: &Told, second: &Told) -> bool {
    let is_same =
        first.hash == second.hash && first.trace == second.trace && first.violation == second.violation;
    if !is_same {
        let differs = first.trace.iter().zip(&second.trace).find(|(first, second)| first != second);
        println!("seed {} does not replay: hashes {:016x} and {:016x}", first.seed, first.hash, second.hash);
        if let Some((first, second)) = differs {
            println!("  {first}\n  {second}");
        }
    }
    is_same
}

fn failure(told: &Told) -> String {
    let Some(violation) = &told.violation else { return String::new() };
    format!(
        "seed {}: {} broken after {} s: {}\n  cargo run -p ganh-sim --release -- --seed {} --trace",
        told.seed,
        violation.guarantee,
        violation.at_ms / 1_000,
        violation.said,
        told.seed
    )
}

/// Each history twice: the same seed must give the same history.
pub fn twice(from: u64, count: u64) -> ExitCode {
    let differ = (from..from + count).filter(|seed| !is_same(&live(*seed, true), &live(*seed, true))).count();
    println!("{count} seeds lived twice: {differ} differ");
    if differ == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Many histories and their numbers.
pub fn many(from: u64, count: u64, threads: usize, until: Until) -> ExitCode {
    let began = Instant::now();
    let sums = run(from, count, threads, until, &|sums| eprintln!("{}", line(sums, began.elapsed())));
    println!("{}", line(&sums, began.elapsed()));
    println!("  {}", kind("calm days", &sums.calm));
    println!("  {}", kind("busy days", &sums.busy));
    println!("  {}", kind("rushes", &sums.rush));
    for told in &sums.failed {
        println!("{}", failure(told));
    }
    if sums.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn line(sums: &Sums, took: Duration) -> String {
    let took = took.as_secs_f64().max(0.001);
    let lasted_s = (sums.calm.lasted_ms + sums.busy.lasted_ms + sums.rush.lasted_ms) as f64 / 1_000.0;
    format!(
        "{} seeds, {} order events, {} orders, {} calls, {} lives of daemons, {} units sold inside brackets, {} violations; \
         {:.0} events/s, {:.0} x real time ({:.0} virtual hours in {took:.0} s)",
        sums.seeds,
        sums.events,
        sums.orders,
        sums.calls,
        sums.lives,
        sums.erased,
        sums.failed.len(),
        sums.events as f64 / took,
        lasted_s / took,
        lasted_s / 3_600.0,
    )
}

fn kind(name: &str, span: &Span) -> String {
    let took = span.took.as_secs_f64().max(0.001);
    format!(
        "{name}: {} seeds, {} order events, {:.0} virtual hours; one core: {:.0} events/s, {:.0} x real time",
        span.seeds,
        span.events,
        span.lasted_ms as f64 / 3_600_000.0,
        span.events as f64 / took,
        span.lasted_ms as f64 / 1_000.0 / took,
    )
}

/// Each bug on purpose: which guarantee it broke, within how many seeds.
pub fn mutants(from: u64, count: u64, threads: usize, only: Option<&str>) -> ExitCode {
    let chosen: Vec<_> =
        ganh::mutant::MUTANTS.iter().filter(|(name, _)| only.is_none_or(|only| only == *name)).collect();
    let mut missed = 0;
    println!("{:<24} {:<10} {:>6}  what was seen", "bug on purpose", "guarantee", "seeds");
    for (name, what) in &chosen {
        ganh::mutant::switch(Some(name));
        let sums = run(from, count, threads, Until::Failure, &|_| {});
        match sums.failed.first().and_then(|told| Some((told.seed, told.violation.as_ref()?))) {
            Some((seed, violation)) => {
                println!("{name:<24} {:<10} {:>6}  {}", violation.guarantee, seed - from + 1, violation.said)
            }
            None => {
                missed += 1;
                println!("{name:<24} {:<10} {:>6}  not caught: {what}", "-", sums.seeds);
            }
        }
    }
    ganh::mutant::switch(None);
    println!("{} bugs on purpose, {missed} not caught in {count} seeds each", chosen.len());
    if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// All numbers: histories without bugs, then each bug.
pub fn proof(from: u64, (count, until): (u64, Until), threads: usize) -> ExitCode {
    let clean = many(from, count, threads, until);
    let caught = mutants(0, MUTANT_SEEDS, threads, None);
    if clean == ExitCode::SUCCESS { caught } else { clean }
}
