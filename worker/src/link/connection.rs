//! One connection to the controller, and the way to the next.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::str::FromStr;
use std::time::Duration;

use common::protocol as wire;
use common::protocol::control_client::ControlClient;
use common::protocol::controller_message::Kind as FromController;
use common::protocol::worker_message::Kind as ToController;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;
use tonic::transport::Endpoint;

use super::backoff::Backoff;

/// Messages that may wait to be sent. More than the deltas that may be on the way.
const QUEUE: usize = 128;
/// A connection, and the first word on it, must not take longer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The largest message a controller may send: a quota of a million users.
const MAX_MESSAGE: usize = 32 << 20;

/// `HOST:PORT` of a controller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(String);

/// Text that is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no controller address; write HOST:PORT, as in 10.0.0.5:5557")]
pub struct AddressError(String);

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || AddressError(text.to_owned());
        let (host, port) = text.rsplit_once(':').ok_or_else(error)?;
        let port: u16 = port.parse().map_err(|_| error())?;
        let bare = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        let bracketed = host.starts_with('[') && host.ends_with(']');
        if port == 0 || host.is_empty() || !(bracketed || host.chars().all(bare)) {
            return Err(error());
        }
        Ok(Address(text.to_owned()))
    }
}

impl From<std::net::SocketAddr> for Address {
    fn from(address: std::net::SocketAddr) -> Address {
        Address(address.to_string())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// An attached connection.
pub struct Session {
    outbound: mpsc::Sender<wire::WorkerMessage>,
    inbound: Streaming<wire::ControllerMessage>,
}

/// Why an attempt failed.
#[derive(Debug)]
pub enum Failed {
    /// Worth another attempt.
    Again(String),
    /// The controller said no.
    Refused(wire::Refusal),
}

impl Session {
    /// Connects and registers; the controller's welcome comes with it.
    pub async fn open(
        address: &Address,
        token: Option<&str>,
        register: wire::Register,
    ) -> Result<(Session, wire::Welcome), Failed> {
        let attempt = tokio::time::timeout(CONNECT_TIMEOUT, Self::attach(address, token, register)).await;
        attempt.unwrap_or_else(|_| Err(Failed::Again("no answer within 5 s".to_owned())))
    }

    async fn attach(
        address: &Address,
        token: Option<&str>,
        register: wire::Register,
    ) -> Result<(Session, wire::Welcome), Failed> {
        let again = |error: &dyn std::error::Error| Failed::Again(root_cause(error));
        let channel = Endpoint::from_shared(format!("http://{address}"))
            .map_err(|error| again(&error))?
            .tcp_nodelay(true)
            .connect_timeout(CONNECT_TIMEOUT)
            .http2_keep_alive_interval(Duration::from_secs(2))
            .keep_alive_timeout(Duration::from_secs(3))
            .connect()
            .await
            .map_err(|error| again(&error))?;
        let (outbound, queue) = mpsc::channel(QUEUE);
        let mut request = tonic::Request::new(ReceiverStream::new(queue));
        if let Some(token) = token {
            let value = format!("Bearer {token}").parse();
            let value = value.map_err(|_| Failed::Again("the token has characters no header can carry".into()))?;
            request.metadata_mut().insert("authorization", value);
        }
        let first = wire::WorkerMessage { kind: Some(ToController::Register(register)) };
        // The queue is empty and its other end is in `request`.
        let _ = outbound.try_send(first);
        let mut client = ControlClient::new(channel).max_decoding_message_size(MAX_MESSAGE);
        let mut inbound = client.attach(request).await.map_err(refused_or_again)?.into_inner();
        match inbound.message().await.map_err(refused_or_again)?.and_then(|message| message.kind) {
            Some(FromController::Welcome(welcome)) => Ok((Session { outbound, inbound }, welcome)),
            Some(FromController::Refusal(refusal)) => Err(Failed::Refused(refusal)),
            _ => Err(Failed::Again("the controller closed the connection".to_owned())),
        }
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
                Ok(Some(_)) => {} // a kind of a later release; whatever matters repeats in words we know
                Ok(None) => return Err("the controller closed the connection".to_owned()),
                Err(status) => return Err(root_cause(&status)),
            }
        }
    }
}

fn refused_or_again(status: tonic::Status) -> Failed {
    match status.code() {
        tonic::Code::Unauthenticated | tonic::Code::PermissionDenied => Failed::Refused(wire::Refusal {
            reason: wire::refusal::Reason::Malformed as i32,
            message: status.message().to_owned(),
        }),
        _ => Failed::Again(root_cause(&status)),
    }
}

fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

type Attempt = Pin<Box<dyn Future<Output = Result<(Session, wire::Welcome), Failed>> + Send>>;

/// The link in either of its states: up, or on the way to be.
pub enum Link {
    /// Attached.
    Up(Box<Session>),
    /// An attempt is under way, or waits its turn.
    Down(Attempt),
}

/// What the link reports.
pub enum LinkEvent {
    /// A message came.
    Message(FromController),
    /// The link is up.
    Attached(Box<wire::Welcome>),
    /// The link went down, or an attempt failed.
    Lost(Failed),
}

impl Link {
    /// A link that will be attached after `wait`.
    pub fn after(wait: Duration, address: &Address, token: Option<&str>, register: wire::Register) -> Link {
        let (address, token) = (address.clone(), token.map(str::to_owned));
        Link::Down(Box::pin(async move {
            tokio::time::sleep(wait).await;
            Session::open(&address, token.as_deref(), register).await
        }))
    }

    /// The next thing that happens. Cancel safe. After [`LinkEvent::Lost`] the link must be replaced.
    pub async fn next(&mut self) -> LinkEvent {
        match self {
            Link::Up(session) => match session.next().await {
                Ok(message) => LinkEvent::Message(message),
                Err(reason) => LinkEvent::Lost(Failed::Again(reason)),
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
    /// What the last attempt met.
    pub reason: String,
}

impl Reconnect {
    /// The link is up.
    pub fn succeeded(&mut self) {
        self.backoff.reset();
        self.down_since = None;
    }

    /// An attempt failed, or the link broke: how long to wait, and how long it has been down.
    pub fn failed(&mut self, reason: String) -> (Duration, Duration) {
        self.reason = reason;
        let since = *self.down_since.get_or_insert_with(std::time::Instant::now);
        (self.backoff.wait(&mut rand::rng()), since.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_needs_a_host_and_a_port() {
        for good in ["localhost:5557", "10.0.0.5:1", "[::1]:5557", "controller.example:65535"] {
            assert_eq!(good.parse::<Address>().map(|a| a.to_string()).as_deref(), Ok(good));
        }
        for bad in ["", "localhost", ":5557", "h:0", "h:70000", "http://h:1", "a b:1", "h:x", "h/p:1"] {
            assert_eq!(bad.parse::<Address>(), Err(AddressError(bad.to_owned())), "{bad}");
        }
    }
}
