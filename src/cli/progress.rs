//! Bars on standard error for what takes long; silent without a terminal.

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::time::Duration;

/// Lines that fill one by one, such as a shop each. Dropping it clears them.
#[derive(Debug, Default)]
pub struct Board {
    all: MultiProgress,
    lines: Vec<ProgressBar>,
}

/// More lines than a screen has are no help.
const MOST_LINES: usize = 30;

impl Board {
    /// Says how line `index` stands; lines that were not there before appear in order.
    pub fn say(&mut self, index: usize, words: impl Into<String>) {
        while self.lines.len() <= index.min(MOST_LINES) {
            let line = self.all.add(ProgressBar::new_spinner());
            line.enable_steady_tick(Duration::from_millis(120));
            self.lines.push(line);
        }
        match self.lines.get(index) {
            Some(line) if index < MOST_LINES => line.set_message(words.into()),
            Some(_) | None => self.lines[MOST_LINES].set_message("…"),
        }
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        self.lines.iter().for_each(ProgressBar::finish_and_clear);
    }
}

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
