//! `ganh plan` and `ganh apply`: what connecting a shop would do, shown before anything there changes; then it comes true.
//!
//! The plan's name is a hash of all that it does: `apply` reads the shop anew, plans anew, and does nothing when the name is another.

pub mod apply;
mod show;

use crate::cli::context::{Common, Context};
use crate::cli::output;
use crate::cli::progress::Progress;
use crate::listing::OfferState;
use crate::store::{Lease, ParkedThing, Pending, ShopRow, ShopState, Store, StoreError};
use crate::sync::health::words;
use crate::sync::proposal::{Proposal, propose};
use crate::sync::{Engine, first};
use anyhow::{Result, anyhow, bail};
use ganh_contract::{Sku, Vnd};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};

pub use apply::Apply;

/// What connecting a shop would do; for a shop that is driven, what is still to be sent.
#[derive(Debug, clap::Args)]
pub struct Plan {
    /// Its name here
    shop: String,
    /// Lines shown at most; 0 shows all
    #[arg(long, value_name = "N", default_value_t = 40)]
    limit: usize,
}

/// A shop is read whole in this time, or its lease ends.
const READING: SignedDuration = SignedDuration::from_mins(20);

/// What a driven shop still waits for.
#[derive(Debug, Serialize)]
struct Waiting {
    pending: Counts,
    offers: Vec<ToSend>,
    parked: Vec<ParkedThing>,
}

/// An offer with the figures that are still to be sent, acknowledged → desired.
#[derive(Debug, Serialize)]
struct ToSend {
    sku: Sku,
    price: Option<(Option<Vnd>, Vnd)>,
    stock: Option<(Option<u32>, u32)>,
    on_sale: Option<(Option<bool>, bool)>,
    since: Option<Timestamp>,
}

impl From<OfferState> for ToSend {
    fn from(offer: OfferState) -> Self {
        let (dirty, acked, desired) = (offer.dirty(), offer.acked, offer.desired);
        Self {
            sku: offer.sku,
            price: dirty.price.then_some((acked.price, desired.price)),
            stock: dirty.stock.then_some((acked.stock, desired.stock)),
            on_sale: dirty.on_sale.then_some((acked.on_sale, desired.on_sale)),
            since: offer.dirty_since,
        }
    }
}

#[derive(Debug, Serialize)]
struct Counts {
    dirty: i64,
    unfinished: i64,
    unverified: i64,
    in_flight: i64,
}

/// Shows.
pub async fn run(common: &Common, command: Plan) -> Result<()> {
    let context = Context::open(common)?;
    let store = context.store().await?;
    let shop = context.shop(&store, &command.shop).await?;
    match shop.state {
        ShopState::New => {
            let proposal = proposed(&context, &store, &shop).await?;
            let name = name_of(&proposal)?;
            let shown = json!({ "shop": shop.handle, "name": name, "plan": proposal.plan });
            output::result(&context, &shown, || {
                show::proposal(&context, &proposal.plan, command.limit)?;
                output::note(format!(
                    "nothing was changed; `ganh apply {} --plan {name}` does it",
                    shop.handle
                ));
                Ok(())
            })
        }
        ShopState::Active | ShopState::Paused => {
            let most = if command.limit == 0 { 100_000 } else { command.limit };
            let waiting = waiting(&context, &store, &shop, most).await?;
            output::result(&context, &waiting, || show::waiting(&context, &shop, &waiting))
        }
        ShopState::Revoked => {
            bail!("{} is revoked: give it fresh credentials with `ganh shop add`", shop.handle)
        }
        ShopState::Gone => bail!("{} exists no more", shop.handle),
    }
}

/// Reads the shop whole and plans.
async fn proposed(context: &Context, store: &Store, shop: &ShopRow) -> Result<Proposal> {
    let engine = context.engine(store)?;
    let lease = store.take_lease(&engine.owner, shop.id, context.now(), READING).await?;
    let lease = lease
        .ok_or_else(|| anyhow!("{} is being read by another process: repeat in a moment", shop.handle))?;
    let proposed = read_and_propose(context, &engine, shop, &lease).await;
    store.release_leases(&[lease]).await?;
    proposed
}

async fn read_and_propose(
    context: &Context,
    engine: &Engine,
    shop: &ShopRow,
    lease: &Lease,
) -> Result<Proposal> {
    let progress = Progress::spinner("asking the shop what it allows");
    let refused =
        |fault: ganh_contract::Fault| anyhow!("{}: {} ({})", shop.handle, words(&fault), fault.kind.name());
    let (_, shop) = first::survey(engine, shop).await.map_err(refused)?;
    let read = |count: usize| progress.say(format!("reading the shop: {count} listings"));
    let since = first::read_whole(engine, &shop, lease, &read).await.map_err(refused)?;
    drop(progress);
    let progress = Progress::spinner("planning");
    let planned = |done: usize, of: usize| progress.say(format!("planning: {done} of {of} products"));
    Ok(propose(engine, &shop, since, &context.limits(), &planned).await?)
}

/// Twelve hexadecimal digits of all that the plan does.
fn name_of(proposal: &Proposal) -> Result<String> {
    let digest = Sha256::digest(serde_json::to_vec(&proposal.plan)?);
    Ok(hex::encode(&digest[..6]))
}

async fn waiting(
    context: &Context,
    store: &Store,
    shop: &ShopRow,
    limit: usize,
) -> Result<Waiting, StoreError> {
    let Pending { dirty, unfinished, unverified, in_flight, .. } = store.pending(shop.id).await?;
    Ok(Waiting {
        pending: Counts { dirty, unfinished, unverified, in_flight },
        offers: store
            .dirty_offers(shop.id, context.now(), limit)
            .await?
            .into_iter()
            .map(ToSend::from)
            .collect(),
        parked: store.parked(Some(shop.id), limit).await?,
    })
}
