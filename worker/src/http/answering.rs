//! An answer whose head has come and whose body is being read.

use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::body::Incoming;

use super::client::Client;
use super::fault::chain;
use super::link::{Link, Loss};

/// How much of a failed answer's body is kept to explain it, bytes.
const EXPLANATION: usize = 2 << 10;
/// How much of a body that nobody wants is read so that its connection can be kept, bytes.
const UNWANTED: u64 = 64 << 10;
/// How long such a body may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// A piece of an answer.
pub(crate) enum Frame {
    /// Bytes of the body.
    Data(Bytes),
    /// The body is complete.
    End,
    /// The connection broke inside the body; says how.
    Broken(String),
    /// The deadline came.
    Late,
}

/// The body of an answer. Dropping it without [`end`](Self::end) closes the connection and leaves
/// [`Client::in_flight`] as it is: that is a cut.
pub(crate) struct Answering<'c> {
    client: &'c mut Client,
    link: Box<Link>,
    body: Incoming,
}

/// The body of an answer that had failed already.
pub(crate) struct Unwanted {
    /// Its first bytes.
    pub(crate) beginning: Vec<u8>,
    /// Bytes read.
    pub(crate) bytes: u64,
    /// Whether that was all of it.
    pub(crate) complete: bool,
    /// When reading stopped.
    pub(crate) ended: Instant,
}

impl<'c> Answering<'c> {
    pub(super) fn new(client: &'c mut Client, link: Box<Link>, body: Incoming) -> Self {
        Self { client, link, body }
    }

    /// The next piece and when it came. A peer that never pauses meets its deadline too.
    pub(crate) async fn frame(&mut self, until: Instant) -> (Frame, Instant) {
        let result = self.link.frame(&mut self.body, &mut self.client.timer, until).await;
        let at = Instant::now();
        let frame = match result {
            Ok(Some(_)) if at >= until => Frame::Late,
            Ok(Some(data)) => Frame::Data(data),
            Ok(None) => Frame::End,
            Err(Loss::Late) => Frame::Late,
            Err(Loss::Broken(error)) => Frame::Broken(chain(&error)),
        };
        (frame, at)
    }

    /// The exchange is over. Its connection is kept if the body was read to the end: one with a body
    /// still in it takes no other request.
    pub(crate) fn end(self) {
        self.client.finish(Some(self.link));
    }

    /// The exchange is over: keeps the connection if the body ends before `until`.
    pub(crate) async fn settle(mut self, until: Instant) {
        self.pass_over(until, |_| ()).await;
        self.end();
    }

    /// Reads the body of an answer that has failed: its beginning explains the failure, and if the
    /// rest is short the connection can be kept.
    pub(crate) async fn refuse(mut self, until: Instant) -> Unwanted {
        let mut beginning = Vec::new();
        let mut bytes = 0;
        let until = until.min(Instant::now() + PATIENCE);
        let (complete, ended) = self
            .pass_over(until, |data| {
                bytes += data.len() as u64;
                let room = EXPLANATION - beginning.len();
                beginning.extend_from_slice(&data[..data.len().min(room)]);
            })
            .await;
        self.end();
        Unwanted { beginning, bytes, complete, ended }
    }

    /// Reads on until the body's end, the deadline, or more than anyone should send. Returns
    /// whether it was the end, and when.
    async fn pass_over(&mut self, until: Instant, mut each: impl FnMut(&[u8])) -> (bool, Instant) {
        let mut bytes = 0;
        loop {
            match self.frame(until).await {
                (Frame::Data(data), at) => {
                    bytes += data.len() as u64;
                    each(&data);
                    if bytes > UNWANTED {
                        return (false, at);
                    }
                }
                (Frame::End, at) => return (true, at),
                (Frame::Broken(_) | Frame::Late, at) => return (false, at),
            }
        }
    }
}
