//! `ganh stock simulate`: what rules would show, shop by shop and offer by offer, before they hold.
//!
//! The rules are written, every figure is computed as it always is, and all of it is rolled back: there is no second formula.

use crate::catalogue::text::sku_key;
use crate::cli::context::{Context, WrongUse};
use crate::cli::output;
use crate::cli::progress::Progress;
use crate::cli::rules::{Layer, Rules};
use crate::cli::table::{Tone, number, print, table, toned};
use crate::ids::ShopId;
use crate::listing::{Figures, Language};
use crate::store::{Foreseen, Promised, Promises};
use anyhow::Result;
use comfy_table::Cell;
use ganh_contract::Vnd;
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;

/// What rules would show in each shop, before they hold.
#[derive(Debug, clap::Args)]
pub struct Simulate {
    #[command(flatten)]
    layer: Layer,
    #[command(flatten)]
    rules: Rules,
    /// Only rows of this SKU; totals too
    #[arg(long, value_name = "SKU")]
    only: Option<String>,
    /// Rows shown at most, those that move first
    #[arg(long, value_name = "N", default_value_t = 200)]
    limit: usize,
}

/// One offer: now and as it would be.
#[derive(Debug, Serialize)]
struct Row {
    shop: String,
    sku: String,
    now: Figures,
    would_be: Figures,
    moves: bool,
}

/// Over all offers that the rules reach.
#[derive(Debug, Default, Serialize)]
struct Totals {
    offers: usize,
    moved: usize,
    zeroed: usize,
    lowered: usize,
    raised: usize,
    repriced: usize,
    units_now: u64,
    units_would_be: u64,
}

impl Totals {
    fn add(&mut self, offer: &Foreseen) {
        let (now, then) = (&offer.before, &offer.after);
        self.offers += 1;
        self.moved += usize::from(now != then);
        self.zeroed += usize::from(now.stock > 0 && then.stock == 0);
        self.lowered += usize::from(then.stock < now.stock && then.stock > 0);
        self.raised += usize::from(then.stock > now.stock);
        self.repriced += usize::from(then.price != now.price);
        self.units_now += u64::from(now.stock);
        self.units_would_be += u64::from(then.stock);
    }
}

/// Looks ahead.
pub async fn run(context: &Context, command: Simulate) -> Result<()> {
    if command.limit == 0 {
        return Err(WrongUse("--limit shows at least one row".into()).into());
    }
    let store = context.store().await?;
    let scope = command.layer.scope(context, &store).await?;
    let policy = command.rules.over(context, &store, scope).await?;
    let handles: BTreeMap<ShopId, String> =
        store.shops().await?.into_iter().map(|shop| (shop.id, shop.handle)).collect();
    let only = command.only.as_deref().map(sku_key);
    let mut totals = Totals::default();
    let (mut moving, mut staying) = (Vec::new(), Vec::new());
    let mut told = |offer: Foreseen| {
        if only.as_ref().is_some_and(|only| sku_key(offer.sku.as_str()) != *only) {
            return;
        }
        totals.add(&offer);
        let moves = offer.before != offer.after;
        let kept = if moves { &mut moving } else { &mut staying };
        if kept.len() < command.limit {
            kept.push(Row {
                shop: handles.get(&offer.shop).cloned().unwrap_or_default(),
                sku: offer.sku.to_string(),
                now: offer.before,
                would_be: offer.after,
                moves,
            });
        }
    };
    let progress = Progress::spinner("computing what the rules would show");
    let promises = store.simulate_policy(scope, &policy, context.now(), &mut told).await?;
    drop(progress);
    let mut rows: Vec<Row> = moving.into_iter().chain(staying).take(command.limit).collect();
    rows.sort_by(|one, other| (&one.shop, &one.sku).cmp(&(&other.shop, &other.sku)));
    let shown = json!({
        "changed": false,
        "policy": { "stock": policy.stock, "price": policy.price },
        "offers": rows,
        "totals": totals,
        "promised_beyond": { "now": promises.before, "would_be": promises.after },
    });
    output::result(context, &shown, || people(&rows, &totals, &promises, context.language()))
}

fn people(rows: &[Row], totals: &Totals, promises: &Promises, language: Language) -> Result<()> {
    let titles = match language {
        Language::Vi => ["gian hàng", "mã", "đang bày", "→ sẽ bày", "giá", "→ giá mới"],
        Language::En => ["shop", "SKU", "shows", "→ would show", "price", "→ price"],
    };
    let mut all = table(&titles);
    for Row { shop, sku, now, would_be, .. } in rows {
        let fell = match would_be.stock.cmp(&now.stock) {
            std::cmp::Ordering::Less if would_be.stock == 0 => Tone::Bad,
            std::cmp::Ordering::Less | std::cmp::Ordering::Greater => Tone::Look,
            std::cmp::Ordering::Equal => Tone::Quiet,
        };
        let moved = if would_be.price == now.price { Tone::Quiet } else { Tone::Look };
        all.add_row([
            shop.as_str().into(),
            sku.as_str().into(),
            number(now.stock),
            right(toned(would_be.stock, fell)),
            number(now.price),
            right(toned(would_be.price, moved)),
        ]);
    }
    let Totals { offers, moved, zeroed, lowered, raised, repriced, units_now, units_would_be } = totals;
    let none = match language {
        Language::Vi => "quy tắc này chưa chạm tới mã bán nào",
        Language::En => "these rules reach no offer",
    };
    print(&all, none)?;
    if rows.len() < *offers {
        output::note(format!("{} / {offers}: --limit", rows.len()));
    }
    let (now, then) = (said(promises.before), said(promises.after));
    output::line(match language {
        Language::Vi => format!(
            "{moved} trên {offers} mã bán đổi: {zeroed} về 0, {lowered} giảm, {raised} tăng, {repriced} đổi giá · tổng {units_now} → {units_would_be}"
        ),
        Language::En => format!(
            "{moved} of {offers} offers change: {zeroed} to zero, {lowered} lower, {raised} higher, {repriced} another price · {units_now} → {units_would_be} units"
        ),
    })?;
    output::line(match language {
        Language::Vi => format!("hứa bán vượt tồn: {now} → {then} · chưa có gì được ghi"),
        Language::En => format!("promised beyond what there is: {now} → {then} · nothing was written"),
    })
}

fn said(promised: Promised) -> String {
    format!("{} ({})", promised.units, Vnd(promised.vnd))
}

fn right(cell: Cell) -> Cell {
    cell.set_alignment(comfy_table::CellAlignment::Right)
}
