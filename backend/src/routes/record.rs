//! The layer around every request: counts it, names its user, and puts the
//! fault that it meets in place of its answer.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use serde_json::json;
use tokio::time::Instant;

use super::payload::whole;
use super::{App, Arrival};
use crate::counters::Presence;
use crate::endpoint::{Endpoint, OWN_PAGES};
use crate::fault::Fault;

const USER_HEADER: &str = "x-loadtest-user";

/// What the chat handler has to know of its request.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) received: Instant,
    /// A fault to be met inside the stream.
    pub(crate) fault: Option<Fault>,
    pub(crate) user: Option<Arc<Presence>>,
}

/// Gives a request, counted since its [`Arrival`], its status just before its
/// answer is handed out. If the peer leaves first, hyper drops this future and
/// the guard counts a 499.
pub(crate) async fn record(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let received = Instant::now();
    let arrival = request.extensions_mut().remove::<Arrival>().and_then(|arrival| arrival.take());
    // Looking at the counts must not change them.
    if !request.uri().path().starts_with(OWN_PAGES) {
        app.chat.limits.handle(received).await;
    }
    let Some(open) = arrival else { return next.run(request).await };
    let (counters, endpoint) = (&app.chat.counters, open.endpoint());
    let user = user_of(request.headers()).map(|index| counters.users.enter(index, received));
    let is_chat = endpoint == Endpoint::ChatStream;
    let fault = if endpoint.is_api() { app.faults.draw(is_chat, counters.requests.number()) } else { None };
    let response = match fault {
        Some(fault) if !fault.in_stream() => replaced(&app, fault, request).await,
        _ => {
            if is_chat {
                request.extensions_mut().insert(Call { received, fault, user: user.clone() });
            }
            next.run(request).await
        }
    };
    // Gone before the answer is seen, so that a successor is never counted
    // beside it; a stream keeps its own share of the presence.
    drop(user);
    open.answered(response.status().as_u16());
    response
}

fn user_of(headers: &HeaderMap) -> Option<u64> {
    headers.get(USER_HEADER)?.to_str().ok()?.parse().ok()
}

/// The answer of an injected fault. The body is read first, so that the
/// connection can be used again.
async fn replaced(app: &App, fault: Fault, request: Request) -> Response {
    if let Err(refusal) = whole(request, &()).await {
        return refusal.into_response();
    }
    app.chat.counters.faults.delivered(fault);
    let detail = Json(json!({ "detail": "failed on purpose" }));
    match fault {
        Fault::Http429 => {
            (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "1")], detail).into_response()
        }
        Fault::Html => {
            Html("<!doctype html>\n<title>Welcome</title>\n<p>A page on purpose.</p>\n").into_response()
        }
        _ => (StatusCode::INTERNAL_SERVER_ERROR, detail).into_response(),
    }
}
