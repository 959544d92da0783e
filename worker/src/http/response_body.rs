//! The body of an answer whose head has come.

use std::time::{Duration, Instant};

use super::arrival::{Arrival, Arrivals};
use super::connection::{Connection, Received, Transport};
use super::failure::{HttpError, chain};
use super::timer::Deadline;

/// How much of a failed answer's body is kept to explain it, bytes.
const EXPLANATION: usize = 2 << 10;
/// How much of a body that nobody uses is read so that its connection can be kept, bytes.
const MOST_DISCARDED: u64 = 64 << 10;
/// How long reading such a body may take.
const DISCARD_TIMEOUT: Duration = Duration::from_secs(2);

/// What waiting for a body's next bytes gave.
pub(crate) enum BodyEvent {
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
/// the user's request in flight: it was cut.
pub(crate) struct ResponseBody<'c> {
    transport: &'c mut Transport,
    connection: Box<Connection>,
}

/// The body of an answer that had failed already.
pub(crate) struct DiscardedBody {
    /// Its first bytes.
    pub(crate) beginning: Vec<u8>,
    /// Bytes read.
    pub(crate) bytes: u64,
    /// Whether that was all of it.
    pub(crate) complete: bool,
    /// When reading stopped.
    pub(crate) ended: Arrival,
}

impl<'c> ResponseBody<'c> {
    pub(super) fn new(transport: &'c mut Transport, connection: Box<Connection>) -> Self {
        Self { transport, connection }
    }

    /// Waits for the next bytes and returns when they came. They go to `sink` straight from the read buffer,
    /// one call for each HTTP chunk, all with the same time. A peer that never pauses meets its deadline too.
    pub(crate) async fn next(
        &mut self,
        until: Instant,
        sink: impl FnMut(&[u8], Arrivals),
    ) -> (BodyEvent, Arrival) {
        let deadline = Deadline { timer: &mut self.transport.timer, until, busy_since: None };
        let (result, at) = self.connection.receive(sink, deadline).await;
        let event = match result {
            Ok(Received::Data(length)) => BodyEvent::Data(length),
            Ok(Received::End) => BodyEvent::End,
            Err(HttpError::Late) => BodyEvent::Late,
            Err(error) => BodyEvent::Broken(chain(&error)),
        };
        (event, at)
    }

    /// Ends the exchange. Its connection is kept if the body was read to its end: otherwise no other request
    /// can be sent over it.
    pub(crate) fn end(self) {
        self.transport.finish(Some(self.connection));
    }

    /// Ends the exchange, and keeps the connection if the body ends before `until`. Returns whether it did;
    /// `each` sees what comes.
    pub(crate) async fn discard_rest(mut self, until: Instant, each: impl FnMut(&[u8])) -> bool {
        let (_, complete, _) = self.discard(until, each).await;
        self.end();
        complete
    }

    /// Reads the body of an answer that has failed: its beginning explains the failure, and if the
    /// rest is short the connection can be kept.
    pub(crate) async fn explain(mut self, until: Instant) -> DiscardedBody {
        let mut beginning = Vec::new();
        let until = until.min(Instant::now() + DISCARD_TIMEOUT);
        let (bytes, complete, ended) = self
            .discard(until, |data| {
                let room = EXPLANATION - beginning.len();
                beginning.extend_from_slice(&data[..data.len().min(room)]);
            })
            .await;
        self.end();
        DiscardedBody { beginning, bytes, complete, ended }
    }

    /// Reads until the body's end, the deadline, or [`MOST_DISCARDED`]. Returns the bytes, whether it
    /// was the end, and when.
    async fn discard(&mut self, until: Instant, mut each: impl FnMut(&[u8])) -> (u64, bool, Arrival) {
        let mut bytes = 0;
        loop {
            match self.next(until, |data, _| each(data)).await {
                (BodyEvent::Data(length), at) => {
                    bytes += length;
                    if bytes > MOST_DISCARDED {
                        return (bytes, false, at);
                    }
                }
                (BodyEvent::End, at) => return (bytes, true, at),
                (BodyEvent::Broken(_) | BodyEvent::Late, at) => return (bytes, false, at),
            }
        }
    }
}
