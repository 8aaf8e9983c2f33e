use super::world::*;
use crate::listing::matching::{AdoptedOffer, MatchedBy};
use crate::listing::{Adoption, RemoteListingSeen};
use crate::store::testing::{at, on_both};
use crate::store::*;
use ganh_contract::{Actor, ObservedOffer, Price, Stage, Ticket, Units, Vnd};

async fn given_a_wanted_listing(store: &Store) -> (Lease, ListingRow) {
    import(store, &effects(&[("CAY-01", 35_000, 10)]), 0).await;
    let shop = a_shop(store, "shopee/one").await;
    let products = store.products_page(None, "", None, 10).await.unwrap();
    store.approve_shop(shop, &Approval { adopt: &[], create: &[products[0].id] }, at(0)).await.unwrap();
    let lease = leases(store, "one", 0).await.remove(0);
    let listing = store.unfinished_listings(shop, at(0), 10).await.unwrap().remove(0);
    (lease, listing)
}

on_both! {
    async fn i3_the_intent_is_the_same_until_its_outcome_is_unknown(fresh: Fresh) {
        let (lease, listing) = given_a_wanted_listing(&fresh.store).await;

        let one = fresh.store.intend_listing(&lease, listing.id, at(1)).await.unwrap();
        let two = fresh.store.intend_listing(&lease, listing.id, at(2)).await.unwrap();

        assert_eq!(one, two);
    }

    async fn i3_after_a_cut_create_nothing_is_created_before_a_find_that_counts(fresh: Fresh) {
        let store = &fresh.store;
        let (lease, listing) = given_a_wanted_listing(store).await;
        let first = store.intend_listing(&lease, listing.id, at(1)).await.unwrap();
        store.listing_cut(&lease, listing.id, at(2), at(2)).await.unwrap();

        let refused = store.intend_listing(&lease, listing.id, at(3)).await;
        store.listing_absent(&lease, listing.id, at(2)).await.unwrap();
        let too_early = store.intend_listing(&lease, listing.id, at(4)).await;
        store.listing_absent(&lease, listing.id, at(60)).await.unwrap();
        let second = store.intend_listing(&lease, listing.id, at(61)).await.unwrap();

        assert!(matches!((&refused, &too_early), (Err(StoreError::Conflict(_)), Err(StoreError::Conflict(_)))));
        assert_ne!(first.key, second.key);
    }

    async fn i3_a_live_listing_is_not_created_again(fresh: Fresh) {
        let (lease, listing) = given_a_wanted_listing(&fresh.store).await;
        link_all(&fresh.store, &lease).await;

        let refused = fresh.store.intend_listing(&lease, listing.id, at(1)).await;

        assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
        assert!(fresh.store.unfinished_listings(lease.shop, at(9), 10).await.unwrap().is_empty());
    }

    async fn a_ticket_is_kept_and_comes_back_in_its_time(fresh: Fresh) {
        let (lease, listing) = given_a_wanted_listing(&fresh.store).await;
        fresh.store.intend_listing(&lease, listing.id, at(1)).await.unwrap();

        fresh.store.listing_ticket(&lease, listing.id, Stage::Reviewing, &Ticket::new("t1"), None, at(30), at(2)).await.unwrap();

        let early = fresh.store.unfinished_listings(lease.shop, at(29), 10).await.unwrap();
        let due = fresh.store.unfinished_listings(lease.shop, at(30), 10).await.unwrap();
        assert_eq!((early.len(), due[0].state, due[0].ticket.as_ref().map(Ticket::as_str)), (0, ListingState::Reviewing, Some("t1")));
    }

    async fn i11_a_stale_owner_stores_no_ticket(fresh: Fresh) {
        let (lease, listing) = given_a_wanted_listing(&fresh.store).await;
        let stale = Lease { term: 0, ..lease };

        let refused = fresh.store.listing_ticket(&stale, listing.id, Stage::Building, &Ticket::new("t1"), None, at(3), at(2)).await;

        assert!(matches!(refused, Err(StoreError::StaleLease { .. })), "{refused:?}");
    }

    async fn a_parked_listing_waits_for_a_person(fresh: Fresh) {
        let (lease, listing) = given_a_wanted_listing(&fresh.store).await;
        fresh.store.park_listing(&lease, listing.id, "refused", Actor::Producer, "tên quá dài", at(1)).await.unwrap();
        let parked = fresh.store.parked_listings(Some(lease.shop), None, 10).await.unwrap();
        let held = fresh.store.unfinished_listings(lease.shop, at(9), 10).await.unwrap().len();

        fresh.store.unpark_listing(listing.id, at(2)).await.unwrap();

        assert_eq!((&*parked[0].said, parked[0].actor, held), ("tên quá dài", Actor::Producer, 0));
        assert_eq!(fresh.store.unfinished_listings(lease.shop, at(9), 10).await.unwrap().len(), 1);
    }

    async fn a_new_product_is_wanted_in_every_driven_shop_and_in_no_new_one(fresh: Fresh) {
        let store = &fresh.store;
        let (lease, _) = given_a_wanted_listing(store).await;
        let new = a_shop(store, "woo/new").await;
        store.set_shop_state(new, ShopState::New, None, at(1)).await.unwrap();

        let applied = import(store, &effects(&[("TRA-01", 50_000, 4)]), 2).await;

        assert_eq!(applied.listings_wanted, 1);
        assert_eq!(store.unfinished_listings(lease.shop, at(9), 10).await.unwrap().len(), 2);
        assert!(store.unfinished_listings(new, at(9), 10).await.unwrap().is_empty());
    }

    async fn a_changed_page_makes_the_listing_stale_and_a_new_price_does_not(fresh: Fresh) {
        let store = &fresh.store;
        let (lease, listing) = given_a_wanted_listing(store).await;
        link_all(store, &lease).await;
        let mut price = effects(&[]);
        price.variants = vec![a_variant("CAY-01", "CAY-01", 36_000)];
        import(store, &price, 1).await;
        let after_price = store.stale_listings(lease.shop, at(9), 10).await.unwrap().len();
        let mut page = effects(&[]);
        page.products = vec![a_product("CAY-01")];
        import(store, &page, 2).await;

        let stale = store.stale_listings(lease.shop, at(9), 10).await.unwrap();
        store.listing_revised(&lease, listing.id, 1, at(3)).await.unwrap();
        let overtaken = store.stale_listings(lease.shop, at(9), 10).await.unwrap().len();
        store.listing_revised(&lease, listing.id, 2, at(4)).await.unwrap();

        assert_eq!((after_price, stale.len(), overtaken), (0, 1, 1));
        assert!(store.stale_listings(lease.shop, at(9), 10).await.unwrap().is_empty());
    }

    async fn a_vanished_listing_frees_its_units_and_keeps_its_ids_for_old_orders(fresh: Fresh) {
        let store = &fresh.store;
        let (lease, listing) = given_a_wanted_listing(store).await;
        link_all(store, &lease).await;

        store.listing_gone(&lease, listing.id, "deleted in the seller centre", at(1)).await.unwrap();

        assert!(store.offers_page(lease.shop, None, 10).await.unwrap().is_empty());
        assert_eq!(count(store, "SELECT count(*) AS n FROM retired_offer").await, 1);
        assert_eq!(store.parked_listings(None, None, 10).await.unwrap()[0].kind, "missing");
    }

    async fn an_adopted_listing_is_live_and_only_what_differs_is_dirty(fresh: Fresh) {
        let store = &fresh.store;
        import(store, &effects(&[("CAY-01", 35_000, 10)]), 0).await;
        let shop = a_shop(store, "shopee/one").await;
        store.set_shop_state(shop, ShopState::New, None, at(0)).await.unwrap();
        let lease = leases(store, "one", 0).await.remove(0);
        let seen = ObservedOffer {
            offer: remote("CAY-01"), note: "n".into(), sku: None, gtin: None, on_sale: true,
            price: Some(Price::plain(Vnd(30_000))), stock: Some(Units::only(10)), reserved: None,
        };
        let listing = RemoteListingSeen { listing: "r/CAY-01".into(), code: None, title: "Bánh".into(), offers: vec![seen.clone()] };
        store.save_seen_listings(&lease, &[SeenListing { seen: listing.clone(), standing: "on_sale".into() }], at(1)).await.unwrap();
        let back = store.seen_listings(shop, at(1)).await.unwrap();
        let ours = store.our_variants(shop).await.unwrap();
        let adoption = Adoption {
            product: ours[0].product, listing: "r/CAY-01".into(), title: "Bánh".into(), by: MatchedBy::Sku,
            offers: vec![AdoptedOffer { variant: ours[0].variant, offer: seen.offer, note: "n".into() }],
            lacks: vec![], strangers: vec![],
        };

        store.approve_shop(shop, &Approval { adopt: &[adoption], create: &[] }, at(2)).await.unwrap();

        let state = offer(store, &lease, "CAY-01").await;
        assert_eq!(back[0].seen, listing);
        assert_eq!((state.dirty().price, state.dirty().stock, state.dirty().on_sale), (true, false, false));
        assert!(store.unfinished_listings(shop, at(9), 10).await.unwrap().is_empty());
        assert!(store.our_variants(shop).await.unwrap().is_empty());
    }
}
