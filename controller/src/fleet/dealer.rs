//! Hands the schedule of arrivals out, a window at a time, a little ahead of when its arrivals are due.
//!
//! ```text
//! arrivals   0 1 2  3 4 5 6   7 8   9 …      window 2 over workers a and b:  a has 4 and 6, b has 3 and 5
//!           └──1──┘└───2───┘└──3──┘          a window once handed out stays its workers'
//! ```
//!
//! A window goes to those who were heard of lately. What a worker that dies was handed is not moved: the schedule
//! says when somebody arrives, and then is past. The windows after it go to the others.

use std::sync::Arc;
use std::time::Duration;

use common::arrivals::{ArrivalPlan, RatePath, Share, Window};
use common::micros;
use common::protocol as wire;
use common::replay::{Replay, size};
use prost::Message as _;

/// How far ahead windows are handed out: workers must have them whatever the delay of a heartbeat.
const AHEAD: Duration = Duration::from_secs(2);
/// How much of the run one window covers.
const SPAN: Duration = Duration::from_millis(500);
/// How long before it begins a window without a worker is given up.
const LATEST: Duration = Duration::from_millis(250);

/// A window of a trace holds sessions of no more bytes than this, and one more.
const WINDOW_BYTES: usize = 256 << 10;
/// So many bytes of windows are on their way to a worker at a time, and one more window.
const OPEN_BYTES: usize = 2 << 20;

/// Where arrivals come from.
#[derive(Debug)]
enum Source {
    /// Rates.
    Rates(ArrivalPlan),
    /// A trace.
    Trace(Arc<Replay>),
}

/// The schedule, and how far it is handed out.
#[derive(Debug)]
pub struct Dealer {
    source: Source,
    /// Number of the next arrival, and how many are expected up to the one before it.
    next: (u64, f64),
    /// Up to here on the run clock everything is handed out.
    dealt: Duration,
    /// Number of the last window.
    window: u64,
    hands: Vec<Hand>,
    /// Arrivals that nobody was there for.
    nobody: u64,
    /// Whether the path becomes known only as it goes on: then each window brings its piece along.
    grows: bool,
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
        Dealer::of(Source::Rates(plan))
    }

    /// Every session of a trace is yet to be handed out.
    pub fn of_trace(replay: Arc<Replay>) -> Dealer {
        Dealer::of(Source::Trace(replay))
    }

    fn of(source: Source) -> Dealer {
        let (next, dealt) = ((0, 0.0), Duration::ZERO);
        Dealer { source, next, dealt, window: 0, hands: Vec::new(), nobody: 0, grows: false }
    }

    /// The same of a search, whose path goes on as it is found.
    pub fn growing(self) -> Dealer {
        Dealer { grows: true, ..self }
    }

    /// From now on it goes along `path`, which is as before up to what is handed out.
    pub fn go_along(&mut self, path: RatePath) {
        if let Source::Rates(plan) = &mut self.source {
            plan.path = path;
        }
    }

    /// Hands out what is due soon after `clock` to the workers of these places in the fleet.
    pub fn deal(&mut self, clock: Duration, workers: &[usize]) {
        while self.dealt < clock + AHEAD && (!workers.is_empty() || self.dealt < clock + LATEST) {
            let from_us = micros::whole(self.dealt);
            self.dealt += SPAN;
            loop {
                let window = self.cut(micros::whole(self.dealt));
                if window.count == 0 {
                    break;
                }
                self.hand_out(window, workers, self.piece(from_us).as_ref());
            }
        }
    }

    /// The piece of the path from there up to where everything is handed out, where workers do not know it.
    fn piece(&self, from_us: u64) -> Option<RatePath> {
        match &self.source {
            Source::Rates(plan) if self.grows => plan.path.around(from_us, micros::whole(self.dealt)),
            _ => None,
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

    /// The arrivals up to a moment of the run clock that are in no window yet, as many as one may hold.
    fn cut(&mut self, to_us: u64) -> Window {
        let (first, before) = self.next;
        let count = match &self.source {
            Source::Rates(plan) => {
                let mut due = plan.due_from(first, before);
                let mut count = 0;
                loop {
                    let here = (due.number(), due.before());
                    match due.next().filter(|arrival| arrival.at_us < to_us) {
                        Some(_) => count += 1,
                        None => {
                            self.next = here;
                            break count;
                        }
                    }
                }
            }
            Source::Trace(replay) => {
                let left = replay.sessions().get(place(first)..).unwrap_or_default();
                let mut bytes = 0;
                let fits = |session: &&common::replay::Session| {
                    let fits = session.at_us < to_us && bytes < WINDOW_BYTES;
                    bytes += size(session);
                    fits
                };
                let count = u32::try_from(left.iter().take_while(fits).count()).unwrap_or(0);
                self.next = (first + u64::from(count), 0.0);
                count
            }
        };
        self.window += u64::from(count > 0);
        Window { number: self.window, first, count, before }
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
        open.map(|(window, share, path)| self.sent(window, share, path.as_ref())).take_while(fits).collect()
    }

    /// A window as it is sent: of a trace with the sessions of this share, of a search with its piece of the path.
    fn sent(&self, window: &Window, share: &Share, path: Option<&RatePath>) -> wire::ArrivalWindow {
        let sent = wire::ArrivalWindow::from((window, share));
        match (&self.source, path) {
            (Source::Trace(replay), _) => {
                let sessions = (window.first..).zip(replay.sessions().iter().skip(place(window.first)));
                let own = sessions.take(window.count as usize).filter(|(number, _)| share.holds(*number));
                wire::ArrivalWindow { sessions: own.map(Into::into).collect(), ..sent }
            }
            (Source::Rates(_), Some(path)) => wire::ArrivalWindow {
                legs: path.legs().iter().map(Into::into).collect(),
                legs_before: path.before(),
                ..sent
            },
            (Source::Rates(_), None) => sent,
        }
    }

    /// Whether everything of a trace is handed out; rates have no end of their own.
    pub fn is_done(&self) -> bool {
        matches!(&self.source, Source::Trace(replay) if place(self.next.0) >= replay.sessions().len())
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

/// Of a number that counts what is in memory.
fn place(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use common::arrivals::{Arrival, ArrivalUnit, Leg, Spacing, read_path, read_window};
    use common::class::ClassSet;
    use common::replay::{Due, Prompt, Question, Session};
    use proptest::prelude::*;

    use super::*;

    fn plan(seed: u64, seconds: u64) -> ArrivalPlan {
        let leg =
            Leg { start_us: 0, end_us: seconds * 1_000_000, from: 0.0, to: 60.0, classes: ClassSet::ALL };
        let path = RatePath::of(vec![leg]).unwrap();
        ArrivalPlan { path, spacing: Spacing::Poisson, unit: ArrivalUnit::Session, seed }
    }

    /// A worker that takes windows as a real one does.
    #[derive(Default)]
    struct Taker {
        window: u64,
        arrivals: Vec<Arrival>,
    }

    impl Taker {
        fn take(&mut self, plan: &ArrivalPlan, windows: &[wire::ArrivalWindow]) {
            for (window, share) in windows.iter().map(|sent| read_window(sent).unwrap()) {
                if window.number > self.window {
                    self.window = window.number;
                    self.arrivals.extend(plan.of_window(window, share));
                }
            }
        }
    }

    proptest! {
        /// At each tick some workers are there, some of their messages are lost, and some confirm.
        #[test]
        fn each_arrival_is_handed_to_one_worker_whatever_is_lost(
            seed: u64,
            ticks in prop::collection::vec((0..2_000u64, any::<[bool; 4]>(), any::<[bool; 4]>(), any::<[bool; 4]>()), 1..60),
        ) {
            let plan = plan(seed, 20);
            let mut dealer = Dealer::new(plan.clone());
            let mut takers: BTreeMap<usize, Taker> = (0..4).map(|worker| (worker, Taker::default())).collect();
            let mut clock = Duration::ZERO;
            let mut step = |clock, there: [bool; 4], heard: [bool; 4], confirms: [bool; 4]| {
                let workers: Vec<usize> = (0..4).filter(|worker| there[*worker]).collect();
                dealer.deal(clock, &workers);
                for worker in 0..4 {
                    let taker = takers.get_mut(&worker).unwrap();
                    if heard[worker] {
                        taker.take(&plan, &dealer.open(worker));
                    }
                    if confirms[worker] {
                        dealer.confirm(worker, taker.window);
                    }
                }
            };
            for (ms, there, heard, confirms) in ticks {
                step(clock, there, heard, confirms);
                clock += Duration::from_millis(ms);
            }
            step(clock.max(Duration::from_secs(30)), [true; 4], [true; 4], [true; 4]);
            for (worker, taker) in &takers {
                prop_assert_eq!(taker.arrivals.len() as u64, dealer.handed(*worker));
                prop_assert!(dealer.open(*worker).is_empty());
                prop_assert!(taker.arrivals.is_sorted_by_key(|arrival| arrival.at_us));
            }
            let mut all: Vec<Arrival> = takers.into_values().flat_map(|taker| taker.arrivals).collect();
            all.sort_by_key(|arrival| arrival.number);
            let of_plan: BTreeMap<u64, Arrival> = plan.due().map(|arrival| (arrival.number, arrival)).collect();
            prop_assert!(all.windows(2).all(|pair| pair[0].number < pair[1].number), "nobody has two");
            prop_assert!(all.iter().all(|arrival| of_plan[&arrival.number] == *arrival), "none is moved");
            prop_assert_eq!(all.len() as u64 + dealer.nobody(), of_plan.len() as u64);
        }
    }

    /// A session of so many bytes, and what comes with them.
    fn session(at_us: u64, bytes: usize) -> Session {
        let prompt = Prompt::Text("x".repeat(bytes));
        Session {
            at_us,
            questions: vec![Question { due: Due::AfterComing(7), prompt, answer_tokens: Some(5) }],
        }
    }

    proptest! {
        #[test]
        fn each_session_of_a_trace_is_sent_whole_to_one_worker_in_pieces_of_bounded_size(
            sessions in prop::collection::vec((0..10_000_000_u64, 0..200_000_usize), 1..60),
            ticks in prop::collection::vec((0..2_000u64, any::<[bool; 3]>(), any::<[bool; 3]>()), 1..40),
        ) {
            let all = Replay::of(sessions.iter().map(|(at_us, bytes)| session(*at_us, *bytes)).collect());
            let mut dealer = Dealer::of_trace(Arc::new(all.clone()));
            let mut windows = [0; 3];
            let mut got: Vec<(u64, Session)> = Vec::new();
            let mut clock = Duration::ZERO;
            let last = (0..200).map(|_| (1_000, [true; 3], [true; 3]));
            for (ms, there, heard) in ticks.into_iter().chain(last) {
                let workers: Vec<usize> = (0..3).filter(|worker| there[*worker]).collect();
                dealer.deal(clock, &workers);
                for worker in (0..3).filter(|worker| heard[*worker]) {
                    let open = dealer.open(worker);
                    let bytes: usize = open.iter().map(|window| window.encoded_len()).sum();
                    prop_assert!(bytes < OPEN_BYTES + WINDOW_BYTES + 300_000, "{} bytes", bytes);
                    let known = windows[worker];
                    for window in open.into_iter().filter(|window| window.number > known) {
                        windows[worker] = window.number;
                        let whole = |sent: wire::ReplaySession| (sent.number, Session::try_from(&sent).unwrap());
                        got.extend(window.sessions.into_iter().map(whole));
                    }
                    dealer.confirm(worker, windows[worker]);
                }
                clock += Duration::from_millis(ms);
            }
            prop_assert!(dealer.is_done());
            let handed: u64 = (0..3).map(|worker| dealer.handed(worker)).sum();
            prop_assert_eq!(handed, got.len() as u64);
            prop_assert_eq!(handed + dealer.nobody(), all.sessions().len() as u64);
            got.sort_by_key(|(number, _)| *number);
            prop_assert!(got.windows(2).all(|pair| pair[0].0 < pair[1].0), "nobody has two");
            prop_assert!(got.iter().all(|(number, session)| all.sessions()[place(*number)] == *session));
        }
    }

    /// Workers know the first rate alone; each window brings along what they need.
    #[test]
    fn a_path_that_is_found_on_the_way_is_handed_out_as_if_it_had_been_known() {
        let leg =
            |start_us, end_us, rate| Leg { start_us, end_us, from: rate, to: rate, classes: ClassSet::ALL };
        let path = |legs: &[Leg]| RatePath::of(legs.to_vec()).unwrap();
        let known = plan(3, 20).along(path(&[leg(0, 60_000_000, 5.0)]));
        let whole = known.along(path(&[
            leg(0, 9_000_000, 5.0),
            leg(9_000_000, 14_000_000, 0.0),
            leg(14_000_000, 30_000_000, 40.0),
        ]));
        let mut dealer = Dealer::new(known.clone()).growing();
        let mut takers = [Vec::new(), Vec::new()];
        for ms in (0..26_000).step_by(250) {
            match ms {
                6_000 => dealer.go_along(path(&[leg(0, 9_000_000, 5.0), leg(9_000_000, 60_000_000, 0.0)])),
                11_000 => dealer.go_along(whole.path.clone()),
                _ => {}
            }
            dealer.deal(Duration::from_millis(ms), &[0, 1]);
            for (worker, taken) in takers.iter_mut().enumerate() {
                for sent in dealer.open(worker) {
                    let (window, share) = read_window(&sent).unwrap();
                    let along = known.along(read_path(&sent).unwrap().unwrap());
                    taken.extend(along.of_window(window, share));
                    dealer.confirm(worker, window.number);
                }
            }
        }
        let mut all = takers.concat();
        all.sort_by_key(|arrival| arrival.number);
        let expected: Vec<Arrival> = whole.due().take(all.len()).collect();
        assert_eq!(all, expected);
        assert!(all.iter().any(|arrival| arrival.at_us > 20_000_000) && all.len() > 300, "{}", all.len());
        assert!(!all.iter().any(|arrival| (9_000_000..14_000_000).contains(&arrival.at_us)));
    }

    #[test]
    fn what_a_dead_worker_was_handed_is_nobodys() {
        let mut dealer = Dealer::new(plan(1, 20));
        dealer.deal(Duration::from_secs(10), &[0, 1]);
        let (handed, other) = (dealer.handed(0), dealer.handed(1));
        assert!(handed > 100 && !dealer.open(0).is_empty());
        dealer.forget(0);
        assert!(dealer.open(0).is_empty());
        dealer.deal(Duration::from_secs(11), &[1]);
        assert_eq!(dealer.handed(0), handed);
        assert!(dealer.handed(1) > other);
    }

    #[test]
    fn windows_wait_for_a_worker_until_they_begin() {
        let mut dealer = Dealer::new(plan(1, 20));
        dealer.deal(Duration::from_secs(10), &[0]);
        dealer.deal(Duration::from_millis(11_700), &[]);
        assert_eq!(dealer.nobody(), 0, "12 s have not come yet");
        dealer.deal(Duration::from_millis(11_900), &[]);
        assert!(
            (10..35).contains(&dealer.nobody()),
            "half a second of some 36 a second: {}",
            dealer.nobody()
        );
    }
}
