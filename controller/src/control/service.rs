//! One gRPC stream per worker. A connection only moves messages; what they mean is decided elsewhere.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use common::protocol as wire;
use common::protocol::control_server::{Control, ControlServer};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc};
use tokio_stream::StreamExt;
use tokio_stream::wrappers::{ReceiverStream, TcpListenerStream};
use tonic::{Request, Response, Status, Streaming};

use super::token::Token;
use crate::fleet::LinkId;
use crate::run::Input;

/// Messages to one worker that may wait. A worker that does not read so many is dropped.
const QUEUE: usize = 512;
/// A connection must register within this time.
const FIRST_WORD: Duration = Duration::from_secs(10);
/// The largest message of a worker: a delta of every endpoint with every bucket filled is below it.
const MAX_MESSAGE: usize = 4 << 20;

/// Where messages to one worker go.
pub type Outbox = mpsc::Sender<Result<wire::ControllerMessage, Status>>;

/// What connections report to the owner of the run.
#[derive(Debug)]
pub enum Inbound {
    /// A new connection, and the way to it.
    Connected(LinkId, Outbox),
    /// Something for the run.
    Input(Input),
}

struct Service {
    owner: mpsc::Sender<Inbound>,
    token: Option<Token>,
    next_link: AtomicU64,
    room: Arc<Semaphore>,
}

/// Serves workers until `shutdown` resolves. At most `max_links` streams are open at a time.
pub async fn serve(
    listener: TcpListener,
    token: Option<Token>,
    max_links: usize,
    owner: mpsc::Sender<Inbound>,
    shutdown: impl Future<Output = ()>,
) -> Result<(), tonic::transport::Error> {
    let service = Service { owner, token, next_link: AtomicU64::new(1), room: Arc::new(Semaphore::new(max_links)) };
    let incoming = TcpListenerStream::new(listener).map(|stream| {
        stream.inspect(|stream| {
            // Acks and quotas are small and urgent; a socket that refuses the option only delays them.
            let _ = stream.set_nodelay(true);
        })
    });
    tonic::transport::Server::builder()
        .http2_keepalive_interval(Some(Duration::from_secs(2)))
        .http2_keepalive_timeout(Some(Duration::from_secs(5)))
        .max_concurrent_streams(4)
        .add_service(ControlServer::new(service).max_decoding_message_size(MAX_MESSAGE))
        .serve_with_incoming_shutdown(incoming, shutdown)
        .await
}

#[tonic::async_trait]
impl Control for Service {
    type AttachStream = ReceiverStream<Result<wire::ControllerMessage, Status>>;

    async fn attach(
        &self,
        request: Request<Streaming<wire::WorkerMessage>>,
    ) -> Result<Response<Self::AttachStream>, Status> {
        if self.token.as_ref().is_some_and(|token| !token.matches(request.metadata())) {
            tracing::warn!(peer = ?request.remote_addr(), "refused a connection without the right token");
            return Err(Status::unauthenticated(
                "wrong or missing token; give the worker the controller's with --token-file or LOADTEST_TOKEN",
            ));
        }
        let permit = Arc::clone(&self.room).try_acquire_owned();
        let permit = permit.map_err(|_| Status::resource_exhausted("too many connections; try again later"))?;
        let link = self.next_link.fetch_add(1, Ordering::Relaxed);
        let (outbox, messages) = mpsc::channel(QUEUE);
        let owner = self.owner.clone();
        owner.send(Inbound::Connected(link, outbox)).await.map_err(|_| over())?;
        tokio::spawn(async move {
            forward(link, request.into_inner(), &owner).await;
            let _ = owner.send(Inbound::Input(Input::Disconnected(link))).await;
            drop(permit);
        });
        Ok(Response::new(ReceiverStream::new(messages)))
    }
}

/// Hands every message of a connection to the owner, in order, until the connection ends.
async fn forward(link: LinkId, mut messages: Streaming<wire::WorkerMessage>, owner: &mpsc::Sender<Inbound>) {
    let mut first = true;
    loop {
        let patience = if first { FIRST_WORD } else { Duration::MAX };
        let message = match tokio::time::timeout(patience, messages.message()).await {
            Ok(Ok(Some(message))) => message,
            Ok(Err(status)) if !is_end(&status) => {
                return tracing::debug!(link, "connection ended: {}", status.message());
            }
            Ok(_) => return,
            Err(_) => return tracing::warn!(link, "dropped a connection that did not register in 10 s"),
        };
        first = false;
        if owner.send(Inbound::Input(Input::Message(link, Box::new(message)))).await.is_err() {
            return;
        }
    }
}

fn is_end(status: &Status) -> bool {
    status.code() == tonic::Code::Cancelled
}

fn over() -> Status {
    Status::unavailable("the run is over")
}
