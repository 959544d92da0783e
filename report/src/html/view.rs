//! The report as finished texts. What comes from outside is one harmless line each; the template
//! escapes it.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::limits::{LimitsPart, Tile};
use super::status::Status;
use super::table::Table;
use super::tables::{self, MAX_ROWS};
use crate::charts::svg::{Drawing, Readout};
use crate::charts::{Figure, MAX_POINTS, MOST_OBSERVED, observed, over_time, rungs};
use crate::csv_cells::CsvFile;
use crate::facts::{Fact, facts, key_figures};
use crate::headline;
use crate::rows::{Note, RunReport};
use crate::tables::observed::silence;
use crate::tables::{apart, behind, slowest, streams};
use common::slowest::SLOWEST;
use common::text::escape::{MAX_SENTENCE, MAX_TEXT, Span, plain, spans};
use common::text::number::{counted, more_in_file};

/// Most exceptions that are printed with their traceback.
const MAX_EXCEPTIONS: usize = 20;
/// Longest traceback, in characters.
const MAX_TRACEBACK: usize = 10_000;

/// What the template lays out. An absent part is left out with its heading.
#[derive(Debug, Serialize)]
pub struct PageContext {
    title: String,
    subtitle: Vec<String>,
    status: Status,
    verdict: [String; 2],
    thresholds: Option<Table>,
    limits: Option<LimitsPart>,
    key: Vec<Tile>,
    /// Of the whole run, then of the rungs.
    charts: Vec<Drawing>,
    rung_charts: Vec<Drawing>,
    /// What was observed inside.
    observed_charts: Vec<Drawing>,
    observed: Option<Table>,
    observed_caption: String,
    /// Observers that were never answered.
    observed_silence: Vec<Vec<Span>>,
    behind: Option<Table>,
    behind_sentences: Vec<String>,
    endpoints: Table,
    /// Calls and streams apart.
    apart: Option<Table>,
    endpoints_caption: String,
    streams_title: &'static str,
    streams: Option<Table>,
    stream_facts: Vec<(&'static str, String)>,
    stages: Option<Table>,
    failures: Option<Table>,
    failures_caption: String,
    slowest: Option<Table>,
    slowest_caption: String,
    exceptions: Vec<ExceptionView>,
    workers: Option<Table>,
    workers_caption: String,
    notes: Vec<NoteView>,
    facts: Vec<(String, String)>,
    command: Option<String>,
    files: Vec<FileView>,
}

#[derive(Debug, Serialize)]
struct NoteView {
    severity: &'static str,
    kind: String,
    text: Vec<Span>,
}

#[derive(Debug, Serialize)]
struct ExceptionView {
    title: String,
    traceback: String,
}

#[derive(Debug, Serialize)]
struct FileView {
    name: String,
    /// Beside the report; none for a file elsewhere.
    link: Option<String>,
    holds: &'static str,
}

/// The charts of a report.
pub struct Figures {
    /// Of the run over its time.
    pub run: Vec<Figure>,
    /// Of its rungs.
    pub rungs: Vec<Figure>,
    /// Of what was observed inside.
    pub observed: Vec<Figure>,
}

impl Figures {
    pub fn of(report: &RunReport) -> Figures {
        let end = report.history.last().map_or(0.0, |row| (row.second + 1) as f64);
        Figures {
            run: over_time(report),
            rungs: report.limits.as_ref().map_or_else(Vec::new, rungs),
            observed: observed(&report.observed, &report.stages, end, MAX_POINTS / 2),
        }
    }

    /// The values of all of them.
    pub fn readouts(&self) -> Vec<Readout<'_>> {
        self.run.iter().chain(&self.rungs).chain(&self.observed).map(Readout::of).collect()
    }
}

impl PageContext {
    /// The view of a report that is one of `files`, in the folder `folder`.
    pub fn of(report: &RunReport, figures: &Figures, files: &[PathBuf], folder: &Path) -> PageContext {
        PageContext {
            title: title(report),
            subtitle: subtitle(report),
            status: Status::of(report),
            verdict: headline(report).map(|sentence| plain(&sentence, MAX_SENTENCE)),
            thresholds: tables::thresholds(report),
            limits: report.limits.as_ref().map(LimitsPart::of),
            key: key_figures(report).into_iter().map(tile).collect(),
            charts: figures.run.iter().map(Drawing::of).collect(),
            rung_charts: figures.rungs.iter().map(Drawing::of).collect(),
            observed_charts: figures.observed.iter().map(Drawing::of).collect(),
            observed: tables::observed(report),
            observed_caption: observed_caption(report),
            observed_silence: silence(report).map(|sentence| spans(&sentence, MAX_SENTENCE)).collect(),
            behind: tables::behind(report),
            behind_sentences: report.behind.as_ref().map(behind::sentences).unwrap_or_default(),
            endpoints: tables::endpoints(report),
            apart: tables::apart(report),
            endpoints_caption: endpoints_caption(report),
            streams_title: if report.streams.any() { "Streams" } else { "Connections" },
            streams: tables::streams(report),
            stream_facts: streams::facts(&report.streams),
            stages: tables::stages(report),
            failures: tables::failures(report),
            failures_caption: failures_caption(report),
            slowest: tables::slowest(report),
            slowest_caption: slowest_caption(report),
            exceptions: exceptions(report),
            workers: tables::workers(report),
            workers_caption: hidden(report.workers.len(), "worker", "_workers.csv").unwrap_or_default(),
            notes: report.notes.iter().map(note).collect(),
            facts: facts(&report.facts).into_iter().map(pair).collect(),
            command: report.facts.command.as_deref().map(|command| plain(command, MAX_SENTENCE)),
            files: files.iter().map(|path| file(path, folder)).collect(),
        }
    }
}

fn title(report: &RunReport) -> String {
    let shape = plain(&report.facts.shape, MAX_TEXT);
    if shape.is_empty() { "a run without a name".to_owned() } else { shape }
}

fn subtitle(report: &RunReport) -> Vec<String> {
    let facts = &report.facts;
    let mut known = Vec::new();
    known.extend(facts.host.as_ref().map(|host| plain(host, MAX_TEXT)));
    known.extend(facts.started.map(|time| format!("{time:.0}")));
    known.extend(facts.duration_s.map(common::text::number::span));
    known
}

fn tile(fact: Fact) -> Tile {
    let label = match &fact.subject {
        Some(name) => format!("{} {name}", fact.label),
        None => fact.label,
    };
    let label = plain(&label, MAX_TEXT);
    // What stands behind the number is set as the unit.
    let (value, unit) = match fact.value.split_once(' ').filter(|_| fact.unit.is_empty()) {
        Some((number, unit)) if !unit.contains(' ') => (number.to_owned(), unit.to_owned()),
        _ => (fact.value, fact.unit.to_owned()),
    };
    Tile { label, value: plain(&value, MAX_TEXT), unit, about: String::new() }
}

fn pair(fact: Fact) -> (String, String) {
    (fact.label, plain(&fact.value, MAX_TEXT))
}

fn note(note: &Note) -> NoteView {
    NoteView {
        severity: note.severity.name(),
        kind: plain(note.kind.name(), MAX_TEXT),
        text: spans(&note.text, MAX_SENTENCE),
    }
}

/// How many rows of a long table stand in its file alone.
fn hidden(rows: usize, noun: &str, file: &str) -> Option<String> {
    more_in_file(rows.saturating_sub(MAX_ROWS) as u64, noun, file)
}

fn endpoints_caption(report: &RunReport) -> String {
    let mut sentences =
        vec!["Requests are all that were sent, failed ones too; latency holds failed ones too.".to_owned()];
    sentences.extend(report.streams.any().then(|| apart::SENTENCE.to_owned()));
    if report.total.cut > 0 {
        sentences.push(format!(
            "The load test itself cut {} at a stop: they count, but have no latency.",
            counted(report.total.cut, "request")
        ));
    }
    if report.total.abandoned > 0 {
        sentences.push(format!(
            "Users left {} before the end, as the load asks for: they count, but have no latency.",
            counted(report.total.abandoned, "stream")
        ));
    }
    if !report.facts.source.is_locust() {
        sentences.push("Percentiles are nearest ranks, at most 0.1 % above the sample.".to_owned());
    }
    sentences.extend(hidden(report.endpoints.len(), "endpoint", "_stats.csv"));
    sentences.join(" ")
}

fn observed_caption(report: &RunReport) -> String {
    let mut sentences = vec![
        "What the service says of itself, once a second; what moved most with the users first. A counter is its rate per \
         second."
            .to_owned(),
    ];
    if report.observed.series.len() > MOST_OBSERVED {
        sentences.push(format!(
            "{MOST_OBSERVED} of {} are drawn; all stand in the file _observed.csv.",
            counted(report.observed.series.len() as u64, "series")
        ));
    }
    sentences.join(" ")
}

fn failures_caption(report: &RunReport) -> String {
    if report.failures.is_empty() {
        return match report.total.failures {
            0 => "No request failed.".to_owned(),
            failures => format!("{}, of which the kinds are not known.", counted(failures, "failure")),
        };
    }
    hidden(report.failures.len(), "kind", "_failures.csv").unwrap_or_default()
}

fn slowest_caption(report: &RunReport) -> String {
    let sentence =
        format!("Of each endpoint the {SLOWEST} slowest good answers, and first tokens. {}", slowest::USERS);
    let hidden = hidden(report.slowest.len(), "request", "_slowest.csv");
    std::iter::once(sentence).chain(hidden).collect::<Vec<_>>().join(" ")
}

fn exceptions(report: &RunReport) -> Vec<ExceptionView> {
    let view = |row: &crate::rows::ExceptionRow| ExceptionView {
        title: format!(
            "{} × {} on {}",
            row.count,
            plain(&row.message, MAX_TEXT),
            plain(&row.workers.join(", "), MAX_TEXT)
        ),
        traceback: lines(&row.traceback),
    };
    report.exceptions.iter().take(MAX_EXCEPTIONS).map(view).collect()
}

/// Several lines of text, each made plain but for its indent.
fn lines(text: &str) -> String {
    let cut: String = text.chars().take(MAX_TRACEBACK).collect();
    let line = |line: &str| {
        let indent = line.len() - line.trim_start_matches(' ').len();
        format!("{}{}", &line[..indent], plain(line, MAX_SENTENCE))
    };
    cut.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn file(path: &Path, folder: &Path) -> FileView {
    let shown = path.to_string_lossy();
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let beside = path.parent() == Some(folder) && path.file_name().is_some();
    FileView {
        name: plain(if beside { &name } else { &shown }, MAX_TEXT),
        link: beside.then(|| format!("./{}", percent_encoded(&name))),
        holds: holds(&name),
    }
}

/// A file name as a part of a URL.
fn percent_encoded(name: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    name.bytes().map(byte).collect()
}

fn holds(name: &str) -> &'static str {
    // The longest suffix first: `_stats_history.csv` ends like no other, but `_stats.csv` is short.
    let csv = CsvFile::ALL
        .into_iter()
        .chain([CsvFile::Observed, CsvFile::Behind])
        .find(|file| name.ends_with(file.suffix()));
    match csv {
        Some(CsvFile::Stats) => "endpoints, in Locust's columns",
        Some(CsvFile::History) => "second by second",
        Some(CsvFile::Failures) => "what failed, and how often",
        Some(CsvFile::Exceptions) => "what went wrong inside workers",
        Some(CsvFile::Streams) => "metrics of streams",
        Some(CsvFile::StreamsHistory) => "streams second by second",
        Some(CsvFile::Stages) => "stage by stage",
        Some(CsvFile::Workers) => "what each worker contributed",
        Some(CsvFile::Slowest) => "the slowest requests, with their traces",
        Some(CsvFile::Behind) => "whose time users waited: the model's, or in front of it",
        Some(CsvFile::Observed) => "what was observed inside, second by second",
        None if name.ends_with(".md") => "the report as Markdown",
        None if name.ends_with(".html") => "this page",
        None if name.ends_with(".json") => "everything for programs",
        None => "",
    }
}
