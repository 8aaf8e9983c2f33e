//! Plans for people.

use super::Waiting;
use crate::cli::context::Context;
use crate::cli::table::{Tone, toned};
use crate::cli::{output, table};
use crate::listing::matching::{Doubt, MatchedBy};
use crate::listing::{Language, said_in};
use crate::plan::shop_plan::{PlannedChange, ShopPlan};
use crate::store::ShopRow;
use anyhow::Result;
use comfy_table::Cell;
use ganh_contract::Vnd;

/// What would be adopted, created, changed, asked, parked and left alone.
pub fn proposal(context: &Context, plan: &ShopPlan, limit: usize) -> Result<()> {
    let most = if limit == 0 { usize::MAX } else { limit };
    let mut rows: Vec<[Cell; 4]> = Vec::new();
    for listing in &plan.adopt {
        let by = match listing.by {
            MatchedBy::Sku => "by SKU",
            MatchedBy::Barcode => "by barcode",
        };
        let mut changes: Vec<String> = listing.changes.iter().map(change).collect();
        changes.extend(listing.lacks.iter().map(|sku| format!("{sku} is not in it")));
        if listing.strangers > 0 {
            changes.push(format!("{} offers are not ours and stay", listing.strangers));
        }
        let what = if changes.is_empty() { "as it is".to_owned() } else { changes.join("\n") };
        rows.push([
            toned(format!("adopt {by}"), Tone::Good),
            listing.listing.as_str().into(),
            listing.title.as_str().into(),
            what.into(),
        ]);
    }
    for listing in &plan.create {
        let what = format!("{} offers", listing.offers);
        rows.push([
            toned("create", Tone::Good),
            listing.code.as_str().into(),
            listing.title.as_str().into(),
            what.into(),
        ]);
    }
    for ambiguity in &plan.ask {
        let why = match ambiguity.why {
            Doubt::SeveralProducts => "its offers belong to several of our products",
            Doubt::SeveralListings => "another listing shows the same product",
            Doubt::CodeTwice => "two of its offers carry the same code",
        };
        rows.push([
            toned("ask", Tone::Look),
            ambiguity.listing.as_str().into(),
            ambiguity.title.as_str().into(),
            why.into(),
        ]);
    }
    for product in &plan.park {
        let lines: Vec<String> = product
            .objections
            .iter()
            .map(|objection| match context.language() {
                Language::Vi => format!("{}: {}", objection.field, objection.vi),
                Language::En => format!("{}: {}", objection.field, objection.en),
            })
            .collect();
        rows.push([
            toned("park", Tone::Bad),
            product.code.as_str().into(),
            product.title.as_str().into(),
            lines.join("\n").into(),
        ]);
    }
    let hidden = rows.len().saturating_sub(most);
    let mut table = table::table(&["", "listing or code", "title", "what"]);
    table.add_rows(rows.into_iter().take(most));
    table::print(&table, "nothing of ours would be in this shop")?;
    if hidden > 0 {
        output::note(format!("… and {hidden} more: --limit 0 shows all, --json too"));
    }
    totals(context, plan)
}

fn totals(context: &Context, plan: &ShopPlan) -> Result<()> {
    let totals = &plan.totals;
    output::line(format!(
        "{} adopted · {} created · {} prices, {} stocks, {} switches changed · {} to ask · {} parked · {} left alone · at least {} calls",
        totals.adopt,
        totals.create,
        totals.prices,
        totals.stocks,
        totals.switches,
        totals.ask,
        totals.park,
        totals.leave_alone,
        totals.figure_calls + totals.create_calls
    ))?;
    for why in plan.blast.said(context.language()) {
        output::line(format!("stops: {why}; --allow-blast lets it"))?;
    }
    Ok(())
}

fn change(change: &PlannedChange) -> String {
    let price = |price: &Option<Vnd>| price.map_or_else(|| "?".to_owned(), |price| price.to_string());
    let units = |units: &Option<u32>| units.map_or_else(|| "?".to_owned(), |units| units.to_string());
    let shown = |is_on: bool| if is_on { "on sale" } else { "hidden" };
    match change {
        PlannedChange::Price { sku, old, new } => format!("{sku}: {} → {new}", price(old)),
        PlannedChange::Stock { sku, old, new } => format!("{sku}: {} → {new} units", units(old)),
        PlannedChange::OnSale { sku, old, new } => format!("{sku}: {} → {}", shown(*old), shown(*new)),
    }
}

/// What a driven shop still waits for: most harmful first.
pub fn waiting(context: &Context, shop: &ShopRow, waiting: &Waiting) -> Result<()> {
    let mut table = table::table(&["SKU", "price", "units", ""]);
    let old = |text: Option<String>| text.unwrap_or_else(|| "?".to_owned());
    for offer in &waiting.offers {
        let price =
            offer.price.map(|(was, is)| format!("{} → {is}", old(was.map(|price| price.to_string()))));
        let stock =
            offer.stock.map(|(was, is)| format!("{} → {is}", old(was.map(|units| units.to_string()))));
        let switch = match offer.on_sale {
            None => "",
            Some((_, true)) => "→ on sale",
            Some((_, false)) => "→ hidden",
        };
        table.add_row([
            offer.sku.to_string(),
            price.unwrap_or_default(),
            stock.unwrap_or_default(),
            switch.to_owned(),
        ]);
    }
    table::print(&table, "every figure that may be sent now is sent")?;
    let mut parked = table::table(&["parked", "why"]);
    for thing in &waiting.parked {
        parked.add_row([thing.subject.clone(), said_in(&thing.said, context.language())]);
    }
    if !waiting.parked.is_empty() {
        table::print(&parked, "")?;
    }
    let pending = &waiting.pending;
    output::line(format!(
        "{}: {} offers to send · {} listings to make · {} to read back · {} in flight",
        shop.handle, pending.dirty, pending.unfinished, pending.unverified, pending.in_flight
    ))
}
