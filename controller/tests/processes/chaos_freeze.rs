//! Processes that stand still (`kill -STOP`: what `docker pause` and a laptop's lid do) and go on.

use std::collections::{BTreeMap, HashSet};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use testkit::runs::chaos::{self, LEASE};
use testkit::runs::{Controller, Process, RUN, Results, START, beside_others};

const USERS: u64 = 12;

/// Every request of a user: when it came, and by which connection.
type Asked = Arc<Mutex<BTreeMap<u64, Vec<(Instant, SocketAddr)>>>>;

/// A service of the default API that notes who asks.
struct Service {
    addr: SocketAddr,
    asked: Asked,
    _runtime: tokio::runtime::Runtime,
}

impl Service {
    fn start() -> Service {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let asked = Asked::default();
        let router = Router::new().fallback(answer).with_state(Arc::clone(&asked));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let addr = listener.local_addr().unwrap();
        let inside = runtime.enter();
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        runtime.spawn(async move { axum::serve(listener, service).await });
        drop(inside);
        Service { addr, asked, _runtime: runtime }
    }

    fn requests(&self) -> u64 {
        self.asked.lock().unwrap().values().map(|asked| asked.len() as u64).sum()
    }

    /// Requests that came within a span.
    fn within(&self, from: Instant, to: Instant) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.values().flatten().filter(|(at, _)| (from..to).contains(at)).count()
    }

    /// A user whose connection spoke again after another process had spoken for it ran twice.
    fn expect_nobody_twice(&self) {
        for (user, asked) in &*self.asked.lock().unwrap() {
            let (mut over, mut last) = (HashSet::new(), None);
            for (at, by) in asked {
                if last != Some(*by) {
                    over.extend(last.replace(*by));
                }
                assert!(!over.contains(by), "user {user} spoke by {by} again at {at:?}: {asked:?}");
            }
        }
    }
}

async fn answer(
    State(asked): State<Asked>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let user = headers.get("x-loadtest-user").and_then(|value| value.to_str().ok()?.parse().ok());
    if let Some(user) = user {
        asked.lock().unwrap().entry(user).or_default().push((Instant::now(), peer));
    }
    let json = [(header::CONTENT_TYPE, "application/json")];
    match (method.as_str(), uri.path()) {
        ("POST", "/chat/stream") => {
            let events = "data: {\"type\":\"token\",\"content\":\"Hi\"}\n\ndata: {\"type\":\"done\"}\n\n";
            ([(header::CONTENT_TYPE, "text/event-stream")], events).into_response()
        }
        ("POST", _) => (StatusCode::CREATED, json, "{}").into_response(),
        ("GET", _) => (json, "[]").into_response(),
        ("DELETE", _) => StatusCode::NO_CONTENT.into_response(),
        _ => (json, "{}").into_response(),
    }
}

struct Frozen {
    service: Service,
    controller: Controller,
    workers: Vec<Process>,
}

fn start(time: &str) -> Frozen {
    let service = Service::start();
    let args = ["-u", "12", "-t", time, "--think", "100ms", "--expect-workers", "3", "--seed", "5"];
    let controller = Controller::start(&format!("http://{}", service.addr), &args);
    let workers = ["w1", "w2", "w3"].map(|name| controller.worker(name)).into_iter().collect();
    chaos::until("the first request", START, || service.requests() > 0);
    chaos::pause(Duration::from_secs(4));
    Frozen { service, controller, workers }
}

/// Users never above the target, nothing lost, nobody put out, everybody back at the end.
fn expect_whole(frozen: &mut Frozen) -> Results {
    let results = frozen.controller.passed(RUN);
    for worker in &mut frozen.workers {
        worker.wait(START).expect_code(0);
    }
    frozen.service.expect_nobody_twice();
    chaos::expect_consistent(&results);
    assert_eq!(
        results.count(),
        frozen.service.requests(),
        "report and server; {:?}",
        results.summary["notes"]
    );
    let users = chaos::users_by_second(&results);
    assert_eq!(users.iter().max(), Some(&USERS), "never above the target: {users:?}");
    assert!(users.iter().rev().take(6).any(|users| *users == USERS), "back at the end: {users:?}");
    for name in ["w1", "w2", "w3"] {
        assert_eq!(chaos::worker(&results, name)["State"], "finished", "{name}");
    }
    results
}

#[test]
fn users_of_a_worker_that_stood_still_for_three_leases_run_once() {
    let _beside = beside_others();
    let mut frozen = start("32s");
    frozen.workers[1].signal("STOP");
    chaos::pause(3 * LEASE);
    frozen.workers[1].signal("CONT");
    expect_whole(&mut frozen);
}

#[test]
fn a_controller_that_stood_still_for_forty_seconds_loses_nothing() {
    let _beside = beside_others();
    let mut frozen = start("56s");
    let stopped = Instant::now();
    frozen.controller.process.signal("STOP");
    chaos::pause(Duration::from_secs(40));
    let goes_on = Instant::now();
    frozen.controller.process.signal("CONT");
    assert_eq!(frozen.service.within(stopped + LEASE, goes_on), 0, "no lease, no load");
    assert!(frozen.service.within(stopped, stopped + LEASE) > 0);
    expect_whole(&mut frozen);
}
