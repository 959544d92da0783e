//! A run from its `summary.json` alone: everything but its seconds.

use std::collections::BTreeMap;
use std::path::Path;

use common::named_file;
use common::stats::StreamCounts;
use serde::Deserialize;

use super::source::SourceError;
use crate::json::{JsonEndpoint, JsonMetric, SCHEMA};
use crate::rows::{LimitRows, ObservedRows, RunFacts, RunReport, StreamRows};

/// Most bytes of a summary.
const MOST_BYTES: u64 = 256 << 20;

#[derive(Debug, Deserialize)]
struct SummaryHead {
    schema: String,
}

#[derive(Debug, Deserialize)]
struct SummaryFile {
    run: RunFacts,
    total: JsonEndpoint<'static>,
    endpoints: Vec<JsonEndpoint<'static>>,
    streams: SummaryStreams,
    limits: Option<LimitRows>,
    #[serde(default)]
    observed: ObservedRows,
}

#[derive(Debug, Deserialize)]
struct SummaryStreams {
    started: u64,
    completed: u64,
    failed: u64,
    #[serde(default)]
    abandoned: u64,
    cut: u64,
    tokens_per_s: f64,
    metrics: BTreeMap<String, JsonMetric<'static>>,
}

/// Reads the summary.
///
/// # Errors
/// A file that is missing, unreadable, of another version or not of the form.
pub(super) fn load(path: &Path) -> Result<RunReport, SourceError> {
    let form = |source| SourceError::Form { path: path.to_owned(), source };
    let text = named_file::bytes(path, MOST_BYTES)
        .map_err(|source| SourceError::Io { path: path.to_owned(), source })?;
    let head: SummaryHead = serde_json::from_slice(&text).map_err(form)?;
    if head.schema != SCHEMA {
        return Err(SourceError::Version { path: path.to_owned(), found: head.schema });
    }
    let document: SummaryFile = serde_json::from_slice(&text).map_err(form)?;
    Ok(RunReport {
        facts: document.run,
        total: document.total.into_row(),
        endpoints: document.endpoints.into_iter().map(JsonEndpoint::into_row).collect(),
        streams: streams(document.streams),
        limits: document.limits,
        observed: document.observed,
        ..RunReport::default()
    })
}

fn streams(read: SummaryStreams) -> StreamRows {
    let SummaryStreams { started, completed, failed, abandoned, cut, .. } = read;
    StreamRows {
        started,
        counts: StreamCounts { completed, failed, abandoned, cut, ..StreamCounts::default() },
        tokens_per_s: read.tokens_per_s,
        metrics: read.metrics.into_iter().map(|(name, metric)| metric.into_row(name)).collect(),
        ..StreamRows::default()
    }
}
