//! What a grant's access holds: the token, and for each shop the cipher that names it in calls (spec §3.4). One token may carry several
//! shops, and a shop is opened without asking first, so both are kept and sealed together.

use ganh_contract::Secret;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Token and ciphers. `Debug` shows neither.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Access {
    pub token: Secret,
    /// Shop id → cipher.
    pub ciphers: BTreeMap<String, String>,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Access(..)")
    }
}

impl Access {
    /// Reads what [`access`] wrote; anything else is a bare token.
    pub(crate) fn read(sealed: &Secret) -> Self {
        let bare = || Self { token: sealed.clone(), ciphers: BTreeMap::new() };
        let Ok(Value::Object(all)) = serde_json::from_str(sealed.expose()) else { return bare() };
        let Some(token) = all.get("token").and_then(Value::as_str) else { return bare() };
        let ciphers = all.get("ciphers").and_then(Value::as_object).into_iter().flatten();
        let ciphers = ciphers.filter_map(|(shop, cipher)| Some((shop.clone(), cipher.as_str()?.to_owned())));
        Self { token: Secret::new(token), ciphers: ciphers.collect() }
    }

    pub(crate) fn seal(&self) -> Secret {
        access(&self.token, &self.ciphers)
    }
}

/// The access of a grant: a token with the ciphers of its shops, by shop id. Where none is known the adapter asks for it.
pub fn access(token: &Secret, ciphers: &BTreeMap<String, String>) -> Secret {
    Secret::new(json!({ "token": token.expose(), "ciphers": ciphers }).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_is_read_back_and_a_bare_token_is_taken() {
        let ciphers = BTreeMap::from([("7495".to_owned(), "ROW_x".to_owned())]);
        let sealed = access(&Secret::new("ROW_token"), &ciphers);

        assert_eq!(Access::read(&sealed), Access { token: Secret::new("ROW_token"), ciphers });
        assert_eq!(Access::read(&Secret::new("ROW_bare")).token.expose(), "ROW_bare");
        assert_eq!(format!("{:?}", Access::read(&sealed)), "Access(..)");
    }
}
