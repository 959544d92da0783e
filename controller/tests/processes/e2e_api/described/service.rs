//! A service that answers by one function, and counts what it was asked.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_TYPE, COOKIE};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use testkit::runs::{Controller, RUN, Results, folder};

/// What a service knows.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) counts: BTreeMap<String, u64>,
    pub(super) threads: BTreeSet<String>,
    /// Token by session.
    pub(super) tokens: BTreeMap<String, String>,
    pub(super) last: u64,
    /// By user: what was asked and answered in its conversation.
    pub(super) said: BTreeMap<String, Vec<Value>>,
    /// Most messages of one request.
    pub(super) longest: usize,
}

/// A request.
pub(super) struct Asked {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Asked {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub(super) fn cookie(&self, name: &str) -> Option<&str> {
        let cookies = self.header(COOKIE.as_str()).split("; ");
        cookies
            .filter_map(|cookie| cookie.split_once('='))
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }
}

/// What a request counts as, and its answer.
pub(super) type Answer = fn(&mut Seen, &Asked) -> (String, Response);

pub(super) struct Service {
    address: SocketAddr,
    pub(super) seen: Arc<Mutex<Seen>>,
}

impl Service {
    /// On a thread of its own until the test program ends. Each answer waits for so long.
    pub(super) fn start(answer: Answer, wait: Duration) -> Service {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let (address, seen) = (listener.local_addr().unwrap(), Arc::<Mutex<Seen>>::default());
        let shared = Arc::clone(&seen);
        let app = Router::new().fallback(move |request: Request| {
            let seen = Arc::clone(&shared);
            async move {
                let (head, body) = request.into_parts();
                let body = to_bytes(body, 1 << 20).await.unwrap();
                let is_load = !head.headers.contains_key("x-loadtest-probe");
                let (method, path) = (head.method.to_string(), head.uri.path().to_owned());
                let asked = Asked { method, path, headers: head.headers, body };
                let response = {
                    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                    let (row, response) = answer(&mut seen, &asked);
                    if is_load {
                        *seen.counts.entry(row).or_default() += 1;
                    }
                    response
                };
                tokio::time::sleep(wait).await;
                response
            }
        });
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                axum::serve(listener, app).await.unwrap();
            });
        });
        Service { address, seen }
    }

    pub(super) fn counts(&self) -> BTreeMap<String, u64> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).counts.clone()
    }

    /// Runs the load of these classes as the manual's file of this name describes the service.
    pub(super) fn run(&self, name: &str, classes: &str) -> Results {
        self.run_as(name, classes, in_manual(name))
    }

    pub(super) fn run_as(&self, name: &str, classes: &str, text: String) -> Results {
        let place = folder();
        let file = place.path().join(format!("{name}.toml"));
        fs::write(&file, text).unwrap();
        let url = format!("http://{}", self.address);
        let load = [
            "-u",
            "6",
            "-r",
            "6",
            "-t",
            "3s",
            "--seed",
            "7",
            "--think",
            "10ms..30ms",
            "--local-workers",
            "1",
        ];
        let flags = [&load[..], &["--classes", classes, "--api", file.to_str().unwrap()]].concat();
        Controller::start(&url, &flags).passed(RUN)
    }
}

/// The API file that the manual's page calls so, of at most twenty lines.
pub(super) fn in_manual(name: &str) -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/your-api.md");
    let page = fs::read_to_string(page).unwrap();
    let blocks = page.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let head = format!("name = \"{name}\"\n");
    let file = blocks
        .into_iter()
        .find(|block| block.lines().take(2).any(|line| line == head.trim_end()))
        .unwrap()
        .to_owned();
    let lines = file.lines().filter(|line| !line.is_empty()).count();
    assert!(lines <= 20, "{name} has {lines} lines");
    file
}

/// What the report counted, by row.
pub(super) fn rows(results: &Results) -> BTreeMap<String, u64> {
    let mut counts = results.json_counts();
    counts.remove("Aggregated");
    counts.retain(|_, count| *count > 0);
    counts
}

pub(super) fn ok(value: Value) -> Response {
    axum::Json(value).into_response()
}

pub(super) fn events(text: String) -> Response {
    ([(CONTENT_TYPE, "text/event-stream")], text).into_response()
}
