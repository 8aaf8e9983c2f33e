use super::world::*;
use crate::catalogue::{
    BundleComponent, Certificate, NetQuantity, Parcel, ProductCode, Season, Stars, StockFigure, TaxId,
};
use crate::store::testing::{at, on_both};
use crate::store::*;
use ganh_contract::Sku;
use jiff::civil::date;

fn everything() -> crate::catalogue::Effects {
    let mut all = effects(&[("CAY-01", 35_000, 10), ("QUA-01", 90_000, 0)]);
    all.stock.pop();
    all.producers[0].tax_id = TaxId::parse("0100109106");
    all.products[0].axes = vec!["Quy cách".into()];
    all.products[0].season = Season::parse("11-02");
    all.products[0].alcohol_tenths = Some(125);
    all.variants[0].options = vec!["Hộp 250 g".into()];
    all.variants[0].net_quantity = Some(NetQuantity { milli: 250_000, unit: "g".into() });
    all.variants[0].parcel = Some(Parcel { grams: 300, size_mm: Some([200, 150, 60]) });
    all.certificates = vec![Certificate {
        product: ProductCode::new("CAY-01"),
        number: None,
        stars: Stars::new(4).unwrap(),
        pending_five: true,
        decided_on: Some(date(2024, 3, 1)),
        valid_to: Some(date(2027, 3, 1)),
        province_printed: Some("Thái Bình".into()),
    }];
    all.components =
        vec![BundleComponent { bundle: Sku::new("QUA-01"), component: Sku::new("CAY-01"), quantity: 2 }];
    all
}

fn picture(name: &str, sha: char) -> NewPicture {
    NewPicture {
        producer: "TB01".into(),
        file_name: name.into(),
        sha256: sha.to_string().repeat(64),
        mime: "image/jpeg".into(),
        width: 800,
        height: 600,
        bytes: vec![1, 2, 3],
    }
}

on_both! {
    async fn what_goes_in_comes_back_for_the_next_plan(fresh: Fresh) {
        let all = everything();

        let applied = import(&fresh.store, &all, 0).await;

        let existing = fresh.store.existing_for_import().await.unwrap();
        assert_eq!((existing.revision, applied.revision), (1, 1));
        assert_eq!(existing.producers, all.producers);
        assert_eq!(existing.products, all.products);
        assert_eq!(existing.variants, all.variants);
        assert_eq!(existing.certificates, all.certificates);
        assert_eq!(existing.components, all.components);
    }

    async fn a_plan_of_an_older_catalogue_is_refused_and_writes_nothing(fresh: Fresh) {
        import(&fresh.store, &everything(), 0).await;
        let late = effects(&[("NEW-01", 1_000, 1)]);

        let refused = fresh.store.apply_import(0, &late, &[], "test", at(1)).await;

        assert_eq!(refused, Err(StoreError::CatalogueMoved { planned: 0, now: 1 }));
        assert_eq!(fresh.store.existing_for_import().await.unwrap().products.len(), 2);
    }

    async fn an_import_that_breaks_midway_leaves_nothing(fresh: Fresh) {
        let mut broken = everything();
        broken.components.push(BundleComponent { bundle: Sku::new("QUA-01"), component: Sku::new("NOWHERE"), quantity: 1 });

        let refused = fresh.store.apply_import(0, &broken, &[], "test", at(1)).await;

        let existing = fresh.store.existing_for_import().await.unwrap();
        assert!(matches!(refused, Err(StoreError::NotFound(_))), "{refused:?}");
        assert_eq!((existing.revision, existing.producers.len(), existing.products.len()), (0, 0, 0));
    }

    async fn a_later_sheet_moves_stock_by_what_it_changed_and_what_was_sold_stays_sold(fresh: Fresh) {
        let store = &fresh.store;
        import(store, &effects(&[("CAY-01", 35_000, 10)]), 0).await;
        let sold = StockEntry {
            sku: "cay-01".into(), place: None, kind: crate::stock::MovementKind::WriteOff, units: 4, cause: "w".into(), who: "t".into(),
        };
        store.move_stock(&sold, at(1)).await.unwrap();
        let mut later = effects(&[]);
        later.stock = vec![StockFigure { sku: Sku::new("CAY-01"), units: 15, previous: Some(10) }];

        import(store, &later, 2).await;

        assert_eq!(balance(store, "CAY-01").await, (11, 0));
    }

    async fn pictures_are_kept_once_and_come_in_the_products_order(fresh: Fresh) {
        let store = &fresh.store;
        let goods = effects(&[("CAY-01", 35_000, 10)]);
        store.apply_import(0, &goods, &[picture("a.jpg", 'a'), picture("b.jpg", 'b'), picture("c.jpg", 'b')], "t", at(0)).await.unwrap();
        let product = store.products_page(None, "", None, 1).await.unwrap()[0].id;

        let pictures = store.pictures_of(product).await.unwrap();

        let names: Vec<_> = pictures.iter().map(|picture| picture.file_name.as_str()).collect();
        assert_eq!(names, ["b.jpg", "a.jpg"]);
        assert_eq!(count(store, "SELECT count(*) AS n FROM picture").await, 2);
        assert_eq!(store.find_picture_bytes(&pictures[0].sha256).await.unwrap(), Some(vec![1, 2, 3]));
    }

    async fn the_same_pictures_again_move_no_revision_and_no_page(fresh: Fresh) {
        let store = &fresh.store;
        let goods = effects(&[("CAY-01", 35_000, 10)]);
        let pictures = [picture("a.jpg", 'a'), picture("b.jpg", 'b')];
        store.apply_import(0, &goods, &pictures, "t", at(0)).await.unwrap();

        let again = store.apply_import(1, &crate::catalogue::Effects::default(), &pictures, "t", at(1)).await.unwrap();

        let late = store.apply_import(0, &crate::catalogue::Effects::default(), &pictures, "t", at(1)).await;
        assert_eq!(again, Applied { revision: 1, ..Applied::default() });
        assert_eq!(count(store, "SELECT content_rev AS n FROM product").await, 1);
        assert_eq!(late, Err(StoreError::CatalogueMoved { planned: 0, now: 1 }));
    }

    async fn another_picture_under_its_name_makes_the_pages_that_show_it_stale(fresh: Fresh) {
        let store = &fresh.store;
        let goods = effects(&[("CAY-01", 35_000, 10)]);
        store.apply_import(0, &goods, &[picture("a.jpg", 'a')], "t", at(0)).await.unwrap();
        a_live_shop(store, "shopee/one").await;

        let pictures = [picture("a.jpg", 'c'), picture("unnamed.jpg", 'd')];
        let applied = store.apply_import(1, &crate::catalogue::Effects::default(), &pictures, "t", at(1)).await.unwrap();

        assert_eq!((applied.revision, applied.shops.len()), (2, 1));
        assert_eq!(count(store, "SELECT content_rev AS n FROM product").await, 2);
        assert_eq!(count(store, "SELECT count(*) AS n FROM listing WHERE stale_since_at IS NOT NULL").await, 1);
    }

    async fn search_finds_vietnamese_without_its_marks(fresh: Fresh) {
        import(&fresh.store, &effects(&[("CAY-01", 35_000, 10), ("TRA-01", 50_000, 1)]), 0).await;

        let found = fresh.store.products_page(None, "BANH cay tra", None, 10).await.unwrap();

        let codes: Vec<_> = found.iter().map(|product| product.product.code.as_str()).collect();
        assert_eq!((codes, found[0].variants.len()), (vec!["TRA-01"], 1));
    }

    async fn out_of_season_nothing_is_shown_and_the_season_brings_it_back(fresh: Fresh) {
        let store = &fresh.store;
        let mut goods = effects(&[("CAY-01", 35_000, 10)]);
        goods.products[0].season = Season::parse("01-02");
        import(store, &goods, 0).await;
        let lease = a_live_shop(store, "shopee/one").await;
        let now = offer(store, &lease, "CAY-01").await;
        let variants = std::collections::BTreeSet::from([now.variant_id]);

        store.recompute_offers(&variants, at(86_400 * 60)).await.unwrap();

        let later = offer(store, &lease, "CAY-01").await;
        assert_eq!((now.desired.on_sale, now.desired.stock), (false, 0));
        assert_eq!((later.desired.on_sale, later.desired.stock), (true, 10));
    }
}
