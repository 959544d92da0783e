//! What users see of a service, whatever it is made of.

use std::fmt::Debug;

use common::api::Operation;
use common::failure::FailureClass;

/// Bytes of an event that holds a token and little else, and of the answer to a small request.
pub const EVENT: u64 = 120;
pub const ANSWER: u64 = 300;

/// Number of a stream.
pub type Id = u64;

/// How a request failed, in the class and the words in which its user learns of it.
pub type Failure = (FailureClass, &'static str);

/// What happens next, and when (microseconds).
pub type Agenda = Vec<(u64, News)>;

/// What happens to a service and its streams.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum News {
    /// A stream's chunk arrives.
    Chunk { id: Id, is_last: bool },
    /// A stream fails.
    Failed { id: Id, class: FailureClass, text: &'static str },
    /// The service is to be asked again.
    Wake(Wake),
}

/// What a service waits for itself. Each gives them a meaning.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Wake {
    /// A stream has passed what stands before its turn.
    Admitted(Id),
    /// The engine's step is over.
    Step,
    /// A piece of a stream's work is ready.
    Ready(Id),
    /// A stream has waited for as long as it may.
    Overdue(Id),
}

/// A service. Calls come in the order of time, which is in microseconds.
pub trait Backend: Debug {
    /// A stream is asked for.
    fn ask(&mut self, id: Id, at: u64, out: &mut Agenda);

    /// What the service waited for is there.
    fn wake(&mut self, wake: Wake, at: u64, out: &mut Agenda);

    /// A chunk has arrived; what comes after it. Of a stream that is over, nothing.
    fn arrived(&mut self, id: Id, is_last: bool, at: u64, out: &mut Agenda);

    /// A stream has failed.
    fn over(&mut self, id: Id, at: u64, out: &mut Agenda);

    /// Nobody waits for this stream any more.
    fn left(&mut self, id: Id, at: u64, out: &mut Agenda);

    /// How long a request without a stream takes that comes at `at`; the canary is one.
    fn cheap(&mut self, at: u64) -> Result<u64, Failure>;

    /// How long this call of a user takes.
    fn call(&mut self, _operation: Operation, at: u64) -> Result<u64, Failure> {
        self.cheap(at)
    }

    /// Bytes of a stream's event.
    fn event_bytes(&self) -> u64 {
        EVENT
    }

    /// What its own figures say at `at`.
    fn inside(&self, _at: u64) -> Figures {
        Figures::default()
    }
}

/// What a service says of itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Figures {
    /// Streams that run, and those that wait for their turn.
    pub running: f64,
    pub waiting: f64,
    /// Threads that it has started.
    pub threads: f64,
    /// Share of its processors that are at work.
    pub busy: f64,
}

/// Seconds as microseconds.
pub fn us(seconds: f64) -> u64 {
    (seconds * 1e6) as u64
}
