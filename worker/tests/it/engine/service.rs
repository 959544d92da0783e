//! A small chat backend that writes down everything it is asked, as it is asked.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_stream::StreamExt;

type Body = UnsyncBoxBody<Bytes, Infallible>;

/// Tokens of every stream.
pub const TOKENS: u64 = 4;

/// How it behaves; all off at first.
#[derive(Debug, Clone, Default)]
pub struct Manners {
    /// Before every answer.
    pub delay: Duration,
    /// Between two tokens.
    pub token_gap: Duration,
    /// How long a connection is kept; until the user ends it where nothing stands here.
    pub keep_alive: Option<Duration>,
    /// Endpoints that answer 500.
    pub broken: BTreeSet<&'static str>,
    /// Endpoints that do not answer for as long as they stand here.
    pub held: BTreeSet<&'static str>,
}

/// What it has seen.
#[derive(Debug, Default, Clone)]
pub struct Seen {
    /// Requests by endpoint, counted as they arrive.
    pub requests: BTreeMap<String, u64>,
    /// Streams sent to their terminal event.
    pub streams: u64,
    /// By user: the `traceparent` of every request, in order, one that has none as an empty text.
    pub traces: BTreeMap<u64, Vec<String>>,
    /// Connections accepted.
    pub connections: u64,
    /// By user: every request in order, ids folded.
    pub scripts: BTreeMap<u64, Vec<String>>,
    /// Every id of a thread or message that was made.
    pub ids: BTreeSet<String>,
    /// Threads there are.
    pub threads: BTreeSet<String>,
    /// By user: requests in progress now.
    open: BTreeMap<u64, u32>,
    /// Most requests of one user at once.
    pub most_open: u32,
}

impl Seen {
    pub fn total(&self) -> u64 {
        self.requests.values().sum()
    }
}

pub struct Service {
    pub address: SocketAddr,
    seen: Mutex<Seen>,
    manners: watch::Sender<Manners>,
}

impl Service {
    pub async fn start() -> Arc<Service> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (manners, seen) = (watch::Sender::new(Manners::default()), Mutex::default());
        let service = Arc::new(Service { address, seen, manners });
        tokio::spawn(Arc::clone(&service).accept(listener));
        service
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn behave(&self, change: impl FnOnce(&mut Manners)) {
        self.manners.send_modify(change);
    }

    pub fn seen(&self) -> Seen {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap()
    }

    async fn accept(self: Arc<Self>, listener: TcpListener) {
        while let Ok((socket, _)) = listener.accept().await {
            self.lock().connections += 1;
            tokio::spawn(Arc::clone(&self).serve(socket));
        }
    }

    async fn serve(self: Arc<Self>, socket: TcpStream) {
        socket.set_nodelay(true).unwrap();
        // Counted in the call itself: a request that came counts though its user has hung up.
        let service = service_fn(|request| {
            let open = Open::count(&self, &request);
            let service = Arc::clone(&self);
            async move { Ok::<_, Infallible>(service.answer(request, open).await) }
        });
        let keep_alive = self.manners.borrow().keep_alive;
        let connection = hyper::server::conn::http1::Builder::new();
        let mut connection = pin!(connection.serve_connection(TokioIo::new(socket), service));
        if let Some(keep_alive) = keep_alive
            && tokio::time::timeout(keep_alive, connection.as_mut()).await.is_err()
        {
            connection.as_mut().graceful_shutdown();
        }
        let _ = connection.await;
    }

    async fn answer(self: Arc<Self>, request: Request<Incoming>, open: Open) -> Response<Body> {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let text = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
        let text = String::from_utf8(text.into()).unwrap();
        let endpoint = format!("{method} {}", fold(&path));
        self.write_down(open.user, format!("{endpoint} {}", fold(&text)));
        let mut manners = self.manners.subscribe();
        let manners =
            manners.wait_for(|manners| !manners.held.contains(endpoint.as_str())).await.unwrap().clone();
        if !manners.delay.is_zero() {
            tokio::time::sleep(manners.delay).await;
        }
        if manners.broken.contains(endpoint.as_str()) {
            return full(StatusCode::INTERNAL_SERVER_ERROR, r#"{"detail":"broken"}"#);
        }
        if endpoint == "POST /chat/stream" {
            return self.stream(manners.token_gap, open);
        }
        self.lock().apply(&method, &path, &text)
    }

    fn write_down(&self, user: u64, line: String) {
        self.lock().scripts.entry(user).or_default().push(line);
    }

    fn stream(self: Arc<Self>, gap: Duration, open: Open) -> Response<Body> {
        let frames = tokio_stream::iter(0..=TOKENS).then(move |number| async move {
            if number > 0 {
                tokio::time::sleep(gap).await;
            }
            number
        });
        let frames = frames.map(move |number| {
            let _ = &open;
            let event = match number {
                TOKENS => {
                    self.lock().streams += 1;
                    format!("data: {{\"type\":\"done\",\"usage\":{{\"completion_tokens\":{TOKENS}}}}}\n\n")
                }
                _ => "data: {\"type\":\"token\",\"content\":\"word \"}\n\n".to_owned(),
            };
            Ok(Frame::data(Bytes::from(event)))
        });
        let body = StreamBody::new(frames).boxed_unsync();
        Response::builder().header("content-type", "text/event-stream").body(body).unwrap()
    }
}

impl Seen {
    /// Does what a request asks for, as strictly as a database would.
    fn apply(&mut self, method: &Method, path: &str, text: &str) -> Response<Body> {
        let body: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
        let id = body["id"].as_str().unwrap_or_default().to_owned();
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        match (method.as_str(), parts.as_slice()) {
            ("GET", ["threads"]) => full(StatusCode::OK, "[]"),
            ("POST", ["threads"]) if self.ids.insert(id.clone()) => {
                self.threads.insert(id);
                full(StatusCode::CREATED, "{}")
            }
            ("DELETE", ["threads", thread]) if self.threads.remove(*thread) => {
                full(StatusCode::NO_CONTENT, "")
            }
            ("PATCH", ["threads", thread]) if self.threads.contains(*thread) => full(StatusCode::OK, "{}"),
            ("GET", ["threads", thread, "messages"]) if self.threads.contains(*thread) => {
                full(StatusCode::OK, "[]")
            }
            ("POST", ["threads", thread, "messages"])
                if self.threads.contains(*thread) && self.ids.insert(id) =>
            {
                full(StatusCode::CREATED, "{}")
            }
            _ => full(StatusCode::NOT_FOUND, "{}"),
        }
    }
}

fn full(status: StatusCode, text: &'static str) -> Response<Body> {
    let body = Full::new(Bytes::from_static(text.as_bytes())).boxed_unsync();
    Response::builder().status(status).header("content-type", "application/json").body(body).unwrap()
}

/// A request in progress.
struct Open {
    service: Arc<Service>,
    user: u64,
}

impl Open {
    fn count(service: &Arc<Service>, request: &Request<Incoming>) -> Open {
        let user = request.headers()["x-loadtest-user"].to_str().unwrap().parse().unwrap();
        let mut seen = service.lock();
        let endpoint = format!("{} {}", request.method(), fold(request.uri().path()));
        *seen.requests.entry(endpoint).or_default() += 1;
        let trace = request.headers().get("traceparent").map_or("", |value| value.to_str().unwrap());
        seen.traces.entry(user).or_default().push(trace.to_owned());
        let open = seen.open.entry(user).or_default();
        *open += 1;
        seen.most_open = seen.most_open.max(*seen.open.get(&user).unwrap());
        drop(seen);
        Open { service: Arc::clone(service), user }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        *self.service.lock().open.get_mut(&self.user).unwrap() -= 1;
    }
}

/// The text with every id replaced by `[id]`.
pub fn fold(text: &str) -> String {
    let mut folded = String::new();
    let mut rest = text;
    while let Some(place) = rest.find("lt-") {
        let (before, id) = rest.split_at(place);
        folded.push_str(before);
        let is_id = id.len() >= 35 && id[3..35].bytes().all(|byte| byte.is_ascii_hexdigit());
        let (mark, length) = if is_id { ("[id]", 35) } else { ("lt-", 3) };
        folded.push_str(mark);
        rest = &id[length..];
    }
    folded.push_str(rest);
    folded
}
