//! Controllers that do not want this worker.

use std::net::SocketAddr;
use std::sync::mpsc;

use common::protocol as wire;
use common::protocol::control_server::{Control, ControlServer};
use common::protocol::controller_message::Kind;
use common::protocol::refusal::Reason;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, Streaming};

use super::process::worker;

/// A controller that answers every worker with the same word.
struct Refuses(Result<Reason, Status>);

#[tonic::async_trait]
impl Control for Refuses {
    type AttachStream = tokio_stream::Once<Result<wire::ControllerMessage, Status>>;

    async fn attach(
        &self,
        _: Request<Streaming<wire::WorkerMessage>>,
    ) -> Result<Response<Self::AttachStream>, Status> {
        let reason = self.0.clone()?;
        let refusal = wire::Refusal { reason: reason as i32, message: "not like this; do that".to_owned() };
        let word = wire::ControllerMessage { kind: Some(Kind::Refusal(refusal)) };
        Ok(Response::new(tokio_stream::once(Ok(word))))
    }
}

/// Starts a controller that lives as long as the test program.
fn controller(answer: Result<Reason, Status>) -> SocketAddr {
    let (send, listening) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            send.send(listener.local_addr().unwrap()).unwrap();
            tonic::transport::Server::builder()
                .add_service(ControlServer::new(Refuses(answer)))
                .serve_with_incoming(TcpListenerStream::new(listener))
                .await
                .unwrap();
        });
    });
    listening.recv().unwrap()
}

#[test]
fn a_refusal_ends_the_worker_with_the_controllers_sentence() {
    let table = [(Reason::Protocol, 2), (Reason::Malformed, 2), (Reason::Full, 1), (Reason::Superseded, 1)];
    for (reason, code) in table {
        worker(&format!("--controller {}", controller(Ok(reason))))
            .with(code, "worker: the controller refused this worker: not like this; do that");
    }
}

#[test]
fn a_wrong_token_ends_the_worker_with_the_controllers_sentence() {
    let refuses = controller(Err(Status::unauthenticated("wrong or missing token; give the right one")));
    worker(&format!("--controller {refuses} --token wrong"))
        .with(2, "worker: the controller refused this worker: wrong or missing token; give the right one");
}

#[test]
fn a_name_that_stays_taken_ends_the_worker() {
    let refuses = controller(Ok(Reason::NameTaken));
    for patience in ["0", "300ms"] {
        worker(&format!("--controller {refuses} --patience {patience}"))
            .with(2, "worker: the controller refused this worker: not like this; do that");
    }
}

#[test]
fn a_run_that_is_over_is_no_failure() {
    let ended = worker(&format!("--controller {}", controller(Ok(Reason::Over))));
    assert_eq!(ended.code, Some(0), "{ended:?}");
}
