//! Known values, and the share of simulated runs in which the interval holds the truth.

use rand::{RngExt, SeedableRng};

use super::*;

/// In how many of `runs` simulated runs the interval holds `truth`.
fn held(runs: u64, truth: f64, run: impl Fn(&mut rand::rngs::StdRng) -> ConfidenceInterval) -> u64 {
    let holds = |seed| {
        let interval = run(&mut rand::rngs::StdRng::seed_from_u64(seed));
        interval.low <= truth && truth <= interval.high
    };
    (0..runs).filter(|seed| holds(*seed)).count() as u64
}

/// An exponential value with a mean of 100 ms, whose p-quantile is −100 ms · ln(1 − p).
fn exponential(random: &mut rand::rngs::StdRng) -> u64 {
    (-100_000.0 * (1.0 - random.random::<f64>()).ln()) as u64
}

#[test]
fn ranks_are_those_of_the_tables() {
    // Conover, Practical Nonparametric Statistics: the exact binomial tails.
    let rows = [
        (100, 0.5, (Some(40), Some(61))),
        (20, 0.5, (Some(6), Some(15))),
        (10, 0.5, (Some(2), Some(9))),
        (5, 0.5, (None, None)),
        (1, 0.95, (None, None)),
        (0, 0.95, (None, None)),
    ];
    for (count, share, expected) in rows {
        assert_eq!(ranks(count, share, 0.025), expected, "{count} values, quantile {share}");
    }
}

#[test]
fn ranks_leave_no_more_than_the_tail_outside() {
    for (count, share) in [(50u64, 0.9), (500, 0.99), (1000, 0.5), (3000, 0.999), (7, 0.3)] {
        let probability = |from: u64, to: u64| -> f64 {
            let (first, weights) = binomial(count, share);
            let total: f64 = weights.iter().sum();
            (first..).zip(&weights).filter(|(k, _)| (from..=to).contains(k)).map(|(_, w)| w / total).sum()
        };
        let (low, high) = ranks(count, share, 0.025);
        if let Some(low) = low {
            assert!(probability(0, low - 1) <= 0.025, "{count} {share}: below {low}");
            assert!(probability(0, low) > 0.025, "{count} {share}: {low} is not the greatest rank");
        }
        if let Some(high) = high {
            assert!(probability(high, count) <= 0.025, "{count} {share}: above {high}");
            assert!(probability(high - 1, count) > 0.025, "{count} {share}: {high} is not the least rank");
        } else {
            assert!(share.powf(count as f64) > 0.025);
        }
    }
}

#[test]
fn the_fewest_samples_are_where_the_upper_rank_appears() {
    for share in [0.5, 0.9, 0.95, 0.99, 0.999] {
        let fewest = fewest(share, Confidence::REPORT);
        assert!(ranks(fewest, share, 0.025).1.is_some(), "{share} {fewest}");
        assert_eq!(ranks(fewest - 1, share, 0.025).1, None, "{share} {fewest}");
    }
    assert_eq!([0.95, 0.99].map(|share| fewest(share, Confidence::REPORT)), [72, 368]);
}

#[test]
fn a_thousand_million_samples_are_no_trouble() {
    let (low, high) = ranks(1_000_000_000, 0.99, 0.025);
    // 1.96 standard deviations of 3146 on either side.
    assert_eq!((low.map(|k| k / 1000), high.map(|k| k / 1000)), (Some(989_993), Some(990_006)));
}

#[test]
fn the_interval_of_a_percentile_holds_it_as_often_as_it_says() {
    for (count, share) in [(135, 0.95), (1000, 0.99), (60, 0.5), (400, 0.9)] {
        let truth = -100_000.0 * f64::ln(1.0 - share);
        let held = held(1000, truth, |random| {
            let values: Histogram = (0..count).map(|_| exponential(random)).collect();
            quantile(&values, share, Confidence::REPORT)
        });
        assert!((940..=1000).contains(&held), "{count} values, quantile {share}: held {held} of 1000 times");
    }
}

#[test]
fn the_interval_of_a_share_holds_it_as_often_as_it_says() {
    for (count, truth) in [(100, 0.05), (1000, 0.01), (60, 0.5), (2000, 0.99)] {
        let held = held(1000, truth, |random| {
            let part = (0..count).filter(|_| random.random::<f64>() < truth).count();
            share(part as u64, count, Confidence::REPORT)
        });
        assert!((925..=985).contains(&held), "{count} at {truth}: held {held} of 1000 times");
    }
}

#[test]
fn the_interval_of_a_rate_holds_it_as_often_as_it_says() {
    // 30 s of exponential gaps with a mean of 100 ms: 10 per second.
    let held = held(1000, 10.0, |random| {
        let mut clock = 0;
        let mut count = 0;
        loop {
            clock += exponential(random);
            if clock >= 30_000_000 {
                return rate(count, 30.0, Confidence::REPORT);
            }
            count += 1;
        }
    });
    assert!((925..=975).contains(&held), "held {held} of 1000 times");
}

#[test]
fn the_interval_of_a_mean_holds_it_as_often_as_it_says() {
    let held = held(1000, 100_000.0, |random| {
        mean(&(0..200).map(|_| exponential(random)).collect(), Confidence::REPORT)
    });
    assert!((920..=975).contains(&held), "held {held} of 1000 times");
}

#[test]
fn nothing_seen_is_no_limit() {
    let none = Histogram::default();
    let open = ConfidenceInterval { low: 0.0, high: f64::INFINITY };
    assert_eq!(quantile(&none, 0.95, Confidence::REPORT), open);
    assert_eq!(mean(&none, Confidence::REPORT), open);
    assert_eq!(rate(5, 0.0, Confidence::REPORT), open);
    assert_eq!(share(0, 0, Confidence::REPORT), ConfidenceInterval { low: 0.0, high: 1.0 });
    assert_eq!(share(0, 10, Confidence::REPORT).low, 0.0);
    assert_eq!(share(10, 10, Confidence::REPORT).high, 1.0);
}

#[test]
fn wilson_is_as_published() {
    // 81 of 263: the worked example of Newcombe 1998, table I.
    let interval = share(81, 263, Confidence::REPORT);
    assert!((interval.low - 0.2553).abs() < 5e-5 && (interval.high - 0.3662).abs() < 5e-5, "{interval:?}");
}

#[test]
fn the_manual_says_how_many_samples_a_threshold_takes() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/how-sure.md");
    let page = std::fs::read_to_string(page).unwrap();
    let table = page.split_once("| threshold on | samples |").unwrap().1.trim_start();
    let rows: Vec<(&str, u64)> = table
        .lines()
        .take_while(|line| line.starts_with('|'))
        .filter_map(|line| line.trim_matches(['|', ' ', '`']).split_once('`'))
        .map(|(measure, rest)| (measure, rest.rsplit(' ').next().unwrap().parse().unwrap()))
        .collect();
    assert_eq!(rows.len(), 8, "{rows:?}");
    for (measure, samples) in rows {
        let number = |text: &str| text.parse::<f64>().unwrap() / 100.0;
        match measure.strip_prefix("failures<").and_then(|bound| bound.strip_suffix('%')) {
            Some(bound) => {
                let passes = |whole| share(0, whole, Confidence::REPORT).high < number(bound);
                assert!(passes(samples) && !passes(samples - 1), "{measure}: {samples}");
            }
            None => {
                let level = number(measure.strip_prefix('p').unwrap());
                assert_eq!(fewest(level, Confidence::REPORT), samples, "{measure}");
            }
        }
    }
}
