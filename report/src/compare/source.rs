//! The two runs, from their files.

use std::path::{Path, PathBuf};

use common::shape::LoadKind;
use logs::json_words::plain;

use super::summary;
use crate::csv_cells::CsvFile;
use crate::json::SCHEMA;
use crate::read::{ReadError, read_prefix, resolve_prefix};
use crate::rows::{RunReport, Source};

/// One of the two runs.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparedRun {
    /// What the person called it.
    pub name: String,
    /// Its rows.
    pub report: RunReport,
}

/// Why a run cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The CSV files.
    #[error(transparent)]
    Csv(#[from] ReadError),
    /// The summary cannot be read.
    #[error("{path}: {source}; name a run's folder, its summary.json, or the prefix of its CSV files")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The summary is not of the form.
    #[error("{path} line {}: {}; name a summary.json that a run of ours wrote", .source.line(), plain(.source))]
    Form {
        /// The file.
        path: PathBuf,
        /// Where.
        source: serde_json::Error,
    },
    /// The summary is of another version.
    #[error(
        "{path} says it is {found:?}, and this release reads {:?}; compare with the release that wrote it",
        SCHEMA
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// What it says.
        found: String,
    },
}

impl ComparedRun {
    /// Whether it searched for the limits.
    pub(super) fn is_search(&self) -> bool {
        LoadKind::of(&self.report.facts.shape) == LoadKind::Ladder
    }

    /// Its name and what it was.
    pub(super) fn title(&self) -> String {
        let facts = &self.report.facts;
        let started = facts.started.map(|started| format!(", {}", started.strftime("%Y-%m-%d %H:%M:%S UTC")));
        let host = facts.host.as_ref().map(|host| format!(", {host}"));
        format!("{} ({}{}{})", self.name, facts.shape, started.unwrap_or_default(), host.unwrap_or_default())
    }
}

/// Reads a run: its folder, its `summary.json`, or the prefix of its CSV files. The figures are those of
/// the CSV files, the facts and the limits those of the summary; where one is missing, the other has to do.
///
/// # Errors
/// Files that are missing, unreadable or not of the form.
pub fn read(path: &Path) -> Result<ComparedRun, SourceError> {
    let name = path.display().to_string();
    if path.extension().is_some_and(|extension| extension == "json") {
        let summary = summary::load(path)?;
        let prefix = beside(path, &summary.facts.shape);
        let report = match prefix {
            Some(prefix) => {
                RunReport { facts: summary.facts, limits: summary.limits, ..read_prefix(&prefix)? }
            }
            None => summary,
        };
        return Ok(ComparedRun { name, report });
    }
    let prefix = resolve_prefix(path)?;
    let mut report = read_prefix(&prefix)?;
    let place = prefix.with_file_name("summary.json");
    if report.facts.source == Source::Csv && place.exists() {
        let summary = summary::load(&place)?;
        // The folder may hold several sets; the counts show whose summary it is.
        if summary.total.count == report.total.count {
            (report.facts, report.limits) = (summary.facts, summary.limits);
        }
    }
    Ok(ComparedRun { name, report })
}

/// The files of which a run is read, as far as they are there.
#[must_use]
pub fn files(path: &Path) -> Vec<PathBuf> {
    if path.extension().is_some_and(|extension| extension == "json") {
        return vec![path.to_owned()];
    }
    let prefix = resolve_prefix(path).unwrap_or_else(|_| path.to_owned());
    let csv = CsvFile::ALL.into_iter().map(|file| file.path(&prefix));
    csv.chain([prefix.with_file_name("summary.json")]).filter(|path| path.exists()).collect()
}

/// The prefix of the CSV files beside a summary, if they are there: by the shape's name.
fn beside(summary: &Path, shape: &str) -> Option<PathBuf> {
    let prefix = summary.with_file_name(shape);
    CsvFile::Stats.path(&prefix).exists().then_some(prefix)
}
