//! Waking lanes: after a commit that gave a shop something to do, everybody who listens is told its id and which of its loops must look.
//!
//! In one process a broadcast channel; between processes on PostgreSQL `LISTEN ganh_changed` feeds the same channel. A signal says
//! "look", never what changed: a lost or doubled one costs at most one slow poll or one empty look.

use super::database::Database;
use super::error::Result;
use super::trouble::Trouble;
use crate::ids::ShopId;
use sqlx::postgres::PgListener;
use std::sync::Arc;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

const WAITING: usize = 4096;
/// PostgreSQL takes at most 8000 bytes in a notification.
const SHOPS_PER_NOTE: usize = 300;

/// Which loops of a shop have something to do. An order wakes those that write its figures, and leaves the two cores to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wake {
    /// Prices, stock or on-sale to be sent.
    Figures,
    /// A read-back is owed.
    Readings,
    /// Any of it: listings and hints too.
    Anything,
}

/// A shop that got something to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Changed {
    pub shop: ShopId,
    pub wake: Wake,
}

impl Changed {
    /// As it stands in a notification between nodes.
    fn named(&self) -> String {
        let letter = match self.wake {
            Wake::Figures => "f",
            Wake::Readings => "r",
            Wake::Anything => "",
        };
        format!("{letter}{}", self.shop)
    }

    /// `None`: nobody of ours said this.
    fn parse(name: &str) -> Option<Self> {
        let (wake, id) = match (name.strip_prefix('f'), name.strip_prefix('r')) {
            (Some(id), _) => (Wake::Figures, id),
            (_, Some(id)) => (Wake::Readings, id),
            (None, None) => (Wake::Anything, name),
        };
        Some(Self { shop: ShopId::new(id.parse().ok()?), wake })
    }
}

#[derive(Clone)]
pub(super) struct Signals {
    channel: broadcast::Sender<Changed>,
    /// Tells our own notifications from those of other nodes.
    node: Arc<str>,
    stop: CancellationToken,
    pub trouble: Trouble,
}

impl Signals {
    pub async fn start(database: &Database) -> Result<Self> {
        let signals = Self {
            channel: broadcast::channel(WAITING).0,
            node: uuid::Uuid::now_v7().to_string().into(),
            stop: CancellationToken::new(),
            trouble: Trouble::default(),
        };
        if let Database::Postgres { pool } = database {
            let mut listener = PgListener::connect_with(pool).await?;
            listener.ignore_pool_close_event(true);
            listener.listen("ganh_changed").await?;
            // Ends with `stop`, which `Store::close` sets; it holds nothing that could be lost.
            tokio::spawn(signals.clone().relay(listener));
        }
        Ok(signals)
    }

    pub fn stop(&self) {
        self.stop.cancel();
    }

    pub fn fire(&self, changed: &[Changed]) {
        for one in changed {
            // Nobody listening is fine: the slow poll is the net.
            self.channel.send(*one).ok();
        }
    }

    pub fn listen(&self) -> broadcast::Receiver<Changed> {
        self.channel.subscribe()
    }

    pub fn payloads(&self, changed: &[Changed]) -> Vec<String> {
        changed
            .chunks(SHOPS_PER_NOTE)
            .map(|some| {
                let names: Vec<String> = some.iter().map(Changed::named).collect();
                format!("{} {}", self.node, names.join(","))
            })
            .collect()
    }

    async fn relay(self, mut listener: PgListener) {
        loop {
            let note = tokio::select! {
                () = self.stop.cancelled() => return,
                note = listener.recv() => note,
            };
            let Ok(note) = note else {
                // The listener reconnects by itself at the next call; a closed pool ends it.
                if tokio::time::timeout(std::time::Duration::from_secs(1), self.stop.cancelled())
                    .await
                    .is_ok()
                {
                    return;
                }
                continue;
            };
            let Some((node, names)) = note.payload().split_once(' ') else { continue };
            if node != &*self.node {
                let changed: Vec<Changed> = names.split(',').filter_map(Changed::parse).collect();
                self.fire(&changed);
            }
        }
    }
}

impl super::Store {
    /// Shops that got something to do, each after its commit. A receiver that lags looks at all shops once.
    pub fn changed(&self) -> broadcast::Receiver<Changed> {
        self.signals.listen()
    }
}
