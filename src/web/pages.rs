//! The pages: whole, or as the part that the script lays over the old one.

mod home;
mod refusal;
mod sku;
mod view;

pub use home::home;
pub use refusal::absent;
pub use sku::{find_sku, sku};

use super::language::{self, messages};
use super::messages::Messages;
use crate::listing::explain::Language;
use askama::Template;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

/// What every page has: its language and words.
#[derive(Debug, Clone, Copy)]
pub struct Frame {
    pub lang: &'static str,
    pub w: &'static Messages,
    pub language: Language,
}

impl Frame {
    /// The frame that a request asks for, with the cookie to set.
    pub fn of(asked: Option<&str>, headers: &HeaderMap) -> (Self, Option<String>) {
        let (language, cookie) = language::chosen(asked, headers);
        (Self { lang: language::name(language), w: messages(language), language }, cookie)
    }
}

/// Renders a page; never kept by a cache.
pub fn answer<T: Template>(code: StatusCode, page: &T, cookie: Option<String>) -> Response {
    let html = match page.render() {
        Ok(html) => html,
        Err(error) => {
            tracing::error!("a page cannot be rendered: {error}");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let mut response = (code, [(header::CACHE_CONTROL, "no-store")], Html(html)).into_response();
    if let Some(cookie) = cookie.and_then(|cookie| cookie.parse().ok()) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}
