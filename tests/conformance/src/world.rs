//! A channel with its sandbox, as a case meets it.

use crate::desk::Desk;
use crate::receiver::Receiver;
use async_trait::async_trait;
use ganh_contract::{
    Capability, Draft, DraftOffer, Exchange, Fault, FaultKind, Grant, PictureRef, PictureRules, Platform,
    Price, RemoteCategoryId, RemotePlaceId, RemoteShop, RemoteShopId, Sku, Survey, Units, Vnd,
};
use ganh_http::{CallRecord, Recorder};
use ganh_sandbox::Running;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// Starts a channel's sandbox and connects the channel to it. Each case gets a world of its own.
#[async_trait]
pub trait Fixture: Send + Sync {
    /// Channel and profile, for tables.
    fn name(&self) -> &'static str;

    /// A new world.
    async fn world(&self) -> World;
}

/// A channel as the register would hold it, with its surroundings.
pub enum World {
    /// A channel with calls.
    Online(Box<Online>),
    /// A channel whose files a person carries.
    ByFile(Box<dyn Exchange>),
}

/// Whether a case was about this channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selected {
    /// The story was told.
    Yes,
    /// The ability is absent, and that was proved. Why.
    No(String),
}

impl Selected {
    /// Not this channel's case.
    pub fn no(why: impl Into<String>) -> Self {
        Self::No(why.into())
    }
}

/// What a draft needs at this channel beside texts and figures.
#[derive(Debug, Clone)]
pub struct Template {
    /// A category that takes listings.
    pub category: RemoteCategoryId,
    /// All that the category asks for.
    pub attributes: BTreeMap<String, Vec<String>>,
    /// Bytes of a picture that the channel takes.
    pub picture: Vec<u8>,
    /// Its file name.
    pub picture_name: &'static str,
    /// Where the channel can fetch it, if it fetches.
    pub picture_link: Option<String>,
}

/// Renewals in the longest story.
const RENEWALS: usize = 24;

/// A small picture that every channel takes.
const PICTURE: &[u8] = include_bytes!("picture.png");

impl Template {
    /// For channels that take a picture's bytes.
    pub fn with_picture(category: RemoteCategoryId, attributes: BTreeMap<String, Vec<String>>) -> Self {
        Self {
            category,
            attributes,
            picture: PICTURE.to_vec(),
            picture_name: "picture.png",
            picture_link: None,
        }
    }

    /// For channels that fetch pictures: they stand at the receiver, for as long as it runs.
    pub async fn with_link(
        category: RemoteCategoryId,
        attributes: BTreeMap<String, Vec<String>>,
    ) -> (Self, Receiver) {
        let host = Receiver::start(PICTURE.to_vec()).await;
        let link = Some(host.picture_url("picture.png"));
        (Self { picture_link: link, ..Self::with_picture(category, attributes) }, host)
    }
}

/// What a fixture hands over.
pub struct Given {
    pub sandbox: Arc<Running>,
    pub platform: Box<dyn Platform>,
    /// One for each shop; the first is the story's, the second its neighbour.
    pub grants: Vec<Grant>,
    /// The first shop as the control API names it.
    pub desk_shop: String,
    pub template: Template,
    pub records: Arc<Records>,
    /// Texts that must never be seen: app keys, passwords.
    pub secrets: Vec<String>,
    /// The host of pictures, kept for as long as the world lasts.
    pub guest: Option<Receiver>,
}

/// A connected shop.
pub struct Online {
    pub platform: Box<dyn Platform>,
    pub grant: Grant,
    pub id: RemoteShopId,
    first: Box<dyn RemoteShop>,
    /// The same shop with a newer grant, once the first ran out in a long story.
    renewed: [OnceLock<(Grant, Box<dyn RemoteShop>)>; RENEWALS],
    pub survey: Survey,
    /// Another shop of the same app.
    pub neighbour: Option<Grant>,
    pub desk: Desk,
    pub template: Template,
    /// Pictures as drafts name them, handed over already.
    pub pictures: Vec<PictureRef>,
    pub records: Arc<Records>,
    pub secrets: Vec<String>,
    _guest: Option<Receiver>,
}

impl Online {
    /// Opens the first shop, surveys it, opens it again with what the survey allowed, and hands over a picture.
    pub async fn meet(given: Given) -> World {
        let mut grants = given.grants.into_iter();
        let grant = grants.next().expect("a grant");
        let id = grant.shops.first().expect("a grant for a shop").clone();
        let first = given.platform.open(&grant, &id, None).expect("a shop");
        let survey = first.survey().await.expect("a survey");
        let shop = given.platform.open(&grant, &id, Some(&survey.allows)).expect("a shop");
        let pictures = match &survey.allows.pictures {
            PictureRules::Upload { .. } => {
                let uploaded = shop.upload(&given.template.picture, given.template.picture_name).await;
                vec![PictureRef::Remote(uploaded.expect("a picture"))]
            }
            PictureRules::Link { .. } => {
                given.template.picture_link.clone().map(PictureRef::Link).into_iter().collect()
            }
        };
        let desk = Desk::new(given.sandbox, given.desk_shop);
        desk.clear_journal().await;
        World::Online(Box::new(Self {
            platform: given.platform,
            grant,
            id,
            first: shop,
            renewed: [const { OnceLock::new() }; RENEWALS],
            survey,
            neighbour: grants.next(),
            desk,
            template: given.template,
            pictures,
            records: given.records,
            secrets: given.secrets,
            _guest: given.guest,
        }))
    }

    /// The shop, opened with what its survey allowed.
    pub fn shop(&self) -> &dyn RemoteShop {
        self.newest().map_or(&self.first, |(_, shop)| shop).as_ref()
    }

    /// What this shop allows.
    pub fn allows(&self) -> &Capability {
        self.shop().capability()
    }

    fn newest(&self) -> Option<&(Grant, Box<dyn RemoteShop>)> {
        self.renewed.iter().filter_map(OnceLock::get).last()
    }

    /// Renews the grant when it ends within the hour: for stories that last longer than a token.
    pub async fn keep_alive(&self) {
        let grant = self.newest().map_or(&self.grant, |(grant, _)| grant);
        let soon = self.desk.now().checked_add(Duration::from_secs(3_600)).expect("in range");
        if grant.access_until.is_none_or(|until| until >= soon) {
            return;
        }
        let grant = self.platform.renew(grant).await.expect("a new grant");
        let shop = self.reopen(&grant);
        let free = self.renewed.iter().find(|slot| slot.get().is_none()).expect("a story shorter than that");
        assert!(free.set((grant, shop)).is_ok(), "one story renews one after the other");
    }

    /// Opens the same shop with another grant.
    pub fn reopen(&self, grant: &Grant) -> Box<dyn RemoteShop> {
        self.platform.open(grant, &self.id, Some(self.allows())).expect("a shop")
    }

    /// The places that a stock figure must name.
    pub fn places(&self) -> Vec<RemotePlaceId> {
        if self.allows().stock.every_place {
            self.survey.places.iter().map(|place| RemotePlaceId::new(place.id.as_str())).collect()
        } else {
            vec![RemotePlaceId::new("")]
        }
    }

    /// A stock figure: all at the first place, none at the others.
    pub fn units(&self, units: u32) -> Units {
        let mut left = Some(units);
        Units(self.places().into_iter().map(|place| (place, left.take().unwrap_or(0))).collect())
    }

    /// A product of coffee with this code. One offer stands alone, several differ by weight. SKUs: the code, or the code with `-1`, `-2` …
    pub fn draft(&self, code: &str, offers: usize) -> Draft {
        let is_alone = offers == 1;
        let offer = |number: usize| DraftOffer {
            sku: Sku::new(if is_alone { code.to_owned() } else { format!("{code}-{number}") }),
            options: if is_alone { Vec::new() } else { vec![format!("{}g", number * 250)] },
            price: Price::plain(Vnd(70_000 + 5_000 * i64::try_from(number).unwrap_or(0))),
            stock: self.units(40),
            gtin: None,
            grams: None,
        };
        Draft {
            code: Sku::new(code),
            title: format!("Cà phê Robusta rang mộc Buôn Ma Thuột {code}"),
            description: "Cà phê nguyên chất rang mộc, đóng gói van một chiều. Hạn sử dụng 12 tháng kể từ ngày sản xuất. \
                          Bảo quản nơi khô ráo thoáng mát, tránh ánh nắng trực tiếp."
                .to_owned(),
            category: self.template.category.clone(),
            attributes: self.template.attributes.clone(),
            pictures: self.pictures.clone(),
            axes: if is_alone { Vec::new() } else { vec!["Khối lượng".to_owned()] },
            offers: (1..=offers).map(offer).collect(),
            grams: 550,
            size_mm: Some([200, 120, 80]),
            gtin: None,
        }
    }
}

/// All attempts of the gateway, for the case about secrets.
#[derive(Debug, Default)]
pub struct Records(Mutex<Vec<CallRecord>>);

impl Records {
    /// What was recorded so far.
    pub fn all(&self) -> Vec<CallRecord> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Recorder for Records {
    fn call(&self, record: &CallRecord) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(record.clone());
    }
}

/// The fault's kind, where a fault is expected.
#[track_caller]
pub fn kind<T: std::fmt::Debug>(outcome: Result<T, Fault>) -> FaultKind {
    *outcome.expect_err("a fault").kind
}
