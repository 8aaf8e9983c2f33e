//! The app at a simulated marketplace: it opens shops, renews tokens, speaks of webhooks and queues.

use crate::life::Life;
use crate::remote::RemoteStall;
use crate::time::at;
use crate::tokens::Renewed;
use crate::world::World;
use async_trait::async_trait;
use ganh::listing::Alcohol;
use ganh::listing::CategoryChoice;
use ganh::store::ListingPage;
use ganh::sync::Connect;
use ganh_contract::{
    Capability, Consent, Cursor, Delivery, Fault, FaultKind, Grant, Hint, HintBatch, Platform, Reach,
    RemoteOrderId, RemoteShop, RemoteShopId, Renewal, Result, Secret, Verdict,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Opens apps for one life of a daemon.
#[derive(Debug)]
pub struct Register {
    pub world: World,
    pub life: Life,
}

impl Connect for Register {
    fn platform(
        &self,
        _channel: &str,
        base_url: &str,
        _settings: &serde_json::Value,
        _secret: Option<&Secret>,
    ) -> std::result::Result<Arc<dyn Platform>, String> {
        let index = base_url.rsplit('/').next().and_then(|number| number.parse().ok());
        let index = index.ok_or_else(|| format!("no app at {base_url}"))?;
        Ok(Arc::new(App { world: self.world.clone(), life: self.life.clone(), index }))
    }

    fn category(
        &self,
        _channel: &str,
        _settings: &serde_json::Value,
        _page: &ListingPage,
    ) -> std::result::Result<CategoryChoice, String> {
        Ok(CategoryChoice {
            id: "food".into(),
            attributes: BTreeMap::new(),
            rules: None,
            alcohol: Alcohol::Allowed,
        })
    }
}

#[derive(Debug)]
struct App {
    world: World,
    life: Life,
    index: usize,
}

/// The grant of a shop's consent as it stands now.
pub fn grant(world: &World, shop: usize) -> Grant {
    let inner = world.inner();
    let consent = &inner.consents[shop];
    let renewal = Secret::new(consent.refresh());
    Grant {
        shops: vec![RemoteShopId::new(format!("s{shop}"))],
        access: Secret::new(consent.access()),
        access_until: Some(at(consent.access_until)),
        renewal: match consent.app.token {
            crate::plan::Token::Reusable => Renewal::Reusable(renewal),
            crate::plan::Token::SingleUse | crate::plan::Token::SingleUseWithGrace => {
                Renewal::SingleUse(renewal)
            }
        },
        ends: None,
    }
}

/// A renewal that nobody has answered yet.
struct UnderWay<'a> {
    world: &'a World,
    shop: usize,
    is_told: bool,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let mut inner = self.world.inner();
        let consent = &mut inner.consents[self.shop];
        consent.under_way = consent.under_way.saturating_sub(1);
        consent.may_be_lost |= !self.is_told;
    }
}

#[async_trait]
impl Platform for App {
    fn consent(&self, _back_to: &str, _nonce: &str, _at: jiff::Timestamp) -> Result<Consent> {
        Err(Fault::unsupported("consent"))
    }

    async fn exchange(&self, _answer: &BTreeMap<String, Secret>) -> Result<Vec<Grant>> {
        Err(Fault::unsupported("exchange"))
    }

    async fn renew(&self, used: &Grant) -> Result<Grant> {
        self.life.touch().await;
        let shop = shop_of(used.shops.first())?;
        let refresh = match &used.renewal {
            Renewal::FromKeys(token) | Renewal::Reusable(token) | Renewal::SingleUse(token) => {
                token.expose().to_owned()
            }
            Renewal::NotNeeded | Renewal::Never => return Err(Fault::unsupported("renew")),
        };
        let (wait, is_cut, others) = {
            let mut inner = self.world.inner();
            let is_storm = inner.is_storm;
            let weather = self.world.plan().weather;
            let wait = inner.dice.between(100, 3_000);
            let is_cut = is_storm && inner.dice.chance(weather.cut_applied * 2);
            let consent = &mut inner.consents[shop];
            consent.under_way += 1;
            (wait, is_cut, consent.under_way - 1)
        };
        let mut under_way = UnderWay { world: &self.world, shop, is_told: false };
        self.world.mix(70, shop as u64);
        if others > 0 {
            self.world.broken(
                "I12",
                format!("s{shop}: {} renews while another renewal is not answered", self.life.owner()),
            );
        }
        self.world.clock().pass(wait).await;
        let (renewed, was_lost) = {
            let now = self.world.ms();
            let mut inner = self.world.inner();
            let consent = &mut inner.consents[shop];
            let was_lost = consent.may_be_lost;
            (consent.renew(&refresh, now, self.life.number()), was_lost)
        };
        self.world.tell(|| {
            format!(
                "s{shop}: {} renews: {renewed:?}{}",
                self.life.owner(),
                if is_cut { ", cut off" } else { "" }
            )
        });
        if is_cut {
            return Err(Fault::new("renew", FaultKind::Interrupted));
        }
        self.world.clock().pass(wait / 2).await;
        // What a process began may be answered after its death: nobody hears that.
        under_way.is_told = !self.life.doom().is_cancelled();
        match renewed {
            Renewed::New | Renewed::SameAgain => Ok(grant(&self.world, shop)),
            Renewed::Refused => {
                if !was_lost {
                    let said = format!(
                        "s{shop}: {} uses a token that was used up, and no answer was lost",
                        self.life.owner()
                    );
                    self.world.broken("I12", said);
                }
                Err(Fault::new("renew", FaultKind::Revoked { reach: Reach::Shop }).code("invalid_grant"))
            }
        }
    }

    fn hook(&self, delivery: &Delivery<'_>) -> Verdict {
        let Ok(text) = std::str::from_utf8(delivery.body) else { return Verdict::Forged };
        let Some(shop) = delivery.shop else { return Verdict::Forged };
        Verdict::Hints(vec![(shop.clone(), Hint::Order(RemoteOrderId::new(text)))])
    }

    async fn pull_hints(&self, ack: Option<&Cursor>) -> Result<HintBatch> {
        if !self.world.plan().apps[self.index].has_queue {
            return Err(Fault::unsupported("pull_hints"));
        }
        self.life.touch().await;
        self.world.clock().pass(50).await;
        let mut acked: BTreeMap<usize, u64> = BTreeMap::new();
        for part in ack.map(Cursor::as_str).unwrap_or_default().split(',') {
            if let Some((shop, number)) = part.split_once(':') {
                acked.insert(shop.parse().unwrap_or(usize::MAX), number.parse().unwrap_or(0));
            }
        }
        let mut inner = self.world.inner();
        let mut hints = Vec::new();
        let mut told = Vec::new();
        let mut more = false;
        for stall in inner.stalls.iter_mut().filter(|stall| stall.plan.app == self.index) {
            let mut last = acked.get(&stall.index).copied().unwrap_or(0);
            while stall.queue.front().is_some_and(|(number, _)| *number <= last) {
                stall.queue.pop_front();
            }
            for (number, order) in stall.queue.iter().take(20) {
                hints.push((
                    RemoteShopId::new(format!("s{}", stall.index)),
                    Hint::Order(RemoteOrderId::new(order.clone())),
                ));
                last = *number;
            }
            more |= stall.queue.len() > 20;
            told.push(format!("{}:{last}", stall.index));
        }
        Ok(HintBatch { hints, ack: Cursor::new(told.join(",")), more })
    }

    fn open(
        &self,
        grant: &Grant,
        shop: &RemoteShopId,
        _known: Option<&Capability>,
    ) -> Result<Box<dyn RemoteShop>> {
        let shop = shop_of(Some(shop))?;
        Ok(Box::new(RemoteStall::new(
            self.world.clone(),
            self.life.clone(),
            shop,
            grant.access.expose().to_owned(),
        )))
    }
}

fn shop_of(shop: Option<&RemoteShopId>) -> Result<usize> {
    let number = shop.and_then(|shop| shop.as_str().strip_prefix('s')).and_then(|number| number.parse().ok());
    number.ok_or_else(|| Fault::new("open", FaultKind::Unsupported).said("no such shop"))
}
