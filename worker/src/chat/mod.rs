//! One streamed answer, read to its end with every stamp.
//!
//! Definitions of the stamps and rates: [`common::stats`]'s `Metric`.

mod dialect;
mod explain;
mod frames;
mod kept;
mod read;
mod reading;
mod report;
mod tally;

pub use dialect::{Dialect, DialectError, Finish};
pub use explain::{Explained, Explainer, Kinds, explain};
pub use kept::AnswerText;
pub(crate) use kept::{Kept, Pieces, scalar};
pub(crate) use read::{Asked, read_from};
pub use read::{StreamLimits, read};
pub use reading::Chunk;
pub use report::StreamReport;
