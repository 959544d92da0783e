//! Plateau, slots, users and cause of services that are known by closed form: with *c* slots held for *S*
//! and no think time, throughput is min(N/S, c/S) and the first token waits for (N - c)·S/c.

use super::*;
use crate::threshold::Verdict;
use crate::{FailureKinds, Second};
use common::stats::StreamCounts;
use common::totals::StageTotals;
use proptest::prelude::*;
use std::sync::Arc;

mod changes;
mod endpoint;
mod refusals;
mod starving;
mod tail;
mod words;

/// Time to first token and of the rest of a stream, seconds.
const FIRST: f64 = 0.03;
const REST: f64 = 0.2;
const WHOLE: f64 = FIRST + REST;
const CHUNKS: f64 = 20.0;

/// Ten seconds in which as many streams end as were asked for, and the next follow them.
fn seconds(slots: f64, users: f64, rate: f64) -> Vec<Second> {
    let second = |number: u64| {
        let streams = rate as u64 + number % 3;
        Second {
            requests: streams,
            streams,
            completed: streams,
            begun: streams,
            first_tokens: rate as u64 + (number + 1) % 3,
            chunks: (rate * CHUNKS) as u64,
            producing: (users.min(slots) * REST / WHOLE) as f32,
            producing_peak: users.min(slots) as u32,
            looks_at_peak: 5,
            ..Second::default()
        }
    };
    (0..20).map(second).collect()
}

/// A rung of so many users against a pool of slots, without noise.
fn pooled(slots: f64, users: u32) -> Rung {
    let n = f64::from(users);
    let rate = n.min(slots) / WHOLE;
    let wait = (n - slots).max(0.0) * WHOLE / slots;
    let summary = |seconds: f64| TimeSummary { count: 200, mean: seconds, p50: seconds, p95: seconds * 1.2 };
    Rung {
        users,
        from: 0.0,
        to: 10.0,
        requests: 200,
        streams: 200,
        rps: rate,
        rate,
        flow: flow::Flow { rate: rate * CHUNKS, error: rate * CHUNKS * 0.01 },
        begun: 200,
        seconds: seconds(slots, n, rate),
        ttft: summary(FIRST + wait),
        icl: summary(0.01),
        headers: summary(0.001),
        e2e: summary(WHOLE + wait),
        chunks: CHUNKS,
        open: n,
        producing: n.min(slots) * REST / WHOLE,
        producing_peak: n.min(slots) as u32,
        cheap: vec![0.001; 20],
        ..Rung::default()
    }
}

fn doubling(slots: f64, most: u32) -> Vec<Rung> {
    std::iter::successors(Some(1u32), |users| users.checked_mul(2))
        .take_while(|users| *users <= most)
        .map(|users| pooled(slots, users))
        .collect()
}

proptest! {
    #[test]
    fn the_slots_of_a_pool_are_counted(slots in 1..200u32) {
        let rungs = doubling(f64::from(slots), slots * 8);
        let plateau = plateau(&rungs).unwrap();
        let counted = slots::slots(&rungs, &plateau).unwrap();
        prop_assert_eq!(counted.estimate, f64::from(slots));
        prop_assert!(counted.low <= counted.estimate && counted.estimate <= counted.high, "{counted:?}");
        let knee = plateau.knee.unwrap();
        prop_assert!((knee.estimate / f64::from(slots) - 1.0).abs() < 0.15, "{knee:?}");
        let cause = cause::cause(&rungs, &[], Some(&plateau), Some(counted));
        prop_assert_eq!(cause.kind, CauseKind::SlotPool);
        prop_assert!(cause.seen.contains(&format!("about {slots} stream")), "{}", cause.seen);
    }

    #[test]
    fn without_a_limit_none_is_reported(most in 4..500u32) {
        let rungs = doubling(1e6, most);
        prop_assert_eq!(plateau(&rungs), None);
        prop_assert_eq!(cause::cause(&rungs, &[], None, None).kind, CauseKind::NoneInRange);
    }
}

/// A rung that missed a criterion, with so many failures of its 200 streams.
fn missed(mut rung: Rung, failures: u64, kinds: FailureKinds) -> Rung {
    let margin = Some(Margin { holds: false, room: -0.1 });
    rung.criteria = vec![Judged {
        verdict: Verdict::Fail,
        of_streams: true,
        margin,
        faultless: false,
        load: None,
        among_failed: false,
    }];
    Rung { failures, failure_kinds: kinds, ..rung }
}

#[test]
fn failures_speak_where_the_service_gave_way_and_are_most_of_them() {
    let kinds =
        |limited, database, other| FailureKinds { limited, database, other, ..FailureKinds::default() };
    let locks = FailureKinds { locks: 20, ..FailureKinds::default() };
    let named = |failures: u64, kinds: FailureKinds| {
        let mut rungs = doubling(1e6, 16);
        rungs[4] = missed(rungs[4].clone(), failures, kinds);
        let cause = cause::cause(&rungs, &[], None, None);
        [vec![cause.kind], cause.or].concat()
    };
    let either = vec![CauseKind::RateLimit, CauseKind::ConcurrencyCap];
    assert_eq!(named(20, kinds(20, 0, 0)), either, "one rung cannot say which");
    assert_eq!(named(20, kinds(0, 20, 0)), [CauseKind::DatabaseConnections]);
    assert_eq!(named(20, locks), [CauseKind::DatabaseLocks]);
    assert_eq!(named(20, kinds(3, 0, 17)), [CauseKind::Slower], "most failed for another reason");
    assert_eq!(named(2, kinds(2, 0, 0)), [CauseKind::Slower], "one in a hundred is not why it missed");
}

/// A rung that turned away 60 of its 200 streams, and broke so many of the others.
fn turned_away(users: u32, broken: u64) -> Rung {
    let kinds = FailureKinds { turned_away: 60, other: broken, ..FailureKinds::default() };
    let mut rung = missed(pooled(10.0, users), 60 + broken, kinds);
    rung.ttft = pooled(10.0, 1).ttft;
    let counts =
        StreamCounts { completed: 140, failed: 60 + broken, textless: 60, ..StreamCounts::default() };
    let mut totals = StageTotals::default();
    totals.streams.counts = counts;
    Rung { totals: Arc::new(totals), ..rung }
}

#[test]
fn connections_that_are_not_taken_are_refusals_unless_the_service_broke() {
    let named = |broken: u64, at_first: u64| {
        let mut rungs = doubling(10.0, 8);
        rungs[0].failure_kinds.turned_away = at_first;
        rungs.extend([turned_away(16, broken), turned_away(32, broken)]);
        let cause = cause::cause(&rungs, &[], plateau(&rungs).as_ref(), None);
        [vec![cause.kind], cause.or].concat()
    };
    assert!(named(0, 0).contains(&CauseKind::ConcurrencyCap), "{:?}", named(0, 0));
    assert!(
        !named(20, 0).contains(&CauseKind::ConcurrencyCap),
        "it broke what it had let in: {:?}",
        named(20, 0)
    );
    assert!(!named(0, 20).contains(&CauseKind::ConcurrencyCap), "with one user too: {:?}", named(0, 20));
}

#[test]
fn a_large_share_of_a_small_growth_is_no_wait() {
    // All that streams take longer passes before their first token: a millisecond.
    let mut rungs = doubling(10.0, 64);
    for rung in &mut rungs {
        rung.ttft.mean = FIRST + f64::from(rung.users) * 1e-5;
        rung.ttft.p50 = rung.ttft.mean;
    }
    let last = rungs.pop().unwrap();
    rungs.push(missed(last, 0, FailureKinds::default()));
    let plateau = plateau(&rungs);
    assert!(plateau.is_some());
    let cause = cause::cause(&rungs, &[], plateau.as_ref(), None);
    assert_eq!(cause.kind, CauseKind::Unsure, "{}", cause.seen);
}

#[test]
fn what_only_requests_beside_the_streams_missed_is_not_explained_by_what_holds_up_streams() {
    let named = |of_streams: bool| {
        let mut rungs = doubling(10.0, 64);
        for rung in &mut rungs[5..] {
            *rung = missed(rung.clone(), 0, FailureKinds::default());
            rung.criteria[0].of_streams = of_streams;
        }
        cause::cause(&rungs, &[], plateau(&rungs).as_ref(), None)
    };
    assert_eq!(named(true).kind, CauseKind::SlotPool);
    let beside = named(false);
    assert_eq!(beside.kind, CauseKind::Unsure, "{}", beside.seen);
    assert!(beside.seen.contains("which is of requests beside the streams"), "{}", beside.seen);
}

#[test]
fn a_pool_that_sheds_load_far_beyond_its_knee_is_a_pool() {
    let mut rungs = doubling(10.0, 64);
    for rung in &mut rungs[4..] {
        *rung = missed(rung.clone(), 0, FailureKinds::default());
    }
    rungs[6].failures = 50;
    rungs[6].failure_kinds.limited = 50;
    let plateau = plateau(&rungs);
    let cause = cause::cause(&rungs, &[], plateau.as_ref(), None);
    assert_eq!(cause.kind, CauseKind::SlotPool, "{}", cause.seen);
}

#[test]
fn throughput_that_falls_is_no_plateau() {
    // Finding 8: rungs on the linear part had the throughput of the collapsed top.
    let throughput = [2.0, 4.0, 8.0, 16.0, 28.0, 30.0, 9.0];
    let rungs: Vec<Rung> = (0..)
        .zip(throughput)
        .map(|(power, rate)| Rung {
            flow: flow::Flow { rate: rate * CHUNKS, error: 0.2 },
            ..pooled(1e6, 1 << power)
        })
        .collect();
    assert_eq!(plateau(&rungs), None);
    let fall = plateau::fall(&rungs).unwrap();
    assert_eq!((fall.best.0, fall.last.0), (32, 64));
    assert_eq!(cause::cause(&rungs, &[], None, None).kind, CauseKind::Collapse);
    assert_eq!(plateau::fall(&rungs[..6]), None);
}

#[test]
fn one_rung_that_lost_a_little_is_no_collapse() {
    // llama.cpp with four slots, beside a compiler while 18 users were measured.
    let top = |share: f64| {
        let mut rungs = doubling(4.0, 32);
        let last = rungs.last_mut().unwrap();
        last.flow.rate *= share;
        rungs
    };
    let kept = |rungs: &[Rung]| plateau::without_dip(rungs).len();
    assert_eq!((kept(&top(0.8)), kept(&top(0.6)), kept(&top(1.0))), (5, 6, 6));
    let rungs = top(0.8);
    assert!(plateau(plateau::without_dip(&rungs)).is_some() && plateau(&rungs).is_none());
    let mut falling = top(0.8);
    falling[4].flow.rate *= 0.8;
    assert_eq!(kept(&falling), 6, "two rungs in a row");
}

#[test]
fn answers_that_arrive_whole_are_buffered() {
    let late = |mut rung: Rung| {
        (rung.ttft, rung.icl) = (rung.e2e, TimeSummary { count: 1, ..TimeSummary::default() });
        rung
    };
    let whole: Vec<Rung> = doubling(1e6, 16).into_iter().map(late).collect();
    assert_eq!(cause::cause(&whole, &[], None, None).kind, CauseKind::BufferingProxy);
}

#[test]
fn every_cause_has_its_words() {
    for advice in cause::ADVICE {
        for text in [advice.means, advice.change, advice.mistaken_for] {
            assert!(text.ends_with('.'), "a full sentence: {text}");
        }
    }
}

#[test]
fn a_generator_that_gives_out_is_no_evidence_of_the_service() {
    let [valid, spoiled] = [doubling(1e6, 8), vec![pooled(1e6, 16)]];
    assert_eq!(cause::cause(&valid, &spoiled, None, None).kind, CauseKind::Generator);
    assert_eq!(cause::cause(&[], &spoiled, None, None).kind, CauseKind::Generator);
    assert_eq!(cause::cause(&valid[..1], &[], None, None).kind, CauseKind::Unsure, "one rung proves nothing");
}

/// A rung whose only criterion has this verdict and this much room.
fn judged(users: u32, verdict: Verdict, room: f64) -> Rung {
    Rung {
        criteria: vec![Judged {
            verdict,
            of_streams: true,
            margin: Some(Margin { holds: room >= 0.0, room }),
            faultless: false,
            load: None,
            among_failed: false,
        }],
        ..pooled(10.0, users)
    }
}

#[test]
fn the_users_lie_between_a_pass_and_a_fail() {
    use Verdict::{Fail, Pass, Undetermined};
    let rule = crate::threshold::parse("ttft.p95<3s").unwrap();
    let endpoints = common::api::Api::default().endpoints();
    let shape = common::shape::Shape::builtin("staged").unwrap();
    let context =
        crate::threshold::ThresholdContext { shape: &shape, endpoints: &endpoints, no_streams: None };
    let criteria = [crate::threshold::resolve(&rule, &context).unwrap()];
    let judge = |rungs: &[Rung]| limit(rungs, &criteria);

    let found = judge(&[judged(8, Pass, 0.05), judged(12, Undetermined, 0.01), judged(16, Fail, -0.04)]);
    assert_eq!((found.verdict, found.low, found.high), (UserVerdict::Found, 8, Some(16)));
    assert!((found.point.unwrap() - 12.8).abs() < 1e-9, "0.01 of room at 12, -0.04 at 16");
    assert_eq!(found.failed_first.as_deref(), Some("ttft.p95<3s"));

    let none = judge(&[judged(1, Pass, 0.05), judged(2, Pass, 0.05)]);
    assert_eq!(
        (none.verdict, none.low, none.high, none.point),
        (UserVerdict::NoFailureInRange, 2, None, None)
    );
    let first = judge(&[judged(1, Fail, -0.1), judged(2, Fail, -0.2)]);
    assert_eq!((first.verdict, first.low, first.high), (UserVerdict::FailsAtFirst, 0, Some(1)));
    let contradicted = judge(&[judged(1, Pass, 0.1), judged(2, Fail, -0.1), judged(4, Pass, 0.1)]);
    assert_eq!(
        (contradicted.verdict, contradicted.low, contradicted.high),
        (UserVerdict::Undetermined, 1, None),
        "what more users keep to is no bound"
    );
    let twice = judge(&[judged(2, Fail, -0.1), judged(4, Pass, 0.1), judged(8, Fail, -0.2)]);
    assert_eq!((twice.verdict, twice.low, twice.high), (UserVerdict::Undetermined, 0, Some(8)));
    assert_eq!(judge(&[judged(1, Undetermined, 0.01)]).verdict, UserVerdict::Undetermined);
}

#[test]
fn what_was_missed_outweighs_what_is_undetermined() {
    let row = |verdict, text: &str| (verdict, text.to_owned());
    let reasons = [
        row(Verdict::Pass, "a"),
        row(Verdict::Undetermined, "b"),
        row(Verdict::Fail, "c"),
        row(Verdict::Fail, "d"),
    ];
    assert_eq!(most_telling(&reasons).as_deref(), Some("c"));
    assert_eq!(most_telling(&reasons[..2]).as_deref(), Some("b"));
    assert_eq!(most_telling(&reasons[..1]), None);
}

/// What was found: so many users and this cause, and nothing else.
fn findings<'a>(users: &'a UserLimit, cause: &'a Cause) -> rows::Findings<'a> {
    rows::Findings {
        users,
        invalid_beyond: None,
        plateau: None,
        slots: None,
        cause,
        broken: None,
        endpoint: None,
        changed: None,
        gone: None,
        unmeasured: None,
        missed_by_failures: false,
        shorter: None,
        contradiction: None,
        cut: None,
        inside: None,
        outdated: &[],
        carried: false,
    }
}

#[test]
fn an_answer_says_what_is_known_and_no_more() {
    let users = |low, high| UserLimit { low, high, ..UserLimit::default() };
    let cause = Cause { kind: CauseKind::Unsure, ..Cause::default() };
    let first = |users: &UserLimit, invalid_beyond| {
        let findings = rows::Findings { invalid_beyond, ..findings(users, &cause) };
        text::headline("p95<1s", &findings).remove(0)
    };
    let table = [
        (0, None, "How many users the service holds within p95<1s is undetermined by these rungs."),
        (
            0,
            Some(48),
            "The service does not hold 48 users within p95<1s; how many fewer it holds is too close to tell: measure \
             longer.",
        ),
        (
            8,
            None,
            "The service holds at least 8 users within p95<1s; whether it holds more is too close to tell.",
        ),
        (
            8,
            Some(48),
            "The service holds at least 8 users within p95<1s, and fewer than 48; what lies between is too close to \
             tell.",
        ),
    ];
    for (low, high, sentence) in table {
        assert_eq!(first(&users(low, high), None), sentence);
    }

    let held = UserLimit { verdict: UserVerdict::NoFailureInRange, ..users(8, None) };
    assert_eq!(first(&held, None), "The service holds 8 users within p95<1s, the most that were tried.");
    assert_eq!(
        first(&held, Some(16)),
        "The service holds at least 8 users within p95<1s; with 16 the load generator itself was the limit, so give it \
         more cores or workers to tell more."
    );
}
