//! What is fixed of each channel: the steps of connecting, listing and reading, from the specs that the adapters were written from.

use super::{Shown, Work, number, owed};
use ganh_sandbox::Books;

/// Calls of one kind.
type Calls = Vec<(&'static str, u64)>;

/// Connecting and listing.
pub fn listing(channel: &str, work: &Work) -> Calls {
    let (made, varied) = (work.made(), number(work.varied.len()));
    match channel {
        "shopee" => vec![
            // The consent's code (spec §3.2).
            ("token", 1),
            // Shop, carriers, warehouses; the limits count as categories (spec §3.4, §4.4, §4.1).
            ("survey", 3),
            // Limits once for the shop; tree, brand and limits once for each category (spec §8.1).
            ("categories", 1 + 3 * work.categories),
            ("upload", work.pictures),
            ("find", made),
            // add_item, and init_tier_variation where there are variations (spec §4.5, §4.8).
            ("create", work.singles + 2 * varied),
            // The ids of new models (spec §4.8).
            ("read", varied),
            // A listing with variations is hidden until it has them; fifty are shown in one call (spec §4.7).
            ("on_sale", varied.div_ceil(50)),
        ],
        "lazada" => vec![
            ("token", 1),
            // The seller and the warehouses (spec §3.5, §3.6).
            ("survey", 2),
            // Attributes of each category (spec §4.2).
            ("categories", work.categories),
            ("upload", work.pictures),
            // A hundred SKUs in one search (spec §4.14).
            ("find", made),
            // All SKUs in one call, which answers with their ids (spec §4.6).
            ("create", made),
        ],
        "tiktok_shop" => vec![
            ("token", 1),
            // The shop with its cipher, the warehouses (spec §3.4, §5).
            ("survey", 2),
            // Attributes and rules of each category (spec §6).
            ("categories", 2 * work.categories),
            ("upload", work.pictures),
            // Ten SKUs in one search (spec §7.5).
            ("find", work.varied.iter().map(|count| count.div_ceil(10)).sum()),
            ("create", made),
            // What the reviewers decided, one by one (spec §7.4).
            ("read", made),
            // A list of the webhooks, then one for each topic (spec §11).
            ("hooks", 1 + SHOP_TOPICS),
        ],
        _ => vec![
            ("survey", SITE_SURVEY),
            ("upload", work.pictures),
            // The bin is searched by itself (spec §4.3).
            ("find", 2 * made),
            // The product; a hundred variations of it in one batch (spec §4.2).
            ("create", made + work.varied.iter().map(|count| count.div_ceil(100)).sum::<u64>()),
            // A category is made or found once.
            ("other", work.categories),
            // A list of the webhooks, then one for each topic (spec §9).
            ("hooks", 1 + SITE_TOPICS),
            // What was hidden until its variations had come is shown, a hundred in one batch (spec §6, §7).
            ("on_sale", varied.div_ceil(100)),
        ],
    }
}

/// Calls to a site until it is known: home page, index, system status, the stock setting (spec §2).
const SITE_SURVEY: u64 = 4;
/// Topics of a site's webhooks that we hear.
const SITE_TOPICS: u64 = 6;
/// Topics of a TikTok Shop's webhooks that we hear (spec §11.3).
const SHOP_TOPICS: u64 = 11;

/// Orders, the first walk through the shop, read-backs that are owed.
pub fn reading(channel: &str, books: &Books, work: &Work, was: Option<&Shown>) -> Calls {
    let orders = number(books.orders.len());
    let (listings, varied) = owed(work, was);
    match channel {
        "shopee" => vec![
            ("list", 1),
            // Lists of a hundred, orders and returns; details of fifty (spec §5.1, §5.2, §5.8).
            ("orders", orders.div_ceil(100).max(1) + 1),
            ("order", orders.div_ceil(50)),
            // Fifty items in one call, the models of each by themselves (spec §4.8, §4.10).
            ("read", listings.div_ceil(50) + varied),
        ],
        "lazada" => vec![
            ("list", 1),
            // Lists of a hundred, and the returns; the items of fifty orders (spec §5.2, §5.4, §5.12).
            ("orders", orders.div_ceil(100).max(1) + 1),
            ("order", orders.div_ceil(50)),
            // One item in one call (spec §4.15).
            ("read", listings),
        ],
        "tiktok_shop" => vec![
            ("list", 1),
            // Whole orders, a hundred a page, and the returns (spec §9.1, §10).
            ("orders", orders.div_ceil(100).max(1) + 1),
            // The stock of a hundred products in one call (spec §7.9).
            ("read", listings.div_ceil(100)),
        ],
        _ => vec![
            // A hundred products, the variations of each by themselves; reading back is listing here (spec §4.1).
            ("list", 1 + listings.div_ceil(100) + varied),
            // Whole orders, a hundred a page (spec §6.1).
            ("orders", orders.div_ceil(100).max(1)),
        ],
    }
}
