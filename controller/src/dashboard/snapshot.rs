//! The run's state as JSON: written once, whoever reads it.

use std::sync::Arc;

use serde::{Serialize, Serializer};
use serde_json::json;
use serde_json::value::{RawValue, Value};
use tokio::sync::watch;

use super::state::{RunState, SecondJson, Update, raw};
use crate::view::LivePhase;
use report::json::{parts as summary_parts, text};
use report::rows::{EndpointSecond, SecondRow};

/// The columns of a row of `/api/v1/history`, in order.
pub(super) const COLUMNS: [&str; 24] = [
    "second",
    "timestamp",
    "users",
    "users_target",
    "stopping",
    "streams",
    "workers",
    "rps",
    "failures_per_s",
    "p50_ms",
    "p95_ms",
    "p99_ms",
    "calls_p50_ms",
    "calls_p95_ms",
    "calls_p99_ms",
    "ttft_p50_ms",
    "ttft_p95_ms",
    "ttft_p99_ms",
    "icl_p50_ms",
    "icl_p95_ms",
    "icl_p99_ms",
    "tokens_per_s",
    "total_count",
    "total_failures",
];

/// The columns of an endpoint's row.
pub(super) const ENDPOINT_COLUMNS: [&str; 5] = ["rps", "failures_per_s", "p50_ms", "p95_ms", "p99_ms"];

/// A part longer than this (a thousand workers, a thousand failures) is renewed less often.
const HEAVY: usize = 64 * 1024;
/// So many snapshots share the text of a heavy part.
const HEAVY_EVERY: u64 = 5;

/// One state of the run, ready to be sent.
#[derive(Debug, Default)]
pub(super) struct Snapshot {
    /// Counts snapshots, from 1.
    pub(super) number: u64,
    /// Every part: `{"number":3,"parts":{…}}`.
    pub(super) full: Arc<str>,
    /// The parts that differ from the snapshot before.
    pub(super) delta: Arc<str>,
    pub(super) phase: LivePhase,
    parts: Vec<Part>,
}

/// A part of the summary, or of what is shown beside it: its name and its JSON.
type Part = (&'static str, Box<RawValue>);

/// Parts as they are sent.
#[derive(Serialize)]
struct SnapshotMessage<'a> {
    number: u64,
    #[serde(serialize_with = "by_name")]
    parts: Vec<&'a Part>,
}

fn by_name<S: Serializer>(parts: &[&Part], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(parts.iter().map(|(name, json)| (name, json)))
}

impl Snapshot {
    /// The snapshot after this one.
    fn next(&self, update: &Update) -> Snapshot {
        let number = self.number + 1;
        let mut parts = parts(update);
        if !number.is_multiple_of(HEAVY_EVERY) && update.live.phase != LivePhase::Over {
            self.keep_heavy(&mut parts);
        }
        let changed = |(name, json): &&Part| self.part(name).is_none_or(|before| before.get() != json.get());
        let delta = text(&SnapshotMessage { number, parts: parts.iter().filter(changed).collect() }).into();
        let full = text(&SnapshotMessage { number, parts: parts.iter().collect() }).into();
        Snapshot { number, full, delta, phase: update.live.phase, parts }
    }

    /// A part so long that it would take most of the way to a viewer keeps its text for a while.
    fn keep_heavy(&self, parts: &mut [Part]) {
        for (name, json) in parts.iter_mut().filter(|(_, json)| json.get().len() > HEAVY) {
            if let Some(before) = self.part(name) {
                *json = before.to_owned();
            }
        }
    }

    fn part(&self, name: &str) -> Option<&RawValue> {
        self.parts.iter().find(|(other, _)| *other == name).map(|(_, json)| &**json)
    }
}

/// The summary part by part, and where the run stands.
fn parts(update: &Update) -> Vec<Part> {
    let summary = summary_parts(&update.report).into_iter();
    let mut parts: Vec<Part> = summary.map(|(name, json)| (name, whole(json))).collect();
    parts.push(("live", raw(&update.live)));
    parts.push(("form", raw(&update.choices)));
    parts.push(("plan", raw(&update.plan)));
    parts.push(("pulse", raw(&update.pulse)));
    parts
}

/// A text that is JSON already.
fn whole(json: String) -> Box<RawValue> {
    RawValue::from_string(json).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

/// A second as [`COLUMNS`] and, for each endpoint, [`ENDPOINT_COLUMNS`].
pub(super) fn second_json(row: &SecondRow, endpoints: &[EndpointSecond]) -> SecondJson {
    let [p50, p95, p99] = row.percentiles.map_or([None; 3], |of| [of.p50(), of.p95(), of.p99()]);
    let cells: [Value; COLUMNS.len()] = [
        row.second.into(),
        json!(row.timestamp),
        row.users.into(),
        row.users_target.into(),
        row.stopping.into(),
        row.streams.into(),
        row.workers.into(),
        row.rps.into(),
        row.failures_per_s.into(),
        p50.into(),
        p95.into(),
        p99.into(),
        row.calls_p50_ms.into(),
        row.calls_p95_ms.into(),
        row.calls_p99_ms.into(),
        row.ttft_p50_ms.into(),
        row.ttft_p95_ms.into(),
        row.ttft_p99_ms.into(),
        row.icl_p50_ms.into(),
        row.icl_p95_ms.into(),
        row.icl_p99_ms.into(),
        row.tokens_per_s.into(),
        row.total_count.into(),
        row.total_failures.into(),
    ];
    // Most endpoints rest in most seconds of a small run: `null` says that.
    let endpoint = |row: &EndpointSecond| {
        (row.rps > 0.0).then_some((row.rps, row.failures_per_s, row.p50_ms, row.p95_ms, row.p99_ms))
    };
    let endpoints: Vec<_> = endpoints.iter().map(endpoint).collect();
    SecondJson { row: raw(&cells), endpoints: raw(&endpoints) }
}

/// Makes a snapshot of each update, until the run is gone.
pub(super) async fn publish_snapshots(run: Arc<RunState>, snapshots: watch::Sender<Arc<Snapshot>>) {
    let mut updates = run.subscribe();
    loop {
        let update = Arc::clone(&updates.borrow_and_update());
        let snapshot = snapshots.borrow().next(&update);
        snapshots.send_replace(Arc::new(snapshot));
        // The seconds that have come do not pile up where nobody looks at charts.
        drop(run.course(&update));
        if updates.changed().await.is_err() {
            return;
        }
    }
}
