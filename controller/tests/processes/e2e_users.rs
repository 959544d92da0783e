//! Users who are somebody: each sends its own row of the users' file, and nothing of it is told to anybody else.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use testkit::runs::{Controller, RUN, Results, START, beside_others, chaos, folder};

const USERS: usize = 30;

/// What each user, by its number, has shown: its token, and the name in its path.
type Shown = Arc<Mutex<BTreeMap<u64, BTreeSet<(String, String)>>>>;

/// Notes who asks; refuses each renaming and some answers, and quotes all it was sent.
async fn answer(State(shown): State<Shown>, request: Request) -> Response {
    let (method, uri, headers) = (request.method().clone(), request.uri().clone(), request.headers().clone());
    let text = |name: &str| headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
    let (token, name) = (text("authorization"), uri.query().unwrap_or_default().to_owned());
    if let Ok(user) = text("x-loadtest-user").parse() {
        shown.lock().unwrap().entry(user).or_default().insert((token.clone(), name.clone()));
    }
    let json = [(header::CONTENT_TYPE, "application/json")];
    match (method.as_str(), uri.path()) {
        ("PATCH", _) => (StatusCode::BAD_REQUEST, json, echo(&headers, &name)).into_response(),
        ("POST", "/chat/stream") => {
            let event = serde_json::json!({"type": "error", "message": format!("no quota for {token}")});
            ([(header::CONTENT_TYPE, "text/event-stream")], format!("data: {event}\n\n")).into_response()
        }
        ("GET", _) => (json, "[]").into_response(),
        _ => (StatusCode::CREATED, json, "{}").into_response(),
    }
}

fn echo(headers: &HeaderMap, name: &str) -> String {
    serde_json::json!({"sent": headers.get("authorization").unwrap().to_str().unwrap(), "as": name})
        .to_string()
}

fn serve() -> (SocketAddr, Shown) {
    let shown = Shown::default();
    let app = Router::new().fallback(answer).with_state(Arc::clone(&shown));
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let at = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, app).await.unwrap();
        });
    });
    (at, shown)
}

/// Calls that say who asks, in the path as well.
fn api_file(folder: &Path) -> String {
    let calls = [
        ("list_threads", "/threads"),
        ("create_thread", "/threads"),
        ("rename_thread", "/threads/${thread}"),
        ("delete_thread", "/threads/${thread}"),
        ("list_messages", "/threads/${thread}/messages"),
        ("post_message", "/threads/${thread}/messages"),
        ("chat", "/chat/stream"),
    ];
    let call = |(name, path)| format!("[{name}]\npath = \"{path}?as=${{user.name}}\"\n");
    let file = folder.join("named.toml");
    fs::write(&file, calls.map(call).concat()).unwrap();
    file.to_str().unwrap().to_owned()
}

#[test]
fn each_user_is_one_row_and_no_other_also_after_a_worker_was_killed() {
    let _beside = beside_others();
    let ((at, shown), place) = (serve(), folder());
    let file = place.path().join("users.csv");
    let rows = (0..=USERS).map(|row| format!("name {row}/ä,tok-{row:02}-9d5f\"\"x\n"));
    fs::write(
        &file,
        format!(
            "name,token\n{}",
            rows.map(|row| row.replace(",tok", ",\"tok").replace("x\n", "x\"\n")).collect::<String>()
        ),
    )
    .unwrap();
    let (users, file) = (USERS.to_string(), file.to_str().unwrap());
    let api = api_file(place.path());
    let load = ["-u", &users, "-t", "9s", "--think", "20ms..60ms", "--expect-workers", "3", "--api", &api];
    let who = ["--users-file", file, "--header", "authorization: Bearer ${user.token}"];
    let mut controller = Controller::start(&format!("http://{at}"), &[&load[..], &who].concat());
    let mut workers: Vec<_> = ["w1", "w2", "w3"].map(|name| controller.worker(name)).into_iter().collect();
    chaos::until("every user", START, || shown.lock().unwrap().len() == USERS);
    workers.remove(1).kill();
    let before = shown.lock().unwrap().clone();
    shown.lock().unwrap().clear();
    let ended = controller.process.wait(RUN);
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);

    let after = shown.lock().unwrap().clone();
    assert_eq!((&after, after.len()), (&before, USERS), "the same users, with the same rows");
    let rows: BTreeSet<_> = after.values().flatten().collect();
    assert_eq!(rows.len(), USERS, "a row each, and no row twice");
    assert!(after.values().all(|rows| rows.len() == 1), "{after:?}");
    assert!(
        rows.iter().all(|(token, name)| token.ends_with("-9d5f\"x") && name.ends_with("%2F%C3%A4")),
        "{rows:?}"
    );

    let results = Results::read(&controller.results());
    let failures = &results.summary["failures"];
    let text = |part: &str| {
        failures.as_array().unwrap().iter().any(|row| row["text"].as_str().unwrap().contains(part))
    };
    assert!(
        text("no quota for Bearer ***") && text("\"as=***\"") && text("\"sent\":\"Bearer ***\""),
        "{failures:#}"
    );
    let mut told = [ended.stderr.as_str(), &ended.stdout].concat();
    for worker in &mut workers {
        told += &worker.wait(START).stderr;
    }
    for file in fs::read_dir(&results.folder).unwrap() {
        told += &fs::read_to_string(file.unwrap().path()).unwrap();
    }
    for secret in ["-9d5f", "%2F%C3%A4", "/ä"] {
        let place = told.find(secret).map(|at| &told[at.saturating_sub(60)..(at + 60).min(told.len())]);
        assert_eq!(place, None, "`{secret}` is told");
    }
}
