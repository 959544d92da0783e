//! A gateway's token bucket: 1.5 streams a second, and up to 45 at once after a quiet time. What finds it empty is
//! refused with 429.
//!
//! Truth: the rate limiter.

use common::failure::FailureClass;

use super::streams::{Answers, Streams};
use crate::backend::{Agenda, Backend, Failure, Id, News, Wake, us};

#[derive(Debug)]
pub struct TokenBucket {
    rate: f64,
    burst: f64,
    tokens: f64,
    since: u64,
    streams: Streams,
}

pub fn make(answers: Answers, seed: u64) -> Box<dyn Backend> {
    let (rate, burst, streams) = (1.5 / answers.slower, 45.0, Streams::new(answers, seed));
    Box::new(TokenBucket { rate, burst, tokens: burst, since: 0, streams })
}

impl Backend for TokenBucket {
    fn ask(&mut self, id: Id, at: u64, out: &mut Agenda) {
        let refilled = (at - self.since) as f64 / 1e6 * self.rate;
        (self.tokens, self.since) = ((self.tokens + refilled).min(self.burst), at);
        if self.tokens < 1.0 {
            let (class, text) = (FailureClass::Http429, "HTTP 429 (retry after 1s): API rate limit exceeded");
            return out.push((at + 1_000, News::Failed { id, class, text }));
        }
        self.tokens -= 1.0;
        self.streams.begin(id, at, out);
    }

    fn wake(&mut self, _wake: Wake, _at: u64, _out: &mut Agenda) {}

    fn arrived(&mut self, id: Id, is_last: bool, at: u64, out: &mut Agenda) {
        match is_last {
            true => self.over(id, at, out),
            false => self.streams.send(id, at + us(self.streams.answers.gap), out),
        }
    }

    fn over(&mut self, id: Id, _at: u64, _out: &mut Agenda) {
        self.streams.end(id);
    }

    fn left(&mut self, id: Id, at: u64, out: &mut Agenda) {
        self.over(id, at, out);
    }

    fn cheap(&mut self, _at: u64) -> Result<u64, Failure> {
        Ok(self.streams.cheap())
    }
}
