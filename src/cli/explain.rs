//! `ganh explain`: why a shop shows this stock and price, from the shelf to the channel's last word.

use crate::cli::context::{Common, Context, choices};
use crate::cli::output;
use anyhow::{Result, bail};

/// Why a shop shows this stock and price.
#[derive(Debug, clap::Args)]
pub struct Explain {
    sku: String,
    /// In this shop only
    #[arg(long, value_name = "SHOP")]
    shop: Option<String>,
}

/// Explains one SKU.
pub async fn run(common: &Common, command: Explain) -> Result<()> {
    let context = Context::open(common)?;
    let store = context.store().await?;
    let mut explained = store.explain(&command.sku, context.now()).await?;
    if let Some(handle) = &command.shop {
        context.shop(&store, handle).await?;
        let known: Vec<String> = explained.iter().map(|explanation| explanation.shop.clone()).collect();
        explained.retain(|explanation| &explanation.shop == handle);
        if explained.is_empty() {
            let none = "no shop has an offer of it yet";
            bail!("{} has no offer in {handle}: {}", command.sku, choices(&known, none));
        }
    }
    output::result(&context, &explained, || {
        if explained.is_empty() {
            output::note(format!(
                "{} has no offer in any shop yet: connect one with `ganh shop add`",
                command.sku
            ));
        }
        for explanation in &explained {
            for line in explanation.lines(context.language()) {
                output::line(line)?;
            }
        }
        Ok(())
    })
}
