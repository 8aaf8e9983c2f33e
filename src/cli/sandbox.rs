//! `ganh sandbox`: one simulated marketplace on an address, until Ctrl-C. Prints the credentials to use.

use crate::cli::context::{Common, WrongUse};
use crate::cli::output;
use anyhow::{Context as _, Result};
use ganh_sandbox::{Options, Running};
use serde_json::json;
use std::io::ErrorKind;
use std::net::SocketAddr;

/// A simulated marketplace, for rehearsals.
#[derive(Debug, clap::Args)]
pub struct Sandbox {
    /// Kind of channel: lazada, shopee, tiktok_shop or woocommerce
    channel: String,
    /// Address and port; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Repeats its randomness, keys and ids
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Shops of one app, where the channel has apps
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    shops: u16,
    /// Which release or behaviour to play: quick (lazada, shopee, tiktok_shop), held or test (lazada), by_hand or
    /// two_warehouses (tiktok_shop), wc7 or wc11 (woocommerce)
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Believe that calls came over TLS, as behind a proxy that ends it
    #[arg(long)]
    behind_tls: bool,
}

/// Runs the sandbox until Ctrl-C.
pub async fn run(common: &Common, command: Sandbox) -> Result<()> {
    let running = start(&command).await?;
    let credentials = running.credentials();
    let base = running.base_url().to_owned();
    if common.json {
        output::json(&json!({ "channel": command.channel, "base_url": base, "credentials": credentials }))?;
    } else {
        output::line(serde_json::to_string_pretty(&credentials)?)?;
        output::note(format!(
            "{} sandbox at {base} (seed {}), control at {base}/_sandbox/…; Ctrl-C ends it",
            command.channel, command.seed
        ));
    }
    tokio::signal::ctrl_c().await.context("Ctrl-C cannot be listened for")?;
    running.stop().await;
    Ok(())
}

/// The profiles of each sandbox, the usual one first; WooCommerce's takes any version besides and judges for itself.
const PROFILES: [(&str, &[&str]); 3] = [
    ("lazada", &["vn", "quick", "held", "test"]),
    ("shopee", &["v2", "quick"]),
    ("tiktok_shop", &["v202309", "quick", "by_hand", "two_warehouses"]),
];

/// The sandboxes take an unknown profile for the usual one; a person who types one means something.
fn check_profile(channel: &str, profile: Option<&str>) -> Result<()> {
    let known = PROFILES.iter().find(|(name, _)| *name == channel).map(|(_, known)| *known);
    match (known, profile) {
        (Some(known), Some(profile)) if !known.contains(&profile) => {
            let said = format!("--profile {profile}: the sandbox of {channel} has {}", known.join(", "));
            Err(WrongUse(said).into())
        }
        _ => Ok(()),
    }
}

async fn start(command: &Sandbox) -> Result<Running> {
    let options = Options {
        listen: command.listen,
        seed: command.seed,
        shops: usize::from(command.shops),
        profile: command.profile.clone(),
        behind_tls: command.behind_tls,
    };
    check_profile(&command.channel, command.profile.as_deref())?;
    let started = match command.channel.as_str() {
        "lazada" => ganh_sandbox::lazada::start(options).await,
        "shopee" => ganh_sandbox::shopee::start(options).await,
        "tiktok_shop" => ganh_sandbox::tiktok_shop::start(options).await,
        "woocommerce" => ganh_sandbox::woocommerce::start(options).await,
        other => {
            return Err(WrongUse(format!(
                "there is no sandbox of {other}: use one of lazada, shopee, tiktok_shop, woocommerce"
            ))
            .into());
        }
    };
    started.map_err(|error| match error.kind() {
        // The sandbox names what it does not know.
        ErrorKind::InvalidInput => WrongUse(format!("--profile: {error}")).into(),
        _ => anyhow::Error::from(error).context(format!(
            "the sandbox cannot listen on {}: another program may hold the port, try --listen 127.0.0.1:0",
            command.listen
        )),
    })
}
