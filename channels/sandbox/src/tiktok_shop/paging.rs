//! Cursors (spec 1.5): opaque, short-lived, bound to their filter, with `+`, `/` and `=` in them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::call::Call;
use super::envelope::{PAGE_TOKEN, PARAMETER, Refusal};
use super::world::World;

/// The last row of a page: where the next begins. Keys, not offsets: rows that move take no neighbour with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub key: i64,
    pub id: u64,
}

/// Encodes to `+/+/`, so that a client that forgets to escape meets a wrong signature.
const MARK: [u8; 3] = [0xFB, 0xFF, 0xBF];

/// `page_size`, 1 to `most`.
pub fn size(call: &Call, most: usize) -> Result<usize, Refusal> {
    let given = call.arg("page_size").ok_or_else(|| Refusal::required("PageSize"))?;
    let size: usize = given.parse().unwrap_or(0);
    if (1..=most).contains(&size) {
        return Ok(size);
    }
    let code = if call.path.starts_with("/product/") { 12_019_109 } else { PARAMETER };
    Err(Refusal::new(code, format!("The page_size is invalid: 1 to {most}.")))
}

/// `page_size` where it may be left out.
pub fn size_or(call: &Call, most: usize, usual: usize) -> Result<usize, Refusal> {
    if call.arg("page_size").is_none() { Ok(usual) } else { size(call, most) }
}

/// What has to stay the same while paging: a short sum of the body and of the query but paging.
pub fn filter(call: &Call, name: &str) -> String {
    let own = ["page_token", "page_size", "sign", "timestamp", "access_token"];
    let mut sum: u64 = 0xCBF2_9CE4_8422_2325;
    let mut add = |text: &[u8]| {
        for byte in text {
            sum = (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
        }
    };
    let mut query: Vec<&(String, String)> =
        call.query.iter().filter(|(key, _)| !own.contains(&key.as_str())).collect();
    query.sort();
    for (key, text) in query {
        add(key.as_bytes());
        add(text.as_bytes());
    }
    add(call.json.to_string().as_bytes());
    format!("{name}{sum:x}")
}

/// The token of the next page; empty on the last.
pub fn write(call: &Call, filter: &str, next: Option<Place>) -> String {
    let Some(place) = next else { return String::new() };
    let mut bytes = MARK.to_vec();
    bytes.extend(format!("{}|{filter}|{}|{}", call.now_ms, place.key, place.id).into_bytes());
    while bytes.len() % 3 != 1 {
        bytes.push(b' ');
    }
    STANDARD.encode(bytes)
}

/// Where the page begins; `None`: at the start.
///
/// # Errors
/// 12019108: no token of ours, another filter's, or too old.
pub fn read(world: &World, call: &Call, filter: &str) -> Result<Option<Place>, Refusal> {
    let Some(token) = call.arg("page_token") else { return Ok(None) };
    let refused = || Refusal::new(PAGE_TOKEN, "The page_token is invalid or has expired.");
    if call.twist.own == "token_page_expired" {
        return Err(refused());
    }
    let bytes = STANDARD.decode(token).map_err(|_| refused())?;
    let inner =
        bytes.strip_prefix(&MARK).and_then(|inner| std::str::from_utf8(inner).ok()).ok_or_else(refused)?;
    let mut parts = inner.trim_end().split('|');
    let (Some(at_ms), Some(its), Some(key), Some(id)) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(refused());
    };
    let (at_ms, key, id): (i64, i64, u64) = match (at_ms.parse(), key.parse(), id.parse()) {
        (Ok(at_ms), Ok(key), Ok(id)) => (at_ms, key, id),
        _ => return Err(refused()),
    };
    if its != filter || at_ms + world.settings().page_token_ms < call.now_ms {
        return Err(refused());
    }
    Ok(Some(Place { key, id }))
}

/// Plays rows that shift between pages: the first is repeated, or missed.
pub fn shift<T: Clone>(call: &Call, rows: &mut Vec<T>) {
    match call.twist.shift_page {
        0 => {}
        _ if rows.is_empty() => {}
        repeated if repeated > 0 => rows.insert(0, rows[0].clone()),
        _ => {
            rows.remove(0);
        }
    }
    if call.twist.empty_page {
        rows.clear();
    }
}
