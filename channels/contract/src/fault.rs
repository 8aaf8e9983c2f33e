//! What went wrong, in answers to three questions: was it applied, may I try again, who must act?

use crate::words::RemoteListingId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

pub type Result<T, E = Fault> = std::result::Result<T, E>;

/// A failed call. The marketplace's own code, words and request id are kept verbatim, in fields of their own.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{call}: {kind:?}{}{}", code.as_ref().map(|code| format!(" [{code}]")).unwrap_or_default(), said.as_ref().map(|said| format!(": {said}")).unwrap_or_default())]
pub struct Fault {
    /// The verb of the contract, or the wire's name of the call.
    pub call: &'static str,
    pub kind: Box<FaultKind>,
    pub code: Option<String>,
    pub said: Option<String>,
    pub request_id: Option<String>,
}

impl Fault {
    /// A fault without the marketplace's words.
    pub fn new(call: &'static str, kind: FaultKind) -> Self {
        Self { call, kind: Box::new(kind), code: None, said: None, request_id: None }
    }

    /// Adds the marketplace's own code.
    pub fn code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// Adds the marketplace's own words, cut to 500 characters.
    pub fn said(mut self, said: impl AsRef<str>) -> Self {
        self.said = Some(said.as_ref().chars().take(500).collect());
        self
    }

    /// Adds the marketplace's request id.
    pub fn request(mut self, id: impl Into<String>) -> Self {
        self.request_id = Some(id.into());
        self
    }

    /// What `Unsupported` verbs answer.
    pub fn unsupported(call: &'static str) -> Self {
        Self::new(call, FaultKind::Unsupported)
    }

    /// Was it applied?
    pub fn applied(&self) -> Applied {
        self.kind.verdict().0
    }

    /// May I try again?
    pub fn again(&self) -> Again {
        self.kind.verdict().1
    }

    /// Who must act?
    pub fn actor(&self) -> Actor {
        self.kind.verdict().2
    }
}

/// One thing that the channel does not like. `field` is the name in our words where the adapter knows it, else theirs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Complaint {
    pub field: Option<String>,
    pub code: Option<String>,
    pub said: String,
}

/// How far a fault reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    Offer,
    Listing,
    Call,
    Shop,
    App,
    Address,
}

/// What is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Thing {
    Listing,
    Offer,
    Place,
    Order,
    Picture,
    Category,
    Ticket,
}

/// The twelve kinds. Choosing one is the most important line of an adapter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// Nothing left this machine, or it provably did not arrive.
    Unreachable,
    /// Sent, but no whole answer came back.
    Interrupted,
    /// 5xx, a maintenance page.
    Down,
    Throttled {
        after: Option<Duration>,
        reach: Reach,
    },
    Expired,
    Revoked {
        reach: Reach,
    },
    /// All complaints at once.
    Refused(Vec<Complaint>),
    Missing(Thing),
    /// What we hold is stale: changed by another, cursor too old, code already taken (by `holder`, if told).
    Conflict {
        holder: Option<RemoteListingId>,
    },
    /// Not now, whatever we send: campaign, review, penalty, holiday. `least`: the lowest stock it would take.
    Locked {
        reach: Reach,
        until: Option<Timestamp>,
        least: Option<u32>,
    },
    Unsupported,
    Unintelligible,
}

/// When to try again. `AtTime`: the time the fault names, else a slow clock; costs no attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Again {
    BackOff,
    AtTime,
    AfterRenewal,
    PlanAnew,
    Never,
}

/// Who must act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    Nobody,
    Producer,
    Admin,
    Developer,
}

/// Whether the marketplace may hold the effect of the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Applied {
    No,
    Unknown,
}

impl FaultKind {
    /// The three answers. Everything the engine does after a failed call follows from them and from the variant's own data.
    pub const fn verdict(&self) -> (Applied, Again, Actor) {
        match self {
            Self::Unreachable => (Applied::No, Again::BackOff, Actor::Nobody),
            Self::Interrupted | Self::Down => (Applied::Unknown, Again::BackOff, Actor::Nobody),
            Self::Throttled { .. } => (Applied::No, Again::AtTime, Actor::Nobody),
            Self::Expired => (Applied::No, Again::AfterRenewal, Actor::Nobody),
            Self::Revoked { .. } => (Applied::No, Again::Never, Actor::Admin),
            Self::Refused(_) => (Applied::No, Again::Never, Actor::Producer),
            Self::Missing(_) | Self::Conflict { .. } => (Applied::No, Again::PlanAnew, Actor::Nobody),
            Self::Locked { until: Some(_), .. } => (Applied::No, Again::AtTime, Actor::Nobody),
            Self::Locked { until: None, .. } => (Applied::No, Again::AtTime, Actor::Producer),
            Self::Unsupported => (Applied::No, Again::Never, Actor::Developer),
            Self::Unintelligible => (Applied::Unknown, Again::Never, Actor::Developer),
        }
    }

    /// The kind's name as used in logs, metrics and the store.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Interrupted => "interrupted",
            Self::Down => "down",
            Self::Throttled { .. } => "throttled",
            Self::Expired => "expired",
            Self::Revoked { .. } => "revoked",
            Self::Refused(_) => "refused",
            Self::Missing(_) => "missing",
            Self::Conflict { .. } => "conflict",
            Self::Locked { .. } => "locked",
            Self::Unsupported => "unsupported",
            Self::Unintelligible => "unintelligible",
        }
    }
}
