//! The engine's rules for creating and for walking, in their shortest form: what a case may count on the caller to do.

use crate::world::Online;
use ganh_contract::{
    AfterUnknown, Applied, Draft, Facet, Fault, FaultKind, Found, Link, ListingHead, Next, Observed, Order,
    OrderHead, Progress, Reading, RemoteListingId, Result, Stage, Standing, Start, Ticket, Window,
};
use jiff::Timestamp;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

/// Steps after which a create is stuck.
const STEPS: usize = 60;

/// Where a create begins or goes on.
#[derive(Debug, Clone)]
pub enum From {
    Fresh,
    Ticket(Ticket),
    Adopt(RemoteListingId),
}

impl Online {
    /// Lists a draft as the engine does: looks first, goes on with the ticket, looks again after an unknown outcome. Reviews are granted.
    pub async fn list(&self, draft: &Draft) -> Result<Link> {
        self.keep_alive().await;
        let from = self.look_again(draft).await?;
        self.go_on(draft, from).await
    }

    /// What `find` makes of the next step. More than one listing is for a person.
    pub async fn look(&self, draft: &Draft) -> Result<From> {
        Ok(match self.shop().find(&draft.code, &skus(draft)).await? {
            Found::Nothing => From::Fresh,
            Found::Underway(ticket) => From::Ticket(ticket),
            Found::Listings(readings) => match readings.as_slice() {
                [] => From::Fresh,
                [only] => From::Adopt(RemoteListingId::new(only.id.as_str())),
                several => panic!("{} listings under one code", several.len()),
            },
        })
    }

    /// Takes steps from here to the end.
    pub async fn go_on(&self, draft: &Draft, mut from: From) -> Result<Link> {
        let intent = format!("intent-{}", draft.code);
        let rules = self.allows().create.clone().expect("a channel that creates");
        for _ in 0..STEPS {
            let start = match &from {
                From::Fresh => Start::Fresh(&intent),
                From::Ticket(ticket) => Start::Resume(ticket),
                From::Adopt(listing) => Start::Adopt(listing),
            };
            match self.shop().create(draft, start).await {
                Ok(Progress::Done(link)) => return Ok(link),
                Ok(Progress::Later { stage, ticket, wait, .. }) => {
                    assert!(ticket.as_str().len() <= 4096, "a ticket holds at most 4 KiB");
                    if stage == Stage::Reviewing {
                        self.approve(draft).await;
                    }
                    self.desk.pass(wait).await;
                    from = From::Ticket(ticket);
                }
                Err(fault) if is_passing(&fault) => {
                    let may_repeat = fault.applied() == Applied::No
                        || matches!(from, From::Ticket(_))
                        || rules.after_unknown == AfterUnknown::SameKeyAgain;
                    if may_repeat {
                        self.desk.pass(self.allows().lag.cut).await;
                        continue;
                    }
                    from = self.look_after_unknown(draft).await?;
                }
                Err(fault) => return Err(fault),
            }
        }
        panic!("{STEPS} steps and no end");
    }

    /// Believes absence only when the lags are over, and twice.
    pub async fn look_after_unknown(&self, draft: &Draft) -> Result<From> {
        let lag = self.allows().lag.clone();
        self.desk.pass(lag.cut + lag.search + Duration::from_secs(1)).await;
        match self.look_again(draft).await? {
            From::Fresh => self.look_again(draft).await,
            found => Ok(found),
        }
    }

    /// Looks until there is an answer: a look that is lost changed nothing.
    async fn look_again(&self, draft: &Draft) -> Result<From> {
        for _ in 0..5 {
            match self.look(draft).await {
                Err(fault) if is_passing(&fault) => {}
                found => return found,
            }
        }
        self.look(draft).await
    }

    /// The reviewers decide about the draft's request or listing.
    pub async fn decide(&self, draft: &Draft, event: &str, body: serde_json::Value) {
        let waiting = self.under_review(draft).await;
        assert_eq!(waiting.len(), 1, "one thing under review");
        self.desk.listing_event(&waiting[0], event, body).await;
    }

    async fn approve(&self, draft: &Draft) {
        for waiting in self.under_review(draft).await {
            self.desk.listing_event(&waiting, "approve", json!({})).await;
        }
    }

    async fn under_review(&self, draft: &Draft) -> Vec<String> {
        let listings = self.desk.listings_with(draft.code.as_str()).await.into_iter();
        let waiting = listings.filter(|listing| listing.standing == ganh_sandbox::Standing::Reviewing);
        waiting.map(|listing| listing.id).collect()
    }

    /// A listing on sale and visible to every read.
    pub async fn live(&self, code: &str, offers: usize) -> (Draft, Link) {
        let draft = self.draft(code, offers);
        let link = self.list(&draft).await.unwrap_or_else(|fault| panic!("listing {code}: {fault}"));
        if self.allows().create.as_ref().is_some_and(|rules| rules.hides(!draft.axes.is_empty())) {
            self.put_on_sale(&link).await;
        }
        self.settle().await;
        (draft, link)
    }

    /// Shows a listing; where showing is reviewed, the review is granted.
    pub async fn put_on_sale(&self, link: &Link) {
        let rows = link.offers.iter().map(|linked| crate::story::on_sale(linked, true)).collect();
        for outcome in self.set(rows).await.expect("outcomes") {
            outcome.expect("on sale");
        }
        let listing = &link.offers[0].offer.listing;
        let seen = self.desk.listing(listing.as_str()).await.expect("a listing");
        if seen.standing == ganh_sandbox::Standing::Reviewing {
            self.desk.listing_event(listing.as_str(), "approve", json!({})).await;
        }
    }

    /// Waits until reads and searches must show what was written.
    pub async fn settle(&self) {
        let lag = self.allows().lag.clone();
        self.desk.pass(lag.read.max(lag.search)).await;
    }

    /// Whether a facet can be set for offers of this kind.
    pub fn can_set(&self, facet: Facet, kind: ganh_contract::OfferKind) -> bool {
        self.allows().shape_for(facet, kind).is_some()
    }

    /// Walks all listings to `End`.
    pub async fn walk(&self) -> Vec<ListingHead> {
        let mut rows = Vec::new();
        let mut cursor = None;
        for _ in 0..1000 {
            let page = self.shop().listings(cursor.as_ref()).await.expect("a page of listings");
            rows.extend(page.rows);
            match page.next {
                Next::More(next) => cursor = Some(next),
                Next::End => return rows,
                Next::TooMany => panic!("listings are never too many"),
            }
        }
        panic!("a walk without end");
    }

    /// Reads one listing.
    pub async fn see(&self, listing: &RemoteListingId) -> Reading<Observed> {
        let mut readings =
            self.shop().observe(&[ListingHead::named(listing.clone())]).await.expect("readings");
        assert_eq!(readings.len(), 1, "one reading for one head");
        readings.remove(0)
    }

    /// Reads one listing that is there.
    pub async fn observed(&self, listing: &RemoteListingId) -> Observed {
        self.see(listing).await.value.expect("a readable listing")
    }

    /// Where a listing stands, as read.
    pub async fn standing(&self, listing: &RemoteListingId) -> Standing {
        self.observed(listing).await.standing
    }
}

/// Passes by itself, whether it was applied or not.
pub fn is_passing(fault: &Fault) -> bool {
    matches!(
        *fault.kind,
        FaultKind::Unreachable | FaultKind::Interrupted | FaultKind::Down | FaultKind::Unintelligible
    )
}

/// The SKUs of a draft.
pub fn skus(draft: &Draft) -> Vec<ganh_contract::Sku> {
    draft.offers.iter().map(|offer| offer.sku.clone()).collect()
}

/// Orders as read, by id.
pub type Orders = BTreeMap<String, Reading<Order>>;

impl Online {
    /// Sweeps `[from, until]` as the engine does: in windows that fit, each from a little earlier, halved where the channel will not page on.
    pub async fn sweep(&self, from: Timestamp, until: Timestamp) -> Orders {
        let rules = self.allows().orders.clone().expect("a channel with orders");
        let mut orders = Orders::new();
        let mut at = from;
        loop {
            let end = at.checked_add(rules.max_window - rules.overlap).expect("in range").min(until);
            let start = at.checked_sub(rules.overlap).expect("in range");
            self.sweep_window(Window { from: start, until: end }, &mut orders).await;
            if end >= until {
                return orders;
            }
            at = end;
        }
    }

    async fn sweep_window(&self, window: Window, orders: &mut Orders) {
        let mut open = vec![window];
        while let Some(window) = open.pop() {
            let Some(heads) = self.heads(window).await else {
                let half = window.until.duration_since(window.from) / 2;
                let middle = window.from.checked_add(half).expect("in range");
                open.extend([Window { from: window.from, until: middle }, Window { from: middle, ..window }]);
                continue;
            };
            self.complete(heads, orders).await;
        }
    }

    /// The heads of a window; `None` where it must be halved.
    pub async fn heads(&self, window: Window) -> Option<Vec<OrderHead>> {
        let mut heads = Vec::new();
        let mut cursor = None;
        for _ in 0..1000 {
            let page = self.shop().orders(window, cursor.as_ref()).await.expect("a page of orders");
            heads.extend(page.rows);
            match page.next {
                Next::More(next) => cursor = Some(next),
                Next::End => return Some(heads),
                Next::TooMany => return None,
            }
        }
        panic!("a walk without end");
    }

    /// Reads heads to their end, in calls that fit.
    pub async fn complete(&self, heads: Vec<OrderHead>, orders: &mut Orders) {
        let most = self.allows().orders.as_ref().map_or(1, |rules| rules.heads_per_read).max(1);
        for some in heads.chunks(most) {
            let readings = self.shop().read_orders(some).await.expect("readings of orders");
            assert_eq!(readings.len(), some.len(), "one reading for each head");
            for (head, reading) in some.iter().zip(readings) {
                assert_eq!(reading.id, head.id.as_str(), "readings come in the order of their heads");
                orders.insert(reading.id.clone(), reading);
            }
        }
    }

    /// Sweeps the last day, up to a little from now.
    pub async fn recent_orders(&self) -> Orders {
        let now = self.desk.now();
        let day = Duration::from_secs(86_400);
        self.sweep(now.checked_sub(day).expect("in range"), now).await
    }

    /// Reads one order.
    pub async fn order(&self, id: &str) -> Order {
        self.order_reading(id).await.value.expect("a readable order")
    }

    /// Reads one order, perhaps an unreadable one.
    pub async fn order_reading(&self, id: &str) -> Reading<Order> {
        let mut readings = self.shop().read_orders(&[OrderHead::named(id.into())]).await.expect("readings");
        assert_eq!(readings.len(), 1, "one reading for one head");
        readings.remove(0)
    }
}
