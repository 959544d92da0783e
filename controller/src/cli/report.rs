//! What may be typed after `controller report`.

use std::path::PathBuf;

use clap::Args;

/// The arguments of `controller report`.
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// Prefix of the CSV files: `results/x/staged` for `results/x/staged_stats.csv`; or a log that a worker wrote with
    /// --log
    #[arg(value_name = "PREFIX|LOG")]
    pub from: PathBuf,
    /// More logs of the same run, those of its other workers; then where the report goes [default: REPORT.md beside
    /// our files, PREFIX_REPORT.md otherwise]
    #[arg(value_name = "LOG|OUT.md")]
    pub rest: Vec<PathBuf>,
    /// Make the HTML report too, here
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Write the summary for programs too, here
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}
