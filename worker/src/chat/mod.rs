//! One streamed answer, read to its end with every stamp.
//!
//! Definitions of the stamps and rates: [`common::stats`]'s `Metric`.

mod dialect;
mod read;
mod reading;
mod report;

pub use dialect::{Dialect, DialectError};
pub(crate) use read::read_from;
pub use read::{StreamLimits, read};
pub use reading::Chunk;
pub use report::StreamReport;
