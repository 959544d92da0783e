//! `controller report PREFIX [OUT.md] [--html FILE]`.

use std::path::{Path, PathBuf};

use super::set::{CsvSet, resolve_prefix};
use crate::csv_cells::ReadError;
use crate::files::{CsvFile, Output, OutputError, probe, replace, resolved};
use crate::rows::RunReport;
use crate::{html, markdown};

/// The argument that a bad path of the Markdown is blamed on.
const FLAG: &str = "report OUT.md";

/// A report that was made from CSV files.
#[derive(Debug)]
pub struct Written {
    /// Where the Markdown is, then where the HTML is, if it was asked for.
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
    /// The Markdown or HTML file.
    #[error(transparent)]
    Write(#[from] OutputError),
}

/// Makes the Markdown of the CSV files that begin with `prefix` (or of the one set in a folder), and
/// the HTML page if a path for it is given; `nonce`: see [`html::Place::nonce`].
///
/// Without `out` the Markdown becomes `REPORT.md` beside the files of a run of ours that left none,
/// else `<prefix>_REPORT.md`: the report that a run wrote itself says more and is not replaced.
///
/// # Errors
/// Files that cannot be read or written. Nothing is written then.
pub fn run_command(
    prefix: &Path,
    out: Option<&Path>,
    page: Option<&Path>,
    nonce: &str,
) -> Result<Written, CommandError> {
    let prefix = resolve_prefix(prefix)?;
    let set = CsvSet::load(&prefix)?;
    let report = set.parse()?;
    let path = out.map_or_else(|| default_path(&prefix, set.is_own()), Path::to_owned);
    let output = Output::new(FLAG, &path);
    let page = page.map(|page| Output::new("--html", page));
    probe(&output)?;
    page.iter().try_for_each(probe)?;
    if let Some(page) = page.as_ref().filter(|page| resolved(&page.path) == resolved(&path)) {
        return Err(OutputError::SamePath { flag: page.flag, other: FLAG, path: page.path.clone() }.into());
    }
    replace(&output, |file| markdown::write(file, &report))?;
    let mut paths = vec![path];
    if let Some(page) = page {
        let files = files(&prefix, &paths[0], &page.path);
        let folder = page.path.parent().unwrap_or(Path::new(""));
        replace(&page, |file| html::write(file, &report, html::Place { folder, files: &files, nonce }))?;
        paths.push(page.path);
    }
    Ok(Written { paths, report })
}

/// What there is of the set, and what is made of it.
fn files(prefix: &Path, markdown: &Path, page: &Path) -> Vec<PathBuf> {
    let csv = CsvFile::ALL.into_iter().map(|file| file.path(prefix)).filter(|path| path.exists());
    csv.chain([markdown.to_owned(), page.to_owned()]).collect()
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
