//! Distributions against their closed forms.

use std::time::Duration;

use proptest::prelude::*;

use super::*;

/// Evenly spread draws: the mean of so many is that of the distribution but for what the last step holds.
fn draws(count: u64) -> impl Iterator<Item = u64> {
    (0..count).map(move |n| ((u128::from(n) * 2 + 1) * (1 << 63) / u128::from(count)) as u64)
}

fn mean<T: Quantity>(distribution: Distribution<T>) -> f64 {
    const COUNT: u64 = 20_000;
    draws(COUNT).map(|draw| distribution.sample(draw).to_f64()).sum::<f64>() / COUNT as f64
}

fn counts() -> impl Strategy<Value = Distribution<u32>> {
    prop_oneof![
        (1..100_000_u32).prop_map(Distribution::Fixed),
        (1..10_000_u32, 0..10_000_u32)
            .prop_map(|(least, more)| Distribution::Uniform { least, most: least + more }),
        (1..10_000_u32, 0..5_000_u32)
            .prop_map(|(median, sigma)| Distribution::LogNormal { median, sigma: Thousandths(sigma) }),
        (1_000..1_000_000_u32).prop_map(|mean| Distribution::Geometric { mean: Thousandths(mean) }),
    ]
}

fn times() -> impl Strategy<Value = Distribution<Duration>> {
    let time = || (0..10_000_000_u64).prop_map(Duration::from_micros);
    prop_oneof![
        time().prop_map(Distribution::Fixed),
        (time(), time()).prop_map(|(least, more)| Distribution::Uniform { least, most: least + more }),
        (time(), 0..5_000_u32)
            .prop_map(|(median, sigma)| Distribution::LogNormal { median, sigma: Thousandths(sigma) }),
    ]
}

proptest! {
    #[test]
    fn what_is_written_reads_back(counts in counts(), times in times()) {
        prop_assert_eq!(counts.to_string().parse(), Ok(counts));
        prop_assert_eq!(times.to_string().parse(), Ok(times));
    }

    #[test]
    fn a_value_lies_within_its_bounds_and_is_the_same_again(counts in counts(), times in times(), draw: u64) {
        let value = counts.sample(draw);
        prop_assert_eq!(value, counts.sample(draw));
        prop_assert!(value >= 1);
        if let Distribution::Uniform { least, most } = counts {
            prop_assert!((least..=most).contains(&value));
        }
        let time = times.sample(draw);
        if let Distribution::Uniform { least, most } = times {
            prop_assert!((least..=most).contains(&time));
        }
    }

    #[test]
    fn more_random_bits_are_never_less(counts in counts(), one: u64, other: u64) {
        let (low, high) = (one.min(other), one.max(other));
        let (at_low, at_high) = (counts.sample(low), counts.sample(high));
        match counts {
            Distribution::Geometric { .. } => prop_assert!(at_low >= at_high),
            _ => prop_assert!(at_low <= at_high),
        }
    }

    #[test]
    fn its_mean_is_that_of_the_closed_form(median in 50..5_000_u32, sigma in 0..1_000_u32, count in 1_000..30_000_u32) {
        let spread = Thousandths(sigma);
        let close = |seen: f64, wanted: f64| (seen / wanted - 1.0).abs() < 0.01;
        let words = Distribution::LogNormal { median, sigma: spread };
        prop_assert!(close(mean(words), words.mean()), "{} {}", mean(words), words.mean());
        let time = Distribution::LogNormal { median: Duration::from_millis(u64::from(median)), sigma: spread };
        prop_assert!(close(mean(time), time.mean()));
        let even = Distribution::Uniform { least: median, most: median + sigma };
        prop_assert!(close(mean(even), even.mean()));
        let turns = Distribution::<u32>::Geometric { mean: Thousandths(count) };
        prop_assert!(close(mean(turns), turns.mean()), "{} {}", mean(turns), turns.mean());
    }

    #[test]
    fn any_text_is_read_or_refused(text: String) {
        let _ = text.parse::<Distribution<u32>>();
        let _ = text.parse::<Distribution<Duration>>();
    }
}

#[test]
fn the_forms_are_read() {
    let sigma = Thousandths(800);
    for (text, expected) in [
        ("200", Distribution::Fixed(200)),
        (" fixed:200 ", Distribution::Fixed(200)),
        ("50..400", Distribution::Uniform { least: 50, most: 400 }),
        ("uniform:50 .. 400", Distribution::Uniform { least: 50, most: 400 }),
        ("lognormal:200,0.8", Distribution::LogNormal { median: 200, sigma }),
        ("lognormal: 200 , 0.80", Distribution::LogNormal { median: 200, sigma }),
        ("geometric:2.5", Distribution::Geometric { mean: Thousandths(2500) }),
    ] {
        assert_eq!(text.parse(), Ok(expected), "{text}");
    }
    let ms = Duration::from_millis;
    assert_eq!("2s".parse(), Ok(Distribution::Fixed(ms(2000))));
    assert_eq!("500ms..1500ms".parse(), Ok(Distribution::Uniform { least: ms(500), most: ms(1500) }));
    assert_eq!(
        "lognormal:5s,0.6".parse(),
        Ok(Distribution::LogNormal { median: ms(5000), sigma: Thousandths(600) })
    );
}

#[test]
fn what_is_none_is_refused_with_what_to_write() {
    let count = |text: &str| text.parse::<Distribution<u32>>().unwrap_err().to_string();
    for bad in ["", "a", "-1", "1.5", "..", "1..", "lognormal:5", "poisson:4", "fixed:1..2", "lognormal:a,1"]
    {
        assert!(count(bad).contains("is no distribution; write 200, 50..400"), "{bad}: {}", count(bad));
    }
    assert!(count("9..3").contains("the least is above the greatest"));
    for bad in ["lognormal:5,-1", "lognormal:5,5.001", "lognormal:5,x", "lognormal:5,0.0001", "lognormal:5,"]
    {
        assert!(count(bad).contains("sigma is no number from 0 to 5"), "{bad}");
    }
    for bad in ["geometric:0.9", "geometric:", "geometric:-3"] {
        assert!(count(bad).contains("the mean is no number from 1 on"), "{bad}");
    }
    let time = |text: &str| text.parse::<Distribution<Duration>>().unwrap_err().to_string();
    assert!(time("geometric:4").contains("write 2s, 500ms..1500ms"));
}

#[test]
fn a_draw_makes_the_same_value_in_every_release() {
    let values = |text: &str| {
        let distribution: Distribution<u32> = text.parse().unwrap();
        draws(5).map(|draw| distribution.sample(draw)).collect::<Vec<_>>()
    };
    assert_eq!(values("50..400"), [85, 155, 225, 295, 365]);
    assert_eq!(values("lognormal:200,0.8"), [72, 131, 200, 304, 558]);
    assert_eq!(values("geometric:4"), [9, 5, 3, 2, 1]);
    assert_eq!(values("geometric:1"), [1; 5]);
    assert_eq!(values("7"), [7; 5]);
}
