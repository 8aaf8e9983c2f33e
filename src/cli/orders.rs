//! `ganh orders`: what was bought, without the buyers.

use crate::cli::context::{Common, Context, moment};
use crate::cli::table::{Tone, toned};
use crate::cli::{output, table};
use crate::ids::OrderId;
use crate::orders::stage_name;
use crate::store::OrderRow;
use anyhow::Result;
use serde_json::json;

/// Orders as read from the shops, newest first.
#[derive(Debug, clap::Args)]
pub struct Orders {
    /// Of this shop only
    #[arg(long, value_name = "SHOP")]
    shop: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// Those before the order of this number
    #[arg(long, value_name = "ID")]
    before: Option<i64>,
}

/// Reads orders.
pub async fn run(common: &Common, command: Orders) -> Result<()> {
    let context = Context::open(common)?;
    let store = context.store().await?;
    let shop = match &command.shop {
        Some(handle) => Some(context.shop(&store, handle).await?.id),
        None => None,
    };
    let limit = command.limit.min(10_000);
    let page = store.orders_page(shop, command.before.map(OrderId::new), limit).await?;
    let next = (page.len() == limit).then(|| page.last().map(|row| row.id)).flatten();
    output::result(&context, &json!({ "orders": page, "next_before": next }), || {
        let mut table = table::table(&["shop", "order", "placed", "stage", "lines", "total", ""]);
        for order in &page {
            table.add_row([
                order.shop_handle.as_str().into(),
                order.remote_id.as_str().into(),
                moment(order.placed_at).into(),
                stage_name(&order.stage).into_owned().into(),
                lines(order).into(),
                table::number(order.total),
                remark(order),
            ]);
        }
        table::print(&table, "no orders yet")?;
        if let Some(next) = next {
            output::note(format!("there are more: --before {next}"));
        }
        Ok(())
    })
}

fn lines(order: &OrderRow) -> String {
    let lines = order.lines.iter().map(|line| {
        let sku = line.sku.as_deref().unwrap_or("?");
        let kept = line.units.saturating_sub(line.cancelled);
        if kept == line.units {
            format!("{kept} × {sku}")
        } else {
            format!("{kept} of {} × {sku}", line.units)
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn remark(order: &OrderRow) -> comfy_table::Cell {
    match (&order.unreadable_because, order.unmapped_lines, order.in_ledger) {
        (Some(why), _, _) => toned(format!("unreadable: {why}"), Tone::Bad),
        (None, 1.., _) => toned(format!("{} lines are of no SKU of ours", order.unmapped_lines), Tone::Look),
        (None, _, false) => toned("before the ledger began", Tone::Quiet),
        (None, _, true) => toned("", Tone::Quiet),
    }
}
