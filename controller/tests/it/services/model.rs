//! A service by its limits, and the streams that are open on it.

use std::collections::{BTreeMap, VecDeque};

use common::failure::FailureClass;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::queue::Servers;

/// Answer to a cheap request, and the way of the first byte of a stream.
const CHEAP_US: u64 = 1_000;
/// Spread of times and lengths, as a share of their mean.
const SPREAD: f64 = 0.3;

/// What a service is made of. Times are in microseconds; without limits it serves everybody at once.
#[derive(Debug, Clone, Default)]
pub struct Service {
    pub ttft_us: u64,
    pub tokens: f64,
    pub gap_us: u64,
    /// Streams that may run at once; others wait for their first token.
    pub slots: Option<usize>,
    /// Threads of which each gap of each stream occupies one.
    pub chunk_threads: Option<usize>,
    /// Processor time of one event, on one event loop; 0: none.
    pub event_cpu_us: u64,
    /// Database connections; a stream that finds none fails.
    pub connections: Option<usize>,
    /// How long a stream holds one.
    pub connect_us: u64,
    /// Streams a second that are let in.
    pub rate_limit: Option<f64>,
    /// Whether something in front passes answers on whole.
    pub is_buffered: bool,
}

/// What a stream receives next.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// Its next chunk arrives; the last one ends it.
    Chunk {
        is_last: bool,
    },
    Refused(FailureClass, &'static str),
}

/// Number of a stream.
pub type Id = u64;

/// A service with its state. Calls come in the order of time.
#[derive(Debug)]
pub struct Running {
    service: Service,
    rng: Pcg64,
    event_loop: Servers,
    threads: Servers,
    connections: Servers,
    free_slots: usize,
    waiting: VecDeque<Id>,
    /// Chunks that each stream has yet to make.
    left: BTreeMap<Id, u64>,
    /// Streams that may be let in now, and when that was so.
    allowed: (f64, u64),
    /// Requests that came.
    pub served: u64,
}

impl Running {
    pub fn new(service: Service, seed: u64) -> Running {
        Running {
            rng: Pcg64::seed_from_u64(seed),
            event_loop: Servers::new(1),
            threads: Servers::new(service.chunk_threads.unwrap_or(1)),
            connections: Servers::new(service.connections.unwrap_or(1)),
            free_slots: service.slots.unwrap_or(usize::MAX),
            waiting: VecDeque::new(),
            left: BTreeMap::new(),
            allowed: (1.0, 0),
            served: 0,
            service,
        }
    }

    /// A stream is asked for. What it receives next and when, unless it waits for a slot, and when its
    /// headers arrive.
    pub fn ask(&mut self, id: Id, at: u64) -> (Vec<(u64, Id, News)>, u64) {
        self.served += 1;
        let refused = |class, text| (vec![(at + CHEAP_US, id, News::Refused(class, text))], at + CHEAP_US);
        if !self.is_let_in(at) {
            return refused(FailureClass::Http429, "429: slow down");
        }
        if self.service.connections.is_some() && !self.connections.take(at, self.service.connect_us) {
            return refused(
                FailureClass::Http5xx,
                "500: FATAL: sorry, too many clients already (SQLSTATE 53300)",
            );
        }
        let headers = self.through_the_loop(at) + CHEAP_US;
        if self.free_slots == 0 {
            self.waiting.push_back(id);
            return (Vec::new(), headers);
        }
        self.free_slots -= 1;
        let connected = if self.service.connections.is_some() { self.service.connect_us } else { 0 };
        (self.begin(id, at + connected), headers)
    }

    /// A chunk has arrived; what happens next.
    pub fn next(&mut self, id: Id, at: u64, news: &News) -> Vec<(u64, Id, News)> {
        match news {
            News::Refused(..) => Vec::new(),
            News::Chunk { is_last: false } if self.service.is_buffered => Vec::new(),
            News::Chunk { is_last: false } => vec![self.chunk(id, at, self.service.gap_us)],
            News::Chunk { is_last: true } => match self.waiting.pop_front() {
                Some(next) => self.begin(next, at),
                None => {
                    self.free_slots = self.free_slots.saturating_add(1);
                    Vec::new()
                }
            },
        }
    }

    /// How long a cheap request takes that comes at `at`; none when it fails.
    pub fn cheap(&mut self, at: u64) -> Option<u64> {
        if self.service.connections.is_some() && !self.connections.take(at, self.service.connect_us) {
            return None;
        }
        Some(self.through_the_loop(at) + CHEAP_US - at)
    }

    fn begin(&mut self, id: Id, at: u64) -> Vec<(u64, Id, News)> {
        let tokens = (self.service.tokens * self.spread()).round().max(2.0) as u64;
        self.left.insert(id, tokens);
        let first = (self.service.ttft_us as f64 * self.spread()) as u64;
        if self.service.is_buffered {
            self.left.remove(&id);
            let end = at + first + tokens * self.service.gap_us;
            let whole =
                (0..tokens).map(|token| (end + token, id, News::Chunk { is_last: token + 1 == tokens }));
            return whole.collect();
        }
        vec![self.chunk(id, at, first)]
    }

    /// The next chunk of a stream that takes `takes` to make.
    fn chunk(&mut self, id: Id, at: u64, takes: u64) -> (u64, Id, News) {
        let made = match self.service.chunk_threads {
            Some(_) => self.threads.done(at, takes),
            None => at + takes,
        };
        let left = self.left.entry(id).or_insert(1);
        *left -= 1;
        let is_last = *left == 0;
        if is_last {
            self.left.remove(&id);
        }
        (self.through_the_loop(made), id, News::Chunk { is_last })
    }

    fn through_the_loop(&mut self, at: u64) -> u64 {
        match self.service.event_cpu_us {
            0 => at,
            takes => self.event_loop.done(at, takes),
        }
    }

    /// Whether the rate limiter, a bucket of one second, lets a stream in.
    fn is_let_in(&mut self, at: u64) -> bool {
        let Some(rate) = self.service.rate_limit else { return true };
        let (allowed, since) = self.allowed;
        let allowed = (allowed + (at - since) as f64 / 1e6 * rate).min(rate.max(1.0));
        self.allowed = (if allowed >= 1.0 { allowed - 1.0 } else { allowed }, at);
        allowed >= 1.0
    }

    fn spread(&mut self) -> f64 {
        1.0 + SPREAD * (2.0 * self.rng.random::<f64>() - 1.0)
    }
}
