//! An idle daemon, as a process of its own: how much memory it holds, how soon it is ready.

use crate::Sizes;
use crate::goods::{Goods, MIXED, SINGLE};
use crate::market;
use crate::report::{Row, quantile, say};
use crate::town::{Pace, Town};
use anyhow::{Context, Result, bail, ensure};
use ganh::sync::{Blind, Rules};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A process of this program with this variable is `ganh`.
pub const AS_GANH: &str = "GANH_BENCH_AS_GANH";
const WANTED_MB: f64 = 40.0;
const WANTED_MS: f64 = 300.0;
/// Idle for so long before its memory is read.
const SETTLED: Duration = Duration::from_secs(20);

/// The running daemon; killed when dropped.
struct Daemon {
    child: Child,
    ready_ms: f64,
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It has ended already where all went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Two shops with the offers between them; their sandboxes answer while it is idle.
pub async fn measure(sizes: &Sizes) -> Result<Vec<Row>> {
    say(format!("idle: {} offers in two shops are made", sizes.idle_offers));
    let town = Town::new(Rules::default(), Arc::new(Blind)).await?;
    let goods = [
        Goods::new("SHOPEE", sizes.idle_offers / 2, MIXED),
        Goods::new("SITE", sizes.idle_offers / 2, SINGLE),
    ];
    let (shopee, site) = (market::shopee(1).await?, market::site().await?);
    let mut stalls = market::shopee_stalls(&shopee)?;
    stalls.push(market::site_stall(&site));
    for (stall, goods) in stalls.iter().zip(&goods) {
        stall.show(goods).await?;
        let producer = town.import(goods).await?;
        town.connect(stall, Some(producer), Pace::Unlimited).await?;
    }
    let folder = town.close().await;

    say(format!("idle: {} starts", sizes.starts));
    let mut starts = Vec::new();
    for _ in 0..sizes.starts {
        let daemon = started(folder.path()).await?;
        starts.push(daemon.ready_ms);
        ended(daemon).await?;
    }
    let daemon = started(folder.path()).await?;
    tokio::time::sleep(SETTLED).await;
    let (held, most) = (memory_mb(&daemon, "VmRSS:")?, memory_mb(&daemon, "VmHWM:")?);
    ended(daemon).await?;

    let ready = quantile(&mut starts, 0.5);
    let worst = quantile(&mut starts, 1.0);
    Ok(vec![
        Row {
            what: format!("idle daemon with {} offers: memory", sizes.idle_offers),
            measured: format!("{held:.1} MB resident ({most:.1} MB at most)"),
            wanted: format!("< {WANTED_MB} MB"),
            ratio: held / WANTED_MB,
            is_reached: held < WANTED_MB,
        },
        Row {
            what: format!("the same: start to ready, median of {}", sizes.starts),
            measured: format!("{ready:.0} ms (slowest {worst:.0} ms)"),
            wanted: format!("< {WANTED_MS} ms"),
            ratio: ready / WANTED_MS,
            is_reached: ready < WANTED_MS,
        },
    ])
}

/// Starts the daemon and waits until it says that it is ready.
async fn started(folder: &Path) -> Result<Daemon> {
    let folder = folder.to_owned();
    tokio::task::spawn_blocking(move || {
        let began = Instant::now();
        let child = Command::new(std::env::current_exe()?)
            .env(AS_GANH, "1")
            .env("GANH_LOG__LEVEL", "warn")
            .arg("--data-dir")
            .arg(&folder)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut daemon = Daemon { child, ready_ms: 0.0 };
        let said = daemon.child.stdout.take().context("the daemon has no output")?;
        let mut first = String::new();
        BufReader::new(said).read_line(&mut first)?;
        let address = first.trim().trim_start_matches("http://").to_owned();
        let answer = get(&address, "/readyz").with_context(|| format!("the daemon said {first:?}"))?;
        ensure!(answer.starts_with("HTTP/1.1 200"), "the daemon is not ready: {answer}");
        daemon.ready_ms = began.elapsed().as_secs_f64() * 1_000.0;
        Ok(daemon)
    })
    .await?
}

/// Tells the daemon to end and waits until it did.
async fn ended(mut daemon: Daemon) -> Result<()> {
    tokio::task::spawn_blocking(move || {
        Command::new("kill").args(["-TERM", &daemon.child.id().to_string()]).status()?;
        let status = daemon.child.wait()?;
        ensure!(status.success(), "the daemon ended badly: {status}");
        Ok(())
    })
    .await?
}

fn get(address: &str, path: &str) -> Result<String> {
    let mut socket = TcpStream::connect(address)?;
    write!(socket, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn memory_mb(daemon: &Daemon, field: &str) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", daemon.child.id()))
        .context("memory is read from /proc, which this system lacks")?;
    let kib = status.lines().find_map(|line| line.strip_prefix(field)?.split_whitespace().next());
    match kib.and_then(|kib| kib.parse::<f64>().ok()) {
        Some(kib) => Ok(kib * 1_024.0 / 1e6),
        None => bail!("/proc does not tell {field}"),
    }
}
