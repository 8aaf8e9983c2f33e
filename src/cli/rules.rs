//! Rules and layers as flags: what `ganh policy` and `ganh stock simulate` read alike.

use crate::catalogue::text::sku_key;
use crate::cli::context::{Context, WrongUse};
use crate::ids::{OfferId, ProductId};
use crate::listing::{Allocation, KeepLast, PriceRules, Rounding, Share, StockRules};
use crate::store::{Policy, PolicyScope, Store};
use anyhow::{Result, anyhow};
use clap::ValueEnum;
use ganh_contract::Vnd;

/// What rules are about.
#[derive(Debug, clap::Args)]
pub struct Layer {
    #[arg(value_enum)]
    scope: ScopeName,
    /// Producer code, shop handle, product code, or SKU of the offer; nothing for the default
    of: Option<String>,
    /// The shop of an offer
    #[arg(long, value_name = "SHOP")]
    shop: Option<String>,
}

/// The layers, the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ScopeName {
    Default,
    Producer,
    Shop,
    Product,
    Offer,
}

/// Each rule, or `none`.
#[derive(Debug, clap::Args)]
pub struct Rules {
    /// shared or strict
    #[arg(long, value_name = "WORD", value_parser = said(allocation))]
    allocation: Option<Said<Allocation>>,
    /// Part of what could be shown, in percent
    #[arg(long, value_name = "PERCENT", conflicts_with = "fixed", value_parser = said(percent_bp))]
    percent: Option<Said<u32>>,
    /// At most so many units of what could be shown
    #[arg(long, value_name = "UNITS", value_parser = said(whole))]
    fixed: Option<Said<u32>>,
    /// Never show more units
    #[arg(long, value_name = "UNITS", value_parser = said(whole))]
    cap: Option<Said<u32>>,
    /// Units kept back
    #[arg(long, value_name = "UNITS", value_parser = said(whole))]
    buffer: Option<Said<u32>>,
    /// Fewer units are shown as none
    #[arg(long, value_name = "UNITS", value_parser = said(whole))]
    threshold: Option<Said<u32>>,
    /// So many of the last units are for one shop alone
    #[arg(long, value_name = "UNITS", value_parser = said(whole))]
    keep_last: Option<Said<u32>>,
    /// The shop of --keep-last
    #[arg(long = "for", value_name = "SHOP", requires = "keep_last")]
    keep_for: Option<String>,
    /// Part in a strict division
    #[arg(long, value_name = "N", value_parser = said(whole))]
    weight: Option<Said<u32>>,
    /// This price and no other, in đồng
    #[arg(long, value_name = "VND", value_parser = said(vnd))]
    price: Option<Said<Vnd>>,
    /// On the catalogue's price, in percent; may be negative
    #[arg(long, value_name = "PERCENT", allow_hyphen_values = true, value_parser = said(markup_bp))]
    markup: Option<Said<i32>>,
    /// Prices end in whole multiples of so many đồng
    #[arg(long, value_name = "VND", value_parser = said(whole))]
    round_to: Option<Said<u32>>,
    /// up, nearest or down
    #[arg(long, value_name = "WORD", value_parser = said(rounding))]
    round: Option<Said<Rounding>>,
    /// Never below, in đồng
    #[arg(long, value_name = "VND", value_parser = said(vnd))]
    floor: Option<Said<Vnd>>,
}

impl Rules {
    const fn says_something(&self) -> bool {
        let stock = self.allocation.is_some()
            || self.percent.is_some()
            || self.fixed.is_some()
            || self.cap.is_some()
            || self.buffer.is_some()
            || self.threshold.is_some()
            || self.keep_last.is_some()
            || self.weight.is_some();
        let price = self.price.is_some()
            || self.markup.is_some()
            || self.round_to.is_some()
            || self.round.is_some()
            || self.floor.is_some();
        stock || price
    }

    /// The rules of a layer with these laid over them. Errors: no rule is named, or a shop that there is not.
    pub async fn over(self, context: &Context, store: &Store, scope: PolicyScope) -> Result<Policy> {
        if !self.says_something() {
            return Err(WrongUse("name at least one rule, such as --buffer 2 or --markup none".into()).into());
        }
        let keep_last = match (self.keep_last, &self.keep_for) {
            (None, _) => None,
            (Some(Said::None), _) => Some(Said::None),
            (Some(Said::Is(units)), Some(handle)) => {
                Some(Said::Is(KeepLast { shop: context.shop(store, handle).await?.id, units }))
            }
            (Some(Said::Is(_)), None) => {
                return Err(WrongUse(
                    "name the shop that the last units are kept for with --for SHOP".into(),
                )
                .into());
            }
        };
        let mut policy = store.policy(scope).await?;
        Said::put(keep_last, &mut policy.stock.keep_last);
        change(self, &mut policy.stock, &mut policy.price);
        Ok(policy)
    }
}

impl Layer {
    /// The layer in the store. Errors: what is missing, what there is not.
    pub async fn scope(&self, context: &Context, store: &Store) -> Result<PolicyScope> {
        let of = |what: &str| {
            self.of.as_deref().ok_or_else(|| anyhow::Error::from(WrongUse(format!("name the {what}"))))
        };
        Ok(match self.scope {
            ScopeName::Default => match &self.of {
                Some(of) => {
                    return Err(WrongUse(format!(
                        "the default layer is about nothing in particular, not about {of}"
                    ))
                    .into());
                }
                None => PolicyScope::Default,
            },
            ScopeName::Producer => {
                PolicyScope::Producer(store.producer_by_code(of("producer's code")?).await?)
            }
            ScopeName::Shop => PolicyScope::Shop(context.shop(store, of("shop")?).await?.id),
            ScopeName::Product => PolicyScope::Product(product(store, of("product's code")?).await?),
            ScopeName::Offer => {
                let sku = of("SKU")?;
                let Some(handle) = &self.shop else {
                    return Err(WrongUse("name the offer's shop with --shop".into()).into());
                };
                PolicyScope::Offer(offer(context, store, handle, sku).await?)
            }
        })
    }
}

/// A rule, or the wish to have none.
#[derive(Debug, Clone, Copy)]
enum Said<T> {
    Is(T),
    None,
}

impl<T> Said<T> {
    fn put(said: Option<Self>, rule: &mut Option<T>) {
        match said {
            Some(Self::Is(new)) => *rule = Some(new),
            Some(Self::None) => *rule = None,
            None => {}
        }
    }
}

fn change(rules: Rules, stock: &mut StockRules, price: &mut PriceRules) {
    Said::put(rules.allocation, &mut stock.allocation);
    let share = |said: Said<u32>, make: fn(u32) -> Share| match said {
        Said::Is(number) => Said::Is(make(number)),
        Said::None => Said::None,
    };
    Said::put(rules.percent.map(|said| share(said, Share::PercentBp)), &mut stock.share);
    Said::put(rules.fixed.map(|said| share(said, Share::Fixed)), &mut stock.share);
    Said::put(rules.cap, &mut stock.cap);
    Said::put(rules.buffer, &mut stock.buffer);
    Said::put(rules.threshold, &mut stock.threshold);
    Said::put(rules.weight, &mut stock.weight);
    Said::put(rules.price, &mut price.fixed);
    Said::put(rules.markup, &mut price.markup_bp);
    Said::put(rules.round_to, &mut price.round_to);
    Said::put(rules.round, &mut price.round);
    Said::put(rules.floor, &mut price.floor);
}

async fn product(store: &Store, code: &str) -> Result<ProductId> {
    let mut after = None;
    loop {
        let page = store.products_page(None, code, after, 200).await?;
        if let Some(row) = page.iter().find(|row| row.product.code.as_str() == code) {
            return Ok(row.id);
        }
        after = Some(page.last().map(|row| row.id).ok_or_else(|| {
            anyhow!("there is no product {code}: look for it with `ganh product list --search TEXT`")
        })?);
    }
}

async fn offer(context: &Context, store: &Store, handle: &str, sku: &str) -> Result<OfferId> {
    let shop = context.shop(store, handle).await?;
    let key = sku_key(sku);
    let mut after = None;
    loop {
        let page = store.offers_page(shop.id, after, 1_000).await?;
        if let Some(offer) = page.iter().find(|offer| sku_key(offer.sku.as_str()) == key) {
            return Ok(offer.id);
        }
        after = Some(page.last().map(|offer| offer.id).ok_or_else(|| {
            anyhow!("{sku} has no offer in {handle}: connect the shop and apply its plan first")
        })?);
    }
}

/// Reads `none` or what `parse` reads.
fn said<T: Clone + Send + Sync + 'static>(
    parse: fn(&str) -> Result<T, String>,
) -> impl Fn(&str) -> Result<Said<T>, String> + Clone + Send + Sync + 'static {
    move |text: &str| if text == "none" { Ok(Said::None) } else { parse(text).map(Said::Is) }
}

fn whole(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| "write a whole number, or none".to_owned())
}

fn vnd(text: &str) -> Result<Vnd, String> {
    let digits: String = text.chars().filter(|letter| *letter != '.').collect();
    digits.parse().map(Vnd).map_err(|_| "write whole đồng such as 35000 or 35.000, or none".to_owned())
}

fn percent_bp(text: &str) -> Result<u32, String> {
    markup_bp(text).and_then(|bp| u32::try_from(bp).map_err(|_| "write a percentage above zero".to_owned()))
}

/// Hundredths of a percent from `12`, `12.5`, `-3.25`.
fn markup_bp(text: &str) -> Result<i32, String> {
    let wrong = || "write a percentage such as 12.5, or none".to_owned();
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, part) = digits.split_once(['.', ',']).unwrap_or((digits, ""));
    if part.len() > 2
        || whole.is_empty()
        || !(whole.to_owned() + part).chars().all(|letter| letter.is_ascii_digit())
    {
        return Err(wrong());
    }
    let bp: i32 = format!("{whole}{part:0<2}").parse().map_err(|_| wrong())?;
    Ok(sign * bp)
}

fn allocation(text: &str) -> Result<Allocation, String> {
    match text {
        "shared" => Ok(Allocation::Shared),
        "strict" => Ok(Allocation::Strict),
        _ => Err("write shared, strict or none".to_owned()),
    }
}

fn rounding(text: &str) -> Result<Rounding, String> {
    match text {
        "up" => Ok(Rounding::Up),
        "nearest" => Ok(Rounding::Nearest),
        "down" => Ok(Rounding::Down),
        _ => Err("write up, nearest, down or none".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_read_to_the_hundredth() {
        let read = ["12", "12.5", "-3,25", "0.05", "1.234", "", ".", "x"].map(|text| markup_bp(text).ok());

        assert_eq!(read, [Some(1_200), Some(1_250), Some(-325), Some(5), None, None, None, None]);
    }
}
