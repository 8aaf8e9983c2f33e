//! The sample catalogue that the program carries: the workbook as a producer keeps it, and its pictures.

use crate::catalogue::import::plan;
use crate::catalogue::sheet::{ReadOptions, read};
use crate::cli::pictures::Folder;
use crate::store::{Applied, Store};
use anyhow::{Result, bail};
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

const WORKBOOK: &[u8] = include_bytes!("../../../examples/ocop-catalogue.xlsx");

macro_rules! pictures {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_bytes!(concat!("../../../examples/images/", $name)))),+]
    };
}

const PICTURES: &[(&str, &[u8])] = pictures![
    "banh-cay.jpg",
    "banh-da.jpg",
    "banh-trung-thu.jpg",
    "ca-kho.jpg",
    "do-uong.png",
    "dua-sap.webp",
    "hong.jpg",
    "keo-doi.png",
    "mam-cay.jpg",
    "mat-hoa-dua.jpg",
    "muoi.jpg",
    "nem-chua.jpg",
    "nong-san.jpg",
    "qua-nho.jpg",
    "sai-duoi.jpg",
    "salon-tre-5000.jpg",
    "thu-cong.jpg",
    "tra.jpg",
    "trung-vit.jpg",
];

/// Imports the sample into the store: planned, then applied, as `ganh import` does.
pub async fn import(store: &Store, now: Timestamp) -> Result<Applied> {
    let existing = store.existing_for_import().await?;
    let today = now.to_zoned(TimeZone::fixed(Offset::constant(7))).date();
    let (plan, pictures) = tokio::task::spawn_blocking(move || -> Result<_> {
        let sheets = read("ocop-catalogue.xlsx", WORKBOOK, &ReadOptions::default())?;
        let folder = Folder::of(PICTURES.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())));
        let plan = plan(&sheets, &existing, Some(&folder.checks()), today);
        let pictures = folder.named_by(&existing, &plan.effects);
        Ok((plan, pictures))
    })
    .await??;
    if plan.effects.variants.is_empty() && existing_is_empty(store).await? {
        bail!("the sample workbook holds nothing that can be imported");
    }
    Ok(store.apply_import(plan.revision, &plan.effects, &pictures, "demo", now).await?)
}

async fn existing_is_empty(store: &Store) -> Result<bool> {
    Ok(store.totals().await?.products == 0)
}
