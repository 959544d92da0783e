//! A service of the default API that writes down what each user asks it, in order.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

/// Requests of each user (by the number it sends) in the order of their arrival: method, path and
/// body, with each id folded to the place of its first mention among the user's ids.
pub type Log = BTreeMap<u64, Vec<String>>;

/// An id: `lt-` and 32 hex digits.
const ID: usize = 35;

const ANSWER: &str = "data: {\"type\":\"token\",\"content\":\"Hello\"}\n\n\
                      data: {\"type\":\"done\",\"usage\":{\"completion_tokens\":1}}\n\n";

/// A running recorder.
#[derive(Debug)]
pub struct Recorder {
    /// Where it listens.
    pub addr: SocketAddr,
    started: Instant,
    users: Arc<Mutex<BTreeMap<u64, User>>>,
    _runtime: tokio::runtime::Runtime,
}

#[derive(Debug, Default)]
struct User {
    requests: Vec<String>,
    times: Vec<Instant>,
    ids: Vec<String>,
    first: Option<Instant>,
}

impl Recorder {
    /// Starts one on a free port.
    pub fn start() -> Recorder {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).enable_all().build().unwrap();
        let users = Arc::<Mutex<BTreeMap<u64, User>>>::default();
        let router = Router::new().fallback(answer).with_state(Arc::clone(&users));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let addr = listener.local_addr().unwrap();
        let _inside = runtime.enter();
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        runtime.spawn(async move { axum::serve(listener, router).await });
        Recorder { addr, started: Instant::now(), users, _runtime: runtime }
    }

    /// The base URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// When each user's first request came, since the recorder was started.
    pub fn first_seen(&self) -> BTreeMap<u64, Duration> {
        let users = self.users.lock().unwrap();
        users.iter().filter_map(|(number, user)| Some((*number, user.first? - self.started))).collect()
    }

    /// When each request came, in the order of the log, since the recorder was started.
    pub fn times(&self) -> BTreeMap<u64, Vec<Duration>> {
        let since = |time: &Instant| *time - self.started;
        let users = self.users.lock().unwrap();
        users.iter().map(|(number, user)| (*number, user.times.iter().map(since).collect())).collect()
    }

    /// What was asked so far.
    pub fn log(&self) -> Log {
        let users = self.users.lock().unwrap();
        users.iter().map(|(number, user)| (*number, user.requests.clone())).collect()
    }
}

impl User {
    fn ask(&mut self, method: &Method, path: &str, body: &str) {
        self.first.get_or_insert_with(Instant::now);
        self.times.push(Instant::now());
        let request = self.folded(&format!("{method} {path} {body}"));
        self.requests.push(request);
    }

    fn folded(&mut self, text: &str) -> String {
        let mut parts = text.split("lt-");
        let mut folded = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (id, rest) = part.split_at(ID - "lt-".len());
            assert!(id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{text:?}");
            let known = self.ids.iter().position(|other| other == id);
            let place = known.unwrap_or_else(|| {
                self.ids.push(id.to_owned());
                self.ids.len() - 1
            });
            folded.push_str(&format!("#{place}{rest}"));
        }
        folded
    }
}

async fn answer(
    State(users): State<Arc<Mutex<BTreeMap<u64, User>>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let user = headers.get("x-loadtest-user").and_then(|value| value.to_str().ok()?.parse().ok());
    if let Some(number) = user {
        let body = String::from_utf8(body.to_vec()).unwrap();
        users.lock().unwrap().entry(number).or_default().ask(&method, uri.path(), &body);
    }
    let json = [(header::CONTENT_TYPE, "application/json")];
    match (method.as_str(), uri.path()) {
        ("POST", "/chat/stream") => ([(header::CONTENT_TYPE, "text/event-stream")], ANSWER).into_response(),
        ("POST", _) => (StatusCode::CREATED, json, "{}").into_response(),
        ("GET", _) => (json, "[]").into_response(),
        ("DELETE", _) => StatusCode::NO_CONTENT.into_response(),
        _ => (json, "{}").into_response(),
    }
}
