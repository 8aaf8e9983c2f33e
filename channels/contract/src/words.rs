//! The small words: ids as each channel spells them, money, secrets.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! opaque {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps the text as it stands; nothing is trimmed or checked.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text as received or as it goes on the wire.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
    )+ };
}

opaque! {
    /// A shop as the channel names it.
    RemoteShopId,
    /// A listing (item, product) as the channel names it.
    RemoteListingId,
    /// An offer (model, SKU, variation) as the channel names it; empty where the listing has only one and the channel gives it no id.
    RemoteOfferId,
    /// A warehouse or location as the channel names it.
    RemotePlaceId,
    /// An order as the channel names it. Unique only together with its shop.
    RemoteOrderId,
    /// A line of an order: the same on every read, made by the adapter where the channel has none.
    RemoteLineId,
    /// A parcel as the channel names it.
    RemotePackageId,
    /// A picture that the channel already holds.
    RemotePictureId,
    /// A category as the channel names it.
    RemoteCategoryId,
    /// The producer's own code of a variant, or of a listing as a whole.
    Sku,
    /// A place in a walk. Valid inside one walk only; a stale one is answered with `Conflict` and the walk starts again.
    Cursor,
    /// Memory of unfinished work: at most 4 KiB, no secrets, stored before the next step. Only its adapter reads it.
    Ticket,
}

/// A credential. `Debug` prints nothing of it and it cannot be serialised.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a credential.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The credential itself: for signing and for sealing, never for a message.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Whole đồng, VAT included. The currency has no smaller unit (ISO 4217 exponent 0).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Vnd(pub i64);

impl Vnd {
    /// The amount in đồng.
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Vnd {
    /// Writes `1.250.000 ₫`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.unsigned_abs().to_string();
        if self.0 < 0 {
            f.write_str("-")?;
        }
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                f.write_str(".")?;
            }
            write!(f, "{digit}")?;
        }
        f.write_str(" ₫")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_written_with_dots_and_the_dong_sign() {
        let written: Vec<String> = [0, 999, 1_000, 1_250_000, -35_000].map(|n| Vnd(n).to_string()).into();

        assert_eq!(written, ["0 ₫", "999 ₫", "1.000 ₫", "1.250.000 ₫", "-35.000 ₫"]);
    }

    #[test]
    fn i13_a_secret_prints_nothing() {
        assert_eq!(format!("{:?}", Secret::new("abc")), "Secret(..)");
    }
}
