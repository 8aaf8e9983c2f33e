//! Imports of the example files (clean, with known answers) and of the broken ones (with the right answer for each row).

mod clean;
mod laws;
mod messy;

use super::*;
use crate::catalogue::picture;
use crate::catalogue::sheet::{self, ReadOptions};
use crate::catalogue::text::sku_key;
use jiff::civil::date;
use std::path::Path;

/// The day for which the known answers of the example files hold.
const TODAY: Date = date(2026, 11, 22);

fn bytes(path: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("a file of the repository")
}

fn sheets(paths: &[&str]) -> Vec<Sheet> {
    let read = |path: &&str| {
        sheet::read(path, &bytes(path), &ReadOptions::default()).expect("a file that can be read")
    };
    paths.iter().flat_map(read).collect()
}

fn given_the_csv_files() -> Vec<Sheet> {
    sheets(&["examples/producers.csv", "examples/ocop-catalogue.csv", "examples/ocop-bundles.csv"])
}

fn given_the_pictures() -> Pictures {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/images");
    let names = std::fs::read_dir(folder).expect("the examples' pictures");
    let names = names.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"));
    names
        .map(|name| (name.clone(), picture::check(&name, &bytes(&format!("examples/images/{name}")))))
        .collect()
}

/// What the store does with a plan: insert or replace by key.
fn apply(existing: &Existing, effects: &Effects) -> Existing {
    fn upsert<T: Clone>(list: &mut Vec<T>, new: &[T], is_same: impl Fn(&T, &T) -> bool) {
        for thing in new {
            match list.iter().position(|known| is_same(known, thing)) {
                Some(index) => list[index] = thing.clone(),
                None => list.push(thing.clone()),
            }
        }
    }
    let mut after = existing.clone();
    upsert(&mut after.producers, &effects.producers, |a, b| a.code == b.code);
    upsert(&mut after.products, &effects.products, |a, b| a.code == b.code);
    upsert(&mut after.variants, &effects.variants, |a, b| sku_key(a.sku.as_str()) == sku_key(b.sku.as_str()));
    upsert(&mut after.certificates, &effects.certificates, |a, b| a.is_same_decision(b));
    upsert(&mut after.components, &effects.components, |a, b| {
        a.bundle == b.bundle && a.component == b.component
    });
    after.revision += 1;
    after
}

fn imported(sheets: &[Sheet]) -> Existing {
    let nothing = Existing::default();
    apply(&nothing, &plan(sheets, &nothing, None, TODAY).effects)
}
