//! `controller report PREFIX [OUT.md]`.

use std::path::{Path, PathBuf};

use super::error::ReadError;
use super::set::{CsvSet, resolve_prefix};
use crate::report::files::{Output, OutputError, probe, replace};
use crate::report::markdown;
use crate::report::rows::RunReport;

/// The flag that a bad output path is blamed on.
const FLAG: &str = "report OUT.md";

/// A report that was made from CSV files.
#[derive(Debug)]
pub struct Written {
    /// Where the Markdown is.
    pub path: PathBuf,
    /// What it says.
    pub report: RunReport,
}

/// Why no report was made.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The CSV files.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The Markdown file.
    #[error(transparent)]
    Write(#[from] OutputError),
}

/// Makes the Markdown of the CSV files that begin with `prefix` (or of the one set in a folder).
///
/// Without `out` it becomes `REPORT.md` beside the files of a run of ours that left none, else
/// `<prefix>_REPORT.md`: the report that a run wrote itself says more and is not replaced.
///
/// # Errors
/// Files that cannot be read or written. Nothing is written then.
pub fn run_command(prefix: &Path, out: Option<&Path>) -> Result<Written, CommandError> {
    let prefix = resolve_prefix(prefix)?;
    let set = CsvSet::load(&prefix)?;
    let report = set.parse()?;
    let path = out.map_or_else(|| default_path(&prefix, set.is_own()), Path::to_owned);
    let output = Output::new(FLAG, &path);
    probe(&output)?;
    replace(&output, |file| markdown::write(file, &report))?;
    Ok(Written { path, report })
}

fn default_path(prefix: &Path, own: bool) -> PathBuf {
    let beside = prefix.with_file_name("REPORT.md");
    if own && !beside.exists() {
        return beside;
    }
    let mut path = prefix.as_os_str().to_owned();
    path.push("_REPORT.md");
    PathBuf::from(path)
}
