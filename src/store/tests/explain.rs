use super::world::*;
use crate::catalogue::BundleComponent;
use crate::ids::ProductId;
use crate::listing::{Explanation, Language, PriceRules, Rounding, Share, StockRules};
use crate::store::testing::{at, on_both};
use crate::store::*;
use ganh_contract::{LineStage, Sku};

fn rules(stock: StockRules, price: PriceRules) -> Policy {
    Policy { stock, price }
}

/// A jar and a set of two of it in two shops, rules in three layers, an order in one shop that the other was not told of yet.
async fn given_a_jar_and_its_set(store: &Store) -> Lease {
    let mut goods = effects(&[("CAY-01", 35_000, 10), ("QUA-01", 90_000, 0)]);
    goods.stock.pop();
    goods.components =
        vec![BundleComponent { bundle: Sku::new("QUA-01"), component: Sku::new("CAY-01"), quantity: 2 }];
    import(store, &goods, 0).await;
    let (one, two) = (a_live_shop(store, "shopee/mot").await, a_live_shop(store, "woocommerce/hai").await);
    let kept_back = rules(StockRules { buffer: Some(1), ..StockRules::default() }, PriceRules::default());
    store.set_policy(PolicyScope::Default, &kept_back, at(1)).await.unwrap();
    let dearer = rules(
        StockRules { share: Some(Share::PercentBp(8_000)), cap: Some(5), ..StockRules::default() },
        PriceRules {
            markup_bp: Some(1_250),
            round_to: Some(1_000),
            round: Some(Rounding::Up),
            ..PriceRules::default()
        },
    );
    store.set_policy(PolicyScope::Shop(two.shop), &dearer, at(1)).await.unwrap();
    push(store, &one, 2).await;
    push(store, &two, 2).await;
    let order = a_reading("A-1", 10, 10, vec![a_line("1", "CAY-01", 4, LineStage::Ready)]);
    ingest(store, &one, &[order], 11).await;
    one
}

async fn explained(store: &Store, sku: &str, language: Language) -> String {
    let all: Vec<Explanation> = store.explain(sku, at(20)).await.unwrap();
    all.iter().flat_map(|explanation| explanation.lines(language)).collect::<Vec<_>>().join("\n")
}

on_both! {
    async fn an_explanation_reads_the_same_on_both_databases(fresh: Fresh) {
        let store = &fresh.store;
        given_a_jar_and_its_set(store).await;

        let jar = explained(store, "cay-01", Language::Vi).await;
        let set = explained(store, "QUA-01", Language::En).await;

        insta::assert_snapshot!("explain_jar_vi", jar);
        insta::assert_snapshot!("explain_set_en", set);
    }

    async fn what_a_new_shop_would_show_is_foreseen_as_it_then_comes_and_nothing_is_kept(fresh: Fresh) {
        let store = &fresh.store;
        given_a_jar_and_its_set(store).await;
        let shop = a_shop(store, "shopee/ba").await;
        let products: Vec<ProductId> =
            store.products_page(None, "", None, 10).await.unwrap().iter().map(|product| product.id).collect();

        let foreseen = store.foresee_shop(shop, &products, at(21)).await.unwrap();

        let kept = store.listings_page(shop, None, 10).await.unwrap();
        store.approve_shop(shop, &Approval { adopt: &[], create: &products }, at(22)).await.unwrap();
        let lease = leases(store, "later", 22).await.into_iter().find(|lease| lease.shop == shop).unwrap();
        link_all(store, &lease).await;
        let mut came = std::collections::HashMap::new();
        for offer in store.offers_page(shop, None, 10).await.unwrap() {
            came.insert(offer.variant_id, offer.desired);
        }
        assert!(kept.is_empty(), "{kept:?}");
        assert_eq!((foreseen.len(), foreseen), (2, came));
    }
}
