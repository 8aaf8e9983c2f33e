//! Between the web side and the lanes, which know nothing of each other: webhooks in, calls and lowerings counted.

use super::hooks;
use crate::ids::ShopId;
use crate::sync::{Engine, Witness};
use crate::web::{Metrics, Post, Receive, Received};
use ganh_http::{CallRecord, LogRecorder, Recorder};
use jiff::SignedDuration;
use std::sync::Arc;

/// What the web side calls for a webhook: it knows no platform itself.
pub fn receiver(engine: &Engine) -> Receive {
    let engine = engine.clone();
    Arc::new(move |post: Post| {
        let engine = engine.clone();
        Box::pin(async move {
            let post = hooks::Post {
                channel: &post.channel,
                key: &post.key,
                headers: &post.headers,
                body: &post.body,
            };
            Received::from(hooks::receive(&engine, &post).await)
        })
    })
}

/// Calls are counted and logged.
#[derive(Debug)]
struct Recorders(Arc<Metrics>);

impl Recorder for Recorders {
    fn call(&self, record: &CallRecord) {
        self.0.call(record);
        LogRecorder.call(record);
    }
}

/// What the lanes did is counted.
#[derive(Debug)]
struct Told(Arc<Metrics>);

impl Witness for Told {
    fn ingested(&self, _shop: ShopId, new: usize, changed: usize) {
        self.0.ingested(new, changed);
    }

    fn lowering_left(&self, _shop: ShopId, after: SignedDuration) {
        self.0.lowering_left(after);
    }

    fn lowered(&self, _shop: ShopId, after: SignedDuration) {
        self.0.lowered(after);
    }
}

/// Counts and logs each call to a marketplace.
pub fn recorder(metrics: &Arc<Metrics>) -> Arc<dyn Recorder> {
    Arc::new(Recorders(metrics.clone()))
}

/// Counts what the lanes did.
pub fn witness(metrics: &Arc<Metrics>) -> Arc<dyn Witness> {
    Arc::new(Told(metrics.clone()))
}
