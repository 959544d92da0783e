//! The server's own pages.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::App;
use crate::counts::{Counts, TtftSummary};

/// Lines of one answer of `/_sandbox/requests`, unless asked otherwise, and at most.
const LINES: usize = 10_000;
const MOST_LINES: usize = 100_000;

/// `GET /_sandbox/counts`
pub(crate) async fn counts(State(app): State<Arc<App>>) -> Json<Counts> {
    Json(app.chat.counters.snapshot(Instant::now()))
}

/// `GET /_sandbox/metrics`: the gauges of the streams as Prometheus reads them, those of the slots or the batch only
/// where there are any.
pub(crate) async fn metrics(State(app): State<Arc<App>>) -> impl IntoResponse {
    let counts = app.chat.counters.snapshot(Instant::now());
    let streams = &counts.streams;
    let waiting = streams.in_progress.saturating_sub(streams.producing);
    let mut page = String::new();
    let mut put = |name: &str, kind: &str, value: u64| {
        page.push_str(&format!("# TYPE {name} {kind}\n{name} {value}\n"));
    };
    put("sandbox_streams_open", "gauge", streams.in_progress);
    put("sandbox_streams_completed_total", "counter", streams.completed);
    if app.chat.stream_slots > 0 {
        put("sandbox_slots", "gauge", app.chat.stream_slots as u64);
        put("sandbox_slots_busy", "gauge", streams.producing);
        put("sandbox_slots_waiting", "gauge", waiting);
    }
    if app.chat.batch_slots > 0 {
        put("sandbox_batch_slots", "gauge", app.chat.batch_slots as u64);
        put("sandbox_batch_running", "gauge", streams.producing);
        put("sandbox_batch_waiting", "gauge", waiting);
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], page)
}

/// `GET /_sandbox/ttft`
pub(crate) async fn ttft(State(app): State<Arc<App>>) -> Json<TtftSummary> {
    Json(app.chat.counters.ttft.summary())
}

/// Which requests `GET /_sandbox/requests` is to tell of.
#[derive(Debug, Deserialize)]
pub(crate) struct Wanted {
    /// Those with a number above this one.
    #[serde(default)]
    after: u64,
    limit: Option<usize>,
}

/// `GET /_sandbox/requests?after=N&limit=M`: a header, then the requests that have finished, a line of JSON each.
pub(crate) async fn requests(
    State(app): State<Arc<App>>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Response {
    let wanted = match wanted {
        Ok(Query(wanted)) if wanted.limit.is_none_or(|limit| limit <= MOST_LINES) => wanted,
        _ => {
            let detail = format!("write after=N and limit=M, whole numbers, the limit at most {MOST_LINES}");
            return (StatusCode::BAD_REQUEST, Json(json!({ "detail": detail }))).into_response();
        }
    };
    let (head, finished) = app.chat.counters.finished.page(wanted.after, wanted.limit.unwrap_or(LINES));
    let mut page = line(&head);
    finished.iter().for_each(|request| page.push_str(&line(request)));
    ([(header::CONTENT_TYPE, "application/x-ndjson")], page).into_response()
}

fn line(of: &impl Serialize) -> String {
    // Plain numbers and texts can always be written.
    serde_json::to_string(of).unwrap_or_default() + "\n"
}

/// `POST /_sandbox/reset`
pub(crate) async fn reset(State(app): State<Arc<App>>) -> StatusCode {
    app.chat.counters.reset();
    StatusCode::NO_CONTENT
}

/// `GET /`
pub(crate) async fn name() -> Json<Value> {
    Json(json!({ "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION") }))
}
