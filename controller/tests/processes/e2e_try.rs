//! `controller api try`: one user, once, and all that can be seen of it.

use std::fs;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use testkit::runs::{Backend, beside_others, binaries, folder, sandbox::QUICK};
use tokio_stream::StreamExt;

use crate::e2e_users::serve;

/// Exit code, standard output and standard error.
pub fn tried(host: &str, words: &[&str]) -> (i32, String, String) {
    let output = binaries::controller().args(["api", "try"]).args(words).args(["-H", host]).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn one_user_is_sent_once_and_everything_is_shown() {
    let _beside = beside_others();
    let backend = Backend::start(QUICK);
    let (code, shown, errors) = tried(&backend.url(), &["default", "--prompt", "Anybody there?"]);
    assert_eq!((code, errors.as_str()), (0, ""), "{shown}");
    let calls = [
        "[list_threads]\n  > GET /threads HTTP/1.1\n",
        "[create_thread]\n  > POST /threads HTTP/1.1\n",
        "[rename_thread]\n",
        "[post_message]\n",
        "[chat]\n  > POST /chat/stream HTTP/1.1\n",
        "[list_messages]\n",
        "[delete_thread]\n",
    ];
    let places: Vec<_> =
        calls.iter().map(|call| shown.find(call).unwrap_or_else(|| panic!("{call}: {shown}"))).collect();
    assert!(places.is_sorted(), "{shown}");
    for part in [
        "\"message\":\"Anybody there?\"",
        " · text \"w0 \" · {",
        " · tokens 8, end · {\"type\":\"done\"",
        "tokens: 8 as the service counts them",
        "events: 8 text, 1 tokens, 1 end",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(shown.ends_with("Nothing looks wrong.\n"), "{shown}");
    assert_eq!(backend.counts().requests["POST /chat/stream"].values().sum::<u64>(), 1, "one question");
}

#[test]
fn a_wrong_description_is_answered_with_the_settings_to_change() {
    let _beside = beside_others();
    let (backend, place) = (Backend::start(QUICK), folder());
    let file = place.path().join("wrong.toml");
    let path = file.to_str().unwrap();
    fs::write(&file, "[stream]\ntext = { field = 'type', equals = 'tok' }\nterminal = { event = 'end' }\n")
        .unwrap();
    let (code, shown, _) = tried(&backend.url(), &[path]);
    assert_eq!(code, 1, "{shown}");
    for part in [
        "! truncated: ",
        "`text = { field = \"type\", equals = \"token\" }`",
        "`terminal = { field = \"type\", equals = \"done\" }`",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    fs::write(&file, "[stream]\ntext = { filed = 'type' }\n").unwrap();
    let (code, shown, errors) = tried(&backend.url(), &[path]);
    assert_eq!((code, shown.as_str()), (2, ""));
    assert!(errors.contains("wrong.toml line 2: "), "{errors}");
    let (code, _, errors) = tried("http://bob:hunter2pw@h", &["default"]);
    assert!(code == 2 && errors.contains("--header") && !errors.contains("hunter2pw"), "{errors}");
    let (code, shown, _) = tried("http://127.0.0.1:1", &["default"]);
    assert!(code == 1 && shown.contains("[create_thread] left out, as nothing answers"), "{shown}");
}

/// Quotes all it is sent, in headers, answers and events; its stream never ends.
async fn echo(request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = String::from_utf8(axum::body::to_bytes(body, 10_000).await.unwrap().to_vec()).unwrap();
    let heads: String = parts.headers.values().map(|value| format!("{} ", value.to_str().unwrap())).collect();
    let quoted = serde_json::json!({"type": "token", "content": heads, "id": "t1", "token": "tok-of-the-door-7qz",
                                    "was": body});
    if parts.uri.path() == "/chat/stream" {
        let events =
            tokio_stream::iter((0..3).map(move |_| Ok::<_, std::io::Error>(format!("data: {quoted}\n\n"))));
        let body = axum::body::Body::from_stream(events.chain(tokio_stream::pending()));
        return ([(header::CONTENT_TYPE, "text/event-stream")], body).into_response();
    }
    ([(header::SET_COOKIE, "session=cookie-7qz-long")], axum::Json(quoted)).into_response()
}

#[test]
fn a_service_that_quotes_everything_reveals_no_secret_and_a_stream_that_hangs_is_left() {
    let _beside = beside_others();
    let (at, place) = (serve(Router::new().fallback(echo)), folder());
    let (api, users) = (place.path().join("echo.toml"), place.path().join("users.csv"));
    fs::write(
        &api,
        "cookies = true\n[headers]\nauthorization = 'Bearer ${token}'\n[list_threads]\nanswer = 'any'\n\
         [login]\npath = '/in'\nbody = '{\"name\":\"${user.name}\",\"password\":\"pw-7qz-in-the-file\"}'\n\
         capture = { token = 'token' }\n",
    )
    .unwrap();
    fs::write(&users, "name\nann-7qz@example.org\n").unwrap();
    let begun = Instant::now();
    let words = [api.to_str().unwrap(), "--users-file", users.to_str().unwrap(), "--timeout", "2s", "--all"];
    let (code, shown, errors) =
        tried(&format!("http://{at}"), &[&words[..], &["--header", "x-key: key-7qz-long"]].concat());
    assert_eq!(code, 1, "{shown}{errors}");
    assert!(begun.elapsed() < Duration::from_secs(60), "it is bounded in time");
    for part in
        ["authorization: Bearer ***", "x-key: ***", "= token: *** (19 bytes)", "! timeout: ", "cookie: ***"]
    {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(!shown.contains("7qz") && !errors.contains("7qz"), "{shown}{errors}");
}
