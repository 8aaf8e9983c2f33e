//! Vietnamese unless the reader chose English: by `?lang=`, remembered in a cookie.

use super::messages::{EN, Messages, VI};
use crate::listing::explain::Language;
use axum::http::{HeaderMap, header};

const COOKIE: &str = "ganh_lang";

/// The language that a request asks for, and the cookie to set where it was just chosen.
pub fn chosen(asked: Option<&str>, headers: &HeaderMap) -> (Language, Option<String>) {
    if let Some(language) = asked.and_then(parse) {
        let cookie = format!("{COOKIE}={}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly", name(language));
        return (language, Some(cookie));
    }
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let remembered = cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == COOKIE).then(|| parse(value)).flatten());
    (remembered.unwrap_or_default(), None)
}

/// The language's code, as in `<html lang>`.
pub const fn name(language: Language) -> &'static str {
    match language {
        Language::Vi => "vi",
        Language::En => "en",
    }
}

/// All visible words.
pub const fn messages(language: Language) -> &'static Messages {
    match language {
        Language::Vi => &VI,
        Language::En => &EN,
    }
}

fn parse(text: &str) -> Option<Language> {
    match text {
        "vi" => Some(Language::Vi),
        "en" => Some(Language::En),
        _ => None,
    }
}
