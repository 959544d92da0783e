//! The cells of CSV files: their set of files, what stands where there is no number, and how a file is read row
//! by row with errors that name the place.

mod error;
mod file;
mod reader;

pub use error::ReadError;
pub use file::CsvFile;
pub(crate) use reader::{CsvCell, CsvReader, CsvRow};

/// What stands in a cell for which there is no number.
pub const NO_NUMBER: &str = "N/A";

/// `Type` of a metric's row in `<prefix>_streams.csv`.
pub const STREAM_TYPE: &str = "STREAM";

/// `Type` of a row in `<prefix>_streams.csv` whose `Request Count` is a number of streams, tokens,
/// chunks or comments.
pub const COUNT_TYPE: &str = "COUNT";
