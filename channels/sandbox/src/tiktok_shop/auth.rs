//! Consents and tokens (spec 3): codes are used once, a refresh changes both tokens.

use std::collections::{BTreeSet, HashMap};

use crate::core::Dice;

use super::envelope::{PARAMETER, Refusal, TOKEN_EXPIRED};

/// What an app may be allowed to do (spec 3.2; some spellings are unverified there).
pub const SCOPES: [&str; 6] = [
    "seller.product.basic",
    "seller.order.info",
    "seller.fulfillment.basic",
    "seller.logistics",
    "seller.return_refund.basic",
    "seller.authorization.info",
];
const CODE_MS: i64 = 30 * 60_000;
const YEAR_S: i64 = 365 * 86_400;

/// A pair of tokens as handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    pub access: String,
    /// Seconds since 1970.
    pub access_until_s: i64,
    pub refresh: String,
    /// Seconds since 1970.
    pub refresh_until_s: i64,
    pub grant: usize,
}

/// How long tokens live, in seconds.
#[derive(Debug, Clone, Copy)]
pub struct Lives {
    pub access_s: i64,
    pub grace_s: i64,
}

/// One consent of a seller.
#[derive(Debug)]
pub struct Grant {
    pub shops: Vec<u64>,
    pub scopes: Vec<String>,
    pub open_id: String,
    pub until_s: i64,
    is_withdrawn: bool,
    refresh: String,
    access: String,
}

struct Code {
    shops: Vec<u64>,
    scopes: Vec<String>,
    until_ms: i64,
}

struct Access {
    grant: usize,
    until_ms: i64,
}

/// All consents of one app.
#[derive(Default)]
pub struct Auth {
    codes: HashMap<String, Code>,
    access: HashMap<String, Access>,
    refresh: HashMap<String, usize>,
    grants: Vec<Grant>,
}

impl Auth {
    /// A seller consents for shops; the code lives 30 minutes (spec 3.1).
    pub fn consent(&mut self, shops: &[u64], missing: &[String], now_ms: i64, dice: &Dice) -> String {
        let code = format!("ROW_{}", dice.hex(48));
        let scopes = SCOPES.iter().map(|scope| (*scope).to_owned());
        let scopes = scopes.filter(|scope| !missing.contains(scope)).collect();
        self.codes.insert(code.clone(), Code { shops: shops.to_vec(), scopes, until_ms: now_ms + CODE_MS });
        code
    }

    /// Whether a code can still be used.
    pub fn is_code_good(&self, code: &str, now_ms: i64) -> bool {
        self.codes.get(code).is_some_and(|code| code.until_ms > now_ms)
    }

    /// Turns a code into tokens, once.
    ///
    /// # Errors
    /// 36004004: used, expired or never given out.
    pub fn exchange(&mut self, code: &str, now_ms: i64, lives: Lives, dice: &Dice) -> Result<Pair, Refusal> {
        let gone =
            || Refusal::new(36_004_004, "The authorization code is invalid, expired or has been used.");
        let code = self.codes.remove(code).filter(|code| code.until_ms > now_ms).ok_or_else(gone)?;
        self.grants.push(Grant {
            shops: code.shops,
            scopes: code.scopes,
            open_id: dice.hex(28),
            until_s: now_ms / 1000 + YEAR_S,
            is_withdrawn: false,
            refresh: String::new(),
            access: String::new(),
        });
        Ok(self.issue(self.grants.len() - 1, now_ms, lives, dice))
    }

    /// Changes both tokens.
    ///
    /// # Errors
    /// 36004001: the refresh token was used, ran out or never was; 36004005: the seller withdrew.
    pub fn renew(&mut self, refresh: &str, now_ms: i64, lives: Lives, dice: &Dice) -> Result<Pair, Refusal> {
        let spent = || Refusal::new(36_004_001, "The refresh token is expired or invalid.");
        let at = *self.refresh.get(refresh).ok_or_else(spent)?;
        let grant = &self.grants[at];
        if grant.is_withdrawn {
            return Err(Refusal::new(36_004_005, "There is no authorization record of the seller."));
        }
        if grant.refresh != refresh || grant.until_s <= now_ms / 1000 {
            return Err(spent());
        }
        if let Some(access) = self.access.get_mut(&grant.access) {
            access.until_ms = access.until_ms.min(now_ms + lives.grace_s * 1000);
        }
        Ok(self.issue(at, now_ms, lives, dice))
    }

    /// The grant behind an access token.
    ///
    /// # Errors
    /// Unknown or withdrawn: the parameter error; over: 105002.
    pub fn check(&self, token: Option<&str>, now_ms: i64) -> Result<&Grant, Refusal> {
        let token = token.ok_or_else(|| {
            Refusal::parameter("Missing credentials. The 'x-tts-access-token' header is required.")
        })?;
        let Some(access) = self.access.get(token) else { return Err(token_invalid()) };
        let grant = &self.grants[access.grant];
        if grant.is_withdrawn {
            return Err(token_invalid());
        }
        if access.until_ms <= now_ms || grant.until_s <= now_ms / 1000 {
            return Err(token_expired());
        }
        Ok(grant)
    }

    /// The first shop that a token speaks for, without looking whether it still lives.
    pub fn shop_of(&self, token: &str) -> Option<u64> {
        self.grants[self.access.get(token)?.grant].shops.first().copied()
    }

    /// A grant by its number.
    pub fn grant(&self, at: usize) -> Option<&Grant> {
        self.grants.get(at)
    }

    /// Whether a pair is still worth handing out.
    pub fn is_good(&self, pair: &Pair, now_ms: i64) -> bool {
        let grant = &self.grants[pair.grant];
        grant.refresh == pair.refresh && self.check(Some(&pair.access), now_ms).is_ok()
    }

    /// The seller of a shop withdraws: every consent that covers it ends.
    pub fn withdraw(&mut self, shop: u64) -> BTreeSet<u64> {
        let mut touched = BTreeSet::from([shop]);
        for grant in self.grants.iter_mut().filter(|grant| grant.shops.contains(&shop)) {
            grant.is_withdrawn = true;
            touched.extend(&grant.shops);
        }
        touched
    }

    /// The access tokens of a shop end now.
    pub fn expire_access(&mut self, shop: u64) {
        let grants = &self.grants;
        for access in self.access.values_mut().filter(|access| grants[access.grant].shops.contains(&shop)) {
            access.until_ms = 0;
        }
    }

    /// The consents of a shop end at a time, seconds since 1970.
    pub fn end_at(&mut self, shop: u64, until_s: i64) {
        for grant in self.grants.iter_mut().filter(|grant| grant.shops.contains(&shop)) {
            grant.until_s = until_s;
        }
    }

    /// Sets what the consents of a shop do not cover.
    pub fn limit_scopes(&mut self, shop: u64, missing: &[String]) {
        for grant in self.grants.iter_mut().filter(|grant| grant.shops.contains(&shop)) {
            let scopes = SCOPES.iter().map(|scope| (*scope).to_owned());
            grant.scopes = scopes.filter(|scope| !missing.contains(scope)).collect();
        }
    }

    fn issue(&mut self, at: usize, now_ms: i64, lives: Lives, dice: &Dice) -> Pair {
        let grant = &mut self.grants[at];
        grant.access = format!("ROW_{}", dice.hex(56));
        grant.refresh = format!("ROW_{}", dice.hex(48));
        let pair = Pair {
            access: grant.access.clone(),
            access_until_s: (now_ms / 1000 + lives.access_s).min(grant.until_s),
            refresh: grant.refresh.clone(),
            refresh_until_s: grant.until_s,
            grant: at,
        };
        let access = Access { grant: at, until_ms: now_ms + lives.access_s * 1000 };
        self.access.insert(pair.access.clone(), access);
        self.refresh.insert(pair.refresh.clone(), at);
        pair
    }
}

/// The token is none, or its seller withdrew (spec 4.1: the words tell).
pub fn token_invalid() -> Refusal {
    Refusal::new(PARAMETER, "The access token is invalid. Access token invalid or authorization withdrawn.")
}

/// The token ran out.
pub fn token_expired() -> Refusal {
    Refusal::new(TOKEN_EXPIRED, "The access token has expired. Please refresh it.")
}
