//! A balance: what lies at a place and what orders have taken of it.

use crate::stock::movement::{Change, MovementKind};
use serde::{Deserialize, Serialize};

/// The two sums of a variant at a place, in whole units. `on_hand` below zero means that more was shipped than the ledger knew of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    pub on_hand: i64,
    pub reserved: i64,
}

/// Why a movement cannot be written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A person may not take out more than lies there unreserved.
    #[error(
        "{kind} of {units} units: only {free} are there and not reserved; count the goods and adjust first",
        kind = kind.as_str()
    )]
    NotThere { kind: MovementKind, units: i64, free: i64 },
    /// Only an adjustment may be negative, and none may be zero.
    #[error("{kind} of {units} units: the number must be above zero", kind = kind.as_str())]
    NotPositive { kind: MovementKind, units: i64 },
    /// The sum does not fit a 64-bit number.
    #[error("{kind} of {units} units: the number is too large", kind = kind.as_str())]
    TooLarge { kind: MovementKind, units: i64 },
}

impl Balance {
    /// Units that can still be sold: on hand − reserved, never below 0 and at most `u32::MAX`.
    pub fn sellable(&self) -> u32 {
        u32::try_from(self.free().max(0)).unwrap_or(u32::MAX)
    }

    /// How many of `units` a reservation would not find here. What orders took beyond the stock before is not counted again.
    pub fn shortage(&self, units: u32) -> u32 {
        units.saturating_sub(self.sellable())
    }

    /// The balance after a change; `None` when a sum leaves the 64-bit range.
    pub fn apply(self, change: Change) -> Option<Self> {
        Some(Self {
            on_hand: self.on_hand.checked_add(change.on_hand)?,
            reserved: self.reserved.checked_add(change.reserved)?,
        })
    }

    /// The balance after a movement, or why it may not be.
    ///
    /// Movements of orders are never refused for want of goods, and neither are returns and receipts; what a person takes out
    /// (adjust below zero, write off, transfer out) must lie here unreserved.
    ///
    /// # Errors
    /// `NotPositive` for units ≤ 0 (adjustments: = 0), `NotThere` for taking out too much, `TooLarge` on overflow.
    pub fn after(self, kind: MovementKind, units: i64) -> Result<Self, Refusal> {
        if units == 0 || (units < 0 && kind != MovementKind::Adjust) {
            return Err(Refusal::NotPositive { kind, units });
        }
        let after = self.apply(kind.effect(units)).ok_or(Refusal::TooLarge { kind, units })?;
        let by_a_person = match kind {
            MovementKind::Adjust => units < 0,
            MovementKind::WriteOff | MovementKind::TransferOut => true,
            MovementKind::Receive
            | MovementKind::Reserve
            | MovementKind::Release
            | MovementKind::Ship
            | MovementKind::Return
            | MovementKind::TransferIn
            | MovementKind::Oversold => false,
        };
        if by_a_person && after.free() < 0 {
            return Err(Refusal::NotThere { kind, units, free: self.free().max(0) });
        }
        Ok(after)
    }

    fn free(&self) -> i64 {
        self.on_hand.saturating_sub(self.reserved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_person_cannot_take_out_reserved_units() {
        let balance = Balance { on_hand: 5, reserved: 3 };

        assert_eq!(
            (balance.after(MovementKind::WriteOff, 2), balance.after(MovementKind::Adjust, -3)),
            (
                Ok(Balance { on_hand: 3, reserved: 3 }),
                Err(Refusal::NotThere { kind: MovementKind::Adjust, units: -3, free: 2 })
            )
        );
    }

    #[test]
    fn an_order_takes_what_is_not_there_and_the_shortage_is_known() {
        let balance = Balance { on_hand: 2, reserved: 1 };

        let after = balance.after(MovementKind::Reserve, 3);

        assert_eq!(
            (balance.shortage(3), after, after.map(|after| after.sellable())),
            (2, Ok(Balance { on_hand: 2, reserved: 4 }), Ok(0))
        );
    }

    proptest! {
        #[test]
        fn a_balance_is_the_sum_of_its_movements_whatever_their_order(
            moves in proptest::collection::vec((0_usize..10, 1_i64..1_000), 0..40)
        ) {
            let add = |balance: Balance, (kind, units): &(usize, i64)| {
                balance.apply(MovementKind::ALL[*kind].effect(*units)).expect("small numbers")
            };

            let forward = moves.iter().fold(Balance::default(), add);
            let backward = moves.iter().rev().fold(Balance::default(), add);

            prop_assert_eq!(forward, backward);
        }

        #[test]
        fn what_a_person_does_never_leaves_less_than_is_reserved(
            on_hand in 0_i64..100, reserved in 0_i64..100, kind in 0_usize..10, units in -150_i64..150
        ) {
            prop_assume!(reserved <= on_hand);
            let kind = MovementKind::ALL[kind];

            if let Ok(after) = (Balance { on_hand, reserved }).after(kind, units)
                && !matches!(kind, MovementKind::Reserve | MovementKind::Ship)
            {
                prop_assert!(after.on_hand >= after.reserved);
            }
        }

        #[test]
        fn sellable_is_never_below_zero_nor_above_what_is_on_hand(on_hand: i64, reserved in 0..i64::MAX) {
            let sellable = i64::from(Balance { on_hand, reserved }.sellable());

            prop_assert!(sellable == 0 || sellable <= on_hand);
        }
    }
}
