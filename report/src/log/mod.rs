//! The logs of single requests, read back: merged by time, filtered, converted.
//!
//! ```text
//! w1.jsonl ──▶ LogReader ─ in order ─┐
//! w2.jsonl ──▶ LogReader ─ in order ─┴▶ Merged ─▶ Filter ─▶ LogWriter (JSONL, CSV, Parquet)
//! ```

mod error;
mod field;
mod filter;
mod lack;
mod merged;
#[cfg(feature = "parquet")]
mod parquet_table;
mod parse;
mod reader;
mod token;
mod writer;

pub use error::{FilterError, LogReadError};
pub use field::{FIELDS, Field};
pub use filter::Filter;
pub use lack::lack;
pub use merged::Merged;
pub use reader::{LogEnd, LogReader};
pub use writer::{LogForm, LogWriter, NoLogForm};
