//! One installation and its marketplaces, from the first import to the comparison of books.

use crate::audit;
use crate::base::Base;
use crate::books::Books;
use crate::daemon::until;
use crate::dice::Dice;
use crate::market::Market;
use crate::merchant::Merchant;
use crate::outcome::Sums;
use crate::trade::{Shared, buy, go_on, something_happens};
use anyhow::Result;
use std::time::{Duration, SystemTime};

/// Patience until everything is at rest.
const REST: Duration = Duration::from_secs(180);

/// A shopkeeper with a catalogue, three connected shops and a memory. No daemon runs yet.
pub struct Town {
    pub base: Base,
    pub market: Market,
    pub(crate) shared: Shared,
    pub(crate) merchant: Merchant,
    dice: Dice,
}

impl Town {
    /// Imports the first goods and connects every shop. `most_goods`: how many goods the merchant makes at most.
    pub async fn open(base: Base, seed: u64, most_goods: u64) -> Result<Self> {
        let market = Market::open(seed).await?;
        let shared = Shared::default();
        let mut merchant = Merchant::new(Dice::new(seed, 1), shared.clone(), most_goods);
        merchant.opens(&base, 4).await?;
        market.connect(&base).await?;
        Ok(Self { base, market, shared, merchant, dice: Dice::new(seed, 2) })
    }

    /// Buyers go on until this is dropped.
    pub(crate) fn selling(&self) -> impl Future<Output = Result<()>> + use<'_> {
        go_on(&self.market, &self.shared, self.dice.clone(), Duration::from_millis(250))
    }

    /// So many purchases at once, and something happens to as many orders.
    pub async fn sells(&mut self, times: usize) -> Result<()> {
        for _ in 0..times {
            buy(&self.market, &self.shared, &mut self.dice).await?;
            something_happens(&self.market, &self.shared, &mut self.dice).await;
        }
        Ok(())
    }

    /// Waits until nothing is left to do and every shop's orders were read since now.
    pub async fn rests(&self) -> Result<()> {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_millis();
        let since = i64::try_from(since)?;
        let mut quiet = 0;
        until("everything is at rest", REST, async || {
            let said = async {
                let mut books = Books::open(&self.base.store_url()).await?;
                let (undone, read) = (books.undone().await?, books.orders_read_at().await?);
                books.close().await?;
                anyhow::Ok((undone, read))
            };
            let (undone, read) = said.await.map_err(|error| format!("{error:#}"))?;
            // A shop that was quiet first may have got work from one that was quiet later.
            quiet = if read > since && undone.iter().sum::<i64>() == 0 { quiet + 1 } else { 0 };
            let left = || format!("to send, to read back, in flight, to make, hints: {undone:?}");
            if quiet > 20 { Ok(()) } else { Err(left()) }
        })
        .await
    }

    /// Compares the marketplaces' books, the store and what everybody remembers.
    pub async fn compared(&self) -> Result<Sums> {
        let mut books = Books::open(&self.base.store_url()).await?;
        let memory = std::mem::take(&mut *self.shared.lock());
        let sums = audit::all(&self.market, &mut books, &memory).await;
        books.close().await?;
        *self.shared.lock() = memory;
        sums
    }
}
