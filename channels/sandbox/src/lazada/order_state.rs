//! The statuses of an order row and how they follow each other (spec 5.5, 5.6).

/// The status of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Placed, not paid; ends by payment, cancellation or after 30 minutes.
    Unpaid,
    /// Paid or cash on delivery; waits for packing.
    Pending,
    /// The pack call succeeded.
    Packed,
    /// Its package was dissolved; waits for packing again.
    Repacked,
    /// Handed over, the carrier has not confirmed.
    ReadyPending,
    /// Ready for the carrier.
    Ready,
    /// Picked up.
    Shipped,
    /// Delivered.
    Delivered,
    /// The buyer confirmed.
    Confirmed,
    /// Delivery failed.
    FailedDelivery,
    /// On its way back after a failed delivery.
    ShippedBack,
    /// Came back.
    ShippedBackSuccess,
    /// Did not come back.
    ShippedBackFailed,
    /// The carrier lost it.
    Lost,
    /// The carrier damaged it.
    Damaged,
    /// The carrier threw it away.
    Scrapped,
    /// Cancelled.
    Canceled,
    /// The buyer sent it back.
    Returned,
}

/// All statuses.
pub const ALL: [Status; 18] = [
    Status::Unpaid,
    Status::Pending,
    Status::Packed,
    Status::Repacked,
    Status::ReadyPending,
    Status::Ready,
    Status::Shipped,
    Status::Delivered,
    Status::Confirmed,
    Status::FailedDelivery,
    Status::ShippedBack,
    Status::ShippedBackSuccess,
    Status::ShippedBackFailed,
    Status::Lost,
    Status::Damaged,
    Status::Scrapped,
    Status::Canceled,
    Status::Returned,
];

impl Status {
    /// The platform's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unpaid => "unpaid",
            Self::Pending => "pending",
            Self::Packed => "packed",
            Self::Repacked => "repacked",
            Self::ReadyPending => "ready_to_ship_pending",
            Self::Ready => "ready_to_ship",
            Self::Shipped => "shipped",
            Self::Delivered => "delivered",
            Self::Confirmed => "confirmed",
            Self::FailedDelivery => "failed_delivery",
            Self::ShippedBack => "shipped_back",
            Self::ShippedBackSuccess => "shipped_back_success",
            Self::ShippedBackFailed => "shipped_back_failed",
            Self::Lost => "lost_by_3pl",
            Self::Damaged => "damaged_by_3pl",
            Self::Scrapped => "package_scrapped",
            Self::Canceled => "canceled",
            Self::Returned => "returned",
        }
    }

    /// Whether a row may become `to` in one step.
    pub const fn may_become(self, to: Self) -> bool {
        match self {
            Self::Unpaid => matches!(to, Self::Pending | Self::Canceled),
            Self::Pending | Self::Repacked => matches!(to, Self::Packed | Self::Canceled),
            Self::Packed => matches!(to, Self::Repacked | Self::ReadyPending | Self::Ready | Self::Canceled),
            Self::ReadyPending => matches!(to, Self::Ready | Self::Canceled),
            Self::Ready => {
                matches!(to, Self::Shipped | Self::Delivered | Self::FailedDelivery | Self::Canceled)
            }
            Self::Shipped => {
                matches!(to, Self::Delivered | Self::FailedDelivery | Self::Lost | Self::Damaged)
            }
            Self::Delivered => matches!(to, Self::Confirmed | Self::Returned),
            Self::Confirmed => matches!(to, Self::Returned),
            Self::FailedDelivery => matches!(to, Self::ShippedBack),
            Self::ShippedBack => {
                matches!(to, Self::ShippedBackSuccess | Self::ShippedBackFailed | Self::Scrapped)
            }
            Self::ShippedBackSuccess
            | Self::ShippedBackFailed
            | Self::Lost
            | Self::Damaged
            | Self::Scrapped
            | Self::Canceled
            | Self::Returned => false,
        }
    }

    /// The statuses that a `status` filter stands for; `None`: no such filter (spec 5.6; the groups are the sandbox's).
    pub fn filter(word: &str) -> Option<Vec<Self>> {
        let group = match word {
            "topack" => vec![Self::Pending, Self::Repacked],
            "toship" => vec![Self::Packed, Self::ReadyPending, Self::Ready],
            "failed" => vec![Self::FailedDelivery],
            "lost" => vec![Self::Lost],
            "repacked" | "confirmed" | "ready_to_ship_pending" => return None,
            _ => vec![ALL.into_iter().find(|status| status.word() == word)?],
        };
        Some(group)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_table() {
        let moves: Vec<String> = ALL
            .iter()
            .map(|from| {
                let to: Vec<&str> =
                    ALL.iter().filter(|to| from.may_become(**to)).map(|to| to.word()).collect();
                format!("{} -> {}", from.word(), to.join(" "))
            })
            .collect();

        assert_eq!(
            moves,
            [
                "unpaid -> pending canceled",
                "pending -> packed canceled",
                "packed -> repacked ready_to_ship_pending ready_to_ship canceled",
                "repacked -> packed canceled",
                "ready_to_ship_pending -> ready_to_ship canceled",
                "ready_to_ship -> shipped delivered failed_delivery canceled",
                "shipped -> delivered failed_delivery lost_by_3pl damaged_by_3pl",
                "delivered -> confirmed returned",
                "confirmed -> returned",
                "failed_delivery -> shipped_back",
                "shipped_back -> shipped_back_success shipped_back_failed package_scrapped",
                "shipped_back_success -> ",
                "shipped_back_failed -> ",
                "lost_by_3pl -> ",
                "damaged_by_3pl -> ",
                "package_scrapped -> ",
                "canceled -> ",
                "returned -> ",
            ]
        );
    }

    #[test]
    fn filters_are_words_and_groups() {
        assert_eq!(Status::filter("topack"), Some(vec![Status::Pending, Status::Repacked]));
        assert_eq!(Status::filter("canceled"), Some(vec![Status::Canceled]));
        assert_eq!(Status::filter("cancelled"), None);
    }
}
