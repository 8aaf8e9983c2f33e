//! The daemon end to end, one binary, one file per story.

mod architecture;
mod cli;
mod web;
