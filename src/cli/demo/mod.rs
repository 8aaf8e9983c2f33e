//! `ganh demo`: the whole product on simulated marketplaces, on this machine alone.

mod agree;
mod buyers;
mod closing;
mod connect;
mod market;
mod minimum;
mod page;
mod sample;
mod witness;

use crate::cli::context::Common;
use crate::cli::output;
use crate::cli::progress::Progress;
use crate::clock::{Clock, SystemClock};
use crate::daemon::{Parts, Supervisor, Times, engine};
use crate::ids::ShopId;
use crate::listing::Language;
use crate::store::{Keys, MasterKey, Settings, Store};
use crate::sync::{Engine, Rules};
use anyhow::{Context, Result, bail};
use closing::Closing;
use market::{Faults, Market};
use minimum::Before;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use witness::Stopwatch;

/// The demo's own flags.
#[derive(Debug, clap::Args)]
pub struct Demo {
    /// Works until nothing is left to do, prints a closing table, ends with 0 only if the marketplaces' books agree with ours
    #[arg(long)]
    once: bool,
    /// Makes buyers and faults repeatable
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// How badly the marketplaces behave
    #[arg(long, value_enum, default_value = "none")]
    faults: Faults,
    /// Rounds of buying with --once
    #[arg(long, default_value_t = 20, value_name = "N")]
    rounds: u64,
    /// Where the page is served
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDR")]
    listen: std::net::SocketAddr,
}

/// Runs the demo.
pub async fn run(common: &Common, demo: Demo) -> Result<()> {
    let began = Instant::now();
    let folder = Folder::open(common.data_dir.as_deref())?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let store = open_store(folder.path(), clock.as_ref()).await?;
    let market = Market::open(demo.seed).await?;
    let stopwatch = Arc::new(Stopwatch::default());
    let page = page::Page::bind(demo.listen).await?;
    let engine = engine(Parts {
        store: store.clone(),
        clock: clock.clone(),
        recorder: page.recorder(),
        witness: Arc::new(page::Witnesses(vec![stopwatch.clone(), page.witness()])),
        rules: rules(page.url()),
        owner: "demo".into(),
    })?;
    let stop = CancellationToken::new();
    let serving = page.serve(&engine, stop.clone());

    let say = Say { is_vietnamese: common.language_of_process() == Language::Vi };
    let progress = Progress::spinner(say.of("đang nhập bảng mẫu", "importing the sample workbook"));
    sample::import(&store, clock.now()).await?;
    progress.say(say.of(
        "đang kết nối năm gian hàng: hai ở Shopee, một ở Lazada, một ở TikTok Shop và một trang của tỉnh",
        "connecting five shops: two at Shopee, one at Lazada, one at TikTok Shop, and a provincial site",
    ));
    let shops = connect::all(&engine, &market).await?;
    drop(progress);
    let (page, store_at) = (say.of("trang", "page"), say.of("kho dữ liệu", "store"));
    output::note(format!("{page}: {} · {store_at}: {}", serving.url, folder.path().display()));

    let times = Times { lease: Duration::from_secs(15), drain: Duration::from_secs(10), ..Times::default() };
    let driving = tokio::spawn(Supervisor::new(engine.clone(), times).run(stop.clone()));
    market.misbehave(demo.faults).await?;
    let mut before = None;
    let outcome = if demo.once {
        once(&engine, &market, &shops, &demo, say, &mut before).await
    } else {
        until_stopped(&engine, &market, &shops, &demo, say, &mut before).await
    };
    let closing = match outcome {
        Ok(()) => {
            let took = began.elapsed();
            Some(Closing::of(&engine, &market, &shops, before.as_ref(), &stopwatch, took).await?)
        }
        Err(error) => {
            stop.cancel();
            return Err(error);
        }
    };
    stop.cancel();
    // A lane that panicked has been reported already; the drain is over either way.
    let _ = driving.await;
    serving.ended().await;
    market.close().await;
    store.close().await;
    let Some(closing) = closing else { return Ok(()) };
    if common.json {
        output::json(&closing)?
    } else {
        closing.print(say.is_vietnamese)?
    }
    if demo.once && !closing.agrees() {
        let count = closing.differences();
        if say.is_vietnamese {
            bail!("sổ của các sàn và của Gánh khác nhau ở {count} chỗ");
        }
        bail!("the marketplaces' books and ours differ in {count} places");
    }
    Ok(())
}

/// The language in which the demo tells what it does.
#[derive(Debug, Clone, Copy)]
struct Say {
    is_vietnamese: bool,
}

impl Say {
    const fn of(self, vi: &'static str, en: &'static str) -> &'static str {
        if self.is_vietnamese { vi } else { en }
    }

    const fn waiting(self) -> &'static str {
        self.of("đang chờ mọi gian hàng khớp", "waiting until every shop is in step")
    }
}

/// Simulated shops are near: look often.
fn rules(page: &str) -> Rules {
    Rules {
        poll_orders: Duration::from_millis(700),
        sweep_orders: Duration::from_secs(20),
        look_again: Duration::from_secs(1),
        audit_page: Duration::from_secs(5),
        calls_at_once: 4,
        pictures_url: Some(page.to_owned()),
        hooks_url: Some(page.to_owned()),
        ..Rules::default()
    }
}

/// Lists everything, lets buyers buy, waits until all shops are in step.
async fn once(
    engine: &Engine,
    market: &Market,
    shops: &[ShopId],
    demo: &Demo,
    say: Say,
    before: &mut Option<Before>,
) -> Result<()> {
    listed(engine, shops, say).await?;
    *before = Some(Before::of(market).await?);
    let progress = Progress::of(
        say.of("khách mua ở cả năm gian hàng", "buyers buy in all five shops"),
        usize::try_from(demo.rounds).unwrap_or(usize::MAX),
    );
    for number in 0..demo.rounds {
        buyers::round(market, demo.seed, number, 4).await;
        progress.step();
        engine.clock.sleep_until(engine.clock.now() + Duration::from_millis(150)).await;
    }
    drop(progress);
    market.behave().await;
    let progress = Progress::spinner(say.waiting());
    quiet(engine, shops, Duration::from_secs(180)).await?;
    drop(progress);
    Ok(())
}

/// Goes on until Ctrl-C.
async fn until_stopped(
    engine: &Engine,
    market: &Market,
    shops: &[ShopId],
    demo: &Demo,
    say: Say,
    before: &mut Option<Before>,
) -> Result<()> {
    let stopped = tokio::signal::ctrl_c();
    let buying = async {
        listed(engine, shops, say).await?;
        *before = Some(Before::of(market).await?);
        output::note(say.of(
            "khách đang mua; bấm Ctrl-C để dừng và xem bảng tổng kết",
            "buyers are buying; Ctrl-C ends the demo with a closing table",
        ));
        for number in 0_u64.. {
            buyers::round(market, demo.seed, number, 2).await;
            engine.clock.sleep_until(engine.clock.now() + Duration::from_secs(1)).await;
        }
        anyhow::Ok(())
    };
    tokio::select! {
        ended = buying => ended?,
        ended = stopped => ended.context("Ctrl-C cannot be heard")?,
    }
    market.behave().await;
    let progress = Progress::spinner(say.waiting());
    let outcome = quiet(engine, shops, Duration::from_secs(60)).await;
    drop(progress);
    outcome
}

/// Waits until every listing is parked, or live and as it should be.
async fn listed(engine: &Engine, shops: &[ShopId], say: Say) -> Result<()> {
    let total = usize::try_from(engine.store.totals().await?.listings).unwrap_or(usize::MAX);
    let progress =
        Progress::of(say.of("đang đăng tin ở cả năm gian hàng", "listing in all five shops"), total);
    let mut shown = 0;
    let deadline = engine.clock.now() + Duration::from_secs(600);
    loop {
        let (mut open, mut dirty) = (0, 0);
        for shop in shops {
            let pending = engine.store.pending(*shop).await?;
            open += usize::try_from(pending.unfinished).unwrap_or(0);
            dirty += pending.dirty;
        }
        while shown < total.saturating_sub(open) {
            progress.step();
            shown += 1;
        }
        if open == 0 && dirty == 0 {
            return Ok(());
        }
        if engine.clock.now() > deadline {
            bail!("{open} listings and {dirty} offers are not done after ten minutes: look at `ganh status`");
        }
        engine.clock.sleep_until(engine.clock.now() + Duration::from_millis(100)).await;
    }
}

/// Waits until nothing is left to do and every shop's orders were read since the last purchase.
async fn quiet(engine: &Engine, shops: &[ShopId], patience: Duration) -> Result<()> {
    let since = engine.clock.now();
    let deadline = since + patience;
    while !connect::is_quiet(&engine.store, shops, since).await? {
        if engine.clock.now() > deadline {
            let mut left = Vec::new();
            for shop in shops {
                left.push(format!("shop {shop}: {:?}", engine.store.pending(*shop).await?));
            }
            bail!("the shops are not in step after {} s: {}", patience.as_secs(), left.join("; "));
        }
        engine.clock.sleep_until(engine.clock.now() + Duration::from_millis(100)).await;
    }
    Ok(())
}

async fn open_store(folder: &Path, clock: &dyn Clock) -> Result<Store> {
    let key_file = folder.join("master.key");
    let text = match std::fs::read_to_string(&key_file) {
        Ok(text) => text,
        Err(_) => {
            let key = MasterKey::generate()?.to_secret();
            write_private(&key_file, key.expose())?;
            key.expose().to_owned()
        }
    };
    let keys = Keys::parse(&text)?;
    let url = format!("sqlite:{}", folder.join("ganh.db").display());
    Ok(Store::open(&Settings::at(url), keys, clock.now()).await?)
}

fn write_private(path: &Path, text: &str) -> Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let shown = path.display();
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("{shown} cannot be made"))?;
    file.write_all(text.as_bytes()).with_context(|| format!("{shown} cannot be written"))
}

/// Where the demo's store lies: a given folder stays, a temporary one goes.
struct Folder {
    path: PathBuf,
    is_temporary: bool,
}

impl Folder {
    fn open(given: Option<&Path>) -> Result<Self> {
        let (path, is_temporary) = match given {
            Some(path) => (path.to_owned(), false),
            None => (std::env::temp_dir().join(format!("ganh-demo-{}", uuid::Uuid::now_v7())), true),
        };
        std::fs::create_dir_all(&path).with_context(|| format!("{} cannot be made", path.display()))?;
        Ok(Self { path, is_temporary })
    }

    fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.is_temporary {
            // Left behind at worst: the system clears its temporary folder.
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}
