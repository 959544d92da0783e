//! Which of the model's requests belong to which question of a user.
//!
//! A question is settled once the model's page was read well after it had ended, so that no request of it is missing for
//! being told late. Until then both sides wait here, a bounded number of each.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;

use common::ask::Ask;
use common::trace::TraceId;

use super::served::{Served, ServedPage};
use super::shares::Shares;
use super::spans::ModelSpans;

/// Questions that may wait for the model's page.
const MOST_ASKS: usize = 200_000;
/// Requests of the model that may wait for their question, which ends after them.
const MOST_SERVED: usize = 200_000;
/// A page that began to be read this long after a question's end was told has all of its requests.
const SETTLE: Duration = Duration::from_secs(2);

/// By what a request of the model is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Trace(TraceId),
    Nonce(u32),
}

/// How many there were on either side, and what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JoinCounts {
    /// Questions of users that are settled.
    pub asked: u64,
    /// Of those, joined by their trace.
    pub by_trace: u64,
    /// Of those, joined by the nonce in front of them.
    pub by_nonce: u64,
    /// Of those, with several requests of the model.
    pub several: u64,
    /// Questions for which there was no room.
    pub asks_dropped: u64,
    /// Requests of the model.
    pub served: u64,
    /// Of those, joined.
    pub served_joined: u64,
    /// Of those, with neither a trace of this run nor a nonce.
    pub nameless: u64,
    /// Of those, without room to wait, and those that the model forgot before they were read.
    pub served_dropped: u64,
}

/// The join of one run.
#[derive(Debug)]
pub(crate) struct Join {
    /// What the traces of this run begin with.
    mark: u32,
    asks: VecDeque<(Duration, Ask)>,
    served: HashMap<Key, Vec<Served>>,
    waiting: usize,
    /// Number of the last that was told: pages come in order.
    told: u64,
    counts: JoinCounts,
    shares: BTreeMap<(u32, u32), Shares>,
}

impl Join {
    /// Of the run with this id.
    pub(crate) fn of(run: [u8; 16]) -> Join {
        Join {
            mark: TraceId::mark_of(run),
            asks: VecDeque::new(),
            served: HashMap::new(),
            waiting: 0,
            told: 0,
            counts: JoinCounts::default(),
            shares: BTreeMap::new(),
        }
    }

    /// What became of all so far.
    pub(crate) fn counts(&self) -> JoinCounts {
        self.counts
    }

    /// The model's requests that wait for their question, or never had one.
    #[cfg(test)]
    pub(crate) fn waiting(&self) -> u64 {
        self.waiting as u64
    }

    /// What was joined, by segment and endpoint.
    pub(crate) fn shares(&self) -> &BTreeMap<(u32, u32), Shares> {
        &self.shares
    }

    /// A question has ended, as was told at `now`.
    pub(crate) fn ask(&mut self, now: Duration, ask: Ask) {
        if self.asks.len() >= MOST_ASKS {
            self.counts.asks_dropped += 1;
            return;
        }
        self.asks.push_back((now, ask));
    }

    /// The model's numbers begin anew: it is another process now.
    pub(crate) fn begin_anew(&mut self) {
        self.told = 0;
    }

    /// So many were forgotten by the model before anybody read them.
    pub(crate) fn missed(&mut self, requests: u64) {
        self.counts.served_dropped += requests;
    }

    /// Takes a page; one request that comes twice counts once.
    pub(crate) fn page(&mut self, page: &ServedPage) {
        for one in &page.served {
            if one.seq > self.told {
                self.told = one.seq;
                self.serve(*one);
            }
        }
    }

    fn serve(&mut self, one: Served) {
        self.counts.served += 1;
        let trace = one.trace.filter(|trace| trace.mark() == self.mark).map(Key::Trace);
        let Some(key) = trace.or(one.nonce.map(Key::Nonce)) else {
            self.counts.nameless += 1;
            return;
        };
        if self.waiting >= MOST_SERVED {
            self.counts.served_dropped += 1;
            return;
        }
        self.waiting += 1;
        self.served.entry(key).or_default().push(one);
    }

    /// All that had been served by `read` was told, as far as the model goes: settles what had ended well before.
    pub(crate) fn settle(&mut self, read: Duration) {
        while let Some((told, ask)) = self.asks.front().copied()
            && told + SETTLE <= read
        {
            self.asks.pop_front();
            self.join(&ask);
        }
    }

    /// Nothing more comes of either side.
    pub(crate) fn settle_all(&mut self) {
        for (_, ask) in std::mem::take(&mut self.asks) {
            self.join(&ask);
        }
    }

    fn join(&mut self, ask: &Ask) {
        let traced = ask.trace.and_then(|trace| self.served.remove(&Key::Trace(trace))).unwrap_or_default();
        let nonced = ask.nonce.and_then(|nonce| self.served.remove(&Key::Nonce(nonce))).unwrap_or_default();
        let is_traced = !traced.is_empty();
        let served: Vec<Served> = traced.into_iter().chain(nonced).collect();
        let shares = self.shares.entry((ask.stage, ask.endpoint)).or_default();
        self.counts.asked += 1;
        if served.is_empty() {
            return shares.alone();
        }
        shares.joined(ask, served.len(), ModelSpans::of(&served));
        self.waiting -= served.len();
        let counts = &mut self.counts;
        counts.served_joined += served.len() as u64;
        counts.several += u64::from(served.len() > 1);
        *(if is_traced { &mut counts.by_trace } else { &mut counts.by_nonce }) += 1;
    }
}

#[cfg(test)]
mod tests;
