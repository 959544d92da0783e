//! Services that are described in the manual, and run from there: GraphQL, cookies with a token, questions whose events
//! another call streams, and conversations.

mod service;

use std::time::Duration;

use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, SET_COOKIE};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use testkit::runs::beside_others;

use service::{Asked, Seen, Service, events, in_manual, ok, rows};

/// A whole stream of the default API.
const ANSWER: &str = "data: {\"type\":\"token\",\"content\":\"a\"}\n\ndata: {\"type\":\"done\"}\n\n";

/// One path, several operations.
fn graphql(seen: &mut Seen, asked: &Asked) -> (String, Response) {
    let body = asked.json();
    let (query, chat) =
        (body["query"].as_str().unwrap(), body["variables"]["c"].as_str().unwrap_or_default());
    let names = ["createChat", "deleteChat", "chats", "pins", "ask"];
    let name = names.into_iter().find(|name| query.contains(name)).unwrap();
    assert_eq!((asked.method.as_str(), asked.path.as_str()), ("POST", "/graphql"));
    let row = format!("POST {name}");
    let response = match name {
        "createChat" => {
            seen.last += 1;
            let id = format!("c{}", seen.last);
            seen.threads.insert(id.clone());
            ok(json!({"data": {"createChat": {"id": id}}}))
        }
        "chats" => ok(json!({"data": {"chats": []}})),
        _ if !seen.threads.contains(chat) => StatusCode::NOT_FOUND.into_response(),
        "deleteChat" => {
            seen.threads.remove(chat);
            ok(json!({"data": {"deleteChat": true}}))
        }
        "pins" => ok(json!({"data": {"pins": []}})),
        _ => {
            let delta = "event: next\ndata: {\"data\":{\"ask\":{\"delta\":\"word \"}}}\n\n";
            events([delta, delta, "event: complete\ndata:\n\n"].concat())
        }
    };
    (row, response)
}

#[test]
fn a_service_of_graphql_has_a_row_for_each_operation() {
    let _alone = beside_others();
    let service = Service::start(graphql, Duration::ZERO);
    let results = service.run("graphql", "crud,stream,mixed");
    assert_eq!(results.number("/total/failures"), 0, "{}", results.markdown);
    assert_eq!(rows(&results), service.counts(), "operation by operation");
    assert_eq!(service.counts().len(), 5);
    assert_eq!(results.number("/streams/completed"), service.counts()["POST ask"]);
    assert!(service.seen.lock().unwrap().threads.is_empty(), "each chat was deleted");
}

/// Nobody writes without the session's cookie and the token that came with it last.
fn cookies(seen: &mut Seen, asked: &Asked) -> (String, Response) {
    let path = if asked.path.starts_with("/threads/") { "/threads/[id]" } else { asked.path.as_str() };
    let row = format!("{} {path}", asked.method);
    let session = asked.cookie("session").unwrap_or_default().to_owned();
    let holds_token = seen.tokens.get(&session).is_some_and(|token| {
        asked.header("x-csrftoken") == token && asked.cookie("csrftoken") == Some(token.as_str())
    });
    seen.last += 1;
    let set = |session: String, token: String, body: &'static str| {
        let cookies = [
            (SET_COOKIE, format!("session={session}; HttpOnly")),
            (SET_COOKIE, format!("csrftoken={token}; Path=/")),
        ];
        let mut response = ([(CONTENT_TYPE, "application/json")], body).into_response();
        cookies.into_iter().for_each(|(name, value)| {
            response.headers_mut().append(name, value.parse().unwrap());
        });
        response
    };
    let token = format!("token-{}", seen.last);
    let response = match (asked.method.as_str(), path) {
        ("GET", "/csrf") => {
            let session = format!("anonymous-{}", seen.last);
            seen.tokens.insert(session.clone(), token.clone());
            set(session, token, "{}")
        }
        ("GET", "/threads") => ok(json!([])),
        _ if !holds_token => StatusCode::FORBIDDEN.into_response(),
        ("POST", "/login") => {
            assert_eq!(asked.body, "username=load&password=secret-of-load");
            let session = format!("signed-in-{}", seen.last);
            seen.tokens.insert(session.clone(), token.clone());
            set(session, token, "{}")
        }
        _ if !session.starts_with("signed-in") => StatusCode::FORBIDDEN.into_response(),
        ("POST", "/chat/stream") => events(ANSWER.to_owned()),
        _ => ok(json!({})),
    };
    (row, response)
}

#[test]
fn a_service_with_cookies_and_a_token_lets_each_user_in() {
    let _alone = beside_others();
    let service = Service::start(cookies, Duration::ZERO);
    let results = service.run("cookies", "stream");
    assert_eq!(results.number("/total/failures"), 0, "{}", results.markdown);
    assert_eq!(rows(&results), service.counts());
    let counts = service.counts();
    assert_eq!((counts["GET /csrf"], counts["POST /login"], counts["POST /threads"]), (6, 6, 6));
}

/// Every fourth question is refused.
fn runs(seen: &mut Seen, asked: &Asked) -> (String, Response) {
    let parts: Vec<&str> = asked.path.split('/').skip(1).collect();
    let path = match parts.as_slice() {
        [first] => format!("/{first}"),
        [_, _] => "/threads/[id]".to_owned(),
        [_, _, last] => format!("/threads/[id]/{last}"),
        _ => "/threads/[id]/runs/[value]/events".to_owned(),
    };
    let response = match (asked.method.as_str(), parts.as_slice()) {
        ("POST", [_, thread, "runs"]) => {
            seen.last += 1;
            match seen.last % 4 {
                0 => (StatusCode::INTERNAL_SERVER_ERROR, "no room").into_response(),
                _ => {
                    seen.threads.insert(format!("{thread} {}", seen.last));
                    ok(json!({"id": seen.last}))
                }
            }
        }
        ("GET", [_, thread, _, run, _]) => match seen.threads.remove(&format!("{thread} {run}")) {
            true => events(ANSWER.to_owned()),
            false => StatusCode::NOT_FOUND.into_response(),
        },
        ("GET", ["threads", ..]) => ok(json!([])),
        _ => ok(json!({})),
    };
    (format!("{} {path}", asked.method), response)
}

#[test]
fn a_question_and_its_events_are_two_requests_and_one_stream() {
    let _alone = beside_others();
    let wait = Duration::from_millis(20);
    let service = Service::start(runs, wait);
    let results = service.run("runs", "stream,mixed");
    let (counts, events) = (service.counts(), "GET /threads/[id]/runs/[value]/events");
    assert_eq!(rows(&results), counts, "no request more than the service saw");
    let (asked, streamed) = (counts["POST /threads/[id]/runs"], counts[events]);
    let refused = asked / 4;
    assert!(refused > 0 && streamed == asked - refused, "{counts:?}");
    assert_eq!(results.number("/total/failures"), refused, "{:?}", results.failures());
    assert_eq!(
        (results.number("/streams/completed"), results.number("/streams/failed")),
        (streamed, refused)
    );
    // Both answers wait: a time that counted from the second request would be shorter than the two.
    let ttft = results.summary["streams"]["metrics"]["ttft"]["min"].as_f64();
    assert!(
        ttft.is_some_and(|ttft| ttft >= 2.0 * wait.as_secs_f64() * 1e3),
        "{}",
        results.summary["streams"]
    );
}

/// Answers only those who know all that was said: what comes before the question is what it had answered.
fn talks(seen: &mut Seen, asked: &Asked) -> (String, Response) {
    let row = format!("{} {}", asked.method, asked.path);
    if asked.method == "GET" {
        return (row, ok(json!({"data": []})));
    }
    let messages = asked.json()["messages"].as_array().cloned().unwrap_or_default();
    let said = seen.said.entry(asked.header("x-loadtest-user").to_owned()).or_default();
    if messages.len() == 1 {
        said.clear();
    }
    let (before, question) = messages.split_at(messages.len() - 1);
    // At least the question's own turn; all of what is sent is the end of what was said.
    if !said.ends_with(before) || question[0]["role"] != "user" || before.len() % 2 != 0 {
        return (row, StatusCode::BAD_REQUEST.into_response());
    }
    seen.longest = seen.longest.max(messages.len());
    seen.last += 1;
    let answer = ["\"Well\", ", "\u{201c}naïve\u{201d}\n", &seen.last.to_string()];
    said.push(question[0].clone());
    said.push(json!({"role": "assistant", "content": answer.concat()}));
    let delta = |text: &str| format!("data: {}\n\n", json!({"choices": [{"delta": {"content": text}}]}));
    (row, events(answer.map(delta).concat() + "data: [DONE]\n\n"))
}

#[test]
fn a_conversation_of_twenty_turns_is_sent_as_it_was() {
    let _alone = beside_others();
    let service = Service::start(talks, Duration::ZERO);
    let results = service.run("talks", "mixed");
    assert_eq!(results.number("/total/failures"), 0, "{:?}", results.failures());
    assert_eq!(rows(&results), service.counts());
    assert_eq!(service.seen.lock().unwrap().longest, 39, "twenty questions, nineteen answers");
    assert!(!results.markdown.contains("without the oldest part"));
}

#[test]
fn a_long_conversation_is_bounded_and_a_note_says_so() {
    let _alone = beside_others();
    let service = Service::start(talks, Duration::ZERO);
    let text = in_manual("talks").replace("max_bytes = 65536", "max_bytes = 1000");
    let results = service.run_as("talks", "mixed", text);
    assert_eq!(results.number("/total/failures"), 0, "{:?}", results.failures());
    let longest = service.seen.lock().unwrap().longest;
    assert!((3..20).contains(&longest), "{longest}");
    assert!(
        results.markdown.contains("without the oldest part of their conversation"),
        "{}",
        results.markdown
    );
}

/// Keeps conversations by the id of the last answer.
fn kept(seen: &mut Seen, asked: &Asked) -> (String, Response) {
    let row = format!("{} {}", asked.method, asked.path);
    if asked.method == "GET" {
        return (row, ok(json!({"data": []})));
    }
    let body = asked.json();
    let said = seen.said.entry(asked.header("x-loadtest-user").to_owned()).or_default();
    if body["previous_response_id"].is_null() {
        said.clear();
    }
    if body.get("previous_response_id") != Some(said.last().unwrap_or(&Value::Null)) {
        return (row, StatusCode::BAD_REQUEST.into_response());
    }
    seen.last += 1;
    let id = json!(format!("resp_{}", seen.last));
    said.push(id.clone());
    seen.longest = seen.longest.max(said.len());
    let lines = [
        json!({"type": "response.created", "response": {"id": id}}),
        json!({"type": "response.output_text.delta", "delta": "a"}),
        json!({"type": "response.completed", "response": {"id": id, "status": "completed"}}),
    ];
    (row, events(lines.map(|line| format!("data: {line}\n\n")).concat()))
}

#[test]
fn a_conversation_that_the_service_keeps_goes_on_by_its_id() {
    let _alone = beside_others();
    let service = Service::start(kept, Duration::ZERO);
    let results = service.run("kept", "stream,mixed");
    assert_eq!(results.number("/total/failures"), 0, "{:?}", results.failures());
    assert_eq!(rows(&results), service.counts());
    assert_eq!(service.seen.lock().unwrap().longest, 5, "of two to five turns");
}
