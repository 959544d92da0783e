//! What a viewer gets: everything so far, then what changes, for as long as it reads.
//!
//! ```text
//! hello ── seconds … seconds ── edition (full) ── seconds, edition (delta) each second ── end
//! ```
//!
//! A viewer is a cursor: which second and which edition it has. Nothing queues up for one that reads
//! slowly; it gets the next full edition instead of the deltas it missed. One that reads nothing loses its
//! connection ([`super::patience`]) and is welcome again from where it was.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;

use super::edition::{COLUMNS, ENDPOINT_COLUMNS, Edition};
use super::server::Desk;
use crate::view::LivePhase;
use report::json::text;

/// Seconds in one message: an hour of them is half a megabyte.
const BATCH: usize = 3600;

/// `GET /api/v1/events`
pub(super) async fn events(State(desk): State<Desk>, headers: HeaderMap) -> Response {
    // One message on the way: the next is made when this one has gone out.
    let (messages, body) = mpsc::channel::<Result<Bytes, Infallible>>(1);
    let resumed = headers.get("last-event-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    let viewer = Viewer::new(desk, resumed, messages);
    tokio::spawn(viewer.serve());
    let kind = [(header::CONTENT_TYPE, "text/event-stream; charset=utf-8")];
    (kind, Body::from_stream(ReceiverStream::new(body))).into_response()
}

struct Viewer {
    desk: Desk,
    editions: watch::Receiver<Arc<Edition>>,
    messages: mpsc::Sender<Result<Bytes, Infallible>>,
    /// The next second to send.
    next: usize,
    /// The last edition sent.
    edition: u64,
}

impl Viewer {
    fn new(desk: Desk, resumed: &str, messages: mpsc::Sender<Result<Bytes, Infallible>>) -> Viewer {
        let editions = desk.editions.clone();
        let next = match resumed.split_once('-') {
            Some((run, next)) if run == desk.id() => next.parse().unwrap_or(0),
            _ => 0,
        };
        let next = next.min(desk.board.len());
        Viewer { desk, editions, messages, next, edition: 0 }
    }

    /// Sends until the viewer or the run has gone.
    async fn serve(mut self) {
        let _watching = self.desk.watch();
        let hello = self.hello();
        if !self.send(hello).await {
            return;
        }
        loop {
            let edition = Arc::clone(&self.editions.borrow_and_update());
            let last = edition.phase == LivePhase::Over;
            if !self.catch_up().await || !self.print(&edition).await {
                return;
            }
            if last || self.editions.changed().await.is_err() {
                // What closed between the last edition and the end. The page hangs up once it has fetched
                // what it wants to keep.
                if self.catch_up().await && self.send(event("end", "{}", None)).await {
                    self.messages.closed().await;
                }
                return;
            }
        }
    }

    /// What the page must know first. Its columns are those of the rows that follow.
    fn hello(&self) -> String {
        let endpoints = text(&*self.desk.endpoints);
        let data = format!(
            "{{\"id\":{},\"from\":{},\"token\":{},\"columns\":{},\"endpoint_columns\":{},\"endpoints\":{endpoints}}}",
            text(&self.desk.id()),
            self.next,
            self.desk.token.is_some(),
            text(&COLUMNS),
            text(&ENDPOINT_COLUMNS),
        );
        format!("retry: 1000\n{}", event("hello", &data, None))
    }

    async fn catch_up(&mut self) -> bool {
        loop {
            let (rows, count) = self.desk.board.rows(self.next, BATCH, |second| &second.row);
            if count == 0 {
                return true;
            }
            let (endpoints, _) = self.desk.board.rows(self.next, count, |second| &second.endpoints);
            let from = self.next;
            self.next += count;
            let id = format!("{}-{}", self.desk.id(), self.next);
            let data = format!("{{\"from\":{from},\"rows\":[{rows}],\"endpoints\":[{endpoints}]}}");
            if !self.send(event("seconds", &data, Some(&id))).await {
                return false;
            }
        }
    }

    async fn print(&mut self, edition: &Edition) -> bool {
        if edition.number == 0 || edition.number == self.edition {
            return true;
        }
        let data = match edition.number == self.edition + 1 {
            true => &edition.delta,
            false => &edition.full,
        };
        self.edition = edition.number;
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
