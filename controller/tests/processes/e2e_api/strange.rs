//! A service of another kind: it wants a key, numbers its conversations itself, forgives nothing, and
//! counts what it is asked. It speaks OpenAI's chat completions too.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

/// What it wants to see.
pub const KEY: &str = "sk-7c9e6679f7425d40";

/// What it knows.
#[derive(Debug, Default)]
struct Seen {
    counts: BTreeMap<String, u64>,
    open: BTreeSet<u64>,
    last: u64,
}

type Shared = Arc<Mutex<Seen>>;

/// The service, on a thread of its own until the test program ends.
pub struct Service {
    addr: SocketAddr,
    seen: Shared,
}

impl Service {
    pub fn start() -> Service {
        let seen = Shared::default();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let (addr, app) = (listener.local_addr().unwrap(), app(Arc::clone(&seen)));
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                axum::serve(listener, app).await.unwrap();
            });
        });
        Service { addr, seen }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Requests by method and path with numbers folded, probes not counted.
    pub fn counts(&self) -> BTreeMap<String, u64> {
        lock(&self.seen).counts.clone()
    }

    /// Conversations that nobody has deleted.
    pub fn open(&self) -> usize {
        lock(&self.seen).open.len()
    }
}

fn lock(seen: &Shared) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

fn app(seen: Shared) -> Router {
    Router::new()
        .route("/v1/conversations", get(list).post(create))
        .route("/v1/conversations/{id}", delete(remove))
        .route("/v1/conversations/{id}/messages", get(messages).post(add))
        .route("/v1/ask", post(ask))
        .route("/v1/models", get(|| async { Json(json!({"data": []})) }))
        .route("/v1/chat/completions", post(complete))
        .layer(middleware::from_fn_with_state(Arc::clone(&seen), count))
        .with_state(seen)
}

/// Whoever has no key gets a 401; what users ask is counted.
async fn count(State(seen): State<Shared>, request: Request, next: Next) -> Response {
    match note(&seen, request.method(), request.uri().path(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(status) => status.into_response(),
    }
}

fn note(seen: &Shared, method: &Method, path: &str, headers: &HeaderMap) -> Result<(), StatusCode> {
    let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if said("authorization") != Some(&format!("Bearer {KEY}")) {
        return Err(StatusCode::UNAUTHORIZED);
    }
    if said("x-loadtest-probe").is_none() {
        let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let folded = |part| if number(part) { "[id]" } else { part };
        let path: Vec<&str> = path.split('/').map(folded).collect();
        *lock(seen).counts.entry(format!("{method} {}", path.join("/"))).or_default() += 1;
    }
    Ok(())
}

async fn list() -> Json<Value> {
    Json(json!({"data": []}))
}

async fn create(State(seen): State<Shared>, Json(body): Json<Value>) -> Result<Json<Value>, StatusCode> {
    body["name"].as_str().ok_or(StatusCode::BAD_REQUEST)?;
    let mut seen = lock(&seen);
    seen.last += 1;
    let id = seen.last;
    seen.open.insert(id);
    Ok(Json(json!({"data": {"type": "conversation", "id": id}})))
}

async fn remove(State(seen): State<Shared>, Path(id): Path<u64>) -> StatusCode {
    if lock(&seen).open.remove(&id) { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
}

async fn messages(State(seen): State<Shared>, Path(id): Path<u64>) -> Result<Json<Value>, StatusCode> {
    known(&seen, id).map(|()| Json(json!([])))
}

async fn add(
    State(seen): State<Shared>,
    Path(id): Path<u64>,
    Json(body): Json<Value>,
) -> Result<Json<Value>, StatusCode> {
    if body["conversation"].as_u64() != Some(id) {
        return Err(StatusCode::BAD_REQUEST);
    }
    known(&seen, id).map(|()| Json(json!({})))
}

fn known(seen: &Shared, id: u64) -> Result<(), StatusCode> {
    if lock(seen).open.contains(&id) { Ok(()) } else { Err(StatusCode::NOT_FOUND) }
}

async fn ask(State(seen): State<Shared>, Json(body): Json<Value>) -> Result<Response, StatusCode> {
    known(&seen, body["conversation"].as_u64().ok_or(StatusCode::BAD_REQUEST)?)?;
    let events =
        "event: delta\ndata: one\n\nevent: delta\ndata:  two\n\ndata: {\"count\":3}\n\ndata: [DONE]\n\n";
    Ok(stream(events.to_owned()))
}

async fn complete(Json(body): Json<Value>) -> Result<Response, StatusCode> {
    let question = body["messages"][0]["content"].as_str();
    if body["stream"] != true || body["stream_options"]["include_usage"] != true || question.is_none() {
        return Err(StatusCode::BAD_REQUEST);
    }
    let chunk = |delta: Value, reason: Value| {
        json!({"object": "chat.completion.chunk", "usage": null,
        "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})
    };
    let chunks = [
        chunk(json!({"role": "assistant", "content": ""}), Value::Null),
        chunk(json!({"content": "Hello"}), Value::Null),
        chunk(json!({"content": " you"}), Value::Null),
        chunk(json!({}), json!("stop")),
        json!({"object": "chat.completion.chunk", "choices": [], "usage": {"completion_tokens": 5}}),
    ];
    let events: String = chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).collect();
    Ok(stream(events + "data: [DONE]\n\n"))
}

fn stream(events: String) -> Response {
    ([(header::CONTENT_TYPE, "text/event-stream")], events).into_response()
}
