use super::*;
use crate::ids::{OfferId, ShopId, VariantId};
use crate::listing::price::{EffectivePrice, PriceRules, priced};
use crate::listing::scope::Layers;
use crate::listing::share::{Consumer, EffectiveStock, StockRules, allot};
use std::collections::BTreeMap;

fn at(text: &str) -> Timestamp {
    text.parse().expect("a timestamp")
}

fn explanation() -> Explanation {
    let shop = StockRules { buffer: Some(2), ..StockRules::default() };
    let rules = EffectiveStock::of(Layers(&[(Scope::Shop, &shop)]));
    let consumer = Consumer {
        offer: OfferId::new(1),
        shop: ShopId::new(1),
        needs: vec![(VariantId::new(1), 1)],
        rules: &rules,
        sellable_here: true,
        channel_max: 999,
    };
    let stock = allot(&[consumer], &BTreeMap::from([(VariantId::new(1), 7)])).remove(0);
    let markup = PriceRules { markup_bp: Some(1_250), ..PriceRules::default() };
    Explanation {
        shop: "shopee/hanoi-1".into(),
        sku: Sku::new("TB-01"),
        offer: None,
        parts: vec![Part {
            sku: Sku::new("TB-01"),
            quantity: 1,
            places: vec![PlaceStock {
                place: PlaceId::new(1),
                name: "Kho".into(),
                on_hand: 10,
                reserved: 3,
                sells_online: true,
            }],
            sellable: 7,
        }],
        stops: vec![],
        stock,
        price: priced(Vnd(35_000), &EffectivePrice::of(Layers(&[(Scope::Producer, &markup)]))),
        on_sale: OnSale::Yes,
        desired: Figures { price: Vnd(40_000), stock: 5, on_sale: true },
        revs: Revs { price: 2, stock: 9, on_sale: 1 },
        based_at: at("2026-11-22T07:05:00Z"),
        acked: Acked { price: Some(Vnd(40_000)), stock: Some(6), on_sale: Some(true) },
        acked_revs: Revs { price: 2, stock: 8, on_sale: 1 },
        sent: Some(InFlight { at: at("2026-11-22T07:06:00Z"), stock: Some(5) }),
        suspect: None,
        observed: None,
        waits: None,
    }
}

#[test]
fn an_explanation_walks_from_the_shelf_to_the_channel() {
    assert_eq!(
        explanation().lines(Language::En),
        [
            "TB-01 · shopee/hanoi-1",
            "TB-01 at Kho: on hand 10 − reserved 3",
            "TB-01: 7 sellable, 1 in each unit",
            "  sellable → 7",
            "  buffer 2 [shop] → 5",
            "  catalogue price → 35.000 ₫",
            "  markup +12,50 % [producer] → 39.375 ₫",
            "  rounded up 1000 [default] → 40.000 ₫",
            "should show: 5 · 40.000 ₫ · on sale (computed 22/11/2026 14:05)",
            "revisions acknowledged/desired (stock · price · on sale): 8/9 · 2/2 · 1/1",
            "sent 22/11/2026 14:06: 5, not answered yet",
            "acknowledged: 6 · 40.000 ₫ · on sale",
            "not read back yet",
        ]
    );
}

#[test]
fn an_explanation_has_as_many_lines_in_vietnamese() {
    let explanation = explanation();

    let (vi, en) = (explanation.lines(Language::Vi), explanation.lines(Language::En));

    assert_eq!((vi.len(), vi[1].as_str()), (en.len(), "TB-01 tại Kho: tồn 10 − giữ cho đơn 3"));
}
