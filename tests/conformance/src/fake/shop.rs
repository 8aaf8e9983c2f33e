//! One shop of the fake channel: translates, keeps nothing.

use super::line::{Line, Told, complaints, fault};
use super::told::{observed, order};
use async_trait::async_trait;
use ganh_contract::{
    Acted, Action, ActionKind, Capability, Choice, Cursor, Draft, Fault, FaultKind, Found, Head, Link,
    Linked, ListingHead, Move, Next, Observed, OfferCall, OfferRef, OfferRow, Order, OrderHead, Outcome,
    Page, Progress, Reading, RemoteListingId, RemoteOrderId, RemotePictureId, RemoteShop, Result, Secret,
    Section, Seen, Sent, Sku, Stage, Start, Survey, Thing, Ticket, Took, Window,
};
use ganh_http::Safety;
use serde_json::{Value, json};
use std::time::Duration;

/// One authorised shop.
#[derive(Debug)]
pub struct FakeShop {
    pub line: Line,
    pub allows: Capability,
}

fn reading<T>(row: &Value, told: &Told, value: Result<T>) -> Reading<T> {
    let id = row["id"].as_str().unwrap_or_default().to_owned();
    Reading { id, as_of: told.sent_at, raw: row.to_string(), value }
}

fn rows(told: &Told) -> Vec<Value> {
    told.data.as_array().cloned().unwrap_or_default()
}

/// One reading for each id, in order; what the channel leaves out is missing.
fn in_order<T>(
    ids: &[&str],
    told: &Told,
    thing: Thing,
    read: impl Fn(&Value) -> Result<T>,
) -> Vec<Reading<T>> {
    let rows = rows(told);
    let one = |id: &&str| match rows.iter().find(|row| row["id"].as_str() == Some(id)) {
        Some(row) => reading(row, told, read(row)),
        None => Reading {
            id: (*id).to_owned(),
            as_of: told.sent_at,
            raw: String::new(),
            value: Err(Fault::new("read", FaultKind::Missing(thing))),
        },
    };
    ids.iter().map(one).collect()
}

impl FakeShop {
    /// Which offer of the listing is which of ours; a stranger's is a conflict.
    async fn link(&self, listing: &str, draft: &Draft) -> Result<Link> {
        let head = ListingHead::named(listing.into());
        let seen = self.observe(&[head]).await?.remove(0).value?;
        let mut offers = Vec::new();
        for wanted in &draft.offers {
            let Some(held) = seen.offers.iter().find(|offer| offer.sku.as_ref() == Some(&wanted.sku)) else {
                let kind = FaultKind::Conflict { holder: Some(seen.listing.clone()) };
                return Err(Fault::new("create", kind).said("the listing has other offers"));
            };
            offers.push(Linked { sku: wanted.sku.clone(), offer: held.offer.clone(), note: String::new() });
        }
        Ok(Link { offers, retired: Vec::new() })
    }

    /// Where a request stands.
    async fn request(&self, id: &str, draft: &Draft) -> Result<Progress<Link>> {
        let told = self.line.call("request", Safety::Read, json!({ "id": id })).await?;
        match told.data["state"].as_str() {
            Some("requested") => Ok(later(Stage::Reviewing, id, None, 600)),
            Some("rejected") => {
                Err(Fault::new("create", FaultKind::Refused(complaints(&told.data["reasons"]))))
            }
            _ => Ok(Progress::Done(self.link(told.data["id"].as_str().unwrap_or_default(), draft).await?)),
        }
    }

    async fn page(
        &self,
        verb: &'static str,
        window: Window,
        from: Option<&Cursor>,
    ) -> Result<Page<OrderHead>> {
        let body = json!({
            "from": window.from.as_millisecond(), "until": window.until.as_millisecond() + 1,
            "cursor": from.map(Cursor::as_str),
        });
        let told = self.line.call(verb, Safety::Read, body).await?;
        let is_whole = !self.line.manner.is_barrow();
        let head = |row: &Value| {
            let id = RemoteOrderId::new(row["id"].as_str()?);
            let seen =
                if is_whole { Seen::Whole(Box::new(reading(row, &told, order(row)))) } else { Seen::Id };
            Some(Head { id, changed_at: None, seen })
        };
        let rows = told.data["rows"].as_array().into_iter().flatten().filter_map(head).collect();
        let next = told.data["cursor"].as_str().map_or(Next::End, |cursor| Next::More(Cursor::new(cursor)));
        Ok(Page { rows, next, as_of: told.sent_at })
    }
}

fn later(stage: Stage, ticket: &str, seen: Option<&str>, wait_s: u64) -> Progress<Link> {
    Progress::Later {
        stage,
        ticket: Ticket::new(ticket),
        seen: seen.map(RemoteListingId::new),
        wait: Duration::from_secs(wait_s),
    }
}

#[async_trait]
impl RemoteShop for FakeShop {
    fn capability(&self) -> &Capability {
        &self.allows
    }

    async fn survey(&self) -> Result<Survey> {
        let told = self.line.call("survey", Safety::Read, json!({})).await?;
        let place = |id: &Value| id.as_str().map(|id| Choice { id: id.to_owned(), text: id.to_owned() });
        let places = told.data["places"].as_array().into_iter().flatten().filter_map(place).collect();
        Ok(Survey {
            shop: self.line.shop.as_str().into(),
            name: "Cửa hàng thử".to_owned(),
            places,
            currency: "VND".to_owned(),
            ends: None,
            allows: self.line.manner.capability(),
        })
    }

    async fn listen(&self, url: &str, _secret: &Secret) -> Result<()> {
        self.line.call("listen", Safety::Set, json!({ "url": url })).await.map(drop)
    }

    async fn set_offers(&self, call: &OfferCall) -> Result<Vec<Outcome>> {
        let row = |row: &OfferRow| {
            json!({
                "listing": row.offer.listing.as_str(), "offer": row.offer.offer.as_str(),
                "price": row.price.as_ref().map(Sent::figure), "units": row.stock.as_ref().map(Sent::figure),
                "on": row.on_sale.as_ref().map(Sent::figure),
            })
        };
        let sent: Vec<Value> = call.rows.iter().map(row).collect();
        let told = self.line.call("set", Safety::Set, json!({ "rows": sent })).await?;
        let failed = told.data["failed"].as_array().cloned().unwrap_or_default();
        let names = |entry: &Value, row: &OfferRow| {
            entry["listing"] == row.offer.listing.as_str() && entry["offer"] == row.offer.offer.as_str()
        };
        let has_stray = failed.iter().any(|entry| !call.rows.iter().any(|row| names(entry, row)));
        let taken = told.data["taken"].as_array().cloned().unwrap_or_default();
        let outcome = |row: &OfferRow| {
            if let Some(entry) = failed.iter().find(|entry| names(entry, row)) {
                return Err(fault("set", entry["code"].as_str().unwrap_or_default(), &entry["detail"]));
            }
            if has_stray {
                // A failure that names none of ours may be about any.
                return Err(Fault::new("set", FaultKind::Interrupted));
            }
            let Some(echo) = taken.iter().find(|entry| names(entry, row)) else {
                return if self.line.manner.is_barrow() {
                    Ok(Took::Silent)
                } else {
                    Err(Fault::new("set", FaultKind::Interrupted))
                };
            };
            let mut held = row.clone();
            if let Ok(units) = serde_json::from_value(echo["units"].clone()) {
                held.stock = Some(Sent::Changed(units));
            }
            Ok(Took::Echoed(held))
        };
        Ok(call.rows.iter().map(outcome).collect())
    }

    async fn create(&self, draft: &Draft, start: Start<'_>) -> Result<Progress<Link>> {
        let is_barrow = self.line.manner.is_barrow();
        match start {
            Start::Fresh(key) => {
                let told =
                    self.line.call("create", Safety::Create, json!({ "draft": draft, "key": key })).await?;
                let lost = || Fault::new("create", FaultKind::Unintelligible).said("no id");
                let id = told.data["id"].as_str().ok_or_else(lost)?;
                if is_barrow {
                    return Ok(later(Stage::Building, id, Some(id), 2));
                }
                Ok(later(Stage::Reviewing, id, None, 600))
            }
            Start::Resume(ticket) if is_barrow => {
                self.line
                    .call("finish", Safety::Set, json!({ "id": ticket.as_str(), "draft": draft }))
                    .await?;
                Ok(Progress::Done(self.link(ticket.as_str(), draft).await?))
            }
            Start::Resume(ticket) => self.request(ticket.as_str(), draft).await,
            Start::Adopt(listing) => {
                let head = ListingHead::named(listing.clone());
                let seen = self.observe(&[head]).await?.remove(0).value?;
                if seen.standing == ganh_contract::Standing::Unfinished {
                    return Ok(later(Stage::Building, listing.as_str(), Some(listing.as_str()), 0));
                }
                Ok(Progress::Done(self.link(listing.as_str(), draft).await?))
            }
        }
    }

    async fn revise(
        &self,
        listings: &[RemoteListingId],
        draft: &Draft,
        _changed: &[Section],
        _start: Start<'_>,
    ) -> Result<Progress<Link>> {
        if self.allows.revise.is_empty() {
            return Err(Fault::unsupported("revise"));
        }
        let listing =
            listings.first().ok_or_else(|| Fault::new("revise", FaultKind::Missing(Thing::Listing)))?;
        let head = ListingHead::named(listing.clone());
        let before = self.observe(&[head]).await?.remove(0).value?;
        self.line.call("revise", Safety::Set, json!({ "id": listing.as_str(), "draft": draft })).await?;
        let mut link = self.link(listing.as_str(), draft).await?;
        let is_kept = |old: &OfferRef| link.offers.iter().any(|linked| linked.offer == *old);
        link.retired = before.offers.into_iter().map(|held| held.offer).filter(|old| !is_kept(old)).collect();
        Ok(Progress::Done(link))
    }

    async fn delete(&self, listing: &RemoteListingId, _offers: &[OfferRef]) -> Result<()> {
        if self.allows.delete.is_none() {
            return Err(Fault::unsupported("delete"));
        }
        match self.line.call("delete", Safety::Set, json!({ "id": listing.as_str() })).await {
            Err(fault) if *fault.kind != FaultKind::Missing(Thing::Listing) => Err(fault),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    async fn upload(&self, picture: &[u8], _file_name: &str) -> Result<RemotePictureId> {
        if self.line.manner.is_barrow() {
            return Err(Fault::unsupported("upload"));
        }
        let told = self.line.call("upload", Safety::Read, json!({ "size_bytes": picture.len() })).await?;
        Ok(RemotePictureId::new(told.data.as_str().unwrap_or_default()))
    }

    async fn find(&self, code: &Sku, _skus: &[Sku]) -> Result<Found> {
        let told = self.line.call("find", Safety::Read, json!({ "code": code.as_str() })).await?;
        let rows = rows(&told);
        if let Some(waiting) = rows.iter().find(|row| row["state"] == "requested") {
            return Ok(Found::Underway(Ticket::new(waiting["id"].as_str().unwrap_or_default())));
        }
        if rows.is_empty() {
            return Ok(Found::Nothing);
        }
        Ok(Found::Listings(rows.iter().map(|row| reading(row, &told, observed(row))).collect()))
    }

    async fn listings(&self, from: Option<&Cursor>) -> Result<Page<ListingHead>> {
        let stale = || Fault::new("list", FaultKind::Conflict { holder: None });
        let at: u64 = from.map_or(Ok(0), |cursor| cursor.as_str().parse().map_err(|_| stale()))?;
        let told = self.line.call("list", Safety::Read, json!({ "from": at })).await?;
        let ids = told.data["ids"].as_array().cloned().unwrap_or_default();
        if ids.is_empty() && told.data["total"].as_u64().is_some_and(|total| total > at) {
            return Err(stale().said("the total speaks of more rows"));
        }
        let next =
            told.data["next"].as_u64().map_or(Next::End, |next| Next::More(Cursor::new(next.to_string())));
        let heads = ids.iter().filter_map(Value::as_str).map(|id| ListingHead::named(id.into())).collect();
        Ok(Page { rows: heads, next, as_of: told.sent_at })
    }

    async fn observe(&self, listings: &[ListingHead]) -> Result<Vec<Reading<Observed>>> {
        let ids: Vec<&str> = listings.iter().map(|head| head.id.as_str()).collect();
        let told = self.line.call("read", Safety::Read, json!({ "ids": ids })).await?;
        Ok(in_order(&ids, &told, Thing::Listing, observed))
    }

    async fn orders(&self, window: Window, from: Option<&Cursor>) -> Result<Page<OrderHead>> {
        self.page("orders", window, from).await
    }

    async fn read_orders(&self, heads: &[OrderHead]) -> Result<Vec<Reading<Order>>> {
        let ids: Vec<&str> = heads.iter().map(|head| head.id.as_str()).collect();
        let told = self.line.call("order_read", Safety::Read, json!({ "ids": ids })).await?;
        Ok(in_order(&ids, &told, Thing::Order, order))
    }

    async fn returns(&self, window: Window, from: Option<&Cursor>) -> Result<Page<OrderHead>> {
        if !self.allows.returns {
            return Err(Fault::unsupported("returns"));
        }
        self.page("returns", window, from).await
    }

    async fn moves(&self, order: &RemoteOrderId) -> Result<Vec<Move>> {
        if self.allows.actions.is_empty() {
            return Err(Fault::unsupported("moves"));
        }
        let told = self.line.call("moves", Safety::Read, json!({ "id": order.as_str() })).await?;
        let one = |word: &Value| {
            let kind = match word.as_str()? {
                "confirm" => ActionKind::Confirm,
                "cancel" => ActionKind::Cancel,
                _ => return None,
            };
            let none = Vec::new;
            Some(Move {
                kind,
                whole: true,
                places: none(),
                slots: none(),
                carriers: none(),
                reasons: none(),
                by: None,
            })
        };
        Ok(rows(&told).iter().filter_map(one).collect())
    }

    async fn act(
        &self,
        order: &RemoteOrderId,
        action: &Action,
        _start: Start<'_>,
    ) -> Result<Progress<Acted>> {
        let kind = match action.kind {
            ActionKind::Confirm => "confirm",
            ActionKind::Cancel => "cancel",
            _ => return Err(Fault::unsupported("act")),
        };
        if !self.allows.actions.contains(&action.kind) {
            return Err(Fault::unsupported("act"));
        }
        let body = json!({ "id": order.as_str(), "kind": kind });
        match self.line.call("act", Safety::Create, body).await {
            Err(fault) if fault.code.as_deref() != Some("already_so") => Err(fault),
            Ok(_) | Err(_) => Ok(Progress::Done(Acted::Done)),
        }
    }
}
