//! What a seed decides before its history begins: the town, its weather, its daemons.

use crate::dice::Dice;
use ganh::store::Hears;
use ganh::sync::Rules;
use ganh_contract::LineStage;
use jiff::SignedDuration;
use std::time::Duration;

/// One history.
#[derive(Debug, Clone)]
pub struct Plan {
    pub seed: u64,
    /// Buyers and trouble last so long; then everybody rests.
    pub storm_ms: i64,
    /// Pools of stock: how many units lie there at the start.
    pub pools: Vec<u32>,
    /// Variants by product; each names its pools and how many units of them it takes.
    pub products: Vec<Vec<Vec<(usize, u32)>>>,
    pub is_strict: bool,
    pub day: Day,
    /// Goods come in so many times as many units.
    pub bulk: u32,
    pub apps: Vec<AppPlan>,
    pub shops: Vec<ShopPlan>,
    pub nodes: usize,
    pub hears: Hears,
    pub rules: Rules,
    pub weather: Weather,
    /// Orders of one shop: a new one after so long on average.
    pub buy_ms: i64,
    /// A receipt of goods after so long on average.
    pub receive_ms: i64,
    /// A price is changed after so long on average.
    pub price_ms: i64,
    /// Floods of buyers begin after so long on average.
    pub flood_ms: i64,
}

/// How many buyers come, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Day {
    /// Hours; a buyer every minute or so.
    Calm,
    /// Minutes; a few buyers a second.
    Busy,
    /// A minute or three; hundreds of buyers a second.
    Rush,
}

/// One registered app: its tokens.
#[derive(Debug, Clone, Copy)]
pub struct AppPlan {
    pub token: Token,
    /// Access ends after so long.
    pub access_ms: i64,
    /// Hints are fetched from a queue, not pushed.
    pub has_queue: bool,
}

/// How a token is renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    Reusable,
    /// Used up at once.
    SingleUse,
    /// The used one is answered with the same new pair for a while.
    SingleUseWithGrace,
}

/// How a shop is called, what it tells, how late.
#[derive(Debug, Clone)]
pub struct ShopPlan {
    pub app: usize,
    pub shapes: Shapes,
    /// Answers name what was taken; else only what failed.
    pub echoes: bool,
    pub takes_at: LineStage,
    pub steps: Steps,
    pub born_hidden: bool,
    /// Readings may look old by so much.
    pub read_lag_ms: i64,
    pub search_lag_ms: i64,
    /// A call that was cut off lands within so long.
    pub cut_ms: i64,
    /// Orders are shown so late at most.
    pub show_ms: i64,
    /// The shop's clock less ours.
    pub skew_ms: i64,
    pub page: usize,
    pub heads_whole: bool,
    pub ascending: bool,
    /// Pages after which it says that there are too many.
    pub most_pages: usize,
    pub max_window: Duration,
    /// Calls that set offers: one after each so many milliseconds, and so many at once after a rest.
    pub quota_ms: i64,
    pub burst: i64,
    pub answer_ms: i64,
}

/// How price, stock and on-sale travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shapes {
    /// Everything of whole listings, coupled.
    Whole,
    /// Price by listing, stock of any offers, on-sale of whole listings, one way a call.
    Apart,
    /// Price and stock in one row of any offers; on-sale apart.
    Together,
    /// One offer a call for each facet.
    Single,
}

/// How a listing comes to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Steps {
    One,
    /// A shell first, its offers after.
    Two,
    /// Shown after a review of some minutes.
    Reviewed,
}

/// How bad it gets, in ten-thousandths of calls, looks or commits.
#[derive(Debug, Clone, Copy)]
pub struct Weather {
    pub lost: u64,
    pub cut_applied: u64,
    pub cut_late: u64,
    pub down: u64,
    pub throttle: u64,
    pub whole_conflict: u64,
    pub row_conflict: u64,
    pub read_fails: u64,
    pub garbled: u64,
    pub slow: u64,
    /// A list of orders that says "none" although there are some.
    pub empty_lie: u64,
    /// A process dies at a touch of the store or at a call.
    pub crash: u64,
    /// A process stands still longer than its leases, after so long on average; 0: never.
    pub freeze_ms: i64,
    /// A hint comes of so many of ten thousand events.
    pub hint: u64,
    pub lock_ms: i64,
    /// Sellers who change figures by hand, after so long on average; 0: never.
    pub hand_ms: i64,
}

impl Plan {
    /// The plan of one seed.
    pub fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let dice = &mut dice;
        let is_strict = dice.chance(5_000);
        let pool_count = dice.between(2, 6);
        let is_scarce = dice.chance(4_000);
        let pools: Vec<u32> = (0..pool_count)
            .map(|_| {
                u32::try_from(if is_scarce { dice.between(0, 25) } else { dice.between(20, 400) })
                    .unwrap_or(0)
            })
            .collect();
        let products = products(dice, pools.len());
        let app_count = dice.between(1, 3);
        let apps = (0..app_count).map(|_| app(dice)).collect::<Vec<_>>();
        let shops: Vec<ShopPlan> = (0..dice.between(2, 4)).map(|_| shop(dice, apps.len())).collect();
        let nodes = usize::try_from(dice.pick(&[1, 1, 2, 2, 3])).unwrap_or(1);
        let buy_ms = dice.pick(&[300, 600, 1_200, 2_500]);
        let mut plan = Self {
            seed,
            storm_ms: dice.between(8, 25) * 60_000,
            pools,
            products,
            is_strict,
            day: Day::Busy,
            bulk: 1,
            apps,
            shops,
            nodes,
            hears: if dice.chance(6_000) { Hears::All } else { Hears::Itself },
            rules: rules(dice),
            weather: weather(dice, is_strict),
            buy_ms,
            receive_ms: dice.pick(&[4_000, 10_000, 30_000]),
            price_ms: dice.between(60_000, 400_000),
            flood_ms: dice.between(100_000, 600_000),
        };
        match dice.below(10) {
            0..3 => plan.slow_down(),
            3..6 => plan.rush(),
            _ => {}
        }
        for shop in &mut plan.shops {
            // One second's orders must fit.
            shop.most_pages = shop.most_pages.max(400 / shop.page);
        }
        if plan.rules.audit_page > Duration::from_secs(3_600) {
            // What a hand changed only an audit finds.
            plan.weather.hand_ms = 0;
        }
        // A sweep must find what a lie or a bad page hid, so it comes before the end.
        if plan.weather.empty_lie > 0 || plan.weather.garbled > 0 {
            plan.rules.sweep_orders = Duration::from_secs(300);
        }
        plan
    }

    /// A day in the country instead of a sale: hours, in which buyers come by the minute.
    fn slow_down(&mut self) {
        self.storm_ms *= 20;
        self.buy_ms *= 100;
        self.receive_ms *= 60;
        for mean in [
            &mut self.price_ms,
            &mut self.flood_ms,
            &mut self.weather.freeze_ms,
            &mut self.weather.lock_ms,
            &mut self.weather.hand_ms,
        ] {
            *mean *= 10;
        }
        self.day = Day::Calm;
    }

    /// A sale that everybody waited for: a minute or three, hundreds of orders a second, goods enough.
    fn rush(&mut self) {
        self.storm_ms /= 8;
        self.buy_ms /= 20;
        self.bulk = 30;
        self.weather.hint /= 20;
        self.pools.iter_mut().for_each(|units| *units *= self.bulk);
        self.shops.iter_mut().for_each(|shop| shop.page = 100);
        self.day = Day::Rush;
    }

    /// Readings, lists and hints never lie for longer than a lag.
    pub fn is_honest(&self) -> bool {
        self.weather.empty_lie == 0
    }
}

fn products(dice: &mut Dice, pools: usize) -> Vec<Vec<Vec<(usize, u32)>>> {
    let mut products = Vec::new();
    let mut next = 0;
    while next < pools {
        let size = usize::try_from(dice.between(1, 3)).unwrap_or(1).min(pools - next);
        products.push((next..next + size).map(|pool| vec![(pool, 1)]).collect());
        next += size;
    }
    if pools >= 2 && dice.chance(4_000) {
        let first = dice.index(pools);
        let second = (first + 1 + dice.index(pools - 1)) % pools;
        products.push(vec![vec![(first, 1), (second, u32::try_from(dice.between(1, 3)).unwrap_or(1))]]);
    }
    products
}

fn app(dice: &mut Dice) -> AppPlan {
    AppPlan {
        token: dice.pick(&[Token::Reusable, Token::SingleUse, Token::SingleUseWithGrace]),
        access_ms: dice.between(4, 20) * 60_000,
        has_queue: dice.chance(3_000),
    }
}

fn shop(dice: &mut Dice, apps: usize) -> ShopPlan {
    let is_lagging = dice.chance(6_000);
    ShopPlan {
        app: dice.index(apps),
        shapes: dice.pick(&[Shapes::Whole, Shapes::Apart, Shapes::Together, Shapes::Single]),
        echoes: dice.chance(6_000),
        takes_at: if dice.chance(6_000) { LineStage::Unpaid } else { LineStage::Ready },
        steps: dice.pick(&[Steps::One, Steps::One, Steps::Two, Steps::Reviewed]),
        born_hidden: dice.chance(2_500),
        read_lag_ms: if is_lagging { dice.between(100, 5_000) } else { 0 },
        search_lag_ms: if is_lagging { dice.between(1_000, 20_000) } else { 0 },
        cut_ms: dice.between(20_000, 60_000),
        show_ms: if is_lagging { dice.between(100, 10_000) } else { 0 },
        skew_ms: dice.between(-1_500, 1_500),
        page: usize::try_from(dice.pick(&[10, 50, 100, 100])).unwrap_or(50),
        heads_whole: dice.chance(5_000),
        ascending: dice.chance(5_000),
        most_pages: usize::try_from(dice.pick(&[0, 0, 1_000])).unwrap_or(0),
        max_window: Duration::from_secs(dice.pick(&[3_600, 86_400, 1_296_000])),
        quota_ms: dice.pick(&[50, 100, 300, 1_000]),
        burst: dice.pick(&[1, 3, 10]),
        answer_ms: dice.pick(&[30, 150, 500, 1_500]),
    }
}

fn rules(dice: &mut Dice) -> Rules {
    let has_audit = dice.chance(4_000);
    Rules {
        poll_orders: Duration::from_secs(dice.pick(&[5, 20, 30, 60])),
        sweep_orders: Duration::from_secs(dice.pick(&[600, 1_800, 86_400])),
        sweep_span: Duration::from_secs(7_200),
        look_again: Duration::from_secs(10),
        audit_page: if has_audit { Duration::from_secs(30) } else { Duration::from_secs(86_400) },
        calls_at_once: usize::try_from(dice.between(1, 4)).unwrap_or(1),
        page: usize::try_from(dice.pick(&[3, 8, 1_000])).unwrap_or(1_000),
        gather: Duration::from_secs(dice.pick(&[0, 2, 10])),
        renew_before: Duration::from_secs(dice.pick(&[0, 60, 300])),
        skew: SignedDuration::from_secs(2),
        ages_after: SignedDuration::from_secs(dice.pick(&[10, 60, 300])),
        pictures_url: None,
        hooks_url: Some("https://ganh.example".to_owned()),
    }
}

fn weather(dice: &mut Dice, is_strict: bool) -> Weather {
    // From a calm day to a very bad one.
    let bad = dice.pick(&[0, 20, 60, 150, 400]);
    let mut some = |share: u64| if dice.chance(6_000) { bad * share / 100 } else { 0 };
    let (lost, cut_applied, cut_late) = (some(100), some(100), some(60));
    let (down, throttle, whole_conflict, row_conflict) = (some(60), some(100), some(60), some(200));
    let (read_fails, garbled, slow) = (some(150), some(30), some(150));
    Weather {
        lost,
        cut_applied,
        cut_late,
        down,
        throttle,
        whole_conflict,
        row_conflict,
        read_fails,
        garbled,
        slow,
        empty_lie: if dice.chance(1_000) { 200 } else { 0 },
        crash: dice.pick(&[0, 0, 2, 5, 10]),
        freeze_ms: dice.pick(&[0, 0, 120_000, 300_000]),
        hint: dice.pick(&[0, 100, 300, 1_500]),
        lock_ms: dice.pick(&[0, 120_000, 400_000]),
        // What a seller raises by hand nobody can answer for.
        hand_ms: if is_strict { 0 } else { dice.pick(&[0, 0, 90_000, 300_000]) },
    }
}
