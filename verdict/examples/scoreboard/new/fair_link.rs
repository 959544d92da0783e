//! The same way, shared fairly by those who send: what sends little passes at once, as a small answer or a stream's first
//! event does, and the others wait for their turn.
//!
//! Truth: the bandwidth. Only gaps grow, as where chunks pass through threads or share a processor.

use std::collections::BTreeSet;

use super::streams::{Answers, Made, Streaming, Streams};
use crate::backend::{ANSWER, Agenda, Failure, Id, News, Wake, us};
use crate::servers::Servers;

/// Bytes a second.
const CARRIES: f64 = 250_000.0;

#[derive(Debug)]
pub struct FairLink {
    event: u64,
    /// One event of each stream that sends waits at most: in the order of their coming is in turn.
    link: Servers,
    /// Streams that have sent.
    sending: BTreeSet<Id>,
    streams: Streams,
}

pub fn make(answers: Answers, seed: u64) -> Made {
    let event = (10_000.0 * answers.gap) as u64;
    let (link, streams) = (Servers::new(1), Streams::new(answers, seed));
    Box::new(FairLink { event, link, sending: BTreeSet::new(), streams })
}

impl Streaming for FairLink {
    fn streams(&mut self) -> &mut Streams {
        &mut self.streams
    }

    fn ask(&mut self, id: Id, at: u64, out: &mut Agenda) {
        self.streams.join(id);
        let first = us(self.streams.answers.ttft * self.streams.dice.between(0.7, 1.3));
        out.push((at + first, News::Wake(Wake::Ready(id))));
    }

    fn wake(&mut self, wake: Wake, at: u64, out: &mut Agenda) {
        let Wake::Ready(id) = wake else { return };
        if !self.streams.has(id) {
            return;
        }
        let takes = us(self.event as f64 / CARRIES);
        let arrives = match self.sending.insert(id) {
            true => at + takes,
            false => self.link.done(at, takes),
        };
        self.streams.send(id, arrives, out);
    }

    fn arrived(&mut self, id: Id, is_last: bool, at: u64, out: &mut Agenda) {
        match is_last {
            true => self.over(id, at, out),
            false => out.push((at + us(self.streams.answers.gap), News::Wake(Wake::Ready(id)))),
        }
    }

    fn over(&mut self, id: Id, _at: u64, _out: &mut Agenda) {
        self.sending.remove(&id);
        self.streams.end(id);
    }

    fn cheap(&mut self, _at: u64) -> Result<u64, Failure> {
        Ok(self.streams.cheap() + us(ANSWER as f64 / CARRIES))
    }

    fn event_bytes(&self) -> u64 {
        self.event
    }
}
