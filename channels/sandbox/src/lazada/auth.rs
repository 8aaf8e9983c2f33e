//! Codes, access tokens and refresh tokens (spec 3). A token belongs to an app and a seller.

use std::collections::{BTreeMap, HashMap};

use crate::core::Dice;

use super::envelope::Refusal;
use super::settings::Settings;

/// What a consent hands out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    pub access: String,
    pub refresh: String,
    pub seller: u64,
    /// Milliseconds since 1970.
    pub access_until_ms: i64,
    /// Milliseconds since 1970. The end of the authorization: refreshing does not move it (spec 3.3).
    pub refresh_until_ms: i64,
}

#[derive(Debug, Clone)]
struct Held {
    app: String,
    seller: u64,
    until_ms: i64,
}

/// Why an access token is not taken.
#[derive(Debug, PartialEq, Eq)]
pub enum Unusable {
    /// Unknown, another app's, or over.
    Illegal,
    /// The seller took the consent back.
    Revoked,
}

/// All codes and tokens.
#[derive(Default)]
pub struct Auth {
    codes: HashMap<String, Held>,
    access: HashMap<String, Held>,
    refresh: HashMap<String, Held>,
    /// End of the authorization by app and seller; `None`: taken back.
    consents: BTreeMap<(String, u64), Option<i64>>,
}

impl Auth {
    /// The seller agrees: a code, good once and for `code_s` (spec 3.1).
    pub fn consent(&mut self, app: &str, seller: u64, now_ms: i64, rules: &Settings, dice: &Dice) -> String {
        let code = format!("0_{app}_{}", dice.hex(24));
        let until_ms = now_ms + rules.code_s * 1000;
        self.codes.insert(code.clone(), Held { app: app.to_owned(), seller, until_ms });
        code
    }

    /// `/auth/token/create` (spec 3.2).
    pub fn redeem(
        &mut self,
        app: &str,
        code: &str,
        now_ms: i64,
        rules: &Settings,
        dice: &Dice,
    ) -> Result<Pair, Refusal> {
        let is_good = self.codes.get(code).is_some_and(|held| held.app == app && held.until_ms > now_ms);
        if !is_good {
            return Err(Refusal::isv("InvalidCode", "Invalid authorization code"));
        }
        let seller = self.codes.remove(code).map_or(0, |held| held.seller);
        Ok(self.issue(app, seller, now_ms, rules, dice))
    }

    /// Hands out a pair with a new authorization.
    pub fn issue(&mut self, app: &str, seller: u64, now_ms: i64, rules: &Settings, dice: &Dice) -> Pair {
        let until_ms = now_ms + rules.refresh_s * 1000;
        self.consents.insert((app.to_owned(), seller), Some(until_ms));
        self.hand_out(app, seller, until_ms, now_ms, rules, dice)
    }

    /// `/auth/token/refresh` (spec 3.3): a new pair; the authorization's end stays where it was.
    pub fn renew(
        &mut self,
        app: &str,
        token: &str,
        now_ms: i64,
        rules: &Settings,
        dice: &Dice,
    ) -> Result<Pair, Refusal> {
        let illegal =
            || Refusal::isv("IllegalRefreshToken", "The specified refresh token is invalid or expired");
        let held = self.refresh.get(token).cloned().ok_or_else(illegal)?;
        let is_over = held.app != app || held.until_ms <= now_ms;
        if is_over || !self.is_consented(app, held.seller, now_ms) {
            return Err(illegal());
        }
        if rules.single_use_refresh {
            self.refresh.remove(token);
        }
        Ok(self.hand_out(app, held.seller, held.until_ms, now_ms, rules, dice))
    }

    fn hand_out(
        &mut self,
        app: &str,
        seller: u64,
        refresh_until_ms: i64,
        now_ms: i64,
        rules: &Settings,
        dice: &Dice,
    ) -> Pair {
        let access_until_ms = (now_ms + rules.access_s * 1000).min(refresh_until_ms);
        let pair = Pair {
            access: format!("50000{}", dice.hex(31)),
            refresh: format!("50001{}", dice.hex(31)),
            seller,
            access_until_ms,
            refresh_until_ms,
        };
        let held = |until_ms| Held { app: app.to_owned(), seller, until_ms };
        self.access.insert(pair.access.clone(), held(access_until_ms));
        self.refresh.insert(pair.refresh.clone(), held(refresh_until_ms));
        pair
    }

    /// The seller an access token speaks for.
    pub fn check(&self, app: &str, token: &str, now_ms: i64) -> Result<u64, Unusable> {
        let held = self.access.get(token).filter(|held| held.app == app).ok_or(Unusable::Illegal)?;
        match self.consents.get(&(held.app.clone(), held.seller)) {
            Some(None) => Err(Unusable::Revoked),
            Some(Some(until_ms)) if *until_ms > now_ms && held.until_ms > now_ms => Ok(held.seller),
            Some(Some(_)) | None => Err(Unusable::Illegal),
        }
    }

    /// The seller of a token, good or not; for the journal.
    pub fn seller_of(&self, token: &str) -> Option<u64> {
        self.access.get(token).map(|held| held.seller)
    }

    /// Whether a pair is still as good as when it was handed out.
    pub fn is_usable(&self, app: &str, pair: &Pair, now_ms: i64) -> bool {
        self.check(app, &pair.access, now_ms).is_ok() && self.refresh.contains_key(&pair.refresh)
    }

    /// Whether the seller's authorization of the app is in force.
    pub fn is_consented(&self, app: &str, seller: u64, now_ms: i64) -> bool {
        matches!(self.consents.get(&(app.to_owned(), seller)), Some(Some(until_ms)) if *until_ms > now_ms)
    }

    /// When the seller's authorization ends.
    pub fn consent_end(&self, app: &str, seller: u64) -> Option<i64> {
        self.consents.get(&(app.to_owned(), seller)).copied().flatten()
    }

    /// The seller takes the consent back, from all apps.
    pub fn revoke(&mut self, seller: u64) {
        for ((_, known), until) in &mut self.consents {
            if *known == seller {
                *until = None;
            }
        }
        self.refresh.retain(|_, held| held.seller != seller);
    }

    /// Ends every access token of a seller at once; refresh tokens live on.
    pub fn expire_access(&mut self, seller: u64) {
        for held in self.access.values_mut().filter(|held| held.seller == seller) {
            held.until_ms = 0;
        }
    }

    /// Moves the end of a seller's authorization.
    pub fn end_consent_at(&mut self, seller: u64, until_ms: i64) {
        for ((_, known), until) in &mut self.consents {
            if *known == seller && until.is_some() {
                *until = Some(until_ms);
            }
        }
        for held in self.refresh.values_mut().filter(|held| held.seller == seller) {
            held.until_ms = until_ms;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_772_442_000_000;
    const APP: &str = "900101";

    fn given_a_pair(rules: &Settings) -> (Auth, Dice, Pair) {
        let (mut auth, dice) = (Auth::default(), Dice::new(1));
        let code = auth.consent(APP, 9, NOW, rules, &dice);
        let pair = auth.redeem(APP, &code, NOW, rules, &dice).unwrap();
        (auth, dice, pair)
    }

    #[test]
    fn a_code_works_once_for_its_app_and_thirty_minutes() {
        let (rules, dice) = (Settings::default(), Dice::new(1));
        let mut auth = Auth::default();
        let late = auth.consent(APP, 9, NOW, &rules, &dice);
        let code = auth.consent(APP, 9, NOW, &rules, &dice);

        assert!(auth.redeem("other", &code, NOW, &rules, &dice).is_err());
        assert!(auth.redeem(APP, &code, NOW, &rules, &dice).is_ok());
        assert_eq!(auth.redeem(APP, &code, NOW, &rules, &dice).unwrap_err().code, "InvalidCode");
        assert!(auth.redeem(APP, &late, NOW + 1_800_000, &rules, &dice).is_err());
    }

    #[test]
    fn refreshing_does_not_prolong_the_authorization() {
        let rules = Settings::default();
        let (mut auth, dice, pair) = given_a_pair(&rules);
        let later = NOW + 20 * 86_400_000;

        let renewed = auth.renew(APP, &pair.refresh, later, &rules, &dice).unwrap();

        assert_eq!(renewed.refresh_until_ms, pair.refresh_until_ms);
        assert_eq!(renewed.access_until_ms, later + rules.access_s * 1000);
        assert_eq!(auth.check(APP, &pair.access, later), Ok(9), "the old access token lives to its own end");
        let end = pair.refresh_until_ms;
        assert_eq!(
            auth.renew(APP, &renewed.refresh, end, &rules, &dice).unwrap_err().code,
            "IllegalRefreshToken"
        );
    }

    #[test]
    fn an_old_refresh_token_works_again_unless_it_is_single_use() {
        let rules = Settings::default();
        let (mut auth, dice, pair) = given_a_pair(&rules);
        let single = Settings { single_use_refresh: true, ..rules.clone() };

        assert!(auth.renew(APP, &pair.refresh, NOW, &rules, &dice).is_ok());
        assert!(auth.renew(APP, &pair.refresh, NOW, &single, &dice).is_ok());
        assert!(auth.renew(APP, &pair.refresh, NOW, &single, &dice).is_err());
    }

    #[test]
    fn consent_taken_back_closes_the_shop_for_both_tokens() {
        let rules = Settings::default();
        let (mut auth, dice, pair) = given_a_pair(&rules);
        auth.revoke(9);

        assert_eq!(auth.check(APP, &pair.access, NOW), Err(Unusable::Revoked));
        assert!(auth.renew(APP, &pair.refresh, NOW, &rules, &dice).is_err());
    }
}
