//! WooCommerce, old and new, against the suite that says what a channel is.

use ganh_conformance::{Fixture, Given, Online, Receiver, Template, World, async_trait, gateway};
use ganh_contract::Secret;
use ganh_sandbox::Options;
use ganh_woocommerce::{Facts, Settings};
use std::collections::BTreeMap;
use std::sync::Arc;

struct Woo(&'static str);

#[async_trait]
impl Fixture for Woo {
    fn name(&self) -> &'static str {
        self.0
    }

    async fn world(&self) -> World {
        let options = Options { profile: Some(self.0.to_owned()), ..Options::default() };
        let sandbox = Arc::new(ganh_sandbox::woocommerce::start(options).await.expect("a sandbox"));
        let keys = sandbox.credentials();
        let facts = Facts::compiled_in().expect("facts");
        let category = facts.category_for("food.coffee_cocoa").expect("a category");
        let (template, guest) = Template::with_link(category.into(), BTreeMap::new()).await;
        let (gateway, records) = gateway(&sandbox);
        let settings = Settings { unlimited: true, ..Settings::default() };
        let platform = ganh_woocommerce::platform(settings, facts, gateway);
        let typed = |name: &str| keys[name].as_str().expect("a key").to_owned();
        let answer = BTreeMap::from([
            ("address".to_owned(), Secret::new(sandbox.base_url())),
            ("consumer_key".to_owned(), Secret::new(typed("consumer_key"))),
            ("consumer_secret".to_owned(), Secret::new(typed("consumer_secret"))),
        ]);
        let grants = platform.exchange(&answer).await.expect("a grant");
        let secrets = vec![typed("consumer_secret"), typed("consumer_key")];
        let guest: Option<Receiver> = Some(guest);
        Online::meet(Given {
            sandbox,
            platform,
            grants,
            desk_shop: "1".into(),
            template,
            records,
            secrets,
            guest,
        })
        .await
    }
}

mod wc11 {
    ganh_conformance::conformance!(super::Woo("wc11"));
}

mod wc7 {
    ganh_conformance::conformance!(super::Woo("wc7"));
}
