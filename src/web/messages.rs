//! Every visible word of the pages, in both languages. A word that one of them lacks does not compile.

mod en;
mod vi;

pub use en::EN;
pub use vi::VI;

macro_rules! messages {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// The words of one language.
        #[derive(Debug)]
        pub struct Messages {
            $($(#[$doc])* pub $name: &'static str,)+
        }

        impl Messages {
            /// All words with their names.
            #[cfg(test)]
            pub fn all(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($name), self.$name)),+]
            }
        }
    };
}

messages! {
    title, tagline, other_language, other_language_code, skip, as_of, zone,
    seconds, minutes, hours, days, ago, never,
    // the figures on top
    shops, shops_well, pending, offers, parked, promised_beyond, beyond_units, revision, drift, listings_live, products, orders,
    // shops
    shop, state, freshness, calls, oldest, listing_work, find_shop, all_producers, show, operator, no_shops, page, of, before, next,
    cut, stuck, stale, slow, new, paused, well, frozen, odd_orders,
    // who must act
    stopped, stopped_since, stopped_by, stopped_why, unconfirmed, confirmed,
    who, producer, admin, developer, nobody, reason, thing, listing, offer, since, no_parked,
    // orders
    order, stage, total, lines, placed, no_orders, unreadable, unmapped, outside_ledger,
    unpaid, ordered, ready, packed, shipped, delivered, completed, cancelling, cancelled, returning, returned, failed, unknown,
    // one SKU
    find_sku, trace_of, back, place, on_hand, reserved, sellable, offline, shelf, windows, should_show, sent, acknowledged, observed,
    not_linked, in_step, waiting, suspect, never_sent, hidden, held_there, exposure, over_promised, covered, why, movements,
    at, kind, units, by, receive, adjust, reserve, release, ship, take_back, write_off, transfer_out, transfer_in, oversold,
    no_offers, no_movements,
    // refusals
    sku_unknown, sku_unknown_mend, page_unknown, store_away, store_away_mend,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_is_empty_in_either_language() {
        let empty: Vec<_> =
            VI.all().into_iter().chain(EN.all()).filter(|(_, word)| word.trim().is_empty()).collect();

        assert_eq!(empty, []);
    }

    #[test]
    fn vietnamese_words_are_composed_so_that_they_look_the_same_everywhere() {
        use unicode_normalization::is_nfc;

        let odd: Vec<_> = VI.all().into_iter().filter(|(_, word)| !is_nfc(word)).collect();

        assert_eq!(odd, []);
    }
}
