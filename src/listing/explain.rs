//! Why is this number there? One offer's figures, from what lies on the shelf to what the channel last showed.

use crate::ids::PlaceId;
use crate::listing::figures::{Acked, Figures, InFlight, ObservedFigures, Revs, Suspect};
use crate::listing::price::{PriceRule, Priced, Rounding};
use crate::listing::scope::Scope;
use crate::listing::season::OnSale;
use crate::listing::share::{Allotment, StockRule};
use crate::listing::stopped::Stopped;
use ganh_contract::{OfferRef, Sku, Vnd};
use jiff::Timestamp;
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};

/// The languages that people read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    #[default]
    Vi,
    En,
}

/// All that is known of one offer's figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// The shop's handle, such as `shopee/hanoi-1`.
    pub shop: String,
    pub sku: Sku,
    pub offer: Option<OfferRef>,
    /// Itself, or a bundle's components.
    pub parts: Vec<Part>,
    /// Stops that hold for it or for something that it is made of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stops: Vec<Stopped>,
    pub stock: Allotment,
    pub price: Priced,
    pub on_sale: OnSale,
    pub desired: Figures,
    pub revs: Revs,
    pub based_at: Timestamp,
    pub acked: Acked,
    pub acked_revs: Revs,
    pub sent: Option<InFlight>,
    pub suspect: Option<Suspect>,
    pub observed: Option<ObservedFigures>,
    /// Why nothing leaves, where something is held or parked: in words.
    pub waits: Option<String>,
}

/// What one unit of the offer is made of, and what lies where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub sku: Sku,
    pub quantity: u32,
    pub places: Vec<PlaceStock>,
    /// Units that can be sold: on hand − reserved over the places that sell online.
    pub sellable: u32,
}

/// A balance at a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceStock {
    pub place: PlaceId,
    pub name: String,
    pub on_hand: i64,
    pub reserved: i64,
    pub sells_online: bool,
}

impl Explanation {
    /// The explanation as lines for a person, the shelf first and the channel's last word at the end.
    pub fn lines(&self, language: Language) -> Vec<String> {
        let say = |vi: String, en: String| match language {
            Language::Vi => vi,
            Language::En => en,
        };
        let mut lines = vec![format!("{} · {}", self.sku, self.shop)];
        for part in &self.parts {
            for place in &part.places {
                let PlaceStock { name, on_hand, reserved, sells_online, .. } = place;
                let sku = &part.sku;
                lines.push(if *sells_online {
                    say(
                        format!("{sku} tại {name}: tồn {on_hand} − giữ cho đơn {reserved}"),
                        format!("{sku} at {name}: on hand {on_hand} − reserved {reserved}"),
                    )
                } else {
                    say(
                        format!("{sku} tại {name}: tồn {on_hand}, không bán trực tuyến"),
                        format!("{sku} at {name}: on hand {on_hand}, not sold online"),
                    )
                });
            }
            lines.push(say(
                format!("{}: có thể bán {}, mỗi đơn vị cần {}", part.sku, part.sellable, part.quantity),
                format!("{}: {} sellable, {} in each unit", part.sku, part.sellable, part.quantity),
            ));
        }
        for step in &self.stock.steps {
            let what = stock_rule(step.rule, language);
            lines.push(format!("  {what}{} → {}", layer(step.scope, language), step.units));
        }
        lines.extend(self.stops.iter().map(|stop| format!("  {} → 0", stop.said(language, moment))));
        for step in &self.price.steps {
            let what = price_rule(step.rule, language);
            lines.push(format!("  {what}{} → {}", layer(step.scope, language), step.price));
        }
        lines.push(say(
            format!(
                "cần hiển thị: {} · {} · {} (tính lúc {})",
                self.desired.stock,
                self.desired.price,
                on_sale(self.on_sale, language),
                moment(self.based_at)
            ),
            format!(
                "should show: {} · {} · {} (computed {})",
                self.desired.stock,
                self.desired.price,
                on_sale(self.on_sale, language),
                moment(self.based_at)
            ),
        ));
        lines.extend(self.channel_lines(language));
        lines
    }

    fn channel_lines(&self, language: Language) -> Vec<String> {
        let say = |vi: String, en: String| match language {
            Language::Vi => vi,
            Language::En => en,
        };
        let mut lines = Vec::new();
        let revs = format!(
            "{}/{} · {}/{} · {}/{}",
            self.acked_revs.stock,
            self.revs.stock,
            self.acked_revs.price,
            self.revs.price,
            self.acked_revs.on_sale,
            self.revs.on_sale
        );
        lines.push(say(
            format!("phiên bản đã nhận/mong muốn (tồn · giá · bán): {revs}"),
            format!("revisions acknowledged/desired (stock · price · on sale): {revs}"),
        ));
        if let Some(sent) = &self.sent {
            let units = units(sent.stock);
            let at = moment(sent.at);
            lines.push(say(
                format!("đã gửi lúc {at}: {units}, chưa có trả lời"),
                format!("sent {at}: {units}, not answered yet"),
            ));
        }
        if let Some(suspect) = &self.suspect {
            let (units, until) = (units(suspect.stock), moment(suspect.until));
            lines.push(say(
                format!("không rõ kết quả: có thể còn {units}; chỉ tin lần đọc sau {until}"),
                format!("outcome unknown: may still show {units}; only a read after {until} is believed"),
            ));
        }
        let acked = figures(self.acked.stock, self.acked.price, self.acked.on_sale, language);
        lines.push(say(format!("sàn đã nhận: {acked}"), format!("acknowledged: {acked}")));
        lines.push(match &self.observed {
            None => say("chưa đọc lại".into(), "not read back yet".into()),
            Some(seen) => {
                let shown = figures(seen.stock, seen.price, seen.on_sale, language);
                let at = moment(seen.at);
                let held = seen
                    .reserved
                    .map(|units| say(format!(", sàn giữ {units}"), format!(", {units} held there")));
                let held = held.unwrap_or_default();
                say(format!("đọc lại lúc {at}: {shown}{held}"), format!("read back {at}: {shown}{held}"))
            }
        });
        if let Some(offer) = &self.offer {
            lines.push(say(
                format!("trên sàn là: {} / {}", offer.listing, offer.offer),
                format!("there it is: {} / {}", offer.listing, offer.offer),
            ));
        }
        lines.extend(self.waits.iter().map(|why| say(format!("đang chờ: {why}"), format!("waiting: {why}"))));
        lines
    }
}

fn stock_rule(rule: StockRule, language: Language) -> String {
    let (vi, en) = match rule {
        StockRule::Sellable => ("có thể bán".into(), "sellable".into()),
        StockRule::Part { weight, kept_back } => (
            format!("phần chia riêng (trọng số {weight}, giữ lại {kept_back})"),
            format!("strict part (weight {weight}, kept back {kept_back})"),
        ),
        StockRule::KeptForAnother { units } => (
            format!("{units} đơn vị cuối để cho gian hàng khác"),
            format!("last {units} kept for another shop"),
        ),
        StockRule::Buffer { units } => (format!("giữ lại {units}"), format!("buffer {units}")),
        StockRule::Percent { bp } => (format!("chia {}", percent(bp)), format!("share {}", percent(bp))),
        StockRule::Fixed { units } => (format!("cố định {units}"), format!("fixed {units}")),
        StockRule::Cap { units } => (format!("tối đa {units}"), format!("cap {units}")),
        StockRule::Threshold { units } => {
            (format!("dưới {units} thì hiện 0"), format!("below {units} shows 0"))
        }
        StockRule::ChannelMax { units } => {
            (format!("sàn nhận tối đa {units}"), format!("the channel takes at most {units}"))
        }
        StockRule::NotOnSale => ("không bán ở đây".into(), "not on sale here".into()),
    };
    match language {
        Language::Vi => vi,
        Language::En => en,
    }
}

fn price_rule(rule: PriceRule, language: Language) -> String {
    let (vi, en) = match rule {
        PriceRule::Catalogue => ("giá danh mục".into(), "catalogue price".into()),
        PriceRule::Fixed => ("giá cố định".into(), "fixed price".into()),
        PriceRule::Markup { bp } => {
            let sign = if bp < 0 { "−" } else { "+" };
            let part = percent(bp.unsigned_abs());
            (format!("cộng {sign}{part}"), format!("markup {sign}{part}"))
        }
        PriceRule::Rounded { to, way } => {
            let (vi, en) = match way {
                Rounding::Up => ("lên", "up"),
                Rounding::Nearest => ("gần nhất", "to the nearest"),
                Rounding::Down => ("xuống", "down"),
            };
            (format!("làm tròn {vi} {to}"), format!("rounded {en} {to}"))
        }
        PriceRule::Floor => ("giá sàn".into(), "floor".into()),
    };
    match language {
        Language::Vi => vi,
        Language::En => en,
    }
}

fn layer(scope: Option<Scope>, language: Language) -> String {
    let Some(scope) = scope else { return String::new() };
    let word = match (scope, language) {
        (Scope::Default, Language::Vi) => "mặc định",
        (Scope::Producer, Language::Vi) => "chủ thể",
        (Scope::Shop, Language::Vi) => "gian hàng",
        (Scope::Product, Language::Vi) => "sản phẩm",
        (Scope::Offer, Language::Vi) => "mã bán",
        (Scope::Default | Scope::Producer | Scope::Shop | Scope::Product | Scope::Offer, Language::En) => {
            scope.as_str()
        }
    };
    format!(" [{word}]")
}

const fn on_sale(on_sale: OnSale, language: Language) -> &'static str {
    match (on_sale, language) {
        (OnSale::Yes, Language::Vi) => "đang bán",
        (OnSale::Yes, Language::En) => "on sale",
        (OnSale::OutOfSeason, Language::Vi) => "ẩn vì trái mùa",
        (OnSale::OutOfSeason, Language::En) => "hidden, out of season",
        (OnSale::ShopStopped, Language::Vi) => "ẩn vì gian hàng dừng",
        (OnSale::ShopStopped, Language::En) => "hidden, shop stopped",
        (OnSale::ProductStopped, Language::Vi) => "ẩn vì sản phẩm dừng",
        (OnSale::ProductStopped, Language::En) => "hidden, product stopped",
    }
}

fn figures(stock: Option<u32>, price: Option<Vnd>, on_sale: Option<bool>, language: Language) -> String {
    let switch = match (on_sale, language) {
        (None, Language::Vi | Language::En) => "–",
        (Some(true), Language::Vi) => "đang bán",
        (Some(true), Language::En) => "on sale",
        (Some(false), Language::Vi) => "ẩn",
        (Some(false), Language::En) => "hidden",
    };
    let price = price.map_or_else(|| "–".into(), |price| price.to_string());
    format!("{} · {price} · {switch}", units(stock))
}

fn units(units: Option<u32>) -> String {
    units.map_or_else(|| "–".into(), |units| units.to_string())
}

fn percent(bp: u32) -> String {
    match bp % 100 {
        0 => format!("{} %", bp / 100),
        rest => format!("{},{rest:02} %", bp / 100),
    }
}

/// `22/11/2026 14:05` in Vietnam (+07:00).
fn moment(at: Timestamp) -> String {
    let at = Offset::constant(7).to_datetime(at);
    format!("{:02}/{:02}/{} {:02}:{:02}", at.day(), at.month(), at.year(), at.hour(), at.minute())
}

#[cfg(test)]
mod tests;
