//! The streaming chat call.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tokio::time::Instant;

use super::App;
use super::json_body::JsonBody;
use super::record::RequestContext;
use super::request_error::{RequestError, check_id};
use crate::counters::nonce_of;
use crate::stream::{ChatStream, PromptTokens, SandboxEvents, StoredAnswer, StreamRequest, buffered};

/// A question in a thread.
#[derive(Debug, Deserialize)]
pub(crate) struct ChatQuestion {
    thread_id: Arc<str>,
    message: String,
}

/// `POST /chat/stream`: stores the question, then sends the headers at once;
/// the slot is waited for in the body. Behind a buffering proxy the headers come
/// with the body, when it is whole.
pub(crate) async fn stream(
    State(app): State<Arc<App>>,
    Extension(call): Extension<RequestContext>,
    JsonBody(question): JsonBody<ChatQuestion>,
) -> Result<Response, RequestError> {
    let (read, nonce) = (Instant::now(), nonce_of(&question.message));
    call.trace.note(|trace| trace.read(None, nonce, read));
    check_id(&question.thread_id)?;
    let chat = &app.chat;
    let seat = chat.limits.seats.take()?;
    chat.limits.admit(Instant::now()).map_err(RequestError::TooMany)?;
    chat.limits.begin(call.received);
    chat.store.load_session(&question.thread_id).await?;
    let prompt = chat.prefix_cache.as_ref().map(|cache| cache.look(question.message.split_whitespace()));
    chat.add(&question.thread_id, chat.id(), "user", question.message.into()).await?;
    let (number, mut open) = chat.counters.streams.begin(call.user, call.trace.take());
    if !chat.limits.buffer_proxy {
        open.head(StatusCode::OK.as_u16());
    }
    let answer = StreamRequest {
        received: call.received,
        stored: Some(StoredAnswer { thread: question.thread_id, message: chat.id() }),
        plan: chat.lengths.draw(number, call.fault),
        uncached: prompt.map_or(1.0, PromptTokens::uncached),
        events: Box::new(SandboxEvents { newline: chat.newline, prompt }),
        open,
        seat,
    };
    let stream = ChatStream::new(Arc::clone(chat), answer);
    let body = match chat.limits.buffer_proxy {
        true => Body::new(buffered(stream).await),
        false => Body::new(stream),
    };
    let headers = [
        (header::CONTENT_TYPE.as_str(), "text/event-stream"),
        (header::CACHE_CONTROL.as_str(), "no-cache"),
        // Asks nginx not to gather the tokens.
        ("x-accel-buffering", "no"),
    ];
    Ok((headers, body).into_response())
}
