//! The files of one run, and the report they make.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use common::named_file;

use super::{facts, runs};
use crate::csv::header;
use crate::csv_cells::CsvFile;
use crate::csv_cells::CsvReader;
use crate::csv_cells::ReadError;
use crate::rows::{BehindRows, ObservedRows};
use crate::rows::{RunReport, Source};
use crate::table::read_rows;
use crate::tables::{behind, exceptions, failures, slowest, stages, workers};

/// Most bytes of one file: days of Locust's full history.
const MOST_BYTES: u64 = 4 << 30;
/// How many columns of the failures older Locust releases write.
const OLD_FAILURES: usize = 4;
/// How many columns of the workers older releases of ours wrote.
const OLD_WORKERS: usize = 20;
/// Columns of the streams' history before it told of arrivals.
const OLD_STREAMS_HISTORY: usize = 12;

/// The content of a set of CSV files. What is absent was not there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CsvSet {
    /// Prefix of the files, for messages and for the run's name.
    pub prefix: PathBuf,
    /// `_stats.csv`
    pub stats: Vec<u8>,
    /// `_stats_history.csv`
    pub history: Option<Vec<u8>>,
    /// `_failures.csv`
    pub failures: Option<Vec<u8>>,
    /// `_exceptions.csv`
    pub exceptions: Option<Vec<u8>>,
    /// `_streams.csv`; any of this and the next three marks the set as ours.
    pub streams: Option<Vec<u8>>,
    /// `_streams_history.csv`
    pub streams_history: Option<Vec<u8>>,
    /// `_stages.csv`
    pub stages: Option<Vec<u8>>,
    /// `_workers.csv`
    pub workers: Option<Vec<u8>>,
    /// `_slowest.csv`
    pub slowest: Option<Vec<u8>>,
    /// `_observed.csv`
    pub observed: Option<Vec<u8>>,
    /// `_behind.csv`
    pub behind: Option<Vec<u8>>,
}

impl CsvSet {
    /// Reads the files from disk.
    ///
    /// # Errors
    /// `_stats.csv` is missing, or a file that is there cannot be read.
    pub fn load(prefix: &Path) -> Result<CsvSet, ReadError> {
        let read = |file: CsvFile| read_if_any(&file.path(prefix));
        let Some(stats) = read(CsvFile::Stats)? else {
            let looked_for = vec![CsvFile::Stats.path(prefix)];
            return Err(ReadError::Missing { prefix: prefix.to_owned(), looked_for });
        };
        Ok(CsvSet {
            prefix: prefix.to_owned(),
            stats,
            history: read(CsvFile::History)?,
            failures: read(CsvFile::Failures)?,
            exceptions: read(CsvFile::Exceptions)?,
            streams: read(CsvFile::Streams)?,
            streams_history: read(CsvFile::StreamsHistory)?,
            stages: read(CsvFile::Stages)?,
            workers: read(CsvFile::Workers)?,
            slowest: read(CsvFile::Slowest)?,
            observed: read(CsvFile::Observed)?,
            behind: read(CsvFile::Behind)?,
        })
    }

    /// Whether a run of ours wrote the set.
    pub fn is_own(&self) -> bool {
        let own = [&self.streams, &self.streams_history, &self.stages, &self.workers];
        own.into_iter().any(Option::is_some)
    }

    /// The report. No content makes this panic.
    ///
    /// # Errors
    /// The first thing that is not of the form, by file, line and column.
    pub fn parse(&self) -> Result<RunReport, ReadError> {
        let mut report = RunReport::default();
        let paths = CsvFile::ALL.map(|file| file.path(&self.prefix));
        let open = |file: CsvFile, bytes| {
            let least = match file {
                CsvFile::Failures => OLD_FAILURES,
                CsvFile::Workers => OLD_WORKERS,
                CsvFile::StreamsHistory => OLD_STREAMS_HISTORY,
                _ => usize::MAX,
            };
            let path = &paths[file as usize];
            match file {
                CsvFile::Stats | CsvFile::History if !self.is_own() => {
                    CsvReader::open_of_locust(path, bytes, &header(file))
                }
                _ => CsvReader::open(path, bytes, &header(file), least, self.is_own()),
            }
        };
        let file = &paths[CsvFile::Stats as usize];
        (report.endpoints, report.total) = runs::stats(open(CsvFile::Stats, &self.stats)?, file)?;
        let mut history = runs::ReadHistory::default();
        if let Some(bytes) = &self.history {
            history = runs::history(open(CsvFile::History, bytes)?)?;
            report.history = std::mem::take(&mut history.rows);
        }
        if let Some(bytes) = &self.failures {
            report.failures = read_rows(&failures::columns(), open(CsvFile::Failures, bytes)?)?;
        }
        if let Some(bytes) = &self.exceptions {
            report.exceptions = read_rows(&exceptions::columns(), open(CsvFile::Exceptions, bytes)?)?;
        }
        if let Some(bytes) = &self.streams {
            report.streams = runs::streams(open(CsvFile::Streams, bytes)?)?;
        }
        if let Some(bytes) = &self.streams_history {
            runs::streams_history(open(CsvFile::StreamsHistory, bytes)?, &mut report.history)?;
        }
        if let Some(bytes) = &self.stages {
            report.stages = read_rows(&stages::columns(), open(CsvFile::Stages, bytes)?)?;
        }
        if let Some(bytes) = &self.workers {
            report.workers = read_rows(&workers::columns(), open(CsvFile::Workers, bytes)?)?;
        }
        if let Some(bytes) = &self.slowest {
            report.slowest = read_rows(&slowest::columns(), open(CsvFile::Slowest, bytes)?)?;
        }
        if let Some(bytes) = &self.observed {
            let path = CsvFile::Observed.path(&self.prefix);
            let table = CsvReader::open(&path, bytes, &header(CsvFile::Observed), usize::MAX, self.is_own())?;
            report.observed = ObservedRows::of(runs::observed(table)?, &report.stages, &report.history);
        }
        if let Some(bytes) = &self.behind {
            let path = CsvFile::Behind.path(&self.prefix);
            let table = CsvReader::open(&path, bytes, &header(CsvFile::Behind), usize::MAX, self.is_own())?;
            report.behind = Some(BehindRows::of(read_rows(&behind::columns(), table)?));
        }
        report.facts.source = match (self.is_own(), history.full) {
            (true, _) => Source::Csv,
            (false, false) => Source::Locust,
            (false, true) => Source::LocustFullHistory,
        };
        facts::complete(self, &mut report, history.cut_at);
        report.sort();
        Ok(report)
    }
}

fn read_if_any(path: &Path) -> Result<Option<Vec<u8>>, ReadError> {
    match named_file::bytes(path, MOST_BYTES) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ReadError::io(path, error)),
    }
}

/// The prefix that a person means: a folder stands for the one set in it, the path of a `_stats.csv`
/// for its set.
///
/// # Errors
/// A folder that holds no set, or several.
pub fn resolve_prefix(prefix: &Path) -> Result<PathBuf, ReadError> {
    if let Some(bare) = without_suffix(prefix) {
        return Ok(bare);
    }
    if !prefix.is_dir() || CsvFile::Stats.path(prefix).exists() {
        return Ok(prefix.to_owned());
    }
    let entries = fs::read_dir(prefix).map_err(|error| ReadError::io(prefix, error))?;
    let mut found: Vec<PathBuf> =
        entries.flatten().filter_map(|entry| without_suffix(&entry.path())).collect();
    found.sort();
    match found.len() {
        1 => Ok(found.swap_remove(0)),
        0 => {
            let looked_for = vec![prefix.join(format!("*{}", CsvFile::Stats.suffix()))];
            Err(ReadError::Missing { prefix: prefix.to_owned(), looked_for })
        }
        _ => Err(ReadError::Several { folder: prefix.to_owned(), prefixes: found }),
    }
}

/// The prefix of a `_stats.csv`. A name that is nothing but the suffix has none.
fn without_suffix(path: &Path) -> Option<PathBuf> {
    let bare = path.file_name()?.to_str()?.strip_suffix(CsvFile::Stats.suffix())?;
    (!bare.is_empty()).then(|| path.with_file_name(bare))
}
