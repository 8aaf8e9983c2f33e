//! The daemon end to end, one binary, one file per story.

mod architecture;
mod browser;
mod cli;
mod story;
mod web;
