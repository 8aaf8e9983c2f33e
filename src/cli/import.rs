//! `ganh import`: sheets become a plan that people read, and with `--apply` the catalogue, all or nothing.

mod files;
mod show;

use crate::catalogue::import::{Existing, ImportPlan, plan};
use crate::catalogue::text::sku_key;
use crate::cli::context::{Common, Context};
use crate::cli::output;
use crate::cli::pictures::Folder;
use crate::cli::progress::Progress;
use crate::plan::blast::{Blast, Deed, check};
use crate::store::{Applied, Store, StoreError};
use anyhow::{Result, bail};
use jiff::civil::Date;
use serde::Serialize;
use std::collections::HashMap;
use std::path::PathBuf;

/// Reads sheets of products into the catalogue: a plan first, then --apply.
#[derive(Debug, clap::Args)]
pub struct Import {
    /// Sheets (CSV or XLSX); a workbook may hold producers, products and sets together
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Sheet of producers
    #[arg(long, value_name = "FILE")]
    producers: Option<PathBuf>,
    /// Sheet of sets: which SKUs, how many of each
    #[arg(long, value_name = "FILE")]
    bundles: Option<PathBuf>,
    /// Folder with the pictures that the sheets name
    #[arg(long, value_name = "DIR")]
    pictures: Option<PathBuf>,
    /// Does it: all or nothing
    #[arg(long)]
    apply: bool,
    /// With --apply: only if the catalogue is still at this revision, which the plan shows
    #[arg(long, value_name = "REVISION", requires = "apply")]
    at: Option<i64>,
    /// With --apply: also when it zeroes or reprices more than the limits allow
    #[arg(long, requires = "apply")]
    allow_blast: bool,
    /// The day that decides which certificates have lapsed; without it, today
    #[arg(long, value_name = "YYYY-MM-DD")]
    today: Option<Date>,
    /// Lines shown at most; 0 shows all
    #[arg(long, value_name = "N", default_value_t = 40)]
    limit: usize,
    /// Who does it, for the ledger
    #[arg(long, value_name = "NAME")]
    who: Option<String>,
}

/// What the command answers with. Without the effects: they hold tax numbers in clear.
#[derive(Debug, Serialize)]
struct Report<'a> {
    revision: i64,
    /// Nothing would change.
    is_empty: bool,
    sheets: &'a [crate::catalogue::SheetRead],
    rows: &'a [crate::catalogue::RowPlan],
    notes: &'a [crate::catalogue::Problem],
    totals: crate::catalogue::Totals,
    /// Pictures of the folder that products name.
    pictures: usize,
    blast: &'a Blast,
    applied: Option<&'a Applied>,
}

/// Plans, and applies where asked.
pub async fn run(common: &Common, command: Import) -> Result<()> {
    let context = Context::open(common)?;
    let store = context.store().await?;
    let progress = Progress::spinner("reading the sheets");
    let sheets = files::sheets(&context, &command).await?;
    let pictures = match &command.pictures {
        Some(folder) => Some(files::pictures(&context, folder).await?),
        None => None,
    };
    progress.say("comparing with the catalogue");
    let existing = store.existing_for_import().await?;
    let today = command.today.unwrap_or_else(|| context.today());
    let (plan, existing, pictures) = tokio::task::spawn_blocking(move || {
        let checks = pictures.as_ref().map(Folder::checks);
        (plan(&sheets, &existing, checks.as_ref(), today), existing, pictures)
    })
    .await?;
    let blast = check(&deeds(&plan, &existing), existing.variants.len(), &context.limits());
    let named = pictures.map(|folder| folder.named_by(&existing, &plan.effects)).unwrap_or_default();
    drop(progress);

    let applied = if command.apply {
        if let Some(at) = command.at.filter(|at| *at != plan.revision) {
            return Err(StoreError::CatalogueMoved { planned: at, now: plan.revision }.into());
        }
        apply(&context, &store, &command, &plan, &blast, &named).await?
    } else {
        None
    };
    let report = Report {
        revision: plan.revision,
        is_empty: plan.effects.is_empty(),
        sheets: &plan.sheets,
        rows: &plan.rows,
        notes: &plan.notes,
        totals: plan.totals,
        pictures: named.len(),
        blast: &blast,
        applied: applied.as_ref(),
    };
    output::result(&context, &report, || show::people(&context, &command, &report))?;
    if command.apply && report.applied.is_none() && plan.totals.rejected > 0 {
        bail!(
            "nothing was written, lines left out: {}; mend them as said beside each and import again",
            plan.totals.rejected
        );
    }
    Ok(())
}

async fn apply(
    context: &Context,
    store: &Store,
    command: &Import,
    plan: &ImportPlan,
    blast: &Blast,
    named: &[crate::store::NewPicture],
) -> Result<Option<Applied>> {
    if !blast.is_clear() && !command.allow_blast {
        let why = blast.said(context.language()).join("; ");
        bail!("nothing was written: {why}; look at the plan, then add --allow-blast if it is meant");
    }
    if plan.effects.is_empty() && named.is_empty() {
        if plan.totals.rejected > 0 {
            return Ok(None);
        }
        output::note("nothing to write: the catalogue says all of this already");
        return Ok(None);
    }
    let _progress = Progress::spinner("writing the catalogue");
    let who = context.who(command.who.as_deref());
    let applied = store.apply_import(plan.revision, &plan.effects, named, &who, context.now()).await?;
    if applied.revision == plan.revision {
        output::note("nothing to write: the catalogue says all of this already, pictures included");
        return Ok(None);
    }
    Ok(Some(applied))
}

/// What the plan does to figures that are there already.
fn deeds(plan: &ImportPlan, existing: &Existing) -> Vec<Deed> {
    let before: HashMap<String, &crate::catalogue::Variant> =
        existing.variants.iter().map(|variant| (sku_key(variant.sku.as_str()), variant)).collect();
    let reprices = plan.effects.variants.iter().filter_map(|new| {
        let old = before.get(&sku_key(new.sku.as_str()))?;
        (old.price != new.price).then(|| Deed::Reprice {
            sku: new.sku.clone(),
            from: old.price,
            to: new.price,
        })
    });
    let zeroes = plan
        .effects
        .stock
        .iter()
        .filter(|figure| figure.units == 0 && figure.previous.is_some_and(|units| units > 0));
    reprices.chain(zeroes.map(|figure| Deed::Zero { sku: figure.sku.clone() })).collect()
}
