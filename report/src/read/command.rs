//! `controller report PREFIX [OUT.md] [--html FILE] [--json FILE]`, and the same of request logs.

use std::path::{Path, PathBuf};

use super::set::{CsvSet, resolve_prefix};
use logs::LogReadError;

use crate::csv_cells::ReadError;
use crate::files::{CsvFile, Output, OutputError, probe, replace, resolved, spare};
use crate::rows::RunReport;
use crate::{html, json, markdown, rebuilt};

/// The argument that a bad path of the Markdown is blamed on.
const FLAG: &str = "report OUT.md";

/// What a report is made of, and where it goes.
#[derive(Debug, Clone, Copy)]
pub struct Order<'o> {
    /// Prefix of CSV files, or the folder of the one set in it; or a request log.
    pub from: &'o Path,
    /// More request logs, and where the Markdown goes.
    pub rest: &'o [PathBuf],
    /// The HTML page.
    pub page: Option<&'o Path>,
    /// The summary for programs.
    pub summary: Option<&'o Path>,
    /// See [`html::Place::nonce`].
    pub nonce: &'o str,
}

/// A report that was made from files.
#[derive(Debug)]
pub struct Written {
    /// Where the Markdown is, then the HTML and the summary, as far as they were asked for.
    pub paths: Vec<PathBuf>,
    /// What they say.
    pub report: RunReport,
}

/// Why no report was made.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The CSV files.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The request logs.
    #[error(transparent)]
    Log(#[from] LogReadError),
    /// More than one path, and they are no logs.
    #[error(
        "report takes one prefix of CSV files and one OUT.md; `{}` is neither; to report on request logs name nothing but those and OUT.md",
        .0.display()
    )]
    Rest(PathBuf),
    /// The Markdown, HTML or JSON file.
    #[error(transparent)]
    Write(#[from] OutputError),
}

/// What was read, and where its report goes unless somebody says otherwise.
struct Found {
    report: RunReport,
    out: PathBuf,
    /// What stands beside it.
    files: Vec<PathBuf>,
}

/// Makes the Markdown of what is [ordered](Order), and the other faces if paths for them are given.
///
/// Without a path the Markdown becomes `REPORT.md` beside the CSV files of a run of ours that left none, else
/// `<prefix>_REPORT.md`: the report that a run wrote itself says more and is not replaced.
///
/// # Errors
/// Files that cannot be read or written. Nothing is written then.
pub fn run_command(order: Order<'_>) -> Result<Written, CommandError> {
    let (found, out) = if is_log(order.from) { of_logs(order)? } else { of_csv(order)? };
    let report = found.report;
    let output = Output::new(FLAG, out.unwrap_or(&found.out));
    let page = order.page.map(|page| Output::new("--html", page));
    let summary = order.summary.map(|summary| Output::new("--json", summary));
    let all: Vec<&Output> = [Some(&output), page.as_ref(), summary.as_ref()].into_iter().flatten().collect();
    for (place, one) in all.iter().enumerate() {
        probe(one)?;
        spare(one, found.files.iter().map(PathBuf::as_path))?;
        if let Some(other) = all[..place].iter().find(|other| resolved(&other.path) == resolved(&one.path)) {
            return Err(
                OutputError::SamePath { flag: one.flag, other: other.flag, path: one.path.clone() }.into()
            );
        }
    }
    replace(&output, |file| markdown::write(file, &report))?;
    if let Some(page) = &page {
        let files: Vec<PathBuf> =
            found.files.into_iter().chain([output.path.clone(), page.path.clone()]).collect();
        let folder = page.path.parent().unwrap_or(Path::new(""));
        replace(page, |file| {
            html::write(file, &report, html::Place { folder, files: &files, nonce: order.nonce })
        })?;
    }
    if let Some(summary) = &summary {
        replace(summary, |file| json::write(file, &report))?;
    }
    let paths = all.iter().map(|output| output.path.clone()).collect();
    Ok(Written { paths, report })
}

/// Whether this is a file, and not the prefix of others.
fn is_log(path: &Path) -> bool {
    let is_prefix = CsvFile::Stats.path(path).exists() || resolve_prefix(path).is_ok_and(|bare| bare != path);
    path.is_file() && !is_prefix
}

fn of_csv(order: Order<'_>) -> Result<(Found, Option<&Path>), CommandError> {
    if let [_, more, ..] = order.rest {
        return Err(CommandError::Rest(more.clone()));
    }
    let prefix = resolve_prefix(order.from)?;
    let set = CsvSet::load(&prefix)?;
    let report = set.parse()?;
    let out = default_path(&prefix, set.is_own());
    let files =
        CsvFile::ALL.into_iter().map(|file| file.path(&prefix)).filter(|path| path.exists()).collect();
    Ok((Found { report, out, files }, order.rest.first().map(PathBuf::as_path)))
}

fn of_logs(order: Order<'_>) -> Result<(Found, Option<&Path>), CommandError> {
    let (more, out) = match order.rest {
        [more @ .., last] if last.extension().is_some_and(|ending| ending == "md") => {
            (more, Some(last.as_path()))
        }
        more => (more, None),
    };
    let paths = || std::iter::once(order.from).chain(more.iter().map(PathBuf::as_path));
    let report = rebuilt::report(paths())?;
    let own = order.from.with_file_name(format!("{}_REPORT.md", report.facts.shape));
    Ok((Found { report, out: own, files: paths().map(Path::to_owned).collect() }, out))
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
