//! What programs ask for.

use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::app_state::{AppState, EndpointName};
use super::gate::error_response;
use super::snapshot::{COLUMNS, ENDPOINT_COLUMNS};
use report::json::{self, text};

const JSON: [(header::HeaderName, &str); 1] = [(header::CONTENT_TYPE, "application/json")];

/// `GET /healthz`: the controller is there.
pub(super) async fn health() -> &'static str {
    "ok\n"
}

/// `GET /api/v1/run`: `summary.json` as it stands.
pub(super) async fn run(State(app): State<AppState>) -> Response {
    let mut body = Vec::new();
    match json::write(&mut body, &app.run.latest().report) {
        Ok(()) => (JSON, body).into_response(),
        Err(error) => error_response(axum::http::StatusCode::INTERNAL_SERVER_ERROR, error),
    }
}

/// Which part of the history is asked for.
#[derive(Debug, Deserialize)]
pub(super) struct HistorySpan {
    /// The first second.
    #[serde(default)]
    from: usize,
}

/// The seconds of the run from number `from` on, and those of each endpoint (`null` where nothing of it
/// ended).
#[derive(Serialize)]
struct HistoryAnswer<'a> {
    from: usize,
    columns: &'a [&'a str],
    rows: Box<RawValue>,
    endpoints: &'a [EndpointName],
    endpoint_columns: &'a [&'a str],
    endpoint_rows: Box<RawValue>,
}

/// `GET /api/v1/history?from=N`
pub(super) async fn history(State(app): State<AppState>, Query(span): Query<HistorySpan>) -> Response {
    let seconds = app.run.seconds(span.from, usize::MAX);
    let body = HistoryAnswer {
        from: span.from,
        columns: &COLUMNS,
        rows: seconds.rows,
        endpoints: &app.endpoints,
        endpoint_columns: &ENDPOINT_COLUMNS,
        endpoint_rows: seconds.endpoints,
    };
    (JSON, text(&body)).into_response()
}
