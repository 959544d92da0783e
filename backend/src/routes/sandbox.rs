//! The server's own pages.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::App;
use crate::counts::{Counts, TtftSummary};

/// `GET /_sandbox/counts`
pub(crate) async fn counts(State(app): State<Arc<App>>) -> Json<Counts> {
    Json(app.chat.counters.snapshot(Instant::now()))
}

/// `GET /_sandbox/ttft`
pub(crate) async fn ttft(State(app): State<Arc<App>>) -> Json<TtftSummary> {
    Json(app.chat.counters.ttft.summary())
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
