//! Consents of sellers at the simulated marketplaces: what opens, what is used up, what was lost.

use crate::plan::{AppPlan, Token};

/// A used token with grace is answered with the same new pair for so long.
const GRACE_MS: i64 = 300_000;
/// The former access token still opens for so long.
const OVERLAP_MS: i64 = 5_000;

/// One seller's consent.
#[derive(Debug)]
pub struct Consent {
    pub index: usize,
    pub app: AppPlan,
    pub generation: u64,
    pub access_until: i64,
    pub renewed_at: i64,
    /// The life of the daemon that renewed last, and whether it may never have heard the answer.
    pub renewed_by: u64,
    pub may_be_lost: bool,
    /// Renewals that nobody has answered yet.
    pub under_way: u32,
    pub renewals: u64,
}

/// What a renewal came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewed {
    New,
    SameAgain,
    Refused,
}

impl Consent {
    pub fn new(index: usize, app: AppPlan, now: i64) -> Self {
        Self {
            index,
            app,
            generation: 1,
            access_until: now + app.access_ms,
            renewed_at: now,
            renewed_by: 0,
            may_be_lost: false,
            under_way: 0,
            renewals: 0,
        }
    }

    pub fn access(&self) -> String {
        format!("access-{}-{}", self.index, self.generation)
    }

    pub fn refresh(&self) -> String {
        match self.app.token {
            Token::Reusable => format!("refresh-{}-0", self.index),
            Token::SingleUse | Token::SingleUseWithGrace => {
                format!("refresh-{}-{}", self.index, self.generation)
            }
        }
    }

    /// Whether this access token opens the shop now.
    pub fn opens(&self, access: &str, now: i64) -> bool {
        if access == self.access() {
            return now < self.access_until;
        }
        let former = format!("access-{}-{}", self.index, self.generation - 1);
        access == former && now < self.renewed_at + OVERLAP_MS
    }

    /// Renews; the caller says by which life.
    pub fn renew(&mut self, refresh: &str, now: i64, life: u64) -> Renewed {
        if refresh == self.refresh() {
            self.generation += 1;
            self.renewals += 1;
            self.access_until = now + self.app.access_ms;
            self.renewed_at = now;
            self.renewed_by = life;
            self.may_be_lost = false;
            return Renewed::New;
        }
        let former = format!("refresh-{}-{}", self.index, self.generation - 1);
        let is_graced = self.app.token == Token::SingleUseWithGrace && now < self.renewed_at + GRACE_MS;
        if refresh == former && is_graced { Renewed::SameAgain } else { Renewed::Refused }
    }

    /// The seller consents anew.
    pub fn anew(&mut self, now: i64) {
        self.generation += 1;
        self.access_until = now + self.app.access_ms;
        self.renewed_at = now;
        self.may_be_lost = false;
    }
}
