//! One registered app on one marketplace: what happens before or beside any single shop.

use crate::capability::Capability;
use crate::exchange::Exchange;
use crate::fault::{Fault, Result};
use crate::order::Choice;
use crate::shop::RemoteShop;
use crate::words::{Cursor, RemoteListingId, RemoteOrderId, RemoteShopId, Secret};
use async_trait::async_trait;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::time::Duration;

/// One registered app on one marketplace.
#[async_trait]
pub trait Platform: Send + Sync + Debug + 'static {
    /// Where to send the seller, or which keys to ask for. `at` is now: links may be signed and short-lived.
    fn consent(&self, back_to: &str, nonce: &str, at: Timestamp) -> Result<Consent>;

    /// Trades the seller's answer, which may come unasked, for grants, perhaps several. Not repeatable.
    async fn exchange(&self, answer: &BTreeMap<String, Secret>) -> Result<Vec<Grant>>;

    /// A new grant for the same shops. The caller holds the only lock, wrote its intent before, and stores the result before using it.
    async fn renew(&self, grant: &Grant) -> Result<Grant>;

    /// Verifies the bytes as received at the address as configured, and names shops and things to look at. Pure; never truth.
    fn hook(&self, _delivery: &Delivery<'_>) -> Verdict {
        Verdict::Forged
    }

    /// Takes waiting hints. `ack` confirms the batch it came with: pass it only when that batch is stored. May repeat, never skips.
    async fn pull_hints(&self, _ack: Option<&Cursor>) -> Result<HintBatch> {
        Err(Fault::unsupported("pull_hints"))
    }

    /// A shop to talk to, with what its last survey allowed. Makes no call.
    fn open(
        &self,
        grant: &Grant,
        shop: &RemoteShopId,
        known: Option<&Capability>,
    ) -> Result<Box<dyn RemoteShop>>;
}

/// One token, perhaps for several shops: its lock is its own. `ends`: after it only the seller can help; renewing does not move it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    pub shops: Vec<RemoteShopId>,
    pub access: Secret,
    pub access_until: Option<Timestamp>,
    pub renewal: Renewal,
    pub ends: Option<Timestamp>,
}

/// How a grant is renewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Renewal {
    NotNeeded,
    /// By the keys that gave it.
    FromKeys(Secret),
    Reusable(Secret),
    /// Dies with its first use: the intent is written before, the result stored before it is used (I12).
    SingleUse(Secret),
    Never,
}

/// How a seller consents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Consent {
    Visit {
        url: String,
        valid: Option<Duration>,
    },
    /// Keys to type in: id is the name in `exchange`'s answer.
    Keys(Vec<Choice>),
}

/// A webhook as received.
#[derive(Debug)]
pub struct Delivery<'a> {
    /// The address exactly as configured at the marketplace.
    pub url: &'a str,
    /// Names in lower case.
    pub headers: &'a [(String, String)],
    pub body: &'a [u8],
    /// The secret of this subscription, where the channel has one per shop.
    pub secret: Option<&'a Secret>,
    /// The shop that this address belongs to, where each shop has its own.
    pub shop: Option<&'a RemoteShopId>,
}

/// `Greeting`: a set-up probe; answer with this text and forget it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Hints(Vec<(RemoteShopId, Hint)>),
    Greeting(String),
    Forged,
}

/// What `pull_hints` brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HintBatch {
    pub hints: Vec<(RemoteShopId, Hint)>,
    pub ack: Cursor,
    pub more: bool,
}

/// A thing to look at. Never truth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    Order(RemoteOrderId),
    Listing(RemoteListingId),
    Request(String),
    AccessEnds(Timestamp),
    AccessEnded,
    Sweep,
}

/// What the register holds for a kind of channel.
#[derive(Debug)]
pub enum Way {
    Online(Box<dyn Platform>),
    ByFile(Box<dyn Exchange>),
}
