//! Pages: bounds, sorting with or without broken ties, totals and links (spec §5.1).

use super::errors::{ApiError, invalid_param};
use super::reply::Out;
use super::wire::{Args, array_of, php_int, php_string, read_date};
use super::world::World;
use crate::core::faults::{FaultKind, Hit};
use crate::core::market::Call;

/// The paging arguments of a list.
#[derive(Debug, Clone)]
pub struct Paging {
    /// From 1.
    pub page: usize,
    /// 1 to 100.
    pub per_page: usize,
    /// Rows to skip instead of `page`.
    pub offset: Option<usize>,
    /// Field to sort by.
    pub orderby: String,
    /// Ascending.
    pub is_ascending: bool,
}

/// Reads a bounded whole number.
fn bounded(args: &Args, key: &str, default: i64, least: i64, most: i64) -> Result<usize, ApiError> {
    let Some(value) = args.get(key) else { return Ok(usize::try_from(default).unwrap_or(0)) };
    let text = php_string(value);
    if text.trim().parse::<i64>().is_err() {
        return Err(invalid_param(key, "rest_invalid_type", &format!("{key} is not of type integer.")));
    }
    let number = php_int(value);
    if number < least || number > most {
        let why = if most == i64::MAX {
            format!("{key} must be greater than or equal to {least}")
        } else {
            format!("{key} must be between {least} (inclusive) and {most} (inclusive)")
        };
        return Err(invalid_param(key, "rest_out_of_bounds", &why));
    }
    Ok(usize::try_from(number).unwrap_or(0))
}

impl Paging {
    /// Reads the arguments; `orders`: what may be sorted by, the default first.
    ///
    /// # Errors
    /// `rest_invalid_param`.
    pub fn read(args: &Args, orders: &[&str], is_ascending: bool) -> Result<Self, ApiError> {
        let word = |key: &str, default: &str| args.get(key).map_or_else(|| default.to_owned(), php_string);
        let orderby = word("orderby", orders.first().copied().unwrap_or("id"));
        if !orders.contains(&orderby.as_str()) {
            return Err(invalid_param(
                "orderby",
                "rest_not_in_enum",
                &format!("orderby is not one of {}.", orders.join(", ")),
            ));
        }
        let order = word("order", if is_ascending { "asc" } else { "desc" });
        if order != "asc" && order != "desc" {
            return Err(invalid_param("order", "rest_not_in_enum", "order is not one of asc, desc."));
        }
        let offset =
            if args.contains_key("offset") { Some(bounded(args, "offset", 0, 0, i64::MAX)?) } else { None };
        Ok(Self {
            page: bounded(args, "page", 1, 1, i64::MAX)?,
            per_page: bounded(args, "per_page", 10, 1, 100)?,
            offset,
            orderby,
            is_ascending: order == "asc",
        })
    }

    /// Sorts rows by a key and then by id. Old releases leave rows of equal key in an order that
    /// changes from page to page, so that a scan repeats some and misses others.
    pub fn sort<T, K: Ord>(
        &self,
        rows: &mut [T],
        world: &World,
        key: impl Fn(&T) -> K,
        id: impl Fn(&T) -> u64,
    ) {
        let page = self.page as u64;
        let is_loose = world.profile.is_old() && self.orderby != "id" && self.orderby != "include";
        let tie = |row: &T| {
            let id = id(row);
            if is_loose {
                (id ^ page.wrapping_mul(0xA24B_AED4_963E_E407)).wrapping_mul(0x9FB2_1C65_1E98_DF25) >> 8
            } else {
                id
            }
        };
        rows.sort_by(|one, two| {
            let order = key(one).cmp(&key(two)).then_with(|| tie(one).cmp(&tie(two)));
            if self.is_ascending { order } else { order.reverse() }
        });
    }

    /// Cuts the page out and dresses it; `fault` may empty or shift it.
    pub fn out<T>(&self, rows: &[T], call: &Call, home: &str, show: impl Fn(&T) -> Vec<u8>) -> Out {
        let total = rows.len();
        let pages = total.div_ceil(self.per_page);
        let mut from = self.offset.unwrap_or_else(|| (self.page - 1).saturating_mul(self.per_page));
        let fault = call.fault.as_ref();
        if fault.is_some_and(|hit| hit.kind == FaultKind::EmptyPage) {
            from = total;
        }
        if let Some(hit) = fault.filter(|hit| hit.kind == FaultKind::ShiftPage && from > 0) {
            // A row entered before this page (repeat), or, with a negative `after_ms`, left it (miss).
            from = if hit.after_ms < 0 { from + 1 } else { from - 1 };
        }
        let shown: Vec<Vec<u8>> = rows.iter().skip(from).take(self.per_page).map(show).collect();
        let mut out = Out { status: 200, rows: shown.len(), body: array_of(&shown), headers: Vec::new() }
            .with("X-WP-Total", total.to_string())
            .with("X-WP-TotalPages", pages.to_string());
        let link = |page: usize, rel: &str| {
            format!("<{home}{}?{}>; rel=\"{rel}\"", call.path, with_page(&call.raw_query, page))
        };
        let mut links = Vec::new();
        if self.page > 1 {
            links.push(link((self.page - 1).min(pages.max(1)), "prev"));
        }
        if self.page < pages {
            links.push(link(self.page + 1, "next"));
        }
        if !links.is_empty() {
            out = out.with("Link", links.join(", "));
        }
        out
    }
}

fn with_page(query: &str, page: usize) -> String {
    let kept: Vec<&str> =
        query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("page=")).collect();
    let mut pairs: Vec<String> = kept.into_iter().map(ToOwned::to_owned).collect();
    pairs.push(format!("page={page}"));
    pairs.join("&")
}

/// The date bounds of a list, seconds since 1970; all exclusive (spec §5.3).
#[derive(Debug, Clone, Copy, Default)]
pub struct Span {
    created_after: Option<i64>,
    created_before: Option<i64>,
    modified_after: Option<i64>,
    modified_before: Option<i64>,
}

impl Span {
    /// Reads the bounds: shop-local unless `dates_are_gmt` or an explicit zone says otherwise.
    ///
    /// # Errors
    /// `rest_invalid_date`.
    pub fn read(args: &Args, world: &World) -> Result<Self, ApiError> {
        let is_gmt = args.get("dates_are_gmt").is_some_and(super::wire::php_bool);
        let offset_s = if is_gmt { 0 } else { world.offset_s };
        let date = |key: &str| -> Result<Option<i64>, ApiError> {
            let Some(text) = args.get(key).map(php_string) else { return Ok(None) };
            let date = read_date(&text, offset_s);
            date.map(Some).ok_or_else(|| invalid_param(key, "rest_invalid_date", "Invalid date."))
        };
        Ok(Self {
            created_after: date("after")?,
            created_before: date("before")?,
            modified_after: date("modified_after")?,
            modified_before: date("modified_before")?,
        })
    }

    /// Whether a row of these dates is inside.
    #[must_use]
    pub fn holds(&self, created_s: i64, modified_s: i64) -> bool {
        self.created_after.is_none_or(|after| created_s > after)
            && self.created_before.is_none_or(|before| created_s < before)
            && self.modified_after.is_none_or(|after| modified_s > after)
            && self.modified_before.is_none_or(|before| modified_s < before)
    }
}

/// A list argument: `1,2`, `a[]=1&a[]=2` or a JSON array.
#[must_use]
pub fn words(args: &Args, key: &str) -> Option<Vec<String>> {
    use serde_json::Value;
    let words: Vec<String> = match args.get(key)? {
        Value::Array(rows) => rows.iter().map(php_string).collect(),
        Value::Object(map) => map.values().map(php_string).collect(),
        other => php_string(other).split(',').map(|word| word.trim().to_owned()).collect(),
    };
    let words: Vec<String> = words.into_iter().filter(|word| !word.is_empty()).collect();
    (!words.is_empty()).then_some(words)
}

/// A list argument of ids.
#[must_use]
pub fn ids(args: &Args, key: &str) -> Option<Vec<u64>> {
    words(args, key).map(|words| words.iter().filter_map(|word| word.parse().ok()).collect())
}

/// How long ago a row must have been made to be seen by a list, milliseconds (the `index_lag` fault).
#[must_use]
pub fn lag_ms(fault: Option<&Hit>) -> Option<i64> {
    fault.filter(|hit| hit.kind == FaultKind::IndexLag).map(|hit| hit.after_ms)
}
