//! Lists of orders as a stall shows them: late, twice, mixed, cut short, and now and then not at all.

use crate::stall::Stall;
use crate::world::World;
use ganh_contract::{Cursor, Fault, FaultKind, Next, Result, Window};

/// One page of orders.
pub struct Listed {
    /// Numbers with the change that the list names.
    pub numbers: Vec<(usize, i64)>,
    pub next: Next,
}

/// Lists orders that changed in a window. Never skips; repeats and mixes.
pub fn orders_page(world: &World, shop: usize, window: Window, from: Option<&Cursor>) -> Result<Listed> {
    let now = world.ms();
    let mut inner = world.inner();
    let inner = &mut *inner;
    let lies = inner.is_storm && inner.dice.chance(world.plan().weather.empty_lie);
    let stall = &mut inner.stalls[shop];
    stall.let_show(now);
    if lies {
        inner.lied_at = now;
        return Ok(Listed { numbers: Vec::new(), next: Next::End });
    }
    let (first, last) = (window.from.as_millisecond(), window.until.as_millisecond());
    let size = stall.plan.page;
    let (page, place): (usize, u64) = from
        .and_then(|cursor| cursor.as_str().split_once(':'))
        .and_then(|(page, place)| Some((page.parse().ok()?, place.parse().ok()?)))
        .unwrap_or((0, 0));
    if page >= stall.plan.most_pages {
        return Ok(Listed { numbers: Vec::new(), next: Next::TooMany });
    }
    if stall.plan.ascending {
        let begin = if from.is_some() { i64::try_from(place).unwrap_or(first).max(first) } else { first };
        let mut rows = shown_between(stall, begin, last, now, size + 1);
        let next = if rows.len() > size {
            rows.truncate(size);
            // The next page begins with the last row of this one: it is repeated.
            Next::More(Cursor::new(format!("{}:{}", page + 1, rows[size - 1].0)))
        } else {
            Next::End
        };
        return Ok(Listed {
            numbers: rows.into_iter().map(|(changed, number)| (number, changed)).collect(),
            next,
        });
    }
    let walk = if from.is_some() {
        place
    } else {
        let mut rows = shown_between(stall, first, last, now, usize::MAX);
        for index in (1..rows.len()).rev() {
            rows.swap(index, inner.dice.index(index + 1));
        }
        if !rows.is_empty() && inner.dice.chance(2_000) {
            rows.push(rows[0]);
        }
        stall.walked += 1;
        stall.walks.insert(stall.walked, rows.into_iter().map(|(_, number)| number).collect());
        while stall.walks.len() > 12 {
            stall.walks.pop_first();
        }
        stall.walked
    };
    let Some(all) = stall.walks.get(&walk) else {
        return Err(Fault::new("orders", FaultKind::Conflict { holder: None }).said("stale cursor"));
    };
    let start = page * size;
    let numbers = all[start.min(all.len())..(start + size).min(all.len())]
        .iter()
        .filter_map(|number| Some((*number, stall.sales[*number].shown(now)?.changed_at)))
        .collect();
    let next = if start + size < all.len() {
        Next::More(Cursor::new(format!("{}:{walk}", page + 1)))
    } else {
        Next::End
    };
    Ok(Listed { numbers, next })
}

/// By time of change, as shown now.
fn shown_between(stall: &Stall, first: i64, last: i64, now: i64, most: usize) -> Vec<(i64, usize)> {
    if last < first {
        return Vec::new();
    }
    let newest = stall
        .by_change
        .range(first..=last)
        .filter(|(_, number)| stall.sales[**number].shown_from <= now)
        .map(|(changed, number)| (*changed, *number));
    if stall.lagging.is_empty() {
        return newest.take(most).collect();
    }
    let before = stall.lagging.iter().filter_map(|number| {
        let changed = stall.sales[*number].before.as_ref()?.changed_at;
        (first..=last).contains(&changed).then_some((changed, *number))
    });
    let mut rows: Vec<(i64, usize)> = newest.chain(before).collect();
    rows.sort_unstable();
    rows.truncate(most);
    rows
}
