//! The layer around every request: counts it, notes its user, and may replace its
//! answer by an injected fault.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use serde_json::json;
use tokio::time::Instant;

use super::json_body::read_body;
use super::model;
use super::{App, Arrived, CountedRequest, SharedTrace};
use crate::counters::{OpenTrace, Presence};
use crate::endpoint::{ApiEndpoint, SANDBOX_PAGES};
use crate::fault::FaultKind;
use crate::finished::RequestOutcome;

const USER_HEADER: &str = "x-loadtest-user";
const ID_HEADER: &str = "x-request-id";
const ANTHROPIC_ID_HEADER: &str = "request-id";

/// What the chat handler has to know of its request.
#[derive(Clone, Debug)]
pub(crate) struct RequestContext {
    /// Its id.
    pub(crate) id: String,
    pub(crate) received: Instant,
    /// A fault to be injected into the stream.
    pub(crate) fault: Option<FaultKind>,
    pub(crate) user: Option<Arc<Presence>>,
    pub(crate) trace: SharedTrace,
}

/// Gives a request, counted since its [`CountedRequest`], its status just before its
/// answer is handed out. If the peer leaves first, hyper drops this future and
/// the guard counts a 499.
pub(crate) async fn record(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let received = Instant::now();
    let counted = request.extensions_mut().remove::<CountedRequest>().and_then(|counted| counted.take());
    // Reading the counts must not change them.
    if !request.uri().path().starts_with(SANDBOX_PAGES) {
        app.chat.limits.wait_for_event_loop(received).await;
    }
    let Some(Arrived { open, trace }) = counted else { return next.run(request).await };
    let (id, trace) = (trace.as_ref().map(OpenTrace::id), SharedTrace::new(trace));
    let (counters, endpoint) = (&app.chat.counters, open.endpoint());
    let user = user_of(request.headers()).map(|index| counters.users.enter(index, received));
    let fault = if endpoint.is_api() {
        app.faults.draw(endpoint.is_chat(), counters.requests.number())
    } else {
        None
    };
    let mut response = match fault {
        Some(fault) if !fault.in_stream() && endpoint.is_model() => {
            model::injected_answer(&app, fault, endpoint, request).await
        }
        Some(fault) if !fault.in_stream() => injected_answer(&app, fault, request).await,
        _ => {
            if endpoint.is_answer() {
                let (user, trace) = (user.clone(), trace.clone());
                let id = id.clone().unwrap_or_default();
                request.extensions_mut().insert(RequestContext { id, received, fault, user, trace });
            }
            next.run(request).await
        }
    };
    // Before the client sees the answer, so that its next request is never counted
    // beside this one; a stream keeps its own reference.
    drop(user);
    let status = response.status().as_u16();
    // A stream has taken it, and ends it itself.
    if let Some(mut trace) = trace.take() {
        trace.head(status);
        // A page in place of an answer is none.
        let is_page = response
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
        trace.end(if is_page { RequestOutcome::Failed } else { RequestOutcome::of_status(status) });
    }
    if let Some(id) = id.and_then(|id| HeaderValue::try_from(id).ok()) {
        // Anthropic's clients look for the second.
        if endpoint == ApiEndpoint::Messages {
            response.headers_mut().insert(ANTHROPIC_ID_HEADER, id.clone());
        }
        response.headers_mut().insert(ID_HEADER, id);
    }
    open.answered(status);
    response
}

fn user_of(headers: &HeaderMap) -> Option<u64> {
    headers.get(USER_HEADER)?.to_str().ok()?.parse().ok()
}

/// The answer of an injected fault. The body is read first, so that the
/// connection can be used again.
async fn injected_answer(app: &App, fault: FaultKind, request: Request) -> Response {
    if let Err(refusal) = read_body(request, &()).await {
        return refusal.into_response();
    }
    app.chat.counters.faults.delivered(fault);
    let detail = Json(json!({ "detail": "failed on purpose" }));
    match fault {
        FaultKind::Http429 => {
            (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "1")], detail).into_response()
        }
        FaultKind::Html => page_on_purpose(),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, detail).into_response(),
    }
}

/// What a proxy may answer instead of the service.
pub(super) fn page_on_purpose() -> Response {
    Html("<!doctype html>\n<title>Welcome</title>\n<p>A page on purpose.</p>\n").into_response()
}
