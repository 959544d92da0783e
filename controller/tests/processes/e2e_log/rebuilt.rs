//! What a report says, made from the log alone: by the same histogram, and by the definitions of its metrics.

use std::collections::BTreeMap;

use common::request_log::{ConnectionUse, FinishReason, LoggedRequest, Outcome};
use common::stats::{Histogram, Metric};
use report::rows::Percentiles;
use serde_json::{Value, json};
use testkit::runs::Results;

/// What is streamed.
const CHAT: &str = "POST /chat/stream";

#[derive(Default)]
struct Row {
    latency: Histogram,
    failed: Histogram,
    cut: u64,
    abandoned: u64,
}

#[derive(Default)]
pub struct Rebuilt {
    rows: BTreeMap<String, Row>,
    streams: BTreeMap<&'static str, u64>,
    metrics: BTreeMap<&'static str, Histogram>,
    failures: BTreeMap<String, u64>,
}

impl Rebuilt {
    pub fn of(requests: &[LoggedRequest<'_>]) -> Rebuilt {
        let mut rebuilt = Rebuilt::default();
        for request in requests {
            rebuilt.request(request);
            if request.call == CHAT {
                rebuilt.stream(request);
            }
        }
        rebuilt
    }

    fn request(&mut self, request: &LoggedRequest<'_>) {
        let row = self.rows.entry(request.call.to_string()).or_default();
        match (request.outcome, request.latency()) {
            (Outcome::Left, _) => row.abandoned += 1,
            (Outcome::Cut, sent) => row.cut += u64::from(sent.is_some()),
            (Outcome::Unasked, _) | (_, None) => {}
            (outcome, Some(latency)) => {
                row.latency.record(latency.nearest_us());
                if outcome == Outcome::Failed {
                    row.failed.record(latency.nearest_us());
                    *self.failures.entry(request.failure.unwrap().name().to_owned()).or_default() += 1;
                }
            }
        }
        if let Some(connect) = request.connect {
            assert_eq!(request.connection, Some(ConnectionUse::Opened));
            self.metrics.entry("connect").or_default().record(connect.nearest_us());
        }
    }

    fn stream(&mut self, request: &LoggedRequest<'_>) {
        let is_ok = request.outcome == Outcome::Ok;
        let mut count = |name, number: u64| *self.streams.entry(name).or_default() += number;
        count("started", 1);
        count("completed", u64::from(is_ok));
        count("failed", u64::from(matches!(request.outcome, Outcome::Failed | Outcome::Unasked)));
        count("cut", u64::from(request.outcome == Outcome::Cut && request.sent.is_some()));
        count("abandoned", u64::from(request.outcome == Outcome::Left));
        count("stalled", u64::from(is_ok && request.stalled));
        count("chunks", request.chunks.unwrap_or(0));
        count("hidden", request.hidden);
        let tokens = request.tokens.unwrap_or_default();
        count("tokens", tokens.output);
        count("tokens_reported", if tokens.counted { tokens.output } else { 0 });
        count("prompt_tokens", tokens.prompt);
        count("cached_tokens", tokens.cached);
        count("reasoning_tokens", tokens.reasoning);
        count("finish_stop", u64::from(is_ok && request.finish == Some(FinishReason::Stop)));
        let mut metric = |metric: Metric, value: Option<u64>| {
            value.into_iter().for_each(|value| self.metrics.entry(metric.name()).or_default().record(value));
        };
        let Some(sent) = request.sent else { return };
        let since = |moment: common::request_log::Moment| moment.since(sent).nearest_us();
        metric(Metric::Ttft, request.ttft().map(|ttft| ttft.nearest_us()));
        if request.outcome == Outcome::Cut {
            return;
        }
        let is_accepted = request.status.is_some_and(|status| (200..300).contains(&status));
        metric(Metric::Headers, request.headers.filter(|_| is_accepted).map(since));
        metric(Metric::FirstByte, request.first_byte.filter(|_| is_accepted).map(since));
        metric(Metric::FirstEvent, request.first_event.map(since));
        metric(Metric::Ttfr, request.ttfr().map(|ttfr| ttfr.nearest_us()));
        metric(Metric::E2e, request.latency().filter(|_| is_ok).map(|latency| latency.nearest_us()));
        let steps = tokens.output.saturating_sub(1);
        if is_ok && request.chunks.unwrap_or(0) + request.hidden >= 2 && steps > 0 {
            let first = request.first_reasoning.or(request.first_token).unwrap();
            let span = request.last_token.unwrap().since(first).nanos() as u64;
            metric(Metric::Tpot, Some((span / steps + 500) / 1000));
            metric(Metric::TokenRate, (steps * 1_000_000_000_000).checked_div(span));
        }
    }

    /// Panics unless a report says the same, to the digit.
    pub fn expect(&self, results: &Results) {
        for row in results.summary["endpoints"].as_array().unwrap() {
            let name = format!("{} {}", row["method"].as_str().unwrap(), row["name"].as_str().unwrap());
            let mine = self.rows.get(&name).unwrap_or_else(|| panic!("{name} is not in the log"));
            let fields = ["count", "failures", "cut", "abandoned"];
            let count = mine.latency.count() + mine.cut + mine.abandoned;
            let counts = [count, mine.failed.count(), mine.cut, mine.abandoned];
            assert_eq!(fields.map(|field| row[field].as_u64().unwrap()), counts, "{name}");
            assert_eq!(row["percentiles_ms"], percentiles(&mine.latency), "{name}");
            for (field, value) in [("min_ms", mine.latency.min()), ("max_ms", mine.latency.max())] {
                assert_eq!(row[field].as_f64(), value.map(|us| us as f64 / 1000.0), "{name} {field}");
            }
            let failed = Percentiles::of(&mine.failed).and_then(|failed| failed.p95());
            if row["failed_p95_ms"].is_number() {
                assert_eq!(row["failed_p95_ms"].as_f64(), failed, "{name}");
            }
        }
        assert_eq!(self.failures, results.failures());
        let streams = &results.summary["streams"];
        for (name, number) in &self.streams {
            assert_eq!(streams[name], json!(number), "{name}");
        }
        for metric in Metric::ALL.into_iter().filter(|metric| *metric != Metric::Icl) {
            let row = &streams["metrics"][metric.name()];
            let mine = self.metrics.get(metric.name()).cloned().unwrap_or_default();
            assert_eq!(row["count"].as_u64().unwrap_or(0), mine.count(), "{metric}");
            assert_eq!(row["percentiles"], percentiles(&mine), "{metric}");
        }
    }
}

fn percentiles(histogram: &Histogram) -> Value {
    serde_json::to_value(Percentiles::of(histogram)).unwrap()
}
