//! What the services here share: how long answers are, the streams that have begun, and what most do with them.

use std::collections::BTreeMap;
use std::fmt::Debug;

use common::api::Operation;

use crate::backend::{Agenda, Backend, EVENT, Failure, Id, News, Wake, us};
use crate::dice::Dice;
use crate::search::Load;

/// An answer, times in seconds.
#[derive(Debug, Clone, Copy)]
pub struct Answers {
    pub ttft: f64,
    pub chunks: f64,
    pub gap: f64,
    /// What rates are divided by, so that they are met by as many users.
    pub slower: f64,
}

impl Answers {
    /// Those of a load: of 4.4 s, or of 41 s.
    pub fn of(load: Load) -> Answers {
        match load {
            Load::Streams | Load::Everybody => Answers { ttft: 0.4, chunks: 40.0, gap: 0.1, slower: 1.0 },
            Load::LongAnswers => Answers { ttft: 0.8, chunks: 160.0, gap: 0.25, slower: 8.0 },
        }
    }
}

/// Streams that have begun, each with the chunks that it has yet to send.
#[derive(Debug)]
pub struct Streams {
    pub answers: Answers,
    pub dice: Dice,
    left: BTreeMap<Id, u64>,
}

impl Streams {
    pub fn new(answers: Answers, seed: u64) -> Streams {
        Streams { answers, dice: Dice::new(seed), left: BTreeMap::new() }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.left.len()
    }

    pub fn has(&self, id: Id) -> bool {
        self.left.contains_key(&id)
    }

    pub fn ids(&self) -> impl Iterator<Item = Id> + '_ {
        self.left.keys().copied()
    }

    /// A stream begins. Its chunks are up to the caller.
    pub fn join(&mut self, id: Id) {
        let chunks = (self.answers.chunks * self.dice.between(0.7, 1.3)).round().max(2.0);
        self.left.insert(id, chunks as u64);
    }

    /// A stream begins, and has its first chunk after about the usual time.
    pub fn begin(&mut self, id: Id, at: u64, out: &mut Agenda) {
        self.join(id);
        let first = us(self.answers.ttft * self.dice.between(0.7, 1.3));
        self.send(id, at + first, out);
    }

    /// A stream's next chunk arrives at `at`.
    pub fn send(&mut self, id: Id, at: u64, out: &mut Agenda) {
        let Some(left) = self.left.get_mut(&id).filter(|left| **left > 0) else { return };
        *left -= 1;
        out.push((at, News::Chunk { id, is_last: *left == 0 }));
    }

    /// A stream is over; whether it had begun.
    pub fn end(&mut self, id: Id) -> bool {
        self.left.remove(&id).is_some()
    }

    /// A cheap request that waits for nothing.
    pub fn cheap(&mut self) -> u64 {
        us(0.002 * self.dice.between(0.7, 1.3))
    }
}

/// A service that is made.
pub type Made = Box<dyn Backend>;

/// A service whose streams send a chunk after each gap. What it does otherwise it says itself; see [`Backend`].
pub trait Streaming: Debug {
    fn streams(&mut self) -> &mut Streams;

    fn ask(&mut self, id: Id, at: u64, out: &mut Agenda);

    /// It waits for nothing.
    fn wake(&mut self, _wake: Wake, _at: u64, _out: &mut Agenda) {}

    fn arrived(&mut self, id: Id, is_last: bool, at: u64, out: &mut Agenda) {
        if is_last {
            return self.over(id, at, out);
        }
        let next = at + us(self.streams().answers.gap);
        self.streams().send(id, next, out);
    }

    fn over(&mut self, id: Id, _at: u64, _out: &mut Agenda) {
        self.streams().end(id);
    }

    fn left(&mut self, id: Id, at: u64, out: &mut Agenda) {
        self.over(id, at, out);
    }

    /// It waits for nothing.
    fn cheap(&mut self, _at: u64) -> Result<u64, Failure> {
        Ok(self.streams().cheap())
    }

    fn call(&mut self, _operation: Operation, at: u64) -> Result<u64, Failure> {
        self.cheap(at)
    }

    fn event_bytes(&self) -> u64 {
        EVENT
    }
}

impl<S: Streaming> Backend for S {
    fn ask(&mut self, id: Id, at: u64, out: &mut Agenda) {
        Streaming::ask(self, id, at, out);
    }

    fn wake(&mut self, wake: Wake, at: u64, out: &mut Agenda) {
        Streaming::wake(self, wake, at, out);
    }

    fn arrived(&mut self, id: Id, is_last: bool, at: u64, out: &mut Agenda) {
        Streaming::arrived(self, id, is_last, at, out);
    }

    fn over(&mut self, id: Id, at: u64, out: &mut Agenda) {
        Streaming::over(self, id, at, out);
    }

    fn left(&mut self, id: Id, at: u64, out: &mut Agenda) {
        Streaming::left(self, id, at, out);
    }

    fn cheap(&mut self, at: u64) -> Result<u64, Failure> {
        Streaming::cheap(self, at)
    }

    fn call(&mut self, operation: Operation, at: u64) -> Result<u64, Failure> {
        Streaming::call(self, operation, at)
    }

    fn event_bytes(&self) -> u64 {
        Streaming::event_bytes(self)
    }
}
