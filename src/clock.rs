//! The only reader of wall time. Everything else takes `now` or a [`Clock`], so that tests and simulations can move it.

pub use ganh_http::{Clock, SystemClock};
