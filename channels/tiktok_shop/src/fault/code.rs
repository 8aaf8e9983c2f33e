//! The table of codes (spec §3.3, §4.1–4.2; official error lists of December 2025). `None`: a refusal, told by `mend`.

use super::{CONFLICT, SHOP, Said};
use ganh_contract::{FaultKind, Reach, Thing};
use jiff::Timestamp;
use std::time::Duration;

/// Several meanings, told apart by the message (§4.1).
pub(super) const GATEWAY: u64 = 36_009_004;

const APP: FaultKind = FaultKind::Revoked { reach: Reach::App };
const THIS_CALL: FaultKind = FaultKind::Revoked { reach: Reach::Call };
const HERE: FaultKind = FaultKind::Revoked { reach: Reach::Address };

const fn locked(reach: Reach) -> FaultKind {
    FaultKind::Locked { reach, until: None, least: None }
}

pub(super) fn kind(
    call: &str,
    said: &Said,
    retry_after: Option<Duration>,
    at: Timestamp,
) -> Option<FaultKind> {
    let code = said.code;
    if code == GATEWAY {
        return gateway(&said.message.to_lowercase());
    }
    // Another minute helps; one kind of call only (§4.1 BACKOFF, §4.4).
    let throttled = |after: Option<Duration>| FaultKind::Throttled { after, reach: Reach::Call };
    Some(match code {
        36_009_002 => throttled(retry_after),
        12_052_109 => throttled(Some(Duration::from_secs(120))),
        // Creations only, until tomorrow (§4.2).
        12_052_093 => throttled(Some(until_tomorrow(at))),
        105_001 | 105_002 => FaultKind::Expired,
        // A bug or a wrong secret (§4.1 SIGN).
        106_001 => APP,
        101_000 | 106_013 => SHOP,
        105_005 | 12_019_114 | 10_006_402 => THIS_CALL,
        36_009_033 => HERE,
        12_009_014 | 12_052_700 | 12_052_704 | 12_052_995 | 12_052_419 | 36_009_043 | 36_009_044 => SHOP,
        36_004_001 | 36_004_004 | 36_004_005 | 98_001_004..=98_001_006 => return token(call, code),
        code => return passing(code).or_else(|| product(code)).or_else(|| order(code)),
    })
}

/// All mean "ask the seller again" (§3.3); a code that was typed in is told as such.
fn token(call: &str, code: u64) -> Option<FaultKind> {
    match (call, code) {
        (crate::token::GET, _) => None,
        (crate::token::REFRESH, _) | (_, 36_004_001 | 36_004_005) => Some(SHOP),
        _ => Some(FaultKind::Unsupported),
    }
}

/// 36009004 (§4.1).
fn gateway(message: &str) -> Option<FaultKind> {
    let says = |part: &str| message.contains(part);
    if says("timestamp") {
        // After signing again once: this machine's clock is wrong and the host told no better time.
        return Some(HERE);
    }
    if says("access token") || says("access_token") || says("invalid identifier") {
        return Some(SHOP);
    }
    if says("credential") {
        return Some(APP);
    }
    if says("required field") {
        return None;
    }
    // Unexpected identifier, API version, parameters: ours to mend.
    Some(FaultKind::Unsupported)
}

/// Passes by itself; what was sent may have been done (§4.1 RETRY).
fn passing(code: u64) -> Option<FaultKind> {
    Some(match code {
        36_009_003 | 36_009_007 | 12_001_000 | 33_001_002 | 45_101_001 | 12_052_881 => FaultKind::Down,
        10_002_014 | 10_002_015 | 10_037_002..=10_037_004 => FaultKind::Down,
        11_001_027 | 11_001_031 | 11_006_005 | 21_001_003 | 21_001_008 | 21_001_011 => FaultKind::Down,
        21_022_029 | 21_042_001 | 21_042_076 | 25_001_028 | 25_007_002 | 25_001_058 => FaultKind::Down,
        // §4.1 CONTRACT.
        36_009_009 | 36_009_010 | 36_009_014 | 36_009_021..=36_009_023 | 11_050_001 | 21_001_001 => {
            FaultKind::Unsupported
        }
        _ => return None,
    })
}

/// §4.2.
fn product(code: u64) -> Option<FaultKind> {
    Some(match code {
        12_052_703 | 12_052_332 => locked(Reach::Shop),
        12_052_030..=12_052_032 | 12_052_260 | 12_019_008 | 12_019_150 | 12_052_048 | 12_052_034 => {
            FaultKind::Missing(Thing::Listing)
        }
        12_052_901 | 12_019_113 | 12_052_308 | 12_052_371 => locked(Reach::Listing),
        12_052_036 | 12_052_553 | 12_052_556 | 12_052_557 | 12_052_902 => FaultKind::Missing(Thing::Offer),
        12_052_393 => locked(Reach::Offer),
        12_019_045 | 12_052_038 => locked(Reach::Listing),
        12_019_028 | 12_052_533 => FaultKind::Missing(Thing::Place),
        12_019_022 | 12_052_094 | 12_052_097 | 12_052_115 | 12_052_364 | 12_052_403 => {
            FaultKind::Missing(Thing::Place)
        }
        12_052_530..=12_052_532 => FaultKind::Missing(Thing::Place),
        // A walk that lost its place, or went too deep, starts again (§1.5).
        12_019_108 | 12_052_180 | 12_052_547 => CONFLICT,
        12_019_120 | 12_019_027 | 12_019_087 | 12_019_109 | 12_019_118 | 12_019_119 => FaultKind::Unsupported,
        12_052_722 => FaultKind::Missing(Thing::Picture),
        _ => return None,
    })
}

/// §4.2, orders, packages and after-sales.
fn order(code: u64) -> Option<FaultKind> {
    Some(match code {
        21_008_111 | 21_011_028 => FaultKind::Missing(Thing::Order),
        code if is_done(code) => CONFLICT,
        21_011_041 | 21_011_042 | 21_008_044 | 21_011_007 | 21_021_010 | 21_008_025 => CONFLICT,
        code if is_label_late(code) => locked(Reach::Call),
        21_023_035 | 21_042_104 | 21_042_102 => CONFLICT,
        11_034_002 | 21_008_017 => FaultKind::Unsupported,
        25_001_003 | 25_001_010 | 25_001_011 | 25_001_051 | 25_011_011 | 25_011_012 => CONFLICT,
        25_020_003 | 25_020_009 | 25_020_010 => CONFLICT,
        _ => return None,
    })
}

/// The package is shipped already (§4.2 DONE).
pub(crate) const fn is_done(code: u64) -> bool {
    matches!(code, 11_006_021 | 21_008_099 | 21_011_006 | 21_011_020 | 21_011_040)
}

/// The label is not ready: 5–60 s (§4.2).
pub(crate) const fn is_label_late(code: u64) -> bool {
    matches!(code, 11_006_010 | 11_034_023 | 11_034_037 | 21_023_022 | 21_023_034)
}

/// The next midnight of Vietnam. Guess: the reference says "tomorrow", not whose.
fn until_tomorrow(at: Timestamp) -> Duration {
    const DAY_S: i64 = 86_400;
    let into_day = (at.as_second() + 7 * 3_600).rem_euclid(DAY_S);
    Duration::from_secs(u64::try_from(DAY_S - into_day).unwrap_or(86_400))
}
