//! The log of single requests that this worker keeps, if it is asked for.
//!
//! ```text
//! core 0 ── CoreLog: sample, batch ──┐ bounded                  each second, whole
//! core 1 ── CoreLog: sample, batch ──┴──▶ writer, a thread ──▶ lines ──▶ LogFile
//! ```
//!
//! A core never waits: a batch for which there is no room is dropped, and counted. What is not in the file is told with
//! the deltas ([`LogLoss`](crate::interval::LogLoss)); the report's figures do not come from here.

mod core_log;
mod entry;
mod error;
mod file;
mod line;
mod place;
mod sampler;
mod writer;

pub(crate) use core_log::CoreLog;
pub(crate) use entry::{Asked, Entry, FirstText};
pub use error::LogError;
pub use place::rehearse;
pub use writer::LogHandle;
pub(crate) use writer::RequestLog;
