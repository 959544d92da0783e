//! One gRPC stream per worker. A connection only moves messages; what they mean is decided elsewhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use common::protocol as wire;
use common::protocol::control_server::{Control, ControlServer};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use super::acceptor::Acceptor;
use super::connection::Peer;
use super::token::Token;
use crate::fleet::LinkId;
use crate::rejections::{RejectionReason, Rejections};
use crate::run::Input;

/// Messages to one worker that may wait. A worker that does not read so many is dropped.
const QUEUE: usize = 512;
/// The largest message of a worker: a delta of every endpoint with every bucket filled is below it.
const MAX_MESSAGE: usize = 4 << 20;
/// Streams by one connection: a worker opens one, and a new connection for the next.
const STREAMS: u32 = 1;
/// The longest request headers: a path and a token. HTTP/2 counts continuation frames against it.
const MAX_HEADERS: u32 = 16 << 10;
/// Bytes of one connection that may lie unread here.
const WINDOW: u32 = 1 << 20;
/// Streams that a peer opened and reset at once, before its connection is closed ("rapid reset"). It is
/// the default of h2, written down because the controller relies on it.
const PENDING_RESETS: usize = 20;

/// The way to one worker. The connection ends when it is dropped, after what was sent has gone out.
#[derive(Debug)]
pub struct MessageQueue {
    messages: mpsc::Sender<Result<wire::ControllerMessage, Status>>,
    _open: oneshot::Sender<()>,
}

impl MessageQueue {
    /// Queues a message; false when there is no room or the connection is gone.
    pub fn send(&self, kind: wire::controller_message::Kind) -> bool {
        self.messages.try_send(Ok(wire::ControllerMessage { kind: Some(kind) })).is_ok()
    }
}

/// What connections report to the run loop.
#[derive(Debug)]
pub enum Inbound {
    /// A new connection, and the way to it.
    Connected(LinkId, MessageQueue),
    /// A message. The connection reads its next one when the last value here is dropped, so that each
    /// has one message in the run loop's queue, whatever it sends, and they all take turns.
    Message(LinkId, Box<wire::WorkerMessage>, oneshot::Sender<()>),
    /// Something else for the run.
    Input(Input),
}

struct ControlService {
    run_loop: mpsc::Sender<Inbound>,
    token: Option<Token>,
    next_link: AtomicU64,
    rejections: Arc<Rejections>,
}

/// Serves the workers that come through `acceptor`, on a task, until `shutdown` is told or dropped. The task fails where
/// HTTP/2 cannot be served at all.
///
/// Nothing of it is left generic: whoever calls it would compile all of HTTP/2 anew, and as fast as it is itself.
pub fn serve(
    acceptor: Acceptor,
    token: Option<Token>,
    rejections: Arc<Rejections>,
    run_loop: mpsc::Sender<Inbound>,
    shutdown: oneshot::Receiver<()>,
) -> JoinHandle<Result<(), tonic::transport::Error>> {
    let connections = ReceiverStream::new(acceptor.start(Arc::clone(&rejections)));
    let service = ControlService { run_loop, token, next_link: AtomicU64::new(1), rejections };
    let shutdown = async {
        let _ = shutdown.await;
    };
    let server = tonic::transport::Server::builder()
        .http2_keepalive_interval(Some(Duration::from_secs(2)))
        .http2_keepalive_timeout(Some(Duration::from_secs(5)))
        .max_concurrent_streams(STREAMS)
        .http2_max_header_list_size(MAX_HEADERS)
        .http2_max_pending_accept_reset_streams(Some(PENDING_RESETS))
        .initial_connection_window_size(WINDOW)
        .initial_stream_window_size(WINDOW)
        .add_service(ControlServer::new(service).max_decoding_message_size(MAX_MESSAGE))
        .serve_with_incoming_shutdown(connections, shutdown);
    tokio::spawn(server)
}

#[tonic::async_trait]
impl Control for ControlService {
    type AttachStream = ReceiverStream<Result<wire::ControllerMessage, Status>>;

    async fn attach(
        &self,
        request: Request<Streaming<wire::WorkerMessage>>,
    ) -> Result<Response<Self::AttachStream>, Status> {
        let peer = request.extensions().get::<Peer>().cloned();
        let peer = peer.ok_or_else(|| Status::internal("a connection without an origin"))?;
        if self.token.as_ref().is_some_and(|token| !token.matches(request.metadata())) {
            self.rejections.count(RejectionReason::Token, &peer);
            return Err(Status::unauthenticated(
                "wrong or missing token; give the worker the controller's with --token-file or LOADTEST_TOKEN",
            ));
        }
        let link = self.next_link.fetch_add(1, Ordering::Relaxed);
        let (outbox, messages) = mpsc::channel(QUEUE);
        let (open, closed) = oneshot::channel();
        let outbox = MessageQueue { messages: outbox, _open: open };
        let (run_loop, rejections) = (self.run_loop.clone(), Arc::clone(&self.rejections));
        run_loop.send(Inbound::Connected(link, outbox)).await.map_err(|_| over())?;
        tokio::spawn(async move {
            tokio::select! {
                _ = closed => {} // the run loop has said its last word; what comes now is not even read
                end = forward(link, request.into_inner(), &peer, &run_loop) => {
                    if let Some(reason) = end {
                        rejections.count(reason, &peer);
                    }
                }
            }
            let _ = run_loop.send(Inbound::Input(Input::Disconnected(link))).await;
        });
        Ok(Response::new(ReceiverStream::new(messages)))
    }
}

/// Hands every message of a connection to the run loop, in order, until the connection ends; says why, if
/// that is the peer's fault.
async fn forward(
    link: LinkId,
    mut messages: Streaming<wire::WorkerMessage>,
    peer: &Peer,
    run_loop: &mpsc::Sender<Inbound>,
) -> Option<RejectionReason> {
    let mut attached = None;
    loop {
        let message = match messages.message().await {
            Ok(Some(message)) => message,
            Ok(None) => return None,
            Err(status) => return fault(&status),
        };
        attached.get_or_insert_with(|| peer.attach());
        let (turn, handled) = oneshot::channel();
        run_loop.send(Inbound::Message(link, Box::new(message), turn)).await.ok()?;
        let _ = handled.await;
    }
}

/// What a worker of ours never does; none for a connection that merely broke.
fn fault(status: &Status) -> Option<RejectionReason> {
    match status.code() {
        tonic::Code::OutOfRange => Some(RejectionReason::Oversize),
        tonic::Code::Internal | tonic::Code::Unimplemented => Some(RejectionReason::Garbage),
        _ => None,
    }
}

fn over() -> Status {
    Status::unavailable("the run is over")
}
