//! `ganh apply`: a new shop's plan comes true. From then on the shop is driven.

use super::{name_of, proposed, show};
use crate::cli::context::{Common, Context, WrongUse};
use crate::cli::output;
use crate::store::ShopState;
use crate::sync::proposal::approve;
use anyhow::{Result, bail};
use serde_json::json;

/// Lets a shop's plan come true.
#[derive(Debug, clap::Args)]
pub struct Apply {
    /// Its name here
    shop: String,
    /// The name of the plan that was looked at, as `ganh plan` prints it
    #[arg(long, value_name = "NAME")]
    plan: Option<String>,
    /// Whatever the plan is
    #[arg(long, conflicts_with = "plan")]
    yes: bool,
    /// Also when it zeroes, reprices or hides more than the limits allow
    #[arg(long)]
    allow_blast: bool,
}

/// Approves.
pub async fn run(common: &Common, command: Apply) -> Result<()> {
    let context = Context::open(common)?;
    if command.plan.is_none() && !command.yes && !output::may_ask(&context) {
        let said = format!(
            "name the plan that was looked at with --plan, as `ganh plan {}` prints it, or say --yes",
            command.shop
        );
        return Err(WrongUse(said).into());
    }
    let store = context.store().await?;
    let shop = context.shop(&store, &command.shop).await?;
    match shop.state {
        ShopState::New => {}
        ShopState::Active => {
            let shown = json!({ "shop": shop.handle, "applied": false });
            return output::result(&context, &shown, || {
                output::line(format!(
                    "{0} is driven already; `ganh plan {0}` shows what is still to be sent",
                    shop.handle
                ))
            });
        }
        ShopState::Paused => bail!("{0} is paused: `ganh shop resume {0}`", shop.handle),
        ShopState::Revoked => {
            bail!("{} is revoked: give it fresh credentials with `ganh shop add`", shop.handle)
        }
        ShopState::Gone => bail!("{} exists no more", shop.handle),
    }
    let proposal = proposed(&context, &store, &shop).await?;
    let name = name_of(&proposal)?;
    if let Some(seen) = command.plan.as_ref().filter(|seen| **seen != name) {
        bail!(
            "the shop, the catalogue or the stock changed since plan {seen}: look at `ganh plan {}` again, it is {name} now",
            shop.handle
        );
    }
    if !proposal.plan.blast.is_clear() && !command.allow_blast {
        let why = proposal.plan.blast.said(context.language()).join("; ");
        bail!("nothing was changed: {why}; look at the plan, then add --allow-blast if it is meant");
    }
    if command.plan.is_none() && !command.yes {
        show::proposal(&context, &proposal.plan, 40)?;
        if !output::asked(format!("Let this come true in {}? Type yes:", shop.handle))? {
            bail!("nothing was changed");
        }
    }
    approve(&context.engine(&store)?, &shop, &proposal).await?;
    let shown = json!({ "shop": shop.handle, "applied": true, "name": name, "totals": proposal.plan.totals });
    output::result(&context, &shown, || {
        let totals = &proposal.plan.totals;
        output::line(format!(
            "{} is driven from now on: {} listings adopted, {} to create, {} wait for somebody",
            shop.handle,
            totals.adopt,
            totals.create,
            totals.park + totals.ask
        ))?;
        output::note("`ganh serve` or `ganh sync --once` does it");
        Ok(())
    })
}
