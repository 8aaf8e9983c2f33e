//! Channels in memory with the abilities that no adapter has yet, so that every case runs somewhere.
//!
//! A fake is a marketplace ([`market`]) behind the sandboxes' core, with its faults, journal and clock, and an adapter ([`shop`]) that
//! calls it through the gateway like any other. [`file`](mod@file) is the one without calls.

pub mod file;
mod line;
pub mod manner;
pub mod market;
mod platform;
mod serve;
mod shelf;
mod shop;
mod state;
mod till;
mod told;

use crate::desk::gateway;
use crate::world::{Fixture, Given, Online, Template, World};
use async_trait::async_trait;
use ganh_contract::{Platform, Secret};
use ganh_sandbox::core::{Core, start};
use ganh_sandbox::{Market, Options};
use line::Line;
pub use manner::Manner;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A fixture of one of the fakes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fake {
    Online(Manner),
    ByFile,
}

/// All fakes.
pub const FAKES: [Fake; 3] = [Fake::Online(Manner::Barrow), Fake::Online(Manner::Arcade), Fake::ByFile];

#[async_trait]
impl Fixture for Fake {
    fn name(&self) -> &'static str {
        match self {
            Self::Online(Manner::Barrow) => "barrow",
            Self::Online(Manner::Arcade) => "arcade",
            Self::ByFile => "file",
        }
    }

    async fn world(&self) -> World {
        let manner = match self {
            Self::Online(manner) => *manner,
            Self::ByFile => return World::ByFile(Box::new(file::FakeExchange::new())),
        };
        let core = Core::new(7);
        let market: Arc<dyn Market> = market::FakeMarket::new(Arc::clone(&core), manner);
        let sandbox = Arc::new(start(&Options::default(), core, market).await.expect("a free port"));
        let (gateway, records) = gateway(&sandbox);
        let base = sandbox.base_url().parse().expect("a URL");
        let line = Line { base, manner, gateway, shop: "app".to_owned(), access: None };
        let platform: Box<dyn Platform> = Box::new(platform::FakePlatform(line));
        let mut grants = Vec::new();
        for code in ["code-1", "code-2"] {
            let answer = BTreeMap::from([("code".to_owned(), Secret::new(code))]);
            grants.extend(platform.exchange(&answer).await.expect("a grant"));
        }
        let (template, guest) = Template::with_link("1".into(), BTreeMap::new()).await;
        let secrets = vec![market::APP_KEY.to_owned()];
        let desk_shop = "1".to_owned();
        let guest = Some(guest);
        Online::meet(Given { sandbox, platform, grants, desk_shop, template, records, secrets, guest }).await
    }
}
