//! The files of the CSV set.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

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
    /// `_slowest.csv`
    Slowest,
    /// `_observed.csv`; only of a run that somebody observed.
    Observed,
    /// `_behind.csv`; only of a run whose model was asked.
    Behind,
}

impl CsvFile {
    /// Every file that each run has.
    pub const ALL: [CsvFile; 9] = {
        use CsvFile::*;
        [Stats, History, Failures, Exceptions, Streams, StreamsHistory, Stages, Workers, Slowest]
    };

    /// Whether it grows by a line each second, instead of being replaced.
    pub const fn grows(self) -> bool {
        matches!(self, CsvFile::History | CsvFile::StreamsHistory | CsvFile::Observed)
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
            CsvFile::Slowest => "_slowest.csv",
            CsvFile::Observed => "_observed.csv",
            CsvFile::Behind => "_behind.csv",
        }
    }

    /// The file's path.
    pub fn path(self, prefix: &Path) -> PathBuf {
        let mut path = OsString::from(prefix);
        path.push(self.suffix());
        PathBuf::from(path)
    }
}
