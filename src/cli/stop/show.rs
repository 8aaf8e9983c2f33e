//! What `ganh stop` says: to people in their language, and as JSON.

use super::{Driver, of_language};
use crate::cli::context::moment;
use crate::cli::output;
use crate::cli::table::{Tone, number, print, table, toned};
use crate::listing::{Language, StopOf, said_in};
use crate::store::{OpenStop, SellingStop, ShopState, StopAtShop, StopRefusal, StopStanding};
use anyhow::Result;
use ganh_contract::Actor;
use serde::Serialize;

/// One shop as it is told.
#[derive(Debug, Serialize)]
pub struct Told {
    #[serde(flatten)]
    at: StopAtShop,
    standing: StopStanding,
    driver: Driver,
    /// Who must act before the shop confirms; nobody where it is only a matter of time.
    who_acts: Actor,
}

/// One of two wordings.
pub fn words(language: Language, vi: &'static str, en: &'static str) -> &'static str {
    [vi, en][of_language(language)]
}

/// Judges one shop.
pub fn told(shop: &StopAtShop, driver: Driver) -> Told {
    let standing = shop.standing();
    let who_acts = match (standing, driver) {
        (StopStanding::Seen, _) => Actor::Nobody,
        (_, Driver::Nobody | Driver::Nothing) => Actor::Admin,
        (_, Driver::Daemon | Driver::Here) => shop
            .refusals
            .iter()
            .map(|refusal| refusal.actor)
            .find(|actor| *actor != Actor::Nobody)
            .unwrap_or(Actor::Nobody),
    };
    Told { at: shop.clone(), standing, driver, who_acts }
}

/// The end: what is stopped, and how each shop stands.
pub fn people(stop: &SellingStop, shops: &[Told], language: Language) -> Result<()> {
    output::line(format!("{} · {}", stop.stopped.said(language, moment), stop.name))?;
    let titles = match language {
        Language::Vi => {
            ["gian hàng", "tình trạng", "mã bán", "sàn đã nhận", "đọc lại thấy 0", "ai xử lý", "vì sao"]
        }
        Language::En => ["shop", "standing", "offers", "acknowledged", "read back", "who acts", "why"],
    };
    let mut rows = table(&titles);
    for told in shops {
        let shop = &told.at;
        rows.add_row([
            shop.shop.as_str().into(),
            toned(standing(told.standing, language), tone(told.standing)),
            number(shop.offers),
            number(shop.acknowledged),
            number(shop.seen),
            actor(told.who_acts, language).into(),
            why(told, language).into(),
        ]);
    }
    print(&rows, words(language, "không gian hàng nào đang bày mã này", "no shop shows it"))
}

/// One shop while it is waited for.
pub fn line_of(shop: &StopAtShop, driver: Driver, language: Language) -> String {
    let told = told(shop, driver);
    let [asked, took, seen] = match language {
        Language::Vi => ["đã yêu cầu", "sàn nhận", "đọc lại"],
        Language::En => ["asked", "acknowledged", "read back"],
    };
    let why = why(&told, language);
    let why = if why.is_empty() { why } else { format!(" · {why}") };
    format!(
        "{}: {} · {asked} {} · {took} {} · {seen} {}{why}",
        shop.shop,
        standing(told.standing, language),
        shop.offers,
        shop.acknowledged,
        shop.seen
    )
}

/// The line of a failure: which shops have not confirmed, and what to do.
pub fn unconfirmed(of: &StopOf, shops: &[Told], is_interrupted: bool, language: Language) -> String {
    let left: Vec<&str> = shops
        .iter()
        .filter(|told| told.standing != StopStanding::Seen)
        .map(|told| told.at.shop.as_str())
        .collect();
    let again = match of {
        StopOf::Sku(sku) => format!("ganh stop {sku}"),
        StopOf::Producer(code) => format!("ganh stop --producer {code}"),
    };
    let (count, all, left) = (left.len(), shops.len(), left.join(", "));
    let ended = if is_interrupted {
        words(language, "đã ngắt", "interrupted")
    } else {
        words(language, "hết giờ", "out of time")
    };
    match language {
        Language::Vi => format!(
            "{ended}: {count} trên {all} gian hàng chưa xác nhận ({left}); lệnh dừng vẫn còn hiệu lực, `{again}` chờ tiếp"
        ),
        Language::En => format!(
            "{ended}: {count} of {all} shops have not confirmed ({left}); the stop holds, `{again}` waits on"
        ),
    }
}

/// What is stopped.
pub fn list(stops: &[OpenStop], language: Language) -> Result<()> {
    let titles = match language {
        Language::Vi => ["dừng bán", "", "từ lúc", "bởi", "vì sao", "chưa xác nhận"],
        Language::En => ["stopped", "", "since", "by", "why", "not confirmed"],
    };
    let mut rows = table(&titles);
    for OpenStop { stop, unconfirmed } in stops {
        let stopped = &stop.stopped;
        let tone = if unconfirmed.is_empty() { Tone::Good } else { Tone::Bad };
        rows.add_row([
            stopped.of.said(language).into(),
            stop.name.as_str().into(),
            moment(stopped.since).into(),
            stopped.who.as_str().into(),
            stopped.reason.as_str().into(),
            toned(if unconfirmed.is_empty() { "–".to_owned() } else { unconfirmed.join(", ") }, tone),
        ]);
    }
    print(&rows, words(language, "không có gì đang dừng bán", "nothing is stopped"))
}

/// The end of a stop.
pub fn lifted(stop: &SellingStop, language: Language) -> String {
    let (of, name) = (stop.stopped.of.said(language), &stop.name);
    match language {
        Language::Vi => format!("bán lại {of} · {name}: số trở về theo quy tắc thường"),
        Language::En => format!("{of} · {name} is sold again: figures come back by the usual rules"),
    }
}

/// Said before this command sends by itself.
pub fn sends_itself(handles: &[&str], language: Language) -> String {
    let all = handles.join(", ");
    match language {
        Language::Vi => format!("không có ganh serve nào đang chạy cho {all}: lệnh này tự gửi"),
        Language::En => format!("no ganh serve drives {all}: this command sends by itself"),
    }
}

/// Said where figures wait for a daemon.
pub const fn no_daemon(language: Language) -> &'static str {
    match language {
        Language::Vi => "không có ganh serve nào đang chạy: chạy nó, hoặc `ganh sync --once` để gửi",
        Language::En => "no ganh serve is running: start it, or send with `ganh sync --once`",
    }
}

/// Other stops may cover the same goods.
pub fn still_stopped(stops: &[OpenStop], language: Language) -> String {
    let all: Vec<String> = stops.iter().take(10).map(|open| open.stop.stopped.of.said(language)).collect();
    let more = if stops.len() > all.len() { ", …" } else { "" };
    format!("{}: {}{more}", words(language, "vẫn đang dừng bán", "still stopped"), all.join(", "))
}

const fn standing(standing: StopStanding, language: Language) -> &'static str {
    match (standing, language) {
        (StopStanding::Seen, Language::Vi) => "đã xác nhận",
        (StopStanding::Seen, Language::En) => "confirmed",
        (StopStanding::Acknowledged, Language::Vi) => "sàn đã nhận",
        (StopStanding::Acknowledged, Language::En) => "acknowledged",
        (StopStanding::Asked, Language::Vi) => "đã yêu cầu",
        (StopStanding::Asked, Language::En) => "asked",
        (StopStanding::Refused, Language::Vi) => "bị từ chối",
        (StopStanding::Refused, Language::En) => "refused",
    }
}

const fn tone(standing: StopStanding) -> Tone {
    match standing {
        StopStanding::Seen => Tone::Good,
        StopStanding::Acknowledged | StopStanding::Asked => Tone::Look,
        StopStanding::Refused => Tone::Bad,
    }
}

const fn actor(actor: Actor, language: Language) -> &'static str {
    match (actor, language) {
        (Actor::Nobody, Language::Vi | Language::En) => "–",
        (Actor::Producer, Language::Vi) => "chủ thể",
        (Actor::Producer, Language::En) => "producer",
        (Actor::Admin, Language::Vi) => "quản trị",
        (Actor::Admin, Language::En) => "admin",
        (Actor::Developer, Language::Vi) => "kỹ thuật",
        (Actor::Developer, Language::En) => "developer",
    }
}

fn why(told: &Told, language: Language) -> String {
    let shop = &told.at;
    if told.standing == StopStanding::Seen {
        return String::new();
    }
    let refused = shop.refusals.first().map(|StopRefusal { sku, said, again_at, .. }| {
        let again =
            again_at.map(|at| format!(", {} {}", words(language, "thử lại lúc", "again at"), moment(at)));
        format!("{sku}: {}{}", said_in(said, language), again.unwrap_or_default())
    });
    let because = |said: &'static str| {
        let reason = shop.state_reason.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
        format!("{said}{reason}")
    };
    match (shop.state, told.driver) {
        (ShopState::Paused, _) => because(words(
            language,
            "gian hàng tạm dừng nên không nhận số: `ganh shop resume`, hoặc tự ẩn ở kênh người bán",
            "the shop is paused and gets no figures: `ganh shop resume`, or hide it in the seller centre",
        )),
        (ShopState::Revoked, _) => because(words(
            language,
            "mất quyền vào gian hàng: nối lại bằng `ganh shop add`, hoặc tự ẩn ở kênh người bán",
            "the shop's consent is gone: connect it again with `ganh shop add`, or hide it in the seller centre",
        )),
        (ShopState::New | ShopState::Gone, _) => {
            because(words(language, "gian hàng chưa được duyệt", "the shop's plan is not approved"))
        }
        (ShopState::Active, Driver::Nothing) => refused.unwrap_or_else(|| no_daemon(language).to_owned()),
        (ShopState::Active, Driver::Daemon | Driver::Here | Driver::Nobody) => refused.unwrap_or_default(),
    }
}
