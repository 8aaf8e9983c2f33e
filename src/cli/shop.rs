//! `ganh shop`: connect shops, look at them, pause them.

mod add;

use crate::channels::find_kind;
use crate::cli::context::{Common, Context, WrongUse, moment};
use crate::cli::progress::Progress;
use crate::cli::table::{Tone, toned};
use crate::cli::{output, table};
use crate::store::{ShopRow, ShopState, Store};
use crate::sync::first;
use crate::sync::health::words;
use anyhow::{Result, anyhow, bail};
use ganh_contract::{Capability, Facet, OfferKind};
use jiff::Timestamp;
use serde_json::{Value, json};

/// Shops: connect, look at, pause.
#[derive(Debug, clap::Subcommand)]
pub enum Shop {
    /// Connects a shop, or gives a connected one fresh credentials
    Add(add::Add),
    /// Prints where the seller consents
    Connect(add::Connect),
    /// All shops
    List,
    /// Asks a shop who it is and what it allows
    Check {
        /// Its name here
        shop: String,
    },
    /// Sends nothing more to a shop; its orders are still read
    Pause {
        /// Its name here
        shop: String,
        /// Why, for those who look
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Drives a paused shop again
    Resume {
        /// Its name here
        shop: String,
    },
}

/// Connects, looks at or pauses shops.
pub async fn run(common: &Common, command: Shop) -> Result<()> {
    let context = Context::open(common)?;
    match command {
        Shop::Add(command) => add::run(&context, command).await,
        Shop::Connect(command) => add::connect(&context, &command).await,
        Shop::List => list(&context, &context.store().await?).await,
        Shop::Check { shop } => check(&context, &shop).await,
        Shop::Pause { shop, reason } => {
            let reason = reason.unwrap_or_else(|| format!("paused by {}", context.who(None)));
            turn(&context, &shop, &[ShopState::Active], ShopState::Paused, Some(&reason)).await
        }
        Shop::Resume { shop } => turn(&context, &shop, &[ShopState::Paused], ShopState::Active, None).await,
    }
}

async fn list(context: &Context, store: &Store) -> Result<()> {
    let shops = store.shops().await?;
    let rows: Vec<Value> = shops.iter().map(shown).collect();
    output::result(context, &rows, || {
        let mut table = table::table(&["shop", "channel", "account", "title", "", "surveyed", "orders read"]);
        for shop in &shops {
            let tone = match shop.state {
                ShopState::Active => Tone::Good,
                ShopState::New | ShopState::Paused => Tone::Look,
                ShopState::Revoked => Tone::Bad,
                ShopState::Gone => Tone::Quiet,
            };
            table.add_row([
                shop.handle.as_str().into(),
                shop.channel.as_str().into(),
                shop.remote_id.as_str().into(),
                shop.title.as_str().into(),
                toned(shop.state.as_str(), tone),
                shop.surveyed_at.map(moment).unwrap_or_default().into(),
                read(shop),
            ]);
        }
        table::print(&table, "no shops yet: connect one with `ganh shop add`")
    })
}

async fn check(context: &Context, handle: &str) -> Result<()> {
    let store = context.store().await?;
    let shop = context.shop(&store, handle).await?;
    let engine = context.engine(&store)?;
    let progress = Progress::spinner("asking the shop");
    let surveyed = first::survey(&engine, &shop).await;
    drop(progress);
    let (survey, shop) = surveyed.map_err(|fault| refusal(&shop.handle, &fault))?;
    let allows = json!({ "shop": shown(&shop), "currency": survey.currency, "consent_ends": survey.ends, "capability": survey.allows });
    output::result(context, &allows, || {
        output::line(format!("{} · {} · {}", shop.handle, survey.name, shop.state.as_str()))?;
        can(&survey.allows)
    })
}

async fn turn(
    context: &Context,
    handle: &str,
    from: &[ShopState],
    to: ShopState,
    reason: Option<&str>,
) -> Result<()> {
    let store = context.store().await?;
    let shop = context.shop(&store, handle).await?;
    if shop.state != to {
        if !from.contains(&shop.state) {
            bail!("{handle} is {}: {}", shop.state.as_str(), mend(&shop));
        }
        store.set_shop_state(shop.id, to, reason, context.now()).await?;
    }
    let shop = store.shop(shop.id).await?;
    output::result(context, &shown(&shop), || output::line(format!("{handle} is {}", shop.state.as_str())))
}

fn mend(shop: &ShopRow) -> String {
    match shop.state {
        ShopState::New => format!("see `ganh plan {0}`, then `ganh apply {0}`", shop.handle),
        ShopState::Active => "it is driven already".to_owned(),
        ShopState::Paused => format!("`ganh shop resume {}` drives it again", shop.handle),
        ShopState::Revoked => "give it fresh credentials with `ganh shop add`".to_owned(),
        ShopState::Gone => "it exists no more".to_owned(),
    }
}

fn read(shop: &ShopRow) -> comfy_table::Cell {
    let is_read = shop.orders_read_at > Timestamp::UNIX_EPOCH;
    if is_read { moment(shop.orders_read_at).into() } else { toned("never", Tone::Quiet) }
}

/// Without the secret of its webhooks.
fn shown(shop: &ShopRow) -> Value {
    json!({
        "handle": shop.handle,
        "channel": shop.channel,
        "account": shop.remote_id,
        "title": shop.title,
        "state": shop.state,
        "state_reason": shop.state_reason,
        "settings": shop.settings,
        "surveyed_at": shop.surveyed_at,
        "orders_since": shop.orders_since,
        "orders_read_at": shop.orders_read_at,
    })
}

/// A refusal in one line, with the mend that fits its kind.
fn refusal(what: &str, fault: &ganh_contract::Fault) -> anyhow::Error {
    anyhow!("{what}: {} ({}): {}", words(fault), fault.kind.name(), add::mend_of(fault))
}

/// What a shop allows, for people.
fn can(allows: &Capability) -> Result<()> {
    let mut table = table::table(&["", ""]);
    let says = |is: bool| if is { "yes" } else { "no" };
    let carries = |facet| {
        let kinds = [OfferKind::Alone, OfferKind::Variant];
        kinds.iter().any(|kind| allows.shape_for(facet, *kind).is_some())
    };
    table.add_row(["creates listings", says(allows.create.is_some())]);
    table.add_row(["changes price", says(carries(Facet::Price))]);
    table.add_row(["changes stock", says(carries(Facet::Stock))]);
    table.add_row(["hides and shows", says(carries(Facet::OnSale))]);
    table.add_row(["tells orders", says(allows.orders.is_some())]);
    let text = &allows.text;
    table.add_row(["title", &format!("{} to {} letters", text.title.0, text.title.1)]);
    table.add_row(["description", &format!("{} to {} letters", text.description.0, text.description.1)]);
    table.add_row(["price", &format!("{} to {}", allows.price.min, allows.price.max)]);
    table.add_row(["units at most", &allows.stock.max_units.to_string()]);
    table::print(&table, "")
}

/// The kind of channel of this name. Errors: none such, with those that there are.
fn kind(channel: &str) -> Result<&'static crate::channels::Kind> {
    find_kind(channel).ok_or_else(|| {
        let known: Vec<&str> = crate::channels::KINDS.iter().map(|kind| kind.name).collect();
        WrongUse(format!("there is no channel {channel}: use one of {}", known.join(", "))).into()
    })
}
