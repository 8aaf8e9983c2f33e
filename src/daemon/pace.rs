//! Quotas for the lanes, kept by the gateway through which every call leaves.

use crate::sync::{Paced, Paid};
use async_trait::async_trait;
use ganh_http::{Gateway, prepaid, urgency};

/// Pays at the gateway's gate.
#[derive(Debug, Clone)]
pub struct GatewayPace(pub Gateway);

#[async_trait]
impl Paced for GatewayPace {
    fn try_pay(&self, quota: &str, is_urgent: bool) -> bool {
        self.0.try_pay(quota, is_urgent)
    }

    async fn pay(&self, quota: &str, is_urgent: bool) {
        self.0.pay(quota, is_urgent).await;
    }

    fn paid<'a>(&self, quota: &str, call: Paid<'a>, is_urgent: bool) -> Paid<'a> {
        match (self.0.is_declared(quota), is_urgent) {
            (true, true) => Box::pin(urgency::urgent(prepaid::prepaid(call))),
            (true, false) => Box::pin(prepaid::prepaid(call)),
            (false, true) => Box::pin(urgency::urgent(call)),
            (false, false) => call,
        }
    }
}
