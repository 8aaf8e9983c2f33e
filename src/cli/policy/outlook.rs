//! What new rules would do to the figures in shops: counted against the limits of the blast radius (I10), the worst rows kept to be shown.

use crate::cli::context::Context;
use crate::cli::output;
use crate::cli::table::{Tone, number, print, table, toned};
use crate::ids::ShopId;
use crate::listing::Figures;
use crate::plan::blast::{Limits, Tally, deeds_between};
use crate::store::{Foreseen, Policy, PolicyScope, Store};
use anyhow::Result;
use ganh_contract::Vnd;
use serde::Serialize;
use std::collections::BTreeMap;

/// Rows shown at most.
const SHOWN: usize = 10;

/// What would change.
#[derive(Debug, Default, Serialize)]
pub struct Outlook {
    /// Offers whose figures would move.
    pub offers: usize,
    pub zeroed: usize,
    pub repriced: usize,
    /// Why it stops, a sentence for each limit that is exceeded; empty: it may go on.
    pub stops: Vec<String>,
    /// The worst rows, the worst first.
    pub worst: Vec<Row>,
}

/// One offer before and after.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    pub shop: String,
    pub sku: String,
    pub before: Figures,
    pub after: Figures,
}

impl Outlook {
    /// Looks at what the rules would do. Changes nothing.
    pub async fn of(context: &Context, store: &Store, scope: PolicyScope, policy: &Policy) -> Result<Self> {
        let limits = context.limits();
        let mut seen = Seen::nothing(limits);
        let mut told = |offer: Foreseen| seen.add(offer);
        store.foresee_policy(scope, policy, context.now(), &mut told).await?;
        let offers = store.offers_by_shop().await?;
        let handles: BTreeMap<ShopId, String> =
            store.shops().await?.into_iter().map(|shop| (shop.id, shop.handle)).collect();
        Ok(seen.judged(context, &offers, &handles))
    }

    /// True when nothing stops the rules.
    pub const fn is_clear(&self) -> bool {
        self.stops.is_empty()
    }

    /// Writes the numbers and the worst rows for people.
    pub fn print(&self) -> Result<()> {
        output::line(format!(
            "{} offers change: {} go to zero, {} get another price",
            self.offers, self.zeroed, self.repriced
        ))?;
        let mut rows = table(&["worst", "shop", "price", "→", "units", "→"]);
        for row in &self.worst {
            let (before, after) = (&row.before, &row.after);
            let fell = if after.stock == 0 && before.stock > 0 { Tone::Bad } else { Tone::Quiet };
            let moved = if after.price == before.price { Tone::Quiet } else { Tone::Look };
            rows.add_row([
                row.sku.as_str().into(),
                row.shop.as_str().into(),
                number(before.price),
                toned(after.price, moved),
                number(before.stock),
                toned(after.stock, fell),
            ]);
        }
        print(&rows, "no figure in any shop changes")
    }
}

/// What was told so far.
struct Seen {
    outlook: Outlook,
    worst: Vec<(u128, Foreseen)>,
    all: Tally,
    shops: BTreeMap<ShopId, Tally>,
    fresh: Tally,
}

impl Seen {
    fn nothing(limits: Limits) -> Self {
        Self {
            outlook: Outlook::default(),
            worst: Vec::new(),
            all: Tally::new(limits),
            shops: BTreeMap::new(),
            fresh: Tally::new(limits),
        }
    }

    fn add(&mut self, offer: Foreseen) {
        self.outlook.offers += 1;
        self.outlook.zeroed += usize::from(offer.before.stock > 0 && offer.after.stock == 0);
        self.outlook.repriced += usize::from(offer.before.price != offer.after.price);
        let shop = self.shops.entry(offer.shop).or_insert_with(|| self.fresh.clone());
        for deed in deeds_between(&offer.sku, &offer.before, &offer.after) {
            self.all.add(&deed);
            shop.add(&deed);
        }
        self.worst.push((harm(&offer), offer));
        if self.worst.len() >= 20 * SHOWN {
            self.keep_worst();
        }
    }

    fn keep_worst(&mut self) {
        self.worst
            .sort_by(|(one, first), (other, second)| other.cmp(one).then_with(|| first.sku.cmp(&second.sku)));
        self.worst.truncate(SHOWN);
    }

    fn judged(
        mut self,
        context: &Context,
        offers: &BTreeMap<ShopId, usize>,
        handles: &BTreeMap<ShopId, String>,
    ) -> Outlook {
        self.keep_worst();
        let handle = |shop: ShopId| handles.get(&shop).cloned().unwrap_or_else(|| shop.to_string());
        let mut stops = self.all.verdict(offers.values().sum()).said(context.language());
        if stops.is_empty() {
            for (shop, tally) in &self.shops {
                let blast = tally.verdict(offers.get(shop).copied().unwrap_or(0));
                stops.extend(
                    blast.said(context.language()).iter().map(|said| format!("{}: {said}", handle(*shop))),
                );
            }
        }
        let worst = self.worst.into_iter().map(|(_, offer)| Row {
            shop: handle(offer.shop),
            sku: offer.sku.to_string(),
            before: offer.before,
            after: offer.after,
        });
        Outlook { stops, worst: worst.collect(), ..self.outlook }
    }
}

/// Zeroes before prices, the dearer and the farther first; then units lost.
fn harm(offer: &Foreseen) -> u128 {
    const ZEROED: u128 = 1 << 100;
    let (before, after) = (&offer.before, &offer.after);
    let worth = |price: Vnd, units: u32| u128::from(price.get().unsigned_abs()) * u128::from(units);
    if before.stock > 0 && after.stock == 0 {
        return ZEROED + worth(before.price, before.stock);
    }
    let base = u128::from(before.price.get().unsigned_abs()).max(1);
    let moved = u128::from(before.price.get().abs_diff(after.price.get())) * 1_000_000 / base;
    (moved << 32) + u128::from(before.stock.saturating_sub(after.stock))
}
