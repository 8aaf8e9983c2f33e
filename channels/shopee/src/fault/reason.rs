//! Reasons in lists of failures: text without a code (spec §4.7, §4.9).

use super::{field_of, locked};
use ganh_contract::{Complaint, Fault, FaultKind, Reach, Thing};

/// What a `failed_reason` means for its row.
pub(crate) fn reason(call: &'static str, text: &str) -> Fault {
    Fault::new(call, kind(text)).said(text)
}

fn kind(text: &str) -> FaultKind {
    let lower = text.to_lowercase();
    let says = |part: &str| lower.contains(part);
    if let Some(least) = floor(&lower) {
        return FaultKind::Locked { reach: Reach::Offer, until: None, least: Some(least) };
    }
    if says("reserved stock") || says("reserve stock") {
        return locked(Reach::Offer);
    }
    if says("promotion") || says("campaign") {
        return locked(Reach::Listing);
    }
    if says("holiday") || says("penalty") {
        return locked(Reach::Shop);
    }
    if says("banned") || says("reviewing") || says("under review") || says("uneditable") {
        return locked(Reach::Listing);
    }
    if says("location") || says("warehouse") {
        return FaultKind::Missing(Thing::Place);
    }
    if says("model") && (says("not found") || says("not exist") || says("wrong") || says("invalid")) {
        return FaultKind::Missing(Thing::Offer);
    }
    if says("item") && (says("not found") || says("not exist") || says("deleted")) {
        return FaultKind::Missing(Thing::Listing);
    }
    if says("try again") || says("try later") || says("busy") || says("timeout") || says("system error") {
        return FaultKind::Down;
    }
    FaultKind::Refused(vec![Complaint { field: field_of("", text), code: None, said: text.to_owned() }])
}

/// `Stock should be larger than 125 (reserve stock number)`: 125 is the lowest it takes (§4.9: at least what is reserved).
fn floor(lower: &str) -> Option<u32> {
    let after = lower.split_once("stock should be larger than ")?.1;
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}
