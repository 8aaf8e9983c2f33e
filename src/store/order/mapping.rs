//! Which of our variants an order line means: by the offer's remote ids, retired ones too, else by SKU.

use crate::catalogue::text::sku_key;
use crate::ids::{OfferId, ShopId, VariantId};
use crate::store::error::Result;
use crate::store::tx::{Tx, args, json};
use ganh_contract::OrderLine;
use std::collections::{BTreeSet, HashMap};

/// Answers for one batch of lines.
#[derive(Debug, Default)]
pub struct Mapping {
    by_remote: HashMap<(String, String), (Option<OfferId>, VariantId)>,
    by_sku: HashMap<String, (Option<OfferId>, VariantId)>,
}

impl Mapping {
    /// The offer, where the line still means one, and the variant.
    pub fn of(&self, line: &OrderLine) -> Option<(Option<OfferId>, VariantId)> {
        let by_remote = line.offer.as_ref().and_then(|offer| {
            self.by_remote.get(&(offer.listing.as_str().to_owned(), offer.offer.as_str().to_owned()))
        });
        let by_sku = || line.sku.as_ref().and_then(|sku| self.by_sku.get(&sku_key(sku.as_str())));
        by_remote.or_else(by_sku).copied()
    }
}

impl Tx {
    pub(in crate::store) async fn map_lines(
        &mut self,
        shop: ShopId,
        lines: &[&OrderLine],
    ) -> Result<Mapping> {
        let mut mapping = Mapping::default();
        let refs: BTreeSet<(&str, &str)> = lines
            .iter()
            .filter_map(|line| line.offer.as_ref())
            .map(|offer| (offer.listing.as_str(), offer.offer.as_str()))
            .collect();
        // Walks the indexes offer_remote and retired_offer's key; the live id wins over a retired one.
        let rows = self
            .rows(
                "SELECT CAST(NULL AS BIGINT) AS offer_id, r.variant_id, r.remote_listing_id, r.remote_offer_id
                 FROM json_each($2) AS named CROSS JOIN retired_offer AS r
                 WHERE r.shop_id = $1 AND r.remote_listing_id = named.value->>0 AND r.remote_offer_id = named.value->>1
                 UNION ALL
                 SELECT o.id, o.variant_id, o.remote_listing_id, o.remote_offer_id
                 FROM json_each($2) AS named CROSS JOIN offer AS o
                 WHERE o.shop_id = $1 AND o.remote_listing_id = named.value->>0 AND o.remote_offer_id = named.value->>1",
                args![shop, json(&refs)],
            )
            .await?;
        for row in rows {
            let key = (row.text("remote_listing_id")?, row.text("remote_offer_id")?);
            let meant = (row.find_int("offer_id")?.map(OfferId::new), VariantId::new(row.int("variant_id")?));
            mapping.by_remote.insert(key, meant);
        }
        let unmet: BTreeSet<String> = lines
            .iter()
            .filter(|line| mapping.of(line).is_none())
            .filter_map(|line| line.sku.as_ref().map(|sku| sku_key(sku.as_str())))
            .collect();
        if unmet.is_empty() {
            return Ok(mapping);
        }
        // Walks the indexes variant_sku_key and offer_variant. A shop sells its own producer's goods, the operator's shop everybody's.
        let rows = self
            .rows(
                "SELECT v.sku_key, v.id, o.id AS offer_id
                 FROM json_each($2) AS named
                 JOIN variant AS v ON v.sku_key = named.value->>0
                 JOIN shop AS s ON s.id = $1 AND (s.producer_id IS NULL OR s.producer_id = v.producer_id)
                 LEFT JOIN offer AS o ON o.variant_id = v.id AND o.shop_id = s.id
                 ORDER BY v.id, o.id",
                args![shop, json(&unmet.iter().map(|key| [key]).collect::<Vec<_>>())],
            )
            .await?;
        for row in rows {
            let meant = (row.find_int("offer_id")?.map(OfferId::new), VariantId::new(row.int("id")?));
            mapping.by_sku.entry(row.text("sku_key")?).or_insert(meant);
        }
        Ok(mapping)
    }
}
