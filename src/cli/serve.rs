//! `ganh serve`: the daemon. Drives all shops, shows how they stand, takes webhooks, until it is told to stop.
//!
//! ```text
//!   settings → logs → key → store → address → engine → lanes and pages → ready
//!   SIGINT, SIGTERM: no new work; calls and answers under way end within sync.drain; a second signal ends at once
//! ```

use crate::cli::context::{Common, Context};
use crate::cli::output;
use crate::config::{LogFormat, LogSettings};
use crate::daemon::{self, Parts, Shares, Supervisor, node};
use crate::store::Store;
use crate::sync::Engine;
use crate::sync::health::words;
use crate::web::{Metrics, Web};
use anyhow::{Context as _, Result, anyhow, bail};
use sd_notify::NotifyState;
use std::future::IntoFuture;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

/// Drives all shops and serves the page, until it is told to stop.
#[derive(Debug, clap::Args)]
pub struct Serve {
    /// Address and port of the page, the API, the metrics and the webhooks; port 0 takes a free one
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
}

/// Serves.
pub async fn run(common: &Common, command: Serve) -> Result<()> {
    let context = Context::open(common)?;
    logs(&context.settings.log)?;
    let store = context.store().await?;
    if let Some(gap) = store.durability_gap().await? {
        tracing::warn!("{gap}");
    }
    let listen = command.listen.unwrap_or(context.settings.server.listen);
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!("{listen} cannot be listened on; if another ganh serve or program has it, stop it or change server.listen")
    })?;
    let mut signals = Signals::listen()?;
    let metrics = Arc::new(Metrics::new());
    let (engine, shares) = of(&context, &store, &metrics)?;
    let hook_bytes = context.settings.limits.hook_bytes;
    let web = Web::new(store.clone(), context.clock.clone(), metrics, daemon::receiver(&engine), hook_bytes);

    let stop = CancellationToken::new();
    let mut lanes = tokio::spawn(Supervisor::new(engine, context.times()).run(stop.clone()));
    let drained = CancellationToken::new();
    let sharing = shares.map(|shares| tokio::spawn(shares.run(drained.clone())));
    let served = axum::serve(listener, web.router().into_make_service());
    let address = served.local_addr()?;
    let mut pages = tokio::spawn(served.with_graceful_shutdown(stop.clone().cancelled_owned()).into_future());
    output::line(format!("http://{address}"))?;
    tracing::info!("ready at http://{address}, store {} ({})", context.store_place(), store.kind());
    tell_system(&[NotifyState::Ready]);

    let early = tokio::select! {
        () = signals.heard() => None,
        ended = &mut lanes => Some(ended.map_err(anyhow::Error::from)),
        ended = &mut pages => Some(ended.map_err(anyhow::Error::from).and_then(|served| served.map_err(Into::into))),
    };
    tell_system(&[NotifyState::Stopping]);
    stop.cancel();
    if let Some(ended) = early {
        ended.context("a part of the daemon ended by itself")?;
        bail!("a part of the daemon ended by itself: start it again and report the log");
    }
    tracing::info!("stopping: what is under way may take {:?}", context.settings.sync.drain);
    let draining = async {
        // The supervisor keeps to the deadline by itself; pages that are held open do not.
        let pages = tokio::time::timeout(context.settings.sync.drain, pages);
        let (lanes, pages) = tokio::join!(lanes, pages);
        // Last: what the lanes still have to call waits for its part.
        drained.cancel();
        if let Some(sharing) = sharing
            && let Err(error) = sharing.await
        {
            tracing::warn!("the parts of app quotas are not given back, they run out by themselves: {error}");
        }
        web.drain().await;
        store.close().await;
        (lanes, pages.is_ok())
    };
    tokio::select! {
        (lanes, in_time) = draining => {
            lanes.context("a lane ended badly")?;
            if !in_time {
                tracing::warn!("some readers of the page were cut off");
            }
            tracing::info!("stopped");
            Ok(())
        }
        () = signals.heard() => bail!("ended at once by a second signal; what was in flight is read back at the next start"),
    }
}

fn of(context: &Context, store: &Store, metrics: &Arc<Metrics>) -> Result<(Engine, Option<Shares>)> {
    let parts = Parts {
        store: store.clone(),
        clock: context.clock.clone(),
        recorder: daemon::recorder(metrics),
        witness: daemon::witness(metrics),
        rules: context.rules(),
        owner: context.owner(),
    };
    node(context.http()?, parts, context.settings.sync.lease)
        .map_err(|fault| anyhow!("calls cannot be made: {}", words(&fault)))
}

fn logs(settings: &LogSettings) -> Result<()> {
    let filter: EnvFilter =
        settings.level.parse().with_context(|| format!("log.level {:?}", settings.level))?;
    let all = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let set = match settings.format {
        LogFormat::Text => all.with_target(false).try_init(),
        LogFormat::Json => all.json().flatten_event(true).try_init(),
    };
    set.map_err(|error| anyhow!("logs cannot be written: {error}"))
}

/// Not under systemd: nobody listens, nothing is lost.
fn tell_system(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!("the service manager cannot be told: {error}");
    }
}

/// Ctrl-C, or the service manager.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn listen() -> Result<Self> {
        let listen = |kind| signal(kind).context("signals cannot be listened for");
        Ok(Self { interrupt: listen(SignalKind::interrupt())?, terminate: listen(SignalKind::terminate())? })
    }

    async fn heard(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
