//! Services whose capacity is known, in virtual time. Times are in microseconds, rates per second.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use crate::dice::Dice;

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum News {
    First(u64),
    Ended(u64),
    Refused(u64),
}

/// A service that is asked in the order of time.
pub trait Service {
    /// A request comes at `at`; everything before that has been told.
    fn ask(&mut self, id: u64, at: u64);
    /// What happens before `until`, with its time.
    fn next(&mut self, until: u64) -> Option<(u64, News)>;
    /// Who asked is gone. A service that does not notice answers all the same.
    fn leave(&mut self, _id: u64) {}
}

/// How long an answer takes.
#[derive(Debug, Clone, Copy)]
pub enum Length {
    /// All alike.
    Fixed(f64),
    /// Lognormal, by its mean and its standard deviation as a share of that.
    Lognormal(f64, f64),
}

impl Length {
    pub fn mean(self) -> f64 {
        match self {
            Length::Fixed(mean) | Length::Lognormal(mean, _) => mean,
        }
    }

    fn draw(self, dice: &mut Dice) -> f64 {
        match self {
            Length::Fixed(length) => length,
            Length::Lognormal(mean, spread) => {
                let variance = (1.0 + spread * spread).ln();
                (mean.ln() - variance / 2.0 + variance.sqrt() * dice.normal()).exp()
            }
        }
    }
}

/// So many answers run at once, the others wait in the order in which they came; or are refused.
pub struct Slots {
    free: BinaryHeap<Reverse<u64>>,
    length: Length,
    refuses: bool,
    dice: Dice,
    news: BinaryHeap<Reverse<(u64, News)>>,
}

impl Slots {
    pub fn new(slots: usize, length: Length, refuses: bool, seed: u64) -> Slots {
        let free = std::iter::repeat_n(Reverse(0), slots).collect();
        Slots { free, length, refuses, dice: Dice::new(seed), news: BinaryHeap::new() }
    }
}

impl Service for Slots {
    fn ask(&mut self, id: u64, at: u64) {
        let Some(Reverse(free)) = self.free.peek().copied() else { return };
        if self.refuses && free > at {
            self.news.push(Reverse((at + 2_000, News::Refused(id))));
            return;
        }
        self.free.pop();
        let (start, length) = (free.max(at), self.length.draw(&mut self.dice) * 1e6);
        let end = start + length as u64;
        self.news.push(Reverse((start + (length / 10.0) as u64, News::First(id))));
        self.news.push(Reverse((end, News::Ended(id))));
        self.free.push(Reverse(end));
    }

    fn next(&mut self, until: u64) -> Option<(u64, News)> {
        self.news.peek().filter(|Reverse((at, _))| *at < until)?;
        self.news.pop().map(|Reverse(next)| next)
    }
}

/// A processor that all who are there share: each is served at once, and slower the more there are.
pub struct Shared {
    length: Length,
    cores: f64,
    dice: Dice,
    now: f64,
    /// How much each who is there has been served since the beginning, seconds.
    served: f64,
    /// By how much each will have been served at its end, in nanoseconds, and then its first text.
    running: BTreeMap<(u64, u64), f64>,
    firsts: BinaryHeap<Reverse<(u64, News)>>,
}

impl Shared {
    pub fn new(cores: f64, length: Length, seed: u64) -> Shared {
        Shared {
            length,
            cores,
            dice: Dice::new(seed),
            now: 0.0,
            served: 0.0,
            running: BTreeMap::new(),
            firsts: BinaryHeap::new(),
        }
    }

    fn speed(&self) -> f64 {
        (self.cores / self.running.len().max(1) as f64).min(1.0)
    }

    fn pass(&mut self, to: f64) {
        self.served += (to - self.now).max(0.0) * self.speed();
        self.now = self.now.max(to);
    }
}

impl Service for Shared {
    fn ask(&mut self, id: u64, at: u64) {
        self.pass(at as f64 / 1e6);
        let length = self.length.draw(&mut self.dice);
        self.running.insert((((self.served + length) * 1e9) as u64, id), length);
        let first = length / 10.0 / self.speed();
        self.firsts.push(Reverse((at + (first * 1e6) as u64, News::First(id))));
    }

    fn next(&mut self, until: u64) -> Option<(u64, News)> {
        let end = self.running.keys().next().map(|(served, _)| {
            let left = (*served as f64 / 1e9 - self.served).max(0.0);
            ((self.now + left / self.speed()) * 1e6).ceil() as u64
        });
        let first = self.firsts.peek().map(|Reverse((at, _))| *at);
        if first.is_some_and(|first| first < until && end.is_none_or(|end| first <= end)) {
            return self.firsts.pop().map(|Reverse(next)| next);
        }
        let end = end.filter(|end| *end < until)?;
        self.pass(end as f64 / 1e6);
        let ((_, id), _) = self.running.pop_first()?;
        Some((end, News::Ended(id)))
    }

    fn leave(&mut self, id: u64) {
        self.running.retain(|(_, other), _| *other != id);
    }
}
