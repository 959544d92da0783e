//! What was run, and the figures it is quoted by, in words: the same in every report for people.

use super::rows::{ArrivalRow, KeyFigures, NoteKind, RunFacts, RunReport, Source, StreamKeyFigures};
use common::stats::Metric;
use common::text::number::{count, exact, milliseconds, percent, rounded, span};

/// What [`RunFacts::abandon`] is where nobody leaves.
const NOBODY: &str = "nobody";

/// One fact. Texts may come from outside: a face quotes them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fact {
    /// What it is about.
    pub label: String,
    /// The name that the label ends with, if it has one: an endpoint.
    pub subject: Option<String>,
    /// What is the case.
    pub value: String,
    /// The value's unit, or nothing.
    pub unit: &'static str,
    /// Whether the value is a name, to be shown to the letter.
    pub verbatim: bool,
}

/// The facts that are known.
pub fn facts(facts: &RunFacts) -> Vec<Fact> {
    let mut known = Vec::new();
    let mut add = |label: &str, verbatim: bool, value: Option<String>| {
        let fact = |value| Fact { label: label.to_owned(), value, verbatim, ..Fact::default() };
        known.extend(value.filter(|value| !value.is_empty()).map(fact));
    };
    add("Shape", true, Some(facts.shape.clone()));
    add("Service", true, facts.host.clone());
    add("API", true, facts.api.clone());
    add("Started", false, facts.started.map(|time| format!("{time:.0}")));
    add("Duration", false, duration(facts));
    add("Time scale", false, facts.time_scale.filter(|scale| *scale != 1.0).map(exact));
    add("Ended", false, Some(facts.end.name().to_owned()));
    add("Users", false, users(facts));
    add("Arrivals", false, facts.arrivals.clone());
    add("User classes", false, Some(facts.classes.join(", ")));
    add("Prompts", false, facts.prompts.clone());
    add("Prompt cache", false, facts.prompt_cache.clone());
    add("Think time", false, facts.think_s.map(think).or_else(|| facts.think.clone()));
    add("Turns in a thread", false, facts.turns.clone());
    let mock = facts.mock_llm.filter(|mock| *mock);
    add("Streaming endpoint", false, mock.map(|_| "left alone (mock-llm)".to_owned()));
    add("Leave early", false, facts.abandon.clone().filter(|abandon| abandon != NOBODY));
    add("Seed", false, facts.seed.map(|seed| seed.to_string()));
    add("Workers", false, facts.workers.map(|count| count.to_string()));
    add("Versions", false, Some(versions(facts)));
    add("Degraded", false, Some(NoteKind::join(&facts.degraded)));
    add("Made from", false, source(facts.source));
    known
}

fn duration(facts: &RunFacts) -> Option<String> {
    let planned = facts.planned_duration_s.map(|seconds| format!("planned: {}", span(seconds)));
    match (facts.duration_s.map(span), planned) {
        (Some(measured), Some(planned)) => Some(format!("{measured} ({planned})")),
        (measured, planned) => measured.or(planned),
    }
}

fn users(facts: &RunFacts) -> Option<String> {
    match (facts.users_peak, facts.users_target_peak) {
        (Some(peak), Some(target)) => Some(format!("at most {peak} at once (target: {target})")),
        (Some(peak), None) => Some(format!("at most {peak} at once")),
        (None, target) => target.map(|target| format!("target: {target}")),
    }
}

fn think((least, most): (f64, f64)) -> String {
    if least == most {
        format!("{} s", exact(least))
    } else {
        format!("{} to {} s", exact(least), exact(most))
    }
}

fn versions(facts: &RunFacts) -> String {
    let known: Vec<_> =
        facts.versions.iter().map(|(program, version)| format!("{program} {version}")).collect();
    known.join(", ")
}

fn source(source: Source) -> Option<String> {
    match source {
        Source::Run => None,
        Source::Csv => Some("the CSV files of a run".to_owned()),
        Source::Log => Some("the request logs of a run".to_owned()),
        Source::Locust | Source::LocustFullHistory => Some("the CSV files of a Locust run".to_owned()),
    }
}

/// The key figures that apply.
pub fn key_figures(report: &RunReport) -> Vec<Fact> {
    let key = KeyFigures::of(report);
    let fact = |label: &str, value| Fact { label: label.to_owned(), value, ..Fact::default() };
    let mut figures =
        vec![fact("Requests", count(key.requests)), fact("Failure rate", percent(key.failure_share))];
    // Locust's request rate is a mean over ten seconds.
    let window = if report.facts.source.is_locust() { "mean of 10 s" } else { "one second" };
    figures.extend(figure(&format!("Peak throughput ({window})"), key.peak_rps, "requests/s"));
    figures.extend(report.arrivals.iter().flat_map(|row| arrivals(row, report)));
    let calls = key.calls.map(|figures| figures.percentiles);
    let of = if key.streams.is_some() { "Calls beside streams, " } else { "" };
    figures.extend(time(&format!("{of}p95"), calls.and_then(|p| p.p95())));
    figures.extend(time(&format!("{of}p99"), calls.and_then(|p| p.p99())));
    for (method, name, median) in &key.endpoint_medians {
        let subject = Some(format!("{method} {name}").trim_start().to_owned());
        figures.extend(time("Median of", Some(*median)).map(|fact| Fact { subject, ..fact }));
    }
    figures.extend(key.streams.iter().flat_map(stream_figures));
    figures
}

/// How many came, and how long their first requests took, from when they were due and from when they were sent.
fn arrivals(row: &ArrivalRow, report: &RunReport) -> impl Iterator<Item = Fact> {
    let fact = |label: &str, value: String| Fact { label: label.to_owned(), value, ..Fact::default() };
    let came =
        fact("Arrivals that came, of those due", format!("{} of {}", count(row.started), count(row.due)));
    let p99 = |metric| report.streams.figures(metric).and_then(|figures| figures.percentiles.p99());
    let times = [
        time("p99 from when an arrival was due", p99(Metric::FromDue)),
        time("p99 of the same requests from their start", p99(Metric::FromStart)),
    ];
    std::iter::once(came).chain(times.into_iter().flatten())
}

fn stream_figures(streams: &StreamKeyFigures) -> impl Iterator<Item = Fact> {
    let times = [
        ("Stream median (E2E)", streams.e2e_p50_ms),
        ("TTFT median", streams.ttft_p50_ms),
        ("TTFT p95", streams.ttft_p95_ms),
        ("TTFT p99", streams.ttft_p99_ms),
    ];
    let tokens = figure("Tokens", Some(streams.tokens_per_s), "tokens/s");
    times.into_iter().filter_map(|(label, value)| time(label, value)).chain(tokens)
}

/// A time of so many milliseconds.
fn time(label: &str, value: Option<f64>) -> Option<Fact> {
    Some(Fact { label: label.to_owned(), value: milliseconds(value?), ..Fact::default() })
}

fn figure(label: &str, value: Option<f64>, unit: &'static str) -> Option<Fact> {
    let value = rounded(value?);
    Some(Fact { label: label.to_owned(), value, unit, ..Fact::default() })
}
