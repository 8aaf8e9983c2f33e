//! Who we are at TikTok Shop, and where stock lies (spec §3.4, §5).

use crate::Shop;
use crate::call::{Ask, Class};
use crate::fault::SHOP;
use crate::wire::Warehouses;
use ganh_contract::{Capability, Choice, RemotePlaceId, RemoteShopId, Result, Survey, Units};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a survey writes into `Capability::memo` for later writes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Memo {
    /// Enabled sales warehouses, the default one first (§5).
    pub places: Vec<String>,
}

impl Memo {
    pub(crate) fn of(capability: &Capability) -> Self {
        serde_json::from_str(&capability.memo).unwrap_or_default()
    }

    /// Figures by warehouse as the wire wants them: every one that the shop has (§5). A figure without a place stands at the default
    /// warehouse; `None` where none is known: a single warehouse need not be named.
    pub(crate) fn spread(&self, units: &Units) -> Vec<(Option<String>, u32)> {
        let is_placed = units.0.keys().any(|place| !place.as_str().is_empty());
        if is_placed {
            return units.0.iter().map(|(place, units)| (Some(place.as_str().to_owned()), *units)).collect();
        }
        match self.places.split_first() {
            None => vec![(None, units.total())],
            Some((first, others)) => {
                let zero = others.iter().map(|place| (Some(place.clone()), 0));
                std::iter::once((Some(first.clone()), units.total())).chain(zero).collect()
            }
        }
    }

    /// Figures as read: by warehouse where the shop has several, else the one figure.
    pub(crate) fn gather(&self, rows: impl Iterator<Item = (String, u32)>) -> Units {
        if self.places.len() > 1 {
            let mut all: BTreeMap<RemotePlaceId, u32> = BTreeMap::new();
            for (place, units) in rows {
                let held = all.entry(RemotePlaceId::new(place)).or_default();
                *held = held.saturating_add(units);
            }
            return Units(all);
        }
        Units::only(rows.fold(0, |sum, (_, units)| sum.saturating_add(units)))
    }
}

pub(crate) async fn survey(shop: &Shop) -> Result<Survey> {
    let line = &shop.line;
    let id = line.shop.as_ref().map_or_else(|| RemoteShopId::new(""), |key| key.id.clone());
    let (shops, reply) = line.shops().await?;
    let own = shops.shops.0.iter().find(|shop| shop.id.as_str() == id.as_str());
    let own = own.ok_or_else(|| reply.fault(SHOP).said("the token does not open this shop"))?;
    let ask = Ask::get("get_warehouses", Class::Reads, "/logistics/202309/warehouses");
    let warehouses: Warehouses = line.send(ask).await?.read_or_empty()?;
    let mut sales: Vec<_> = warehouses
        .warehouses
        .0
        .iter()
        .filter(|place| {
            place.r#type.as_str() == "SALES_WAREHOUSE" && place.effect_status.as_str() == "ENABLED"
        })
        .filter(|place| place.id.filled().is_some())
        .collect();
    sales.sort_by_key(|place| !place.is_default.0);
    let places: Vec<Choice> = sales
        .iter()
        .map(|place| Choice { id: place.id.as_str().to_owned(), text: place.name.as_str().to_owned() })
        .collect();
    let mut allows = line.app.facts.capability(&line.declare_quotas());
    let memo = Memo { places: places.iter().map(|place| place.id.clone()).collect() };
    // §5: with several warehouses, every one must be in the update.
    allows.stock.every_place = memo.places.len() > 1;
    allows.memo = serde_json::to_string(&memo).unwrap_or_default();
    Ok(Survey {
        shop: id,
        name: own.name.as_str().to_owned(),
        places,
        currency: "VND".into(),
        ends: None,
        allows,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_without_a_place_stands_at_the_default_warehouse_and_the_others_are_empty() {
        let memo = Memo { places: vec!["1".into(), "2".into()] };

        assert_eq!(memo.spread(&Units::only(9)), [(Some("1".into()), 9), (Some("2".into()), 0)]);
        assert_eq!(Memo::default().spread(&Units::only(9)), [(None, 9)]);
        let placed = Units(BTreeMap::from([(RemotePlaceId::new("2"), 4)]));
        assert_eq!(memo.spread(&placed), [(Some("2".into()), 4)]);
    }

    #[test]
    fn one_warehouse_is_the_whole_figure_and_several_are_told_apart() {
        let rows = || [("1".to_owned(), 4), ("2".to_owned(), 5)].into_iter();

        assert_eq!(Memo { places: vec!["1".into()] }.gather(rows()), Units::only(9));
        assert_eq!(Memo { places: vec!["1".into(), "2".into()] }.gather(rows()).0.len(), 2);
    }
}
