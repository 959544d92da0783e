//! Whatever is lost, each arrival goes to one worker and none is moved.

use std::collections::BTreeMap;

use common::arrivals::{Arrival, ArrivalUnit, Leg, Spacing, read_path, read_window};
use common::class::ClassSet;
use common::replay::{Due, Prompt, Question, Session};
use proptest::prelude::*;

use super::source::{WINDOW_BYTES, place};
use super::*;

fn plan(seed: u64, seconds: u64) -> ArrivalPlan {
    let leg = Leg { start_us: 0, end_us: seconds * 1_000_000, from: 0.0, to: 60.0, classes: ClassSet::ALL };
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
    Session { at_us, questions: vec![Question { due: Due::AfterComing(7), prompt, answer_tokens: Some(5) }] }
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
    let leg = |start_us, end_us, rate| Leg { start_us, end_us, from: rate, to: rate, classes: ClassSet::ALL };
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
    assert!((10..35).contains(&dealer.nobody()), "half a second of some 36 a second: {}", dealer.nobody());
}
