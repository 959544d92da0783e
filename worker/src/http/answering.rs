//! An answer whose head has come and whose body is being read.

use std::time::{Duration, Instant};

use super::client::Client;
use super::fault::chain;
use super::link::{Link, Loss, Piece};

/// How much of a failed answer's body is kept to explain it, bytes.
const EXPLANATION: usize = 2 << 10;
/// How much of a body that nobody wants is read so that its connection can be kept, bytes.
const UNWANTED: u64 = 64 << 10;
/// How long such a body may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// What waiting for a body's next bytes gave.
pub(crate) enum Frame {
    /// So many bytes of the body; the sink has seen them.
    Data(u64),
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
    pub(super) fn new(client: &'c mut Client, link: Box<Link>) -> Self {
        Self { client, link }
    }

    /// Waits for the next bytes and says when they came. They go to `sink` where they lie, in as many
    /// parts as they have chunks, all with the same stamp. A peer that never pauses meets its deadline
    /// too.
    pub(crate) async fn frame(
        &mut self,
        until: Instant,
        sink: impl FnMut(&[u8], Instant),
    ) -> (Frame, Instant) {
        let (result, at) = self.link.piece(sink, &mut self.client.timer, until).await;
        let frame = match result {
            Ok(Piece::Data(length)) => Frame::Data(length),
            Ok(Piece::End) => Frame::End,
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
        let until = until.min(Instant::now() + PATIENCE);
        let (bytes, complete, ended) = self
            .pass_over(until, |data| {
                let room = EXPLANATION - beginning.len();
                beginning.extend_from_slice(&data[..data.len().min(room)]);
            })
            .await;
        self.end();
        Unwanted { beginning, bytes, complete, ended }
    }

    /// Reads on until the body's end, the deadline, or more than anyone should send. Returns
    /// the bytes, whether it was the end, and when.
    async fn pass_over(&mut self, until: Instant, mut each: impl FnMut(&[u8])) -> (u64, bool, Instant) {
        let mut bytes = 0;
        loop {
            match self.frame(until, |data, _| each(data)).await {
                (Frame::Data(length), at) => {
                    bytes += length;
                    if bytes > UNWANTED {
                        return (bytes, false, at);
                    }
                }
                (Frame::End, at) => return (bytes, true, at),
                (Frame::Broken(_) | Frame::Late, at) => return (bytes, false, at),
            }
        }
    }
}
