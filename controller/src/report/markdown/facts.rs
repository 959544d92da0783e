//! What was run, and the figures it is quoted by.

use super::view::Table;
use crate::report::number::{exact, percent, short, span};
use crate::report::quoting::{MAX_TEXT, markdown, markdown_name};
use crate::report::rows::{KeyFigures, RunFacts, RunReport, Source, StreamKeyFigures};

/// The facts that are known.
pub fn facts(facts: &RunFacts) -> Table {
    let mut rows = Vec::new();
    let mut add = |label: &str, value: Option<String>| {
        rows.extend(value.filter(|value| !value.is_empty()).map(|value| vec![label.to_owned(), value]));
    };
    add("Shape", Some(markdown_name(&facts.shape)));
    add("Service", facts.host.as_deref().map(markdown_name));
    add("API", facts.api.as_deref().map(markdown_name));
    add("Started", facts.started.map(|time| format!("{time:.0}")));
    add("Duration", duration(facts));
    add("Time scale", facts.time_scale.filter(|scale| *scale != 1.0).map(exact));
    add("Ended", Some(facts.end.name().to_owned()));
    add("Users", users(facts));
    add("User classes", Some(markdown(&facts.classes.join(", "), MAX_TEXT)));
    add("Think time", facts.think_s.map(think));
    add(
        "Streaming endpoint",
        facts.mock_llm.filter(|mock| *mock).map(|_| "left alone (mock-llm)".to_owned()),
    );
    add("Seed", facts.seed.map(|seed| seed.to_string()));
    add("Workers", facts.workers.map(|count| count.to_string()));
    add("Versions", Some(versions(facts)));
    add("Degraded", Some(markdown(&facts.degraded.join(", "), MAX_TEXT)));
    add("Made from", source(facts.source));
    Table::new(vec!["", ""], 2, rows)
}

fn duration(facts: &RunFacts) -> Option<String> {
    let planned = facts.planned_duration_s.map(|seconds| format!("planned: {}", span(seconds)));
    match (facts.duration_s.map(span), planned) {
        (Some(told), Some(planned)) => Some(format!("{told} ({planned})")),
        (told, planned) => told.or(planned),
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
    let told: Vec<_> =
        facts.versions.iter().map(|(program, version)| format!("{program} {version}")).collect();
    markdown(&told.join(", "), MAX_TEXT)
}

fn source(source: Source) -> Option<String> {
    match source {
        Source::Run => None,
        Source::Csv => Some("the CSV files of a run".to_owned()),
        Source::Locust | Source::LocustFullHistory => Some("the CSV files of a Locust run".to_owned()),
    }
}

/// The key figures that apply.
pub fn key_figures(report: &RunReport) -> Table {
    let key = KeyFigures::of(report);
    let mut rows = vec![
        vec!["Requests".to_owned(), key.requests.to_string()],
        vec!["Failure rate".to_owned(), percent(key.failure_share)],
    ];
    let mut add = |label: String, value: Option<f64>, unit: &str| {
        rows.extend(value.map(|value| vec![label, format!("{} {unit}", short(value))]));
    };
    // Locust's request rate is a mean over ten seconds.
    let window = if report.facts.source.is_locust() { "mean of 10 s" } else { "one second" };
    add(format!("Peak throughput ({window})"), key.peak_rps, "requests/s");
    add("p95".to_owned(), key.p95_ms, "ms");
    add("p99".to_owned(), key.p99_ms, "ms");
    for (method, name, median) in &key.endpoint_medians {
        let endpoint = format!("{method} {name}");
        add(format!("Median of {}", markdown_name(endpoint.trim_start())), Some(*median), "ms");
    }
    if let Some(streams) = &key.streams {
        rows.extend(stream_figures(streams));
    }
    Table::new(vec!["Figure", "Value"], 1, rows)
}

fn stream_figures(streams: &StreamKeyFigures) -> Vec<Vec<String>> {
    let figures = [
        ("Stream median (E2E)", streams.e2e_p50_ms, "ms"),
        ("TTFT median", streams.ttft_p50_ms, "ms"),
        ("TTFT p95", streams.ttft_p95_ms, "ms"),
        ("TTFT p99", streams.ttft_p99_ms, "ms"),
        ("Tokens", Some(streams.tokens_per_s), "tokens/s"),
    ];
    figures
        .into_iter()
        .filter_map(|(label, value, unit)| Some(vec![label.to_owned(), format!("{} {unit}", short(value?))]))
        .collect()
}
