//! A worker of another release at a controller of this one.

use common::protocol as wire;
use common::protocol::control_client::ControlClient;
use common::protocol::controller_message::Kind as FromController;
use common::protocol::worker_message::Kind as ToController;
use tokio_stream::StreamExt;

use super::peer::{API, Peer};
use testkit::runs::Controller;

fn register(protocol: u32, settings_fingerprint: u64) -> wire::Register {
    wire::Register {
        worker: "w1".to_owned(),
        incarnation: vec![7; 16],
        version: "9.9.9".to_owned(),
        protocol,
        settings_fingerprint,
        cores: 1,
        ..wire::Register::default()
    }
}

/// The controller's first word to a worker that registers so.
fn answer(address: &str, register: wire::Register) -> FromController {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut client = ControlClient::connect(format!("http://{address}")).await.unwrap();
        let first = wire::WorkerMessage { kind: Some(ToController::Register(register)) };
        let words = tokio_stream::once(first).chain(tokio_stream::pending());
        let mut answers = client.attach(words).await.unwrap().into_inner();
        answers.message().await.unwrap().unwrap().kind.unwrap()
    })
}

#[test]
fn a_worker_of_another_version_learns_what_to_do() {
    let peer = Peer::answering(API);
    let controller = Controller::start(&peer.url(), &["-u", "1", "-t", "1s"]);
    let (protocol, settings) = (common::protocol::VERSION, common::api::settings_fingerprint());
    for (protocol, settings) in [(protocol + 1, settings), (0, settings), (protocol, settings ^ 1)] {
        let FromController::Refusal(refusal) = answer(&controller.address, register(protocol, settings))
        else {
            panic!("protocol {protocol} and settings {settings} were not refused");
        };
        assert_eq!(refusal.reason(), wire::refusal::Reason::Protocol);
        assert_eq!(
            refusal.message,
            format!(
                "this worker (release 9.9.9, protocol {protocol}) does not fit this controller (release 0.1.0, \
                 protocol {}); install the same release on both",
                common::protocol::VERSION
            )
        );
    }
    let answer = answer(&controller.address, register(protocol, settings));
    assert!(matches!(answer, FromController::Welcome(_)), "{answer:?}");
    assert_eq!(peer.asked(), ["GET /threads HTTP/1.1"], "the preflight alone");
}
