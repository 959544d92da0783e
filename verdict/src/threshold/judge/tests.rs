//! Verdicts on samples made for them.

use std::borrow::Cow;

use common::stats::{Histogram, Recorder};

use super::*;
use crate::threshold::parse;
use proptest::prelude::*;

fn values(values: impl IntoIterator<Item = u64>) -> Sample<'static> {
    let mut recorder = Recorder::default();
    values.into_iter().for_each(|value| recorder.record(value));
    let mut histogram = Histogram::default();
    histogram.merge(&recorder.drain());
    Sample::Values(Cow::Owned(histogram))
}

fn judged(expr: &str, sample: &Sample<'_>) -> Judgement {
    judge(&parse(expr).unwrap().threshold, &sample.clone().into(), &Validity::default(), Confidence::REPORT)
}

fn verdict(expr: &str, sample: &Sample<'_>) -> Verdict {
    judged(expr, sample).verdict
}

#[test]
fn a_percentile_is_judged_by_its_ranks() {
    // 1 ms to 100 ms: ranks 40 and 61 enclose the median.
    let sample = values((1..=100).map(|ms| ms * 1000));
    let rows = [
        ("p50<70ms", Verdict::Pass),
        ("p50<55ms", Verdict::Undetermined),
        ("p50<45ms", Verdict::Undetermined),
        ("p50<39ms", Verdict::Fail),
        ("p50>39ms", Verdict::Pass),
        ("p50>70ms", Verdict::Fail),
        ("p95<200ms", Verdict::Pass),
        // 100 samples cannot show what 99 % of them stay below, only what they exceed.
        ("p99<200ms", Verdict::Undetermined),
        ("p99<50ms", Verdict::Fail),
        ("max<99ms", Verdict::Fail),
        ("max<100ms", Verdict::Undetermined),
        ("max<=100ms", Verdict::Pass),
        ("avg<60ms", Verdict::Pass),
        ("avg<50ms", Verdict::Undetermined),
        ("avg<40ms", Verdict::Fail),
    ];
    for (expr, expected) in rows {
        assert_eq!(verdict(expr, &sample), expected, "{expr}");
    }
    let outcome = judged("p50<55ms", &sample);
    assert_eq!(
        (outcome.actual, outcome.samples),
        (Some(50_015.0), 100),
        "nearest rank, upper end of its bucket"
    );
    // Buckets of 40 ms and 61 ms, outward, and 50 µs that may be the generator's own.
    assert_eq!(outcome.interval, Some(ConfidenceInterval { low: 39_950.0, high: 61_023.0 }));
    assert_eq!(
        (outcome.own, judged("rps>1", &Sample::Rate { count: 9, failed: 0, seconds: 1.0 }).own),
        (Some(50.0), None)
    );
    let few = judged("p99<200ms", &sample).why.unwrap();
    assert_eq!(few, "too few samples to say what p99 is at most (it takes 368); measure longer");
}

#[test]
fn a_bound_on_the_very_end_of_the_interval_counts_as_the_operator_says() {
    let sample = values([2000; 100]); // exact: buckets below 2048 are one wide
    let rows = [
        ("p50<1950us", Verdict::Fail),
        ("p50<=1950us", Verdict::Undetermined),
        ("p50<2ms", Verdict::Undetermined),
        ("p50<=2ms", Verdict::Pass),
        ("p50>2ms", Verdict::Fail),
        ("p50>=2ms", Verdict::Undetermined),
        ("p50>1950us", Verdict::Undetermined),
        ("p50>=1950us", Verdict::Pass),
    ];
    for (expr, expected) in rows {
        assert_eq!(verdict(expr, &sample), expected, "{expr}");
    }
}

#[test]
fn a_share_is_judged_by_wilsons_interval() {
    let share = |part, whole| Sample::Share { part, whole, open: 0 };
    let rows = [
        ("failures<1%", share(0, 100), Verdict::Undetermined),
        ("failures<1%", share(0, 400), Verdict::Pass),
        ("failures<1%", share(4, 400), Verdict::Undetermined),
        ("failures<1%", share(20, 400), Verdict::Fail),
        ("complete>99%", share(1000, 1000), Verdict::Pass),
        ("complete>99%", share(980, 1000), Verdict::Fail),
        ("complete>99%", share(992, 1000), Verdict::Undetermined),
        // At the end of the range the run itself is meant, not what it was drawn from.
        ("failures<=0%", share(0, 1), Verdict::Pass),
        ("failures<=0%", share(1, 1_000_000), Verdict::Fail),
        ("complete>=100%", share(5, 5), Verdict::Pass),
        ("complete>=100%", share(4, 5), Verdict::Fail),
        ("failures>0%", share(1, 5), Verdict::Pass),
    ];
    for (expr, sample, expected) in rows {
        assert_eq!(verdict(expr, &sample), expected, "{expr} of {sample:?}");
    }
    assert_eq!(judged("failures<1%", &share(4, 400)).actual, Some(10_000.0), "millionths");
}

#[test]
fn a_rate_is_judged_by_its_count() {
    let rate = |count, seconds| Sample::Rate { count, failed: 0, seconds };
    let rows = [
        ("rps>100", rate(12_000, 60.0), Verdict::Pass),
        ("rps>100", rate(6_000, 60.0), Verdict::Undetermined),
        ("rps>100", rate(5_000, 60.0), Verdict::Fail),
        ("rps<100/s", rate(5_000, 60.0), Verdict::Pass),
    ];
    for (expr, sample, expected) in rows {
        assert_eq!(verdict(expr, &sample), expected, "{expr} of {sample:?}");
    }
}

#[test]
fn nothing_measured_is_no_verdict() {
    let nothing = [
        ("p95<1s", values([])),
        ("max<1s", values([])),
        ("failures<=0%", Sample::Share { part: 0, whole: 0, open: 0 }),
        ("rps<5", Sample::Rate { count: 0, failed: 0, seconds: 10.0 }),
        ("rps>5", Sample::Rate { count: 0, failed: 0, seconds: 0.0 }),
    ];
    for (expr, sample) in nothing {
        let outcome = judged(expr, &sample);
        assert_eq!((outcome.verdict, outcome.actual), (Verdict::Undetermined, None), "{expr}");
        assert_eq!(outcome.why.as_deref(), Some("nothing was measured there"));
    }
}

/// The verdict on 500 requests of 1 ms, 1 % of which failed, 50 a second.
fn verdict_with(expr: &str, validity: Validity) -> Verdict {
    let sample = match expr.split(['<', '>']).next() {
        Some("failures") => Sample::Share { part: 500, whole: 50_000, open: 0 },
        Some("rps") => Sample::Rate { count: 50_000, failed: 0, seconds: 1000.0 },
        _ => values([1000; 500]),
    };
    judge(&parse(expr).unwrap().threshold, &sample.into(), &validity, Confidence::REPORT).verdict
}

#[test]
fn an_invalid_run_is_not_called_passed() {
    let none = Validity::default();
    let late = Validity { lost: true, ..none };
    let few = Validity { below_target: true, ..none };
    let rows = [
        ("p95<2ms", none, Verdict::Pass),
        ("p95<2ms", late, Verdict::Undetermined),
        ("p95<500us", late, Verdict::Fail),
        ("failures<50%", late, Verdict::Undetermined),
        ("failures<0.5%", late, Verdict::Fail),
        ("p95<2ms", few, Verdict::Undetermined),
        ("p95<500us", few, Verdict::Fail),
        // A late generator sends less than it could.
        ("rps>60", late, Verdict::Undetermined),
        ("rps<40", late, Verdict::Fail),
        ("rps>60", none, Verdict::Fail),
    ];
    for (expr, with, expected) in rows {
        assert_eq!(verdict_with(expr, with), expected, "{expr} {with:?}");
    }
}

/// `good` requests of 1 ms, and `failed` more that failed as fast.
fn attempts(good: usize, failed: u64) -> Sample<'static> {
    let Sample::Values(times) = values(vec![1000; good]) else { unreachable!("values are values") };
    Sample::Attempts(crate::threshold::Attempts::new(&times, &Histogram::default(), failed))
}

#[test]
fn a_failed_request_meets_no_latency_bound() {
    let rows = [
        ("p95<1s", attempts(1000, 0), Verdict::Pass),
        ("p95<1s", attempts(1000, 10), Verdict::Pass),
        ("p95<1s", attempts(1000, 52), Verdict::Undetermined),
        ("p95<1s", attempts(1000, 100), Verdict::Fail),
        ("p50<1s", attempts(40, 60), Verdict::Undetermined),
        ("p50<1s", attempts(400, 600), Verdict::Fail),
        ("max<1s", attempts(1000, 1), Verdict::Fail),
        ("p50>500us", attempts(1000, 100), Verdict::Pass),
        ("p50>500us", attempts(400, 600), Verdict::Fail),
        ("avg<1s", attempts(1000, 1), Verdict::Pass),
    ];
    for (expr, sample, expected) in rows {
        assert_eq!(verdict(expr, &sample), expected, "{expr} {sample:?}");
    }
    let outcome = judged("p95<1s", &attempts(79, 21));
    assert_eq!((outcome.verdict, outcome.samples), (Verdict::Fail, 100));
    assert_eq!(outcome.why.as_deref(), Some("21 of 100 failed and count as missed"));
    let mean = judged("avg<1s", &attempts(79, 21)).why.unwrap();
    assert_eq!(mean, "21 of 100 failed and have no time: this is the mean of the others");
}

#[test]
fn nothing_passes_without_a_good_answer() {
    let refused = Sample::Rate { count: 0, failed: 9, seconds: 10.0 };
    for expr in ["p95<1s", "p50<1s", "max<1s", "avg<1s", "p50>1us", "ttft.p50<1s", "icl.p99<1s"] {
        for failed in [1, 5, 1000] {
            let outcome = judged(expr, &attempts(0, failed));
            assert_eq!(outcome.verdict, Verdict::Fail, "{expr} of {failed} refusals");
            assert!(outcome.why.unwrap().starts_with("no good answer was measured"), "{expr}");
        }
    }
    for expr in ["rps>5", "rps<5", "rps>=1"] {
        assert_eq!(verdict(expr, &refused), Verdict::Fail, "{expr}");
    }
    let all_failed = Sample::Share { part: 500, whole: 500, open: 0 };
    assert_eq!(verdict("failures<1%", &all_failed), Verdict::Fail);
    assert_eq!(verdict("failures<100%", &all_failed), Verdict::Fail);
    assert_eq!(verdict("failures>1%", &all_failed), Verdict::Undetermined);
    let none_complete = Sample::Share { part: 0, whole: 500, open: 0 };
    assert_eq!(verdict("complete<50%", &none_complete), Verdict::Undetermined);
    assert_eq!(verdict("complete>99%", &none_complete), Verdict::Fail);
}

#[test]
fn fast_failures_are_no_high_share_while_slow_answers_are_under_way() {
    let share = |part, whole, open| Sample::Share { part, whole, open };
    let rows = [
        ("failures<1%", share(30, 30, 0), Verdict::Fail),
        ("failures<1%", share(3, 30, 6000), Verdict::Undetermined),
        ("failures<1%", share(0, 400, 6000), Verdict::Pass),
        ("failures<1%", share(300, 300, 600), Verdict::Fail),
        ("failures<=0%", share(1, 30, 6000), Verdict::Fail),
        ("complete>99%", share(27, 30, 6000), Verdict::Undetermined),
        ("complete>99%", share(0, 300, 600), Verdict::Fail),
        ("complete>=100%", share(29, 30, 6000), Verdict::Fail),
    ];
    for (expr, sample, expected) in rows {
        assert_eq!(verdict(expr, &sample), expected, "{expr} of {sample:?}");
    }
}

/// Times as (least, truth, seen, most): where a time is unsure, it was seen as something between least and most.
fn known() -> impl Strategy<Value = Vec<[u64; 4]>> {
    let one = (0..40_000u64, 0..40_000u64, 0..40_000u64, 0..40_000u64, any::<bool>(), any::<bool>());
    prop::collection::vec(one, 1..400).prop_map(|all| {
        let known = all.into_iter().map(|(a, b, c, d, is_sure, is_late)| {
            let mut sorted = [a, b, c, d];
            sorted.sort_unstable();
            let [least, one, other, most] = sorted;
            match (is_sure, is_late) {
                // Up to the residue that no sample shows.
                (true, _) => [one, one, one + least % (SURE_US + 1), one + least % (SURE_US + 1)],
                (false, true) => [least, one, other, most],
                (false, false) => [least, other, one, most],
            }
        });
        known.collect()
    })
}

fn measured(known: &[[u64; 4]]) -> Measured<'static> {
    let side = |place: usize| values(known.iter().map(move |values| values[place]));
    Measured { seen: side(2), least: Some(side(0)), most: Some(side(3)) }
}

proptest! {
    #[test]
    fn no_verdict_is_given_that_the_truth_contradicts(known in known(), bound in 1..45_000u64) {
        // A sure sample is seen as the most that it may be, and its least is not recorded.
        let seen: Vec<_> = known.iter().map(|[least, truth, seen, most]| {
            if truth == least && seen == most { [*seen; 4] } else { [*least, *truth, *seen, *most] }
        }).collect();
        let truth = values(known.iter().map(|values| values[1]));
        for (figure, operator) in [("p50", "<"), ("p50", ">="), ("p95", "<="), ("p99", "<"), ("max", "<"), ("avg", "<="), ("avg", ">")] {
            let expr = format!("{figure}{operator}{bound}us");
            let threshold = parse(&expr).unwrap().threshold;
            let verdict = judge(&threshold, &measured(&seen), &Validity::default(), Confidence::REPORT).verdict;
            let holds = threshold.operator.holds(actual(&threshold, &truth).unwrap(), bound as f64);
            let close = actual(&threshold, &truth).unwrap();
            // A value is the upper end of its bucket: a thousandth above at most.
            prop_assert!(
                verdict == Verdict::Undetermined
                    || (verdict == Verdict::Pass) == holds
                    || (close - bound as f64).abs() <= close / 1000.0,
                "{expr} is {verdict:?}, and the truth is {close}"
            );
        }
    }
}
