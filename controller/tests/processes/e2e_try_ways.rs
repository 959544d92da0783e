//! `controller api try` over TLS, and with a question whose answer another call streams.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::serve::Listener;
use axum::{Json, Router};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use serde_json::json;
use testkit::runs::{beside_others, folder};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::e2e_try::tried;
use crate::e2e_users::serve;

/// How long the service thinks before it takes a question.
const THINKING: Duration = Duration::from_millis(60);

const FILE: &str = r#"
[chat]
path = "/threads/${thread}/runs"
body = '{"input":"${content}"}'
capture = { run = "id" }
[chat.events]
path = "/threads/${thread}/runs/${run}/events"
"#;

/// Takes a question, streams the answer to it by another call, and knows the run by its id.
async fn runs(request: Request) -> Response {
    let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
    let last = path.rsplit('/').next().unwrap_or_default();
    match (method.as_str(), last) {
        ("POST", "runs") => {
            tokio::time::sleep(THINKING).await;
            (StatusCode::CREATED, Json(json!({"id": "run-of-many-4711"}))).into_response()
        }
        ("GET", "events") if path.ends_with("/runs/run-of-many-4711/events") => {
            let events = [
                json!({"type": "token", "content": "Hel"}),
                json!({"type": "token", "content": "lo"}),
                json!({"type": "done", "usage": {"completion_tokens": 2}}),
            ];
            let events: String = events.iter().map(|event| format!("data: {event}\n\n")).collect();
            ([(header::CONTENT_TYPE, "text/event-stream")], events).into_response()
        }
        ("GET", "threads" | "messages") => Json(json!([])).into_response(),
        ("DELETE", _) => StatusCode::NO_CONTENT.into_response(),
        ("GET", _) => StatusCode::NOT_FOUND.into_response(),
        _ => Json(json!({})).into_response(),
    }
}

/// Connections whose handshake is over.
struct Secured {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for Secured {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (socket, from) = self.listener.accept().await.unwrap();
            // Whoever refuses the certificate comes no further.
            if let Ok(secured) = self.acceptor.accept(socket).await {
                return (secured, from);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

/// The service behind a certificate for `localhost` that it signed itself; its port, and the certificate as PEM.
/// `wants` one of the client, too.
fn secured(wants: bool) -> (u16, String) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let builder = match wants {
        true => builder.with_client_cert_verifier(
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap(),
        ),
        false => builder.with_no_client_auth(),
    };
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let config = builder.with_single_cert(vec![made.cert.der().clone()], key.into()).unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::from_std(listener).unwrap();
            let secured = Secured { listener, acceptor: TlsAcceptor::from(Arc::new(config)) };
            axum::serve(secured, Router::new().fallback(runs)).await.unwrap();
        });
    });
    (port, made.cert.pem())
}

/// The description and the certificate as files.
fn files(pem: &str) -> (tempfile::TempDir, PathBuf, PathBuf) {
    let place = folder();
    let (api, ca) = (place.path().join("runs.toml"), place.path().join("ca.pem"));
    fs::write(&api, FILE).unwrap();
    fs::write(&ca, pem).unwrap();
    (place, api, ca)
}

/// What must stand in what was shown, in this order.
fn expect_in_order(shown: &str, parts: &[&str]) {
    let mut from = 0;
    for part in parts {
        let at = shown[from..].find(part).unwrap_or_else(|| panic!("{part} after {from}: {shown}"));
        from += at + part.len();
    }
}

/// A time that was shown behind `name`, in milliseconds.
fn millis(shown: &str, name: &str) -> f64 {
    let rest = shown.split(name).nth(1).unwrap();
    let words: Vec<&str> = rest.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    let unit = if words[1] == "s" { 1e3 } else { 1.0 };
    assert!(["ms", "s"].contains(&words[1]), "{words:?}");
    words[0].parse::<f64>().unwrap() * unit
}

#[test]
fn a_question_and_its_events_are_shown_as_two_calls_and_one_stream() {
    let _beside = beside_others();
    let (at, (_place, api, _)) = (serve(Router::new().fallback(runs)), files(""));
    let (code, shown, errors) = tried(&format!("http://{at}"), &[api.to_str().unwrap()]);
    assert_eq!((code, errors.as_str()), (0, ""), "{shown}");
    expect_in_order(
        &shown,
        &[
            "[chat]\n  > POST /threads/",
            "{\"input\":\"Say hello in one sentence.\"}\n  < 201 after ",
            "  = run: *** (16 bytes)\n",
            "[chat.events]\n  > GET /threads/",
            "/runs/***/events HTTP/1.1\n",
            "  > accept: text/event-stream\n",
            " · text \"Hel\" · ",
            " · tokens 2, end · ",
            "What the report would hold of the stream:\n",
            "tokens: 2 as the service counts them",
            "Nothing looks wrong.\n",
        ],
    );
    let ttft = millis(&shown, "first text (ttft)");
    assert!(ttft >= THINKING.as_secs_f64() * 1e3, "it counts from the question: {shown}");

    // What those meet who have described only a part of it.
    fs::write(&api, FILE.split("[chat.events]").next().unwrap().replace("capture = { run = \"id\" }", ""))
        .unwrap();
    let (code, shown, _) = tried(&format!("http://{at}"), &[api.to_str().unwrap()]);
    assert_eq!(code, 1, "{shown}");
    expect_in_order(&shown, &["! wrong_content_type", "What looks wrong:\n- [chat]: ", "[chat.events]"]);
    fs::write(&api, FILE.replace("\"id\"", "\"run_id\"")).unwrap();
    let (code, shown, _) = tried(&format!("http://{at}"), &[api.to_str().unwrap()]);
    assert_eq!(code, 1, "{shown}");
    expect_in_order(
        &shown,
        &[
            "run-of-many-4711",
            "! bad_answer: no `run` at run_id",
            "[chat.events] left out",
            "check `capture`",
        ],
    );
}

#[test]
fn a_service_behind_tls_is_tried_and_whoever_is_not_let_in_hears_what_to_do() {
    let _beside = beside_others();
    let (port, pem) = secured(false);
    let (_place, api, ca) = files(&pem);
    let (api, ca) = (api.to_str().unwrap(), ["--ca-cert", ca.to_str().unwrap()]);
    let (by_name, there) = (format!("https://localhost:{port}"), format!("127.0.0.1:{port}"));
    for (host, flags) in [
        (by_name.as_str(), &ca[..]),
        (&by_name, &["--insecure"]),
        ("https://localhost", &[&ca[..], &["--connect-to", &there]].concat()),
    ] {
        let (code, shown, errors) = tried(host, &[&[api], flags].concat());
        assert_eq!((code, errors.as_str()), (0, ""), "{host} {flags:?}: {shown}");
        expect_in_order(&shown, &[", connected in ", " · text \"Hel\" · ", "Nothing looks wrong.\n"]);
    }
    let by_address = format!("https://127.0.0.1:{port}");
    for (host, flags, reason, advice) in [
        (&by_name, &[][..], "! tls: ", "name its authority, or the certificate itself, with --ca-cert"),
        (&by_address, &ca, "! tls: ", "take a name of its certificate in --host, with --connect-to"),
        (&format!("http://localhost:{port}"), &[], "! transport: ", "and whether it is https."),
    ] {
        let (code, shown, errors) = tried(host, &[&[api], flags].concat());
        assert_eq!((code, errors.as_str()), (1, ""), "{host} {flags:?}: {shown}");
        expect_in_order(&shown, &[reason, "What looks wrong:\n- [list_threads]: ", advice]);
        assert!(!shown.contains("whether the service is up"), "it is: {shown}");
        assert_eq!(shown.contains("left out, as TLS fails"), reason == "! tls: ", "{shown}");
    }
}

#[test]
fn a_service_that_wants_a_certificate_of_the_client_is_named_as_such() {
    let _beside = beside_others();
    let (port, pem) = secured(true);
    let (_place, api, ca) = files(&pem);
    let words = [api.to_str().unwrap(), "--ca-cert", ca.to_str().unwrap()];
    let (code, shown, _) = tried(&format!("https://localhost:{port}"), &words);
    assert_eq!(code, 1, "{shown}");
    expect_in_order(&shown, &["What looks wrong:\n- [list_threads]: ", "a certificate of the client"]);
}
