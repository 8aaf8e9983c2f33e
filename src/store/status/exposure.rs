//! Units that shops promise beyond what there is: the price of shared allocation, in units and in đồng at the catalogue's price.
//!
//! What shops may still show changes with every answer of a marketplace, so no sum of it is kept: it is read in pages of variants, each at a
//! bounded cost, and whoever wants the whole walks on, page by page, as slowly as he likes.

use crate::ids::{OfferId, ProducerId, ShopId, VariantId};
use crate::listing::share::{Allotment, Consumer, promised_beyond};
use crate::listing::{EffectiveStock, Layers};
use crate::store::Store;
use crate::store::error::Result;
use crate::store::tx::{Row, args, json};
use ganh_contract::Vnd;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Units promised beyond what there is, and what they would cost at the catalogue's price.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Promised {
    pub units: u64,
    pub vnd: i64,
}

/// A variant that shops together promise more of than can be sold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exposed {
    pub variant: VariantId,
    pub sku: String,
    #[serde(skip)]
    pub producer: ProducerId,
    pub producer_code: String,
    /// Units that can be sold.
    pub sellable: u32,
    /// Units beyond them that all shops together may still show.
    pub beyond: Promised,
    /// What a shop shows of these: at most `beyond`, for any shop may be the one that sells last.
    #[serde(skip)]
    pub by_shop: BTreeMap<ShopId, Promised>,
}

/// One page of the walk. Variants without exposure are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExposurePage {
    pub exposed: Vec<Exposed>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<VariantId>,
}

/// Sums over pages. Over shops the parts add up to more than the total: one unit that two shops promise counts in both.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exposure {
    pub total: Promised,
    /// Variants that are promised beyond what there is.
    pub variants: u64,
    pub by_shop: BTreeMap<ShopId, Promised>,
    pub by_producer: BTreeMap<String, Promised>,
    /// The worst variants by đồng, the worst first.
    pub worst: Vec<Exposed>,
}

/// Variants that are kept by name.
const WORST: usize = 20;

impl Promised {
    pub(in crate::store) fn add(&mut self, more: Self) {
        self.units = self.units.saturating_add(more.units);
        self.vnd = self.vnd.saturating_add(more.vnd);
    }

    pub(in crate::store) fn at(units: u64, price: Vnd) -> Self {
        let vnd = i128::from(units) * i128::from(price.get());
        Self { units, vnd: i64::try_from(vnd).unwrap_or(i64::MAX) }
    }
}

impl Exposure {
    /// Adds a page that was not added before.
    pub fn add(&mut self, page: ExposurePage) {
        for exposed in page.exposed {
            self.total.add(exposed.beyond);
            self.variants += 1;
            for (shop, part) in &exposed.by_shop {
                self.by_shop.entry(*shop).or_default().add(*part);
            }
            self.by_producer.entry(exposed.producer_code.clone()).or_default().add(exposed.beyond);
            self.worst.push(exposed);
        }
        self.worst.sort_by(|one, other| {
            other.beyond.vnd.cmp(&one.beyond.vnd).then_with(|| one.sku.cmp(&other.sku))
        });
        self.worst.truncate(WORST);
    }
}

/// One offer's claim on a variant.
pub(in crate::store) struct Claim {
    pub pool: VariantId,
    pub offer: OfferId,
    pub shop: ShopId,
    pub quantity: u32,
    /// The highest figure that the shop may still show.
    pub shown: u32,
}

impl Store {
    /// The exposure of the next `limit` variants after `after`, by id. Costs by `limit` and its offers, not by the catalogue.
    pub async fn exposure_page(&self, after: Option<VariantId>, limit: usize) -> Result<ExposurePage> {
        let reads = self.read();
        let variants = reads
            .rows(
                "SELECT v.id, v.sku, v.price_vnd, v.producer_id, r.code FROM variant AS v JOIN producer AS r ON r.id = v.producer_id
                 WHERE v.id > $1 ORDER BY v.id LIMIT $2",
                args![after.map_or(0, VariantId::get), limit],
            )
            .await?;
        let ids = variants.iter().map(|row| row.int("id")).collect::<Result<Vec<i64>>>()?;
        // Walks indexes offer_variant and both of bundle_component. A set has no units of its own: it claims those of its parts.
        let claims = reads
            .rows(
                "SELECT o.variant_id AS pool, o.id, o.shop_id, 1 AS quantity, COALESCE(o.acked_stock, 0) AS acked,
                     COALESCE(o.sent_stock, 0) AS sent, COALESCE(o.suspect_stock, 0) AS suspect,
                     CASE WHEN o.observed_at > o.stock_answered_at THEN COALESCE(o.observed_stock, 0) ELSE 0 END AS seen
                 FROM json_each($1) AS named CROSS JOIN offer AS o
                 WHERE o.variant_id = CAST(named.value AS BIGINT) AND o.remote_listing_id IS NOT NULL
                     AND NOT EXISTS (SELECT 1 FROM bundle_component AS b WHERE b.bundle_id = o.variant_id)
                 UNION ALL
                 SELECT c.component_id AS pool, o.id, o.shop_id, c.quantity, COALESCE(o.acked_stock, 0) AS acked,
                     COALESCE(o.sent_stock, 0) AS sent, COALESCE(o.suspect_stock, 0) AS suspect,
                     CASE WHEN o.observed_at > o.stock_answered_at THEN COALESCE(o.observed_stock, 0) ELSE 0 END AS seen
                 FROM json_each($1) AS named CROSS JOIN bundle_component AS c CROSS JOIN offer AS o
                 WHERE c.component_id = CAST(named.value AS BIGINT) AND o.variant_id = c.bundle_id
                     AND o.remote_listing_id IS NOT NULL",
                args![json(&ids)],
            )
            .await?;
        let claims = claims.iter().map(claim).collect::<Result<Vec<_>>>()?;
        let claimed: BTreeSet<i64> = claims.iter().map(|claim| claim.pool.get()).collect();
        let pools = reads
            .rows(
                "SELECT b.variant_id, CAST(sum(b.on_hand - b.reserved) AS BIGINT) AS free
                 FROM json_each($1) AS named
                 JOIN balance AS b ON b.variant_id = CAST(named.value AS BIGINT)
                 JOIN place AS p ON p.id = b.place_id AND p.sells_online = 1
                 GROUP BY b.variant_id",
                args![json(&claimed)],
            )
            .await?;
        let mut free = BTreeMap::new();
        for row in &pools {
            let units = u32::try_from(row.int("free")?.max(0)).unwrap_or(u32::MAX);
            free.insert(VariantId::new(row.int("variant_id")?), units);
        }
        let beyond = beyond(&claims, &free);
        let mut by_pool: BTreeMap<VariantId, Vec<&Claim>> = BTreeMap::new();
        for claim in &claims {
            by_pool.entry(claim.pool).or_default().push(claim);
        }
        let mut exposed = Vec::new();
        for row in &variants {
            let variant = VariantId::new(row.int("id")?);
            let (Some(units), Some(claims)) = (beyond.get(&variant), by_pool.get(&variant)) else { continue };
            exposed.push(Exposed {
                variant,
                sku: row.text("sku")?,
                producer: ProducerId::new(row.int("producer_id")?),
                producer_code: row.text("code")?,
                sellable: free.get(&variant).copied().unwrap_or(0),
                beyond: Promised::at(*units, row.vnd("price_vnd")?),
                by_shop: by_shop(claims, *units, row.vnd("price_vnd")?),
            });
        }
        let next = ids.last().filter(|_| ids.len() == limit).map(|id| VariantId::new(*id));
        Ok(ExposurePage { exposed, next })
    }

    /// The exposure of everything: walks all pages. For what people ask; loops take a page at a time.
    pub async fn exposure(&self) -> Result<Exposure> {
        let (mut all, mut after) = (Exposure::default(), None);
        loop {
            let page = self.exposure_page(after, 2_000).await?;
            after = page.next;
            all.add(page);
            if after.is_none() {
                return Ok(all);
            }
        }
    }
}

fn claim(row: &Row) -> Result<Claim> {
    let shown = [row.units("acked")?, row.units("sent")?, row.units("suspect")?, row.units("seen")?];
    Ok(Claim {
        pool: VariantId::new(row.int("pool")?),
        offer: OfferId::new(row.int("id")?),
        shop: ShopId::new(row.int("shop_id")?),
        quantity: row.units("quantity")?,
        shown: shown.into_iter().max().unwrap_or(0),
    })
}

/// The arithmetic of the division, over what shops may still show instead of what they should.
pub(in crate::store) fn beyond(
    claims: &[Claim],
    free: &BTreeMap<VariantId, u32>,
) -> BTreeMap<VariantId, u64> {
    let rules = EffectiveStock::of(Layers(&[]));
    let consumers: Vec<Consumer<'_>> = claims
        .iter()
        .map(|claim| Consumer {
            offer: claim.offer,
            shop: claim.shop,
            needs: vec![(claim.pool, claim.quantity)],
            rules: &rules,
            sellable_here: true,
            channel_max: u32::MAX,
        })
        .collect();
    let shown: Vec<Allotment> = claims
        .iter()
        .map(|claim| Allotment { offer: claim.offer, units: claim.shown, steps: Vec::new() })
        .collect();
    promised_beyond(&consumers, &shown, free)
}

fn by_shop(claims: &[&Claim], beyond: u64, price: Vnd) -> BTreeMap<ShopId, Promised> {
    let mut shown: BTreeMap<ShopId, u64> = BTreeMap::new();
    for claim in claims {
        *shown.entry(claim.shop).or_default() += u64::from(claim.shown) * u64::from(claim.quantity);
    }
    let part = |(shop, units): (ShopId, u64)| (shop, Promised::at(units.min(beyond), price));
    shown.into_iter().filter(|(_, units)| *units > 0).map(part).collect()
}
