//! Lazada against the suite that says what a channel is.

mod fixture;

use fixture::Lazada;
use ganh_conformance::conformance;

conformance!(Lazada);
