//! `ganh product`: what is sold.

use crate::cli::context::{Common, Context};
use crate::cli::{output, table};
use crate::ids::ProductId;
use crate::store::ProductRow;
use anyhow::Result;
use serde_json::json;

/// Products of the catalogue.
#[derive(Debug, clap::Subcommand)]
pub enum Product {
    /// Products with their variants
    List {
        /// Whose code or name holds this text; accents and case do not matter
        #[arg(long, value_name = "TEXT", default_value = "")]
        search: String,
        /// Of this producer only
        #[arg(long, value_name = "CODE")]
        producer: Option<String>,
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: usize,
        /// Go on after the product of this number
        #[arg(long, value_name = "ID")]
        after: Option<i64>,
    },
}

/// Reads products.
pub async fn run(common: &Common, command: Product) -> Result<()> {
    let context = Context::open(common)?;
    let store = context.store().await?;
    let Product::List { search, producer, limit, after } = command;
    let producer = match producer {
        Some(code) => Some(store.producer_by_code(&code).await?),
        None => None,
    };
    let page = store.products_page(producer, &search, after.map(ProductId::new), limit.min(10_000)).await?;
    list(&context, &page, limit)
}

fn list(context: &Context, page: &[ProductRow], limit: usize) -> Result<()> {
    let next = (page.len() == limit).then(|| page.last().map(|row| row.id)).flatten();
    output::result(context, &json!({ "products": page, "next_after": next }), || {
        let mut table = table::table(&["product", "name", "SKU", "options", "price"]);
        for row in page {
            for (index, own) in row.variants.iter().enumerate() {
                let first = |text: &str| if index == 0 { text.to_owned() } else { String::new() };
                table.add_row([
                    first(row.product.code.as_str()).into(),
                    first(&row.product.name).into(),
                    own.variant.sku.to_string().into(),
                    own.variant.options.join(" · ").into(),
                    table::number(own.variant.price),
                ]);
            }
        }
        table::print(&table, "no products are found")?;
        if let Some(next) = next {
            output::note(format!("there are more: --after {next}"));
        }
        Ok(())
    })
}
