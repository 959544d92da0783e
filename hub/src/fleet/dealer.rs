//! Hands the schedule of arrivals out, a window at a time, a little ahead of when its arrivals are due.
//!
//! ```text
//! arrivals   0 1 2  3 4 5 6   7 8   9 …      window 2 over workers a and b:  a has 4 and 6, b has 3 and 5
//!           └──1──┘└───2───┘└──3──┘          a window once handed out stays its workers'
//! ```
//!
//! A window goes to those who were heard of lately. What a worker that dies was handed is not moved: the schedule
//! says when somebody arrives, and then is past. The windows after it go to the others.

mod source;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use common::arrivals::{ArrivalPlan, RatePath, Share, Window};
use common::micros;
use common::protocol as wire;
use common::replay::Replay;
use prost::Message as _;

use source::{Rates, Source, Trace};

/// How far ahead windows are handed out: workers must have them whatever the delay of a heartbeat.
const AHEAD: Duration = Duration::from_secs(2);
/// How much of the run one window covers.
const SPAN: Duration = Duration::from_millis(500);
/// How long before it begins a window without a worker is given up.
const LATEST: Duration = Duration::from_millis(250);

/// So many bytes of windows are on their way to a worker at a time, and one more window.
const OPEN_BYTES: usize = 2 << 20;

/// The schedule, and how far it is handed out.
#[derive(Debug)]
pub struct Dealer {
    source: Source,
    /// Up to here on the run clock everything is handed out.
    dealt: Duration,
    /// Number of the last window.
    window: u64,
    hands: Vec<Hand>,
    /// Arrivals that nobody was there for.
    nobody: u64,
}

/// What one worker was handed.
#[derive(Debug, Clone, Default)]
struct Hand {
    /// Windows that it has not confirmed, with the path that they bring along.
    open: Vec<(Window, Share, Option<RatePath>)>,
    arrivals: u64,
}

impl Dealer {
    /// Everything of a plan is yet to be handed out.
    pub fn new(plan: ArrivalPlan) -> Dealer {
        Dealer::of(Source::Rates(Rates::new(plan)))
    }

    /// Every session of a trace is yet to be handed out.
    pub fn of_trace(replay: Arc<Replay>) -> Dealer {
        Dealer::of(Source::Trace(Trace::new(replay)))
    }

    fn of(source: Source) -> Dealer {
        Dealer { source, dealt: Duration::ZERO, window: 0, hands: Vec::new(), nobody: 0 }
    }

    /// The same of a search, whose path goes on as it is found.
    pub fn growing(mut self) -> Dealer {
        if let Source::Rates(rates) = &mut self.source {
            rates.grows = true;
        }
        self
    }

    /// From now on it goes along `path`, which is as before up to what is handed out.
    pub fn go_along(&mut self, path: RatePath) {
        if let Source::Rates(rates) = &mut self.source {
            rates.plan.path = path;
        }
    }

    /// Hands out what is due soon after `clock` to the workers of these places in the fleet.
    pub fn deal(&mut self, clock: Duration, workers: &[usize]) {
        while self.dealt < clock + AHEAD && (!workers.is_empty() || self.dealt < clock + LATEST) {
            let from_us = micros::whole(self.dealt);
            self.dealt += SPAN;
            let to_us = micros::whole(self.dealt);
            while let Some(window) = self.source.cut(self.window + 1, to_us) {
                self.window = window.number;
                self.hand_out(window, workers, self.source.piece(from_us, to_us).as_ref());
            }
        }
    }

    fn hand_out(&mut self, window: Window, workers: &[usize], path: Option<&RatePath>) {
        if workers.is_empty() {
            self.nobody += u64::from(window.count);
        }
        let modulus = u32::try_from(workers.len()).unwrap_or(u32::MAX);
        for (remainder, worker) in (0..modulus).zip(workers) {
            let share = Share { modulus, remainder };
            let arrivals = share.count(&window);
            if arrivals == 0 {
                continue;
            }
            let hand = self.hand(*worker);
            hand.arrivals += arrivals;
            hand.open.push((window, share, path.cloned()));
        }
    }

    fn hand(&mut self, worker: usize) -> &mut Hand {
        if self.hands.len() <= worker {
            self.hands.resize(worker + 1, Hand::default());
        }
        &mut self.hands[worker]
    }

    /// A worker has every window of its own up to this number.
    pub fn confirm(&mut self, worker: usize, window: u64) {
        self.hand(worker).open.retain(|(open, ..)| open.number > window);
    }

    /// A worker is gone: there is nobody to hand its windows to once more.
    pub fn forget(&mut self, worker: usize) {
        self.hand(worker).open.clear();
    }

    /// The windows that a worker has not confirmed, oldest first.
    pub fn open(&self, worker: usize) -> Vec<wire::ArrivalWindow> {
        let open = self.hands.get(worker).into_iter().flat_map(|hand| &hand.open);
        let mut bytes = 0;
        let fits = |window: &wire::ArrivalWindow| {
            let fits = bytes < OPEN_BYTES;
            bytes += window.encoded_len();
            fits
        };
        open.map(|(window, share, path)| self.source.sent(window, share, path.as_ref()))
            .take_while(fits)
            .collect()
    }

    /// Whether everything of a trace is handed out; rates have no end of their own.
    pub fn is_done(&self) -> bool {
        self.source.is_done()
    }

    /// How many arrivals a worker was handed.
    pub fn handed(&self, worker: usize) -> u64 {
        self.hands.get(worker).map_or(0, |hand| hand.arrivals)
    }

    /// How many arrivals came due while no worker was there.
    pub fn nobody(&self) -> u64 {
        self.nobody
    }
}
