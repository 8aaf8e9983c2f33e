//! The state machine of an order (spec 5.3; the moves are inferred, the official diagram is a picture).

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Placed, not paid. Left by paying or cancelling.
    Unpaid,
    /// Held by the platform; shown only to callers that ask for it.
    Pending,
    /// The seller can arrange shipment.
    ReadyToShip,
    /// Shipment is arranged.
    Processed,
    /// The carrier did not get it; to be arranged again.
    RetryShip,
    /// With the carrier.
    Shipped,
    /// Delivered, the buyer has to confirm.
    ToConfirmReceive,
    /// The buyer asked to cancel, the seller must answer; remembers where it was.
    InCancel(Before),
    /// On its way back.
    ToReturn,
    /// Final.
    Completed,
    /// Final.
    Cancelled,
}

/// Where an order was when the buyer asked to cancel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    ReadyToShip,
    Processed,
}

/// What happens to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    Pay,
    Hold,
    Release,
    Arrange,
    PickUp,
    PickupFails,
    Deliver,
    Complete,
    AskCancel,
    AcceptCancel,
    RejectCancel,
    Cancel,
    Return,
    FinishReturn,
}

/// An event that has no place in the present state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IllegalMove;

impl Status {
    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unpaid => "UNPAID",
            Self::Pending => "PENDING",
            Self::ReadyToShip => "READY_TO_SHIP",
            Self::Processed => "PROCESSED",
            Self::RetryShip => "RETRY_SHIP",
            Self::Shipped => "SHIPPED",
            Self::ToConfirmReceive => "TO_CONFIRM_RECEIVE",
            Self::InCancel(_) => "IN_CANCEL",
            Self::ToReturn => "TO_RETURN",
            Self::Completed => "COMPLETED",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// What callers see that do not ask for pending orders: the state before the migration (spec 5.1).
    pub const fn shown(self, shows_pending: bool) -> &'static str {
        if matches!(self, Self::Pending) && !shows_pending { Self::ReadyToShip.word() } else { self.word() }
    }

    /// Where the event leads.
    ///
    /// # Errors
    /// When it has no place here.
    pub fn on(self, event: Event) -> Result<Self, IllegalMove> {
        match (self, event) {
            (Self::Unpaid, Event::Pay) | (Self::Pending, Event::Release) => Ok(Self::ReadyToShip),
            (Self::ReadyToShip, Event::Hold) => Ok(Self::Pending),
            (Self::ReadyToShip | Self::RetryShip, Event::Arrange) => Ok(Self::Processed),
            (Self::Processed, Event::PickUp) => Ok(Self::Shipped),
            (Self::Processed, Event::PickupFails) => Ok(Self::RetryShip),
            (Self::Shipped, Event::Deliver) => Ok(Self::ToConfirmReceive),
            (Self::ToConfirmReceive, Event::Complete) | (Self::ToReturn, Event::FinishReturn) => {
                Ok(Self::Completed)
            }
            (Self::ToConfirmReceive | Self::Completed, Event::Return) => Ok(Self::ToReturn),
            (Self::ReadyToShip, Event::AskCancel) => Ok(Self::InCancel(Before::ReadyToShip)),
            (Self::Processed, Event::AskCancel) => Ok(Self::InCancel(Before::Processed)),
            (Self::InCancel(_), Event::AcceptCancel) => Ok(Self::Cancelled),
            (Self::InCancel(Before::ReadyToShip), Event::RejectCancel) => Ok(Self::ReadyToShip),
            (Self::InCancel(Before::Processed), Event::RejectCancel) => Ok(Self::Processed),
            (
                Self::Unpaid
                | Self::Pending
                | Self::ReadyToShip
                | Self::Processed
                | Self::RetryShip
                | Self::Shipped
                | Self::InCancel(_)
                | Self::ToReturn,
                Event::Cancel,
            ) => Ok(Self::Cancelled),
            _ => Err(IllegalMove),
        }
    }

    /// Whether the goods have not left the seller.
    pub const fn is_before_shipping(self) -> bool {
        matches!(
            self,
            Self::Unpaid
                | Self::Pending
                | Self::ReadyToShip
                | Self::Processed
                | Self::RetryShip
                | Self::InCancel(_)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_walks_to_its_end() {
        let walk = [Event::Pay, Event::Arrange, Event::PickUp, Event::Deliver, Event::Complete];
        let end = walk.into_iter().try_fold(Status::Unpaid, Status::on);

        assert_eq!(end, Ok(Status::Completed));
    }

    #[test]
    fn a_rejected_cancellation_goes_back_to_where_it_was() {
        let asked = Status::Processed.on(Event::AskCancel).and_then(|status| status.on(Event::RejectCancel));

        assert_eq!(asked, Ok(Status::Processed));
    }

    #[test]
    fn nothing_leaves_a_cancelled_order() {
        assert_eq!(Status::Cancelled.on(Event::Pay), Err(IllegalMove));
        assert_eq!(Status::Cancelled.on(Event::Cancel), Err(IllegalMove));
    }

    #[test]
    fn a_pending_order_hides_as_before_the_migration() {
        assert_eq!(Status::Pending.shown(false), "READY_TO_SHIP");
        assert_eq!(Status::Pending.shown(true), "PENDING");
    }
}
