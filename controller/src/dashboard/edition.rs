//! The news as JSON: written once, whoever reads it.

use std::sync::Arc;

use tokio::sync::watch;

use super::board::{Board, News, Second};
use crate::view::{LivePhase, PlanRow};
use report::charts::{self, Figure, OverTime};
use report::json::{self, text};
use report::rows::{EndpointSecond, SecondRow, StageRow};

/// The columns of a row of `/api/v1/history`, in order.
pub(super) const COLUMNS: [&str; 21] = [
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
/// So many editions share the text of a heavy part.
const HEAVY_EVERY: u64 = 5;

/// One state of the run, ready to be sent.
#[derive(Debug, Default)]
pub(super) struct Edition {
    /// Counts editions, from 1.
    pub(super) number: u64,
    /// Every part: `{"number":3,"parts":{…}}`.
    pub(super) full: Arc<str>,
    /// The parts that differ from the edition before.
    pub(super) delta: Arc<str>,
    /// Which part of its life the run is in.
    pub(super) phase: LivePhase,
    parts: Vec<(&'static str, String)>,
}

impl Edition {
    /// The edition after this one.
    fn next(&self, news: &News) -> Edition {
        let number = self.number + 1;
        let mut parts = parts(news);
        if !number.is_multiple_of(HEAVY_EVERY) && news.live.phase != LivePhase::Over {
            self.keep_heavy(&mut parts);
        }
        let changed = |(name, text): &&(&'static str, String)| {
            !self.parts.iter().any(|(other, before)| other == name && before == text)
        };
        let delta = envelope(number, parts.iter().filter(changed));
        Edition { number, full: envelope(number, parts.iter()), delta, phase: news.live.phase, parts }
    }
}

impl Edition {
    /// A part so long that it would take most of the way to a viewer keeps its text for a while.
    fn keep_heavy(&self, parts: &mut [(&'static str, String)]) {
        for (name, text) in parts.iter_mut().filter(|(_, text)| text.len() > HEAVY) {
            if let Some((_, before)) = self.parts.iter().find(|(other, _)| other == name) {
                text.clone_from(before);
            }
        }
    }
}

fn envelope<'a>(number: u64, parts: impl Iterator<Item = &'a (&'static str, String)>) -> Arc<str> {
    let parts: Vec<String> = parts.map(|(name, text)| format!("\"{name}\":{text}")).collect();
    format!("{{\"number\":{number},\"parts\":{{{}}}}}", parts.join(",")).into()
}

/// The summary part by part, and where the run stands.
fn parts(news: &News) -> Vec<(&'static str, String)> {
    let mut parts = json::parts(&news.report);
    parts.push(("live", text(&news.live)));
    parts.push(("form", text(&news.form)));
    parts.push(("plan", text(&news.plan)));
    parts.push(("pulse", text(&news.pulse)));
    parts.push(("distributions", text(&news.distributions)));
    parts.push(("figures", text(&figures(news))));
    parts
}

/// The charts without their points, which are rows of the history.
fn figures(news: &News) -> Vec<Figure> {
    let stage = |row: &PlanRow| StageRow {
        name: row.name.clone(),
        from_s: row.from_s,
        to_s: row.to_s,
        ..StageRow::default()
    };
    let stages: Vec<StageRow> = news.plan.iter().map(stage).collect();
    let over_time = OverTime::ALL.into_iter().map(|chart| chart.figure(&[], &stages));
    over_time.chain([charts::distribution()]).collect()
}

/// A second as [`COLUMNS`] and, for each endpoint, [`ENDPOINT_COLUMNS`].
pub(super) fn second_json(row: &SecondRow, endpoints: &[EndpointSecond]) -> Second {
    let told = row.percentiles;
    let cells = [
        text(&(
            row.second,
            row.timestamp,
            row.users,
            row.users_target,
            row.stopping,
            row.streams,
            row.workers,
        )),
        text(&(row.rps, row.failures_per_s)),
        text(&told.map_or([None; 3], |told| [told.p50(), told.p95(), told.p99()].map(Some))),
        text(&(row.ttft_p50_ms, row.ttft_p95_ms, row.ttft_p99_ms)),
        text(&(row.icl_p50_ms, row.icl_p95_ms, row.icl_p99_ms)),
        text(&(row.tokens_per_s, row.total_count, row.total_failures)),
    ];
    let cells = cells.map(|cells| cells.trim_matches(['[', ']']).to_owned());
    // Most endpoints rest in most seconds of a small run: `null` says that.
    let endpoint = |row: &EndpointSecond| {
        (row.rps > 0.0).then_some((row.rps, row.failures_per_s, row.p50_ms, row.p95_ms, row.p99_ms))
    };
    let endpoints: Vec<_> = endpoints.iter().map(endpoint).collect();
    Second { row: format!("[{}]", cells.join(",")).into(), endpoints: text(&endpoints).into() }
}

/// Writes an edition whenever there is news, until the board is gone.
pub(super) async fn press(board: Arc<Board>, editions: watch::Sender<Arc<Edition>>) {
    let mut news = board.subscribe();
    loop {
        let latest = Arc::clone(&news.borrow_and_update());
        let edition = editions.borrow().next(&latest);
        editions.send_replace(Arc::new(edition));
        if news.changed().await.is_err() {
            return;
        }
    }
}
