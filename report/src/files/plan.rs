//! Which files a run writes.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// A file, and the flag to blame when it cannot be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The flag, as the person typed it: `--markdown`.
    pub flag: &'static str,
    /// The file; for the CSV set the prefix of its files.
    pub path: PathBuf,
}

/// A file of the CSV set. The first four are those of Locust.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CsvFile {
    /// `_stats.csv`
    Stats,
    /// `_stats_history.csv`
    History,
    /// `_failures.csv`
    Failures,
    /// `_exceptions.csv`
    Exceptions,
    /// `_streams.csv`
    Streams,
    /// `_streams_history.csv`
    StreamsHistory,
    /// `_stages.csv`
    Stages,
    /// `_workers.csv`
    Workers,
}

/// Which files a run writes. An absent one is not written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutputPlan {
    /// Prefix of the CSV files: `results/x/staged` makes `results/x/staged_stats.csv` and seven more.
    pub csv: Option<Output>,
    /// REPORT.md.
    pub markdown: Option<Output>,
    /// report.html.
    pub html: Option<Output>,
    /// summary.json.
    pub json: Option<Output>,
    /// JUnit XML; only where it was asked for.
    pub junit: Option<Output>,
}

impl Output {
    /// An output.
    pub fn new(flag: &'static str, path: impl Into<PathBuf>) -> Output {
        Output { flag, path: path.into() }
    }
}

impl CsvFile {
    /// Every file of the set.
    pub const ALL: [CsvFile; 8] = {
        use CsvFile::*;
        [Stats, History, Failures, Exceptions, Streams, StreamsHistory, Stages, Workers]
    };

    /// Whether it grows by a line each second, instead of being replaced.
    pub const fn grows(self) -> bool {
        matches!(self, CsvFile::History | CsvFile::StreamsHistory)
    }

    /// What follows the prefix.
    pub const fn suffix(self) -> &'static str {
        match self {
            CsvFile::Stats => "_stats.csv",
            CsvFile::History => "_stats_history.csv",
            CsvFile::Failures => "_failures.csv",
            CsvFile::Exceptions => "_exceptions.csv",
            CsvFile::Streams => "_streams.csv",
            CsvFile::StreamsHistory => "_streams_history.csv",
            CsvFile::Stages => "_stages.csv",
            CsvFile::Workers => "_workers.csv",
        }
    }

    /// The file's path.
    pub fn path(self, prefix: &Path) -> PathBuf {
        let mut path = OsString::from(prefix);
        path.push(self.suffix());
        PathBuf::from(path)
    }
}

impl OutputPlan {
    /// The usual files in one folder: `<shape>_stats.csv` and its siblings, `REPORT.md`,
    /// `report.html`, `summary.json`.
    pub fn in_folder(flag: &'static str, folder: &Path, shape: &str) -> OutputPlan {
        let output = |name: &str| Some(Output::new(flag, folder.join(name)));
        OutputPlan {
            csv: output(shape),
            markdown: output("REPORT.md"),
            html: output("report.html"),
            json: output("summary.json"),
            junit: None,
        }
    }

    /// Every file, the CSV files one by one.
    pub fn files(&self) -> Vec<Output> {
        let csv = self
            .csv
            .iter()
            .flat_map(|csv| CsvFile::ALL.into_iter().map(|file| Output::new(csv.flag, file.path(&csv.path))));
        csv.chain([&self.markdown, &self.html, &self.json, &self.junit].into_iter().flatten().cloned())
            .collect()
    }
}
