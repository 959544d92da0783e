//! A raw gRPC peer: it registers as whom it likes and sends what it likes, bytes that are no message
//! among it.

use std::net::SocketAddr;
use std::time::Duration;

use common::protocol as wire;
use common::protocol::worker_message::Kind;
use common::stats::Recorder;
use prost::Message;
use prost::bytes::{Buf, BufMut};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status, Streaming};

/// How long a peer waits for an answer that must come.
const ANSWER: Duration = Duration::from_secs(30);

/// A connection on which streams can be opened.
pub struct Raw(Grpc<Channel>);

/// One attached stream.
pub struct Peer {
    outbound: mpsc::Sender<Vec<u8>>,
    inbound: Streaming<wire::ControllerMessage>,
}

/// What came back.
#[derive(Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one at a time")]
pub enum Answer {
    /// A message.
    Said(wire::controller_message::Kind),
    /// The stream is over.
    Ended,
}

impl Raw {
    /// Connects.
    pub async fn connect(address: SocketAddr) -> Raw {
        let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
        let channel = endpoint.connect().await.unwrap();
        Raw(Grpc::new(channel).max_encoding_message_size(usize::MAX))
    }

    /// Opens a stream, with an `authorization` header if there is to be one.
    pub async fn attach(&mut self, authorization: Option<&str>) -> Result<Peer, Status> {
        let (outbound, queue) = mpsc::channel(4);
        let mut request = Request::new(ReceiverStream::new(queue));
        if let Some(value) = authorization {
            request.metadata_mut().insert("authorization", value.parse().unwrap());
        }
        self.0.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
        let path = "/loadtests.v1.Control/Attach".parse().unwrap();
        let inbound = self.0.streaming(request, path, Bytes).await?.into_inner();
        Ok(Peer { outbound, inbound })
    }
}

impl Peer {
    /// Connects and attaches without a token.
    pub async fn attach(address: SocketAddr) -> Peer {
        Raw::connect(address).await.attach(None).await.unwrap()
    }

    /// Attaches and registers; the welcome must come.
    pub async fn registered(address: SocketAddr, name: &str, incarnation: [u8; 16]) -> (Peer, wire::Welcome) {
        let mut peer = Peer::attach(address).await;
        match peer.ask(Kind::Register(register(name, incarnation))).await {
            Answer::Said(wire::controller_message::Kind::Welcome(welcome)) => (peer, welcome),
            other => panic!("{name} was not welcome: {other:?}"),
        }
    }

    /// Sends a message.
    pub async fn send(&self, kind: Kind) {
        self.send_bytes(wire::WorkerMessage { kind: Some(kind) }.encode_to_vec()).await;
    }

    /// Sends bytes as if they were a message. A stream that is over swallows them.
    pub async fn send_bytes(&self, bytes: Vec<u8>) {
        let _ = self.outbound.send(bytes).await;
    }

    /// Sends a message and waits for what comes back.
    pub async fn ask(&mut self, kind: Kind) -> Answer {
        self.send(kind).await;
        self.answer().await
    }

    /// What comes back next.
    pub async fn answer(&mut self) -> Answer {
        let next = tokio::time::timeout(ANSWER, self.inbound.message()).await;
        match next.expect("no answer within 30 s") {
            Ok(Some(wire::ControllerMessage { kind: Some(kind) })) => Answer::Said(kind),
            Ok(Some(_)) => panic!("an empty message"),
            Ok(None) | Err(_) => Answer::Ended,
        }
    }

    /// Sends a message that must be refused and must end the stream; the reason.
    pub async fn refused(&mut self, kind: Kind) -> wire::refusal::Reason {
        match self.ask(kind).await {
            Answer::Said(wire::controller_message::Kind::Refusal(refusal)) => {
                assert_eq!(self.answer().await, Answer::Ended);
                refusal.reason()
            }
            other => panic!("expected a refusal, not {other:?}"),
        }
    }

    /// Sends a delta; the sequence number that is acked.
    pub async fn acked(&mut self, delta: wire::Delta) -> u64 {
        match self.ask(Kind::Delta(delta)).await {
            Answer::Said(wire::controller_message::Kind::Ack(ack)) => ack.seq,
            other => panic!("expected an ack, not {other:?}"),
        }
    }
}

/// A registration as a worker of this release makes it.
pub fn register(name: &str, incarnation: [u8; 16]) -> wire::Register {
    wire::Register {
        worker: name.to_owned(),
        incarnation: incarnation.to_vec(),
        version: "hostile".to_owned(),
        protocol: wire::VERSION,
        settings_fingerprint: common::api::settings_fingerprint(),
        cores: 1,
        run: Vec::new(),
        host: "elsewhere".to_owned(),
    }
}

/// A delta without samples that the controller takes.
pub fn delta(run: &[u8], incarnation: [u8; 16], seq: u64) -> wire::Delta {
    wire::Delta {
        run: run.to_vec(),
        incarnation: incarnation.to_vec(),
        seq,
        from_us: 0,
        to_us: 1_000_000,
        layout: wire::LAYOUT,
        ..wire::Delta::default()
    }
}

/// Samples of 1 ms each.
pub fn latency(count: u64) -> Option<wire::Samples> {
    let mut recorder = Recorder::default();
    (0..count).for_each(|_| recorder.record(1_000));
    recorder.drain().encode()
}

/// Bytes go out as they are; messages come in.
#[derive(Debug, Default, Clone, Copy)]
struct Bytes;

impl Codec for Bytes {
    type Encode = Vec<u8>;
    type Decode = wire::ControllerMessage;
    type Encoder = Bytes;
    type Decoder = Bytes;

    fn encoder(&mut self) -> Bytes {
        Bytes
    }

    fn decoder(&mut self) -> Bytes {
        Bytes
    }
}

impl Encoder for Bytes {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Bytes {
    type Item = wire::ControllerMessage;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<wire::ControllerMessage>, Status> {
        let bytes = buffer.copy_to_bytes(buffer.remaining());
        wire::ControllerMessage::decode(bytes).map(Some).map_err(|error| Status::internal(error.to_string()))
    }
}
