//! Buyers, and what they remember: which orders there must be and what each must have done to the ledger.

use crate::dice::Dice;
use crate::goods::Good;
use crate::market::Market;
use anyhow::Result;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What happened to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Open,
    Shipped,
    Cancelled,
}

/// One order of one line.
#[derive(Debug, Clone)]
pub struct Bought {
    /// Index of the stall.
    pub stall: usize,
    pub order: String,
    pub sku: String,
    pub units: i64,
    /// Units of the line that were cancelled alone.
    pub cancelled: i64,
    pub fate: Fate,
}

impl Bought {
    /// Units that the buyer still wants or has.
    pub const fn live(&self) -> i64 {
        match self.fate {
            Fate::Open | Fate::Shipped => self.units - self.cancelled,
            Fate::Cancelled => 0,
        }
    }

    /// Units that must have left the shelf.
    pub const fn shipped(&self) -> i64 {
        match self.fate {
            Fate::Shipped => self.units - self.cancelled,
            Fate::Open | Fate::Cancelled => 0,
        }
    }
}

/// What all remember.
#[derive(Debug, Default)]
pub struct Memory {
    pub bought: Vec<Bought>,
    /// Wanted, but not to be had at that moment.
    pub refused: u64,
    /// Every good that was imported for certain, by SKU.
    pub goods: BTreeMap<String, Good>,
    /// Papers that were taken in for certain: number → SKU and units.
    pub papers: BTreeMap<String, (String, i64)>,
}

/// The memory, shared.
#[derive(Debug, Clone, Default)]
pub struct Shared(Arc<Mutex<Memory>>);

impl Shared {
    pub fn lock(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Buys and lets things happen to orders, until dropped.
pub async fn go_on(market: &Market, shared: &Shared, mut dice: Dice, pace: Duration) -> Result<()> {
    loop {
        buy(market, shared, &mut dice).await?;
        if dice.below(10) < 6 {
            something_happens(market, shared, &mut dice).await;
        }
        let pause = pace.as_millis().try_into().unwrap_or(u64::MAX).max(2);
        tokio::time::sleep(Duration::from_millis(pause / 2 + dice.below(pause))).await;
    }
}

/// One purchase, or a try.
pub async fn buy(market: &Market, shared: &Shared, dice: &mut Dice) -> Result<()> {
    let stall = usize::try_from(dice.below(market.stalls().len() as u64))?;
    let skus: Vec<String> = shared.lock().goods.keys().cloned().collect();
    let Some(sku) = dice.choose(&skus) else { return Ok(()) };
    let units = i64::try_from(dice.below(3))? + 1;
    match market.buy(&market.stalls()[stall], sku, units).await? {
        Some(order) => shared.lock().bought.push(Bought {
            stall,
            order,
            sku: sku.clone(),
            units,
            cancelled: 0,
            fate: Fate::Open,
        }),
        None => shared.lock().refused += 1,
    }
    Ok(())
}

/// One of the last orders is shipped, cancelled, or loses a unit.
pub async fn something_happens(market: &Market, shared: &Shared, dice: &mut Dice) {
    let (place, bought) = {
        let memory = shared.lock();
        let newest = memory.bought.len().saturating_sub(60);
        let open: Vec<usize> =
            (newest..memory.bought.len()).filter(|place| memory.bought[*place].fate == Fate::Open).collect();
        let Some(place) = dice.choose(&open) else { return };
        (*place, memory.bought[*place].clone())
    };
    let stall = &market.stalls()[bought.stall];
    match dice.below(10) {
        0..=4 => {
            if market.happens(stall, &bought.order, stall.leaves(), json!({})).await {
                shared.lock().bought[place].fate = Fate::Shipped;
            }
        }
        5..=7 => {
            if market.happens(stall, &bought.order, "cancel", json!({})).await {
                shared.lock().bought[place].fate = Fate::Cancelled;
            }
        }
        _ => {
            let lines = json!({ "lines": [{ "id": bought.sku, "units": 1 }] });
            if stall.cancels_units()
                && bought.units - bought.cancelled > 1
                && market.happens(stall, &bought.order, "cancel", lines).await
            {
                shared.lock().bought[place].cancelled += 1;
            }
        }
    }
}
