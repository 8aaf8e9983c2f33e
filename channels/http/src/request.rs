//! What an adapter asks the gateway to send.

use crate::quota::Quota;
use ganh_contract::{Result, Secret};
use jiff::Timestamp;
use std::fmt;
use std::time::Duration;
use url::Url;

/// What a repeat would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Safety {
    /// Changes nothing: repeated after any interruption.
    Read,
    /// Sets absolute values: repeated only when it provably did not arrive, so that an old value cannot land after a newer one.
    Set,
    /// Makes something new: repeated only when it provably did not arrive.
    Create,
}

/// The moment and number of one attempt: what a signature may need. Every attempt gets a new one.
#[derive(Debug, Clone)]
pub struct Stamp {
    /// Our clock, corrected by what the host's `Date` header told when it was off by more than two seconds.
    pub at: Timestamp,
    /// 32 lower-case hex digits from the system's generator.
    pub nonce: String,
    /// 1 for the first.
    pub attempt: u32,
}

/// The words of HTTP that marketplaces use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Put,
    Delete,
}

/// One request as it goes on the wire. `Debug` shows neither query, header values nor body.
pub struct Wire {
    pub method: Method,
    pub url: Url,
    /// Header values are treated as credentials, whatever they hold.
    pub headers: Vec<(&'static str, Secret)>,
    pub body: Body,
}

impl Wire {
    /// A request without headers of its own and without a body.
    pub const fn new(method: Method, url: Url) -> Self {
        Self { method, url, headers: Vec::new(), body: Body::Empty }
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Wire {{ {:?} {} }}", self.method, self.url.path())
    }
}

/// What travels in a request.
pub enum Body {
    Empty,
    /// JSON text.
    Json(String),
    Form(Vec<(String, String)>),
    /// One file as the whole body; `name` becomes a `Content-Disposition`.
    Bytes {
        mime: String,
        bytes: Vec<u8>,
        name: Option<String>,
    },
    Multipart(Vec<Part>),
}

/// A part of a multipart body. A `file_name` makes it a file.
pub struct Part {
    pub name: &'static str,
    pub file_name: Option<String>,
    pub mime: Option<String>,
    pub bytes: Vec<u8>,
}

/// Whose call this is, for records only.
#[derive(Debug, Clone)]
pub struct Labels {
    pub channel: &'static str,
    pub shop: String,
}

/// One call. `build` runs once for each attempt; it must be pure.
pub struct Request<'a> {
    /// The call's short name: a label of records, the `call` of faults. From a closed set.
    pub call: &'static str,
    pub safety: Safety,
    /// From the narrowest to the widest, each once.
    pub quotas: &'a [Quota],
    /// For the whole exchange; the gateway's own if `None`.
    pub timeout: Option<Duration>,
    /// The host whose `Date` header corrects the stamp.
    pub origin: &'a Url,
    pub build: &'a (dyn Fn(&Stamp) -> Result<Wire> + Send + Sync),
    pub labels: Labels,
}
