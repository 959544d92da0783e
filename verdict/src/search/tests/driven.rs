//! Whole searches, second by second, of services that are computed by hand.

use common::api::Operation;
use common::class::UserClass;
use common::segment::Segment;
use common::stats::Metric;
use common::totals::{StageTotals, Totals};

use super::*;
use crate::limits::{Criteria, EndpointWords, LimitRows, Pulse, RungVerdict, UserVerdict, rows};
use crate::{Evidence, Second};

struct World {
    ladder: Ladder,
    timeline: Timeline,
    rules: Vec<Rule>,
    totals: Totals,
    evidence: Evidence,
}

impl World {
    fn new(max_users: u32) -> World {
        World::within(max_users, None)
    }

    fn within(max_users: u32, longest: Option<Duration>) -> World {
        let mut settings = SearchSettings {
            criteria: Vec::new(),
            max_users,
            classes: ClassSet::only(UserClass::Stream),
            notice: Duration::from_secs(5),
            stream_timeout: Duration::from_secs(60),
            longest,
        };
        let timeline = Ladder::timeline(&settings, false);
        let endpoints = common::api::Api::default().endpoints();
        let context = crate::threshold::ThresholdContext {
            shape: timeline.shape(),
            endpoints: &endpoints,
            no_streams: None,
        };
        let rule =
            |text| crate::threshold::resolve(&crate::threshold::parse(text).unwrap(), &context).unwrap();
        settings.criteria = ["failures<1%", "ttft.p95<1s"].map(rule).into();
        let (rules, ladder) = (settings.criteria.clone(), Ladder::new(settings));
        World { ladder, timeline, rules, totals: Totals::default(), evidence: Evidence::default() }
    }

    fn sources(&self) -> Sources<'_> {
        Sources { timeline: &self.timeline, totals: &self.totals, evidence: &self.evidence }
    }

    fn clock(&self) -> Duration {
        Duration::from_secs(self.evidence.count() as u64)
    }

    fn segment(&self) -> Segment {
        self.timeline.segment_at(self.clock()).0
    }

    /// A second, of which `booked` books what happened; false once the search is over.
    fn second(&mut self, booked: impl Fn(&mut StageTotals, &mut Second)) -> bool {
        let clock = self.clock();
        let Some(target) = self.timeline.shape().target(clock) else { return false };
        let mut second = Second { users: target.users, target: target.users, ..Second::default() };
        booked(self.totals.segments.entry(self.segment()).or_default(), &mut second);
        self.evidence.push(second);
        let mut ladder = self.ladder.clone();
        match ladder.step(&self.timeline, self.sources(), self.clock()) {
            Some(NextStep::Next { at, stage, settle }) => self.timeline.go_on(at, stage, settle),
            Some(NextStep::End { at }) => self.timeline.cut(at),
            None => {}
        }
        self.ladder = ladder;
        true
    }

    fn limits(&self, ended: &[Rung]) -> LimitRows {
        let endpoints = vec![
            EndpointWords { name: "its name".to_owned(), says: Some("its words".to_owned()) };
            common::api::OPERATIONS
        ];
        let cut = self.ladder.cut();
        let criteria =
            Criteria { rules: self.rules.clone(), searches: true, cut, endpoints, ..Criteria::default() };
        rows(self.sources(), self.clock(), &criteria, ended).unwrap()
    }
}

/// Each user has an answer of a second, whose first token comes after a tenth of it.
fn healthy(totals: &mut StageTotals, second: &mut Second) {
    for _ in 0..second.users {
        totals.endpoints[Operation::Chat.index()].latency.record(1_000_000);
        totals.streams.metrics[Metric::Ttft as usize].record(100_000);
        totals.streams.metrics[Metric::E2e as usize].record(1_000_000);
        totals.streams.metrics[Metric::Icl as usize].record(90_000);
        totals.streams.counts.begun += 1;
        totals.streams.counts.completed += 1;
    }
    let users = u64::from(second.users);
    (second.requests, second.streams, second.completed, second.begun) = (users, users, users, users);
    (second.first_tokens, second.ttft_us, second.chunks) = (users, users * 100_000, users * 10);
    (second.open, second.producing) = (second.users as f32, second.users as f32);
}

fn failing(totals: &mut StageTotals, count: u64) {
    for _ in 0..count {
        let chat = &mut totals.endpoints[Operation::Chat.index()];
        chat.latency.record(30_000_000);
        chat.failed.record(30_000_000);
        chat.failures += 1;
        totals.streams.counts.begun += 1;
        totals.streams.counts.failed += 1;
    }
}

#[test]
fn streams_that_end_under_the_load_of_the_next_rung_do_not_count_against_the_one_that_began_them() {
    let mut world = World::new(8);
    let mut spoiled = false;
    while world.second(healthy) {
        let first = Segment { stage: 0, measured: true };
        if world.segment().stage > 0 && !spoiled {
            failing(world.totals.segments.entry(first).or_default(), 50);
            spoiled = true;
        }
        assert!(world.evidence.count() < 3_600, "the search has no end");
    }
    let limits = world.limits(world.ladder.ended());
    assert_eq!(limits.users.verdict, UserVerdict::NoFailureInRange, "{:?}", limits.headline);
    assert!(limits.rungs.iter().all(|rung| rung.failures == 0.0), "{:?}", limits.rungs);
    let late = world.limits(&[]);
    assert_eq!(late.rungs[0].verdict, RungVerdict::Fail, "else it would: {:?}", late.rungs[0]);
}

#[test]
fn a_search_whose_time_is_short_repeats_its_first_rung_and_says_what_it_left_out() {
    let longest = Duration::from_secs(80);
    let mut world = World::within(100_000, Some(longest));
    while world.second(healthy) {}
    let last = world.timeline.shape().stages.last().unwrap();
    assert_eq!(last.name, "1 user, again");
    assert!(world.clock() <= whole(longest + AHEAD), "{:?}", world.clock());
    let limits = world.limits(world.ladder.ended());
    let said = "The time of `--search-time` was over before the search was: the answer was not held for long enough.";
    assert_eq!(limits.headline.last().map(String::as_str), Some(said), "{:?}", limits.headline);
    let whole = World::new(8);
    assert_eq!(whole.ladder.cut(), None);
}

#[test]
fn an_endpoint_that_always_fails_ends_the_search_and_is_named() {
    let mut world = World::new(256);
    while world.second(|totals, second| {
        failing(totals, 2);
        (second.requests, second.failed, second.streams, second.begun) = (2, 2, 2, 2);
        second.failures.other = 2;
    }) {}
    assert!(world.evidence.count() <= 16, "{} seconds", world.evidence.count());
    let limits = world.limits(world.ladder.ended());
    assert_eq!((limits.users.verdict, limits.users.low), (UserVerdict::Undetermined, 0));
    assert_eq!(limits.cause.kind, crate::limits::CauseKind::Broken);
    assert!(
        limits.headline[0].contains("its name failed") && limits.headline[0].contains("(its words)"),
        "{limits:?}"
    );
}

#[test]
fn an_endpoint_that_works_at_times_is_no_mistake() {
    let mut world = World::new(4);
    while world.second(|totals, second| {
        healthy(totals, second);
        failing(totals, 2);
        second.failed += 2;
        second.requests += 2;
    }) {}
    assert_ne!(world.limits(world.ladder.ended()).cause.kind, crate::limits::CauseKind::Broken);
}

#[test]
fn what_is_seen_each_second_is_what_the_whole_rung_says() {
    let mut world = World::new(4);
    let mut compared = 0;
    while world.second(healthy) {
        let (stage, clock) = (world.segment().stage, world.clock());
        let rung = Rung::of(world.sources(), stage, clock, &world.rules, Confidence::LOOK);
        let pulse = Pulse::of(world.sources(), stage, clock);
        assert_eq!(pulse, rung.as_ref().map(Rung::pulse));
        compared += u32::from(pulse.is_some_and(|pulse| pulse.answer == rung.and_then(|rung| rung.answer())));
    }
    assert!(compared > 20, "{compared} seconds");
}

/// How many seconds a rung of `users` settles after one of 96, on which a call took so many seconds.
fn settles(users: u32, call_s: u64) -> u64 {
    let mut world = World::new(96);
    for _ in 0..10 {
        world.second(|totals, second| {
            healthy(totals, second);
            totals.endpoints[Operation::ListThreads.index()].latency.record(call_s * 1_000_000);
        });
    }
    let rung = Rung::of(world.sources(), 0, world.clock(), &world.rules, Confidence::LOOK).unwrap();
    let mut pace = Pace::new(Duration::from_secs(60));
    pace.learn(&rung);
    pace.settling(users, 96).as_secs()
}

#[test]
fn fewer_users_settle_until_what_more_left_behind_is_done() {
    assert!(settles(48, 0) < 10, "{} s: nobody waits", settles(48, 0));
    assert!(settles(48, 40) >= 40, "{} s: the queue in front of a call is 40 s long", settles(48, 40));
    assert!(settles(48, 1000) < 150, "{} s: not for ever", settles(48, 1000));
    assert_eq!(settles(192, 40), settles(192, 0), "more users join it");
}

#[test]
fn the_time_that_is_left_falls_to_nothing() {
    let mut world = World::new(8);
    let begun = world.ladder.left(Duration::ZERO);
    let mut least = begun.most;
    while world.second(healthy) {
        let left = world.ladder.left(world.clock());
        assert!(left.least <= left.most, "{left:?}");
        least = least.min(left.most);
    }
    let took = world.clock();
    assert!(begun.least <= took && took <= begun.most, "{took:?} was said to be {begun:?}");
    assert_eq!(world.ladder.left(took).most, Duration::ZERO);
    assert!(least < begun.most / 4, "{least:?} of {begun:?}");
}

/// Up to six users have their first token at once; seven and eight have it just in time so often that it is never clear;
/// more wait for too long.
fn unclear_below_its_limit(totals: &mut StageTotals, second: &mut Second) {
    healthy(totals, second);
    let late = |number: u64| match second.users {
        0..=6 => false,
        7 | 8 => number.is_multiple_of(21),
        _ => true,
    };
    let ttft = &mut totals.streams.metrics[Metric::Ttft as usize];
    let had = ttft.count();
    for number in had..had + u64::from(second.users) {
        if late(number) {
            ttft.record(1_500_000);
            totals.streams.counts.begun += 1;
            totals.streams.counts.completed += 1;
        }
    }
}

#[test]
fn where_the_limit_is_unclear_fewer_users_are_held_until_they_pass() {
    let mut world = World::new(64);
    while world.second(unclear_below_its_limit) {
        assert!(world.evidence.count() < 3_600, "the search has no end");
    }
    let limits = world.limits(world.ladder.ended());
    let users = limits.users;
    assert_eq!(users.verdict, UserVerdict::Found, "{:?}", limits.headline);
    assert!(users.low > 0 && users.low <= 8 && users.high.is_some_and(|high| high > 8), "{users:?}");
}
