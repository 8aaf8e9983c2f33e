//! One run: open, sell and kill, come to rest, compare.

use crate::base::Base;
use crate::books::Books;
use crate::cluster::Cluster;
use crate::daemon::{Daemon, free_port};
use crate::dice::Dice;
use crate::disk::Disk;
use crate::merchant::Merchant;
use crate::outcome::Outcome;
use crate::town::Town;
use anyhow::{Context as _, Result, bail};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Where the store lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    /// An SQLite file on this machine's disk.
    File,
    /// The same, and each kill is a power cut: what was not synced is thrown away.
    FileWithPowerCuts,
    /// A PostgreSQL server of our own, which waits for its disk.
    Server,
}

/// What is to be run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The built program.
    pub ganh: PathBuf,
    pub kills: u64,
    pub seed: u64,
    pub store: Where,
    /// Daemons on one store; more than one only on a server. Each kill meets one of them.
    pub daemons: usize,
    /// A daemon lives at most this long after the former kill.
    pub longest: Duration,
    /// Goods at the end, at most.
    pub goods: u64,
}

impl Plan {
    /// The usual one.
    pub const fn new(ganh: PathBuf, kills: u64, seed: u64, store: Where) -> Self {
        let longest = Duration::from_millis(5_000);
        Self { ganh, kills, seed, store, daemons: 1, longest, goods: 40 }
    }
}

/// Runs the plan; `told` hears of each kill. Error: something could not be done at all; what merely differs stands in the outcome.
pub async fn run(plan: &Plan, told: &(dyn Fn(u64) + Sync)) -> Result<Outcome> {
    let began = Instant::now();
    let cluster = if plan.store == Where::Server { Some(Cluster::start(&[])?) } else { None };
    let server = match &cluster {
        Some(cluster) => Some(cluster.make("ganh").await?),
        None => None,
    };
    let mut base = Base::new(&plan.ganh, server, free_port()?)?;
    base.must(&["init"]).await?;
    if plan.store == Where::FileWithPowerCuts {
        base = base.on_disk(Disk::that_remembers()?);
    }
    let mut town = Town::open(base, plan.seed, plan.goods).await?;
    let mut outcome = Outcome { seed: plan.seed, ..Outcome::default() };
    // The merchant works while everybody else looks on.
    let mut merchant = town.merchant.leave();
    let killed = tokio::select! {
        sold = town.selling() => sold.and_then(|()| bail!("the buyers went home")),
        killed = kill(plan, &town.base, &mut merchant, &mut outcome, told) => killed,
    };
    killed?;
    merchant.finish(&town.base).await?;
    outcome.commands_cut = merchant.cut;
    town.merchant = merchant;

    let rested = Instant::now();
    let mut daemon = Daemon::start(&town.base, town.base.port())?;
    daemon.ready().await?;
    town.rests().await.with_context(|| format!("seed {}: {}", plan.seed, last(&daemon.log())))?;
    outcome.to_rest = rested.elapsed();
    let log = daemon.log();
    let ended = daemon.stop().await?;
    outcome.sums = town.compared().await?;
    if !ended.success() {
        outcome.sums.differs(format!("the daemon ended with {ended}"));
    }
    for line in log.lines().filter(|line| line.contains("panicked")) {
        outcome.sums.differs(line.to_owned());
    }
    outcome.refused = town.shared.lock().refused;
    outcome.creates = town.market.calls("create").await;
    outcome.writes = town.market.calls("stock").await + town.market.calls("price").await;
    town.market.close().await;
    outcome.took = began.elapsed();
    Ok(outcome)
}

async fn kill(
    plan: &Plan,
    base: &Base,
    merchant: &mut Merchant,
    outcome: &mut Outcome,
    told: &(dyn Fn(u64) + Sync),
) -> Result<()> {
    let mut dice = Dice::new(plan.seed, 3);
    let ports: Vec<u16> = (1..plan.daemons).map(|_| free_port()).collect::<Result<_>>()?;
    let mut daemons: Vec<(u16, Option<Daemon>)> =
        std::iter::once(base.port()).chain(ports).map(|port| (port, None)).collect();
    for number in 1..=plan.kills {
        for (port, daemon) in &mut daemons {
            if daemon.is_none() {
                *daemon = Some(Daemon::start(base, *port)?);
            }
        }
        let place = usize::try_from(dice.below(daemons.len() as u64))?;
        // One in four dies while it still starts.
        let most = u64::try_from(plan.longest.as_millis())?;
        let life =
            Duration::from_millis(if dice.below(4) == 0 { dice.below(700) } else { 700 + dice.below(most) });
        let mut victim = daemons[place].1.take().context("it was started")?;
        let mut is_ready = false;
        let living = async {
            outcome.slowest_start = outcome.slowest_start.max(victim.ready().await?);
            is_ready = true;
            merchant.work(base).await
        };
        tokio::select! {
            () = tokio::time::sleep(life) => {}
            ended = living => ended.with_context(|| format!("seed {}, kill {number}", plan.seed))?,
        }
        victim.kill().with_context(|| format!("seed {}, kill {number}", plan.seed))?;
        merchant.kill()?;
        outcome.kills += 1;
        outcome.before_ready += u64::from(!is_ready);
        if let Some(disk) = base.disk().filter(|_| plan.store == Where::FileWithPowerCuts) {
            let lost = disk.cut_power(&base.path("ganh.db"))?;
            outcome.bytes_lost += lost;
            outcome.cuts += u64::from(lost > 0);
        }
        look(base, outcome).await.with_context(|| format!("seed {}, kill {number}", plan.seed))?;
        told(number);
    }
    for (_, daemon) in daemons {
        if let Some(daemon) = daemon {
            daemon.kill()?;
        }
    }
    Ok(())
}

/// What the dead daemon left, read from a copy where the store is a file.
async fn look(base: &Base, outcome: &mut Outcome) -> Result<()> {
    let mut books = if base.is_file() {
        Books::of_copy(&base.path("ganh.db"), &base.path("looked-at")).await?
    } else {
        Books::open(&base.store_url()).await?
    };
    let damage = books.damage().await?;
    let left = books.left().await?;
    books.close().await?;
    if !damage.is_empty() {
        bail!("the store is damaged: {}", damage.join("; "));
    }
    outcome.in_flight += u64::from(left.in_flight > 0);
    outcome.intended += u64::from(left.intended > 0);
    outcome.half_made += u64::from(left.half_made > 0);
    outcome.dirty += u64::from(left.dirty > 0);
    Ok(())
}

fn last(log: &str) -> String {
    let lines: Vec<&str> = log.lines().rev().take(12).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}
