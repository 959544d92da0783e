//! Users who are somebody: each sends its own row of the users' file, and nobody else learns anything of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
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

/// Serves on a free port, on a thread of its own until the test program ends.
pub fn serve(app: Router) -> SocketAddr {
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
    at
}

/// Panics where a secret stands in a file of the run, or in what its programs said.
fn expect_hidden(results: &Results, said: &[&str], secrets: &[&str]) {
    let mut all = said.concat();
    for file in fs::read_dir(&results.folder).unwrap() {
        all += &fs::read_to_string(file.unwrap().path()).unwrap();
    }
    for secret in secrets {
        let place =
            all.find(secret).map(|at| all.chars().skip(at.saturating_sub(60)).take(160).collect::<String>());
        assert_eq!(place, None, "`{secret}` is shown");
    }
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
    let (shown, place) = (Shown::default(), folder());
    let at = serve(Router::new().fallback(answer).with_state(Arc::clone(&shown)));
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
    let workers: Vec<String> = workers.iter_mut().map(|worker| worker.wait(START).stderr.clone()).collect();
    let said = [
        &[ended.stderr.as_str(), &ended.stdout],
        &workers.iter().map(String::as_str).collect::<Vec<_>>()[..],
    ];
    expect_hidden(&results, &said.concat(), &["-9d5f", "%2F%C3%A4", "/ä"]);
}

/// A service that lets nobody in without a fresh token, a session cookie, and for what changes anything the CSRF
/// token of the session. A token lasts a second.
#[derive(Default)]
struct Door {
    /// By token: whose it is, and when it was given.
    tokens: BTreeMap<String, (String, Instant)>,
    /// Who has tried to sign in: the first time is in vain.
    tried: BTreeSet<String>,
    counts: BTreeMap<String, u64>,
    /// Bodies of messages, each with how often it was let in or turned away.
    messages: BTreeMap<String, u64>,
    strangers: Vec<String>,
}

type Shared = Arc<Mutex<Door>>;

async fn guard(State(door): State<Shared>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 10_000).await.unwrap();
    let text = |name: &str| parts.headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
    let (mut door, is_user) = (door.lock().unwrap(), !text("x-loadtest-user").is_empty());
    let (method, path) = (parts.method.as_str(), parts.uri.path());
    let id =
        path.strip_prefix("/threads/").map(|rest| rest.split_once('/').map_or("/[id]", |_| "/[id]/messages"));
    let row = format!("{method} {}", id.map_or(path.to_owned(), |id| format!("/threads{id}")));
    if is_user {
        *door.counts.entry(row.clone()).or_default() += 1;
    }
    if row == "POST /auth/login" {
        return sign_in(&mut door, &serde_json::from_slice(&body).unwrap());
    }
    let (token, cookie) = (text("authorization").replace("Bearer ", ""), text("cookie"));
    if row == "POST /threads/[id]/messages" && is_user {
        *door.messages.entry(String::from_utf8(body.to_vec()).unwrap()).or_default() += 1;
    }
    let Some((name, since)) = door.tokens.get(&token).cloned() else {
        door.strangers.push(format!("{row} {token:?}"));
        return StatusCode::FORBIDDEN.into_response();
    };
    let fits = cookie.contains(&format!("session=s-7qzx9-{name}"))
        && (method == "GET" || text("x-csrf") == format!("c-7qzx9-{name}"))
        && (!is_user || text("x-name") == name);
    if !fits {
        door.strangers.push(format!("{row} {name} {cookie} {}", text("x-csrf")));
        return StatusCode::FORBIDDEN.into_response();
    }
    if since.elapsed() > Duration::from_secs(1) {
        return (StatusCode::UNAUTHORIZED, format!("{token} is over")).into_response();
    }
    let json = [(header::CONTENT_TYPE, "application/json")];
    match (method, row.as_str()) {
        ("DELETE", _) => StatusCode::NO_CONTENT.into_response(),
        (_, "POST /threads") => {
            let at = format!("/threads/{name}%2F{}", door.counts["POST /threads"]);
            (StatusCode::CREATED, [(header::LOCATION, at)]).into_response()
        }
        ("GET", _) => (json, "[]").into_response(),
        _ => (json, "{}").into_response(),
    }
}

fn sign_in(door: &mut Door, who: &serde_json::Value) -> Response {
    let (name, password) = (who["name"].as_str().unwrap(), who["password"].as_str().unwrap());
    assert_eq!(password, format!("pw-of-{name}-7qzx9"));
    if door.tried.insert(name.to_owned()) {
        return (StatusCode::SERVICE_UNAVAILABLE, format!("{password} again, please")).into_response();
    }
    let token = format!("tok-7qzx9-{name}-{}", door.tokens.len());
    door.tokens.insert(token.clone(), (name.to_owned(), Instant::now()));
    let cookies = [format!("session=s-7qzx9-{name}; Path=/; HttpOnly"), format!("csrf=c-7qzx9-{name}")];
    let headers = AppendHeaders(cookies.map(|cookie| (header::SET_COOKIE, cookie)));
    (headers, axum::Json(serde_json::json!({"data": {"token": token}}))).into_response()
}

const DOOR: &str = r#"
cookies = true

[headers]
authorization = "Bearer ${token}"
x-csrf = "${csrf}"
x-name = "${user.name}"

[login]
path = "/auth/login"
body = '{"name":"${user.name}","password":"${user.password}"}'
capture = { token = "data.token", csrf = { cookie = "csrf" } }

[create_thread]
answer = "any"
capture = { thread = { header = "location" } }

[rename_thread]
skip = true
"#;

#[test]
fn users_sign_in_before_their_first_step_and_again_when_that_is_over() {
    let _beside = beside_others();
    let (door, place) = (Shared::default(), folder());
    let at = serve(Router::new().fallback(guard).with_state(Arc::clone(&door)));
    let (api, users) = (place.path().join("door.toml"), place.path().join("users.jsonl"));
    fs::write(&api, DOOR).unwrap();
    let row = |n| format!("{{\"name\": \"u{n:02}\", \"password\": \"pw-of-u{n:02}-7qzx9\"}}\n");
    fs::write(&users, (0..13).map(row).collect::<String>()).unwrap();
    // The look before the load signs in as the last row, whose first try is not in vain.
    door.lock().unwrap().tried.insert("u12".to_owned());
    let files = ["--api", api.to_str().unwrap(), "--users-file", users.to_str().unwrap()];
    let load = ["-u", "12", "-t", "4s", "--classes", "crud", "--think", "20ms..60ms", "--local-workers", "2"];
    let mut controller = Controller::start(&format!("http://{at}"), &[&load[..], &files].concat());
    let ended = controller.process.wait(RUN);
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    let results = Results::read(&controller.results());
    let door = door.lock().unwrap();
    assert_eq!(door.strangers, [""; 0]);
    let mut counts = results.json_counts();
    counts.remove("Aggregated");
    assert_eq!(counts, door.counts, "each request in its row, signing in too");
    let failures = results.failures();
    assert_eq!(failures["login"], 12, "each user's first try: {failures:?}");
    assert!(counts["POST /auth/login"] >= 12 * 4, "each token lasts a second: {counts:?}");
    assert_eq!(
        failures.keys().map(String::as_str).collect::<Vec<_>>(),
        ["http_4xx", "login"],
        "{failures:?}"
    );
    assert!(failures["http_4xx"] <= counts["POST /auth/login"], "one step for each token: {failures:?}");
    assert!(door.messages.len() > 20 && door.messages.values().all(|times| *times == 1), "no message twice");
    let text = results.summary["failures"].to_string();
    assert!(text.contains("*** again, please") && text.contains("*** is over"), "{text}");
    expect_hidden(&results, &[&ended.stderr, &ended.stdout], &["7qzx9"]);
}
