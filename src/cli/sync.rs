//! `ganh sync --once`: drives all shops until nothing is left to do, then ends. For cron, rehearsals, and people without a daemon.

use crate::cli::context::{Common, Context, WrongUse};
use crate::cli::output;
use crate::cli::progress::Progress;
use crate::daemon::Supervisor;
use crate::store::{ShopState, Store, StoreError};
use anyhow::{Result, anyhow, bail};
use jiff::Timestamp;
use serde::Serialize;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Drives all shops until nothing is left to do.
#[derive(Debug, clap::Args)]
pub struct Sync {
    /// Until nothing is left to do
    #[arg(long)]
    once: bool,
    /// Gives up after so many seconds; what was done stays done
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
}

/// Between two looks at what is left.
const LOOK: Duration = Duration::from_millis(200);

/// How one shop ended.
#[derive(Debug, Serialize)]
struct Ended {
    shop: String,
    is_quiet: bool,
    dirty: i64,
    unfinished: i64,
    unverified: i64,
    in_flight: i64,
    orders_read_at: Timestamp,
}

/// Drives.
pub async fn run(common: &Common, command: Sync) -> Result<()> {
    if !command.once {
        return Err(WrongUse("say --once; a shop is driven without end by `ganh serve`".into()).into());
    }
    let context = Context::open(common)?;
    let store = context.store().await?;
    let began = context.now();
    let stop = CancellationToken::new();
    let driven = tokio::spawn(Supervisor::new(context.engine(&store)?, context.times()).run(stop.clone()));
    let progress = Progress::spinner("driving the shops");
    let deadline = tokio::time::sleep(Duration::from_secs(command.timeout));
    let outcome = tokio::select! {
        ended = until_quiet(&store, began, &progress) => ended.map(|()| "quiet").map_err(Into::into),
        () = deadline => Ok("out of time"),
        signal = tokio::signal::ctrl_c() => signal.map(|()| "stopped").map_err(|error| anyhow!("Ctrl-C cannot be listened for: {error}")),
    };
    progress.say("finishing what is under way");
    stop.cancel();
    driven.await?;
    drop(progress);
    let how = outcome?;
    let left = shops(&store, began).await?;
    output::result(&context, &left, || {
        if left.is_empty() {
            output::note("no shop is driven yet: `ganh shop add`, then `ganh plan` and `ganh apply`");
        }
        left.iter().try_for_each(|shop| {
            let state = if shop.is_quiet { "in step" } else { "not in step" };
            output::line(format!(
                "{}: {state} · {} to send · {} to list · {} to read back · {} in flight",
                shop.shop, shop.dirty, shop.unfinished, shop.unverified, shop.in_flight
            ))
        })
    })?;
    store.close().await;
    if left.iter().any(|shop| !shop.is_quiet) {
        bail!(
            "{how} before every shop was in step: `ganh status` says what waits for whom, --timeout gives more time"
        );
    }
    Ok(())
}

async fn until_quiet(store: &Store, began: Timestamp, progress: &Progress) -> Result<(), StoreError> {
    loop {
        let shops = shops(store, began).await?;
        let left: i64 =
            shops.iter().map(|shop| shop.dirty + shop.unfinished + shop.unverified + shop.in_flight).sum();
        progress.say(format!("driving {} shops: {left} things left", shops.len()));
        if shops.iter().all(|shop| shop.is_quiet) {
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// A shop is quiet when nothing waits and its orders were read since we began.
async fn shops(store: &Store, began: Timestamp) -> Result<Vec<Ended>, StoreError> {
    let mut all = Vec::new();
    for shop in store.shops().await?.into_iter().filter(|shop| shop.state == ShopState::Active) {
        let pending = store.pending(shop.id).await?;
        all.push(Ended {
            is_quiet: pending.is_quiet() && shop.orders_read_at >= began,
            dirty: pending.dirty,
            unfinished: pending.unfinished,
            unverified: pending.unverified,
            in_flight: pending.in_flight,
            orders_read_at: shop.orders_read_at,
            shop: shop.handle,
        });
    }
    Ok(all)
}
