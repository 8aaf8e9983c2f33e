//! Numbers that the store gives to its rows, one type for each kind of row, so that none is taken for another.
//!
//! What a marketplace calls a thing is in `ganh_contract::words` (`Remote…Id`).

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(i64);

        impl $name {
            /// Wraps a number read from the store.
            pub const fn new(number: i64) -> Self {
                Self(number)
            }

            /// The number as the store keeps it.
            pub const fn get(self) -> i64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    )+ };
}

ids! {
    /// A producer (chủ thể), the unit of isolation.
    ProducerId,
    /// A product of the master catalogue.
    ProductId,
    /// A variant: one sellable SKU.
    VariantId,
    /// A shop: one authorised account on a channel.
    ShopId,
    /// A listing: one product in one shop.
    ListingId,
    /// An offer: one variant inside a listing.
    OfferId,
    /// A place where stock lies.
    PlaceId,
    /// An order as we stored it.
    OrderId,
    /// A line of an order.
    OrderLineId,
    /// A movement of the stock ledger.
    MovementId,
    /// A platform: our app on a channel.
    PlatformId,
    /// A grant: the sealed tokens with which a platform opens shops.
    GrantId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_written_as_its_plain_number() {
        let id = ShopId::new(42);

        assert_eq!(
            (id.get(), id.to_string(), serde_json::to_string(&id).ok()),
            (42, "42".into(), Some("42".into()))
        );
    }
}
