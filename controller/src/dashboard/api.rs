//! What programs ask for.

use std::fmt::Write;

use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::edition::{COLUMNS, ENDPOINT_COLUMNS};
use super::gate::complaint;
use super::server::Desk;
use crate::report::json;

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
    /// Of one endpoint, by its place in `endpoints`; of all together without.
    endpoint: Option<usize>,
}

/// `GET /api/v1/history`: the seconds of the run, column by column name.
pub(super) async fn history(State(desk): State<Desk>, Query(span): Query<Span>) -> Response {
    let most = usize::MAX;
    let (columns, rows) = match span.endpoint {
        None => (&COLUMNS[..], desk.board.rows(span.from, most, |second| &second.row).0),
        Some(_) => {
            let rows = desk.board.rows(span.from, most, |second| &second.endpoints).0;
            (&ENDPOINT_COLUMNS[..], rows)
        }
    };
    let mut body = String::with_capacity(rows.len() + 256);
    let columns = columns.join("\",\"");
    let _ = write!(body, "{{\"from\":{},\"columns\":[\"{columns}\"],\"rows\":[{rows}]}}", span.from);
    (JSON, body).into_response()
}
