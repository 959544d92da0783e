//! The routes of the model.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use tokio::time::{Instant, sleep};

use super::App;
use super::json_body::read_body;
use super::record::{RequestContext, page_on_purpose};
use super::request_error::{RETRY_AFTER, retry_after};
use crate::counters::nonce_of;
use crate::endpoint::ApiEndpoint;
use crate::fault::FaultKind;
use crate::limits::SeatRefusal;
use crate::model::{self, Answer, ApiError, Ask, ChatCompletions, ErrorKind, ErrorShape};
use crate::model::{Dialect, Messages, ModelApi, Responses, StreamedEvents, WholeEvents};
use crate::settings::Newline;
use crate::stream::{AnswerEvents, ChatStream, PromptTokens, StreamRequest, buffered};

const PATHS: &str = "/v1/chat/completions, /v1/responses, /v1/messages, /v1/embeddings, /v1/models";

/// Routes of the model, and what is said where there is none.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/v1/chat/completions", post(answer::<ChatCompletions>))
        .route("/v1/responses", post(answer::<Responses>))
        .route("/v1/messages", post(answer::<Messages>))
        .route("/v1/embeddings", post(embeddings))
        .route("/v1/models", get(|| async { Json(model::list()) }))
        .route("/v1/models/{name}", get(one_model))
        .fallback(unknown_path)
}

/// An error, as the API of the endpoint writes it.
struct Refusal(ErrorShape, ApiError);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(shape, error) = self;
        let status =
            StatusCode::from_u16(shape.status(error.kind)).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(shape.body(&error))).into_response();
        if let Some(after) = error.after {
            response.headers_mut().insert(header::RETRY_AFTER, retry_after(after).into());
        }
        response
    }
}

impl From<SeatRefusal> for ApiError {
    fn from(refusal: SeatRefusal) -> Self {
        match refusal {
            SeatRefusal::Cap => too_many().after(RETRY_AFTER),
            SeatRefusal::Queue => {
                ApiError::new(ErrorKind::Overloaded, "too many requests wait; wait for Retry-After")
                    .after(RETRY_AFTER)
            }
        }
    }
}

fn too_many() -> ApiError {
    ApiError::new(ErrorKind::TooMany, "too many requests; wait for Retry-After")
}

/// How the endpoint of an API writes errors.
fn shape_of(endpoint: ApiEndpoint) -> ErrorShape {
    if endpoint == ApiEndpoint::Messages { ErrorShape::Anthropic } else { ErrorShape::OpenAi }
}

/// The answer of one of the APIs.
async fn answer<A: ModelApi>(
    State(app): State<Arc<App>>,
    Extension(call): Extension<RequestContext>,
    request: Request,
) -> Response {
    let endpoint = ApiEndpoint::of(request.method(), request.uri().path(), true);
    let shape = shape_of(endpoint.unwrap_or(ApiEndpoint::Other));
    let body = match read(request).await {
        Ok(body) => body,
        Err(error) => return Refusal(shape, error).into_response(),
    };
    let ask = A::read(&body);
    let (name, nonce) = match &ask {
        Ok(ask) => (Some(Arc::clone(&ask.model.full)), ask.question().and_then(nonce_of)),
        Err(_) => (None, None),
    };
    call.trace.note(|trace| trace.read(name, nonce, Instant::now()));
    match ask {
        Ok(ask) => {
            let dialect = A::dialect(&ask);
            serve(&app, call, ask, dialect)
                .await
                .unwrap_or_else(|error| Refusal(shape, error).into_response())
        }
        Err(error) => Refusal(shape, error).into_response(),
    }
}

async fn serve(
    app: &Arc<App>,
    call: RequestContext,
    ask: Ask,
    dialect: Box<dyn Dialect>,
) -> Result<Response, ApiError> {
    let chat = &app.chat;
    let fault = ask.model.fault.or(call.fault);
    if let Some(fault) = fault.filter(|fault| !fault.in_stream()) {
        return Ok(failed_on_purpose(app, fault, dialect.errors()));
    }
    let seat = chat.limits.seats.take()?;
    chat.limits.admit(Instant::now()).map_err(|after| too_many().after(after))?;
    chat.limits.begin(call.received);
    let prompt = match &chat.prefix_cache {
        Some(cache) => cache.look(ask.words()),
        None => PromptTokens { prompt: u32::try_from(ask.words().count()).unwrap_or(u32::MAX), cached: 0 },
    };
    let (number, mut open) = chat.counters.streams.begin(call.user, call.trace.take());
    let lengths = chat.lengths.changed(&ask.model.change);
    let (ttft, tokens) = lengths.delay_and_length(number);
    let reasoning = ask.model.reasoning.unwrap_or(app.reasoning);
    let calls = ask.model.tools.unwrap_or(app.tools);
    let answer = Answer::new(&ask, &call.id, prompt, [tokens, reasoning, calls]);
    let mut plan = lengths.plan(ttft, answer.tokens(), fault);
    plan.whole = !ask.streamed;
    let events: Box<dyn AnswerEvents> = match ask.streamed {
        true => Box::new(StreamedEvents::new(dialect, answer, line_end(chat.newline))),
        false => Box::new(WholeEvents::new(dialect, answer)),
    };
    let at_once = ask.streamed && !chat.limits.buffer_proxy;
    if at_once {
        open.head(StatusCode::OK.as_u16());
    }
    let uncached = if chat.prefix_cache.is_some() { prompt.uncached() } else { 1.0 };
    let received = call.received;
    let request = StreamRequest { received, stored: None, plan, uncached, events, open, seat };
    let stream = ChatStream::new(Arc::clone(chat), request);
    let (status, body) = match at_once {
        true => (StatusCode::OK, Body::new(stream)),
        false => {
            let whole = buffered(stream).await;
            (StatusCode::from_u16(whole.status).unwrap_or(StatusCode::OK), Body::new(whole))
        }
    };
    Ok((status, head(ask.streamed), body).into_response())
}

fn head(streamed: bool) -> [(&'static str, HeaderValue); 3] {
    let kind = if streamed { "text/event-stream" } else { "application/json" };
    [
        ("content-type", HeaderValue::from_static(kind)),
        ("cache-control", HeaderValue::from_static("no-cache")),
        // Asks nginx not to gather the tokens.
        ("x-accel-buffering", HeaderValue::from_static("no")),
    ]
}

fn line_end(newline: Newline) -> &'static str {
    match newline {
        Newline::Lf => "\n",
        Newline::Crlf => "\r\n",
    }
}

async fn read(request: Request) -> Result<Bytes, ApiError> {
    read_body(request, &()).await.map_err(|error| match error.is_peer_left() {
        true => ApiError::new(ErrorKind::PeerLeft, "the body is incomplete"),
        false => ApiError::new(
            ErrorKind::TooLarge,
            format!("the body is larger than {} bytes", super::MAX_MODEL_BODY),
        ),
    })
}

/// `POST /v1/embeddings`: at once, without a slot.
async fn embeddings(
    State(app): State<Arc<App>>,
    Extension(call): Extension<RequestContext>,
    request: Request,
) -> Response {
    let shape = ErrorShape::OpenAi;
    let body = match read(request).await {
        Ok(body) => body,
        Err(error) => return Refusal(shape, error).into_response(),
    };
    let embedded = model::embed(&body);
    let name = embedded.as_ref().ok().map(|embedded| Arc::clone(&embedded.model.full));
    call.trace.note(|trace| trace.read(name, None, Instant::now()));
    match embedded {
        Ok(embedded) => {
            sleep(embedded.delay).await;
            match embedded.fault.filter(|fault| !fault.in_stream()) {
                Some(fault) => failed_on_purpose(&app, fault, shape),
                None => Json(embedded.body).into_response(),
            }
        }
        Err(error) => Refusal(shape, error).into_response(),
    }
}

/// `GET /v1/models/NAME`
async fn one_model(Path(name): Path<String>) -> Response {
    match model::one(&name) {
        Ok(model) => Json(model).into_response(),
        Err(error) => Refusal(ErrorShape::OpenAi, error).into_response(),
    }
}

/// Any path that no route takes.
async fn unknown_path(request: Request) -> Response {
    let found = format!("no {} {} here; there are {PATHS}", request.method(), request.uri().path());
    Refusal(ErrorShape::OpenAi, ApiError::new(ErrorKind::NotFound, found)).into_response()
}

/// The answer of a fault that is drawn for a request to the model; its body is read first, so that the connection can
/// be used again.
pub(super) async fn injected_answer(
    app: &App,
    fault: FaultKind,
    endpoint: ApiEndpoint,
    request: Request,
) -> Response {
    let shape = shape_of(endpoint);
    match read(request).await {
        Ok(_) => failed_on_purpose(app, fault, shape),
        Err(error) => Refusal(shape, error).into_response(),
    }
}

fn failed_on_purpose(app: &App, fault: FaultKind, shape: ErrorShape) -> Response {
    app.chat.counters.faults.delivered(fault);
    let error = match fault {
        FaultKind::Html => return page_on_purpose(),
        FaultKind::Http429 => ApiError::new(ErrorKind::TooMany, "failed on purpose").after(RETRY_AFTER),
        _ => ApiError::new(ErrorKind::Failed, "failed on purpose"),
    };
    Refusal(shape, error).into_response()
}
