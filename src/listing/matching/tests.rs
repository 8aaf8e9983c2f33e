use super::*;
use ganh_contract::OfferKind;
use proptest::prelude::*;

fn ours(product: i64, variant: i64, sku: &str, gtin: Option<&str>) -> OurVariant {
    OurVariant {
        product: ProductId::new(product),
        variant: VariantId::new(variant),
        sku: Sku::new(sku),
        gtin: gtin.map(Into::into),
    }
}

fn theirs(listing: &str, offers: &[(&str, Option<&str>)]) -> RemoteListingSeen {
    let offer = |(index, (sku, gtin)): (usize, &(&str, Option<&str>))| ObservedOffer {
        offer: OfferRef {
            listing: listing.into(),
            offer: index.to_string().into(),
            kind: if offers.len() == 1 { OfferKind::Alone } else { OfferKind::Variant },
        },
        note: String::new(),
        sku: Some(Sku::new(*sku)).filter(|sku| !sku.as_str().is_empty()),
        gtin: gtin.map(Into::into),
        on_sale: true,
        price: None,
        stock: None,
        reserved: None,
    };
    RemoteListingSeen {
        listing: listing.into(),
        code: None,
        title: listing.to_owned(),
        offers: offers.iter().enumerate().map(offer).collect(),
    }
}

#[test]
fn a_listing_with_our_skus_is_adopted_whatever_their_case() {
    let matches = match_listings(
        &[ours(1, 11, "ĐO-1", None), ours(1, 12, "DO-2", None)],
        &[theirs("A", &[("do-2", None), ("đo-1", None)])],
    );

    let variants: Vec<_> = matches.adopt[0].offers.iter().map(|offer| offer.variant.get()).collect();
    assert_eq!((variants, matches.adopt[0].by, matches.ours_missing), (vec![12, 11], MatchedBy::Sku, vec![]));
}

#[test]
fn a_barcode_counts_only_where_the_sku_says_nothing() {
    let all = [ours(1, 11, "A", Some("893")), ours(2, 21, "B", Some("894"))];

    let matches =
        match_listings(&all, &[theirs("L", &[("B", Some("893"))]), theirs("M", &[("", Some("893"))])]);

    let found: Vec<_> = matches.adopt.iter().map(|adoption| (adoption.product.get(), adoption.by)).collect();
    assert_eq!(found, [(2, MatchedBy::Sku), (1, MatchedBy::Barcode)]);
}

#[test]
fn i3_a_product_shown_by_two_listings_is_for_a_person_and_never_created() {
    let matches = match_listings(
        &[ours(1, 11, "A", None)],
        &[theirs("L", &[("A", None)]), theirs("M", &[("A", None)])],
    );

    let doubts: Vec<_> = matches.ambiguous.iter().map(|ambiguity| ambiguity.why).collect();
    assert_eq!(
        (doubts, matches.adopt.len(), matches.ours_missing),
        (vec![Doubt::SeveralListings, Doubt::SeveralListings], 0, vec![])
    );
}

#[test]
fn a_listing_that_mixes_two_of_our_products_is_for_a_person() {
    let all = [ours(1, 11, "A", None), ours(2, 21, "B", None)];

    let matches = match_listings(&all, &[theirs("L", &[("A", None), ("B", None)])]);

    assert_eq!(matches.ambiguous[0].why, Doubt::SeveralProducts);
}

#[test]
fn what_we_do_not_know_is_left_alone() {
    let matches = match_listings(&[ours(1, 11, "A", None)], &[theirs("L", &[("STRANGE", Some("899"))])]);

    assert_eq!((matches.unknown, matches.ours_missing), (vec!["L".into()], vec![ProductId::new(1)]));
}

#[test]
fn a_listing_read_twice_counts_once() {
    let row = theirs("L", &[("A", None)]);

    assert_eq!(match_listings(&[ours(1, 11, "A", None)], &[row.clone(), row]).adopt.len(), 1);
}

proptest! {
    #[test]
    fn every_listing_and_every_product_is_named_once(
        ours_of in proptest::collection::vec((0_i64..4, 0_usize..8), 0..8),
        theirs_of in proptest::collection::vec(proptest::collection::vec((0_usize..10, 0_usize..4), 1..4), 0..6)
    ) {
        let mut seen = BTreeSet::new();
        let all: Vec<OurVariant> = ours_of.iter().filter(|(_, sku)| seen.insert(*sku))
            .map(|(product, sku)| ours(*product, i64::try_from(*sku).expect("few"), &format!("S{sku}"), Some(&format!("G{}", sku % 3))))
            .collect();
        let there: Vec<RemoteListingSeen> = theirs_of.iter().enumerate().map(|(index, offers)| {
            let offers: Vec<(String, String)> = offers.iter().map(|(sku, gtin)| (format!("s{sku}"), format!("G{gtin}"))).collect();
            let rows: Vec<(&str, Option<&str>)> = offers.iter().map(|(sku, gtin)| (sku.as_str(), Some(gtin.as_str()))).collect();
            theirs(&format!("L{index}"), &rows)
        }).collect();

        let matches = match_listings(&all, &there);

        prop_assert_eq!(matches.adopt.len() + matches.ambiguous.len() + matches.unknown.len(), there.len());
        let named: BTreeSet<ProductId> = matches.adopt.iter().map(|adoption| adoption.product)
            .chain(matches.ambiguous.iter().flat_map(|ambiguity| ambiguity.products.clone()))
            .collect();
        let all: BTreeSet<ProductId> = all.iter().map(|ours| ours.product).collect();
        prop_assert!(matches.ours_missing.iter().all(|product| !named.contains(product)));
        prop_assert_eq!(named.len() + matches.ours_missing.len(), all.len());
        let adopted: BTreeSet<ProductId> = matches.adopt.iter().map(|adoption| adoption.product).collect();
        prop_assert_eq!(adopted.len(), matches.adopt.len());
    }
}
