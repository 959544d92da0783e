//! The files of a run: proven writable before it, whole at every moment of it.

mod atomic;
mod claim;
mod error;
mod history;
mod inputs;
mod outputs;
mod plan;

pub use crate::csv_cells::CsvFile;
pub use atomic::{probe, replace};
pub use error::OutputError;
pub use history::HistoryFiles;
pub use inputs::spare;
pub use outputs::{Outputs, resolved};
pub use plan::{Output, OutputPlan, ResultsFolder};
