//! The row model: every number of a report, computed once.
//!
//! ```text
//! merged statistics ──┐                 ┌─▶ CSV, Markdown, JSON, terminal
//!                     ├─▶ RunReport ────┤
//! CSV files of a run ─┘                 └─▶ HTML, dashboard, Prometheus
//! ```
//!
//! A renderer formats what stands here and computes nothing of its own, so the faces of a run cannot
//! disagree. That is also why the model rounds: times carry microseconds (milliseconds with three
//! decimals) and rates thousandths, in every face the same digits.

mod arrivals;
mod behind;
mod buckets;
mod curve;
mod distribution;
mod endpoint;
mod facts;
mod failure;
mod figures;
mod key;
mod observed;
mod slow;
mod stream;
mod time;
mod worker;

pub use arrivals::ArrivalRow;
pub use behind::{BehindPart, BehindRow, BehindRows, NoBehindPart};
pub use buckets::Buckets;
pub use curve::{Curves, MAX_POINTS};
pub use distribution::{Bin, DistributionRow};
pub use endpoint::{AGGREGATED, EndpointRow};
pub use facts::{RunEnd, RunFacts, Source};
pub use failure::{ClassCount, ExceptionRow, FailureRow, UNCLASSIFIED};
pub use figures::{Figures, Percentiles, Summary, rate, share};
pub use key::{KeyFigures, StreamKeyFigures};
pub use observed::{ObservedRow, ObservedRows, ObservedSample, ObservedStage, ObserverRow};
pub use slow::{NotSlow, Slow, SlowRow};
pub use stream::{MetricRow, StreamRows};
pub use time::{EndpointSecond, SecondRow, StageRow};
pub use verdict::limits::{
    Cause, CauseKind, Estimate, Explanation, LimitRows, Paragraph, RateLimit, RungRow, RungVerdict,
    Saturation, UserLimit, UserVerdict,
};
pub use verdict::threshold::{ThresholdRow, Verdict};
pub use verdict::{Note, NoteKind, Severity};
pub use worker::{WorkerRow, WorkerState};

/// Everything a report says about one run, in the order in which reports say it.
#[derive(Debug, Clone, PartialEq)]
pub struct RunReport {
    /// What was run, and how it ended.
    pub facts: RunFacts,
    /// What was asked of the run, in the order of asking.
    pub thresholds: Vec<ThresholdRow>,
    /// How many users the service holds, as far as the run's stages show.
    pub limits: Option<LimitRows>,
    /// One row for each endpoint that was called, by name, then method.
    pub endpoints: Vec<EndpointRow>,
    /// All endpoints together: method "", name [`AGGREGATED`].
    pub total: EndpointRow,
    /// Latency of the calls that are no streams, those that failed too; `None` without any, and in a report made from CSV
    /// files.
    pub calls: Option<MetricRow>,
    /// Who was due to arrive, in an open load.
    pub arrivals: Option<ArrivalRow>,
    /// The streams of the run.
    pub streams: StreamRows,
    /// One row for each stage that began, in the order of the shape.
    pub stages: Vec<StageRow>,
    /// One row for each second, ascending.
    pub history: Vec<SecondRow>,
    /// Failed requests and streams by endpoint, class and text, most frequent first.
    pub failures: Vec<FailureRow>,
    /// The slowest good requests: by endpoint, first tokens before answers, the slowest first.
    pub slowest: Vec<SlowRow>,
    /// What should not have happened inside the workers.
    pub exceptions: Vec<ExceptionRow>,
    /// One row for each worker that ever took part, in the order of their joining.
    pub workers: Vec<WorkerRow>,
    /// What was observed inside the service.
    pub observed: ObservedRows,
    /// The model behind the service, where it was asked.
    pub behind: Option<BehindRows>,
    /// What a reader must know before relying on the numbers, gravest first.
    pub notes: Vec<Note>,
}

impl Default for RunReport {
    /// The report of a run that has not begun.
    fn default() -> Self {
        RunReport {
            facts: RunFacts::default(),
            thresholds: Vec::new(),
            limits: None,
            endpoints: Vec::new(),
            total: EndpointRow { name: AGGREGATED.to_owned(), ..EndpointRow::default() },
            calls: None,
            arrivals: None,
            streams: StreamRows::default(),
            stages: Vec::new(),
            history: Vec::new(),
            failures: Vec::new(),
            slowest: Vec::new(),
            exceptions: Vec::new(),
            workers: Vec::new(),
            observed: ObservedRows::default(),
            behind: None,
            notes: Vec::new(),
        }
    }
}

impl RunReport {
    /// The row of all endpoints together as people are shown it. Where streams were asked for it has no times: a stream is
    /// a whole answer and a call a moment, and what both have together says nothing of either.
    pub(crate) fn total_for_people(&self) -> EndpointRow {
        let times = EndpointRow { latency: None, good: None, failed: None, ..self.total.clone() };
        if self.streams.any() { times } else { self.total.clone() }
    }

    /// Puts every list into the order its documentation promises. Call it once, after filling.
    pub fn sort(&mut self) {
        self.endpoints.sort_by(|a, b| (&a.name, &a.method).cmp(&(&b.name, &b.method)));
        self.failures.sort_by(|a, b| {
            b.occurrences.cmp(&a.occurrences).then_with(|| {
                (&a.name, &a.method, &a.class, &a.text).cmp(&(&b.name, &b.method, &b.class, &b.text))
            })
        });
        self.slowest.sort_by(|a, b| {
            let place = |row: &SlowRow| (row.name.clone(), row.method.clone(), row.what);
            place(a).cmp(&place(b)).then(b.ms.total_cmp(&a.ms)).then(a.at_s.total_cmp(&b.at_s))
        });
        self.observed.sort();
        self.history.sort_by_key(|row| row.second);
        self.notes.sort_by_key(|note| std::cmp::Reverse(note.severity));
    }

    /// Whether the numbers stand for what the service did.
    pub fn is_sound(&self) -> bool {
        self.faults().is_empty()
    }

    /// What makes the figures unsound, each once: notes of severity error, and what degraded the run.
    pub fn faults(&self) -> Vec<&str> {
        let noted = self.notes.iter().filter(|note| note.severity == Severity::Error).map(|note| &note.kind);
        let kinds = self.facts.degraded.iter().chain(noted).filter(|kind| kind.touches_figures());
        let mut faults: Vec<&str> = kinds.map(NoteKind::name).collect();
        faults.sort_unstable();
        faults.dedup();
        faults
    }
}
