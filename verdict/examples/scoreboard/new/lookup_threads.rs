//! Six threads for what is looked up: 1.2 s before a stream's first token, 10 ms for every other request. A stream holds
//! none of them while it sends.
//!
//! Truth: the threads before the first token, which let streams in at a rate; connections for these lookups would look the
//! same.

use super::streams::{Answers, Made, Streaming, Streams};
use crate::backend::{Agenda, Failure, Id, News, Wake, us};
use crate::servers::Servers;

#[derive(Debug)]
pub struct LookupThreads {
    looks_up: f64,
    cheap: f64,
    threads: Servers,
    streams: Streams,
}

pub fn make(answers: Answers, seed: u64) -> Made {
    let (threads, streams) = (Servers::new(6), Streams::new(answers, seed));
    Box::new(LookupThreads { looks_up: 1.2, cheap: 0.01, threads, streams })
}

impl LookupThreads {
    fn held(&mut self, at: u64, seconds: f64) -> u64 {
        let takes = us(seconds * self.streams.dice.between(0.7, 1.3));
        self.threads.done(at, takes)
    }
}

impl Streaming for LookupThreads {
    fn streams(&mut self) -> &mut Streams {
        &mut self.streams
    }

    fn ask(&mut self, id: Id, at: u64, out: &mut Agenda) {
        self.streams.join(id);
        let looked_up = self.held(at, self.looks_up);
        out.push((looked_up, News::Wake(Wake::Ready(id))));
    }

    fn wake(&mut self, wake: Wake, at: u64, out: &mut Agenda) {
        if let Wake::Ready(id) = wake {
            self.streams.send(id, at, out);
        }
    }

    fn cheap(&mut self, at: u64) -> Result<u64, Failure> {
        Ok(self.held(at, self.cheap) - at)
    }
}
