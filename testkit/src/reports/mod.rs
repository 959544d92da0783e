//! A small run with known figures, for every face of the report.

pub mod limits;

use std::collections::BTreeMap;

use common::api::Endpoint;
use common::failure::FailureClass;
use common::stats::{Histogram, Metric, StreamCounts};
use common::totals::EndpointTotals;
use report::rows::{
    EndpointRow, ExceptionRow, FailureRow, MetricRow, Note, ObservedRows, ObservedSample, Percentiles,
    RunEnd, RunFacts, RunReport, SecondRow, Severity, Slow, SlowRow, StageRow, StreamRows, Summary,
    ThresholdRow, Verdict, WorkerRow, WorkerState,
};

/// Texts that have broken reports of other tools.
pub fn hostile_texts() -> Vec<String> {
    [
        "<script>alert(1)</script>",
        "a | b || c",
        "`x` ``` y",
        "=cmd|' /C calc'!A0",
        "+1",
        "-1",
        "@SUM(A1)",
        "\tx",
        "\rx",
        "two\nlines\r\nand a third",
        "\u{1b}[31mred\u{1b}[2J",
        "\u{202E}drawkcab",
        "[link](http://evil.example) ![i](http://evil.example/i.png) https://evil.example www.evil.example",
        "back\\slash\\|pipe",
        "\"quoted\", with comma",
        "{{ facts }} {% raw %}",
        "漢字🙂",
        "",
    ]
    .into_iter()
    .map(str::to_owned)
    .chain(["long ".repeat(2000)])
    .collect()
}

/// Two minutes of which everything is known: 3 endpoints, 8 requests of which 2 failed and 1 was cut.
pub fn report() -> RunReport {
    let list = Histogram::from_iter([1_000, 2_000, 12_345]);
    let create = Histogram::from_iter([5_000, 900_000]);
    let chat = Histogram::from_iter([1_500_000, 2_500_000]);
    let mut all = Histogram::default();
    [&list, &create, &chat].into_iter().for_each(|part| all.add(part));
    let totals = |latency, failures, cut, bytes| EndpointTotals {
        latency,
        failures,
        cut,
        bytes,
        ..EndpointTotals::default()
    };
    let endpoint = |method: &str, name: &str| Endpoint { method: method.to_owned(), name: name.to_owned() };
    let mut report = RunReport {
        facts: facts(),
        limits: None,
        thresholds: thresholds(),
        endpoints: vec![
            EndpointRow::new(&endpoint("POST", "/threads"), &totals(create, 1, 0, 300), 120.0),
            EndpointRow::new(&endpoint("GET", "/threads"), &totals(list, 0, 0, 36), 120.0),
            EndpointRow::new(&endpoint("POST", "/chat/stream"), &totals(chat, 1, 1, 9_000), 120.0),
        ],
        total: EndpointRow::aggregated(&totals(all, 2, 1, 9_336), 120.0),
        calls: MetricRow::calls(&[1_234, 12_345].into_iter().collect(), 120.0),
        arrivals: None,
        streams: streams(),
        stages: stages(),
        history: (0..120).map(second).collect(),
        failures: failures(),
        slowest: slowest(),
        exceptions: vec![ExceptionRow {
            count: 2,
            message: "boom in task".to_owned(),
            traceback: "  one, \"two\"\n    three\n".to_owned(),
            workers: vec!["w1".to_owned(), "w2".to_owned()],
        }],
        workers: workers(),
        observed: ObservedRows::default(),
        behind: None,
        notes: vec![
            note("clamped", Severity::Info, "One value was above one hour; raise nothing, look at it."),
            note("worker_lost", Severity::Warning, "Worker w2 was lost at second 61; repeat the run."),
        ],
    };
    report.sort();
    report
}

fn thresholds() -> Vec<ThresholdRow> {
    let pass = ThresholdRow {
        expr: "GET /threads:p50<=50ms".to_owned(),
        verdict: Verdict::Pass,
        actual: Some(2.0),
        low: Some(1.0),
        high: Some(12.345),
        bound: 50.0,
        unit: "ms".to_owned(),
        own: Some(0.05),
        samples: 3,
        why: None,
    };
    let fail = ThresholdRow {
        expr: "failures<=0%".to_owned(),
        verdict: Verdict::Fail,
        actual: Some(28.5714),
        low: Some(28.5714),
        high: Some(28.5714),
        bound: 0.0,
        unit: "%".to_owned(),
        own: None,
        samples: 7,
        why: None,
    };
    let undetermined = ThresholdRow {
        expr: "stage \"10 users\":ttft.p95<3s".to_owned(),
        verdict: Verdict::Undetermined,
        actual: Some(800.0),
        low: Some(400.0),
        high: None,
        bound: 3000.0,
        samples: 2,
        why: Some("too few samples to say what ttft.p95 is at most (it takes 72); measure longer".to_owned()),
        ..pass.clone()
    };
    vec![pass, fail, undetermined]
}

fn facts() -> RunFacts {
    RunFacts {
        shape: "staged".to_owned(),
        seed: Some(42),
        started: "2026-01-02T03:04:05Z".parse().ok(),
        duration_s: Some(120.0),
        planned_duration_s: Some(120.0),
        time_scale: Some(0.05),
        host: Some("http://localhost:8000".to_owned()),
        api: Some("default".to_owned()),
        prompts: Some("built in".to_owned()),
        users_peak: Some(10),
        users_target_peak: Some(12),
        classes: ["crud", "stream", "mixed"].map(str::to_owned).to_vec(),
        think_s: Some((0.5, 1.5)),
        mock_llm: Some(false),
        workers: Some(2),
        versions: BTreeMap::from([("controller".to_owned(), "0.1.0".to_owned())]),
        command: Some("controller --shape staged --seed 42".to_owned()),
        end: RunEnd::Completed,
        ..RunFacts::default()
    }
}

fn streams() -> StreamRows {
    let samples = |metric| match metric {
        Metric::Ttft => Histogram::from_iter([400_000, 800_000]),
        Metric::Icl => Histogram::from_iter([25_000; 98]),
        Metric::Tpot => Histogram::from_iter([25_250]),
        Metric::E2e => Histogram::from_iter([2_500_000]),
        Metric::TokenRate => Histogram::from_iter([39_604]),
        Metric::Connect => Histogram::from_iter([150, 250]),
        _ => Histogram::default(),
    };
    StreamRows {
        started: 3,
        in_progress: 0,
        counts: StreamCounts {
            begun: 0,
            completed: 1,
            failed: 1,
            textless: 1,
            cut: 1,
            stalled: 0,
            tokens: 100,
            tokens_reported: 60,
            chunks: 100,
            comments: 4,
            prompt_tokens: 12,
            finish_stop: 1,
            ..StreamCounts::default()
        },
        tokens_per_s: 0.833,
        metrics: Metric::ALL
            .into_iter()
            .map(|metric| MetricRow::new(metric, &samples(metric), 120.0))
            .collect(),
    }
}

fn stages() -> Vec<StageRow> {
    let stage = |name: &str, from_s, to_s, count, failures, cut| StageRow {
        name: name.to_owned(),
        from_s,
        to_s,
        measured_from_s: from_s + 1.5,
        users_target: Some(12),
        users_peak: Some(10),
        count,
        failures,
        cut,
        rps: 0.067,
        p50_ms: Some(5.0),
        p95_ms: Some(900.0),
        p99_ms: Some(900.0),
        ttft_p50_ms: None,
        ttft_p95_ms: None,
        tokens_per_s: 0.0,
    };
    let last = StageRow {
        ttft_p50_ms: Some(400.0),
        ttft_p95_ms: Some(800.0),
        ..stage("10 users", 60.0, 120.0, 4, 1, 1)
    };
    vec![stage("ramp", 0.0, 60.0, 4, 1, 0), last]
}

fn second(second: u64) -> SecondRow {
    let busy = second.is_multiple_of(15);
    SecondRow {
        second,
        timestamp: 1_767_323_046 + second as i64,
        users: second.min(10),
        users_target: Some(second.min(12)),
        stopping: Some(0),
        streams: Some(1),
        workers: Some(2),
        rps: if busy { 1.0 } else { 0.0 },
        failures_per_s: 0.0,
        percentiles: busy.then_some(Percentiles([12.345; 11])),
        calls_p50_ms: busy.then_some(12.345),
        calls_p95_ms: busy.then_some(12.345),
        calls_p99_ms: busy.then_some(12.345),
        total_count: 1 + second / 15,
        total_failures: second / 60,
        total_latency: Some(Summary { median: 5.0, avg: 6.25, min: 1.0, max: 12.345 }),
        total_avg_bytes: 12.0,
        ..SecondRow::default()
    }
}

fn failures() -> Vec<FailureRow> {
    let failure = |method: &str, name: &str, class: FailureClass, text: &str| FailureRow {
        method: method.to_owned(),
        name: name.to_owned(),
        class: class.name().to_owned(),
        text: text.to_owned(),
        example: None,
        trace: None,
        occurrences: 1,
        first_seen: "2026-01-02T03:05:05Z".parse().ok(),
        last_seen: "2026-01-02T03:05:06.75Z".parse().ok(),
    };
    vec![
        failure("POST", "/threads", FailureClass::Http5xx, "status 503: <b>down</b>"),
        failure("POST", "/chat/stream", FailureClass::Truncated, ""),
    ]
}

fn slowest() -> Vec<SlowRow> {
    let slow = |what, ms: f64, trace: Option<&str>| SlowRow {
        what,
        method: "POST".to_owned(),
        name: "/chat/stream".to_owned(),
        ms,
        at_s: 61.25,
        stage: "48 users".to_owned(),
        user: 7,
        trace: trace.map(str::to_owned),
    };
    let trace = Some("0af7651916cd43dd8448eb211c80319c");
    let answers = (0..4).map(|place| slow(Slow::Answer, 900.5 - f64::from(place), trace));
    std::iter::once(slow(Slow::FirstToken, 412.75, None)).chain(answers).collect()
}

fn workers() -> Vec<WorkerRow> {
    let sound = WorkerRow {
        reopened: Some(3),
        name: "w1".to_owned(),
        host: "alpha".to_owned(),
        version: "0.1.0".to_owned(),
        cores: Some(2),
        state: WorkerState::Finished,
        users_peak: Some(5),
        requests: 6,
        failures: 2,
        cpu_peak: Some(0.25),
        memory_peak: Some(12 << 20),
        timers_late: Some(0.001),
        lateness_p99_ms: Some(0.4),
        lateness_max_ms: Some(3.5),
        shared_stamps: Some(0.01),
        time_lost: Some(0.002),
        clock_offset_ms: Some(-12.5),
        clock_uncertainty_ms: Some(0.25),
        deltas: Some(120),
        duplicates: Some(1),
        refused: Some(0),
        lost_spans: Vec::new(),
        last_delta_s: Some(120.0),
    };
    let lost = WorkerRow {
        name: "w2".to_owned(),
        host: "beta".to_owned(),
        state: WorkerState::Lost,
        requests: 2,
        failures: 0,
        clock_offset_ms: None,
        clock_uncertainty_ms: None,
        deltas: Some(60),
        lost_spans: vec!["60.0–61.5 s".to_owned(), "70.0–71.0 s".to_owned()],
        last_delta_s: Some(60.0),
        ..sound.clone()
    };
    vec![sound, lost]
}

/// A note of any kind and weight.
pub fn note(kind: &str, severity: Severity, text: &str) -> Note {
    Note { kind: kind.into(), severity, text: text.to_owned() }
}

/// What was observed beside [`report`]: series that move with the users, and texts that have broken reports.
pub fn observed_samples() -> Vec<ObservedSample> {
    let names = ["vllm:num_requests_waiting", "rate(process_cpu_seconds_total)", "own{x=\"<b>|`\"}"];
    let sample = |second: u64, name: &str| ObservedSample {
        elapsed_s: second as f64 + 0.25,
        name: "model".to_owned(),
        series: name.to_owned(),
        value: (second * name.len() as u64) as f64 / 8.0,
    };
    (0..120).flat_map(|second| names.map(|name| sample(second, name))).collect()
}
