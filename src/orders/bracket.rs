//! An order against the last stock write to the same shop: did our figure erase the channel's own decrement?
//!
//! No channel compares and sets. A stock write leaves at `sent_at`, is answered at `answered_at`, and landed somewhere between. The channel
//! took the units of an order somewhere between its placing and its last change:
//!
//! ```text
//!   ──────[ sent ········ answered ]──────▶ time
//!   taken ─┘ before: our figure may have been computed without it and wrote over it → write again
//!               taken ┘ inside: nobody can tell → write again
//!                              taken ─┘ after: the channel lowered our figure → what we hold acknowledged moves along
//! ```

use ganh_contract::{Order, OrderLine};
use jiff::{SignedDuration, Timestamp};

/// A span of time, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    pub from: Timestamp,
    pub until: Timestamp,
}

/// The span within which a stock write landed. `margin` covers clocks that differ, ours and the channel's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bracket {
    pub sent_at: Timestamp,
    pub answered_at: Timestamp,
    pub margin: SignedDuration,
}

/// How an order stands to a stock write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meets {
    /// Taken before the write left: the write may have erased it.
    Before,
    /// Taken while the write was on its way, or nobody can tell.
    Inside,
    /// Taken after the write was answered: the channel lowered the figure that we wrote.
    After,
}

/// When the channel may have taken or given back the units of a line: from the order's placing to its last change. Dates that contradict
/// each other are put in order.
pub fn taken_between(order: &Order, _line: &OrderLine) -> Interval {
    Interval { from: order.placed_at.min(order.changed_at), until: order.changed_at.max(order.placed_at) }
}

/// Where an interval stands to a bracket. Only a span that begins clearly after the answer is `After`; everything doubtful asks for
/// another write. Saturates at the ends of time.
pub fn meets(interval: Interval, bracket: Bracket) -> Meets {
    let answered = bracket.answered_at.checked_add(bracket.margin).unwrap_or(Timestamp::MAX);
    let sent = bracket.sent_at.checked_sub(bracket.margin).unwrap_or(Timestamp::MIN);
    if interval.from > answered {
        return Meets::After;
    }
    if interval.until < sent {
        return Meets::Before;
    }
    Meets::Inside
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a small number of seconds")
    }

    fn met(from: i64, until: i64) -> Meets {
        let bracket =
            Bracket { sent_at: at(100), answered_at: at(102), margin: SignedDuration::from_secs(2) };
        meets(Interval { from: at(from), until: at(until) }, bracket)
    }

    #[test]
    fn i5_an_order_taken_before_the_write_left_may_have_been_erased() {
        assert_eq!(met(90, 97), Meets::Before);
    }

    #[test]
    fn i5_an_order_taken_while_the_write_was_on_its_way_is_written_again() {
        assert_eq!(
            (met(101, 101), met(98, 99), met(104, 200)),
            (Meets::Inside, Meets::Inside, Meets::Inside)
        );
    }

    #[test]
    fn i5_an_order_placed_after_the_answer_moves_the_acknowledged_figure_along() {
        assert_eq!(met(105, 200), Meets::After);
    }

    #[test]
    fn an_order_that_changed_long_after_it_was_placed_is_in_doubt() {
        assert_eq!(met(50, 500), Meets::Inside);
    }

    #[test]
    fn no_write_yet_means_that_every_order_came_after_it() {
        let never = Bracket {
            sent_at: Timestamp::UNIX_EPOCH,
            answered_at: Timestamp::UNIX_EPOCH,
            margin: SignedDuration::from_secs(60),
        };

        assert_eq!(meets(Interval { from: at(1_000), until: at(1_000) }, never), Meets::After);
    }
}
