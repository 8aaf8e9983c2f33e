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
    open: Arc<Mutex<Arc<dyn RemoteShop>>>,
    renewing: Arc<tokio::sync::Mutex<()>>,
    generation: Arc<Mutex<i64>>,
}

impl Remote {
    /// Opens the shop. Makes no call. Error: one line for the admin.
    pub async fn open(engine: &Engine, shop: &ShopRow) -> Result<Self> {
        let (generation, opened) = renew::open(engine, shop).await?;
        Ok(Self {
            engine: engine.clone(),
            shop: shop.clone(),
            open: Arc::new(Mutex::new(opened)),
            renewing: Arc::default(),
            generation: Arc::new(Mutex::new(generation)),
        })
    }

    /// The shop as opened last.
    pub fn now(&self) -> Arc<dyn RemoteShop> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Calls a verb; an expired token is renewed once and the verb called again. Only for verbs that may be repeated when they were not applied.
    pub async fn call<T, F, Fut>(&self, verb: &'static str, ask: F) -> Result<T>
    where
        F: Fn(Arc<dyn RemoteShop>) -> Fut + Send,
        Fut: Future<Output = Result<T>> + Send,
    {
        let outcome = ask(self.now()).await;
        self.tell(verb, &outcome);
        match outcome {
            Err(fault) if fault.again() == Again::AfterRenewal => {
                self.renew().await?;
                let outcome = ask(self.now()).await;
                self.tell(verb, &outcome);
                outcome
            }
            outcome => outcome,
        }
    }

    /// Renews the consent unless another loop or process did so since this shop was opened, and opens the shop anew.
    pub async fn renew(&self) -> Result<()> {
        let known = *self.generation.lock().unwrap_or_else(PoisonError::into_inner);
        let _only = self.renewing.lock().await;
        if *self.generation.lock().unwrap_or_else(PoisonError::into_inner) != known {
            return Ok(());
        }
        renew::renew(&self.engine, self.shop.grant, known).await?;
        let (generation, opened) = renew::open(&self.engine, &self.shop).await?;
        if generation == known {
            return Err(Fault::new("renew", FaultKind::Expired).said("the consent was not renewed"));
        }
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = opened;
        *self.generation.lock().unwrap_or_else(PoisonError::into_inner) = generation;
        Ok(())
    }

    fn tell<T>(&self, verb: &'static str, outcome: &Result<T>) {
        let fault = outcome.as_ref().err().map(|fault| fault.kind.name());
        self.engine.witness.called(self.shop.id, verb, fault);
    }
}
