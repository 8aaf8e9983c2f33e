//! Which orders of a list must be read: those that are new, or that say something else than what is held.
//!
//! Windows overlap, so a list names each order many times. Reading it again is a call that tells nothing, unless
//!
//! * it is not stored, or was stored unreadable;
//! * the list says another time of change than the stored order does;
//! * the list says no time, and the stored order's own lies before the window: it is listed for a change that is not held;
//! * the list says other words (a status, sums of refunds) than when the order was read, or says nothing at all;
//! * the reading was too early to be trusted (see below);
//! * some of its lines name nothing of ours and the reading is not at hand to be looked at again without a call.
//!
//! **Two changes in one second.** Times of change are whole seconds at many channels. A reading may have come between two changes of one
//! second; the list then says the same time for both. So a reading is trusted only if it left when that second was over: one second after
//! `changed_at`, and later by the clocks' difference (`Rules::skew`) and by the time for which the channel's reads may look old
//! (`Lag::read`). Whatever happened in that second is then in the reading. A change of a later second moves the time. Until it can be
//! trusted, an order is read again with each list: once more, as a rule, because polls are further apart than that.
//!
//! **Words.** The same words prove as little when the details still looked old: the reading must have left `Lag::read` after the words were
//! heard for the first time. A change that moves neither time nor words is invisible in any list: the sweep reads details of everything.
//! (At Shopee, whose list tells only a status, that is a part of an order cancelled while its status stays. It frees units; none is
//! promised twice meanwhile. A new order is never held, so it is always read.)
//!
//! What was heard is kept in memory, under the lane's lease: a new owner reads one overlap once. What is *held* is asked of the store.

use crate::store::HeldOrder;
use ganh_contract::{OrderHead, Reading, RemoteOrderId, Seen, Window};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Orders remembered of one shop; beyond that the longest unread are forgotten, and read once more when they are listed.
const MOST: usize = 4_096;
/// Readings with unknown goods kept at hand.
const MOST_KEPT: usize = 128;
/// The coarsest time of change among the channels.
const RESOLUTION: SignedDuration = SignedDuration::from_secs(1);

/// Which list named an order. A return's head speaks of the return, not of the order's own change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum List {
    Orders,
    Returns,
}

/// What a list said of an order in one page: its heads there as one word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    changed_at: Option<Timestamp>,
    words: Option<String>,
    heard_at: Timestamp,
}

/// How long a reading may look old.
#[derive(Debug, Clone, Copy)]
pub(super) struct Doubt {
    pub skew: SignedDuration,
    pub lag: SignedDuration,
}

/// What the lists of one shop said, and when it was followed by a reading.
#[derive(Debug, Default)]
pub struct Heads(Mutex<HashMap<(List, RemoteOrderId), Note>>);

#[derive(Debug)]
struct Note {
    words: Option<String>,
    words_since: Timestamp,
    read_at: Timestamp,
    /// The order's own, as read then.
    changed_at: Timestamp,
    raw_sha256: String,
    kept: Option<Box<Reading<ganh_contract::Order>>>,
}

/// What to do about a listed order.
#[derive(Debug)]
pub(super) enum Then {
    Read,
    /// It is held as it is.
    Leave,
    /// It is held, but some of its goods were unknown: the store looks again.
    LookAgain(Box<Reading<ganh_contract::Order>>),
}

/// The heads of a page by order, in the order of the page; whole ones are no matter of calls and are left out.
pub(super) fn said(rows: &[OrderHead], heard_at: Timestamp) -> BTreeMap<RemoteOrderId, Said> {
    let mut all: BTreeMap<RemoteOrderId, Said> = BTreeMap::new();
    for head in rows {
        let word = match &head.seen {
            Seen::Whole(_) => continue,
            Seen::Part(text) => Some(text.as_str()),
            Seen::Id => None,
        };
        let said = all.entry(head.id.clone()).or_insert(Said { changed_at: None, words: None, heard_at });
        said.changed_at = said.changed_at.max(head.changed_at);
        if let Some(word) = word {
            // Hashed: a part may hold what is known of the buyer.
            let before = said.words.take().unwrap_or_default();
            said.words = Some(sha256(&format!("{before}{word}")));
        }
    }
    all
}

impl Heads {
    /// Whether an order that a list named must be read.
    pub(super) fn judge(
        &self,
        (list, id): (List, &RemoteOrderId),
        said: &Said,
        held: Option<&HeldOrder>,
        window: Window,
        doubt: Doubt,
    ) -> Then {
        let Some(held) = held.filter(|held| held.readable) else { return Then::Read };
        let notes = self.lock();
        let note = notes.get(&(list, id.clone()));
        let is_known = match list {
            List::Orders => says_what_is_held(said, held, note, window, doubt),
            List::Returns => note.is_some_and(|note| {
                note.raw_sha256 == held.raw_sha256
                    && said.words.is_some()
                    && says_as_before(said, note, doubt)
            }),
        };
        match (is_known, held.unmapped) {
            (false, _) => Then::Read,
            (true, false) => Then::Leave,
            (true, true) => match note.and_then(|note| note.kept.clone()) {
                Some(reading) if sha256(&reading.raw) == held.raw_sha256 => Then::LookAgain(reading),
                Some(_) | None => Then::Read,
            },
        }
    }

    /// What is held of an order was read with its returns, and a list's own row, which knows nothing of returns, tells of no later change.
    pub(super) fn is_richer(
        &self,
        held: &HeldOrder,
        listed: &Reading<ganh_contract::Order>,
        doubt: Doubt,
    ) -> bool {
        let notes = self.lock();
        let note = notes.get(&(List::Returns, RemoteOrderId::new(listed.id.clone())));
        let is_the_same_change = matches!(&listed.value, Ok(order) if order.changed_at == held.changed_at);
        is_the_same_change
            && held.readable
            && !held.unmapped
            && note.is_some_and(|note| {
                note.raw_sha256 == held.raw_sha256
                    && is_over(held.changed_at, RESOLUTION + doubt.skew + doubt.lag, note.read_at)
            })
    }

    /// A list's words were followed by a reading that is stored now.
    pub(super) fn read(
        &self,
        list: List,
        said: &Said,
        reading: &Reading<ganh_contract::Order>,
        was_unmapped: bool,
    ) {
        let key = (list, RemoteOrderId::new(reading.id.clone()));
        let mut notes = self.lock();
        let Ok(order) = &reading.value else {
            notes.remove(&key);
            return;
        };
        let words_since = notes
            .get(&key)
            .filter(|note| note.words == said.words)
            .map_or(said.heard_at, |note| note.words_since);
        let may_keep = was_unmapped && notes.values().filter(|note| note.kept.is_some()).count() < MOST_KEPT;
        let note = Note {
            words: said.words.clone(),
            words_since,
            read_at: reading.as_of,
            changed_at: order.changed_at,
            raw_sha256: sha256(&reading.raw),
            kept: may_keep.then(|| Box::new(reading.clone())),
        };
        notes.insert(key, note);
        if notes.len() > MOST {
            let mut ages: Vec<Timestamp> = notes.values().map(|note| note.read_at).collect();
            let (_, middle, _) = ages.select_nth_unstable(MOST / 4);
            let oldest = *middle;
            notes.retain(|_, note| note.read_at > oldest);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(List, RemoteOrderId), Note>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn says_what_is_held(
    said: &Said,
    held: &HeldOrder,
    note: Option<&Note>,
    window: Window,
    doubt: Doubt,
) -> bool {
    let is_the_same_change = match said.changed_at {
        Some(changed_at) => changed_at == held.changed_at,
        None => said.words.is_some() && held.changed_at.as_second() >= window.from.as_second(),
    };
    let has_new_words = said.words.is_some() && !note.is_some_and(|note| says_as_before(said, note, doubt));
    if !is_the_same_change || has_new_words {
        return false;
    }
    let again = note.filter(|note| note.changed_at == held.changed_at).map(|note| note.read_at);
    let read_at = again.map_or(held.read_at, |again| again.max(held.read_at));
    is_over(held.changed_at, RESOLUTION + doubt.skew + doubt.lag, read_at)
}

/// The same words, and the reading left when they could be seen there too.
fn says_as_before(said: &Said, note: &Note, doubt: Doubt) -> bool {
    said.words == note.words && is_over(note.words_since, doubt.lag, note.read_at)
}

fn is_over(since: Timestamp, wait: SignedDuration, at: Timestamp) -> bool {
    since.checked_add(wait).is_ok_and(|over| over <= at)
}

fn sha256(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests;
