//! The HTTP interface.

mod chat;
mod counted;
mod json_body;
mod model;
mod record;
mod request_error;
mod sandbox;
mod threads;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, patch, post};

use crate::fault_table::FaultTable;
use crate::stream::Chat;

pub(crate) use counted::CountedRequest;
use counted::{Arrived, SharedTrace};

/// Largest request body, bytes.
const MAX_BODY: usize = 64 * 1024;
/// The same of a request to the model: whole conversations, with pictures.
const MAX_MODEL_BODY: usize = 16 << 20;

/// What the handlers share.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) chat: Arc<Chat>,
    pub(crate) faults: FaultTable,
    /// Tokens of reasoning of each answer of the model.
    pub(crate) reasoning: u32,
    /// Tools that each of them calls.
    pub(crate) tools: u32,
}

/// Every route, recorded by the counters; see the crate's page for what counts.
pub(crate) fn router(app: Arc<App>, model: bool) -> Router {
    let sandbox = Router::new()
        .route("/threads", get(threads::list).post(threads::create))
        .route("/threads/{id}", patch(threads::rename).delete(threads::delete))
        .route("/threads/{id}/messages", get(threads::messages).post(threads::add))
        .route("/chat/stream", post(chat::stream))
        .route("/_sandbox/counts", get(sandbox::counts))
        .route("/_sandbox/metrics", get(sandbox::metrics))
        .route("/_sandbox/ttft", get(sandbox::ttft))
        .route("/_sandbox/requests", get(sandbox::requests))
        .route("/_sandbox/reset", post(sandbox::reset))
        .route("/healthz", get(|| async { "ok" }))
        .route("/", get(sandbox::name))
        .layer(DefaultBodyLimit::max(MAX_BODY));
    let (routes, largest) = match model {
        true => (sandbox.merge(model::routes()), MAX_MODEL_BODY),
        false => (sandbox.fallback(request_error::unknown_path), MAX_BODY),
    };
    routes
        .layer(from_fn_with_state(Arc::clone(&app), record::record))
        .layer(DefaultBodyLimit::max(largest))
        .with_state(app)
}
