//! The fake app: consent, renewal, hooks, the queue.

use super::line::Line;
use super::market::APP_KEY;
use super::shop::FakeShop;
use async_trait::async_trait;
use ganh_contract::{
    Capability, Consent, Cursor, Delivery, Fault, FaultKind, Grant, Hint, HintBatch, Platform, Reach,
    RemoteShop, RemoteShopId, Renewal, Result, Secret, Verdict,
};
use ganh_http::Safety;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::Sha256;
use std::collections::BTreeMap;
use std::time::Duration;

/// The registered app.
#[derive(Debug)]
pub struct FakePlatform(pub Line);

impl FakePlatform {
    async fn token(&self, body: Value) -> Result<Grant> {
        let told = self.0.call("token", Safety::Create, body).await?;
        let text = |key: &str| {
            let lost = || Fault::new("token", FaultKind::Unintelligible).said("a token is missing");
            told.data[key].as_str().map(str::to_owned).ok_or_else(lost)
        };
        let refresh = Secret::new(text("refresh")?);
        let lives = Duration::from_secs(told.data["expires_s"].as_u64().unwrap_or(0));
        let is_barrow = self.0.manner.is_barrow();
        Ok(Grant {
            shops: vec![RemoteShopId::new(text("shop")?)],
            access: Secret::new(text("access")?),
            access_until: told.sent_at.checked_add(lives).ok(),
            renewal: if is_barrow { Renewal::Reusable(refresh) } else { Renewal::SingleUse(refresh) },
            ends: None,
        })
    }
}

#[async_trait]
impl Platform for FakePlatform {
    fn consent(&self, back_to: &str, nonce: &str, _at: Timestamp) -> Result<Consent> {
        let mut url = self.0.base.clone();
        url.query_pairs_mut().append_pair("back", back_to).append_pair("state", nonce);
        Ok(Consent::Visit { url: url.into(), valid: None })
    }

    async fn exchange(&self, answer: &BTreeMap<String, Secret>) -> Result<Vec<Grant>> {
        let refused =
            || Fault::new("exchange", FaultKind::Refused(Vec::new())).said("the answer has no code");
        let code = answer.get("code").ok_or_else(refused)?;
        Ok(vec![self.token(json!({ "code": code.expose() })).await?])
    }

    async fn renew(&self, grant: &Grant) -> Result<Grant> {
        match &grant.renewal {
            Renewal::Reusable(refresh) | Renewal::SingleUse(refresh) => {
                self.token(json!({ "refresh": refresh.expose() })).await
            }
            Renewal::NotNeeded | Renewal::FromKeys(_) | Renewal::Never => {
                Err(Fault::new("renew", FaultKind::Revoked { reach: Reach::Shop }))
            }
        }
    }

    fn hook(&self, delivery: &Delivery<'_>) -> Verdict {
        let signed = delivery.headers.iter().find(|(name, _)| name == "x-fake-sign");
        let Some(signature) = signed.and_then(|(_, text)| hex::decode(text).ok()) else {
            return Verdict::Forged;
        };
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(APP_KEY.as_bytes()) else { return Verdict::Forged };
        mac.update(delivery.body);
        if mac.verify_slice(&signature).is_err() {
            return Verdict::Forged;
        }
        let push: Value = serde_json::from_slice(delivery.body).unwrap_or(Value::Null);
        match (push["shop"].as_str(), push["order"].as_str()) {
            (Some(shop), Some(order)) => Verdict::Hints(vec![(shop.into(), Hint::Order(order.into()))]),
            _ => Verdict::Hints(Vec::new()),
        }
    }

    async fn pull_hints(&self, ack: Option<&Cursor>) -> Result<HintBatch> {
        if !self.0.manner.is_barrow() {
            return Err(Fault::unsupported("pull_hints"));
        }
        let confirmed = ack.and_then(|ack| ack.as_str().parse::<u64>().ok());
        let told = self.0.call("pull", Safety::Set, json!({ "ack": confirmed })).await?;
        let rows = told.data["rows"].as_array().cloned().unwrap_or_default();
        let hint = |row: &Value| {
            let (shop, order) = (row["shop"].as_str()?, row["order"].as_str()?);
            Some((RemoteShopId::new(shop), Hint::Order(order.into())))
        };
        let last = rows.last().and_then(|row| row["number"].as_u64());
        Ok(HintBatch {
            hints: rows.iter().filter_map(hint).collect(),
            ack: Cursor::new(last.map(|number| number.to_string()).unwrap_or_default()),
            more: told.data["more"].as_bool().unwrap_or(false),
        })
    }

    fn open(
        &self,
        grant: &Grant,
        shop: &RemoteShopId,
        known: Option<&Capability>,
    ) -> Result<Box<dyn RemoteShop>> {
        if !grant.shops.contains(shop) {
            return Err(Fault::new("open", FaultKind::Revoked { reach: Reach::Shop }));
        }
        let line = Line { shop: shop.to_string(), access: Some(grant.access.clone()), ..self.0.clone() };
        let allows = known.cloned().unwrap_or_else(|| self.0.manner.capability());
        Ok(Box::new(FakeShop { line, allows }))
    }
}
