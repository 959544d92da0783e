//! What a viewer gets: everything so far, then what changes, for as long as it reads.
//!
//! ```text
//! hello ── seconds … seconds ── edition (full) ── seconds, edition (delta) each second ── end
//! ```
//!
//! (The event that carries a snapshot is called `edition`.) A viewer is a cursor: which second and which
//! snapshot it has. Nothing queues up for one that reads slowly; it gets the next full snapshot instead of
//! the deltas it missed. One that reads nothing loses its
//! connection ([`super::listener`]) and is welcome again from where it was.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;

use super::app_state::{AppState, EndpointName};
use super::snapshot::{COLUMNS, ENDPOINT_COLUMNS, Snapshot};
use super::state::SecondsJson;
use crate::view::LivePhase;
use report::json::text;

/// Seconds in one message: an hour of them is half a megabyte.
const BATCH: usize = 3600;

/// `GET /api/v1/events`
pub(super) async fn events(State(app): State<AppState>, headers: HeaderMap) -> Response {
    // One message on the way: the next is made when this one has gone out.
    let (messages, body) = mpsc::channel::<Result<Bytes, Infallible>>(1);
    let resumed = headers.get("last-event-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    let viewer = Viewer::new(app, resumed, messages);
    tokio::spawn(viewer.serve());
    let kind = [(header::CONTENT_TYPE, "text/event-stream; charset=utf-8")];
    (kind, Body::from_stream(ReceiverStream::new(body))).into_response()
}

/// What the page must know first. Its columns are those of the rows that follow.
#[derive(Serialize)]
struct Hello<'a> {
    id: &'a str,
    from: usize,
    token: bool,
    columns: &'a [&'a str],
    endpoint_columns: &'a [&'a str],
    endpoints: &'a [EndpointName],
}

/// Closed seconds from number `from` on.
#[derive(Serialize)]
struct ClosedSeconds {
    from: usize,
    rows: Box<RawValue>,
    endpoints: Box<RawValue>,
}

struct Viewer {
    app: AppState,
    snapshots: watch::Receiver<Arc<Snapshot>>,
    messages: mpsc::Sender<Result<Bytes, Infallible>>,
    /// The next second to send.
    next: usize,
    /// The number of the last snapshot sent.
    snapshot: u64,
}

impl Viewer {
    fn new(app: AppState, resumed: &str, messages: mpsc::Sender<Result<Bytes, Infallible>>) -> Viewer {
        let snapshots = app.snapshots.clone();
        let next = match resumed.split_once('-') {
            Some((run, next)) if run == app.id() => next.parse().unwrap_or(0),
            _ => 0,
        };
        let next = next.min(app.run.len());
        Viewer { app, snapshots, messages, next, snapshot: 0 }
    }

    /// Sends until the viewer or the run has gone.
    async fn serve(mut self) {
        let _viewing = self.app.viewers.enter();
        let hello = self.hello();
        if !self.send(hello).await {
            return;
        }
        loop {
            let snapshot = Arc::clone(&self.snapshots.borrow_and_update());
            let last = snapshot.phase == LivePhase::Over;
            if !self.catch_up().await || !self.send_snapshot(&snapshot).await {
                return;
            }
            if last || self.snapshots.changed().await.is_err() {
                // What closed between the last snapshot and the end. The page hangs up once it has fetched
                // what it wants to keep.
                if self.catch_up().await && self.send(event("end", "{}", None)).await {
                    self.messages.closed().await;
                }
                return;
            }
        }
    }

    fn hello(&self) -> String {
        let hello = Hello {
            id: &self.app.id(),
            from: self.next,
            token: self.app.token.is_some(),
            columns: &COLUMNS,
            endpoint_columns: &ENDPOINT_COLUMNS,
            endpoints: &self.app.endpoints,
        };
        format!("retry: 1000\n{}", event("hello", &text(&hello), None))
    }

    async fn catch_up(&mut self) -> bool {
        loop {
            let from = self.next;
            let SecondsJson { count, rows, endpoints } = self.app.run.seconds(from, BATCH);
            if count == 0 {
                return true;
            }
            self.next += count;
            let id = format!("{}-{}", self.app.id(), self.next);
            let data = text(&ClosedSeconds { from, rows, endpoints });
            if !self.send(event("seconds", &data, Some(&id))).await {
                return false;
            }
        }
    }

    async fn send_snapshot(&mut self, snapshot: &Snapshot) -> bool {
        if snapshot.number == 0 || snapshot.number == self.snapshot {
            return true;
        }
        let data = match snapshot.number == self.snapshot + 1 {
            true => &snapshot.delta,
            false => &snapshot.full,
        };
        self.snapshot = snapshot.number;
        self.send(event("edition", data, None)).await
    }

    async fn send(&self, message: String) -> bool {
        self.messages.send(Ok(Bytes::from(message))).await.is_ok()
    }
}

fn event(name: &str, data: &str, id: Option<&str>) -> String {
    let id = id.map(|id| format!("id: {id}\n")).unwrap_or_default();
    format!("{id}event: {name}\ndata: {data}\n\n")
}
