//! The adapter against the simulated shop, as version 7.9 and as 11.0. The two share no code: each was written from the reference.

mod story;

use ganh_contract::{
    Action, ActionKind, Cursor, Facet, FaultKind, LineStage, Next, OfferCall, OfferKind, OfferRef, OrderHead,
    PictureRef, Price, Progress, RemoteListingId, Sale, Secret, Section, Sent, Sku, Standing, Start, Units,
    Vnd,
};
use serde_json::json;
use std::collections::BTreeSet;
use story::{Story, answer, draft, found, observe, offer, priced, simple, stocked, switched, took, variable};

async fn a_simple_product_is_created_read_and_found(profile: &str) {
    let story = Story::begin(profile).await;
    let draft = simple("CHE-01");

    let link = story.create(&draft).await;

    let seen = observe(&story, &link.offers[0].offer.listing).await;
    assert_eq!(link.offers[0].offer.kind, OfferKind::Alone);
    assert_eq!(seen.standing, Standing::OnSale);
    assert_eq!(seen.code, Some(Sku::new("CHE-01")));
    assert_eq!(seen.offers[0].price, Some(Price::plain(Vnd(38_000))));
    assert_eq!(seen.offers[0].stock, Some(Units::only(24)));
    assert_eq!(seen.shows.as_ref().unwrap().title, "Bánh cáy Thiên Đức");
    assert_eq!(seen.shows.as_ref().unwrap().grams, 310);
    assert_eq!(
        found(story.shop.find(&Sku::new("che-01"), &[]).await.unwrap()).len(),
        0,
        "the marker is exact"
    );
    assert_eq!(found(story.shop.find(&draft.code, &[Sku::new("CHE-01")]).await.unwrap()).len(), 1);
    assert_eq!(story.books_of("CHE-01").await.len(), 1);
}

async fn a_variable_product_is_created_with_its_variations(profile: &str) {
    let story = Story::begin(profile).await;

    let link = story.create(&variable()).await;

    let seen = observe(&story, &link.offers[0].offer.listing).await;
    let skus: Vec<&str> = seen.offers.iter().map(|offer| offer.sku.as_ref().unwrap().as_str()).collect();
    let stock: Vec<u32> = seen.offers.iter().map(|offer| offer.stock.as_ref().unwrap().total()).collect();
    assert_eq!(skus, ["BANHCAY-01", "BANHCAY-02"]);
    assert_eq!(stock, [24, 31]);
    assert!(seen.offers.iter().all(|offer| offer.on_sale));
    assert_eq!(seen.offers[0].offer, link.offers[0].offer);
    let shows = seen.shows.unwrap();
    assert_eq!(
        (shows.axes, shows.offers[1].options.clone()),
        (vec!["Quy cách".to_owned()], vec!["Hộp 400 g".to_owned()])
    );
}

async fn prices_stock_and_the_switch_are_set_in_batches(profile: &str) {
    let story = Story::begin(profile).await;
    let link = story.create(&variable()).await;
    let alone = story.create(&simple("CHE-01")).await.offers.remove(0).offer;
    let variant = link.offers[1].offer.clone();
    let sale = Sale { price: Vnd(45_000), from: None, until: None };
    let price = Price { list: Vnd(60_000), sale: Some(sale) };

    let priced_variant = story.set(Facet::Price, vec![priced(&variant, price.clone())]).await;
    let priced_alone = story.set(Facet::Price, vec![priced(&alone, Price::plain(Vnd(41_000)))]).await;
    let stocked_variant =
        story.set(Facet::Stock, vec![stocked(&variant, 7), stocked(&link.offers[0].offer, 0)]).await;
    let stocked_alone = story.set(Facet::Stock, vec![stocked(&alone, 5)]).await;
    let off =
        story.set(Facet::OnSale, vec![switched(&alone, false), switched(&link.offers[0].offer, false)]).await;

    assert_eq!(took(&priced_variant[0]).price, Some(Sent::Changed(price)));
    assert_eq!(took(&priced_alone[0]).price, Some(Sent::Changed(Price::plain(Vnd(41_000)))));
    assert_eq!(took(&stocked_variant[1]).stock, Some(Sent::Changed(Units::only(0))));
    assert_eq!(took(&stocked_alone[0]).stock, Some(Sent::Changed(Units::only(5))));
    assert_eq!(took(&off[0]).on_sale, Some(Sent::Changed(false)));
    assert_eq!(observe(&story, &alone.listing).await.standing, Standing::Hidden);
    assert_eq!(observe(&story, &variant.listing).await.offers[1].stock, Some(Units::only(7)));
}

async fn one_gone_row_does_not_sink_the_others(profile: &str) {
    let story = Story::begin(profile).await;
    let alone = story.create(&simple("CHE-01")).await.offers.remove(0).offer;
    let gone = OfferRef { listing: "999999".into(), offer: "".into(), kind: OfferKind::Alone };

    let outcomes = story.set(Facet::Stock, vec![stocked(&gone, 3), stocked(&alone, 3)]).await;

    assert_eq!(outcomes[0].as_ref().unwrap_err().kind.name(), "missing");
    assert_eq!(took(&outcomes[1]).stock, Some(Sent::Changed(Units::only(3))));
}

async fn i3_a_lost_reply_to_the_create_leaves_one_listing(profile: &str) {
    let story = Story::begin(profile).await;
    let draft = variable();
    story.fault(json!({ "kind": "cut_after", "path": "v3/products?", "method": "POST" })).await;

    let first = story.shop.create(&draft, Start::Fresh("intent-1")).await.unwrap();
    let Progress::Later { ticket, .. } = first else { panic!("the category first") };
    let fault = story.shop.create(&draft, Start::Resume(&ticket)).await.unwrap_err();
    let skus: Vec<Sku> = draft.offers.iter().map(|offer| offer.sku.clone()).collect();
    let half = found(story.shop.find(&draft.code, &skus).await.unwrap()).remove(0).value.unwrap();
    let adopted = story.shop.create(&draft, Start::Adopt(&half.listing)).await.unwrap();
    let link = story.finish(&draft, adopted).await;

    assert_eq!(*fault.kind, FaultKind::Interrupted);
    assert_eq!(half.standing, Standing::Unfinished);
    assert_eq!(link.offers.len(), 2);
    assert_eq!(story.books_of("BANHCAY-01").await.len(), 1);
    assert_eq!(observe(&story, &half.listing).await.standing, Standing::OnSale);
}

async fn i3_a_lost_reply_to_the_variations_leaves_each_once(profile: &str) {
    let story = Story::begin(profile).await;
    let draft = variable();
    story.fault(json!({ "kind": "cut_after", "path": "variations/batch", "method": "POST" })).await;

    let mut start = None;
    let mut cuts = 0;
    let link = loop {
        let outcome = match &start {
            None => story.shop.create(&draft, Start::Fresh("intent-1")).await,
            Some(ticket) => story.shop.create(&draft, Start::Resume(ticket)).await,
        };
        match outcome {
            Ok(Progress::Done(link)) => break link,
            Ok(Progress::Later { ticket, .. }) => start = Some(ticket),
            Err(fault) => {
                assert_eq!(*fault.kind, FaultKind::Interrupted);
                cuts += 1;
            }
        }
    };

    let seen = observe(&story, &link.offers[0].offer.listing).await;
    assert_eq!(cuts, 1);
    assert_eq!(seen.offers.len(), 2);
    assert_eq!(seen.standing, Standing::Hidden, "whole, and shown by its switch");
}

async fn a_strangers_sku_is_a_conflict_that_names_its_holder(profile: &str) {
    let story = Story::begin(profile).await;
    let seeded = json!({ "title": "Chè của người khác", "sku": "che-01", "price": 1000, "stock": 1 });
    let stranger = story.control("/listings", seeded).await;
    let draft = simple("CHE-01");

    let Progress::Later { ticket, .. } = story.shop.create(&draft, Start::Fresh("intent-1")).await.unwrap()
    else {
        panic!("the category first")
    };
    let fault = story.shop.create(&draft, Start::Resume(&ticket)).await.unwrap_err();

    let holder = stranger["id"].as_str().map(RemoteListingId::new);
    assert_eq!(*fault.kind, FaultKind::Conflict { holder });
    assert_eq!(found(story.shop.find(&draft.code, &[Sku::new("CHE-01")]).await.unwrap()).len(), 0);
}

async fn ours_in_the_bin_is_found_and_taken_out(profile: &str) {
    let story = Story::begin(profile).await;
    let draft = variable();
    let link = story.create(&draft).await;
    let listing = link.offers[0].offer.listing.clone();
    let skus: Vec<Sku> = draft.offers.iter().map(|offer| offer.sku.clone()).collect();

    story.shop.delete(&listing, &[]).await.unwrap();
    story.shop.delete(&listing, &[]).await.unwrap();
    let binned = found(story.shop.find(&draft.code, &skus).await.unwrap()).remove(0).value.unwrap();
    let restored = story.shop.create(&draft, Start::Adopt(&binned.listing)).await.unwrap();
    let again = story.finish(&draft, restored).await;

    assert_eq!(binned.standing, Standing::Deleted);
    assert_eq!(again, link);
    let seen = observe(&story, &listing).await;
    assert_eq!((seen.standing, seen.offers.len()), (Standing::OnSale, 2));
}

async fn a_page_is_revised_and_its_figures_stay(profile: &str) {
    let story = Story::begin(profile).await;
    let mut draft = variable();
    let link = story.create(&draft).await;
    let listing = link.offers[0].offer.listing.clone();
    draft.title = "Bánh cáy & kẹo lạc".to_owned();
    draft.offers[0].stock = Units::only(999);
    draft.offers.remove(1);
    draft.offers.push(offer("BANHCAY-03", &["Hộp 1 kg"], 120_000, 4));

    let mut progress = story
        .shop
        .revise(
            std::slice::from_ref(&listing),
            &draft,
            &[Section::Title, Section::Structure],
            Start::Fresh("i"),
        )
        .await
        .unwrap();
    let revised = loop {
        match progress {
            Progress::Done(link) => break link,
            Progress::Later { ticket, .. } => {
                let changed = [Section::Title, Section::Structure];
                let listings = std::slice::from_ref(&listing);
                progress =
                    story.shop.revise(listings, &draft, &changed, Start::Resume(&ticket)).await.unwrap();
            }
        }
    };

    let seen = observe(&story, &listing).await;
    assert_eq!(seen.shows.unwrap().title, "Bánh cáy & kẹo lạc");
    assert_eq!(seen.offers[0].stock, Some(Units::only(24)));
    assert_eq!(seen.offers.len(), 3);
    assert!(!seen.offers[1].on_sale, "the removed variation is hidden");
    assert_eq!(revised.retired, [link.offers[1].offer.clone()]);
    assert_eq!(revised.offers[0], link.offers[0]);
}

async fn i1_every_order_is_walked_once_changed_or_not(profile: &str) {
    let story = Story::begin(profile).await;
    story.create(&draft("CHE-01", &[], vec![offer("CHE-01", &[], 38_000, 1000)])).await;
    for _ in 0..230 {
        story.order("CHE-01", 1).await;
    }

    let heads = story.walk_orders().await;

    let ids: BTreeSet<&str> = heads.iter().map(|head| head.id.as_str()).collect();
    assert_eq!(ids.len(), 230);
    assert_eq!(heads.len(), 230);
}

async fn an_order_tells_what_was_sold_cancelled_and_given_back(profile: &str) {
    let story = Story::begin(profile).await;
    let link = story.create(&variable()).await;
    let kept = story.order("BANHCAY-01", 3).await;
    let cancelled = story.order("BANHCAY-02", 2).await;

    let cancel = Action {
        kind: ActionKind::Cancel,
        lines: Vec::new(),
        place: None,
        slot: None,
        carrier: None,
        tracking: None,
        reason: None,
        agree: true,
    };
    story.shop.act(&cancelled, &cancel, Start::Fresh("i")).await.unwrap();
    story.shop.act(&cancelled, &cancel, Start::Fresh("i")).await.unwrap();
    let line = story.read_order(&kept).await.lines.remove(0);
    let given_back = json!({ "lines": [{ "id": line.id.as_str(), "units": 1 }] });
    let refund = story.control(&format!("/orders/{kept}/return"), given_back).await;

    let kept = story.read_order(&kept).await;
    let cancelled = story.read_order(&cancelled).await;
    assert_eq!(line.offer.as_ref(), Some(&link.offers[0].offer));
    assert_eq!((line.units, line.stage, line.unit_price), (3, LineStage::Ready, Vnd(38_000)));
    assert_eq!((kept.lines[0].units, kept.lines[0].returned), (3, 1), "{refund}");
    assert_eq!((cancelled.lines[0].cancelled, cancelled.lines[0].stage.clone()), (2, LineStage::Cancelled));
}

async fn an_order_that_is_gone_is_missing_beside_one_that_is_there(profile: &str) {
    let story = Story::begin(profile).await;
    story.create(&simple("CHE-01")).await;
    let there = story.order("CHE-01", 1).await;

    let readings = story
        .shop
        .read_orders(&[OrderHead::named("999999".into()), OrderHead::named(there.clone())])
        .await
        .unwrap();

    assert_eq!(readings[0].value.as_ref().unwrap_err().kind.name(), "missing");
    assert_eq!(readings[1].value.as_ref().unwrap().id, there);
}

async fn all_listings_are_walked_with_strangers_and_hidden_ones(profile: &str) {
    let story = Story::begin(profile).await;
    let mine = story.create(&variable()).await.offers.remove(0).offer.listing;
    for number in 0..120 {
        let seeded = json!({ "title": "Hàng", "sku": format!("LA-{number}"), "price": 1000, "stock": 1 });
        story.control("/listings", seeded).await;
    }

    let mut ids = BTreeSet::new();
    let mut from: Option<Cursor> = None;
    loop {
        let page = story.shop.listings(from.as_ref()).await.unwrap();
        ids.extend(page.rows.into_iter().map(|head| head.id));
        match page.next {
            Next::More(cursor) => from = Some(cursor),
            Next::End => break,
            Next::TooMany => panic!("listings have no end of paging"),
        }
    }

    assert!(ids.contains(&mine));
    assert!(ids.len() >= 121);
}

async fn a_category_is_made_once_and_adopted_ever_after(profile: &str) {
    let story = Story::begin(profile).await;

    story.create(&simple("CHE-01")).await;
    story.create(&simple("CHE-02")).await;

    let all = story.shop.categories(None).await.unwrap();
    let made: Vec<_> = all.iter().filter(|category| category.name == "Bánh kẹo").collect();
    assert_eq!(made.len(), 1);
    assert!(all.iter().any(|category| category.id.as_str() == "name:Chè"));
}

async fn wrong_keys_are_revoked_and_never_shown(profile: &str) {
    let story = Story::begin(profile).await;
    let mut wrong = answer(&story.sandbox);
    wrong.insert("consumer_secret".to_owned(), Secret::new("cs_0000000000000000000000000000000000000000"));

    let fault = story.platform.exchange(&wrong).await.unwrap_err();

    assert_eq!(fault.kind.name(), "revoked");
    assert!(!format!("{fault} {fault:?}").contains("cs_0000"));
    assert!(!format!("{:?}", story.grant).contains("ck_"));
}

async fn a_gateway_timeout_while_the_work_goes_on_is_found_again(profile: &str) {
    let story = Story::begin(profile).await;
    let alone = story.create(&simple("CHE-01")).await.offers.remove(0).offer;
    story
        .fault(json!({ "kind": "gone_on", "path": "products/batch", "method": "POST", "after_ms": 1 }))
        .await;
    let shape = story.allows.shape_for(Facet::Stock, OfferKind::Alone).unwrap();

    let fault =
        story.shop.set_offers(&OfferCall { shape, rows: vec![stocked(&alone, 3)] }).await.unwrap_err();
    let again = story.set(Facet::Stock, vec![stocked(&alone, 2)]).await;

    assert_eq!(fault.kind.name(), "down");
    assert_eq!(took(&again[0]).stock, Some(Sent::Changed(Units::only(2))));
}

async fn a_notice_before_the_json_is_read_and_a_write_is_unknown(profile: &str) {
    let story = Story::begin(profile).await;
    let alone = story.create(&simple("CHE-01")).await.offers.remove(0).offer;

    story.fault(json!({ "kind": "junk_before_json", "path": "v3/products", "method": "GET" })).await;
    let seen = observe(&story, &alone.listing).await;
    story.fault(json!({ "kind": "junk_before_json", "path": "products/batch", "method": "POST" })).await;
    let shape = story.allows.shape_for(Facet::Stock, OfferKind::Alone).unwrap();
    let fault =
        story.shop.set_offers(&OfferCall { shape, rows: vec![stocked(&alone, 3)] }).await.unwrap_err();

    assert_eq!(seen.standing, Standing::OnSale);
    assert_eq!(*fault.kind, FaultKind::Interrupted);
}

async fn a_picture_that_cannot_be_fetched_leaves_the_rest_whole(profile: &str) {
    let story = Story::begin(profile).await;
    let mut draft = simple("CHE-01");
    draft.pictures = vec![PictureRef::Link("http://127.0.0.1:9/none.jpg".to_owned())];

    let mut ticket = None;
    let fault = loop {
        let outcome = match &ticket {
            None => story.shop.create(&draft, Start::Fresh("i")).await,
            Some(ticket) => story.shop.create(&draft, Start::Resume(ticket)).await,
        };
        match outcome {
            Ok(Progress::Later { ticket: next, .. }) => ticket = Some(next),
            Ok(Progress::Done(_)) => panic!("a picture was fetched from nowhere"),
            Err(fault) => break fault,
        }
    };
    draft.pictures.clear();
    let progress = story.shop.create(&draft, Start::Resume(&ticket.unwrap())).await.unwrap();
    let link = story.finish(&draft, progress).await;

    let FaultKind::Refused(complaints) = *fault.kind else { panic!("refused") };
    assert_eq!(complaints[0].field.as_deref(), Some("pictures"));
    assert_eq!(observe(&story, &link.offers[0].offer.listing).await.standing, Standing::OnSale);
}

macro_rules! on_both_versions {
    ($($story:ident),+ $(,)?) => {
        mod wc11 { $( #[tokio::test] async fn $story() { super::$story("wc11").await; } )+ }
        mod wc7 { $( #[tokio::test] async fn $story() { super::$story("wc7").await; } )+ }
    };
}

on_both_versions![
    a_simple_product_is_created_read_and_found,
    a_variable_product_is_created_with_its_variations,
    prices_stock_and_the_switch_are_set_in_batches,
    one_gone_row_does_not_sink_the_others,
    i3_a_lost_reply_to_the_create_leaves_one_listing,
    i3_a_lost_reply_to_the_variations_leaves_each_once,
    a_strangers_sku_is_a_conflict_that_names_its_holder,
    ours_in_the_bin_is_found_and_taken_out,
    a_page_is_revised_and_its_figures_stay,
    i1_every_order_is_walked_once_changed_or_not,
    an_order_tells_what_was_sold_cancelled_and_given_back,
    an_order_that_is_gone_is_missing_beside_one_that_is_there,
    all_listings_are_walked_with_strangers_and_hidden_ones,
    a_category_is_made_once_and_adopted_ever_after,
    wrong_keys_are_revoked_and_never_shown,
    a_gateway_timeout_while_the_work_goes_on_is_found_again,
    a_notice_before_the_json_is_read_and_a_write_is_unknown,
    a_picture_that_cannot_be_fetched_leaves_the_rest_whole,
];

#[tokio::test]
async fn an_old_shop_takes_one_create_at_a_time_and_hides_changes() {
    let old = Story::begin("wc7").await.allows;
    let new = Story::begin("wc11").await.allows;

    assert!(old.create.unwrap().one_at_a_time && old.orders.unwrap().blind);
    assert!(!new.create.unwrap().one_at_a_time && !new.orders.unwrap().blind);
}
