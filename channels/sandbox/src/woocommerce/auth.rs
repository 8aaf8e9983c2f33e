//! Who calls, and what the shop says when it does not know (spec §2, table 2.1).

use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::errors::{ApiError, error};
use super::oauth::{self, Nonces};
use super::profile::Profile;
use crate::core::dice::Dice;
use crate::core::market::Call;

/// One WooCommerce key.
#[derive(Debug, Clone)]
pub struct Key {
    /// `ck_` + 40 hex.
    pub key: String,
    /// `cs_` + 40 hex.
    pub secret: String,
    /// `read`, `write`, `read_write`.
    pub permissions: String,
    /// Whether its user may manage the shop.
    pub manages: bool,
    /// Taken back by the shop.
    pub revoked: bool,
}

/// All ways into one shop.
pub struct Gate {
    /// Keys; the first is the one given out by `credentials`.
    pub keys: Vec<Key>,
    /// WordPress user of the application password.
    pub username: String,
    /// Application password, with its blanks.
    pub app_password: String,
    nonces: Nonces,
}

/// What the call may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// Nobody that the shop knows.
    Nobody,
    /// A user who may manage the shop.
    Manager,
    /// A user who may not.
    Stranger,
}

impl Gate {
    /// Makes keys from dice.
    #[must_use]
    pub fn new(dice: &Dice) -> Self {
        let words: Vec<String> = (0..6).map(|_| dice.hex(4)).collect();
        let mut gate = Self {
            keys: Vec::new(),
            username: "quan-tri".to_owned(),
            app_password: words.join(" "),
            nonces: Nonces::default(),
        };
        gate.add_key(dice, "read_write", true);
        gate
    }

    /// Adds a key and shows it.
    pub fn add_key(&mut self, dice: &Dice, permissions: &str, manages: bool) -> Value {
        let key = Key {
            key: format!("ck_{}", dice.hex(40)),
            secret: format!("cs_{}", dice.hex(40)),
            permissions: permissions.to_owned(),
            manages,
            revoked: false,
        };
        let shown =
            json!({ "consumer_key": key.key, "consumer_secret": key.secret, "permissions": permissions });
        self.keys.push(key);
        shown
    }

    fn key(&self, consumer_key: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.key == consumer_key && !key.revoked)
    }

    /// Finds out who calls. `is_wc`: the path holds `wp-json/wc/` (only there do keys count).
    ///
    /// # Errors
    /// 401 in the words of table 2.1.
    pub fn caller(
        &mut self,
        call: &Call,
        base_url: &str,
        now_s: i64,
        profile: Profile,
        is_wc: bool,
    ) -> Result<Caller, ApiError> {
        let basic = basic(call);
        if is_wc {
            if call.tls {
                let query = call.arg("consumer_key").zip(call.arg("consumer_secret"));
                let pair =
                    query.map(|(key, secret)| (key.to_owned(), secret.to_owned())).or_else(|| basic.clone());
                if let Some((key, secret)) = pair
                    && let Some(found) = self.key(&key)
                {
                    if found.secret != secret {
                        return Err(error(
                            401,
                            "woocommerce_rest_authentication_error",
                            "Consumer secret is invalid.",
                        ));
                    }
                    return permitted(found, &call.method);
                }
            }
            if let Some(caller) = self.signed(call, base_url, now_s)? {
                return Ok(caller);
            }
        }
        self.application(call, basic, profile, is_wc)
    }

    fn signed(&mut self, call: &Call, base_url: &str, now_s: i64) -> Result<Option<Caller>, ApiError> {
        let mut params = call.query.clone();
        let is_form = call
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        if is_form {
            params.extend(url::form_urlencoded::parse(&call.body).into_owned());
        }
        if let Some(header) = call.header("authorization") {
            params.extend(oauth::header_params(header));
        }
        let keys = &self.keys;
        let secret_of = |wanted: &str| {
            keys.iter().find(|key| key.key == wanted && !key.revoked).map(|key| key.secret.clone())
        };
        let signer =
            oauth::check(call.method.as_str(), base_url, &params, now_s, &mut self.nonces, secret_of)?;
        match signer.as_deref().and_then(|signer| self.key(signer)) {
            Some(key) => permitted(key, &call.method).map(Some),
            None => Ok(None),
        }
    }

    /// Application passwords count over TLS only, on every namespace.
    fn application(
        &self,
        call: &Call,
        basic: Option<(String, String)>,
        profile: Profile,
        is_wc: bool,
    ) -> Result<Caller, ApiError> {
        let Some((user, password)) = basic.filter(|_| call.tls) else { return Ok(Caller::Nobody) };
        let strip = |text: &str| text.replace(' ', "");
        if user == self.username {
            if strip(&password) == strip(&self.app_password) {
                return Ok(Caller::Manager);
            }
            if profile.is_old() {
                let why = format!(
                    "<strong>Error:</strong> The password you entered for the username <strong>{user}</strong> is incorrect."
                );
                return Err(error(401, "incorrect_password", why));
            }
            return Ok(Caller::Nobody);
        }
        if profile.is_old() || !is_wc {
            return Err(unknown_user(&user));
        }
        Ok(Caller::Nobody)
    }
}

/// WordPress takes a consumer key for a user name (spec §2.1).
#[must_use]
pub fn unknown_user(user: &str) -> ApiError {
    let why = format!(
        "<strong>Error:</strong> The username <strong>{user}</strong> is not registered on this site. If you are unsure of your username, try your email address instead."
    );
    error(401, "invalid_username", why)
}

/// User and password of a Basic header.
#[must_use]
pub fn basic(call: &Call) -> Option<(String, String)> {
    let (scheme, rest) = call.header("authorization")?.split_once(' ')?;
    let bytes = STANDARD.decode(rest.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let text = String::from_utf8(bytes).ok()?;
    text.split_once(':').map(|(user, password)| (user.to_owned(), password.to_owned()))
}

fn permitted(key: &Key, method: &Method) -> Result<Caller, ApiError> {
    let (reads, writes) = (key.permissions != "write", key.permissions != "read");
    let lacks = |what: &str| {
        let why = format!("The API key provided does not have {what} permissions.");
        error(401, "woocommerce_rest_authentication_error", why)
    };
    match *method {
        Method::GET | Method::HEAD if !reads => return Err(lacks("read")),
        Method::POST | Method::PUT | Method::PATCH | Method::DELETE if !writes => return Err(lacks("write")),
        _ => {}
    }
    Ok(if key.manages { Caller::Manager } else { Caller::Stranger })
}

/// What the shop says to somebody without rights: 401 when nobody is logged in, 403 when somebody is.
#[must_use]
pub fn without_rights(caller: &Caller, method: &Method, is_item: bool, is_batch: bool) -> ApiError {
    let (code, why) = match *method {
        _ if is_batch => {
            ("woocommerce_rest_cannot_batch", "Sorry, you are not allowed to batch manipulate this resource.")
        }
        Method::GET | Method::HEAD if is_item => {
            ("woocommerce_rest_cannot_view", "Sorry, you cannot view this resource.")
        }
        Method::GET | Method::HEAD => ("woocommerce_rest_cannot_view", "Sorry, you cannot list resources."),
        Method::DELETE => {
            ("woocommerce_rest_cannot_delete", "Sorry, you are not allowed to delete this resource.")
        }
        _ if is_item => ("woocommerce_rest_cannot_edit", "Sorry, you are not allowed to edit this resource."),
        _ => ("woocommerce_rest_cannot_create", "Sorry, you are not allowed to create resources."),
    };
    error(if *caller == Caller::Nobody { 401 } else { 403 }, code, why)
}
