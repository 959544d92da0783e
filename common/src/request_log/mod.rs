//! The log of single requests: JSON, one object a line.
//!
//! ```text
//! {"header":{"version":1,"run":"…","worker":"w1",…}}      once, first
//! {"user":7,"class":"stream",…,"call":"POST /chat/stream",…}   one for each outcome
//! {"footer":{"lines":1234,"dropped":0,…}}                 last, unless the worker was killed
//! ```
//!
//! Each worker writes a file of its own. The forms stand here once, for whoever writes and whoever reads.

mod by_name;
mod moment;
mod request;
mod settings;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

pub use moment::Moment;
pub use request::{ConnectionUse, FinishReason, LoggedRequest, Outcome, TokenCounts};
pub use settings::{LogEnding, LogSettings, LogSettingsError, path_of};

/// Version of the form. A field may be added within a version, never changed or removed.
pub const VERSION: u32 = 1;

/// What the id of a message is called among those that are asked for; a thread's is [`THREAD`](crate::api::THREAD).
pub const MESSAGE: &str = "message";

/// A line that is not of a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogMark<'l> {
    /// The first line.
    Header(LogHeader<'l>),
    /// The last line.
    Footer(LogFooter<'l>),
}

/// Of which run and worker the lines are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogHeader<'l> {
    /// [`VERSION`].
    pub version: u32,
    /// Id of the run, 32 hex digits.
    pub run: Cow<'l, str>,
    /// Seed of the run.
    pub seed: u64,
    /// Name of the worker.
    pub worker: Cow<'l, str>,
    /// The run's start by the worker's own wall clock, seconds since 1970.
    pub started: f64,
    /// The run's clock minus the worker's when the header was written, microseconds. Lines are on the run's clock
    /// already.
    pub clock_offset_us: i64,
    /// Share of the requests that is in the log; every failure and the slowest are besides.
    pub sample: f64,
}

/// How the file ended.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LogFooter<'l> {
    /// Requests in the file.
    pub lines: u64,
    /// Requests that the sample left out.
    pub left_out: u64,
    /// Requests that should be in the file and are not: there was no room, or the file could not be written.
    pub dropped: u64,
    /// Why the file could not be written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Cow<'l, str>>,
}

/// Whether a line is a [`LogMark`], as its first bytes say; else it is a [`LoggedRequest`].
#[must_use]
pub fn is_mark(line: &[u8]) -> bool {
    line.starts_with(b"{\"header\"") || line.starts_with(b"{\"footer\"")
}
