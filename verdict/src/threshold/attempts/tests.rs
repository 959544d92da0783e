//! Tables worked out by hand, and how often the interval holds the truth.

use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::*;

fn attempts(good: &[u64], failed: u64, waiting: &[u64]) -> Attempts {
    let all: Histogram = good.iter().copied().collect();
    Attempts::new(&all, &Histogram::default(), failed).waiting(&waiting.iter().copied().collect())
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

#[test]
fn the_curve_is_that_of_a_table_worked_out_by_hand() {
    // Ended at 6 (three), 7, 10, 13, 16, 22, 23; waiting at 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35: the
    // 6-mercaptopurine arm of Freireich et al. (1963), whose table is in every book on survival.
    let good = [6, 6, 6, 7, 10, 13, 16, 22, 23];
    let waiting = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35];
    let sample = attempts(&good, 0, &waiting);
    let beyond = [
        (6.0, 0.857),
        (7.0, 0.807),
        (10.0, 0.753),
        (13.0, 0.690),
        (16.0, 0.627),
        (22.0, 0.538),
        (23.0, 0.448),
    ];
    for (at, expected) in beyond {
        let share = sample.share_within(at).unwrap();
        assert!((1.0 - share - expected).abs() < 6e-4, "{at}: {share}");
    }
    assert_eq!(sample.quantile(0.5), Some(23.0));
    // Greenwood's standard error at 10 is 0.0963, at 23 0.1346.
    for (at, error) in [(10.0, 0.0963), (23.0, 0.1346)] {
        let steps = sample.at_risk_for_ever();
        let step = steps.iter().rev().find(|step| step.at == at && step.share > 0.0).unwrap();
        let seen = (step.share * (1.0 - step.share) / step.samples).sqrt();
        assert!(seen >= error - 2e-4 && seen < error * 1.25, "{at}: {seen}");
    }
}

#[test]
fn a_failed_attempt_meets_no_bound() {
    let sample = attempts(&[10, 20, 30, 40, 50, 60], 4, &[]);
    assert_eq!((sample.count(), sample.good(), sample.failed()), (10, 6, 4));
    assert!(near(sample.share_within(60.0).unwrap(), 0.6) && near(sample.share_within(1e12).unwrap(), 0.6));
    assert_eq!(sample.quantile(0.5), Some(50.0));
    assert_eq!(sample.quantile(0.7), Some(f64::INFINITY));
    assert_eq!(sample.max(), Some(f64::INFINITY));
    assert_eq!(sample.mean(), Some(35.0));
}

#[test]
fn those_that_failed_are_taken_out_by_their_times_or_from_the_fastest() {
    let all = Histogram::from_iter([10, 10, 20, 30]);
    let sample = Attempts::new(&all, &Histogram::from_iter([10, 30]), 1);
    assert_eq!((sample.good(), sample.failed(), sample.mean()), (2, 3, Some(15.0)));
    let sample = Attempts::new(&all, &Histogram::default(), 3).without_fastest(3);
    assert_eq!(
        (sample.good(), sample.share_within(29.0), sample.share_within(30.0)),
        (1, Some(0.0), Some(0.25))
    );
}

#[test]
fn one_that_has_waited_longer_than_the_bound_has_missed_it_now() {
    // 100 quick ones, 100 that wait for a second already, and 100 that began just now.
    let sample = attempts(&[100; 100], 0, &[[1000; 100], [1; 100]].concat());
    let within = sample.share_within(500.0).unwrap();
    assert!(near(within, 0.5), "the newest say nothing: {within}");
    let interval = sample.quantile_interval(0.95, Confidence::REPORT);
    assert!(interval.low >= 1000.0 && interval.high.is_infinite(), "{interval:?}");
    // Younger than the bound: nothing is known of them.
    let young = attempts(&[], 0, &[400; 100]).quantile_interval(0.95, Confidence::REPORT);
    assert!(young.low <= 400.0 && young.high.is_infinite(), "{young:?}");
}

#[test]
fn a_few_fast_refusals_do_not_grow_into_a_share() {
    // Three refused at once, all others wait for answers of ten seconds.
    let sample = attempts(&[], 3, &[1_000_000; 97]);
    assert!(sample.quantile_interval(0.95, Confidence::REPORT).low <= 1_000_000.0);
    // One in four refused is too much for a 95th percentile, whatever becomes of the rest.
    let sample = attempts(&[100_000; 600], 400, &[50_000; 600]);
    let interval = sample.quantile_interval(0.95, Confidence::REPORT);
    assert!(interval.low >= 99_000.0 && interval.high.is_infinite(), "{interval:?}");
}

#[test]
fn few_left_at_risk_say_little_of_the_far_end() {
    // One good, one failed, a thousand that wait: the failed one does not speak for them.
    let sample = attempts(&[500_000], 1, &[1_000_000; 1000]);
    let interval = sample.quantile_interval(0.5, Confidence::REPORT);
    assert!((900_000.0..1_000_001.0).contains(&interval.low), "{interval:?}");
}

#[test]
fn those_in_progress_are_taken_for_fast_ones_at_best() {
    let seen = attempts(&[1000; 100], 50, &[]);
    assert!(seen.quantile_interval(0.9, Confidence::REPORT).low.is_infinite());
    let open = seen.clone().open(2000).quantile_interval(0.9, Confidence::REPORT);
    assert!(open.low <= 1000.0 && open.high.is_infinite(), "{open:?}");
}

/// Streams of exponential times with a mean of 100 ms, begun over a second, looked at when it is over; one in
/// `fail_in` fails at once.
fn run(random: &mut StdRng, count: usize, fail_in: u64) -> Attempts {
    let (mut good, mut failed, mut waiting) = (Vec::new(), 0, Vec::new());
    for _ in 0..count {
        let age = random.random::<f64>() * 300_000.0;
        let time = -100_000.0 * (1.0 - random.random::<f64>()).ln();
        if fail_in > 0 && random.random::<f64>() * (fail_in as f64) < 1.0 {
            failed += 1;
        } else if time <= age {
            good.push(time as u64);
        } else {
            waiting.push(age as u64);
        }
    }
    attempts(&good, failed, &waiting)
}

#[test]
fn the_interval_holds_the_truth_as_often_as_it_says() {
    for (count, share, fail_in) in [(100, 0.5, 0), (400, 0.7, 0), (200, 0.5, 5), (1000, 0.8, 20)] {
        let good = if fail_in > 0 { 1.0 - 1.0 / fail_in as f64 } else { 1.0 };
        let truth = -100_000.0 * f64::ln(1.0 - share / good);
        let held = (0..1000).filter(|seed| {
            let sample = run(&mut StdRng::seed_from_u64(*seed), count, fail_in);
            let interval = sample.quantile_interval(share, Confidence::REPORT);
            interval.low <= truth && truth <= interval.high
        });
        let held = held.count();
        assert!(
            (925..=1000).contains(&held),
            "{count} streams, {share}, {fail_in}: held {held} of 1000 times"
        );
    }
}
