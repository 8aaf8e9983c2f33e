//! The lane's hold on its shop at the marketplace: opened from the stored consent, opened anew after each renewal.

use super::{Engine, renew};
use crate::store::ShopRow;
use ganh_contract::{Again, Fault, FaultKind, RemoteShop, Result};
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

/// A shop that can be called. Clones share the opened shop.
#[derive(Debug, Clone)]
pub struct Remote {
    engine: Engine,
    shop: ShopRow,
    open: Arc<Mutex<(i64, Arc<dyn RemoteShop>)>>,
    renewing: Arc<tokio::sync::Mutex<()>>,
}

impl Remote {
    /// Opens the shop. Makes no call. Error: one line for the admin.
    pub async fn open(engine: &Engine, shop: &ShopRow) -> Result<Self> {
        let (generation, opened) = renew::open(engine, shop).await?;
        Ok(Self {
            engine: engine.clone(),
            shop: shop.clone(),
            open: Arc::new(Mutex::new((generation, opened))),
            renewing: Arc::default(),
        })
    }

    /// The shop as opened last.
    pub fn now(&self) -> Arc<dyn RemoteShop> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).1.clone()
    }

    /// The generation of the consent that the shop was opened with last. A caller takes it before its call, for [`Remote::renew`].
    pub fn generation(&self) -> i64 {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    /// Calls a verb; an expired token is renewed once and the verb called again. Only for verbs that may be repeated when they were not applied.
    pub async fn call<T, F, Fut>(&self, verb: &'static str, ask: F) -> Result<T>
    where
        F: Fn(Arc<dyn RemoteShop>) -> Fut + Send,
        Fut: Future<Output = Result<T>> + Send,
    {
        let used = self.generation();
        let outcome = ask(self.now()).await;
        self.tell(verb, &outcome);
        match outcome {
            Err(fault) if fault.again() == Again::AfterRenewal => {
                self.renew(used).await?;
                let outcome = ask(self.now()).await;
                self.tell(verb, &outcome);
                outcome
            }
            outcome => outcome,
        }
    }

    /// Renews the consent whose generation `used` was refused, unless another loop or process did so since, and opens the shop anew.
    /// A call that left with the old token may be refused after another one's renewal: that asks for no second one (I12).
    pub async fn renew(&self, used: i64) -> Result<()> {
        let _only = self.renewing.lock().await;
        let known = self.generation();
        if known != used {
            return Ok(());
        }
        renew::renew(&self.engine, self.shop.grant, known).await?;
        let (generation, opened) = renew::open(&self.engine, &self.shop).await?;
        if generation == known {
            return Err(Fault::new("renew", FaultKind::Expired).said("the consent was not renewed"));
        }
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = (generation, opened);
        Ok(())
    }

    fn tell<T>(&self, verb: &'static str, outcome: &Result<T>) {
        let fault = outcome.as_ref().err().map(|fault| fault.kind.name());
        self.engine.witness.called(self.shop.id, verb, fault);
    }
}
