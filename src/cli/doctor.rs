//! `ganh doctor`: looks at settings, key, store, clock and shops, says what is wrong and the mend. Changes nothing, calls nobody.

use crate::cli::context::{Common, Context, moment};
use crate::cli::table::{Tone, toned};
use crate::cli::{output, table};
use crate::store::{ShopRow, ShopState, Store};
use anyhow::{Result, bail};
use ganh_contract::Renewal;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

/// Looks for what is wrong with this installation and says the mend.
#[derive(Debug, clap::Args)]
pub struct Doctor {}

/// A survey older than this is worth a look: the daemon makes one a day.
const OLD_SURVEY: SignedDuration = SignedDuration::from_hours(48);

/// How a look turned out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Good,
    Look,
    Bad,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    what: String,
    verdict: Verdict,
    /// What was found, and the mend where there is one to make.
    said: String,
}

impl Finding {
    fn new(what: impl Into<String>, verdict: Verdict, said: impl Into<String>) -> Self {
        Self { what: what.into(), verdict, said: said.into() }
    }
}

/// Looks, and fails when something is bad.
pub async fn run(common: &Common, _command: Doctor) -> Result<()> {
    let context = match Context::open(common) {
        Ok(context) => context,
        // Nothing else can be looked at without settings.
        Err(error) => return Err(error),
    };
    let mut findings = vec![settings(&context), clock(&context), key(&context)];
    findings.extend(private(&context));
    findings.push(port(&context));
    match context.store().await {
        Ok(store) => {
            findings.push(Finding::new(
                "store",
                Verdict::Good,
                format!("{} at {}", store.kind(), context.store_place()),
            ));
            findings.push(durability(&store).await?);
            for shop in store.shops().await? {
                findings.push(self::shop(&context, &store, &shop).await?);
            }
        }
        Err(error) => findings.push(Finding::new("store", Verdict::Bad, format!("{error:#}"))),
    }
    output::result(&context, &findings, || people(&findings))?;
    let bad = findings.iter().filter(|finding| finding.verdict == Verdict::Bad).count();
    if bad > 0 {
        bail!("{bad} of {} things are wrong", findings.len());
    }
    Ok(())
}

fn people(findings: &[Finding]) -> Result<()> {
    let mut table = table::table(&["", "", "found"]);
    for finding in findings {
        let (word, tone) = match finding.verdict {
            Verdict::Good => ("good", Tone::Good),
            Verdict::Look => ("look", Tone::Look),
            Verdict::Bad => ("bad", Tone::Bad),
        };
        table.add_row([toned(word, tone), finding.what.as_str().into(), finding.said.as_str().into()]);
    }
    table::print(&table, "")
}

fn settings(context: &Context) -> Finding {
    let file = context.folder().join("ganh.toml");
    let said = match &context.common.config {
        Some(file) => format!("{} and the environment", file.display()),
        None if file.is_file() => format!("{} and the environment", file.display()),
        None => "compiled-in defaults and the environment".to_owned(),
    };
    Finding::new("settings", Verdict::Good, said)
}

fn clock(context: &Context) -> Finding {
    let now = context.now();
    // guess: this version was written in 2026, so no sound clock is before it.
    let least = Timestamp::from_second(1_767_225_600).unwrap_or(Timestamp::UNIX_EPOCH);
    if now < least {
        return Finding::new(
            "clock",
            Verdict::Bad,
            format!("it says {}: set it (timedatectl set-ntp true)", moment(now)),
        );
    }
    Finding::new("clock", Verdict::Good, moment(now))
}

fn key(context: &Context) -> Finding {
    match context.keys() {
        Ok(keys) => Finding::new(
            "master key",
            Verdict::Good,
            format!("{} from {}", keys.current().id(), context.key_source()),
        ),
        Err(error) => Finding::new("master key", Verdict::Bad, format!("{error:#}")),
    }
}

/// The database file holds what is sold and to how many: not for every user of the machine.
fn private(context: &Context) -> Option<Finding> {
    let store = &context.settings.store;
    if store.server.is_some() {
        return None;
    }
    let folder = store.path.parent().filter(|folder| !folder.as_os_str().is_empty())?;
    let open = |path: &std::path::Path| Some(std::fs::metadata(path).ok()?.permissions().mode() & 0o007);
    let is_open = open(folder)? & 0o005 != 0 && open(&store.path).is_some_and(|mode| mode & 0o004 != 0);
    let (verdict, said) = if is_open {
        (
            Verdict::Look,
            format!("every user may read {}: chmod 700 {}", store.path.display(), folder.display()),
        )
    } else {
        (Verdict::Good, format!("{} is closed to others", folder.display()))
    };
    Some(Finding::new("data folder", verdict, said))
}

/// Whether a power cut can take what was committed.
async fn durability(store: &Store) -> Result<Finding> {
    Ok(match store.durability_gap().await? {
        None => Finding::new("durability", Verdict::Good, "a committed change survives a power cut"),
        Some(gap) => Finding::new("durability", Verdict::Look, gap),
    })
}

fn port(context: &Context) -> Finding {
    let listen = context.settings.server.listen;
    match TcpListener::bind(listen) {
        Ok(_) => Finding::new("address", Verdict::Good, format!("{listen} is free for ganh serve")),
        Err(error) => Finding::new(
            "address",
            Verdict::Look,
            format!("{listen}: {error}; fine if ganh serve runs, else change server.listen"),
        ),
    }
}

async fn shop(context: &Context, store: &Store, shop: &ShopRow) -> Result<Finding> {
    let what = format!("shop {}", shop.handle);
    let because = shop.state_reason.clone().unwrap_or_default();
    let finding = |verdict, said: String| Ok(Finding::new(what.clone(), verdict, said));
    match shop.state {
        ShopState::Revoked => {
            return finding(
                Verdict::Bad,
                format!("revoked ({because}): add it again with fresh credentials (ganh shop add)"),
            );
        }
        ShopState::Gone => return finding(Verdict::Good, "gone, counts for nothing".into()),
        ShopState::New => {
            return finding(
                Verdict::Look,
                format!("new: see `ganh plan {0}`, then `ganh apply {0}`", shop.handle),
            );
        }
        ShopState::Paused => {
            return finding(Verdict::Look, format!("paused ({because}): `ganh shop resume {}`", shop.handle));
        }
        ShopState::Active => {}
    }
    let grant = store.grant(shop.grant).await?;
    if let Some(failure) = grant.failure {
        return finding(
            Verdict::Bad,
            format!("its token cannot be renewed ({failure}): add it again with fresh credentials"),
        );
    }
    let now = context.now();
    if grant.grant.ends.is_some_and(|ends| ends < now + SignedDuration::from_hours(24 * 14)) {
        return finding(
            Verdict::Look,
            "the seller's consent ends within two weeks: let the seller consent again".into(),
        );
    }
    if grant.grant.renewal == Renewal::Never && grant.grant.access_until.is_some_and(|until| until < now) {
        return finding(
            Verdict::Bad,
            "its token has ended and cannot be renewed: add it again with fresh credentials".into(),
        );
    }
    match shop.surveyed_at {
        None => finding(Verdict::Look, format!("never surveyed: `ganh shop check {}`", shop.handle)),
        Some(at) if at > now + SignedDuration::from_mins(5) => finding(
            Verdict::Bad,
            format!("surveyed {}, which is still to come: the clock was set back", moment(at)),
        ),
        Some(at) if at < now - OLD_SURVEY => finding(
            Verdict::Look,
            format!("last surveyed {}: is ganh serve running? `ganh shop check {}`", moment(at), shop.handle),
        ),
        Some(at) => finding(
            Verdict::Good,
            format!("surveyed {}, orders read {}", moment(at), moment(shop.orders_read_at)),
        ),
    }
}
