//! One connection to the controller, and how the next one is made.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use common::protocol as wire;
use common::protocol::control_client::ControlClient;
use common::protocol::controller_message::Kind as FromController;
use common::protocol::worker_message::Kind as ToController;
use hyper_util::rt::TokioIo;
use tokio::sync::mpsc;
use tokio::time::error::Elapsed;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;
use tonic::transport::Endpoint;

use super::route::{ControlStream, Mismatch, Route};
use crate::backoff::Backoff;

/// Messages that may wait to be sent. More than the deltas that may be on the way.
const QUEUE: usize = 128;
/// Longest wait for a connection and the first message on it.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The largest message a controller may send: a quota of a million users.
const MAX_MESSAGE: usize = 32 << 20;

/// An attached connection.
pub struct Session {
    outbound: mpsc::Sender<wire::WorkerMessage>,
    inbound: Streaming<wire::ControllerMessage>,
}

/// Why an attempt failed.
#[derive(Debug)]
pub enum ConnectError {
    /// Worth another attempt.
    Again(String),
    /// The controller said no.
    Refused(wire::Refusal),
    /// The two ends do not speak the same way: TLS and none, or certificates that do not fit.
    Mismatch(String),
}

impl Session {
    /// Connects, registers and waits for the controller's welcome.
    pub async fn open(
        route: &Route,
        token: Option<&str>,
        register: wire::Register,
    ) -> Result<(Session, wire::Welcome), ConnectError> {
        let mismatch = Mismatch::default();
        let attempt =
            tokio::time::timeout(CONNECT_TIMEOUT, Self::attach(route, token, register, &mismatch)).await;
        explained(attempt, &mismatch)
    }

    async fn attach(
        route: &Route,
        token: Option<&str>,
        register: wire::Register,
        mismatch: &Mismatch,
    ) -> Result<(Session, wire::Welcome), ConnectError> {
        let first = wire::WorkerMessage { kind: Some(ToController::Register(register)) };
        let (outbound, mut inbound) = call(route, token, mismatch, Some(first)).await?;
        match inbound.message().await.map_err(refused_or_again)?.and_then(|message| message.kind) {
            Some(FromController::Welcome(welcome)) => Ok((Session { outbound, inbound }, welcome)),
            Some(FromController::Refusal(refusal)) => Err(ConnectError::Refused(refusal)),
            _ => Err(ConnectError::Again("the controller closed the connection".to_owned())),
        }
    }

    /// Comes as far as the controller's door and leaves again: no worker is registered. How long that took.
    pub async fn knock(route: &Route, token: Option<&str>) -> Result<Duration, ConnectError> {
        let begun = Instant::now();
        let mismatch = Mismatch::default();
        let attempt = tokio::time::timeout(CONNECT_TIMEOUT, call(route, token, &mismatch, None)).await;
        explained(attempt, &mismatch).map(|_| begun.elapsed())
    }

    /// Queues a message; false when there is no room or the connection is gone.
    pub fn send(&self, kind: ToController) -> bool {
        self.outbound.try_send(wire::WorkerMessage { kind: Some(kind) }).is_ok()
    }

    /// How many more messages can be queued.
    pub fn room(&self) -> usize {
        self.outbound.capacity()
    }

    /// The next message; the reason when the connection is gone. Cancel safe.
    async fn next(&mut self) -> Result<FromController, String> {
        loop {
            match self.inbound.message().await {
                Ok(Some(wire::ControllerMessage { kind: Some(kind) })) => return Ok(kind),
                Ok(Some(_)) => {} // a kind of message of a later release
                Ok(None) => return Err("the controller closed the connection".to_owned()),
                Err(status) => return Err(root_cause(&status)),
            }
        }
    }
}

/// What became of an attempt, with the reason why the two ends cannot talk where that is known.
fn explained<T>(
    attempt: Result<Result<T, ConnectError>, Elapsed>,
    mismatch: &Mismatch,
) -> Result<T, ConnectError> {
    let attempt = attempt.unwrap_or_else(|_| Err(ConnectError::Again("no answer within 5 s".to_owned())));
    match mismatch.reason() {
        Some(reason) => attempt.map_err(|_| ConnectError::Mismatch(reason.to_owned())),
        None => attempt,
    }
}

type Ends = (mpsc::Sender<wire::WorkerMessage>, Streaming<wire::ControllerMessage>);

/// Opens the stream of messages, beginning with `first`.
async fn call(
    route: &Route,
    token: Option<&str>,
    mismatch: &Mismatch,
    first: Option<wire::WorkerMessage>,
) -> Result<Ends, ConnectError> {
    let again = |error: &dyn std::error::Error| ConnectError::Again(root_cause(error));
    let connection = route.dial(mismatch).await.map_err(|error| again(&error))?;
    let channel = Endpoint::from_static("http://controller")
        .http2_keep_alive_interval(Duration::from_secs(2))
        .keep_alive_timeout(Duration::from_secs(3))
        .connect_with_connector(Dialled(Some(connection)))
        .await
        .map_err(|error| again(&error))?;
    let (outbound, queue) = mpsc::channel(QUEUE);
    let mut request = tonic::Request::new(ReceiverStream::new(queue));
    if let Some(token) = token {
        let value = format!("Bearer {token}").parse();
        let value =
            value.map_err(|_| ConnectError::Again("the token has characters no header can carry".into()))?;
        request.metadata_mut().insert("authorization", value);
    }
    if let Some(first) = first {
        // The queue is empty and its other end is in `request`.
        let _ = outbound.try_send(first);
    }
    let mut client = ControlClient::new(channel).max_decoding_message_size(MAX_MESSAGE);
    let inbound = client.attach(request).await.map_err(refused_or_again)?.into_inner();
    Ok((outbound, inbound))
}

/// Hands tonic the one connection that is open already: when it breaks, the worker must notice and not tonic.
struct Dialled(Option<ControlStream>);

impl tonic::codegen::Service<http::Uri> for Dialled {
    type Response = TokioIo<ControlStream>;
    type Error = std::io::Error;
    type Future = std::future::Ready<Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: http::Uri) -> Self::Future {
        let broken = || std::io::Error::new(std::io::ErrorKind::NotConnected, "the connection broke");
        std::future::ready(self.0.take().map(TokioIo::new).ok_or_else(broken))
    }
}

fn refused_or_again(status: tonic::Status) -> ConnectError {
    match status.code() {
        tonic::Code::Unauthenticated | tonic::Code::PermissionDenied => {
            ConnectError::Refused(wire::Refusal {
                reason: wire::refusal::Reason::Malformed as i32,
                message: status.message().to_owned(),
            })
        }
        _ => ConnectError::Again(root_cause(&status)),
    }
}

fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

type Attempt = Pin<Box<dyn Future<Output = Result<(Session, wire::Welcome), ConnectError>> + Send>>;

/// The link: attached, or being attached.
pub enum Link {
    /// Attached.
    Up(Box<Session>),
    /// An attempt is under way, or waits its turn.
    Down(Attempt),
}

/// What the link reports.
#[expect(clippy::large_enum_variant, reason = "one is on its way at a time, and most are messages")]
pub enum LinkEvent {
    /// A message came.
    Message(FromController),
    /// The link is up.
    Attached(Box<wire::Welcome>),
    /// The link went down, or an attempt failed.
    Lost(ConnectError),
}

impl Link {
    /// A link that will be attached after `wait`.
    pub fn after(wait: Duration, route: &Route, token: Option<&str>, register: wire::Register) -> Link {
        let (route, token) = (route.clone(), token.map(str::to_owned));
        Link::Down(Box::pin(async move {
            tokio::time::sleep(wait).await;
            Session::open(&route, token.as_deref(), register).await
        }))
    }

    /// Waits for the next event. Cancel safe. After [`LinkEvent::Lost`] the link must be replaced.
    pub async fn next(&mut self) -> LinkEvent {
        match self {
            Link::Up(session) => match session.next().await {
                Ok(message) => LinkEvent::Message(message),
                Err(reason) => LinkEvent::Lost(ConnectError::Again(reason)),
            },
            Link::Down(attempt) => match attempt.await {
                Ok((session, welcome)) => {
                    *self = Link::Up(Box::new(session));
                    LinkEvent::Attached(Box::new(welcome))
                }
                Err(failed) => LinkEvent::Lost(failed),
            },
        }
    }

    /// The session, when the link is up.
    pub fn session(&self) -> Option<&Session> {
        match self {
            Link::Up(session) => Some(session),
            Link::Down(_) => None,
        }
    }
}

/// Reconnects with growing waits, and knows for how long it has been trying.
#[derive(Debug, Default)]
pub struct Reconnect {
    backoff: Backoff,
    down_since: Option<std::time::Instant>,
    /// Why the last attempt failed.
    pub reason: String,
}

impl Reconnect {
    /// The link is up.
    pub(crate) fn succeeded(&mut self) {
        self.backoff.succeeded();
        self.down_since = None;
    }

    /// An attempt failed, or the link broke: how long to wait, and how long it has been down.
    pub fn failed(&mut self, reason: String) -> (Duration, Duration) {
        self.reason = reason;
        let since = *self.down_since.get_or_insert_with(std::time::Instant::now);
        self.backoff.failed();
        (self.backoff.wait(), since.elapsed())
    }
}
