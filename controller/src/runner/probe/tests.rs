//! The canary against services that stand still, refuse or have no threads.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use common::api::Api;

use super::*;

/// What a service was asked, and how it answers.
#[derive(Clone)]
struct Service {
    asked: Arc<Mutex<Vec<String>>>,
    answer: fn(&str) -> (u64, u16),
}

async fn serve(State(service): State<Service>, request: Request) -> Response {
    let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
    let marked = request.headers().contains_key(common::api::PROBE_HEADER);
    let body = axum::body::to_bytes(request.into_body(), 10_000).await.unwrap();
    let line = format!("{method} {path} {}", String::from_utf8_lossy(&body));
    let (waits, status) = (service.answer)(&line);
    service.asked.lock().unwrap().push(line);
    assert!(marked, "the canary's requests are marked by a header");
    tokio::time::sleep(Duration::from_millis(waits)).await;
    (StatusCode::from_u16(status).unwrap(), axum::Json(serde_json::json!({"id": "a b"}))).into_response()
}

/// Asks a service for `lasts`; what it was asked, and what the run received.
async fn ask_for(api: Api, lasts: u64, answer: fn(&str) -> (u64, u16)) -> (Vec<String>, Vec<Input>) {
    let service = Service { asked: Arc::default(), answer };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new().fallback(serve).with_state(service.clone());
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    let plan = Plan { base_url, api, ..Plan::default() };
    let (inputs, mut received) = mpsc::channel(100);
    if let Some(canary) = CanaryProbe::start(&plan, inputs) {
        tokio::time::sleep(Duration::from_millis(lasts)).await;
        canary.end().await;
    }
    server.abort();
    let mut inputs = Vec::new();
    while let Some(Inbound::Input(input)) = received.recv().await {
        inputs.push(input);
    }
    let asked = service.asked.lock().unwrap().clone();
    (asked, inputs)
}

fn api(text: &str) -> Api {
    crate::api::from_text(text, "service.toml").unwrap()
}

#[tokio::test]
async fn it_asks_for_the_messages_of_a_thread_of_its_own_and_deletes_it() {
    let (asked, received) = ask_for(Api::default(), 1_300, |_| (0, 200)).await;
    let starts: Vec<&str> = asked.iter().map(|line| line.split('/').next().unwrap().trim()).collect();
    assert_eq!(starts, ["POST", "POST", "GET", "GET", "GET", "DELETE"], "{asked:#?}");
    let thread = asked[2].trim().strip_prefix("GET /threads/").unwrap();
    assert!(asked[3..5].iter().all(|line| line.contains(thread)), "the same work each time");
    assert!(asked[1].contains("canary"), "one message: {}", asked[1]);
    assert!(
        received.iter().all(|input| matches!(input, Input::Canary { latency: Some(_), .. })),
        "{received:?}"
    );
}

#[tokio::test]
async fn a_service_that_stands_still_is_asked_again_all_the_same() {
    let answer = |line: &str| if line.starts_with("GET") { (1_800, 200) } else { (0, 200) };
    let (asked, received) = ask_for(Api::default(), 3_300, answer).await;
    let gets = asked.iter().filter(|line| line.starts_with("GET")).count();
    assert!((6..=8).contains(&gets), "at fixed times: {gets}");
    assert!(received.len() >= 3, "{received:?}");
    for input in received {
        let Input::Canary { age, latency: Some(latency) } = input else { panic!("{input:?}") };
        assert!(latency >= Duration::from_millis(1_800) && age >= latency, "booked when it was sent");
    }
}

#[tokio::test]
async fn a_refusal_is_a_failure_and_says_when_it_was_sent() {
    let answer = |line: &str| if line.starts_with("GET") { (300, 503) } else { (0, 200) };
    let (_, received) = ask_for(Api::default(), 900, answer).await;
    assert!(!received.is_empty());
    for input in received {
        let Input::Canary { age, latency: None } = input else { panic!("{input:?}") };
        assert!(age >= Duration::from_millis(300));
    }
}

#[tokio::test]
async fn without_a_thread_it_asks_for_the_list() {
    let answer = |line: &str| if line.starts_with("POST") { (0, 405) } else { (0, 200) };
    let (asked, _) = ask_for(Api::default(), 700, answer).await;
    assert!(asked[1..].iter().all(|line| line.trim() == "GET /threads"), "{asked:?}");
}

#[tokio::test]
async fn a_probe_of_the_file_is_asked_as_it_stands_there() {
    let probe = "[probe]\nmethod = \"POST\"\npath = \"/ping\"\nbody = '{\"ping\":1}'\n";
    let (asked, received) = ask_for(api(probe), 700, |_| (0, 200)).await;
    assert!(asked.iter().all(|line| line == "POST /ping {\"ping\":1}"), "{asked:?}");
    assert!(received.len() >= 2);
}

#[tokio::test]
async fn a_probe_that_is_skipped_is_not_asked() {
    let (asked, received) = ask_for(api("[probe]\nskip = true\n"), 700, |_| (0, 200)).await;
    assert_eq!((asked.len(), received.len()), (0, 0));
}

#[tokio::test]
async fn the_id_that_the_service_gives_is_escaped_in_the_path() {
    let (asked, _) = ask_for(api("thread_id_field = \"id\"\n"), 300, |_| (0, 200)).await;
    assert!(asked[2].starts_with("GET /threads/a%20b/messages"), "{asked:?}");
}
