//! Changes → the fewest calls that fit the channel.
//!
//! Each pair of facet and kind travels in exactly one shape. So: split each change into its facets, merge the facets of one offer that share a shape into
//! one row, group the rows as the shape's batch allows, in order of harm, and complete coupled rows and whole listings with carried figures. A figure
//! to carry that nobody knows is never guessed: the listing is to be read first.
//!
//! The fewest calls are then: Offer n · OneListing Σ⌈nₗ/max⌉ · Offers ⌈n/max⌉ · WholeListings and Listings ⌈listings/max⌉ (one-way: on and off apart;
//! one place: counted per place). Source: CONTRACT §3.

use ganh_contract::{
    Batch, CallShape, Capability, Facet, OfferCall, OfferRef, OfferRow, RemoteListingId, RemotePlaceId, Sent,
    Units,
};
use std::collections::{BTreeMap, BTreeSet};

/// What stands at the channel now, per listing, all its offers, every figure `Carried`.
pub type Known = BTreeMap<RemoteListingId, Vec<OfferRow>>;

/// Lower ceilings than the capability's, per shape, while a shop is slow. A shape that is not named keeps its own; a higher number has no
/// effect.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ceilings(BTreeMap<usize, usize>);

/// More than any call of any channel holds.
const NO_CEILING: usize = 100_000;

/// Why changes cannot become calls.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unpackable {
    #[error("no call of this channel carries {0:?} of {listing}/{offer}", listing = .1.listing, offer = .1.offer)]
    NoCall(Facet, OfferRef),
    #[error("figures of listing {0} are not known: read it first")]
    Unread(RemoteListingId),
    #[error("listing {0} would be both on and off sale")]
    Contradiction(RemoteListingId),
}

impl Ceilings {
    /// Lowers one shape's ceiling; at least 1.
    pub fn lower(&mut self, shape: usize, most: usize) {
        self.0.insert(shape, most.max(1));
    }

    /// A call of this shape succeeded: what was lowered rises by an eighth, at least by one. A shop that answered one small call is not
    /// sent the large one at once that it just failed to bear; a dozen successes later it has about four times as much.
    pub fn lift(&mut self, shape: usize) {
        if let Some(lowered) = self.0.get_mut(&shape) {
            *lowered = lowered.saturating_add((*lowered / 8).max(1));
            if *lowered >= NO_CEILING {
                self.0.remove(&shape);
            }
        }
    }

    fn of(&self, shape: usize, most: usize) -> usize {
        self.0.get(&shape).map_or(most, |lowered| most.min(*lowered)).max(1)
    }
}

/// Packs changes into calls. Changes come most harmful first, figures `Changed`; calls come back in the same order of harm: the first one
/// holds the first change (I9). An offer may come more than once, each facet of it once.
///
/// # Errors
/// `NoCall` for a facet that this channel cannot change, `Unread` where a figure must be carried and is not in `known`, `Contradiction` where a switch
/// holds for a whole listing and its offers want both.
pub fn pack(
    changes: &[OfferRow],
    known: &Known,
    capability: &Capability,
    ceilings: &Ceilings,
) -> Result<Vec<OfferCall>, Unpackable> {
    let mut parts: BTreeMap<usize, Vec<Ranked>> = BTreeMap::new();
    let mut at: BTreeMap<(usize, &OfferRef), usize> = BTreeMap::new();
    for (rank, change) in changes.iter().enumerate() {
        for facet in facets_of(change) {
            let shape = capability
                .shape_for(facet, change.offer.kind)
                .ok_or_else(|| Unpackable::NoCall(facet, change.offer.clone()))?;
            let rows = parts.entry(shape).or_default();
            let index = *at.entry((shape, &change.offer)).or_insert_with(|| {
                rows.push((rank, OfferRow::silent(change.offer.clone(), change.note.clone())));
                rows.len() - 1
            });
            take(&mut rows[index].1, change, facet);
        }
    }
    let mut calls: Vec<(usize, OfferCall)> = Vec::new();
    for (shape, rows) in parts {
        let packed = fill(&capability.calls[shape], rows, known, |most| ceilings.of(shape, most))?;
        calls.extend(packed.into_iter().map(|(rank, rows)| (rank, OfferCall { shape, rows })));
    }
    calls.sort_by_key(|(rank, call)| (*rank, call.shape));
    Ok(calls.into_iter().map(|(_, call)| call).collect())
}

/// A row with the place of its change in the order of harm.
type Ranked = (usize, OfferRow);

fn fill(
    shape: &CallShape,
    mut rows: Vec<Ranked>,
    known: &Known,
    ceiling: impl Fn(usize) -> usize,
) -> Result<Vec<(usize, Vec<OfferRow>)>, Unpackable> {
    if shape.coupled {
        for (_, row) in &mut rows {
            complete(row, shape, known)?;
        }
    }
    match shape.batch {
        Batch::Offer => Ok(by_place(rows, shape).into_iter().flat_map(|group| chunk(&group, 1)).collect()),
        Batch::Offers { max_offers } => Ok(by_place(rows, shape)
            .into_iter()
            .flat_map(|group| chunk(&group, ceiling(max_offers)))
            .collect()),
        Batch::OneListing { max_offers } => Ok(by_place(rows, shape)
            .into_iter()
            .flat_map(by_listing)
            .flat_map(|group| chunk(&group, ceiling(max_offers)))
            .collect()),
        Batch::WholeListings { max_listings } => {
            let mut groups = by_listing(rows);
            for group in &mut groups {
                add_siblings(group, shape, known)?;
            }
            Ok(join(&groups, ceiling(max_listings)))
        }
        Batch::Listings { max_listings, one_way } => {
            let firsts = one_row_a_listing(rows)?;
            let max = ceiling(max_listings);
            if !one_way {
                return Ok(chunk(&firsts, max));
            }
            let (on, off): (Vec<_>, Vec<_>) =
                firsts.into_iter().partition(|(_, row)| row.on_sale == Some(Sent::Changed(true)));
            let mut calls = chunk(&off, max);
            calls.extend(chunk(&on, max));
            Ok(calls)
        }
    }
}

/// Completes a whole listing: every offer that is not in the group rides along with carried figures.
fn add_siblings(group: &mut Vec<Ranked>, shape: &CallShape, known: &Known) -> Result<(), Unpackable> {
    let Some((rank, first)) = group.first() else { return Ok(()) };
    let (rank, listing) = (*rank, first.offer.listing.clone());
    let all = known.get(&listing).ok_or(Unpackable::Unread(listing))?;
    for sibling in all {
        if !group.iter().any(|(_, row)| row.offer == sibling.offer) {
            let mut row = keep_facets(sibling, shape);
            complete(&mut row, shape, known)?;
            group.push((rank, row));
        }
    }
    Ok(())
}

/// The switch of a listing, said once by its most harmful row.
fn one_row_a_listing(rows: Vec<Ranked>) -> Result<Vec<Ranked>, Unpackable> {
    let mut firsts = Vec::new();
    for group in by_listing(rows) {
        let mut group = group.into_iter();
        let Some(first) = group.next() else { continue };
        if group.any(|(_, row)| row.on_sale != first.1.on_sale) {
            return Err(Unpackable::Contradiction(first.1.offer.listing));
        }
        firsts.push(first);
    }
    Ok(firsts)
}

fn by_listing(rows: Vec<Ranked>) -> Vec<Vec<Ranked>> {
    let mut groups: Vec<Vec<Ranked>> = Vec::new();
    let mut at: BTreeMap<RemoteListingId, usize> = BTreeMap::new();
    for row in rows {
        let next = groups.len();
        let index = *at.entry(row.1.offer.listing.clone()).or_insert(next);
        if index == next {
            groups.push(Vec::new());
        }
        groups[index].push(row);
    }
    groups
}

/// One group, or one per place if a call can name only one; a row of several places stands in several groups. Rows without stock name no
/// place and stay together.
fn by_place(rows: Vec<Ranked>, shape: &CallShape) -> Vec<Vec<Ranked>> {
    if !shape.one_place {
        return vec![rows];
    }
    let mut groups: BTreeMap<Option<RemotePlaceId>, Vec<Ranked>> = BTreeMap::new();
    for (rank, row) in rows {
        let Some(stock) = &row.stock else {
            groups.entry(None).or_default().push((rank, row));
            continue;
        };
        for (place, count) in &stock.figure().0 {
            let here = Units(BTreeMap::from([(place.clone(), *count)]));
            let here = if stock.is_changed() { Sent::Changed(here) } else { Sent::Carried(here) };
            let row = OfferRow { stock: Some(here), ..row.clone() };
            groups.entry(Some(place.clone())).or_default().push((rank, row));
        }
    }
    groups.into_values().collect()
}

fn chunk(rows: &[Ranked], most: usize) -> Vec<(usize, Vec<OfferRow>)> {
    rows.chunks(most.max(1))
        .map(|chunk| (chunk[0].0, chunk.iter().map(|(_, row)| row.clone()).collect()))
        .collect()
}

fn join(groups: &[Vec<Ranked>], most: usize) -> Vec<(usize, Vec<OfferRow>)> {
    groups
        .chunks(most.max(1))
        .map(|chunk| (chunk[0][0].0, chunk.iter().flatten().map(|(_, row)| row.clone()).collect()))
        .collect()
}

fn complete(row: &mut OfferRow, shape: &CallShape, known: &Known) -> Result<(), Unpackable> {
    let stands =
        known.get(&row.offer.listing).and_then(|all| all.iter().find(|stands| stands.offer == row.offer));
    let unread = || Unpackable::Unread(row.offer.listing.clone());
    for facet in &shape.facets {
        match facet {
            Facet::Price if row.price.is_none() => {
                row.price = Some(stands.and_then(|stands| stands.price.clone()).ok_or_else(unread)?);
            }
            Facet::Stock if row.stock.is_none() => {
                row.stock = Some(stands.and_then(|stands| stands.stock.clone()).ok_or_else(unread)?);
            }
            Facet::OnSale if row.on_sale.is_none() => {
                row.on_sale = Some(stands.and_then(|stands| stands.on_sale).ok_or_else(unread)?);
            }
            Facet::Price | Facet::Stock | Facet::OnSale => {}
        }
    }
    Ok(())
}

fn keep_facets(row: &OfferRow, shape: &CallShape) -> OfferRow {
    let has = |facet| shape.facets.contains(&facet);
    OfferRow {
        offer: row.offer.clone(),
        note: row.note.clone(),
        price: row.price.clone().filter(|_| has(Facet::Price)),
        stock: row.stock.clone().filter(|_| has(Facet::Stock)),
        on_sale: row.on_sale.filter(|_| has(Facet::OnSale)),
    }
}

/// The facets that a row says anything of, changed or carried.
pub fn facets_of(row: &OfferRow) -> Vec<Facet> {
    let mut facets = Vec::new();
    if row.price.is_some() {
        facets.push(Facet::Price);
    }
    if row.stock.is_some() {
        facets.push(Facet::Stock);
    }
    if row.on_sale.is_some() {
        facets.push(Facet::OnSale);
    }
    facets
}

fn take(row: &mut OfferRow, from: &OfferRow, facet: Facet) {
    match facet {
        Facet::Price => row.price.clone_from(&from.price),
        Facet::Stock => row.stock.clone_from(&from.stock),
        Facet::OnSale => row.on_sale = from.on_sale,
    }
}

/// The fewest calls that any packing of these changes could need: what I8 is measured against.
pub fn fewest(changes: &[OfferRow], capability: &Capability) -> usize {
    (0..capability.calls.len()).map(|shape| fewest_of(shape, changes, capability)).sum()
}

fn fewest_of(index: usize, changes: &[OfferRow], capability: &Capability) -> usize {
    let shape = &capability.calls[index];
    let mut of_place: BTreeMap<Option<&RemotePlaceId>, BTreeMap<&RemoteListingId, BTreeSet<&OfferRef>>> =
        BTreeMap::new();
    let (mut on, mut off) = (BTreeSet::new(), BTreeSet::new());
    for change in changes {
        let is_here = |facet| capability.shape_for(facet, change.offer.kind) == Some(index);
        if !facets_of(change).into_iter().any(is_here) {
            continue;
        }
        let places: Vec<Option<&RemotePlaceId>> = match &change.stock {
            Some(stock) if shape.one_place => stock.figure().0.keys().map(Some).collect(),
            Some(_) | None => vec![None],
        };
        for place in places {
            let listings = of_place.entry(place).or_default();
            listings.entry(&change.offer.listing).or_default().insert(&change.offer);
        }
        let way = if change.on_sale == Some(Sent::Changed(true)) { &mut on } else { &mut off };
        way.insert(&change.offer.listing);
    }
    of_place
        .values()
        .map(|offers| {
            let count: usize = offers.values().map(BTreeSet::len).sum();
            match shape.batch {
                Batch::Offer => count,
                Batch::Offers { max_offers } => count.div_ceil(max_offers.max(1)),
                Batch::OneListing { max_offers } => {
                    offers.values().map(|of| of.len().div_ceil(max_offers.max(1))).sum()
                }
                Batch::WholeListings { max_listings } => offers.len().div_ceil(max_listings.max(1)),
                Batch::Listings { max_listings, one_way: true } => {
                    on.len().div_ceil(max_listings.max(1)) + off.len().div_ceil(max_listings.max(1))
                }
                Batch::Listings { max_listings, one_way: false } => {
                    offers.len().div_ceil(max_listings.max(1))
                }
            }
        })
        .sum()
}

/// Both halves of a call that was refused whole, the more harmful first; whole listings stay together. A call that cannot be halved comes back
/// alone: its row is the bad one.
pub fn halve(call: OfferCall, shape: &CallShape) -> Vec<OfferCall> {
    let keeps_listings = matches!(shape.batch, Batch::WholeListings { .. });
    let groups: Vec<Vec<OfferRow>> = if keeps_listings {
        let ranked = call.rows.into_iter().map(|row| (0, row)).collect();
        by_listing(ranked).into_iter().map(|group| group.into_iter().map(|(_, row)| row).collect()).collect()
    } else {
        call.rows.into_iter().map(|row| vec![row]).collect()
    };
    let half = groups.len().div_ceil(2).max(1);
    groups.chunks(half).map(|groups| OfferCall { shape: call.shape, rows: groups.concat() }).collect()
}

#[cfg(test)]
pub mod tests;
