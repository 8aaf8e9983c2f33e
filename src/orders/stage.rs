//! The stages of a line: their words in the store, their order, and the stage of a whole order.

use ganh_contract::{LineStage, OrderLine};
use std::borrow::Cow;

/// The word that the store keeps. A channel's unknown word is kept behind `unknown:`.
pub fn stage_name(stage: &LineStage) -> Cow<'static, str> {
    Cow::Borrowed(match stage {
        LineStage::Unpaid => "unpaid",
        LineStage::Pending => "pending",
        LineStage::Ready => "ready",
        LineStage::Packed => "packed",
        LineStage::Shipped => "shipped",
        LineStage::Delivered => "delivered",
        LineStage::Completed => "completed",
        LineStage::Cancelling => "cancelling",
        LineStage::Cancelled => "cancelled",
        LineStage::Returning => "returning",
        LineStage::Returned => "returned",
        LineStage::Failed => "failed",
        LineStage::Unknown(word) => return Cow::Owned(format!("unknown:{word}")),
    })
}

/// Reads the store's word back; a word that nobody wrote is an unknown stage, never a guess.
pub fn parse_stage(word: &str) -> LineStage {
    match word {
        "unpaid" => LineStage::Unpaid,
        "pending" => LineStage::Pending,
        "ready" => LineStage::Ready,
        "packed" => LineStage::Packed,
        "shipped" => LineStage::Shipped,
        "delivered" => LineStage::Delivered,
        "completed" => LineStage::Completed,
        "cancelling" => LineStage::Cancelling,
        "cancelled" => LineStage::Cancelled,
        "returning" => LineStage::Returning,
        "returned" => LineStage::Returned,
        "failed" => LineStage::Failed,
        other => LineStage::Unknown(other.strip_prefix("unknown:").unwrap_or(other).to_owned()),
    }
}

/// How far a line is on its way to the buyer; `None` for stages that stand beside that way.
pub fn rank(stage: &LineStage) -> Option<u8> {
    match stage {
        LineStage::Unpaid => Some(0),
        LineStage::Pending => Some(1),
        LineStage::Ready => Some(2),
        LineStage::Packed => Some(3),
        LineStage::Shipped => Some(4),
        LineStage::Delivered => Some(5),
        LineStage::Completed => Some(6),
        LineStage::Returning => Some(7),
        LineStage::Returned => Some(8),
        LineStage::Cancelling | LineStage::Cancelled | LineStage::Failed | LineStage::Unknown(_) => None,
    }
}

/// The stage of an order, from its lines: what still asks for attention most.
///
/// An unknown line makes the order unknown; then a wish to cancel, a return on its way; then the line that is furthest behind. Cancelled and
/// failed lines count only when there is no other. An order without lines is unknown.
pub fn order_stage(lines: &[OrderLine]) -> LineStage {
    let find =
        |wanted: fn(&LineStage) -> bool| lines.iter().map(|line| &line.stage).find(|stage| wanted(stage));
    let loud = find(|stage| matches!(stage, LineStage::Unknown(_)))
        .or_else(|| find(|stage| *stage == LineStage::Cancelling))
        .or_else(|| find(|stage| *stage == LineStage::Returning));
    let behind = lines
        .iter()
        .filter_map(|line| rank(&line.stage).map(|rank| (rank, &line.stage)))
        .min_by_key(|(rank, _)| *rank)
        .map(|(_, stage)| stage);
    loud.or(behind)
        .or_else(|| find(|stage| *stage == LineStage::Failed))
        .or_else(|| find(|stage| *stage == LineStage::Cancelled))
        .cloned()
        .unwrap_or_else(|| LineStage::Unknown(String::new()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orders::effects::tests::line;

    fn order(stages: &[LineStage]) -> LineStage {
        order_stage(&stages.iter().map(|stage| line(stage.clone(), 1, 0)).collect::<Vec<_>>())
    }

    #[test]
    fn every_stage_reads_back_from_its_word() {
        let stages = [
            LineStage::Unpaid,
            LineStage::Pending,
            LineStage::Ready,
            LineStage::Packed,
            LineStage::Shipped,
            LineStage::Delivered,
            LineStage::Completed,
            LineStage::Cancelling,
            LineStage::Cancelled,
            LineStage::Returning,
            LineStage::Returned,
            LineStage::Failed,
            LineStage::Unknown("IN_LIMBO".into()),
        ];

        let back: Vec<LineStage> = stages.iter().map(|stage| parse_stage(&stage_name(stage))).collect();

        assert_eq!(back, stages);
    }

    #[test]
    fn an_order_stands_where_its_slowest_living_line_stands() {
        assert_eq!(order(&[LineStage::Shipped, LineStage::Cancelled, LineStage::Ready]), LineStage::Ready);
    }

    #[test]
    fn one_unknown_line_makes_the_order_unknown() {
        let unknown = LineStage::Unknown("?".into());

        assert_eq!(order(&[LineStage::Shipped, unknown.clone()]), unknown);
    }

    #[test]
    fn an_order_is_cancelled_when_every_line_is() {
        assert_eq!(order(&[LineStage::Cancelled, LineStage::Cancelled]), LineStage::Cancelled);
    }
}
