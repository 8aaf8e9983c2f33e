//! A shop that nobody answers, and drafts, for tests of the translation alone.

use crate::discovery::Memo;
use crate::facts::Facts;
use crate::site::Site;
use crate::token::Keys;
use crate::{Settings, Shop};
use ganh_contract::{Draft, DraftOffer, Price, Secret, Sku, Units, Vnd};
use ganh_http::{Gateway, Silent, SystemClock};
use std::collections::BTreeMap;
use std::sync::Arc;

pub fn shop(memo: Memo) -> Shop {
    let gateway =
        Gateway::new(ganh_http::Settings::default(), Arc::new(SystemClock), Arc::new(Silent)).unwrap();
    let keys = Keys::read(&Secret::new(r#"{"consumer_key":"ck_1","consumer_secret":"cs_2"}"#)).unwrap();
    let facts = Facts::compiled_in().unwrap();
    let site = Site::new(gateway, keys, "http://127.0.0.1:9", &facts, &Settings::default()).unwrap();
    let allows = facts.capability(&memo, site.quota_name());
    Shop { id: "http://127.0.0.1:9".into(), site, facts: Arc::new(facts), memo, allows, cut_s: None }
}

pub fn offer(sku: &str, options: &[&str], price: i64, stock: u32) -> DraftOffer {
    DraftOffer {
        sku: Sku::new(sku),
        options: options.iter().map(|option| (*option).to_owned()).collect(),
        price: Price::plain(Vnd(price)),
        stock: Units::only(stock),
        gtin: None,
        grams: None,
    }
}

pub fn draft(code: &str, axes: &[&str], offers: Vec<DraftOffer>) -> Draft {
    Draft {
        code: Sku::new(code),
        title: "Bánh cáy Thiên Đức".to_owned(),
        description: "Dẻo thơm vị gừng.".to_owned(),
        category: "15".into(),
        attributes: BTreeMap::new(),
        pictures: Vec::new(),
        axes: axes.iter().map(|axis| (*axis).to_owned()).collect(),
        offers,
        grams: 310,
        size_mm: Some([180, 120, 55]),
        gtin: None,
    }
}
