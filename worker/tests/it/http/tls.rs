//! `https://`: whom a user trusts, and what a broken handshake is called.

use std::sync::Arc;
use std::time::Duration;

use crate::http::peer::{self, Peer, Step, json, send};
use common::api::{Answer, Encoding};
use common::failure::FailureClass;
use common::plan::Plan;
use http::Method;
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use tokio_rustls::TlsAcceptor;
use worker::http::{Request, Target, TargetError, TargetTlsError};

/// A certificate for `localhost` that nobody signed: what accepts it, and its PEM.
fn self_signed() -> (TlsAcceptor, String) {
    let (config, pem) = self_signed_config();
    (TlsAcceptor::from(config), pem)
}

/// The same as a configuration.
pub(super) fn self_signed_config() -> (Arc<ServerConfig>, String) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())
        .unwrap();
    (Arc::new(config), made.cert.pem())
}

fn plan(peer: &Peer, ca_pem: &str, insecure: bool) -> Plan {
    let base_url = format!("https://localhost:{}", peer.address.port());
    Plan { base_url, ca_pem: ca_pem.to_owned(), insecure, ..Plan::default() }
}

pub(super) fn get() -> Request<'static> {
    Request {
        method: &Method::GET,
        path: b"/threads",
        body: None,
        answer: Answer::Json,
        timeout: Duration::from_secs(10),
        encoding: Encoding::Json,
        user: None,
        success: &[],
        lines: b"",
    }
}

#[tokio::test]
async fn a_server_nobody_vouches_for_is_refused() {
    let (acceptor, _) = self_signed();
    let (_, another) = self_signed();
    let peer = Peer::start_tls(vec![], acceptor).await;
    let mut client = peer::client(&plan(&peer, &another, false)).await;
    let exchange = client.exchange(get()).await;
    let failure = exchange.outcome.unwrap_err();
    assert_eq!((failure.class, exchange.connect, exchange.status), (FailureClass::Tls, None, 0), "{failure}");
    assert!(failure.text.contains("certificate"), "{failure}");
    assert!(!client.in_flight(), "a handshake is no request");
}

#[tokio::test]
async fn a_server_is_accepted_by_its_ca_or_without_any() {
    let (acceptor, pem) = self_signed();
    let script = vec![Step::Request, json("[1]"), Step::Request, json("[2]"), Step::Hold];
    let peer = Peer::start_tls(vec![script.clone(), script], acceptor).await;
    for plan in [plan(&peer, &pem, false), plan(&peer, "", true)] {
        let mut client = peer::client(&plan).await;
        let first = client.exchange(get()).await;
        let second = client.exchange(get()).await;
        assert_eq!((first.outcome, first.bytes, first.connect.is_some()), (Ok(()), 3, true));
        assert_eq!((second.outcome, second.bytes, second.connect), (Ok(()), 3, None));
        assert!(!client.in_flight());
    }
    assert_eq!((peer.connections(), peer.requests().len()), (2, 4));
    assert!(peer.requests()[0].contains(&format!("host: localhost:{}\r\n", peer.address.port())));
}

#[tokio::test]
async fn the_name_must_fit_unless_nothing_is_verified() {
    let (acceptor, pem) = self_signed();
    let peer = Peer::start_tls(vec![vec![], vec![Step::Request, json("[]")]], acceptor).await;
    let by_address = |plan: Plan| Plan { base_url: format!("https://{}", peer.address), ..plan };
    let mut client = peer::client(&by_address(plan(&peer, &pem, false))).await;
    let failure = client.exchange(get()).await.outcome.unwrap_err();
    assert_eq!(failure.class, FailureClass::Tls, "{failure}");
    let mut client = peer::client(&by_address(plan(&peer, "", true))).await;
    assert_eq!(client.exchange(get()).await.outcome, Ok(()));
}

#[tokio::test]
async fn a_server_without_tls_is_a_tls_failure() {
    let peer = Peer::start(vec![vec![send("HTTP/1.1 400 Bad Request\r\n\r\n")]]).await;
    let mut client = peer::client(&plan(&peer, "", true)).await;
    let failure = client.exchange(get()).await.outcome.unwrap_err();
    assert_eq!(failure.class, FailureClass::Tls, "{failure}");
}

#[tokio::test]
async fn a_kept_connection_closed_by_the_server_is_no_failure() {
    let (acceptor, pem) = self_signed();
    let first = vec![Step::Request, json("[]"), Step::Pause(10)];
    let peer = Peer::start_tls(vec![first, vec![Step::Request, json("[]"), Step::Hold]], acceptor).await;
    let mut client = peer::client(&plan(&peer, &pem, false)).await;
    assert_eq!(client.exchange(get()).await.outcome, Ok(()));
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(client.exchange(get()).await.outcome, Ok(()));
    assert_eq!((peer.requests().len(), client.reconnects()), (2, 1));
}

#[tokio::test]
async fn a_useless_ca_file_is_found_before_any_load() {
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for pem in ["not pem", broken] {
        let plan =
            Plan { base_url: "https://localhost".to_owned(), ca_pem: pem.to_owned(), ..Plan::default() };
        let error = Target::resolve(&plan).await.unwrap_err();
        assert!(matches!(error, TargetError::Tls(TargetTlsError::Pem(_))), "{error}");
    }
}
