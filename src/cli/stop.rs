//! `ganh stop`: one command takes a SKU, or all goods of a producer, off sale in every shop, and waits until each shop confirmed it.
//!
//! The store knows at once, so no figure above zero is computed any more. Shops that a daemon drives are told by the daemon; those that nobody
//! drives are driven by this command until they confirmed.

mod show;

use crate::cli::context::{Common, Context, WrongUse};
use crate::cli::output;
use crate::cli::progress::{Board, Progress};
use crate::daemon::Supervisor;
use crate::ids::ShopId;
use crate::listing::{Language, StopOf};
use crate::store::{SellingStop, ShopState, StopAtShop, StopStanding, Store};
use anyhow::{Result, anyhow, bail};
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Stops selling a SKU, or all of a producer's goods, in every shop.
#[derive(Debug, clap::Args)]
pub struct Stop {
    /// The SKU; sets that hold it stop with it
    sku: Option<String>,
    /// All goods of the producer with this code
    #[arg(long, value_name = "CODE", conflicts_with = "sku")]
    producer: Option<String>,
    /// Why, for whoever asks later
    #[arg(long, value_name = "TEXT", conflicts_with = "lift")]
    reason: Option<String>,
    /// Sells again: figures come back by the usual rules
    #[arg(long)]
    lift: bool,
    /// Who does it; without it, who is logged in
    #[arg(long, value_name = "NAME")]
    who: Option<String>,
    /// Only shows what is stopped
    #[arg(long, conflicts_with_all = ["sku", "producer", "lift", "reason", "no_wait"])]
    list: bool,
    /// Writes it down and does not wait for the shops
    #[arg(long)]
    no_wait: bool,
    /// Waits so many seconds for the shops; the stop holds all the same
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
}

/// Between two looks at the shops.
const LOOK: Duration = Duration::from_millis(250);
/// Stops shown at most.
const SHOWN: usize = 1_000;

/// How the waiting ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Waited {
    Confirmed,
    OutOfTime,
    Interrupted,
    NotAtAll,
}

/// Who sends to a shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Driver {
    /// A running daemon, or another command.
    Daemon,
    /// This command.
    Here,
    /// Nobody: the shop is not active.
    Nobody,
    /// Nobody yet: no daemon runs.
    Nothing,
}

/// Stops, lifts or lists.
pub async fn run(common: &Common, command: Stop) -> Result<()> {
    let context = Context::open(common)?;
    if command.list {
        let stops = context.store().await?.open_stops(SHOWN).await?;
        return output::result(&context, &stops, || show::list(&stops, context.language()));
    }
    let of = match (&command.sku, &command.producer) {
        (Some(sku), _) => StopOf::Sku(sku.clone()),
        (None, Some(code)) => StopOf::Producer(code.clone()),
        (None, None) => {
            return Err(WrongUse(
                "name a SKU, or a producer with --producer CODE; --list shows what is stopped".into(),
            )
            .into());
        }
    };
    let store = context.store().await?;
    let who = context.who(command.who.as_deref());
    if command.lift {
        return lift(&context, &store, &of, &who).await;
    }
    let progress =
        Progress::spinner(show::words(context.language(), "đang ghi lệnh dừng bán", "writing the stop down"));
    let reason = command.reason.as_deref().unwrap_or_default();
    let stop = store.stop_selling(&of, reason, &who, context.now()).await?;
    drop(progress);
    let waited = if command.no_wait {
        Waited::NotAtAll
    } else {
        wait(&context, &store, &stop, Duration::from_secs(command.timeout)).await?
    };
    let shops = store.stop_progress(&stop, context.now()).await?;
    let here = waited != Waited::NotAtAll;
    let told: Vec<_> = shops.iter().map(|shop| show::told(shop, driver(&context, shop, here))).collect();
    let is_confirmed = shops.iter().all(|shop| shop.standing() == StopStanding::Seen);
    output::result(
        &context,
        &json!({ "stop": stop, "confirmed": is_confirmed, "waited": waited, "shops": told }),
        || show::people(&stop, &told, context.language()),
    )?;
    store.close().await;
    if command.no_wait || is_confirmed {
        return Ok(());
    }
    bail!(show::unconfirmed(&of, &told, waited == Waited::Interrupted, context.language()))
}

async fn lift(context: &Context, store: &Store, of: &StopOf, who: &str) -> Result<()> {
    let language = context.language();
    let progress = Progress::spinner(show::words(language, "đang tính lại số", "computing the figures anew"));
    let stop = store.lift_stop(of, who, context.now()).await?;
    drop(progress);
    let shops = store.stop_progress(&stop, context.now()).await?;
    let is_driven = shops.iter().any(|shop| shop.driven_until > context.now());
    let handles: Vec<&str> = shops.iter().map(|shop| shop.shop.as_str()).collect();
    let others = store.open_stops(SHOWN).await?;
    output::result(context, &json!({ "lifted": stop, "shops": handles, "daemon_runs": is_driven }), || {
        output::line(show::lifted(&stop, language))?;
        if !handles.is_empty() {
            output::note(format!(
                "{}: {}",
                show::words(language, "sẽ báo lại cho", "to be told"),
                handles.join(", ")
            ));
        }
        if !handles.is_empty() && !is_driven {
            output::note(show::no_daemon(language));
        }
        if !others.is_empty() {
            output::note(show::still_stopped(&others, language));
        }
        Ok(())
    })
}

/// Waits until every shop confirmed. Drives those that nobody drives.
async fn wait(context: &Context, store: &Store, stop: &SellingStop, patience: Duration) -> Result<Waited> {
    let language = context.language();
    let first = store.stop_progress(stop, context.now()).await?;
    let ours: Vec<&StopAtShop> =
        first.iter().filter(|shop| driver(context, shop, true) == Driver::Here).collect();
    if !ours.is_empty() {
        let handles: Vec<&str> = ours.iter().map(|shop| shop.shop.as_str()).collect();
        output::note(show::sends_itself(&handles, language));
    }
    // Also those that a daemon drives: should it die meanwhile, its leases run out and this command goes on.
    let active: BTreeSet<ShopId> =
        first.iter().filter(|shop| shop.state == ShopState::Active).map(|shop| shop.id).collect();
    let end = CancellationToken::new();
    let driven = if active.is_empty() {
        None
    } else {
        let supervisor = Supervisor::new(context.engine(store)?, context.times()).only(active);
        Some(tokio::spawn(supervisor.run(end.clone())))
    };
    let deadline = tokio::time::sleep(patience);
    let waited = tokio::select! {
        ended = until_confirmed(context, store, stop) => ended.map(|()| Waited::Confirmed),
        () = deadline => Ok(Waited::OutOfTime),
        signal = tokio::signal::ctrl_c() => signal.map(|()| Waited::Interrupted).map_err(|error| anyhow!("Ctrl-C cannot be listened for: {error}")),
    };
    end.cancel();
    if let Some(driven) = driven {
        driven.await?;
    }
    waited
}

async fn until_confirmed(context: &Context, store: &Store, stop: &SellingStop) -> Result<()> {
    let language = context.language();
    let mut board = Board::default();
    loop {
        let began = tokio::time::Instant::now();
        let shops = store.stop_progress(stop, context.now()).await?;
        for (index, shop) in shops.iter().enumerate() {
            board.say(index, show::line_of(shop, driver(context, shop, true), language));
        }
        if shops.iter().all(|shop| shop.standing() == StopStanding::Seen) {
            return Ok(());
        }
        // Counting very many offers must not be all that this machine does.
        tokio::time::sleep(LOOK.max(began.elapsed() * 4)).await;
    }
}

/// `here`: this command drives what nobody else does.
fn driver(context: &Context, shop: &StopAtShop, here: bool) -> Driver {
    match shop.state {
        ShopState::New | ShopState::Paused | ShopState::Revoked | ShopState::Gone => Driver::Nobody,
        ShopState::Active if shop.driven_until > context.now() => Driver::Daemon,
        ShopState::Active if here => Driver::Here,
        ShopState::Active => Driver::Nothing,
    }
}

/// Vietnamese is the first language of what is said here.
const fn of_language(language: Language) -> usize {
    match language {
        Language::Vi => 0,
        Language::En => 1,
    }
}
