//! What is asked of the log.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::protocol as wire;

/// The log that a run's workers keep.
#[derive(Debug, Clone, PartialEq)]
pub struct LogSettings {
    /// Path of the files but for the worker's name; see [`path_of`].
    pub path: String,
    /// Share of the requests to keep, from 0 to 1; every failure and the slowest are kept besides.
    pub sample: f64,
    /// Names of the ids to write: `thread`, `message`, and what calls capture.
    pub ids: Vec<String>,
}

/// How the files are written, as their names end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogEnding {
    /// `.jsonl`
    Plain,
    /// `.jsonl.zst`
    Zstd,
}

/// A log that cannot be kept so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogSettingsError {
    /// The file's name does not say what it holds.
    #[error("`{0}` does not end with .jsonl or .jsonl.zst; give it a name such as requests.jsonl.zst")]
    Ending(String),
    /// No share.
    #[error("a sample is a share from 0 to 1, such as 0.1")]
    Sample,
}

impl LogEnding {
    /// By the name of a file.
    #[must_use]
    pub fn of(path: &Path) -> Option<LogEnding> {
        let name = path.file_name()?.to_str()?;
        let is_named = |ending: &str| name.len() > ending.len() && name.ends_with(ending);
        match () {
            () if is_named(".jsonl") => Some(LogEnding::Plain),
            () if is_named(".jsonl.zst") => Some(LogEnding::Zstd),
            () => None,
        }
    }

    /// What the name of a file ends with.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            LogEnding::Plain => ".jsonl",
            LogEnding::Zstd => ".jsonl.zst",
        }
    }
}

impl LogSettings {
    /// Checks path and sample.
    ///
    /// # Errors
    /// See [`LogSettingsError`].
    pub fn new(path: String, sample: f64, ids: Vec<String>) -> Result<LogSettings, LogSettingsError> {
        if LogEnding::of(Path::new(&path)).is_none() {
            return Err(LogSettingsError::Ending(path));
        }
        match (0.0..=1.0).contains(&sample) {
            true => Ok(LogSettings { path, sample, ids }),
            false => Err(LogSettingsError::Sample),
        }
    }
}

/// The file of one worker: its name stands before the ending, behind it the number of the file if the worker has begun
/// it anew. `runs/all.jsonl.zst` is `runs/all.w1.jsonl.zst`, then `runs/all.w1-2.jsonl.zst`.
#[must_use]
pub fn path_of(path: &Path, worker: &str, number: u32) -> PathBuf {
    let ending = LogEnding::of(path).map_or("", LogEnding::text);
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let mut own = OsString::from(name.strip_suffix(ending).unwrap_or(name));
    own.push(match number {
        1 => format!(".{worker}{ending}"),
        number => format!(".{worker}-{number}{ending}"),
    });
    path.with_file_name(own)
}

impl From<&LogSettings> for wire::RequestLog {
    fn from(log: &LogSettings) -> Self {
        Self { path: log.path.clone(), sample: log.sample, ids: log.ids.clone() }
    }
}

impl TryFrom<&wire::RequestLog> for LogSettings {
    type Error = LogSettingsError;

    fn try_from(log: &wire::RequestLog) -> Result<Self, Self::Error> {
        LogSettings::new(log.path.clone(), log.sample, log.ids.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_worker_has_a_file_of_its_own_beside_the_others() {
        for (path, number, own) in [
            ("all.jsonl", 1, "all.w1.jsonl"),
            ("runs/all.jsonl.zst", 1, "runs/all.w1.jsonl.zst"),
            ("/x/a.b.jsonl", 3, "/x/a.b.w1-3.jsonl"),
        ] {
            assert_eq!(path_of(Path::new(path), "w1", number), Path::new(own));
        }
    }

    #[test]
    fn a_log_has_a_name_that_says_what_it_holds_and_a_share() {
        let new = |path: &str, sample| LogSettings::new(path.to_owned(), sample, Vec::new());
        assert!(new("a.jsonl", 0.0).is_ok() && new("/x/a.jsonl.zst", 1.0).is_ok());
        for bad in ["", "a", "a.json", ".jsonl", "x/.jsonl.zst", "a.zst", "a.jsonl.gz"] {
            assert!(matches!(new(bad, 1.0), Err(LogSettingsError::Ending(_))), "{bad}");
        }
        for sample in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert_eq!(new("a.jsonl", sample), Err(LogSettingsError::Sample), "{sample}");
        }
    }
}
