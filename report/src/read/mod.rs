//! Rows from CSV files: those of a run of ours, or those of a Locust run.
//!
//! [`CsvSet::parse`] is pure, so that garbage can be thrown at it without a disk.

mod command;
mod facts;
mod runs;
mod set;

use std::path::Path;

pub use crate::csv_cells::ReadError;
pub use command::{CommandError, Order, Written, run_command};
pub use set::{CsvSet, resolve_prefix};

use super::rows::RunReport;

/// Reads the CSV files that begin with `prefix`. `<prefix>_stats.csv` must be there; the others are
/// read where they are. A folder that holds one set, or the path of its `_stats.csv`, will do for a
/// prefix.
///
/// # Errors
/// A set that is missing, unreadable, cut off or not of the form; the message names file, line and
/// column.
pub fn read_prefix(prefix: &Path) -> Result<RunReport, ReadError> {
    CsvSet::load(&resolve_prefix(prefix)?)?.parse()
}
