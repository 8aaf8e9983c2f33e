//! What the test command runs of it: few and short histories. The numbers come from `--proof`.

use crate::crowd::{Until, run};
use crate::history::live;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Bugs are switched on for the whole process.
fn given_the_bug(name: Option<&str>) -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    let turn = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    assert!(ganh::mutant::switch(name));
    turn
}

#[test]
fn a_seed_replays_exactly() {
    let _turn = given_the_bug(None);

    let (first, second) = (live(6, true), live(6, true));

    assert_eq!((first.hash, first.trace), (second.hash, second.trace));
}

#[test]
fn the_guarantees_hold_in_a_history() {
    let _turn = given_the_bug(None);

    let told = live(6, false);

    assert_eq!(told.violation, None);
}

#[test]
fn a_bug_on_purpose_is_found() {
    let _turn = given_the_bug(Some("release_twice"));

    let sums = run(2, 4, 2, Until::Failure, &|_| {});

    ganh::mutant::switch(None);
    assert_eq!(
        sums.failed.first().and_then(|told| told.violation.as_ref()).map(|found| found.guarantee),
        Some("I2")
    );
}
