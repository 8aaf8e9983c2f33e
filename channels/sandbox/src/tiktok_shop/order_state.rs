//! The state machine of one unit on its way (spec 9.4); an order's status follows from its units.

/// Where a unit stands. In the order of the way to the buyer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Ordered, not paid. Left by paying or cancelling.
    Unpaid,
    /// Paid; the buyer may think again. Left by time or cancelling.
    OnHold,
    /// The seller has to arrange shipment.
    AwaitingShipment,
    /// Arranged; the carrier has not got it.
    AwaitingCollection,
    /// The carrier has it.
    InTransit,
    /// The buyer has it and may return it.
    Delivered,
    /// Final.
    Completed,
    /// Final.
    Cancelled,
}

/// What happens to a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    Pay,
    Release,
    Arrange,
    Collect,
    Deliver,
    Complete,
    Cancel,
}

/// An event that has no place in the present state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IllegalMove;

impl Stage {
    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unpaid => "UNPAID",
            Self::OnHold => "ON_HOLD",
            Self::AwaitingShipment => "AWAITING_SHIPMENT",
            Self::AwaitingCollection => "AWAITING_COLLECTION",
            Self::InTransit => "IN_TRANSIT",
            Self::Delivered => "DELIVERED",
            Self::Completed => "COMPLETED",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// Where the event leads.
    ///
    /// # Errors
    /// When it has no place here.
    pub const fn on(self, event: Event) -> Result<Self, IllegalMove> {
        match (self, event) {
            (Self::Unpaid, Event::Pay) => Ok(Self::OnHold),
            (Self::OnHold, Event::Release) => Ok(Self::AwaitingShipment),
            (Self::AwaitingShipment, Event::Arrange) => Ok(Self::AwaitingCollection),
            (Self::AwaitingCollection, Event::Collect) => Ok(Self::InTransit),
            (Self::InTransit, Event::Deliver) => Ok(Self::Delivered),
            (Self::Delivered, Event::Complete) => Ok(Self::Completed),
            (
                Self::Unpaid
                | Self::OnHold
                | Self::AwaitingShipment
                | Self::AwaitingCollection
                | Self::InTransit,
                Event::Cancel,
            ) => Ok(Self::Cancelled),
            (
                Self::Unpaid
                | Self::OnHold
                | Self::AwaitingShipment
                | Self::AwaitingCollection
                | Self::InTransit
                | Self::Delivered
                | Self::Completed
                | Self::Cancelled,
                Event::Pay
                | Event::Release
                | Event::Arrange
                | Event::Collect
                | Event::Deliver
                | Event::Complete
                | Event::Cancel,
            ) => Err(IllegalMove),
        }
    }

    /// Whether the goods are still with the seller.
    pub const fn is_before_collection(self) -> bool {
        matches!(self, Self::Unpaid | Self::OnHold | Self::AwaitingShipment | Self::AwaitingCollection)
    }
}

#[cfg(test)]
mod tests {
    use super::{Event, IllegalMove, Stage};

    #[test]
    fn the_way_to_the_buyer_has_seven_steps_and_no_way_back() {
        let walk =
            [Event::Pay, Event::Release, Event::Arrange, Event::Collect, Event::Deliver, Event::Complete];

        let end = walk.into_iter().try_fold(Stage::Unpaid, Stage::on);

        assert_eq!(end, Ok(Stage::Completed));
        assert_eq!(Stage::Completed.on(Event::Cancel), Err(IllegalMove));
        assert_eq!(Stage::InTransit.on(Event::Cancel), Ok(Stage::Cancelled));
        assert_eq!(Stage::Delivered.on(Event::Cancel), Err(IllegalMove));
        assert_eq!(Stage::AwaitingCollection.on(Event::Arrange), Err(IllegalMove));
    }
}
