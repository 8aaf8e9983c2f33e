//! Bars on standard error for what takes long; silent without a terminal.

use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;

/// Something under way. Dropping it clears its line.
#[derive(Debug)]
pub struct Progress(ProgressBar);

impl Progress {
    /// Steps of a known number.
    pub fn of(what: &str, total: usize) -> Self {
        let bar = ProgressBar::new(u64::try_from(total).unwrap_or(u64::MAX));
        if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len} {eta}") {
            bar.set_style(style);
        }
        bar.set_message(what.to_owned());
        Self(bar)
    }

    /// Something of unknown length.
    pub fn spinner(what: &str) -> Self {
        let bar = ProgressBar::new_spinner();
        bar.set_message(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(120));
        Self(bar)
    }

    /// One more step done.
    pub fn step(&self) {
        self.0.inc(1);
    }

    /// Says how far it is, in words.
    pub fn say(&self, words: impl Into<String>) {
        self.0.set_message(words.into());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
