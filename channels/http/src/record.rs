//! What is remembered of each attempt. No secret, no address, no body reaches a recorder.

use jiff::Timestamp;
use std::fmt::Debug;
use std::time::Duration;

/// One attempt of one call.
#[derive(Debug, Clone)]
pub struct CallRecord {
    pub channel: &'static str,
    pub shop: String,
    pub call: &'static str,
    /// Name of the fault's kind; `None` for success.
    pub fault: Option<&'static str>,
    /// The marketplace's own code.
    pub code: Option<String>,
    pub request_id: Option<String>,
    /// HTTP status, if a whole answer came.
    pub status: Option<u16>,
    /// 1 for the first.
    pub attempt: u32,
    /// From sending to the whole answer.
    pub duration: Duration,
    /// Waited for quotas and freezes before.
    pub quota_wait: Duration,
    pub at: Timestamp,
}

/// Takes note of attempts: metrics, logs, a test's list. Must not block.
pub trait Recorder: Send + Sync + Debug {
    /// Takes note of one attempt.
    fn call(&self, record: &CallRecord);
}

/// Writes one `debug` line for each attempt.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogRecorder;

impl Recorder for LogRecorder {
    fn call(&self, record: &CallRecord) {
        tracing::debug!(
            channel = record.channel,
            shop.id = %record.shop,
            call = record.call,
            fault.kind = record.fault,
            fault.code = record.code.as_deref(),
            request.id = record.request_id.as_deref(),
            status = record.status,
            attempt = record.attempt,
            duration_ms = record.duration.as_millis(),
            quota_wait_ms = record.quota_wait.as_millis(),
            "{} {}: {}",
            record.channel,
            record.call,
            record.fault.unwrap_or("answered"),
        );
    }
}

/// Remembers nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Recorder for Silent {
    fn call(&self, _: &CallRecord) {}
}
