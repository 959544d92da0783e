//! Causes that the medians do not show: pauses of everything, stalls of a few chunks, a slow replica.

use common::stats::Metric;

use super::*;

/// The gap between chunks of [`pooled`], and how long everything stands still, microseconds.
const GAP: u64 = 10_000;
const STOP: u64 = 300_000;

/// A rung with these times in its totals, and the figures that follow from them.
fn timed(rung: Rung, metric: Metric, times: &[(u64, u64)]) -> Rung {
    let mut totals: StageTotals = (*rung.totals).clone();
    let histogram = &mut totals.streams.metrics[metric as usize];
    for (us, count) in times {
        (0..*count).for_each(|_| histogram.record(*us));
    }
    let summary = TimeSummary::of(histogram);
    let rung = Rung { totals: Arc::new(totals), ..rung };
    match metric {
        Metric::Icl => Rung { icl: summary, ..rung },
        _ => Rung { ttft: summary, ..rung },
    }
}

/// A rung whose streams have so many late gaps each, and the canary as many of twenty answers.
fn held_up(users: u32, late: u64, cheap: usize) -> Rung {
    let streams = u64::from(users);
    let gaps = [(GAP, streams * 900), (GAP + STOP, streams * late)];
    let mut rung = timed(pooled(1e6, users), Metric::Icl, &gaps);
    rung.cheap[20 - cheap..].fill(0.15);
    rung
}

fn last_missed(mut rungs: Vec<Rung>) -> Vec<Rung> {
    let last = rungs.pop().unwrap();
    rungs.push(missed(last, 0, FailureKinds::default()));
    rungs
}

fn named(rungs: &[Rung]) -> Cause {
    cause::cause(rungs, &[], plateau(rungs).as_ref(), None)
}

#[test]
fn streams_and_cheap_requests_that_stand_still_together_at_every_load_are_pauses() {
    let paused = |late, cheap| last_missed([4, 8, 16].map(|users| held_up(users, late, cheap)).into());
    let cause = named(&paused(6, 3));
    assert_eq!(cause.kind, CauseKind::Pauses, "{}", cause.seen);
    assert!(cause.seen.contains("3 of 20 cheap requests were held up as well"), "{}", cause.seen);
    assert!(cause.seen.contains("300 ms at a time"), "{}", cause.seen);
    // The first rung misses already: pauses know nothing of users.
    let mut at_once = paused(6, 3);
    at_once[0] = missed(at_once[0].clone(), 0, FailureKinds::default());
    assert_eq!(named(&at_once).kind, CauseKind::Pauses);
    assert_eq!(named(&paused(6, 0)).kind, CauseKind::Slower, "cheap requests go on: it is not the process");
    assert_eq!(named(&paused(0, 3)).kind, CauseKind::Slower, "streams go on");
}

#[test]
fn few_gaps_that_grow_with_the_users_while_the_median_stays_are_stalls() {
    let stalling = |late: [u64; 3], cheap| {
        let rungs = [4, 8, 16].into_iter().zip(late);
        last_missed(rungs.map(|(users, late)| held_up(users, late, cheap)).collect())
    };
    let cause = named(&stalling([0, 1, 40], 0));
    assert_eq!(cause.kind, CauseKind::Stalls, "{}", cause.seen);
    assert!(
        cause.seen.contains("the median gap between chunks was 10 ms (10 ms with 4 users)"),
        "{}",
        cause.seen
    );
    assert_eq!(named(&stalling([0, 0, 5], 0)).kind, CauseKind::Slower, "the mean gap stays as well");
}

/// First tokens of which so many of a hundred are slow, each waiting for so long, microseconds.
fn grouped(users: u32, slow: u64, waits: u64) -> Rung {
    timed(pooled(10.0, users), Metric::Ttft, &[(30_000, 100 - slow), (waits, slow)])
}

#[test]
fn a_share_of_slow_first_tokens_that_stays_as_users_are_added_is_one_of_several() {
    // Half of the requests go to a replica that is full.
    let replicas: Vec<Rung> = [(4, 0), (8, 0), (16, 50), (32, 51), (64, 50)]
        .map(|(users, slow)| grouped(users, slow, u64::from(users) * 100_000))
        .into();
    let cause = named(&last_missed(replicas.clone()));
    assert_eq!(cause.kind, CauseKind::OneOfSeveral, "{}", cause.seen);
    assert!(cause.seen.contains("With 64 users 50 % of the first tokens took about 6.4 s"), "{}", cause.seen);
    // Users that stay with one replica ask the slow one less and less often.
    let sticky: Vec<Rung> =
        [(4, 0), (16, 45), (64, 15)].map(|(users, slow)| grouped(users, slow, 3_000_000)).into();
    assert_eq!(named(&last_missed(sticky)).kind, CauseKind::OneOfSeveral);
    // In one queue more and more wait, until all do.
    let in_step: Vec<Rung> = [(4, 0), (8, 0), (12, 20), (16, 45), (32, 100), (64, 100)]
        .map(|(users, slow)| grouped(users, slow, u64::from(users) * 100_000))
        .into();
    assert_ne!(named(&last_missed(in_step)).kind, CauseKind::OneOfSeveral);
    assert_ne!(named(&replicas).kind, CauseKind::OneOfSeveral, "nobody minds");
}

#[test]
fn what_holds_everybody_up_at_once_is_no_part_of_several() {
    // A quota that is used up: for half of the time nothing comes.
    let used_up = |users: u32| {
        let mut rung = grouped(users, 50, u64::from(users) * 100_000);
        for second in rung.seconds.iter_mut().skip(10) {
            (second.chunks, second.completed) = (0, 0);
        }
        rung
    };
    let rungs = [grouped(4, 0, 1), grouped(8, 0, 1), used_up(16), used_up(32), used_up(64)];
    assert_ne!(named(&last_missed(rungs.into())).kind, CauseKind::OneOfSeveral);
}

#[test]
fn a_criterion_that_some_miss_while_most_are_as_fast_as_ever_may_be_a_part_of_several() {
    let rungs = [(4, 0), (8, 0), (16, 50)].map(|(users, slow)| {
        timed(
            Rung { ttft: TimeSummary { count: 100, mean: 0.03, p50: 0.03, p95: 0.03 }, ..pooled(1e6, users) },
            Metric::Ttft,
            &[(30_000, 100 - slow), (3_000_000, slow)],
        )
    });
    let mut rungs = last_missed(rungs.into());
    rungs[2].ttft.p50 = 0.03;
    let cause = named(&rungs);
    assert_eq!(
        (cause.kind, &cause.or[..]),
        (CauseKind::Slower, &[CauseKind::OneOfSeveral][..]),
        "{}",
        cause.seen
    );
}

#[test]
fn a_pool_that_is_seldom_full_may_be_a_rate() {
    let mut rungs = doubling(10.0, 64);
    for rung in rungs.iter_mut().filter(|rung| rung.users > 10) {
        rung.producing = 1.0;
    }
    let cause = named(&last_missed(rungs));
    assert_eq!((cause.kind, &cause.or[..]), (CauseKind::SlotPool, &[CauseKind::AdmissionRate][..]));
}
