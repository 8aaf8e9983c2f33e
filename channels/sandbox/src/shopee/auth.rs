//! Consent, codes and tokens (spec 3): who may speak for which shop, and for how long.

use std::collections::{BTreeMap, HashMap};

use crate::core::Dice;

use super::envelope::Refusal;

/// An access token lives 4 hours (spec 3.2).
pub const ACCESS_S: i64 = 14_400;
const CODE_MS: i64 = 600_000;
const REFRESH_MS: i64 = 30 * 86_400_000;
/// The old access token works on so long after a refresh (spec 3.3).
const GRACE_MS: i64 = 300_000;
const CONSENT_S: i64 = 365 * 86_400;

/// Who gave a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    Shop(u64),
    /// The main account, for all its shops.
    Main(u64, Vec<u64>),
}

/// A pair as handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    pub access: String,
    pub refresh: String,
    /// The shops it speaks for.
    pub shops: Vec<u64>,
}

/// The seller's consent for one shop; seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    pub since_s: i64,
    pub until_s: i64,
}

struct Code {
    owner: Owner,
    until_ms: i64,
}

struct Refresh {
    access: String,
    /// Shops that have not refreshed with it yet; a used-up token has none (spec 3.3).
    shops: Vec<u64>,
    /// All it was ever good for, to tell a wrong shop from a used token.
    all: Vec<u64>,
    until_ms: i64,
}

/// All consents, codes and tokens of the app.
#[derive(Default)]
pub struct Auth {
    pub links: BTreeMap<u64, Link>,
    codes: HashMap<String, Code>,
    access: HashMap<String, Vec<(u64, i64)>>,
    refresh: HashMap<String, Refresh>,
}

impl Auth {
    /// The seller consents; returns a code for one use within 10 minutes.
    pub fn consent(&mut self, owner: Owner, now_ms: i64, dice: &Dice) -> String {
        let now_s = now_ms / 1000;
        for shop in owner.shops() {
            self.links.insert(shop, Link { since_s: now_s, until_s: now_s + CONSENT_S });
        }
        self.mint(owner, now_ms, dice)
    }

    /// A code that stands for a consent; the consent counts from the moment it is redeemed.
    pub fn mint(&mut self, owner: Owner, now_ms: i64, dice: &Dice) -> String {
        let code = dice.hex(32);
        self.codes.insert(code.clone(), Code { owner, until_ms: now_ms + CODE_MS });
        code
    }

    /// The seller takes consent back. Tokens stay but open nothing.
    pub fn cancel(&mut self, shop: u64) -> bool {
        self.links.remove(&shop).is_some()
    }

    /// Ends the consent of a shop at `until_s`.
    pub fn limit(&mut self, shop: u64, until_s: i64) {
        if let Some(link) = self.links.get_mut(&shop) {
            link.until_s = until_s;
        }
    }

    /// Checks that the token speaks for the shop now.
    pub fn check(&self, token: &str, shop: u64, now_ms: i64) -> Result<(), Refusal> {
        let found = self.access.get(token).and_then(|shops| shops.iter().find(|(known, _)| *known == shop));
        let link = self.links.get(&shop);
        match (found, link) {
            (Some((_, until_ms)), Some(link)) if *until_ms > now_ms && link.until_s * 1000 > now_ms => Ok(()),
            (Some(_), None) => Err(Refusal::gateway("shop_no_linked", "The shop is not linked to this app.")),
            _ => Err(invalid_token()),
        }
    }

    /// Tells whether a pair still opens the shop and can be refreshed.
    pub fn is_unused(&self, pair: &Pair, shop: u64, now_ms: i64) -> bool {
        let can_refresh = self
            .refresh
            .get(&pair.refresh)
            .is_some_and(|held| held.shops.contains(&shop) && held.until_ms > now_ms);
        can_refresh && self.check(&pair.access, shop, now_ms).is_ok()
    }

    /// `auth/token/get`: changes a code for a pair. The code is used up by a success only.
    pub fn redeem(&mut self, code: &str, owner: &Owner, now_ms: i64, dice: &Dice) -> Result<Pair, Refusal> {
        let invalid = || Refusal::new("error_auth", "Invalid code");
        let held = self.codes.get(code).filter(|held| held.until_ms > now_ms).ok_or_else(invalid)?;
        let shops = match (&held.owner, owner) {
            (Owner::Shop(given), Owner::Shop(asked)) if given == asked => vec![*given],
            (Owner::Main(given, shops), Owner::Main(asked, _)) if given == asked => shops.clone(),
            (_, Owner::Shop(_)) => {
                return Err(Refusal::new("invalid_shop_id", "The shop_id does not match the code."));
            }
            (_, Owner::Main(..)) => {
                return Err(Refusal::new(
                    "invalid_main_acount_id",
                    "The main_account_id does not match the code.",
                ));
            }
        };
        self.codes.remove(code);
        let since_s = now_ms / 1000;
        for shop in &shops {
            self.links.entry(*shop).or_insert(Link { since_s, until_s: since_s + CONSENT_S });
        }
        Ok(self.issue(shops, now_ms, dice))
    }

    /// `auth/access_token/get`: a new pair for one shop. Each shop of a shared token refreshes once with it (spec 3.3).
    pub fn renew(&mut self, token: &str, shop: u64, now_ms: i64, dice: &Dice) -> Result<Pair, Refusal> {
        let invalid = || Refusal::new("error_auth", "Invalid refresh_token.");
        let held = self.refresh.get_mut(token).ok_or_else(invalid)?;
        if !held.all.contains(&shop) {
            return Err(Refusal::new(
                "error_shop_refresh_token",
                "The refresh_token does not belong to the shop.",
            ));
        }
        if held.until_ms <= now_ms {
            return Err(Refusal::new("refresh_token_expired", "The refresh_token has expired."));
        }
        match self.links.get(&shop) {
            None => return Err(Refusal::new("shop_no_linked", "The shop is not linked to this app.")),
            Some(link) if link.until_s * 1000 <= now_ms => {
                return Err(Refusal::new(
                    "shop_access_expired",
                    "The authorization of the shop has expired.",
                ));
            }
            Some(_) => {}
        }
        let place = held.shops.iter().position(|known| *known == shop).ok_or_else(invalid)?;
        held.shops.swap_remove(place);
        if let Some(shops) = self.access.get_mut(&held.access) {
            for (known, until_ms) in shops {
                if *known == shop {
                    *until_ms = (*until_ms).min(now_ms + GRACE_MS);
                }
            }
        }
        Ok(self.issue(vec![shop], now_ms, dice))
    }

    /// Hands out a pair for the shops.
    pub fn issue(&mut self, shops: Vec<u64>, now_ms: i64, dice: &Dice) -> Pair {
        let pair = Pair { access: dice.hex(32), refresh: dice.hex(32), shops };
        let until_ms = now_ms + ACCESS_S * 1000;
        self.access.insert(pair.access.clone(), pair.shops.iter().map(|shop| (*shop, until_ms)).collect());
        let refresh = Refresh {
            access: pair.access.clone(),
            shops: pair.shops.clone(),
            all: pair.shops.clone(),
            until_ms: now_ms + REFRESH_MS,
        };
        self.refresh.insert(pair.refresh.clone(), refresh);
        pair
    }

    /// Ends every access token of a shop at once; refresh tokens live on.
    pub fn expire_access(&mut self, shop: u64) {
        for (known, until_ms) in self.access.values_mut().flatten() {
            if *known == shop {
                *until_ms = 0;
            }
        }
    }
}

impl Owner {
    /// The shops it can speak for.
    pub fn shops(&self) -> Vec<u64> {
        match self {
            Self::Shop(shop) => vec![*shop],
            Self::Main(_, shops) => shops.clone(),
        }
    }
}

/// The usual answer to an expired or wrong token; the spelling is the platform's (spec 1.5).
pub fn invalid_token() -> Refusal {
    Refusal::gateway("invalid_acceess_token", "Invalid access_token, please have a check.")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_767_225_600_000;

    fn given_a_pair() -> (Auth, Dice, Pair) {
        let (mut auth, dice) = (Auth::default(), Dice::new(1));
        let code = auth.consent(Owner::Shop(9), NOW, &dice);
        let pair = auth.redeem(&code, &Owner::Shop(9), NOW, &dice).unwrap();
        (auth, dice, pair)
    }

    #[test]
    fn a_code_works_once() {
        let (mut auth, dice) = (Auth::default(), Dice::new(1));
        let code = auth.consent(Owner::Shop(9), NOW, &dice);

        assert!(auth.redeem(&code, &Owner::Shop(9), NOW, &dice).is_ok());
        assert_eq!(auth.redeem(&code, &Owner::Shop(9), NOW, &dice).unwrap_err().message, "Invalid code");
    }

    #[test]
    fn a_code_dies_after_ten_minutes() {
        let (mut auth, dice) = (Auth::default(), Dice::new(1));
        let code = auth.consent(Owner::Shop(9), NOW, &dice);

        assert!(auth.redeem(&code, &Owner::Shop(9), NOW + CODE_MS, &dice).is_err());
    }

    #[test]
    fn a_refresh_token_works_once() {
        let (mut auth, dice, pair) = given_a_pair();

        assert!(auth.renew(&pair.refresh, 9, NOW, &dice).is_ok());
        assert_eq!(auth.renew(&pair.refresh, 9, NOW, &dice).unwrap_err().message, "Invalid refresh_token.");
    }

    #[test]
    fn the_old_access_token_works_five_minutes_after_a_refresh() {
        let (mut auth, dice, pair) = given_a_pair();
        let renewed = auth.renew(&pair.refresh, 9, NOW, &dice).unwrap();

        assert!(auth.check(&pair.access, 9, NOW + GRACE_MS - 1).is_ok());
        assert_eq!(auth.check(&pair.access, 9, NOW + GRACE_MS).unwrap_err().code, "invalid_acceess_token");
        assert!(auth.check(&renewed.access, 9, NOW + GRACE_MS).is_ok());
    }

    #[test]
    fn each_shop_of_a_main_account_refreshes_once_with_the_shared_token() {
        let (mut auth, dice) = (Auth::default(), Dice::new(1));
        let owner = Owner::Main(5, vec![1, 2]);
        let code = auth.consent(owner.clone(), NOW, &dice);
        let shared = auth.redeem(&code, &owner, NOW, &dice).unwrap();

        let first = auth.renew(&shared.refresh, 1, NOW, &dice).unwrap();
        assert!(auth.renew(&shared.refresh, 1, NOW, &dice).is_err());
        assert!(auth.renew(&shared.refresh, 2, NOW, &dice).is_ok());
        assert_eq!(auth.renew(&first.refresh, 2, NOW, &dice).unwrap_err().code, "error_shop_refresh_token");
    }

    #[test]
    fn consent_taken_back_closes_the_shop() {
        let (mut auth, dice, pair) = given_a_pair();
        auth.cancel(9);

        assert_eq!(auth.check(&pair.access, 9, NOW).unwrap_err().code, "shop_no_linked");
        assert_eq!(auth.renew(&pair.refresh, 9, NOW, &dice).unwrap_err().code, "shop_no_linked");
    }

    #[test]
    fn consent_ends_by_itself() {
        let (mut auth, dice, pair) = given_a_pair();
        auth.limit(9, NOW / 1000);

        assert_eq!(auth.check(&pair.access, 9, NOW).unwrap_err().code, "invalid_acceess_token");
        assert_eq!(auth.renew(&pair.refresh, 9, NOW, &dice).unwrap_err().code, "shop_access_expired");
    }
}
