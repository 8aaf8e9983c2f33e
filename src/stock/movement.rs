//! The kinds of movement and what each does to a balance.

use serde::{Deserialize, Serialize};

/// Why units moved. The words are those of the table `movement`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MovementKind {
    /// Goods came in: harvest, production, purchase, opening stock.
    Receive,
    /// A count differed; the only kind whose units may be negative.
    Adjust,
    /// An order took units that are still here.
    Reserve,
    /// An order gave back units that it had reserved.
    Release,
    /// Reserved units left for the buyer.
    Ship,
    /// A person took returned goods back into stock.
    Return,
    /// Spoilt, broken, expired, given away.
    WriteOff,
    /// Left for another place.
    TransferOut,
    /// Came from another place.
    TransferIn,
    /// An order took units that were not there; a note of how many, without effect.
    Oversold,
}

/// What a movement adds to the two sums of a balance, in whole units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub on_hand: i64,
    pub reserved: i64,
}

impl MovementKind {
    /// All kinds, in the order of their declaration.
    pub const ALL: [Self; 10] = [
        Self::Receive,
        Self::Adjust,
        Self::Reserve,
        Self::Release,
        Self::Ship,
        Self::Return,
        Self::WriteOff,
        Self::TransferOut,
        Self::TransferIn,
        Self::Oversold,
    ];

    /// The word that the store keeps.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Receive => "receive",
            Self::Adjust => "adjust",
            Self::Reserve => "reserve",
            Self::Release => "release",
            Self::Ship => "ship",
            Self::Return => "return",
            Self::WriteOff => "write_off",
            Self::TransferOut => "transfer_out",
            Self::TransferIn => "transfer_in",
            Self::Oversold => "oversold",
        }
    }

    /// Reads the store's word back; `None` for any other.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// What this many units of this kind do to a balance. `units` counts forward for every kind: shipping 3 is `Ship` of 3, not of −3.
    /// Saturates at the ends of `i64`.
    pub const fn effect(self, units: i64) -> Change {
        let back = units.saturating_neg();
        match self {
            Self::Receive | Self::Adjust | Self::Return | Self::TransferIn => {
                Change { on_hand: units, reserved: 0 }
            }
            Self::WriteOff | Self::TransferOut => Change { on_hand: back, reserved: 0 },
            Self::Reserve => Change { on_hand: 0, reserved: units },
            Self::Release => Change { on_hand: 0, reserved: back },
            Self::Ship => Change { on_hand: back, reserved: back },
            Self::Oversold => Change { on_hand: 0, reserved: 0 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_movements_and_their_effects() {
        let table: Vec<String> = MovementKind::ALL
            .into_iter()
            .map(|kind| {
                let Change { on_hand, reserved } = kind.effect(3);
                format!("{}: {on_hand:+} {reserved:+}", kind.as_str())
            })
            .collect();

        assert_eq!(
            table,
            [
                "receive: +3 +0",
                "adjust: +3 +0",
                "reserve: +0 +3",
                "release: +0 -3",
                "ship: -3 -3",
                "return: +3 +0",
                "write_off: -3 +0",
                "transfer_out: -3 +0",
                "transfer_in: +3 +0",
                "oversold: +0 +0",
            ]
        );
    }

    #[test]
    fn every_word_reads_back_and_others_do_not() {
        let back: Vec<_> =
            MovementKind::ALL.iter().filter_map(|kind| MovementKind::parse(kind.as_str())).collect();

        assert_eq!((back.as_slice(), MovementKind::parse("stolen")), (&MovementKind::ALL[..], None));
    }
}
