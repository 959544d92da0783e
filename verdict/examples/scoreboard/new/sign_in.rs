//! Before each request of any kind a sign-in service is asked, which checks three at a time, 0.25 s each.
//!
//! Truth: the step in front of everything, which lets requests in at a rate. Streams hold nothing that could be full.

use super::streams::{Answers, Made, Streaming, Streams};
use crate::backend::{Agenda, Failure, Id, News, Wake, us};
use crate::servers::Servers;

#[derive(Debug)]
pub struct SignIn {
    check: f64,
    checkers: Servers,
    streams: Streams,
}

pub fn make(answers: Answers, seed: u64) -> Made {
    let (checkers, streams) = (Servers::new(3), Streams::new(answers, seed));
    Box::new(SignIn { check: 0.25, checkers, streams })
}

impl SignIn {
    fn checked(&mut self, at: u64) -> u64 {
        let takes = us(self.check * self.streams.dice.between(0.6, 1.4));
        self.checkers.done(at, takes)
    }
}

impl Streaming for SignIn {
    fn streams(&mut self) -> &mut Streams {
        &mut self.streams
    }

    fn ask(&mut self, id: Id, at: u64, out: &mut Agenda) {
        let checked = self.checked(at);
        out.push((checked, News::Wake(Wake::Ready(id))));
    }

    fn wake(&mut self, wake: Wake, at: u64, out: &mut Agenda) {
        if let Wake::Ready(id) = wake {
            self.streams.begin(id, at, out);
        }
    }

    fn over(&mut self, id: Id, _at: u64, _out: &mut Agenda) {
        self.streams.end(id);
    }

    fn cheap(&mut self, at: u64) -> Result<u64, Failure> {
        Ok(self.checked(at) - at + self.streams.cheap())
    }
}
