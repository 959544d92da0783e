//! The schedule against its definition.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::class::{ClassSet, UserClass};

fn plan(seed: u64, spacing: Spacing, legs: &[(u64, f64, f64)]) -> ArrivalPlan {
    let mut start_us = 0;
    let legs = legs.iter().map(|(ms, from, to)| {
        let leg =
            Leg { start_us, end_us: start_us + ms * 1000, from: *from, to: *to, classes: ClassSet::ALL };
        start_us = leg.end_us;
        leg
    });
    let path = RatePath::of(legs.collect()).unwrap();
    ArrivalPlan { path, spacing, unit: ArrivalUnit::Session, seed }
}

fn all(plan: &ArrivalPlan) -> Vec<Arrival> {
    plan.due().collect()
}

#[test]
fn rates_are_read_as_people_write_them() {
    let rate =
        |text: &str| text.parse::<ArrivalRate>().map(|rate| (rate.spacing, rate.per_s, rate.to_string()));
    let table = [
        ("5/s", Spacing::Poisson, 5.0, "5/s"),
        ("constant:5/s", Spacing::Constant, 5.0, "constant:5/s"),
        ("poisson: 0.5 / s", Spacing::Poisson, 0.5, "30/min"),
        ("90/min", Spacing::Poisson, 1.5, "90/min"),
        ("100/h", Spacing::Poisson, 100.0 / 3600.0, "100/h"),
        ("0/s", Spacing::Poisson, 0.0, "0/s"),
        ("1e3/s", Spacing::Poisson, 1000.0, "1000/s"),
    ];
    for (text, spacing, per_s, written) in table {
        assert_eq!(rate(text), Ok((spacing, per_s, written.to_owned())), "{text}");
        assert_eq!(rate(written).unwrap().2, written);
    }
}

#[test]
fn what_is_no_rate_says_how_to_write_one() {
    let table = [
        ("5", "`5` does not say in which time; write the rate as 5/s, 30/min or 100/h"),
        ("5/day", "`5/day` is of no time that is known here; write the rate as 5/s, 30/min or 100/h"),
        ("-1/s", "`-1/s` is no rate at which anybody can arrive; write one above 0 and up to 100000/s"),
        ("-0/s", "`-0/s` is no rate at which anybody can arrive; write one above 0 and up to 100000/s"),
        ("1e6/s", "`1e6/s` is no rate at which anybody can arrive; write one above 0 and up to 100000/s"),
        ("NaN/s", "`NaN/s` is no rate at which anybody can arrive; write one above 0 and up to 100000/s"),
        ("inf/s", "`inf/s` is no rate at which anybody can arrive; write one above 0 and up to 100000/s"),
        ("x/s", "`x/s` is no rate; write it as 5/s, 0.5/s, 30/min or 100/h"),
        ("", "`` is no rate; write it as 5/s, 0.5/s, 30/min or 100/h"),
        (
            "burst:5/s",
            "`burst:5/s` is no way of arriving; write 5/s for random (Poisson) arrivals, or constant:5/s",
        ),
    ];
    for (text, message) in table {
        assert_eq!(text.parse::<ArrivalRate>().unwrap_err().to_string(), message);
    }
    let long = format!("\x1b[1m{}", "9".repeat(500)).parse::<ArrivalRate>().unwrap_err().to_string();
    assert!(!long.contains(char::is_control) && long.chars().count() < 200, "{long}");
}

#[test]
fn a_seed_means_the_same_arrivals_in_every_release() {
    let plan = plan(7, Spacing::Poisson, &[(2_000, 5.0, 5.0)]);
    let shown: Vec<String> =
        all(&plan).iter().map(|arrival| format!("{} {}", arrival.at_us, arrival.class)).collect();
    assert_eq!(
        shown.join(", "),
        "22194 stream, 118996 crud, 224047 crud, 421440 crud, 444558 stream, 609919 crud, 615210 crud, \
         1123340 crud, 1130093 crud, 1278908 mixed, 1630893 crud, 1640853 crud, 1693574 mixed, 1983876 crud"
    );
}

#[test]
fn constant_arrivals_lie_in_the_middle_of_their_intervals() {
    let times: Vec<u64> =
        all(&plan(1, Spacing::Constant, &[(1_000, 4.0, 4.0)])).iter().map(|a| a.at_us).collect();
    assert_eq!(times, [125_000, 375_000, 625_000, 875_000]);
    assert_eq!(all(&plan(1, Spacing::Constant, &[(60_000, 5.0, 5.0)])).len(), 300);
    // 0 to 10/s within 10 s: 50 are expected, the k-th when t²/2 = k + 0.5.
    let ramp = all(&plan(1, Spacing::Constant, &[(10_000, 0.0, 10.0), (5_000, 0.0, 0.0), (1_000, 2.0, 2.0)]));
    assert_eq!(ramp.len(), 52);
    for (k, arrival) in ramp[..50].iter().enumerate() {
        let exact = (2.0 * (k as f64 + 0.5)).sqrt() * 1e6;
        assert!((arrival.at_us as f64 - exact).abs() <= 1.0, "{k}: {} for {exact}", arrival.at_us);
    }
    assert_eq!(ramp[50..].iter().map(|a| a.at_us).collect::<Vec<_>>(), [15_250_000, 15_750_000]);
}

#[test]
fn the_rate_is_known_at_every_moment() {
    let path = plan(1, Spacing::Poisson, &[(10_000, 0.0, 10.0), (5_000, 10.0, 10.0)]).path;
    let at = |seconds| path.rate(Duration::from_secs(seconds));
    assert_eq!([at(0), at(5), at(10), at(14), at(15)], [0.0, 5.0, 10.0, 10.0, 0.0]);
    assert_eq!(path.expected(), 100.0);
}

#[test]
fn a_path_that_makes_no_sense_is_none() {
    let leg = |start_us, end_us, from, to| Leg { start_us, end_us, from, to, classes: ClassSet::ALL };
    for legs in [
        vec![leg(1, 2, 1.0, 1.0)],
        vec![leg(0, 0, 1.0, 1.0)],
        vec![leg(0, 1, -1.0, 1.0)],
        vec![leg(0, 1, 1.0, f64::NAN)],
        vec![leg(0, 1, 1.0, 1.0), leg(2, 3, 1.0, 1.0)],
        vec![],
    ] {
        assert_eq!(RatePath::of(legs.clone()), None, "{legs:?}");
    }
}

proptest! {
    #[test]
    fn every_cut_into_windows_and_shares_is_the_same_schedule(
        seed: u64,
        legs in prop::collection::vec((1..3_000u64, 0.0..80.0f64, 0.0..80.0f64), 1..5),
        cuts in prop::collection::vec(1..40u32, 1..8),
        workers in prop::collection::vec(1..5u32, 1..8),
        is_constant: bool,
    ) {
        let plan = plan(seed, if is_constant { Spacing::Constant } else { Spacing::Poisson }, &legs);
        let whole = all(&plan);
        prop_assert!(whole.windows(2).all(|pair| pair[0].at_us <= pair[1].at_us));
        let end = plan.path.legs().last().unwrap().end_us;
        prop_assert!(whole.iter().all(|arrival| arrival.at_us < end));
        let (mut due, mut pieces, mut number) = (plan.due(), Vec::new(), 0);
        for (count, modulus) in cuts.iter().zip(&workers).cycle() {
            let (first, before) = (due.number(), due.before());
            let held = due.by_ref().take(*count as usize).count();
            number += 1;
            let window = Window { number, first, count: held as u32, before };
            for remainder in 0..*modulus {
                let share = Share { modulus: *modulus, remainder };
                let sent = crate::protocol::ArrivalWindow::from((&window, &share));
                let (window, share) = read_window(&sent).unwrap();
                let own: Vec<_> = plan.of_window(window, share).collect();
                prop_assert_eq!(own.len() as u64, share.count(&window));
                pieces.extend(own);
            }
            if held < *count as usize {
                break;
            }
        }
        pieces.sort_by_key(|arrival| arrival.number);
        prop_assert_eq!(pieces, whole);
    }

    #[test]
    fn a_plan_survives_the_wire(seed: u64, legs in prop::collection::vec((1..9_000u64, 0.0..9e4f64, 0.0..9e4f64), 1..5)) {
        let plan = plan(seed, Spacing::Poisson, &legs);
        let mut sent = crate::protocol::Arrivals::from(&plan);
        prop_assert_eq!(ArrivalPlan::try_from(&sent), Ok(plan));
        sent.legs[0].weights.clear();
        prop_assert_eq!(ArrivalPlan::try_from(&sent), Err(ArrivalPlanError));
    }
}

/// Anderson and Darling's statistic of `gaps` against the exponential distribution of mean 1, fully known.
fn anderson_darling(mut gaps: Vec<f64>) -> f64 {
    gaps.sort_by(f64::total_cmp);
    let n = gaps.len();
    let below = |gap: f64| (1.0 - (-gap).exp()).clamp(1e-300, 1.0 - 1e-16);
    let term = |i: usize| {
        let weight = (2 * i + 1) as f64;
        weight * (below(gaps[i]).ln() + (1.0 - below(gaps[n - 1 - i])).ln())
    };
    -(n as f64) - (0..n).map(term).sum::<f64>() / n as f64
}

/// The 5 % point of the statistic for a distribution of which nothing is estimated (Stephens 1974).
const FIVE_PERCENT: f64 = 2.492;

#[test]
fn the_gaps_of_a_poisson_schedule_are_exponential() {
    let is_exponential = |rate: f64, seed: u64| {
        let plan = plan(seed, Spacing::Poisson, &[(60_000, rate, rate)]);
        let mut before = 0;
        let gaps = all(&plan).into_iter().map(|arrival| {
            // Moments are whole microseconds: the logarithm of a gap of none is on average that of 1/e of one.
            let gap = ((arrival.at_us - before) as f64).max(1.0 / std::f64::consts::E) / 1e6 * rate;
            before = arrival.at_us;
            gap
        });
        anderson_darling(gaps.collect()) < FIVE_PERCENT
    };
    for rate in [100.0, 1000.0] {
        let passed = (0..20).filter(|seed| is_exponential(rate, *seed)).count();
        assert!(passed >= 18, "{passed} of 20 seeds at {rate}/s");
    }
}

#[test]
fn classes_come_by_weight_and_in_no_order() {
    let plan = plan(3, Spacing::Constant, &[(60_000, 100.0, 100.0)]);
    let count = |wanted| all(&plan).iter().filter(|arrival| arrival.class == wanted).count();
    let counts = UserClass::ALL.map(count);
    // Of 3000, 1000 and 2000; the seed is fixed, so are the draws.
    assert!(
        counts[0].abs_diff(3000) < 130 && counts[1].abs_diff(1000) < 100 && counts[2].abs_diff(2000) < 120,
        "{counts:?}"
    );
}
