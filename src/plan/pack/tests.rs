use super::*;
use ganh_contract::{
    AfterUnknown, Counted, CreateRules, Lag, LineStage, OfferKind, PictureRules, Price, PriceRules,
    StockFigure, StockRules, TextRules, Vnd,
};
use proptest::prelude::*;
use std::time::Duration;

pub const ANY: &[OfferKind] = &[OfferKind::Alone, OfferKind::Variant];
pub const ALL: &[Facet] = &[Facet::Price, Facet::Stock, Facet::OnSale];

pub fn offer(listing: &str, id: &str) -> OfferRef {
    let kind = if id.is_empty() { OfferKind::Alone } else { OfferKind::Variant };
    OfferRef { listing: listing.into(), offer: id.into(), kind }
}

fn row(offer: OfferRef) -> OfferRow {
    OfferRow::silent(offer, String::new())
}

fn price(of: OfferRef, dong: i64) -> OfferRow {
    OfferRow { price: Some(Sent::Changed(Price::plain(Vnd(dong)))), ..row(of) }
}

fn stock(of: OfferRef, units: u32) -> OfferRow {
    OfferRow { stock: Some(Sent::Changed(Units::only(units))), ..row(of) }
}

fn on_sale(of: OfferRef, on: bool) -> OfferRow {
    OfferRow { on_sale: Some(Sent::Changed(on)), ..row(of) }
}

pub fn shape(facets: &[Facet], kinds: &[OfferKind], batch: Batch, coupled: bool) -> CallShape {
    CallShape {
        facets: facets.to_vec(),
        kinds: kinds.to_vec(),
        batch,
        coupled,
        one_place: false,
        live_only: false,
        quota: "shop".into(),
    }
}

pub fn capability(calls: Vec<CallShape>) -> Capability {
    Capability {
        calls,
        create: Some(CreateRules {
            after_unknown: AfterUnknown::FindFirst,
            one_at_a_time: false,
            reviewed: false,
            born_hidden: false,
            max_axes: 2,
            max_offers: 50,
            variations: Default::default(),
            parcel: Default::default(),
        }),
        revise: vec![],
        delete: None,
        pictures: PictureRules::Link { max: 9, min_px: 500 },
        text: TextRules { counted: Counted::Chars, title: (10, 120), description: (100, 3_000), html: false },
        price: PriceRules { min: Vnd(1_000), max: Vnd(120_000_000), spread_pct: Some(500), sale: false },
        stock: StockRules {
            figure: StockFigure::Sellable,
            max_units: 999_999,
            every_place: false,
            zeroed_by_cancel: false,
            on_off_only: false,
            takes_at: LineStage::Unpaid,
        },
        listings_per_read: 50,
        orders: None,
        returns: false,
        actions: vec![],
        lag: Lag { read: Duration::ZERO, search: Duration::ZERO, cut: Duration::ZERO },
        sources: vec![],
        memo: String::new(),
    }
}

/// The shapes met in the specs, with small numbers so that limits bite.
fn shapes() -> Vec<(&'static str, Capability)> {
    let (alone, variant) = (&[OfferKind::Alone][..], &[OfferKind::Variant][..]);
    let (price, stock, switch) = (&[Facet::Price][..], &[Facet::Stock][..], &[Facet::OnSale][..]);
    let listing = |max_offers| Batch::OneListing { max_offers };
    let offers = |max_offers| Batch::Offers { max_offers };
    let both_ways = |max_listings| Batch::Listings { max_listings, one_way: false };
    vec![
        (
            "per item",
            capability(vec![
                shape(price, ANY, listing(2), false),
                shape(stock, ANY, listing(2), false),
                shape(switch, ANY, both_ways(3), false),
            ]),
        ),
        (
            "across products",
            capability(vec![
                shape(price, ANY, offers(3), false),
                shape(stock, ANY, offers(3), false),
                shape(switch, ANY, both_ways(1), false),
            ]),
        ),
        ("one row for all", capability(vec![shape(ALL, ANY, offers(3), false)])),
        (
            "coupled and whole",
            capability(vec![shape(ALL, ANY, Batch::WholeListings { max_listings: 2 }, true)]),
        ),
        (
            "simple together, variants by parent",
            capability(vec![
                shape(price, alone, offers(3), false),
                shape(price, variant, listing(2), false),
                shape(stock, alone, offers(3), false),
                shape(stock, variant, listing(2), false),
                shape(switch, ANY, both_ways(3), false),
            ]),
        ),
        (
            "one by one",
            capability(vec![
                shape(&[Facet::Price, Facet::Stock], ANY, Batch::Offer, false),
                shape(switch, ANY, Batch::Listings { max_listings: 2, one_way: true }, false),
            ]),
        ),
    ]
}

/// A random shop of up to four listings, and up to `most` random changes in it: no offer and facet twice, no listing both on and off.
fn world(most: usize) -> impl Strategy<Value = (Known, Vec<OfferRow>)> {
    let counts = proptest::collection::vec(1_usize..4, 1..5);
    (counts, proptest::collection::vec((any::<prop::sample::Index>(), 0_u8..3), 1..=most)).prop_map(
        |(counts, picks)| {
            let mut known = Known::new();
            for (listing, count) in counts.into_iter().enumerate() {
                let name = format!("L{listing}");
                let stands = |id: usize| OfferRow {
                    price: Some(Sent::Carried(Price::plain(Vnd(1_000)))),
                    stock: Some(Sent::Carried(Units::only(7))),
                    on_sale: Some(Sent::Carried(listing % 2 == 0)),
                    ..row(offer(&name, &if count == 1 { String::new() } else { id.to_string() }))
                };
                known.insert(name.as_str().into(), (0..count).map(stands).collect());
            }
            let offers: Vec<OfferRef> = known.values().flatten().map(|row| row.offer.clone()).collect();
            let mut seen = BTreeSet::new();
            let mut changes = Vec::new();
            for (pick, facet) in picks {
                let of = pick.get(&offers).clone();
                if seen.insert((of.clone(), facet)) {
                    let on = of.listing.as_str() < "L2";
                    changes.push(match facet {
                        0 => price(of, 2_000),
                        1 => stock(of, 3),
                        _ => on_sale(of, on),
                    });
                }
            }
            (known, changes)
        },
    )
}

fn packed(changes: &[OfferRow], known: &Known, capability: &Capability) -> Vec<OfferCall> {
    pack(changes, known, capability, &Ceilings::default()).expect("every figure is known")
}

/// The law of a call: what a channel would accept.
fn fits(call: &OfferCall, capability: &Capability, known: &Known) -> bool {
    let shape = &capability.calls[call.shape];
    let listings: BTreeSet<_> = call.rows.iter().map(|row| &row.offer.listing).collect();
    let distinct: BTreeSet<_> = call.rows.iter().map(|row| &row.offer).collect();
    let is_clean = |row: &OfferRow| {
        let facets = facets_of(row);
        shape.kinds.contains(&row.offer.kind)
            && facets.iter().all(|facet| shape.facets.contains(facet))
            && (!shape.coupled || facets.len() == shape.facets.len())
    };
    let clean = !call.rows.is_empty() && distinct.len() == call.rows.len() && call.rows.iter().all(is_clean);
    let ways: BTreeSet<bool> = call.rows.iter().map(|row| row.on_sale == Some(Sent::Changed(true))).collect();
    clean
        && match shape.batch {
            Batch::Offer => call.rows.len() == 1,
            Batch::OneListing { max_offers } => listings.len() == 1 && call.rows.len() <= max_offers,
            Batch::Offers { max_offers } => call.rows.len() <= max_offers,
            Batch::WholeListings { max_listings } => {
                listings.len() <= max_listings
                    && listings.iter().all(|id| known[*id].iter().all(|row| distinct.contains(&row.offer)))
            }
            Batch::Listings { max_listings, one_way } => {
                listings.len() == call.rows.len()
                    && listings.len() <= max_listings
                    && (!one_way || ways.len() == 1)
            }
        }
}

fn changed_facets(row: &OfferRow) -> usize {
    usize::from(matches!(row.price, Some(Sent::Changed(_))))
        + usize::from(matches!(row.stock, Some(Sent::Changed(_))))
        + usize::from(matches!(row.on_sale, Some(Sent::Changed(_))))
}

/// How often a change's facet is said in the calls; a switch counts by listing where the shape does.
fn times_said(change: &OfferRow, facet: Facet, calls: &[OfferCall], capability: &Capability) -> usize {
    calls
        .iter()
        .flat_map(|call| call.rows.iter().map(move |row| (&capability.calls[call.shape], row)))
        .filter(|(shape, row)| {
            let by_listing = matches!(shape.batch, Batch::Listings { .. });
            let same = if by_listing {
                row.offer.listing == change.offer.listing
            } else {
                row.offer == change.offer
            };
            same && match facet {
                Facet::Price => row.price == change.price,
                Facet::Stock => row.stock == change.stock,
                Facet::OnSale => row.on_sale == change.on_sale,
            }
        })
        .count()
}

/// Exhaustive: every partition of the rows into groups that the channel would accept.
fn best(rows: &[OfferRow], groups: &mut Vec<Vec<OfferRow>>, ok: &dyn Fn(&[OfferRow]) -> bool) -> usize {
    let Some((first, rest)) = rows.split_first() else {
        return if groups.iter().all(|group| ok(group)) { groups.len() } else { usize::MAX };
    };
    let mut least = usize::MAX;
    for index in 0..groups.len() {
        groups[index].push(first.clone());
        least = least.min(best(rest, groups, ok));
        groups[index].pop();
    }
    groups.push(vec![first.clone()]);
    least = least.min(best(rest, groups, ok));
    groups.pop();
    least
}

/// The fewest calls of one shape, by trying all ways; a whole listing moves as one and the check adds its siblings.
fn least_of_shape(
    index: usize,
    calls: &[OfferCall],
    changes: &[OfferRow],
    known: &Known,
    capability: &Capability,
) -> usize {
    let batch = capability.calls[index].batch;
    let is_switch = matches!(batch, Batch::Listings { .. });
    let is_whole = matches!(batch, Batch::WholeListings { .. });
    let mut listed = BTreeSet::new();
    let rows: Vec<OfferRow> = calls
        .iter()
        .filter(|call| call.shape == index)
        .flat_map(|call| &call.rows)
        .filter(|row| {
            changes.iter().any(|change| {
                change.offer == row.offer || (is_switch && change.offer.listing == row.offer.listing)
            })
        })
        .filter(|row| !is_whole || listed.insert(row.offer.listing.clone()))
        .cloned()
        .collect();
    if rows.is_empty() {
        return 0;
    }
    let ok = |group: &[OfferRow]| {
        let mut rows = group.to_vec();
        if is_whole {
            rows.extend(group.iter().flat_map(|row| {
                known[&row.offer.listing].iter().filter(|sibling| sibling.offer != row.offer).cloned()
            }));
        }
        fits(&OfferCall { shape: index, rows }, capability, known)
    };
    best(&rows, &mut Vec::new(), &ok)
}

proptest! {
    #[test]
    fn i8_no_call_exceeds_a_limit_and_nothing_is_lost_or_invented((known, changes) in world(12)) {
        for (name, capability) in shapes() {
            let calls = packed(&changes, &known, &capability);

            prop_assert!(calls.iter().all(|call| fits(call, &capability, &known)), "{}: {:#?}", name, calls);
            for change in &changes {
                for facet in facets_of(change) {
                    let said = times_said(change, facet, &calls, &capability);
                    prop_assert_eq!(said, 1, "{}: {:?} {:?}", name, change, calls);
                }
            }
            let sent: usize = calls.iter().flat_map(|call| &call.rows).map(changed_facets).sum();
            prop_assert!(sent <= changes.iter().map(changed_facets).sum(), "{name}: invented a change");
        }
    }

    #[test]
    fn i9_the_first_call_holds_the_most_harmful_change((known, changes) in world(12)) {
        for (name, capability) in shapes() {
            let calls = packed(&changes, &known, &capability);

            prop_assert!(calls[0].rows.iter().any(|row| row.offer == changes[0].offer), "{}", name);
        }
    }

    #[test]
    fn lowered_ceilings_hold_and_raised_ones_have_no_effect((known, changes) in world(12)) {
        for (_, capability) in shapes() {
            let mut ceilings = Ceilings::default();
            (0..capability.calls.len()).for_each(|shape| ceilings.lower(shape, 1));
            let mut raised = Ceilings::default();
            (0..capability.calls.len()).for_each(|shape| raised.lower(shape, 1_000));

            let small = pack(&changes, &known, &capability, &ceilings).expect("every figure is known");

            let listings = |call: &OfferCall| {
                call.rows.iter().map(|row| row.offer.listing.clone()).collect::<BTreeSet<_>>().len()
            };
            prop_assert!(small.iter().all(|call| listings(call) == 1));
            let again = pack(&changes, &known, &capability, &raised).expect("every figure is known");
            prop_assert_eq!(again, packed(&changes, &known, &capability));
        }
    }

    #[test]
    fn halving_ends_at_single_rows_and_loses_none((known, changes) in world(12)) {
        for (_, capability) in shapes() {
            for call in packed(&changes, &known, &capability) {
                let shape = &capability.calls[call.shape];
                let mut open = vec![call.clone()];
                let mut rows = Vec::new();
                while let Some(call) = open.pop() {
                    let halves = halve(call, shape);
                    match <[OfferCall; 1]>::try_from(halves) {
                        Ok([single]) => rows.extend(single.rows),
                        Err(halves) => open.extend(halves.into_iter().rev()),
                    }
                }
                prop_assert_eq!(rows.len(), call.rows.len());
                prop_assert!(call.rows.iter().all(|row| rows.contains(row)));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]
    #[test]
    fn i8_no_packing_needs_fewer_calls((known, changes) in world(6)) {
        for (name, capability) in shapes() {
            let calls = packed(&changes, &known, &capability);

            let least: usize = (0..capability.calls.len())
                .map(|shape| least_of_shape(shape, &calls, &changes, &known, &capability))
                .sum();
            prop_assert_eq!(calls.len(), least, "{}: {:#?}", name, calls);
            prop_assert_eq!(calls.len(), fewest(&changes, &capability), "{}: the formula differs", name);
        }
    }
}

#[test]
fn a_coupled_call_with_an_unread_sibling_is_not_guessed() {
    let capability = capability(vec![shape(ALL, ANY, Batch::WholeListings { max_listings: 20 }, true)]);

    let refused = pack(&[stock(offer("A", "1"), 0)], &Known::new(), &capability, &Ceilings::default());

    assert_eq!(refused, Err(Unpackable::Unread("A".into())));
}

#[test]
fn a_facet_that_the_channel_cannot_change_is_said_so() {
    let capability = capability(vec![shape(&[Facet::Stock], ANY, Batch::Offer, false)]);

    let refused = pack(&[price(offer("A", ""), 1)], &Known::new(), &capability, &Ceilings::default());

    assert_eq!(refused, Err(Unpackable::NoCall(Facet::Price, offer("A", ""))));
}

#[test]
fn a_listing_that_would_be_on_and_off_is_a_contradiction() {
    let switch = Batch::Listings { max_listings: 5, one_way: false };
    let capability = capability(vec![shape(&[Facet::OnSale], ANY, switch, false)]);
    let changes = [on_sale(offer("A", "1"), true), on_sale(offer("A", "2"), false)];

    let refused = pack(&changes, &Known::new(), &capability, &Ceilings::default());

    assert_eq!(refused, Err(Unpackable::Contradiction("A".into())));
}

#[test]
fn a_call_that_names_one_place_is_split_by_place() {
    let one_place =
        CallShape { one_place: true, ..shape(&[Facet::Stock], ANY, Batch::Offers { max_offers: 3 }, false) };
    let capability = capability(vec![one_place]);
    let places = Units(BTreeMap::from([("north".into(), 1), ("south".into(), 2)]));
    let mut changes: Vec<OfferRow> = ["0", "1", "2"]
        .map(|id| OfferRow { stock: Some(Sent::Changed(places.clone())), ..row(offer("A", id)) })
        .into();
    changes.push(stock(offer("B", ""), 5));

    let calls = packed(&changes, &Known::new(), &capability);

    let sizes: Vec<usize> = calls.iter().map(|call| call.rows.len()).collect();
    assert_eq!((sizes, fewest(&changes, &capability)), (vec![3, 3, 1], 3));
}

#[test]
fn a_lowered_ceiling_rises_slowly_and_never_above_the_capability() {
    let mut ceilings = Ceilings::default();
    ceilings.lower(0, 40);

    let after_one = {
        ceilings.lift(0);
        ceilings.of(0, 100)
    };
    let after_more = {
        (0..5).for_each(|_| ceilings.lift(0));
        ceilings.of(0, 100)
    };
    let at_last = {
        (0..20).for_each(|_| ceilings.lift(0));
        ceilings.of(0, 100)
    };

    assert_eq!((after_one, after_more, at_last), (45, 78, 100));
}

#[test]
fn a_ceiling_of_one_rises_and_other_shapes_keep_theirs() {
    let mut ceilings = Ceilings::default();
    ceilings.lower(0, 0);
    ceilings.lower(1, 10);

    ceilings.lift(0);

    assert_eq!((ceilings.of(0, 50), ceilings.of(1, 50), ceilings.of(2, 50)), (2, 10, 50));
}
