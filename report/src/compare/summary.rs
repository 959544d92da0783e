//! A run from its `summary.json` alone: everything but its seconds.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::source::SourceError;
use crate::json::SCHEMA;
use crate::rows::{EndpointRow, Figures, MetricRow, Percentiles, RunFacts, RunReport, StreamRows, Summary};

#[derive(Debug, Deserialize)]
struct Head {
    schema: String,
}

#[derive(Debug, Deserialize)]
struct Document {
    run: RunFacts,
    total: Endpoint,
    endpoints: Vec<Endpoint>,
    streams: Streams,
}

#[derive(Debug, Deserialize)]
struct Endpoint {
    method: String,
    name: String,
    count: u64,
    failures: u64,
    cut: u64,
    rps: f64,
    avg_ms: Option<f64>,
    min_ms: Option<f64>,
    max_ms: Option<f64>,
    percentiles_ms: Option<[f64; 11]>,
}

#[derive(Debug, Deserialize)]
struct Streams {
    started: u64,
    completed: u64,
    failed: u64,
    cut: u64,
    tokens_per_s: f64,
    metrics: BTreeMap<String, Metric>,
}

#[derive(Debug, Deserialize)]
struct Metric {
    unit: String,
    count: u64,
    avg: Option<f64>,
    min: Option<f64>,
    max: Option<f64>,
    percentiles: Option<[f64; 11]>,
}

/// Reads the summary.
///
/// # Errors
/// A file that is missing, unreadable, of another version or not of the form.
pub(super) fn load(path: &Path) -> Result<RunReport, SourceError> {
    let form = |source| SourceError::Form { path: path.to_owned(), source };
    let text = std::fs::read(path).map_err(|source| SourceError::Io { path: path.to_owned(), source })?;
    let head: Head = serde_json::from_slice(&text).map_err(form)?;
    if head.schema != SCHEMA {
        return Err(SourceError::Version { path: path.to_owned(), found: head.schema });
    }
    let document: Document = serde_json::from_slice(&text).map_err(form)?;
    Ok(RunReport {
        facts: document.run,
        total: endpoint(document.total),
        endpoints: document.endpoints.into_iter().map(endpoint).collect(),
        streams: streams(document.streams),
        ..RunReport::default()
    })
}

fn endpoint(read: Endpoint) -> EndpointRow {
    let median = read.percentiles_ms.map(|told| told[0]);
    EndpointRow {
        latency: figures([median, read.avg_ms, read.min_ms, read.max_ms], read.percentiles_ms),
        method: read.method,
        name: read.name,
        count: read.count,
        failures: read.failures,
        cut: read.cut,
        rps: read.rps,
        ..EndpointRow::default()
    }
}

fn streams(read: Streams) -> StreamRows {
    let metric = |(name, read): (String, Metric)| MetricRow {
        name,
        unit: read.unit,
        count: read.count,
        figures: figures(
            [read.percentiles.map(|told| told[0]), read.avg, read.min, read.max],
            read.percentiles,
        ),
        ..MetricRow::default()
    };
    StreamRows {
        started: read.started,
        completed: read.completed,
        failed: read.failed,
        cut: read.cut,
        tokens_per_s: read.tokens_per_s,
        metrics: read.metrics.into_iter().map(metric).collect(),
        ..StreamRows::default()
    }
}

fn figures([median, avg, min, max]: [Option<f64>; 4], percentiles: Option<[f64; 11]>) -> Option<Figures> {
    let summary = Summary { median: median?, avg: avg?, min: min?, max: max? };
    Some(Figures { summary, percentiles: Percentiles(percentiles?) })
}
