//! The daemon on simulated marketplaces, one file per story, each on both databases. What a story proves is a guarantee of the house: its
//! number is in the names.

mod graceful_stop;
mod hooks_are_hints;
mod i10_blast_radius;
mod i11_one_owner;
mod i12_one_renewal;
mod i13_secrets;
mod i1_no_lost_order;
mod i2_no_double_effect;
mod i3_no_twin_listing;
mod i4_newest_wins;
mod i5_causality;
mod i6_price_before_raise;
mod i7_no_oversell;
mod i8_first_connect;
mod i8_polls;
mod i8_quota;
mod i9_safety_first;
mod store_gone;
mod world;
