//! Shopee against the suite that says what a channel is.

use ganh_conformance::{Fixture, Given, Online, Template, World, async_trait, conformance, gateway};
use ganh_contract::{Grant, RemoteCategoryId, Secret};
use ganh_sandbox::Options;
use ganh_shopee::{Facts, Settings};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

struct Shopee;

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[async_trait]
impl Fixture for Shopee {
    fn name(&self) -> &'static str {
        "shopee"
    }

    async fn world(&self) -> World {
        let options = Options { shops: 2, ..Options::default() };
        let sandbox = Arc::new(ganh_sandbox::shopee::start(options).await.expect("a sandbox"));
        let keys = sandbox.credentials();
        let settings = Settings {
            base_url: sandbox.base_url().parse().expect("a URL"),
            consent_url: None,
            partner_id: text(&keys["partner_id"]).parse().expect("a number"),
            partner_key: Secret::new(text(&keys["partner_key"])),
            hook_url: None,
        };
        let mut facts = Facts::built_in();
        facts.quota.shop.per_second = 0.0;
        facts.quota.app.per_second = 0.0;
        let template = Template::with_picture(
            RemoteCategoryId::new(facts.category["food.coffee_cocoa"].id.as_str()),
            facts.category["food.coffee_cocoa"].attributes.clone(),
        );
        let (gateway, records) = gateway(&sandbox);
        let platform = ganh_shopee::platform(settings, facts, gateway);
        let mut grants: Vec<Grant> = Vec::new();
        for shop in keys["shops"].as_array().expect("shops") {
            let answer = BTreeMap::from([
                ("code".to_owned(), Secret::new(text(&shop["code"]))),
                ("shop_id".to_owned(), Secret::new(text(&shop["shop_id"]))),
            ]);
            grants.push(platform.exchange(&answer).await.expect("grants").remove(0));
        }
        let secrets = vec![text(&keys["partner_key"])];
        let desk_shop = text(&keys["shops"][0]["shop_id"]);
        Online::meet(Given { sandbox, platform, grants, desk_shop, template, records, secrets, guest: None })
            .await
    }
}

conformance!(Shopee);
