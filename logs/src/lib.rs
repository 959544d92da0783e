//! The logs of single requests, read back: merged by time, filtered, converted.
//!
//! ```text
//! w1.jsonl ──▶ LogReader ─ in order ─┐
//! w2.jsonl ──▶ LogReader ─ in order ─┴▶ Merged ─▶ Filter ─▶ LogWriter (JSONL, CSV, Parquet)
//! ```

#![forbid(unsafe_code)]

mod error;
mod field;
mod filter;
pub mod json_words;
mod lack;
mod merged;
#[cfg(feature = "parquet")]
mod parquet_table;
mod reader;
mod writer;

pub use error::{FilterError, LogReadError};
pub use field::{FIELDS, Field};
pub use filter::Filter;
pub use lack::lack;
pub use merged::Merged;
pub use reader::{LogEnd, LogReader};
pub use writer::{LogForm, LogWriter, NoLogForm};
