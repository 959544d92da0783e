//! What programs ask for.

use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::edition::{COLUMNS, ENDPOINT_COLUMNS};
use super::gate::complaint;
use super::server::Desk;
use report::json::{self, text};

const JSON: [(header::HeaderName, &str); 1] = [(header::CONTENT_TYPE, "application/json")];

/// `GET /healthz`: the controller is there.
pub(super) async fn health() -> &'static str {
    "ok\n"
}

/// `GET /api/v1/run`: `summary.json` as it stands.
pub(super) async fn run(State(desk): State<Desk>) -> Response {
    let mut body = Vec::new();
    match json::write(&mut body, &desk.news().report) {
        Ok(()) => (JSON, body).into_response(),
        Err(error) => complaint(axum::http::StatusCode::INTERNAL_SERVER_ERROR, error),
    }
}

/// Which part of the history is asked for.
#[derive(Debug, Deserialize)]
pub(super) struct Span {
    /// The first second.
    #[serde(default)]
    from: usize,
}

/// `GET /api/v1/history?from=N`: the seconds of the run from number N on, and those of each endpoint
/// (`null` where nothing of it ended).
pub(super) async fn history(State(desk): State<Desk>, Query(span): Query<Span>) -> Response {
    let (rows, count) = desk.board.rows(span.from, usize::MAX, |second| &second.row);
    let (endpoint_rows, _) = desk.board.rows(span.from, count, |second| &second.endpoints);
    let (columns, endpoint_columns) = (text(&COLUMNS), text(&ENDPOINT_COLUMNS));
    let (from, endpoints) = (span.from, text(&*desk.endpoints));
    let body = format!(
        "{{\"from\":{from},\"columns\":{columns},\"rows\":[{rows}],\"endpoints\":{endpoints},\
         \"endpoint_columns\":{endpoint_columns},\"endpoint_rows\":[{endpoint_rows}]}}"
    );
    (JSON, body).into_response()
}
