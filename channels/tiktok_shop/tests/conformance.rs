//! TikTok Shop against the suite that says what a channel is: a seller with one warehouse, and one with two.

use ganh_conformance::{Fixture, Given, Online, Template, World, async_trait, conformance, gateway};
use ganh_contract::{Grant, RemoteCategoryId, Secret};
use ganh_sandbox::Options;
use ganh_tiktok_shop::{Facts, Settings};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

struct TiktokShop {
    name: &'static str,
    profile: &'static str,
}

const ONE_WAREHOUSE: TiktokShop = TiktokShop { name: "tiktok_shop", profile: "by_hand" };
const TWO_WAREHOUSES: TiktokShop =
    TiktokShop { name: "tiktok_shop, two warehouses", profile: "two_warehouses" };

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[async_trait]
impl Fixture for TiktokShop {
    fn name(&self) -> &'static str {
        self.name
    }

    async fn world(&self) -> World {
        let options = Options { shops: 2, profile: Some(self.profile.to_owned()), ..Options::default() };
        let sandbox = Arc::new(ganh_sandbox::tiktok_shop::start(options).await.expect("a sandbox"));
        // Reviews end by the case's word, nothing else waits.
        let by_hand = json!({ "audit_after_ms": null, "hold_ms": 0, "label_lag_ms": 0, "refund_ms": 0 });
        sandbox.control("POST", "settings", Some(by_hand)).await;
        let keys = sandbox.credentials();
        let base: url::Url = sandbox.base_url().parse().expect("a URL");
        let settings = Settings {
            base_url: base.clone(),
            auth_url: base.clone(),
            consent_url: base,
            app_key: text(&keys["app_key"]),
            app_secret: Secret::new(text(&keys["app_secret"])),
            service_id: Some("1".to_owned()),
        };
        let mut facts = Facts::built_in();
        let quota = &mut facts.quota;
        for rate in
            [&mut quota.create, &mut quota.edit, &mut quota.figures, &mut quota.orders, &mut quota.reads]
        {
            (rate.per_second, rate.per_day) = (0.0, 0);
        }
        // The simulated market plays the newest text: stock may be set off sale (spec §7.9).
        facts.stock.live_only = false;
        let choice = &facts.category["food.coffee_cocoa"];
        let template =
            Template::with_picture(RemoteCategoryId::new(choice.id.as_str()), choice.attributes.clone());
        let (gateway, records) = gateway(&sandbox);
        let platform = ganh_tiktok_shop::platform(settings, facts, gateway);
        let mut grants: Vec<Grant> = Vec::new();
        for shop in keys["shops"].as_array().expect("shops") {
            let answer = BTreeMap::from([("code".to_owned(), Secret::new(text(&shop["code"])))]);
            grants.push(platform.exchange(&answer).await.expect("grants").remove(0));
        }
        let secrets = vec![text(&keys["app_secret"])];
        let desk_shop = text(&keys["shops"][0]["shop_id"]);
        Online::meet(Given { sandbox, platform, grants, desk_shop, template, records, secrets, guest: None })
            .await
    }
}

conformance!(ONE_WAREHOUSE);

mod two_warehouses {
    use super::TWO_WAREHOUSES;
    use ganh_conformance::conformance;

    conformance!(TWO_WAREHOUSES);
}
