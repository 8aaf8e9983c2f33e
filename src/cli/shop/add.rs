//! `ganh shop add` and `ganh shop connect`: credentials from a file, standard input or the environment, never from a flag.

use super::{can, kind, refusal, shown};
use crate::channels::{Brought, Credentials, Seller, sort};
use crate::cli::context::{Context, WrongUse};
use crate::cli::output;
use crate::cli::progress::Progress;
use crate::ids::ProducerId;
use crate::store::{NewPlatform, Store};
use crate::sync::enrol::{Answer, Enrolled, Wish, consent, enrol};
use anyhow::{Context as _, Result};
use ganh_contract::{Consent, Fault, FaultKind, RemoteShopId};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use serde_json::{Map, Value, json};
use std::io::Read;
use std::path::PathBuf;
use url::Url;

/// The variable that may hold the credentials.
const VARIABLE: &str = "GANH_SHOP_CREDENTIALS";
/// More than any credentials need.
const MOST_BYTES: u64 = 1 << 20;

/// Connects a shop, or gives a connected one fresh credentials.
#[derive(Debug, clap::Args)]
pub struct Add {
    #[command(flatten)]
    app: App,
    /// Whose shop it is: a producer's code; without it the operator's, for all goods
    #[arg(long, value_name = "CODE")]
    producer: Option<String>,
    /// Its name here; without it, made from the channel and the account
    #[arg(long, value_name = "NAME")]
    handle: Option<String>,
    /// Which account, where the credentials open several
    #[arg(long, value_name = "ID")]
    remote_id: Option<String>,
    /// A setting of the shop, such as alcohol=allowed or limits/unlimited=true; / leads into an object
    #[arg(long = "set", value_name = "KEY=JSON")]
    settings: Vec<String>,
    /// Orders from this day on are in the ledger; without it, from now on
    #[arg(long, value_name = "YYYY-MM-DD")]
    orders_since: Option<Date>,
}

/// Prints where the seller consents.
#[derive(Debug, clap::Args)]
pub struct Connect {
    #[command(flatten)]
    app: App,
    /// Where the marketplace sends the seller afterwards; the code is in that address
    #[arg(long, value_name = "URL", value_parser = back_to)]
    back_to: Url,
}

fn back_to(text: &str) -> std::result::Result<Url, String> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.ok_or_else(|| "write a whole address such as https://shop.example.vn/ganh".to_owned())
}

/// Which app on which channel.
#[derive(Debug, clap::Args)]
pub struct App {
    /// Kind of channel; an unknown one is answered with those that there are
    channel: String,
    /// Address of the marketplace or the shop; without it, the real marketplace
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// File with the credentials as JSON, or - for standard input; else the variable GANH_SHOP_CREDENTIALS
    #[arg(long, value_name = "FILE")]
    credentials: Option<PathBuf>,
}

/// Connects.
pub async fn run(context: &Context, command: Add) -> Result<()> {
    let (new, brought) = app(context, &command.app, command.remote_id.as_deref())?;
    let settings = settings(&command.settings)?;
    if let Some(handle) = &command.handle {
        check_handle(handle)?;
    }
    let store = context.store().await?;
    let seller = match brought.seller {
        Seller::Answer(answer) => Answer::ToBeTraded(answer),
        Seller::Ready(grant) => Answer::Ready(grant),
        Seller::Absent => {
            let asks = kind(&command.app.channel)?.asks;
            let said = format!(
                "the credentials have nothing of the seller: {} asks for {asks}; `ganh shop connect` prints where the seller consents",
                command.app.channel
            );
            return Err(WrongUse(said).into());
        }
    };
    let wish = Wish {
        platform: new,
        seller,
        remote: command.remote_id.map(RemoteShopId::new),
        producer: producer(&store, command.producer.as_deref()).await?,
        handle: command.handle,
        settings,
        orders_since: since(context, command.orders_since)?,
    };
    let engine = context.engine(&store)?;
    let progress = Progress::spinner("asking the shop who it is");
    let enrolled = enrol(&engine, wish).await;
    drop(progress);
    let enrolled = enrolled.map_err(|fault| refusal(&command.app.channel, &fault))?;
    let all: Vec<Value> = enrolled.iter().map(told).collect();
    output::result(context, &all, || enrolled.iter().try_for_each(people))
}

/// Prints the address where the seller consents, or the keys that are asked for.
pub async fn connect(context: &Context, command: &Connect) -> Result<()> {
    let (new, _) = app(context, &command.app, None)?;
    let store = context.store().await?;
    let engine = context.engine(&store)?;
    let nonce = uuid::Uuid::now_v7().simple().to_string();
    let asked = consent(&engine, &new, command.back_to.as_str(), &nonce)
        .map_err(|fault| refusal(&command.app.channel, &fault))?;
    match asked {
        Consent::Visit { url, valid } => {
            let seconds = valid.map(|valid| valid.as_secs());
            output::result(context, &json!({ "url": url, "valid_seconds": seconds }), || {
                output::line(&url)?;
                if let Some(seconds) = seconds {
                    output::note(format!("the link works for {seconds} seconds"));
                }
                output::note(
                    "Afterwards put the answer's code and shop_id (or main_account_id) beside the app's credentials and run `ganh shop add`.",
                );
                Ok(())
            })
        }
        Consent::Keys(keys) => {
            let keys: Vec<Value> =
                keys.iter().map(|key| json!({ "field": key.id, "ask": key.text })).collect();
            output::result(context, &json!({ "keys": keys }), || {
                output::note("This channel has no consent page; write these fields into the credentials:");
                keys.iter().try_for_each(|key| {
                    output::line(format!(
                        "{}: {}",
                        key["field"].as_str().unwrap_or(""),
                        key["ask"].as_str().unwrap_or("")
                    ))
                })
            })
        }
    }
}

fn app(context: &Context, app: &App, remote: Option<&str>) -> Result<(NewPlatform, Brought)> {
    let kind = kind(&app.channel)?;
    let base_url = base_url(app, kind.base_url)?;
    let text = credentials(context, app, kind.asks)?;
    let credentials = Credentials::parse(&text).map_err(WrongUse)?;
    let brought = sort(kind.name, &base_url, &credentials, remote, context.now()).map_err(WrongUse)?;
    let new = NewPlatform {
        channel: kind.name.to_owned(),
        handle: brought.app.clone(),
        base_url,
        settings: brought.settings.clone(),
        secret: brought.secret.clone(),
    };
    Ok((new, brought))
}

fn base_url(app: &App, real: Option<&str>) -> Result<String> {
    let Some(text) = app.base_url.as_deref().or(real) else {
        return Err(WrongUse(format!(
            "{} has an address for each shop: name it with --base-url",
            app.channel
        ))
        .into());
    };
    let wrong =
        |why: &str| WrongUse(format!("--base-url {text}: {why}; write one such as https://shop.example.vn"));
    let url = Url::parse(text).map_err(|error| wrong(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong("it begins with neither https:// nor http://").into());
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
        return Err(WrongUse(
            "--base-url holds a name, a password or a query: credentials belong into --credentials FILE"
                .into(),
        )
        .into());
    }
    Ok(text.trim_end_matches('/').to_owned())
}

fn credentials(context: &Context, app: &App, asks: &str) -> Result<String> {
    let (from, read): (String, std::io::Result<String>) = match &app.credentials {
        Some(path) if path.as_os_str() == "-" => ("standard input".into(), limited(std::io::stdin().lock())),
        Some(path) => {
            let file = std::fs::File::open(path)
                .with_context(|| format!("the credentials {} cannot be read", path.display()))?;
            (path.display().to_string(), limited(file))
        }
        None => match context.variable(VARIABLE) {
            Some(text) => return Ok(text.to_owned()),
            None => {
                let said = format!(
                    "no credentials: give them as JSON with --credentials FILE, --credentials - or {VARIABLE}; {} asks for {asks}",
                    app.channel
                );
                return Err(WrongUse(said).into());
            }
        },
    };
    read.with_context(|| {
        format!("the credentials from {from} cannot be read; {} asks for JSON with {asks}", app.channel)
    })
}

fn limited(from: impl Read) -> std::io::Result<String> {
    let mut text = String::new();
    from.take(MOST_BYTES).read_to_string(&mut text)?;
    Ok(text)
}

/// `a.b=json` becomes `{"a": {"b": json}}`; what is no JSON is a text.
fn settings(said: &[String]) -> Result<Value> {
    let mut all = Value::Object(Map::new());
    for setting in said {
        let Some((key, text)) = setting.split_once('=') else {
            return Err(
                WrongUse(format!("--set {setting}: write KEY=JSON, such as limits/unlimited=true")).into()
            );
        };
        let is = serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()));
        let mut at = &mut all;
        for part in key.split('/') {
            if !at.is_object() {
                return Err(
                    WrongUse(format!("--set {key}: a part of it was set to something else before")).into()
                );
            }
            at = &mut at[part];
            if at.is_null() {
                *at = Value::Object(Map::new());
            }
        }
        *at = is;
    }
    Ok(all)
}

fn check_handle(handle: &str) -> Result<()> {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "/-_.".contains(c);
    if (1..=60).contains(&handle.len()) && handle.chars().all(is_plain) {
        return Ok(());
    }
    Err(WrongUse(format!("--handle {handle}: write 1 to 60 of a–z, 0–9, / - _ .")).into())
}

async fn producer(store: &Store, code: Option<&str>) -> Result<Option<ProducerId>> {
    Ok(match code {
        Some(code) => Some(store.producer_by_code(code).await?),
        None => None,
    })
}

/// The day's beginning in Việt Nam.
fn since(context: &Context, day: Option<Date>) -> Result<Timestamp> {
    let Some(day) = day else { return Ok(context.now()) };
    let begins = day.to_zoned(TimeZone::fixed(Offset::constant(7)))?.timestamp();
    if begins > context.now() {
        return Err(WrongUse(format!("--orders-since {day} is still to come")).into());
    }
    Ok(begins)
}

fn told(enrolled: &Enrolled) -> Value {
    let survey = match &enrolled.survey {
        Ok(survey) => {
            json!({ "currency": survey.currency, "consent_ends": survey.ends, "capability": survey.allows })
        }
        Err(fault) => json!({ "fault": fault.kind.name(), "said": crate::sync::health::words(fault) }),
    };
    json!({ "shop": shown(&enrolled.shop), "is_renewed": enrolled.is_renewed, "survey": survey })
}

fn people(enrolled: &Enrolled) -> Result<()> {
    let shop = &enrolled.shop;
    let did = if enrolled.is_renewed { "has fresh credentials" } else { "is connected" };
    output::line(format!("{} · {} {did}", shop.handle, shop.title))?;
    match &enrolled.survey {
        Ok(survey) => {
            can(&survey.allows)?;
            if !enrolled.is_renewed {
                output::note(format!(
                    "nothing there changes before `ganh plan {0}` was looked at and `ganh apply {0}` was run",
                    shop.handle
                ));
            }
        }
        Err(fault) => output::note(format!(
            "it did not say what it allows ({fault}): run `ganh shop check {}`",
            shop.handle
        )),
    }
    Ok(())
}

/// What the reader can do about a fault.
pub fn mend_of(fault: &Fault) -> &'static str {
    match &*fault.kind {
        FaultKind::Unreachable | FaultKind::Interrupted | FaultKind::Down => {
            "check the address, and that the marketplace answers from this machine"
        }
        FaultKind::Throttled { .. } => "wait a minute and repeat",
        FaultKind::Expired | FaultKind::Revoked { .. } => {
            "check the credentials; let the seller consent again if they are old"
        }
        FaultKind::Refused(_) => "correct what is named",
        FaultKind::Missing(_) => "check the address: no such shop answers there",
        FaultKind::Conflict { .. } | FaultKind::Locked { .. } => "repeat later",
        FaultKind::Unsupported => "check the settings and credentials",
        FaultKind::Unintelligible => {
            "check the address: what answers there does not speak as this channel does"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_laid_into_each_other() {
        let said = ["limits/unlimited=true", "limits/shop_burst=5", "alcohol=allowed"].map(str::to_owned);

        let all = settings(&said).unwrap();

        assert_eq!(all, json!({ "limits": { "unlimited": true, "shop_burst": 5 }, "alcohol": "allowed" }));
        assert!(settings(&["a=1".into(), "a/b=2".into()]).is_err());
        assert!(settings(&["a".into()]).is_err());
    }
}
