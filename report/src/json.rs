//! `summary.json`: the report for programs.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use super::rows::{
    ArrivalRow, BehindRows, EndpointRow, FailureRow, Figures, LimitRows, MetricRow, Note, ObservedRows,
    Percentiles, RunFacts, RunReport, SlowRow, StageRow, StreamRows, Summary, ThresholdRow, WorkerRow,
};

/// Name and version of the form. A field may be added within a version, never changed or removed.
pub const SCHEMA: &str = "loadtests/summary/v1";

/// Writes the summary, indented, with a line end. What is not known is `null`; times are in the unit
/// their names end with.
pub fn write(mut out: impl Write, report: &RunReport) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut out, &Document::of(report))?;
    out.write_all(b"\n")?;
    out.flush()
}

/// The summary field by field as compact JSON, for those who send only what has changed.
pub fn parts(report: &RunReport) -> Vec<(&'static str, String)> {
    let document = Document::of(report);
    vec![
        ("run", text(&document.run)),
        ("total", text(&document.total)),
        ("calls", text(&document.calls)),
        ("endpoints", text(&document.endpoints)),
        ("arrivals", text(&document.arrivals)),
        ("streams", text(&document.streams)),
        ("stages", text(&document.stages)),
        ("failures", text(&report.failures.iter().map(FailureRow::shortened).collect::<Vec<_>>())),
        ("slowest", text(&document.slowest)),
        ("workers", text(&document.workers)),
        ("thresholds", text(&document.thresholds)),
        ("limits", text(&document.limits)),
        ("observed", text(&document.observed)),
        ("behind", text(&document.behind)),
        ("notes", text(&document.notes)),
    ]
}

/// A value as compact JSON. Rows hold nothing that JSON cannot.
pub fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    run: &'a RunFacts,
    total: JsonEndpoint<'a>,
    calls: Option<JsonMetric<'a>>,
    endpoints: Vec<JsonEndpoint<'a>>,
    arrivals: Option<ArrivalRow>,
    streams: Streams<'a>,
    stages: &'a [StageRow],
    failures: &'a [FailureRow],
    slowest: &'a [SlowRow],
    workers: &'a [WorkerRow],
    thresholds: &'a [ThresholdRow],
    limits: Option<&'a LimitRows>,
    observed: &'a ObservedRows,
    behind: Option<&'a BehindRows>,
    notes: &'a [Note],
}

/// An endpoint, or all together.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct JsonEndpoint<'a> {
    method: Cow<'a, str>,
    name: Cow<'a, str>,
    count: u64,
    failures: u64,
    cut: u64,
    #[serde(default)]
    abandoned: u64,
    rps: f64,
    p50_ms: Option<f64>,
    p90_ms: Option<f64>,
    p95_ms: Option<f64>,
    p99_ms: Option<f64>,
    max_ms: Option<f64>,
    min_ms: Option<f64>,
    avg_ms: Option<f64>,
    good_p50_ms: Option<f64>,
    good_p95_ms: Option<f64>,
    good_p99_ms: Option<f64>,
    failed_p50_ms: Option<f64>,
    failed_p95_ms: Option<f64>,
    failed_p99_ms: Option<f64>,
    /// 50, 66, 75, 80, 90, 95, 98, 99, 99.9, 99.99 and 100 %.
    percentiles_ms: Option<Percentiles>,
}

struct Streams<'a>(&'a StreamRows);

/// The unit differs from metric to metric, so it is a field and not part of the names.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct JsonMetric<'a> {
    unit: Cow<'a, str>,
    count: u64,
    p50: Option<f64>,
    p90: Option<f64>,
    p95: Option<f64>,
    p99: Option<f64>,
    max: Option<f64>,
    min: Option<f64>,
    avg: Option<f64>,
    /// 50, 66, 75, 80, 90, 95, 98, 99, 99.9, 99.99 and 100 %.
    percentiles: Option<Percentiles>,
}

impl<'a> Document<'a> {
    fn of(report: &'a RunReport) -> Document<'a> {
        Document {
            schema: SCHEMA,
            run: &report.facts,
            total: JsonEndpoint::of(&report.total),
            calls: report.calls.as_ref().map(JsonMetric::of),
            endpoints: report.endpoints.iter().map(JsonEndpoint::of).collect(),
            arrivals: report.arrivals,
            streams: Streams(&report.streams),
            stages: &report.stages,
            failures: &report.failures,
            slowest: &report.slowest,
            workers: &report.workers,
            thresholds: &report.thresholds,
            limits: report.limits.as_ref(),
            observed: &report.observed,
            behind: report.behind.as_ref(),
            notes: &report.notes,
        }
    }
}

impl<'a> JsonEndpoint<'a> {
    fn of(row: &'a EndpointRow) -> JsonEndpoint<'a> {
        let summary = row.latency.map(|figures| figures.summary);
        let percentiles = row.latency.map(|figures| figures.percentiles);
        JsonEndpoint {
            method: Cow::Borrowed(&row.method),
            name: Cow::Borrowed(&row.name),
            count: row.count,
            failures: row.failures,
            cut: row.cut,
            abandoned: row.abandoned,
            rps: row.rps,
            p50_ms: percentiles.and_then(|figures| figures.p50()),
            p90_ms: percentiles.and_then(|figures| figures.p90()),
            p95_ms: percentiles.and_then(|figures| figures.p95()),
            p99_ms: percentiles.and_then(|figures| figures.p99()),
            max_ms: summary.map(|figures| figures.max),
            min_ms: summary.map(|figures| figures.min),
            avg_ms: summary.map(|figures| figures.avg),
            good_p50_ms: row.good.and_then(|figures| figures.p50()),
            good_p95_ms: row.good.and_then(|figures| figures.p95()),
            good_p99_ms: row.good.and_then(|figures| figures.p99()),
            failed_p50_ms: row.failed.and_then(|figures| figures.p50()),
            failed_p95_ms: row.failed.and_then(|figures| figures.p95()),
            failed_p99_ms: row.failed.and_then(|figures| figures.p99()),
            percentiles_ms: percentiles,
        }
    }

    /// The row as far as the summary holds it.
    pub fn into_row(self) -> EndpointRow {
        EndpointRow {
            latency: figures(self.percentiles_ms, [self.avg_ms, self.min_ms, self.max_ms]),
            method: self.method.into_owned(),
            name: self.name.into_owned(),
            count: self.count,
            failures: self.failures,
            cut: self.cut,
            abandoned: self.abandoned,
            rps: self.rps,
            ..EndpointRow::default()
        }
    }
}

/// Every total under its name, then the metrics under theirs.
impl Serialize for Streams<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, total) in self.0.totals() {
            map.serialize_entry(name, &total)?;
        }
        map.serialize_entry("tokens_per_s", &self.0.tokens_per_s)?;
        let metrics = self.0.metrics.iter().map(|row| (row.name.as_str(), JsonMetric::of(row)));
        map.serialize_entry("metrics", &metrics.collect::<BTreeMap<_, _>>())?;
        map.end()
    }
}

impl<'a> JsonMetric<'a> {
    fn of(row: &'a MetricRow) -> JsonMetric<'a> {
        let summary = row.figures.map(|figures| figures.summary);
        let percentiles = row.figures.map(|figures| figures.percentiles);
        JsonMetric {
            unit: Cow::Borrowed(&row.unit),
            count: row.count,
            p50: percentiles.and_then(|figures| figures.p50()),
            p90: percentiles.and_then(|figures| figures.p90()),
            p95: percentiles.and_then(|figures| figures.p95()),
            p99: percentiles.and_then(|figures| figures.p99()),
            max: summary.map(|figures| figures.max),
            min: summary.map(|figures| figures.min),
            avg: summary.map(|figures| figures.avg),
            percentiles,
        }
    }

    /// The row as far as the summary holds it.
    pub fn into_row(self, name: String) -> MetricRow {
        MetricRow {
            name,
            figures: figures(self.percentiles, [self.avg, self.min, self.max]),
            unit: self.unit.into_owned(),
            count: self.count,
            ..MetricRow::default()
        }
    }
}

fn figures(percentiles: Option<Percentiles>, [avg, min, max]: [Option<f64>; 3]) -> Option<Figures> {
    let percentiles = percentiles?;
    Some(Figures {
        summary: Summary { median: percentiles.p50()?, avg: avg?, min: min?, max: max? },
        percentiles,
    })
}
