use super::*;
use crate::catalogue::certificate::Standing;
use crate::catalogue::product::sellable_sets;
use crate::catalogue::{ProducerKind, ProductKind};
use std::collections::BTreeSet;

#[test]
fn the_csv_files_hold_what_they_are_known_to_hold() {
    let catalogue = imported(&given_the_csv_files());

    let of_kind = |kind| catalogue.products.iter().filter(|product| product.kind == kind).count();
    assert_eq!(catalogue.variants.len(), 242);
    assert_eq!((of_kind(ProductKind::Single), of_kind(ProductKind::Bundle)), (117, 8));
    assert_eq!(catalogue.producers.len(), 75);
    assert_eq!(catalogue.components.len(), 25);
    assert_eq!(catalogue.certificates.len(), 117);
}

#[test]
fn nothing_in_the_clean_files_is_refused_or_in_conflict() {
    let plan = plan(&given_the_csv_files(), &Existing::default(), None, TODAY);

    let codes: BTreeSet<&str> =
        plan.rows.iter().flat_map(|row| &row.problems).map(|problem| problem.code.slug()).collect();
    assert_eq!(codes, BTreeSet::from(["certificate_expired"]));
    assert_eq!((plan.totals.rejected, plan.totals.skipped, plan.notes.len()), (0, 0, 0));
    assert_eq!(plan.totals.new, 242 + 75 + 25);
}

#[test]
fn the_workbook_says_the_same_as_the_csv_files() {
    let catalogue = imported(&given_the_csv_files());

    let plan = plan(&sheets(&["examples/ocop-catalogue.xlsx"]), &catalogue, None, TODAY);

    let changed: Vec<_> =
        plan.rows.iter().filter(|row| !row.changes.is_empty()).map(|row| (&row.key, &row.changes)).collect();
    assert_eq!(changed, []);
    assert_eq!(plan.effects, Effects::default());
    assert_eq!((plan.totals.same, plan.totals.rejected, plan.totals.skipped), (242 + 75 + 25, 0, 1));
}

#[test]
fn the_workbook_alone_is_whole() {
    let catalogue = imported(&sheets(&["examples/ocop-catalogue.xlsx"]));

    let csv = imported(&given_the_csv_files());
    assert_eq!(catalogue.variants, csv.variants);
    assert_eq!(catalogue.components, csv.components);
    assert_eq!(catalogue.certificates, csv.certificates);
    let kinds =
        |catalogue: &Existing| catalogue.products.iter().map(|product| product.kind).collect::<Vec<_>>();
    assert_eq!(kinds(&catalogue), kinds(&csv));
    assert_eq!(catalogue.producers.len(), 75);
}

#[test]
fn after_the_workbook_the_csv_files_only_add_what_it_has_no_column_for() {
    let catalogue = imported(&sheets(&["examples/ocop-catalogue.xlsx"]));

    let plan = plan(&given_the_csv_files(), &catalogue, None, TODAY);

    let changes = plan.rows.iter().flat_map(|row| &row.changes);
    assert!(changes.clone().all(|change| change.old.is_none()));
    let fields: BTreeSet<&str> = changes.map(|change| change.field.as_str()).collect();
    assert_eq!(fields, BTreeSet::from(["producer.commune_code_new", "product.subgroup"]));
}

#[test]
fn the_scarcest_component_bounds_each_gift_set_as_known() {
    let catalogue = imported(&given_the_csv_files());
    let stock_of = |sku: &Sku| {
        let variant = catalogue.variants.iter().find(|variant| variant.sku == *sku);
        variant.and_then(|variant| variant.sheet_stock).unwrap_or(0)
    };
    let sellable = |set: &str| {
        let lines = catalogue.components.iter().filter(|line| line.bundle.as_str().contains(set));
        sellable_sets(&lines.map(|line| (stock_of(&line.component), line.quantity)).collect::<Vec<_>>())
    };

    let known =
        ["TET-TD", "MUOI-BL", "SOKFARM", "DUASAP", "COTO", "BONMIEN", "TRAVINH", "TRUNGTHU-XT"].map(sellable);

    assert_eq!(known, [64, 190, 66, 84, 26, 210, 40, 0]);
}

#[test]
fn certificates_stand_as_known_on_the_day() {
    let catalogue = imported(&given_the_csv_files());
    let standing = |wanted| catalogue.certificates.iter().filter(|one| one.standing(TODAY) == wanted).count();
    let stars = |number| catalogue.certificates.iter().filter(|one| one.stars.get() == number).count();

    assert_eq!(
        (standing(Standing::Valid), standing(Standing::Ending), standing(Standing::Lapsed)),
        (58, 29, 30)
    );
    assert_eq!((stars(3), stars(4), stars(5)), (47, 63, 7));
}

#[test]
fn valid_certificates_by_old_province_are_as_known() {
    let catalogue = imported(&given_the_csv_files());
    let valid = |province: &str| {
        let of_province =
            catalogue.certificates.iter().filter(|one| one.province_printed.as_deref() == Some(province));
        of_province.filter(|one| one.stars_to_show(TODAY).is_some()).count()
    };

    assert_eq!(["Thái Bình", "Quảng Ninh", "Bạc Liêu", "Trà Vinh"].map(valid), [19, 28, 16, 24]);
}

#[test]
fn producers_with_starred_products_by_kind_are_as_known() {
    let catalogue = imported(&given_the_csv_files());
    let starred: BTreeSet<_> = catalogue.certificates.iter().map(|one| &one.product).collect();
    let owners: BTreeSet<_> = catalogue
        .products
        .iter()
        .filter(|product| starred.contains(&product.code))
        .map(|product| &product.producer)
        .collect();
    let of_kind = |kind| {
        catalogue
            .producers
            .iter()
            .filter(|producer| owners.contains(&producer.code) && producer.kind == kind)
            .count()
    };

    use ProducerKind::{Company, CoopGroup, Cooperative, Household, PrivateEnterprise};
    assert_eq!(
        [Household, Company, Cooperative, CoopGroup, PrivateEnterprise].map(of_kind),
        [29, 23, 18, 3, 1]
    );
}
