//! Where arrivals come from, cut into windows as they fall due.

use std::sync::Arc;

use common::arrivals::{ArrivalPlan, RatePath, Share, Window};
use common::protocol as wire;
use common::replay::{Replay, Session, size};

/// A window of a trace holds sessions of no more bytes than this, and one more.
pub const WINDOW_BYTES: usize = 256 << 10;

/// Where arrivals come from.
#[derive(Debug)]
pub enum Source {
    /// Rates.
    Rates(Rates),
    /// A trace.
    Trace(Trace),
}

/// A plan of rates, and how far it is cut.
#[derive(Debug)]
pub struct Rates {
    pub plan: ArrivalPlan,
    /// Whether the path becomes known only as it goes on: then each window brings its piece along.
    pub grows: bool,
    /// Number of the next arrival.
    next: u64,
    /// How many are expected up to the one before it.
    before: f64,
}

/// A trace, and how far it is cut.
#[derive(Debug)]
pub struct Trace {
    replay: Arc<Replay>,
    /// Number of the next session.
    next: u64,
}

impl Source {
    /// The arrivals up to a moment of the run clock that are in no window yet, as many as one may hold.
    pub fn cut(&mut self, number: u64, to_us: u64) -> Option<Window> {
        let window = match self {
            Source::Rates(rates) => rates.cut(number, to_us),
            Source::Trace(trace) => trace.cut(number, to_us),
        };
        (window.count > 0).then_some(window)
    }

    /// The piece of the path between two moments of the run clock, where workers do not know it.
    pub fn piece(&self, from_us: u64, to_us: u64) -> Option<RatePath> {
        match self {
            Source::Rates(rates) if rates.grows => rates.plan.path.around(from_us, to_us),
            _ => None,
        }
    }

    /// A window as it is sent: of a trace with the sessions of this share, of a search with its piece of the path.
    pub fn sent(&self, window: &Window, share: &Share, path: Option<&RatePath>) -> wire::ArrivalWindow {
        let sent = wire::ArrivalWindow::from((window, share));
        match (self, path) {
            (Source::Trace(trace), _) => {
                wire::ArrivalWindow { sessions: trace.sessions(window, share), ..sent }
            }
            (Source::Rates(_), Some(path)) => wire::ArrivalWindow {
                legs: path.legs().iter().map(Into::into).collect(),
                legs_before: path.before(),
                ..sent
            },
            (Source::Rates(_), None) => sent,
        }
    }

    /// Whether everything of a trace is cut; rates have no end of their own.
    pub fn is_done(&self) -> bool {
        matches!(self, Source::Trace(trace) if trace.left().is_empty())
    }
}

impl Rates {
    pub fn new(plan: ArrivalPlan) -> Rates {
        Rates { plan, grows: false, next: 0, before: 0.0 }
    }

    fn cut(&mut self, number: u64, to_us: u64) -> Window {
        let (first, before) = (self.next, self.before);
        let mut due = self.plan.due_from(first, before);
        let mut count = 0;
        loop {
            (self.next, self.before) = (due.number(), due.before());
            match due.next().filter(|arrival| arrival.at_us < to_us) {
                Some(_) => count += 1,
                None => return Window { number, first, count, before },
            }
        }
    }
}

impl Trace {
    pub fn new(replay: Arc<Replay>) -> Trace {
        Trace { replay, next: 0 }
    }

    fn left(&self) -> &[Session] {
        self.replay.sessions().get(place(self.next)..).unwrap_or_default()
    }

    fn cut(&mut self, number: u64, to_us: u64) -> Window {
        let mut bytes = 0;
        let fits = |session: &&Session| {
            let fits = session.at_us < to_us && bytes < WINDOW_BYTES;
            bytes += size(session);
            fits
        };
        let count = u32::try_from(self.left().iter().take_while(fits).count()).unwrap_or(0);
        let first = self.next;
        self.next += u64::from(count);
        Window { number, first, count, before: 0.0 }
    }

    /// The sessions of a window that this share holds.
    fn sessions(&self, window: &Window, share: &Share) -> Vec<wire::ReplaySession> {
        let sessions = (window.first..).zip(self.replay.sessions().iter().skip(place(window.first)));
        let own = sessions.take(window.count as usize).filter(|(number, _)| share.holds(*number));
        own.map(Into::into).collect()
    }
}

/// Of a number that counts what is in memory.
pub fn place(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
