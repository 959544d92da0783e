//! What was run.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use verdict::NoteKind;

/// How a run ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunEnd {
    /// It has not ended yet.
    #[default]
    Running,
    /// The shape came to its end.
    Completed,
    /// Somebody stopped it (Ctrl-C) and what was in flight was finished.
    Interrupted,
    /// It was left without draining: a second Ctrl-C, a threshold, no worker left.
    Aborted,
    /// The files do not say.
    Unknown,
}

/// Where the rows come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The run itself.
    #[default]
    Run,
    /// CSV files that a run of ours left.
    Csv,
    /// Request logs of a run of ours.
    Log,
    /// CSV files of a Locust run: history percentiles are cumulative.
    Locust,
    /// CSV files of a Locust run with `--csv-full-history`: history percentiles speak of about ten
    /// seconds.
    LocustFullHistory,
}

/// What was run, with what, and how it ended. A fact is `None` or empty where it is not known, as in
/// a report made from CSV files.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RunFacts {
    /// Name of the shape.
    pub shape: String,
    /// Seed of every user's random stream.
    pub seed: Option<u64>,
    /// Start of the run, UTC.
    pub started: Option<Timestamp>,
    /// Measured span in seconds: what every rate of the whole run is divided by.
    pub duration_s: Option<f64>,
    /// Length of the shape in seconds, time scale applied.
    pub planned_duration_s: Option<f64>,
    /// Factor on the shape's durations; other than 1 only in a trial.
    pub time_scale: Option<f64>,
    /// The service: `http://` or `https://`, host and port.
    pub host: Option<String>,
    /// Name of the API description.
    pub api: Option<String>,
    /// What users asked: `built in`, or the file's name, how many prompts, how long, and a fingerprint.
    pub prompts: Option<String>,
    /// Whether a cache of prompts could answer for the model, or was avoided.
    #[serde(default)]
    pub prompt_cache: Option<String>,
    /// Most users running at once.
    pub users_peak: Option<u64>,
    /// The shape's greatest target.
    pub users_target_peak: Option<u64>,
    /// How users arrive, in an open load: what, at which rate, and how many there may be at once.
    pub arrivals: Option<String>,
    /// Names of the user classes that took part.
    pub classes: Vec<String>,
    /// Shortest and longest think time in seconds, where it has both and all classes the same.
    pub think_s: Option<(f64, f64)>,
    /// The think time otherwise: a distribution, or one for each class.
    #[serde(default)]
    pub think: Option<String>,
    /// How many turns users took in one thread, by class.
    #[serde(default)]
    pub turns: Option<String>,
    /// Whether the streaming endpoint was left alone.
    pub mock_llm: Option<bool>,
    /// Who left before their answer was there, by class: `nobody`, or shares and times.
    #[serde(default)]
    pub abandon: Option<String>,
    /// How many workers took part.
    pub workers: Option<u64>,
    /// Releases, by program.
    pub versions: BTreeMap<String, String>,
    /// The command line that repeats the run.
    pub command: Option<String>,
    /// How it ended.
    pub end: RunEnd,
    /// The kinds of notes that weaken the run, by name.
    pub degraded: Vec<NoteKind>,
    /// Where the rows come from.
    pub source: Source,
}

impl RunEnd {
    /// The name used in every report.
    pub const fn name(self) -> &'static str {
        match self {
            RunEnd::Running => "running",
            RunEnd::Completed => "completed",
            RunEnd::Interrupted => "interrupted",
            RunEnd::Aborted => "aborted",
            RunEnd::Unknown => "unknown",
        }
    }
}

impl Source {
    /// Whether the files are Locust's.
    pub(crate) const fn is_locust(self) -> bool {
        matches!(self, Source::Locust | Source::LocustFullHistory)
    }
}
