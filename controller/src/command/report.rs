//! `controller report`: Markdown from CSV files.

use std::path::{Path, PathBuf};

use super::{Exit, complain};

/// Makes the report of the CSV files at `prefix`.
pub fn report(prefix: &Path, out: Option<&PathBuf>) -> Exit {
    match crate::report::run_command(prefix, out.map(PathBuf::as_path)) {
        Ok(written) => {
            eprintln!("controller: wrote {}", written.path.display());
            Exit::Passed
        }
        Err(error) => complain(Exit::Usage, &error),
    }
}
