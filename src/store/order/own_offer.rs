//! The selling shop's own offer after its own sale: the channel lowered the figure itself, unless our last write erased that (I5).

use crate::ids::OfferId;
use crate::orders::{Bracket, Effect, EffectKind, Meets, meets, taken_between};
use crate::store::error::Result;
use crate::store::tx::{Tx, args, json};
use ganh_contract::{Order, OrderLine};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// What the channel did to a figure by itself, as far as we can tell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OwnMove {
    /// Units by which the acknowledged figure moves along.
    pub acked_change: i64,
    /// Nobody can tell whether our last write erased the channel's own step: write again.
    pub rewrite: bool,
    /// Units of which nobody can tell whether the channel's figure holds them still.
    pub bracketed: u32,
}

/// Stock writes of some offers: sent, answered; a write in flight is answered at the end of time.
pub type Brackets = BTreeMap<OfferId, (Timestamp, Timestamp)>;

impl Tx {
    pub(in crate::store) async fn brackets(&mut self, offers: &[OfferId]) -> Result<Brackets> {
        let rows = self
            .rows(
                "SELECT o.id, o.stock_sent_at, o.stock_answered_at, o.sent_at, o.suspect_until_at
                 FROM json_each($1) AS named JOIN offer AS o ON o.id = CAST(named.value AS BIGINT)",
                args![json(offers)],
            )
            .await?;
        let mut brackets = Brackets::new();
        for row in rows {
            let mut bracket = (row.at("stock_sent_at")?, row.at("stock_answered_at")?);
            if let Some(until) = row.find_at("suspect_until_at")? {
                bracket.1 = bracket.1.max(until);
            }
            if let Some(sent) = row.find_at("sent_at")? {
                bracket = (if bracket.1 == Timestamp::UNIX_EPOCH { sent } else { bracket.0 }, Timestamp::MAX);
            }
            brackets.insert(OfferId::new(row.int("id")?), bracket);
        }
        Ok(brackets)
    }
}

/// Adds what one line's effects did to the own offer.
pub fn note(
    moves: &mut BTreeMap<OfferId, OwnMove>,
    brackets: &Brackets,
    offer: OfferId,
    (order, line): (&Order, &OrderLine),
    effects: &[Effect],
    margin: SignedDuration,
) {
    let units = |kind| -> i64 {
        effects.iter().filter(|effect| effect.kind == kind).map(|effect| i64::from(effect.units)).sum()
    };
    let (taken, given_back) = (units(EffectKind::Reserve), units(EffectKind::Release));
    if taken == 0 && given_back == 0 {
        return;
    }
    let (sent_at, answered_at) = brackets.get(&offer).copied().unwrap_or_default();
    let own = moves.entry(offer).or_default();
    match meets(taken_between(order, line), Bracket { sent_at, answered_at, margin }) {
        Meets::Inside if mutant!("bracket_ignored") => own.acked_change += given_back - taken,
        Meets::After => own.acked_change += given_back - taken,
        // What the channel gave back may show; what it took may have been overwritten.
        Meets::Before | Meets::Inside => {
            own.acked_change += given_back;
            own.rewrite = true;
            own.bracketed = own.bracketed.saturating_add(u32::try_from(taken).unwrap_or(u32::MAX));
        }
    }
}
