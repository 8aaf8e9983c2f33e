//! First connect: which listings of a shop are ours. By SKU, then by barcode; whatever is not certain is left to a person, whatever is not
//! ours is left alone.

use crate::catalogue::text::sku_key;
use crate::ids::{ProductId, VariantId};
use ganh_contract::{ObservedOffer, OfferRef, RemoteListingId, Sku};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One variant that should be sold in the shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OurVariant {
    pub product: ProductId,
    pub variant: VariantId,
    pub sku: Sku,
    pub gtin: Option<String>,
}

/// One listing as read from the shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteListingSeen {
    pub listing: RemoteListingId,
    pub code: Option<Sku>,
    pub title: String,
    pub offers: Vec<ObservedOffer>,
}

/// What became of the shop's listings and of our products; each of them is named exactly once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matches {
    pub adopt: Vec<Adoption>,
    pub ambiguous: Vec<Ambiguity>,
    /// Not ours: nothing there is ever changed.
    pub unknown: Vec<RemoteListingId>,
    /// Products without a listing there: to be created. Products of an ambiguous listing are not among them, or a twin would be born (I3).
    pub ours_missing: Vec<ProductId>,
}

/// A listing that is ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adoption {
    pub product: ProductId,
    pub listing: RemoteListingId,
    pub title: String,
    pub by: MatchedBy,
    pub offers: Vec<AdoptedOffer>,
    /// Our variants that the listing lacks.
    pub lacks: Vec<VariantId>,
    /// Offers in the listing that we do not know: left alone.
    pub strangers: Vec<OfferRef>,
}

/// One of our variants, found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdoptedOffer {
    pub variant: VariantId,
    pub offer: OfferRef,
    pub note: String,
}

/// The weakest evidence that an adoption rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchedBy {
    Sku,
    Barcode,
}

/// A listing that might be ours; a person decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ambiguity {
    pub listing: RemoteListingId,
    pub title: String,
    pub why: Doubt,
    pub products: Vec<ProductId>,
}

/// Why a listing cannot be adopted without a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// Its offers belong to several of our products.
    SeveralProducts,
    /// Another listing shows the same product.
    SeveralListings,
    /// Two of its offers carry the same code.
    CodeTwice,
}

/// Matches our variants with a shop's listings. SKUs are compared folded; a barcode counts only where the SKU is unknown to us and only one of
/// our variants carries it. Pure; a listing that was read twice counts once.
pub fn match_listings(ours: &[OurVariant], theirs: &[RemoteListingSeen]) -> Matches {
    let index = Index::new(ours);
    let mut seen = BTreeSet::new();
    let mut matches = Matches::default();
    let mut found: Vec<(&RemoteListingSeen, Claim)> = Vec::new();
    for theirs in theirs.iter().filter(|theirs| seen.insert(&theirs.listing)) {
        let claim = index.claim(theirs);
        if claim.offers.is_empty() {
            matches.unknown.push(theirs.listing.clone());
        } else {
            found.push((theirs, claim));
        }
    }
    let mut listings_of: BTreeMap<ProductId, usize> = BTreeMap::new();
    for product in found.iter().flat_map(|(_, claim)| claim.products()) {
        *listings_of.entry(product).or_default() += 1;
    }
    let mut taken: BTreeSet<ProductId> = BTreeSet::new();
    for (theirs, claim) in found {
        let products: Vec<ProductId> = claim.products().into_iter().collect();
        taken.extend(&products);
        let doubt = if products.len() > 1 {
            Some(Doubt::SeveralProducts)
        } else if claim.is_code_twice() {
            Some(Doubt::CodeTwice)
        } else {
            products
                .iter()
                .any(|product| listings_of.get(product).is_some_and(|count| *count > 1))
                .then_some(Doubt::SeveralListings)
        };
        match doubt {
            Some(why) => matches.ambiguous.push(Ambiguity {
                listing: theirs.listing.clone(),
                title: theirs.title.clone(),
                why,
                products,
            }),
            None => matches.adopt.extend(claim.adoption(theirs, ours)),
        }
    }
    let all: BTreeSet<ProductId> = ours.iter().map(|ours| ours.product).collect();
    matches.ours_missing = all.difference(&taken).copied().collect();
    matches
}

struct Index<'a> {
    by_sku: BTreeMap<String, &'a OurVariant>,
    /// `None`: several of ours carry it.
    by_gtin: BTreeMap<&'a str, Option<&'a OurVariant>>,
}

struct Claim<'a> {
    offers: Vec<(&'a OurVariant, &'a ObservedOffer, MatchedBy)>,
    strangers: Vec<OfferRef>,
}

impl<'a> Index<'a> {
    fn new(ours: &'a [OurVariant]) -> Self {
        let mut by_gtin: BTreeMap<&str, Option<&OurVariant>> = BTreeMap::new();
        for variant in ours {
            if let Some(gtin) = &variant.gtin {
                by_gtin.entry(gtin).and_modify(|held| *held = None).or_insert(Some(variant));
            }
        }
        Self { by_sku: ours.iter().map(|ours| (sku_key(ours.sku.as_str()), ours)).collect(), by_gtin }
    }

    fn claim(&self, theirs: &'a RemoteListingSeen) -> Claim<'a> {
        let mut claim = Claim { offers: Vec::new(), strangers: Vec::new() };
        let alone = theirs.offers.len() == 1;
        for offer in &theirs.offers {
            // an offer without a code of its own may be named by the code of its listing, if it is the only one
            let code = offer.sku.as_ref().or(theirs.code.as_ref().filter(|_| alone));
            let by_sku = code.and_then(|sku| self.by_sku.get(&sku_key(sku.as_str())));
            let by_gtin = || offer.gtin.as_deref().and_then(|gtin| self.by_gtin.get(gtin).copied().flatten());
            match by_sku {
                Some(ours) => claim.offers.push((ours, offer, MatchedBy::Sku)),
                None => match by_gtin() {
                    Some(ours) => claim.offers.push((ours, offer, MatchedBy::Barcode)),
                    None => claim.strangers.push(offer.offer.clone()),
                },
            }
        }
        claim
    }
}

impl Claim<'_> {
    fn products(&self) -> BTreeSet<ProductId> {
        self.offers.iter().map(|(ours, _, _)| ours.product).collect()
    }

    fn is_code_twice(&self) -> bool {
        let variants: BTreeSet<VariantId> = self.offers.iter().map(|(ours, _, _)| ours.variant).collect();
        variants.len() < self.offers.len()
    }

    fn adoption(self, theirs: &RemoteListingSeen, ours: &[OurVariant]) -> Option<Adoption> {
        let (first, _, _) = self.offers.first()?;
        let product = first.product;
        let found: BTreeSet<VariantId> = self.offers.iter().map(|(ours, _, _)| ours.variant).collect();
        Some(Adoption {
            product,
            listing: theirs.listing.clone(),
            title: theirs.title.clone(),
            by: self.offers.iter().map(|(_, _, by)| *by).max()?,
            lacks: ours
                .iter()
                .filter(|ours| ours.product == product && !found.contains(&ours.variant))
                .map(|ours| ours.variant)
                .collect(),
            offers: self
                .offers
                .into_iter()
                .map(|(ours, seen, _)| AdoptedOffer {
                    variant: ours.variant,
                    offer: seen.offer.clone(),
                    note: seen.note.clone(),
                })
                .collect(),
            strangers: self.strangers,
        })
    }
}

#[cfg(test)]
mod tests;
