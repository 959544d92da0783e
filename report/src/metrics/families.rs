//! The report as families of metrics.

use common::stats::Metric;

use super::family::{Family, Kind, MetricUnit, MetricValue};
use crate::rows::{ClassCount, EndpointRow, RunEnd, RunReport, SecondRow, WorkerRow};

/// Most workers, and most thresholds, that have series of their own.
pub const MAX_SERIES: usize = 100;

const ENDS: [RunEnd; 4] = [RunEnd::Running, RunEnd::Completed, RunEnd::Interrupted, RunEnd::Aborted];

/// The metrics of a report; `now` is the last closed second, where there is one.
pub fn families(report: &RunReport, now: Option<&SecondRow>) -> Vec<Family> {
    let mut all = run(report);
    all.extend(now.into_iter().flat_map(moment));
    all.extend(requests(report));
    all.extend(streams(report));
    all.extend(workers(report));
    all.extend(judgement(report));
    all.retain(|family| !family.samples.is_empty());
    all
}

fn counter(name: &'static str, help: &'static str) -> Family {
    Family::new(name, MetricUnit::None, Kind::Counter, help)
}

fn gauge(name: &'static str, unit: MetricUnit, help: &'static str) -> Family {
    Family::new(name, unit, Kind::Gauge, help)
}

fn run(report: &RunReport) -> Vec<Family> {
    let facts = &report.facts;
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let seed = facts.seed.map(|seed| seed.to_string()).unwrap_or_default();
    let version = facts.versions.get("controller").cloned().unwrap_or_default();
    let (host, api) = (text(&facts.host), text(&facts.api));
    let labels = [
        ("shape", facts.shape.as_str()),
        ("host", host.as_str()),
        ("api", api.as_str()),
        ("seed", seed.as_str()),
        ("version", version.as_str()),
    ];
    let mut state =
        gauge("loadtest_run_state", MetricUnit::None, "1 for how the run stands or ended, 0 for the others.");
    for end in ENDS {
        state = state.with(&[("state", end.name())], u64::from(facts.end == end));
    }
    let single = |family: Family, value: Option<MetricValue>| match value {
        Some(value) => family.with(&[], value),
        None => family,
    };
    let started = facts.started.map(|started| started.as_millisecond() as f64 / 1000.0);
    let peak = gauge("loadtest_users_peak", MetricUnit::None, "Most users running at once so far.");
    vec![
        gauge("loadtest_run_info", MetricUnit::None, "What is run, as labels; the value is always 1.")
            .with(&labels, 1u64),
        state,
        single(
            gauge("loadtest_run_start_time", MetricUnit::Seconds, "Start of the run, Unix time."),
            started.map(MetricValue::from),
        ),
        single(
            gauge("loadtest_run_duration", MetricUnit::Seconds, "Measured span of the run."),
            facts.duration_s.map(MetricValue::from),
        ),
        single(peak, facts.users_peak.map(MetricValue::from)),
    ]
}

/// The last closed second.
fn moment(row: &SecondRow) -> Vec<Family> {
    let gauges = [
        ("loadtest_users", "Users running.", Some(row.users)),
        ("loadtest_users_target", "Users that the shape wants.", row.users_target),
        ("loadtest_users_stopping", "Users asked to stop that still finish what is in flight.", row.stopping),
        ("loadtest_streams_in_progress", "Streams under way.", row.streams),
        ("loadtest_arrivals_waiting", "Arrivals due and not started yet.", row.arrivals_waiting),
        ("loadtest_workers_attached", "Workers that hold a lease.", row.workers),
    ];
    let family = |(name, help, value): (&'static str, &'static str, Option<u64>)| {
        Some(gauge(name, MetricUnit::None, help).with(&[], value?))
    };
    gauges.into_iter().filter_map(family).collect()
}

fn requests(report: &RunReport) -> Vec<Family> {
    let mut sent =
        counter("loadtest_requests", "Requests sent that have ended: answered, failed, left and cut.");
    let mut failed = counter("loadtest_request_failures", "Requests that failed.");
    let mut cut = counter("loadtest_requests_cut", "Requests that were cut at a stop; they have no latency.");
    let duration = "Latency of requests, failed ones included.";
    let mut duration =
        Family::new("loadtest_request_duration", MetricUnit::Seconds, Kind::Histogram, duration);
    for row in &report.endpoints {
        let labels = endpoint(row);
        sent = sent.with(&labels, row.count);
        failed = failed.with(&labels, row.failures);
        cut = cut.with(&labels, row.cut);
        duration = duration.with(&labels, &row.buckets);
    }
    let mut classes = counter("loadtest_failures", "Failed requests and streams by class of failure.");
    for class in ClassCount::of(&report.failures) {
        classes = classes.with(&[("class", &class.class)], class.occurrences);
    }
    vec![sent, failed, cut, duration, classes]
}

fn endpoint(row: &EndpointRow) -> [(&'static str, &str); 2] {
    [("method", &row.method), ("endpoint", &row.name)]
}

fn streams(report: &RunReport) -> Vec<Family> {
    let (rows, counts) = (&report.streams, &report.streams.counts);
    let counts = [
        (
            "loadtest_streams_completed",
            "Streams that ended well, with their terminal event.",
            counts.completed,
        ),
        ("loadtest_streams_failed", "Streams that failed.", counts.failed),
        ("loadtest_streams_abandoned", "Streams that their users left before the end.", counts.abandoned),
        ("loadtest_streams_cut", "Streams that were cut at a stop.", counts.cut),
        (
            "loadtest_streams_stalled",
            "Completed streams with a gap as long as the stall limit.",
            counts.stalled,
        ),
        (
            "loadtest_stream_tokens",
            "Tokens of all streams, by the best source that each offered.",
            counts.tokens,
        ),
        ("loadtest_stream_chunks", "Events that added visible text.", counts.chunks),
        (
            "loadtest_stream_prompt_tokens",
            "Tokens of prompts, as the service counts them.",
            counts.prompt_tokens,
        ),
        ("loadtest_stream_cached_tokens", "Tokens of prompts that came from a cache.", counts.cached_tokens),
        ("loadtest_stream_reasoning_tokens", "Tokens of answers that are thoughts.", counts.reasoning_tokens),
    ];
    let mut all: Vec<Family> =
        counts.into_iter().map(|(name, help, count)| counter(name, help).with(&[], count)).collect();
    for metric in Metric::ALL {
        let Some(row) = rows.metric(metric) else { continue };
        let (name, unit, help) = stream_metric(metric);
        all.push(Family::new(name, unit, Kind::Histogram, help).with(&[], &row.buckets));
    }
    all
}

fn stream_metric(metric: Metric) -> (&'static str, MetricUnit, &'static str) {
    use MetricUnit::{None, Seconds};
    match metric {
        Metric::Connect => ("loadtest_connect", Seconds, "Opening a connection, TLS included."),
        Metric::Headers => ("loadtest_stream_headers", Seconds, "Start to response headers of a stream."),
        Metric::FirstByte => ("loadtest_stream_ttfb", Seconds, "Start to first byte of a stream's body."),
        Metric::FirstEvent => ("loadtest_stream_first_event", Seconds, "Start to first event of a stream."),
        Metric::Ttft => ("loadtest_stream_ttft", Seconds, "Start to first visible text (TTFT)."),
        Metric::Ttfr => ("loadtest_stream_ttfr", Seconds, "Start to first output of any kind (TTFR)."),
        Metric::StartDelay => (
            "loadtest_arrival_start_delay",
            Seconds,
            "Start of an arrival's first request, from when it was due.",
        ),
        Metric::FromStart => {
            ("loadtest_arrival_from_start", Seconds, "Latency of an arrival's first request, from its start.")
        }
        Metric::FromDue => (
            "loadtest_arrival_from_due",
            Seconds,
            "Latency of the same request, from when the arrival was due.",
        ),
        Metric::TextFromDue => (
            "loadtest_arrival_text_from_due",
            Seconds,
            "First visible text of it, from when the arrival was due.",
        ),
        Metric::Icl => ("loadtest_stream_icl", Seconds, "Gap between two chunks of text (ICL)."),
        Metric::Tpot => ("loadtest_stream_tpot", Seconds, "Time per token after the first (TPOT)."),
        Metric::E2e => {
            ("loadtest_stream_e2e", Seconds, "Start to terminal event of completed streams (E2E).")
        }
        Metric::TokenRate => (
            "loadtest_stream_tokens_per_second",
            None,
            "Tokens per second of one stream after its first output.",
        ),
    }
}

fn workers(report: &RunReport) -> Vec<Family> {
    type Figure = fn(&WorkerRow) -> Option<MetricValue>;
    let families: [(Family, Figure); 6] = [
        (counter("loadtest_worker_requests", "Requests of a worker that are in the report."), |row| {
            Some(row.requests.into())
        }),
        (counter("loadtest_worker_deltas_refused", "Deltas of a worker refused as impossible."), |row| {
            row.refused.map(Into::into)
        }),
        (
            gauge(
                "loadtest_worker_up",
                MetricUnit::None,
                "1 while a worker takes part, 0 once it has left, ended or is away.",
            ),
            |row| Some(u64::from(row.state == crate::rows::WorkerState::Running).into()),
        ),
        (
            gauge(
                "loadtest_worker_cpu_peak",
                MetricUnit::Ratio,
                "Greatest load of a worker's busiest thread, of a core.",
            ),
            |row| row.cpu_peak.map(Into::into),
        ),
        (
            gauge("loadtest_worker_memory_peak", MetricUnit::Bytes, "Greatest resident memory of a worker."),
            |row| row.memory_peak.map(Into::into),
        ),
        (
            gauge(
                "loadtest_worker_timers_late",
                MetricUnit::Ratio,
                "Share of a worker's timers that were late.",
            ),
            |row| row.timers_late.map(Into::into),
        ),
    ];
    let reopened = report.workers.iter().map(|row| row.reopened.unwrap_or(0)).sum::<u64>();
    let help = "Connections opened again, since the service had closed a kept one.";
    let reopened = counter("loadtest_connections_reopened", help).with(&[], reopened);
    let left_out = report.workers.len().saturating_sub(MAX_SERIES) as u64;
    let help = "Workers that have no series of their own, for there are too many.";
    let mut all =
        vec![gauge("loadtest_workers_left_out", MetricUnit::None, help).with(&[], left_out), reopened];
    for (mut family, value) in families {
        for (number, row) in report.workers.iter().take(MAX_SERIES).enumerate() {
            // A name may come back in a new process; the number distinguishes them.
            let number = number.to_string();
            if let Some(value) = value(row) {
                family = family.with(&[("worker", &row.name), ("number", &number)], value);
            }
        }
        all.push(family);
    }
    all
}

fn judgement(report: &RunReport) -> Vec<Family> {
    let mut verdicts = gauge(
        "loadtest_threshold",
        MetricUnit::None,
        "1 for each threshold, its verdict a label: pass, fail, undetermined.",
    );
    for row in report.thresholds.iter().take(MAX_SERIES) {
        verdicts = verdicts.with(&[("expr", &row.expr), ("verdict", row.verdict.name())], 1u64);
    }
    let mut degraded =
        gauge("loadtest_degraded", MetricUnit::None, "1 for each thing that makes the numbers weaker.");
    for kind in &report.facts.degraded {
        degraded = degraded.with(&[("kind", kind.name())], 1u64);
    }
    let count = report.facts.degraded.len() as u64;
    let kinds = gauge("loadtest_degradations", MetricUnit::None, "How many things make the numbers weaker.")
        .with(&[], count);
    vec![verdicts, degraded, kinds]
}
