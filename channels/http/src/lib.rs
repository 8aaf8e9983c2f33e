//! One signed, limited, retried, recorded call to a marketplace. Knows no marketplace.
//!
//! From outside in: record → retry → gate (freeze after a throttle) → quota → sign → timeout → send → read.
//! Nothing else in the program opens a socket to a marketplace.
//!
//! ```text
//!  adapter ── Request { call, safety, quotas, build } ──▶ Gateway::call ──▶ marketplace
//!     ▲                                                      │
//!     └────────── Answered { value, sent_at } or Fault ◀── read(&Answer) → Value | Fault | SignAgain
//! ```

pub mod answer;
mod certificate;
pub mod classify;
pub mod clock;
mod gate;
mod gateway;
mod level;
pub mod prepaid;
mod quota;
pub mod record;
mod request;
mod skew;
pub mod urgency;
mod wait;

pub use answer::{Answer, Answered, Read};
pub use certificate::believable;
pub use clock::{Clock, SystemClock};
pub use gateway::{Gateway, Settings};
pub use level::Told;
pub use prepaid::Heeder;
pub use quota::{PerDay, Quota};
pub use record::{CallRecord, LogRecorder, Recorder, Silent};
pub use request::{Body, Labels, Method, Part, Request, Safety, Stamp, Wire};
