//! One shop, one owner: four loops under one lease.
//!
//! The lease's term goes with every write to the store, so a lane that lost its shop without noticing changes nothing (I11).
//! A lane ends when it is told to stop, when its lease is gone, or when only a person can help; what it leaves in flight is found as
//! suspect by the next owner.

use super::health::Health;
use super::remote::Remote;
use super::renew::{STALE_LEASE, unstored};
use super::wake::{Bell, Bells};
use super::{Engine, build, check, pull, push};
use crate::ids::ShopId;
use crate::store::{Alarm, Lease, ShopRow, ShopState};
use ganh_contract::{Actor, Capability, Fault, FaultKind, Result};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The lane of one shop.
#[derive(Debug)]
pub struct Lane {
    pub engine: Engine,
    pub shop: ShopRow,
    pub lease: Lease,
    pub remote: Remote,
    pub health: Health,
    /// Rung when this shop got something to do.
    pub bells: Bells,
    /// Rung when orders should be read now: a hint came, or a raise waits.
    pub orders: Bell,
    /// What the lists of orders said so far.
    pub heads: pull::Heads,
    /// Figures that half-built listings were made with.
    pub building: build::Building,
    /// Cancelled when the lane must end.
    pub stop: CancellationToken,
}

/// Why a lane ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// Told to stop; in-flight calls were answered and written down.
    Stopped,
    /// Another owner has the shop.
    LeaseLost,
    /// Only a person can help: the shop was paused with this reason.
    Helpless(String),
}

impl Lane {
    /// Opens the shop and takes over what an earlier owner left in flight. Makes no call.
    pub async fn open(
        engine: &Engine,
        shop: ShopRow,
        lease: Lease,
        bells: Bells,
        stop: CancellationToken,
    ) -> Result<Self> {
        let remote = Remote::open(engine, &shop).await?;
        let lane = Self {
            engine: engine.clone(),
            shop,
            lease,
            remote,
            health: Health::new(),
            bells,
            orders: Bell::new(),
            heads: pull::Heads::default(),
            building: build::Building::default(),
            stop,
        };
        let cut =
            SignedDuration::try_from(lane.capability().lag.cut).unwrap_or(SignedDuration::from_mins(10));
        let now = engine.clock.now();
        lane.engine.store.suspect_in_flight(&lane.lease, now + cut, now).await.map_err(unstored)?;
        Ok(lane)
    }

    /// What the shop allows, as opened last.
    pub fn capability(&self) -> Capability {
        self.remote.now().capability().clone()
    }

    /// Runs until the lane must end. In-flight calls are waited for; the caller drops the future when its patience is over.
    pub async fn run(self: Arc<Self>) -> Ended {
        let (push, pull, build, check) =
            tokio::join!(push::run(&self), pull_loop(&self), build::run(&self), check::run(&self));
        for ended in [push, pull, build, check] {
            if ended != Ended::Stopped {
                return ended;
            }
        }
        Ended::Stopped
    }

    /// Waits until `at`, a stop, or nothing else. True when the lane goes on.
    pub async fn rest_until(&self, at: Timestamp) -> bool {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => false,
            () = self.engine.clock.sleep_until(at) => true,
        }
    }

    /// Waits for the shop's health. True when the lane goes on.
    pub async fn rest_for_health(&self) -> bool {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => false,
            () = self.health.wait(self.engine.clock.as_ref()) => true,
        }
    }

    /// Tells an admin that the seller's consent ends.
    pub async fn warn_of_end(&self, at: Timestamp) -> Result<()> {
        let alarm = Alarm {
            shop: Some(self.shop.id),
            kind: "consent_ends".to_owned(),
            subject: self.shop.handle.clone(),
            actor: Actor::Admin,
            said: format!(
                "the consent of shop {} ends at {at}: connect it anew before then",
                self.shop.handle
            ),
            raised_at: self.engine.clock.now(),
        };
        self.engine.store.raise_alarm(&alarm).await.map_err(unstored)
    }

    /// Takes note of a fault that concerns the whole shop. `Some` when the lane must end.
    pub async fn note(&self, verb: &'static str, fault: &Fault) -> Option<Ended> {
        let now = self.engine.clock.now();
        self.health.failed(fault, now);
        if fault.code.as_deref() == Some(STALE_LEASE) {
            self.stop.cancel();
            return Some(Ended::LeaseLost);
        }
        tracing::warn!(shop.id = %self.shop.id, channel = self.shop.channel, call = verb, fault.kind = fault.kind.name(),
            fault.code = fault.code.as_deref().unwrap_or(""), request.id = fault.request_id.as_deref().unwrap_or(""),
            "shop {}: {fault}", self.shop.handle);
        let is_helpless = match &*fault.kind {
            FaultKind::Revoked { .. } => true,
            FaultKind::Unreachable
            | FaultKind::Interrupted
            | FaultKind::Down
            | FaultKind::Throttled { .. }
            | FaultKind::Expired
            | FaultKind::Refused(_)
            | FaultKind::Missing(_)
            | FaultKind::Conflict { .. }
            | FaultKind::Locked { .. }
            | FaultKind::Unsupported
            | FaultKind::Unintelligible => false,
        };
        if !is_helpless {
            if fault.actor() != Actor::Nobody {
                // A loop that fails for a reason only a person can mend must not spin.
                self.health.pause(now + SignedDuration::from_secs(60));
                let subject = format!("{}/{verb}", self.shop.handle);
                let alarm = Alarm {
                    shop: Some(self.shop.id),
                    kind: fault.kind.name().to_owned(),
                    subject,
                    actor: fault.actor(),
                    said: fault.to_string(),
                    raised_at: now,
                };
                let raised = self.engine.store.raise_alarm(&alarm).await;
                if let Err(error) = raised {
                    tracing::error!(shop.id = %self.shop.id, "shop {}: alarm not stored: {error}", self.shop.handle);
                }
            }
            return None;
        }
        let said = fault.to_string();
        if let Err(error) =
            self.engine.store.set_shop_state(self.shop.id, ShopState::Revoked, Some(&said), now).await
        {
            tracing::error!(shop.id = %self.shop.id, "shop {}: cannot be marked as revoked: {error}", self.shop.handle);
        }
        self.stop.cancel();
        Some(Ended::Helpless(said))
    }
}

/// The order loop: hints as they come, windows now and then, sweeps rarely.
async fn pull_loop(lane: &Lane) -> Ended {
    let mut called = lane.orders.listen();
    let mut rung = lane.bells.listings.listen();
    let mut swept = lane.shop.swept_at;
    let mut window_at = lane.engine.clock.now();
    loop {
        if !lane.rest_for_health().await {
            return Ended::Stopped;
        }
        let is_window = called.take() || lane.engine.clock.now() >= window_at;
        let outcome = if is_window { windows(lane, &mut swept).await } else { hinted(lane).await };
        match outcome {
            Ok(()) => {
                lane.health.answered();
                if is_window {
                    window_at =
                        next_poll(lane.shop.id, lane.engine.clock.now(), lane.engine.rules.poll_orders);
                }
            }
            Err(fault) => {
                if let Some(ended) = lane.note("orders", &fault).await {
                    return ended;
                }
                window_at = lane.engine.clock.now().max(lane.health.not_before());
            }
        }
        // Cancelling a branch loses nothing: a ring stays unheard, the window stays due.
        tokio::select! {
            biased;
            () = lane.stop.cancelled() => return Ended::Stopped,
            () = called.hear() => window_at = lane.engine.clock.now(),
            () = rung.hear() => {}
            () = lane.engine.clock.sleep_until(window_at) => {}
        }
    }
}

/// A period from now, give or take half of one, at the shop's own place in the period: the shops of a node do not all ask at once.
fn next_poll(shop: ShopId, now: Timestamp, period: Duration) -> Timestamp {
    let period = i64::try_from(period.as_millis()).unwrap_or(i64::MAX).max(1);
    // Multiples of the golden ratio fill the period evenly, however many shops there are.
    let turn = u128::from(shop.get().unsigned_abs().wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let place = i64::try_from((turn * u128::from(period.unsigned_abs())) >> 64).unwrap_or(0);
    let earliest = now.as_millisecond().saturating_add(period / 2);
    let wait = (place - earliest).rem_euclid(period);
    Timestamp::from_millisecond(earliest.saturating_add(wait)).unwrap_or(Timestamp::MAX)
}

/// Only what was hinted at: one look into the store when there is nothing.
async fn hinted(lane: &Lane) -> Result<()> {
    if check::hints(lane).await? {
        pull::list_anew(lane).await?;
    }
    Ok(())
}

async fn windows(lane: &Lane, swept: &mut Timestamp) -> Result<()> {
    hinted(lane).await?;
    if lane.engine.clock.now() >= *swept + lane.engine.rules.sweep_orders {
        pull::poll(lane).await?;
        pull::sweep(lane).await?;
        *swept = lane.engine.clock.now();
    } else {
        pull::poll(lane).await?;
    }
    // A raise may have waited for this (I5).
    lane.bells.figures.ring();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shops_of_a_node_ask_at_different_moments_and_each_once_in_a_period() {
        let (now, period) = (Timestamp::UNIX_EPOCH + SignedDuration::from_mins(7), Duration::from_secs(60));
        let mut tenths = [0; 10];

        for shop in 1..=1_000 {
            let first = next_poll(ShopId::new(shop), now, period);
            let second = next_poll(ShopId::new(shop), first + SignedDuration::from_millis(900), period);
            let wait = first.duration_since(now).as_millis();
            tenths[usize::try_from((wait - 30_000) / 6_000).expect("at least half a period")] += 1;
            assert_eq!(second.duration_since(first), SignedDuration::from_secs(60));
        }

        assert!(tenths.iter().all(|count| (90..=110).contains(count)), "{tenths:?}");
    }
}
