//! The Markdown report on the page of a GitHub job.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use super::markdown;
use super::rows::RunReport;

/// The variable that names the file.
pub const VARIABLE: &str = "GITHUB_STEP_SUMMARY";

/// GitHub shows none of a summary that is longer.
const MOST: usize = 1 << 20;

/// Why there is no job summary.
#[derive(Debug, thiserror::Error)]
pub enum JobSummaryError {
    /// The report could not be written.
    #[error("GITHUB_STEP_SUMMARY: {0}; unset it, or have it name a file that can be written")]
    Io(#[from] std::io::Error),
    /// It is too long.
    #[error("the report has {0} bytes and GitHub shows 1 MiB at most; keep REPORT.md as an artifact instead")]
    TooLong(usize),
}

/// Appends the report, as one step among others does.
///
/// # Errors
/// A file that cannot be written, or a report that is too long to be shown.
pub fn append(path: &Path, report: &RunReport) -> Result<(), JobSummaryError> {
    let mut text = Vec::new();
    markdown::write(&mut text, report)?;
    if text.len() > MOST {
        return Err(JobSummaryError::TooLong(text.len()));
    }
    text.push(b'\n');
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    file.write_all(&text)?;
    Ok(())
}
