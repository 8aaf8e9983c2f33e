use super::*;
use crate::listing::matching::{OurVariant, match_listings};
use crate::plan::pack::tests::{ANY, capability, offer, shape};
use ganh_contract::{Batch, OfferKind};

fn channel() -> Capability {
    let offers = Batch::Offers { max_offers: 50 };
    capability(vec![
        shape(&[Facet::Price], ANY, offers, false),
        shape(&[Facet::Stock], ANY, offers, false),
        shape(&[Facet::OnSale], ANY, Batch::Listings { max_listings: 50, one_way: false }, false),
    ])
}

fn wanted(product: i64, sku: &str, dong: i64, units: u32) -> Wanted {
    Wanted {
        product: ProductId::new(product),
        code: Sku::new(sku),
        title: format!("Sản phẩm {product}"),
        variants: vec![WantedVariant {
            variant: VariantId::new(product * 10),
            sku: Sku::new(sku),
            figures: Figures { price: Vnd(dong), stock: units, on_sale: true },
        }],
        objections: vec![],
    }
}

fn there(listing: &str, sku: &str, dong: i64, units: u32) -> RemoteListingSeen {
    RemoteListingSeen {
        listing: listing.into(),
        code: None,
        title: listing.into(),
        offers: vec![ObservedOffer {
            offer: OfferRef { kind: OfferKind::Alone, ..offer(listing, "") },
            note: String::new(),
            sku: Some(Sku::new(sku)),
            gtin: None,
            on_sale: true,
            price: Some(Price::plain(Vnd(dong))),
            stock: Some(Units::only(units)),
            reserved: None,
        }],
    }
}

fn plan(wanted: &[Wanted], theirs: &[RemoteListingSeen]) -> ShopPlan {
    let ours: Vec<OurVariant> = wanted
        .iter()
        .flat_map(|one| {
            one.variants.iter().map(|variant| OurVariant {
                product: one.product,
                variant: variant.variant,
                sku: variant.sku.clone(),
                gtin: None,
            })
        })
        .collect();
    shop_plan(wanted, theirs, &match_listings(&ours, theirs), &channel(), &Limits::default())
}

#[test]
fn a_plan_shows_old_and_new_figures_and_what_they_cost() {
    let plan = plan(&[wanted(1, "A", 40_000, 5)], &[there("L", "A", 35_000, 9)]);

    assert_eq!(
        plan.adopt[0].changes,
        [
            PlannedChange::Price { sku: Sku::new("A"), old: Some(Vnd(35_000)), new: Vnd(40_000) },
            PlannedChange::Stock { sku: Sku::new("A"), old: Some(9), new: 5 },
        ]
    );
    assert_eq!((plan.totals.prices, plan.totals.stocks, plan.totals.figure_calls), (1, 1, 2));
}

#[test]
fn a_shop_that_already_shows_what_we_want_needs_no_call() {
    let plan = plan(&[wanted(1, "A", 35_000, 9)], &[there("L", "A", 35_000, 9)]);

    assert_eq!((plan.adopt[0].changes.len(), plan.totals.figure_calls, plan.totals.create_calls), (0, 0, 0));
}

#[test]
fn i10_what_we_do_not_know_there_is_left_alone() {
    let plan = plan(&[], &[there("L", "STRANGE", 1_000, 9)]);

    assert_eq!((plan.leave_alone, plan.totals.figure_calls), (vec!["L".into()], 0));
}

#[test]
fn a_product_with_objections_parks_before_any_call() {
    let objection =
        Objection { field: "name".into(), code: "x".into(), vi: "sửa".into(), en: "mend".into() };
    let unfit = Wanted { objections: vec![objection.clone()], ..wanted(1, "A", 1, 1) };

    let plan = plan(&[unfit, wanted(2, "B", 1, 1)], &[]);

    assert_eq!((plan.park[0].objections.as_slice(), plan.create.len()), (&[objection][..], 1));
}

#[test]
fn i10_a_plan_that_would_halve_a_price_stops_and_asks() {
    let plan = plan(&[wanted(1, "A", 17_500, 9)], &[there("L", "A", 35_000, 9)]);

    assert!(!plan.blast.is_clear());
}

#[test]
fn i3_a_product_in_an_ambiguous_listing_is_asked_about_and_not_created() {
    let plan = plan(&[wanted(1, "A", 1, 1)], &[there("L", "A", 1, 1), there("M", "A", 1, 1)]);

    assert_eq!((plan.ask.len(), plan.create.len(), plan.totals.figure_calls), (2, 0, 0));
}

#[test]
fn a_plan_reads_back_from_json() {
    let plan = plan(&[wanted(1, "A", 40_000, 5), wanted(2, "B", 1, 1)], &[there("L", "A", 35_000, 9)]);

    let text = serde_json::to_string(&plan).expect("plain data");

    assert_eq!(serde_json::from_str::<ShopPlan>(&text).ok(), Some(plan));
}
