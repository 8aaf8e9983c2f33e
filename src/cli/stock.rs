//! `ganh stock`: units that people bring, count and look at. Orders move stock by themselves.

mod simulate;

use crate::cli::context::{Common, Context, moment};
use crate::cli::{output, table};
use crate::stock::MovementKind;
use crate::store::{StockEntry, StockView};
use anyhow::Result;
use serde_json::json;

/// Stock by hand.
#[derive(Debug, clap::Subcommand)]
pub enum Stock {
    /// Units that came in
    Receive {
        sku: String,
        /// Whole units, above zero
        #[arg(allow_negative_numbers = true, value_parser = received)]
        units: i64,
        #[command(flatten)]
        by_hand: ByHand,
    },
    /// Corrects what is on hand by so many units, such as -3
    Adjust {
        sku: String,
        /// Whole units, with its sign
        #[arg(allow_negative_numbers = true, value_parser = adjusted)]
        units: i64,
        #[command(flatten)]
        by_hand: ByHand,
    },
    /// What rules would show in each shop, before they hold; changes nothing
    Simulate(Box<simulate::Simulate>),
    /// What lies where, and the last movements
    Show {
        sku: String,
        /// Movements at most
        #[arg(long, value_name = "N", default_value_t = 10)]
        limit: usize,
    },
}

/// Why, where and by whom.
#[derive(Debug, clap::Args)]
pub struct ByHand {
    /// Why, for the ledger
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// The place's code; without it, the producer's first place
    #[arg(long, value_name = "CODE")]
    place: Option<String>,
    /// Who did it; without it, who is logged in
    #[arg(long, value_name = "NAME")]
    who: Option<String>,
    /// Number of the paper behind it: the same number never counts twice
    #[arg(long, value_name = "NUMBER")]
    paper: Option<String>,
}

/// The most units that one movement by hand may have: more is a slip of the finger.
const MOST: i64 = 1_000_000_000;

fn received(text: &str) -> Result<i64, String> {
    match text.parse::<i64>() {
        Ok(units) if (1..=MOST).contains(&units) => Ok(units),
        Ok(units) if units < 0 => {
            Err("write units above zero; `ganh stock adjust` takes units out".to_owned())
        }
        Ok(_) | Err(_) => Err(format!("write whole units from 1 to {MOST}")),
    }
}

fn adjusted(text: &str) -> Result<i64, String> {
    let units = text.parse::<i64>().ok().filter(|units| *units != 0 && (-MOST..=MOST).contains(units));
    units.ok_or_else(|| "write whole units with their sign, such as -3 or 5".to_owned())
}

/// Moves or shows stock.
pub async fn run(common: &Common, command: Stock) -> Result<()> {
    let context = Context::open(common)?;
    match command {
        Stock::Receive { sku, units, by_hand } => {
            moved(&context, sku, MovementKind::Receive, units, by_hand).await
        }
        Stock::Adjust { sku, units, by_hand } => {
            moved(&context, sku, MovementKind::Adjust, units, by_hand).await
        }
        Stock::Simulate(command) => simulate::run(&context, *command).await,
        Stock::Show { sku, limit } => {
            let view = context.store().await?.stock_of(&sku, limit.min(10_000)).await?;
            output::result(&context, &view, || show(&view))
        }
    }
}

async fn moved(
    context: &Context,
    sku: String,
    kind: MovementKind,
    units: i64,
    by_hand: ByHand,
) -> Result<()> {
    let store = context.store().await?;
    let once = by_hand.paper.unwrap_or_else(|| uuid::Uuid::now_v7().to_string());
    let entry = StockEntry {
        sku,
        place: by_hand.place,
        kind,
        units,
        cause: format!("{} · {} · {once}", kind.as_str(), by_hand.reason.trim()),
        who: context.who(by_hand.who.as_deref()),
    };
    let shops = store.move_stock(&entry, context.now()).await?;
    let view = store.stock_of(&entry.sku, 1).await?;
    let handles: Vec<String> = store
        .shops()
        .await?
        .into_iter()
        .filter(|shop| shops.contains(&shop.id))
        .map(|shop| shop.handle)
        .collect();
    output::result(context, &json!({ "stock": view, "shops_with_work": handles }), || {
        show(&view)?;
        if !handles.is_empty() {
            output::note(format!("to be told: {}", handles.join(", ")));
        }
        Ok(())
    })
}

fn show(view: &StockView) -> Result<()> {
    output::line(format!("{} · {}", view.sku, view.product_name))?;
    let mut places = table::table(&["place", "", "on hand", "reserved", "left", ""]);
    for place in &view.places {
        let balance = &place.balance;
        places.add_row([
            place.code.as_str().into(),
            place.name.as_str().into(),
            table::number(balance.on_hand),
            table::number(balance.reserved),
            table::number(balance.on_hand - balance.reserved),
            if place.sells_online { "" } else { "not sold online" }.into(),
        ]);
    }
    table::print(&places, "the producer has no place where stock could lie")?;
    let mut movements = table::table(&["when", "what", "units", "who", "why"]);
    for movement in &view.movements {
        movements.add_row([
            moment(movement.at).into(),
            movement.kind.as_str().into(),
            table::number(movement.units),
            movement.who.as_str().into(),
            movement.cause.as_str().into(),
        ]);
    }
    table::print(&movements, "nothing moved yet")
}
