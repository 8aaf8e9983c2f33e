//! Waking lanes: after a commit that gave a shop something to do, its id is told to everybody who listens.
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

#[derive(Clone)]
pub(super) struct Signals {
    channel: broadcast::Sender<ShopId>,
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

    pub fn fire(&self, shops: &[ShopId]) {
        for shop in shops {
            // Nobody listening is fine: the slow poll is the net.
            self.channel.send(*shop).ok();
        }
    }

    pub fn listen(&self) -> broadcast::Receiver<ShopId> {
        self.channel.subscribe()
    }

    pub fn payloads(&self, shops: &[ShopId]) -> Vec<String> {
        shops
            .chunks(SHOPS_PER_NOTE)
            .map(|shops| {
                let ids: Vec<String> = shops.iter().map(ToString::to_string).collect();
                format!("{} {}", self.node, ids.join(","))
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
            let Some((node, ids)) = note.payload().split_once(' ') else { continue };
            if node != &*self.node {
                let shops: Vec<ShopId> =
                    ids.split(',').filter_map(|id| id.parse().ok().map(ShopId::new)).collect();
                self.fire(&shops);
            }
        }
    }
}

impl super::Store {
    /// Shops that got something to do, each after its commit. A receiver that lags looks at all shops once.
    pub fn changed(&self) -> broadcast::Receiver<ShopId> {
        self.signals.listen()
    }
}
