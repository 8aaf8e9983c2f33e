//! The one writer of an SQLite store: whose turn it is, and commits of one moment made durable together.
//!
//! ```text
//!   turn ─▶ BEGIN … its statements … ─┐ nobody waits: COMMIT at once
//!                                     └ somebody waits: the next one joins ─▶ SAVEPOINT … RELEASE ─▶ one COMMIT for the group
//! ```
//!
//! A commit is answered only after the group's COMMIT, that is after the disk has it. Whoever joins sees what the group wrote before it, and
//! both become durable or neither does. What harms while it waits (orders in, figures out) takes its turn before everything else; long
//! work never joins, so that nobody's answer waits for it.
//!
//! A turn that is dropped half-way is rolled back to where it began. When SQLite itself rolled everything back (disk full), the whole group
//! is told so.

use super::error::{Result, StoreError};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// Transactions in one group at most.
const MOST: usize = 64;
/// So many urgent turns in a row, then one of the others.
const IN_A_ROW: usize = 16;
/// Whoever waits longer is told that the store is not available.
const PATIENCE: Duration = Duration::from_secs(60);

/// How a transaction stands to the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Something may be oversold while it waits.
    Urgent,
    Ordinary,
    /// It may take long: it shares its commit with nobody.
    Alone,
}

/// A handle on the writer; clones share it.
#[derive(Clone)]
pub struct Writer(Arc<Mutex<Line>>);

/// Who waits.
struct Line {
    /// The connection, while nobody writes. Never there while somebody waits.
    desk: Option<Box<Desk>>,
    urgent: VecDeque<oneshot::Sender<Turn>>,
    others: VecDeque<oneshot::Sender<Turn>>,
    in_a_row: usize,
    is_closed: bool,
}

/// The connection and the group that is open on it.
struct Desk {
    connection: SqliteConnection,
    is_open: bool,
    /// Transactions of the group, the one under way included.
    joined: usize,
    /// The one under way has neither committed nor been rolled back.
    is_half_done: bool,
    /// Those that wait for the group's COMMIT.
    waiting: Vec<oneshot::Sender<Result<()>>>,
}

/// The right to write; whoever is next gets it when it is dropped.
pub struct Turn {
    desk: Option<Box<Desk>>,
    writer: Writer,
    kind: Kind,
    /// It only rolls back what another turn left.
    is_cleaning: bool,
}

impl Writer {
    pub async fn open(options: &SqliteConnectOptions) -> Result<Self> {
        let mut connection = options.connect().await?;
        super::durable::on_sqlite(&mut connection).await?;
        let desk = Desk { connection, is_open: false, joined: 0, is_half_done: false, waiting: Vec::new() };
        Ok(Self(Arc::new(Mutex::new(Line {
            desk: Some(Box::new(desk)),
            urgent: VecDeque::new(),
            others: VecDeque::new(),
            in_a_row: 0,
            is_closed: false,
        }))))
    }

    /// Waits for its turn and begins a transaction.
    pub async fn begin(&self, kind: Kind) -> Result<Turn> {
        let mut turn = self.turn(kind).await?;
        let desk = turn.desk();
        if desk.is_half_done || (desk.is_open && (kind == Kind::Alone || desk.joined >= MOST)) {
            // Detached, so that a cancelled caller leaves no statement of which nobody knows whether it ran.
            let cleared = tokio::spawn(async move {
                turn.clean().await;
                turn.desk().flush().await;
                turn
            });
            turn = cleared.await.map_err(|_| StoreError::from(sqlx::Error::PoolClosed))?;
        }
        let desk = turn.desk();
        let statement = if desk.is_open { "SAVEPOINT joined" } else { "BEGIN IMMEDIATE" };
        // From here on a dropped future leaves something to be rolled back.
        desk.is_half_done = true;
        desk.joined += 1;
        if let Err(error) = desk.run(statement).await {
            desk.joined -= 1;
            desk.is_half_done = false;
            return Err(error);
        }
        desk.is_open = true;
        Ok(turn)
    }

    /// Folds the log while nobody writes.
    pub async fn fold(&self) -> Result<()> {
        let mut turn = self.turn(Kind::Alone).await?;
        turn.clean().await;
        let desk = turn.desk();
        desk.flush().await;
        super::fold::passive(&mut desk.connection).await?;
        Ok(())
    }

    /// Waits for everybody who is before us, then closes the connection.
    pub async fn close(&self) {
        let Ok(mut turn) = self.turn(Kind::Alone).await else { return };
        self.line().is_closed = true;
        turn.clean().await;
        if let Some(mut desk) = turn.desk.take() {
            desk.flush().await;
            // A connection that cannot be closed in order closes with its thread.
            desk.connection.close().await.ok();
        }
        let mut line = self.line();
        line.urgent.clear();
        line.others.clear();
    }

    async fn turn(&self, kind: Kind) -> Result<Turn> {
        let told = {
            let mut line = self.line();
            if line.is_closed {
                return Err(sqlx::Error::PoolClosed.into());
            }
            if let Some(desk) = line.desk.take() {
                return Ok(Turn { desk: Some(desk), writer: self.clone(), kind, is_cleaning: false });
            }
            let (tell, told) = oneshot::channel();
            match kind {
                Kind::Urgent => line.urgent.push_back(tell),
                Kind::Ordinary | Kind::Alone => line.others.push_back(tell),
            }
            told
        };
        match tokio::time::timeout(PATIENCE, told).await {
            Ok(Ok(mut turn)) => {
                turn.kind = kind;
                Ok(turn)
            }
            Ok(Err(_)) => Err(sqlx::Error::PoolClosed.into()),
            Err(_) => Err(StoreError::Unavailable(
                "the database was busy for a minute: look at its disk and its load".into(),
            )),
        }
    }

    /// Gives the connection to whoever is next; to nobody when nobody waits.
    fn hand_on(&self, mut desk: Box<Desk>) {
        loop {
            let mut line = self.line();
            let is_others_turn = line.in_a_row >= IN_A_ROW && !line.others.is_empty();
            let next = if is_others_turn { None } else { line.urgent.pop_front() };
            let next = if next.is_some() {
                line.in_a_row += 1;
                next
            } else {
                line.in_a_row = 0;
                line.others.pop_front()
            };
            let Some(next) = next else {
                line.desk = Some(desk);
                return;
            };
            drop(line);
            let turn =
                Turn { desk: Some(desk), writer: self.clone(), kind: Kind::Ordinary, is_cleaning: false };
            match next.send(turn) {
                Ok(()) => return,
                // It does not wait any more.
                Err(mut turn) => match turn.desk.take() {
                    Some(returned) => desk = returned,
                    None => return,
                },
            }
        }
    }

    fn waits(&self) -> bool {
        let line = self.line();
        !line.urgent.is_empty() || !line.others.is_empty()
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn {
    /// The connection, inside the transaction.
    pub fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.desk().connection
    }

    pub const fn is_alone(&self) -> bool {
        matches!(self.kind, Kind::Alone)
    }

    /// Makes the transaction durable, alone or with those who wait. An error says that nothing of it is stored. Once called it goes on to
    /// its end, also when nobody waits for the answer any more.
    pub async fn commit(self) -> Result<()> {
        let (tell, told) = oneshot::channel();
        tokio::spawn(self.end(tell));
        told.await.unwrap_or_else(|_| Err(sqlx::Error::PoolClosed.into()))
    }

    async fn end(mut self, tell: oneshot::Sender<Result<()>>) {
        let desk = self.desk();
        if desk.joined > 1
            && let Err(error) = desk.run("RELEASE joined").await
        {
            tell.send(Err(error)).ok();
            return;
        }
        desk.is_half_done = false;
        desk.waiting.push(tell);
        let is_first = desk.waiting.len() == 1;
        let (writer, kind) = (self.writer.clone(), self.kind);
        if kind == Kind::Alone || !writer.waits() {
            self.desk().flush().await;
            return;
        }
        drop(self);
        // Those who wait now take their turns first; the first of a group and whoever is urgent see to its end.
        if (is_first || kind == Kind::Urgent)
            && let Ok(mut turn) = writer.turn(kind).await
        {
            turn.clean().await;
            turn.desk().flush().await;
        }
    }

    fn desk(&mut self) -> &mut Desk {
        self.desk.as_mut().unwrap_or_else(|| unreachable!("a turn has the connection until it is dropped"))
    }

    /// Rolls back what the one before left half done.
    async fn clean(&mut self) {
        let desk = self.desk();
        if !desk.is_half_done {
            return;
        }
        let is_alone = desk.joined <= 1;
        let undo = if is_alone { "ROLLBACK" } else { "ROLLBACK TO joined" };
        let undone = desk.run(undo).await;
        let undone = if is_alone { undone } else { undone.and(desk.run("RELEASE joined").await) };
        desk.is_half_done = false;
        desk.joined = desk.joined.saturating_sub(1);
        if is_alone {
            desk.is_open = false;
        } else if undone.is_err() {
            // SQLite rolled the whole group back by itself, or nobody knows how far it is.
            desk.run("ROLLBACK").await.ok();
            desk.end(&Err(StoreError::Unavailable("the commit was rolled back: repeat the call".into())));
        } else if desk.waiting.is_empty() {
            desk.run("ROLLBACK").await.ok();
            desk.end(&Ok(()));
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(desk) = self.desk.take() else { return };
        if !desk.is_half_done {
            self.writer.hand_on(desk);
            return;
        }
        // Nobody may wait, and other programs must not find the file locked. When the runtime ends, the connection ends with it.
        if !self.is_cleaning
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let (writer, kind) = (self.writer.clone(), self.kind);
            let mut turn = Self { desk: Some(desk), writer, kind, is_cleaning: true };
            runtime.spawn(async move { turn.clean().await });
        }
    }
}

impl Desk {
    /// Makes the group durable and tells its members.
    async fn flush(&mut self) {
        if !self.is_open {
            return;
        }
        let committed = self.run("COMMIT").await;
        if committed.is_err() {
            self.run("ROLLBACK").await.ok();
        }
        self.end(&committed);
    }

    fn end(&mut self, outcome: &Result<()>) {
        self.is_open = false;
        self.joined = 0;
        for tell in self.waiting.drain(..) {
            // Whoever was cancelled does not listen any more.
            tell.send(outcome.clone()).ok();
        }
    }

    async fn run(&mut self, statement: &'static str) -> Result<()> {
        sqlx::query(statement).execute(&mut self.connection).await?;
        Ok(())
    }
}
