//! The command line, as people and scripts use it: the built program in a folder of its own.

mod adopt;
mod bad_input;
mod import;
mod lazada;
pub mod program;
mod reading;
mod serve;
mod shops;
mod stock;
mod stop;
mod tiktok;
mod tls;
