//! `ganh producer`: who owns the products.

use crate::catalogue::province;
use crate::cli::context::{Common, Context, choices};
use crate::cli::{output, table};
use crate::store::ProducerRow;
use anyhow::{Result, anyhow};
use serde_json::{Value, json};

/// Producers (chủ thể) of the catalogue.
#[derive(Debug, clap::Subcommand)]
pub enum Producer {
    /// All producers
    List,
    /// One producer
    Show {
        /// Its code
        code: String,
    },
}

/// Reads producers.
pub async fn run(common: &Common, command: Producer) -> Result<()> {
    let context = Context::open(common)?;
    let producers = context.store().await?.producers().await?;
    match command {
        Producer::List => list(&context, &producers),
        Producer::Show { code } => {
            let found = producers.iter().find(|row| row.producer.code.as_str() == code);
            let known: Vec<String> =
                producers.iter().take(12).map(|row| row.producer.code.to_string()).collect();
            let none = "import some with `ganh import --producers FILE --apply`";
            show(
                &context,
                found.ok_or_else(|| anyhow!("there is no producer {code}: {}", choices(&known, none)))?,
            )
        }
    }
}

fn list(context: &Context, producers: &[ProducerRow]) -> Result<()> {
    let rows: Vec<Value> = producers.iter().map(shown).collect();
    output::result(context, &rows, || {
        let mut table = table::table(&["code", "name", "kind", "province", "products"]);
        for row in producers {
            let producer = &row.producer;
            table.add_row([
                producer.code.as_str().into(),
                producer.name.as_str().into(),
                producer.kind.slug().into(),
                province_of(row).unwrap_or_default().into(),
                table::number(row.products),
            ]);
        }
        table::print(&table, "no producers yet: import some with `ganh import --producers FILE --apply`")
    })
}

fn show(context: &Context, row: &ProducerRow) -> Result<()> {
    let all = shown(row);
    output::result(context, &all, || {
        let mut table = table::table(&["", ""]);
        for (name, fact) in all.as_object().into_iter().flatten() {
            if !fact.is_null() {
                let words = fact.as_str().map_or_else(|| fact.to_string(), str::to_owned);
                table.add_row([name.replace('_', " "), words]);
            }
        }
        table::print(&table, "")
    })
}

/// Without the tax number: it says only whether there is one.
fn shown(row: &ProducerRow) -> Value {
    let producer = &row.producer;
    json!({
        "code": producer.code,
        "name": producer.name,
        "kind": producer.kind,
        "province": province_of(row),
        "commune": producer.commune_new,
        "address_before_2025": producer.address_old,
        "has_tax_id": producer.tax_id.is_some(),
        "products": row.products,
    })
}

fn province_of(row: &ProducerRow) -> Option<&'static str> {
    row.producer.province_code_new.as_deref().and_then(province::name_new)
}
