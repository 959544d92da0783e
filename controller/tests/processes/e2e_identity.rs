//! Five hundred users who sign in, each a person of its own, on a service that quotes all it is sent.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use testkit::runs::web::Web;
use testkit::runs::{Controller, Finished, RUN, Results, START, beside_others, chaos, folder};

use super::e2e_users::serve;

const USERS: usize = 500;
/// How long a token lets its user in.
const LASTS: Duration = Duration::from_secs(7);
/// Part of everything that nobody may read: passwords, tokens, cookies, the key that all send.
const SECRET: &str = "7qzx9";

/// What the service has seen.
#[derive(Default)]
struct Seen {
    /// Who came as which user, by the user's number.
    users: BTreeMap<u64, BTreeSet<String>>,
    /// Whose a token is, and since when.
    tokens: HashMap<String, (String, Instant)>,
    sign_ins: u64,
    expired: u64,
    strangers: Vec<String>,
}

type Shared = Arc<Mutex<Seen>>;

async fn answer(State(seen): State<Shared>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 10_000).await.unwrap();
    let text = |name: &str| parts.headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
    let (method, path) = (parts.method.as_str(), parts.uri.path());
    let all = format!("{} {:?} {}", parts.uri, parts.headers, String::from_utf8_lossy(&body));
    let refuse = |status: StatusCode| {
        let body = serde_json::json!({"error": {"message": all, "code": 7}}).to_string();
        (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
    };
    let mut seen = seen.lock().unwrap();
    if path == "/in" {
        let who: serde_json::Value = serde_json::from_slice(&body).unwrap();
        return sign_in(&mut seen, who["name"].as_str().unwrap(), who["password"].as_str().unwrap());
    }
    let token = text("authorization").replace("Bearer ", "");
    let known = seen.tokens.get(&token).cloned();
    let Some((name, since)) = known.filter(|(name, _)| {
        let cookie = text("cookie").contains(&format!("session=ses-{SECRET}-{name}"));
        cookie && text("x-name") == *name && text("x-key") == format!("key-{SECRET}-of-all")
    }) else {
        seen.strangers.push(all.clone());
        return refuse(StatusCode::FORBIDDEN);
    };
    if let Ok(user) = text("x-loadtest-user").parse() {
        seen.users.entry(user).or_default().insert(name);
        if since.elapsed() > LASTS {
            seen.expired += 1;
            return refuse(StatusCode::UNAUTHORIZED);
        }
    }
    let json = [(header::CONTENT_TYPE, "application/json")];
    match (method, path) {
        ("POST", "/chat/stream") => {
            let text = serde_json::json!({"type": "token", "content": all});
            let error = serde_json::json!({"type": "error", "message": all});
            ([(header::CONTENT_TYPE, "text/event-stream")], format!("data: {text}\n\ndata: {error}\n\n"))
                .into_response()
        }
        ("PATCH", _) => refuse(StatusCode::INTERNAL_SERVER_ERROR),
        ("GET", "/threads") => (json, "[]").into_response(),
        // A web page, plain text, and a page that it sends people to.
        ("GET", _) => ([(header::CONTENT_TYPE, "text/html")], all.clone()).into_response(),
        ("DELETE", _) => (StatusCode::FOUND, [(header::LOCATION, format!("/in?as={token}"))]).into_response(),
        ("POST", "/threads") => {
            (StatusCode::CREATED, json, serde_json::json!({"echo": all}).to_string()).into_response()
        }
        _ => (StatusCode::SERVICE_UNAVAILABLE, all.clone()).into_response(),
    }
}

fn sign_in(seen: &mut Seen, name: &str, password: &str) -> Response {
    assert_eq!(password, format!("pw-{SECRET}-{name}"));
    seen.sign_ins += 1;
    if seen.sign_ins % 50 == 7 {
        return (StatusCode::BAD_GATEWAY, format!("{name} with {password}: again, please")).into_response();
    }
    let token = format!("tok-{SECRET}-{}-{name}", seen.sign_ins);
    seen.tokens.insert(token.clone(), (name.to_owned(), Instant::now()));
    let cookie = [(header::SET_COOKIE, format!("session=ses-{SECRET}-{name}"))];
    (cookie, axum::Json(serde_json::json!({"token": token}))).into_response()
}

const API: &str = r#"
cookies = true
[headers]
authorization = "Bearer ${token}"
x-name = "${user.name}"
[login]
path = "/in"
body = '{"name":"${user.name}","password":"${user.password}"}'
capture = { token = "token" }
"#;

fn users_file(place: &Path) -> String {
    let mut rows = "name,password\n".to_owned();
    (0..=USERS).for_each(|n| writeln!(rows, "user-{n:04},pw-{SECRET}-user-{n:04}").unwrap());
    let file = place.join("users.csv");
    fs::write(&file, rows).unwrap();
    file.to_str().unwrap().to_owned()
}

/// Everything that the dashboard shows of the run.
fn shown_by(web: &Web) -> String {
    let mut shown: Vec<String> = ["/", "/metrics", "/api/v1/run", "/api/v1/history", "/api/v1/files"]
        .map(|path| web.get(path).body)
        .into();
    let files: serde_json::Value = serde_json::from_str(&shown[4]).unwrap();
    let names = files.to_string();
    let names = names.split('"').filter(|name| name.contains('.') && !name.contains('/'));
    shown.extend(names.map(|name| web.get(&format!("/files/{name}")).body));
    // Ends with the state of the run.
    let state = |line: &String| line.starts_with("data:") && line.contains("\"failures\"");
    let mut events = web.watch();
    shown.push(events.by_ref().find(state).expect("the state of the run"));
    shown.concat()
}

#[test]
fn five_hundred_users_are_themselves_and_nothing_of_them_is_told() {
    let _beside = beside_others();
    let (seen, place) = (Shared::default(), folder());
    let at = serve(Router::new().fallback(answer).with_state(Arc::clone(&seen)));
    let (users, api) = (users_file(place.path()), place.path().join("api.toml"));
    fs::write(&api, API).unwrap();
    let (count, key) = (USERS.to_string(), format!("x-key: key-{SECRET}-of-all"));
    let flags = [
        &["-u", &count, "-r", "250", "-t", "24s", "--think", "2s..4s", "--expect-workers", "3"][..],
        &[
            "--users-file",
            &users,
            "--api",
            api.to_str().unwrap(),
            "--header",
            &key,
            "--dashboard",
            "127.0.0.1:0",
            // Among the files that are looked through, and so is the one of the worker that is killed.
            "--log",
            "run/all.jsonl",
        ],
    ];
    let mut controller = Controller::start(&format!("http://{at}"), &flags.concat());
    let web = Web::of(&mut controller);
    let mut workers: Vec<_> = ["w1", "w2", "w3"].map(|name| controller.worker(name)).into();
    let all = || seen.lock().unwrap().users.len() == USERS;
    chaos::until("every user", START, all);
    let killed = workers.remove(1).kill();
    let before = std::mem::take(&mut seen.lock().unwrap().users);
    chaos::until("every user again", START, all);
    let watched = shown_by(&web);
    let ended = controller.process.wait(RUN);
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);

    let seen = seen.lock().unwrap();
    assert_eq!(seen.users, before, "the same users are the same people");
    let people: BTreeSet<_> = before.values().flatten().collect();
    assert_eq!((before.len(), people.len()), (USERS, USERS), "each somebody, and nobody twice");
    assert_eq!(seen.strangers, [""; 0], "everybody has a token, a cookie and a name that belong together");
    assert!(seen.expired > USERS as u64 / 2, "tokens ended in mid-run: {}", seen.expired);
    assert!(seen.sign_ins > 2 * USERS as u64, "and users signed in anew: {}", seen.sign_ins);

    let results = Results::read(&controller.results());
    let failures = results.summary["failures"].as_array().unwrap();
    assert!(failures.len() < 40, "{} kinds of failure, of texts that all differ", failures.len());
    let said: u64 = failures.iter().map(|row| row["occurrences"].as_u64().unwrap()).sum();
    assert_eq!(said, results.number("/total/failures"));
    assert!(
        failures.iter().any(|row| row["example"].as_str().is_some_and(|text| text.contains("***"))),
        "{failures:#?}"
    );
    let logged = ["w1", "w3"].map(|worker| {
        let log = fs::read_to_string(results.folder.join(format!("all.{worker}.jsonl"))).unwrap();
        log.matches("\"outcome\":\"failed\"").count()
    });
    assert!(logged.iter().all(|failures| *failures > 100), "{logged:?}");
    let mut shown = watched;
    let mut said =
        |ended: &Finished| [&ended.stderr, &ended.stdout].iter().for_each(|text| shown.push_str(text));
    [&ended, &killed].into_iter().for_each(&mut said);
    workers.iter_mut().for_each(|worker| said(&worker.wait(START)));
    for file in fs::read_dir(&results.folder).unwrap() {
        shown += &fs::read_to_string(file.unwrap().path()).unwrap();
    }
    for secret in [SECRET, "user-0"] {
        let place = shown.find(secret).map(|at| {
            &shown[shown.floor_char_boundary(at.saturating_sub(120))..shown.ceil_char_boundary(at + 120)]
        });
        assert_eq!(place, None, "`{secret}` is shown");
    }
}
