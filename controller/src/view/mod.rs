//! A run as rows: the bridge from merged totals to what every face of a report shows.

mod arrivals;
mod behind;
mod history;
mod live;
mod notes;
mod observed;
mod slowest;
mod stages;
mod workers;

use std::time::Duration;

use common::api::Endpoint;
use common::stats::Metric;
use jiff::Timestamp;

use common::totals::{StageTotals, StreamTotals};
use hub::merge::{ExceptionTotals, FailureKey, FailureTotals};
use hub::run::{Ending, Phase, Run, Search};
use report::rows::{
    EndpointRow, ExceptionRow, FailureRow, MetricRow, Note, RunEnd, RunFacts, RunReport, StreamRows, rate,
};
use verdict::limits::{self, Criteria, EndpointWords, LimitRows};
use verdict::threshold::{self, Breach, Rule};
use verdict::validity::Validity;

pub use history::{History, endpoint_seconds};
pub use live::{LivePhase, LiveRow, PlanRow, PulseRow, SteerRow, distributions, live, plan, pulse};
pub use observed::observed_figures;

/// What a report says of a run that the run itself does not know.
#[derive(Debug, Clone)]
pub struct ReportContext {
    /// Facts known before the start: shape, seed, host, command line.
    pub facts: RunFacts,
    /// The table of endpoints.
    pub endpoints: Vec<Endpoint>,
    /// What the run must keep to.
    pub rules: Vec<Rule>,
    /// What its rungs must keep to.
    pub criteria: Criteria,
    /// Why it was ended early, if a threshold was the reason.
    pub breach: Option<Breach>,
    /// That files could not be written while the run went on.
    pub unwritten: Option<Note>,
}

/// The report of `run` as it stands at `now` (controller clock), the history included.
pub fn report(run: &Run, history: &History, context: &ReportContext, now: Duration) -> RunReport {
    let mut report = RunReport { history: history.rows().to_vec(), ..snapshot(run, history, context, now) };
    observed::add_points(&mut report.observed, run, usize::MAX);
    report
}

/// The report without its history, whose rows are written one by one.
pub fn snapshot(run: &Run, history: &History, context: &ReportContext, now: Duration) -> RunReport {
    let elapsed = elapsed(run, now);
    let seconds = elapsed.as_secs_f64();
    let total = &run.ledger().totals.run;
    let workers = workers::rows(run, now);
    let mut facts = context.facts.clone();
    facts.duration_s = Some((seconds * 1000.0).round() / 1000.0);
    facts.workers = Some(run.fleet().members().len() as u64);
    let most_wanted = u64::from(run.timeline().shape().peak_users());
    facts.users_peak = Some(history.users_peak(most_wanted));
    // A search has none; other users may have been asked for since the start.
    facts.users_target_peak = facts.users_target_peak.map(|_| most_wanted);
    facts.end = end(run.phase());
    let mut notes = notes::notes(run, &workers);
    notes.extend(context.breach.as_ref().map(Breach::note));
    notes.extend(context.unwritten.clone());
    facts.degraded = notes::degraded(&notes);
    let seconds_of = |stage| stages::seconds(run, stage, elapsed);
    let stages = stages::rows(run, history, elapsed);
    let mut report = RunReport {
        thresholds: threshold::rows(&context.rules, run.sources(), seconds_of, &validity(run)),
        limits: limits(run, now, &criteria(run, context)),
        endpoints: endpoint_rows(&context.endpoints, total, seconds),
        total: EndpointRow::aggregated(&total.all(), seconds),
        calls: MetricRow::calls(&total.calls().latency, seconds),
        arrivals: arrivals::row(run),
        streams: stream_rows(&total.streams, run.dealer().is_some(), seconds),
        observed: observed::rows(run, &stages, history.rows()),
        behind: behind::rows(run, &context.endpoints),
        stages,
        history: Vec::new(),
        failures: failure_rows(run, context),
        slowest: slowest::rows(run, &context.endpoints),
        exceptions: exception_rows(run),
        workers,
        notes,
        facts,
    };
    report.sort();
    report
}

/// Whether the load generator was the limit of the run so far.
pub fn validity(run: &Run) -> Validity {
    let workers = run.ledger().accounts.iter().map(|account| &account.load);
    Validity::of_run(workers, notes::shape_seconds(run))
}

/// What the rungs must keep to, and which one was to confirm the answer.
fn criteria(run: &Run, context: &ReportContext) -> Criteria {
    let search = run.search();
    let confirming = match search {
        Some(Search::Users(ladder)) => ladder.confirming(),
        _ => None,
    };
    let cut = search.and_then(Search::cut);
    let endpoints = search.map_or_else(Vec::new, |_| endpoint_words(run, &context.endpoints));
    Criteria { searches: search.is_some(), confirming, cut, endpoints, ..context.criteria.clone() }
}

/// What a search found, or stages of users that stay; rates one after another that nobody searches are no rungs.
fn limits(run: &Run, now: Duration, criteria: &Criteria) -> Option<LimitRows> {
    match run.search() {
        Some(search) => search.rows(run.sources(), run.elapsed(now), criteria),
        None => limits::rows(run.sources(), run.elapsed(now), criteria, &[]),
    }
}

/// What each endpoint is called, and what it says most often when it fails.
fn endpoint_words(run: &Run, endpoints: &[Endpoint]) -> Vec<EndpointWords> {
    let says = |place: usize| {
        let of_it = run.ledger().failures.iter().filter(|(key, _)| key.endpoint == place);
        let (key, totals) = of_it.max_by_key(|(_, totals)| totals.count)?;
        Some(if key.words.is_empty() { key.class.name().to_owned() } else { said(key, totals).to_owned() })
    };
    let words = |(place, endpoint): (usize, &Endpoint)| EndpointWords {
        name: format!("{} {}", endpoint.method, endpoint.name),
        says: says(place),
    };
    endpoints.iter().enumerate().map(words).collect()
}

/// The measured span: from the start to the last thing that was measured. Requests that finish while
/// the run drains are part of it, as they are part of the counts.
fn elapsed(run: &Run, now: Duration) -> Duration {
    let covered = run.ledger().accounts.iter().map(|account| account.covered).max().unwrap_or_default();
    match run.phase() {
        Phase::Running => run.elapsed(now),
        _ => run.elapsed(now).max(covered),
    }
}

fn end(phase: Phase) -> RunEnd {
    match phase {
        Phase::Waiting | Phase::Gathering { .. } | Phase::Running => RunEnd::Running,
        Phase::Draining { end, .. } | Phase::Over(end) => match end {
            Ending::Completed => RunEnd::Completed,
            Ending::Interrupted => RunEnd::Interrupted,
            Ending::NoWorkers => RunEnd::Aborted,
        },
    }
}

fn endpoint_rows(endpoints: &[Endpoint], total: &StageTotals, seconds: f64) -> Vec<EndpointRow> {
    endpoints
        .iter()
        .zip(&total.endpoints)
        .filter(|(_, totals)| totals.count() > 0)
        .map(|(endpoint, totals)| EndpointRow::new(endpoint, totals, seconds))
        .collect()
}

/// What is measured of arrivals is left out where nobody arrives.
fn stream_rows(streams: &StreamTotals, arrive: bool, seconds: f64) -> StreamRows {
    let metric = |metric: &Metric| MetricRow::new(*metric, &streams.metrics[*metric as usize], seconds);
    StreamRows {
        started: streams.count() + streams.in_progress,
        in_progress: streams.in_progress,
        counts: streams.counts,
        tokens_per_s: rate(streams.counts.tokens, seconds),
        metrics: Metric::ALL.iter().filter(|metric| arrive || !metric.is_of_arrivals()).map(metric).collect(),
    }
}

/// What all failures of a kind said, or their words where that differed.
fn said<'t>(key: &'t FailureKey, totals: &'t FailureTotals) -> &'t str {
    if totals.varies { &key.words } else { &totals.example }
}

fn failure_rows(run: &Run, context: &ReportContext) -> Vec<FailureRow> {
    let at = |clock: Duration| wall(context.facts.started, clock);
    let row = |(key, totals): (&FailureKey, &FailureTotals)| {
        let endpoint = context.endpoints.get(key.endpoint)?;
        Some(FailureRow {
            method: endpoint.method.clone(),
            name: endpoint.name.clone(),
            class: key.class.name().to_owned(),
            text: said(key, totals).to_owned(),
            example: totals.varies.then(|| totals.example.clone()),
            trace: totals.trace.map(|trace| trace.to_string()),
            occurrences: totals.count,
            first_seen: at(totals.first),
            last_seen: at(totals.last),
        })
    };
    run.ledger().failures.iter().filter_map(row).collect()
}

fn exception_rows(run: &Run) -> Vec<ExceptionRow> {
    let row = |(message, totals): (&String, &ExceptionTotals)| ExceptionRow {
        count: totals.count,
        message: message.clone(),
        traceback: totals.traceback.clone(),
        workers: totals.workers.iter().cloned().collect(),
    };
    run.ledger().exceptions.iter().map(row).collect()
}

/// The wall clock at a moment of the run clock. Only the controller's own wall clock is ever used.
fn wall(started: Option<Timestamp>, clock: Duration) -> Option<Timestamp> {
    started.and_then(|started| started.checked_add(clock).ok())
}
