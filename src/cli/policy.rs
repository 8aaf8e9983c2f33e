//! `ganh policy`: rules of stock and price, by layer: offer over product over shop over producer over default.

mod outlook;

use crate::cli::context::{Common, Context};
use crate::cli::output;
use crate::cli::progress::Progress;
use crate::cli::rules::{Layer, Rules};
use crate::store::{self, PolicyScope, Store};
use anyhow::{Result, bail};
use ganh_contract::Vnd;
use outlook::Outlook;
use serde_json::{Value, json};

/// Rules of stock and price, by layer.
#[derive(Debug, clap::Subcommand)]
pub enum Policy {
    /// The rules of one layer
    Show {
        #[command(flatten)]
        layer: Layer,
    },
    /// Changes rules of one layer; what is not named stays, `none` takes a rule away
    Set {
        #[command(flatten)]
        layer: Layer,
        #[command(flatten)]
        rules: Box<Rules>,
        #[command(flatten)]
        consent: Consent,
    },
}

/// How far a change may go.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct Consent {
    /// Only shows what would change in the shops
    #[arg(long)]
    dry_run: bool,
    /// Also when it zeroes, reprices or hides more than the limits allow
    #[arg(long, conflicts_with = "dry_run")]
    yes: bool,
}

/// A rule as people write it.
fn said_of(rule: &str, is: &Value) -> String {
    let percent =
        |bp: i64| format!("{}{}.{:02} %", if bp < 0 { "-" } else { "" }, bp.abs() / 100, bp.abs() % 100);
    match rule {
        "markup_bp" => is.as_i64().map(percent).unwrap_or_default(),
        "share" => match (is["percent_bp"].as_i64(), is["fixed"].as_u64()) {
            (Some(bp), _) => percent(bp),
            (None, Some(units)) => format!("at most {units}"),
            (None, None) => is.to_string(),
        },
        "fixed" | "floor" => is.as_i64().map_or_else(|| is.to_string(), |dong| Vnd(dong).to_string()),
        _ => is.as_str().map_or_else(|| is.to_string(), str::to_owned),
    }
}

/// Shows or changes a layer.
pub async fn run(common: &Common, command: Policy) -> Result<()> {
    let context = Context::open(common)?;
    let store = context.store().await?;
    match command {
        Policy::Show { layer } => {
            let policy = store.policy(layer.scope(&context, &store).await?).await?;
            show(&context, &store, &policy, &[], None).await
        }
        Policy::Set { layer, rules, consent } => {
            let scope = layer.scope(&context, &store).await?;
            let policy = rules.over(&context, &store, scope).await?;
            set(&context, &store, scope, &policy, consent).await
        }
    }
}

/// Looks at what the rules do before they hold (I10).
async fn set(
    context: &Context,
    store: &Store,
    scope: PolicyScope,
    policy: &store::Policy,
    consent: Consent,
) -> Result<()> {
    let progress = Progress::spinner("looking at what changes");
    let outlook = Outlook::of(context, store, scope, policy).await?;
    drop(progress);
    if consent.dry_run {
        return output::result(context, &json!({ "set": false, "outlook": outlook }), || outlook.print());
    }
    if !outlook.is_clear() && !consent.yes {
        output::result(context, &json!({ "set": false, "outlook": outlook }), || outlook.print())?;
        let why = outlook.stops.join("; ");
        let is_meant = output::may_ask(context) && output::asked(format!("{why}. Is it meant? Type yes:"))?;
        if !is_meant {
            bail!("nothing was changed: {why}; look at the rows, then add --yes if it is meant");
        }
    }
    let progress = Progress::spinner("computing the figures anew");
    let shops = store.set_policy(scope, policy, context.now()).await?;
    drop(progress);
    let told: Vec<String> = store
        .shops()
        .await?
        .into_iter()
        .filter(|shop| shops.contains(&shop.id))
        .map(|shop| shop.handle)
        .collect();
    show(context, store, policy, &told, Some(&outlook)).await
}

async fn show(
    context: &Context,
    store: &Store,
    policy: &store::Policy,
    told: &[String],
    outlook: Option<&Outlook>,
) -> Result<()> {
    let kept_for = match policy.stock.keep_last {
        Some(keep) => Some((keep.units, store.shop(keep.shop).await?.handle)),
        None => None,
    };
    let mut shown = json!({ "stock": policy.stock, "price": policy.price, "shops_with_work": told });
    if let Some(outlook) = outlook {
        shown["set"] = json!(true);
        shown["outlook"] = json!(outlook);
    }
    output::result(context, &shown, || {
        for part in ["stock", "price"] {
            let rules = shown[part].as_object().cloned().unwrap_or_default();
            if rules.is_empty() {
                output::line(format!("{part}: no rules in this layer"))?;
            }
            for (rule, is) in rules {
                let said = match &kept_for {
                    Some((units, shop)) if rule == "keep_last" => format!("the last {units} for {shop}"),
                    Some(_) | None => said_of(&rule, &is),
                };
                output::line(format!("{part}.{rule} = {said}"))?;
            }
        }
        if let Some(outlook) = outlook.filter(|outlook| outlook.offers > 0) {
            outlook.print()?;
        }
        if !told.is_empty() {
            output::note(format!("to be told: {}", told.join(", ")));
        }
        Ok(())
    })
}
