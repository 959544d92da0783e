//! A gateway's token bucket: 1.5 streams a second, and up to 45 at once after a quiet time. What finds it empty is
//! refused with 429.
//!
//! Truth: the rate limiter.

use common::failure::FailureClass;

use super::streams::{Answers, Made, Streaming, Streams};
use crate::backend::{Agenda, Id, News};

#[derive(Debug)]
pub struct TokenBucket {
    rate: f64,
    burst: f64,
    tokens: f64,
    since: u64,
    streams: Streams,
}

pub fn make(answers: Answers, seed: u64) -> Made {
    let (rate, burst, streams) = (1.5 / answers.slower, 45.0, Streams::new(answers, seed));
    Box::new(TokenBucket { rate, burst, tokens: burst, since: 0, streams })
}

impl Streaming for TokenBucket {
    fn streams(&mut self) -> &mut Streams {
        &mut self.streams
    }

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
}
