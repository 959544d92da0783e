//! How fast users go on: their think time, and how many turns they take in one thread.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::distribution::{Distribution, DistributionError};

/// Nobody thinks longer.
const LONGEST: Duration = Duration::from_secs(24 * 3600);
/// Most turns in one thread.
const MOST_TURNS: u32 = 10_000;

/// The pause between two steps of a user, 0 to 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Think(Distribution<Duration>);

/// How many turns a session has, or how many steps are made in one thread, 1 to 10,000; written `4` or as a
/// distribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "WrittenTurns", into = "String")]
pub struct Turns(Distribution<u32>);

/// What is no pace.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PaceError {
    /// No think time.
    #[error("{0}; 0 for none")]
    Think(DistributionError),
    /// Pauses of days.
    #[error("users think at most 24h; write a shorter time")]
    Long,
    /// No number of turns.
    #[error("`{0}` is no number of turns; write one such as 4, 2..5 or geometric:4, from 1 to {MOST_TURNS}")]
    Turns(String),
    /// A range that runs backwards.
    #[error(transparent)]
    Order(DistributionError),
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a number of turns such as 4, or \"2..5\"")]
enum WrittenTurns {
    Number(u32),
    Text(String),
}

impl Think {
    /// The same pause each time.
    pub const fn fixed(time: Duration) -> Think {
        Think(Distribution::Fixed(time))
    }

    /// The pause that one draw of 64 random bits makes.
    #[inline]
    pub fn sample(&self, draw: u64) -> Duration {
        self.0.sample(draw).min(LONGEST)
    }

    /// As a report says it.
    pub fn said(&self) -> String {
        self.0.said()
    }

    /// The shortest and the longest, where both are stated.
    pub fn ends(&self) -> Option<(Duration, Duration)> {
        match self.0 {
            Distribution::Fixed(time) => Some((time, time)),
            Distribution::Uniform { least, most } => Some((least, most)),
            _ => None,
        }
    }
}

impl Default for Think {
    fn default() -> Think {
        Think(Distribution::Uniform { least: Duration::from_millis(500), most: Duration::from_millis(1500) })
    }
}

impl Turns {
    /// A single one.
    pub const ONE: Turns = Turns(Distribution::Fixed(1));

    /// So many, each number as often.
    pub(super) const fn evenly(least: u32, most: u32) -> Turns {
        Turns(Distribution::Uniform { least, most })
    }

    /// As a report says it.
    pub fn said(&self) -> String {
        self.0.said()
    }

    /// The number that one draw of 64 random bits makes.
    #[inline]
    pub fn sample(&self, draw: u64) -> u32 {
        self.0.sample(draw).clamp(1, MOST_TURNS)
    }
}

impl FromStr for Think {
    type Err = PaceError;

    fn from_str(text: &str) -> Result<Think, PaceError> {
        let think: Distribution<Duration> = text.parse().map_err(PaceError::Think)?;
        if think.is_within(Duration::ZERO, LONGEST) { Ok(Think(think)) } else { Err(PaceError::Long) }
    }
}

impl FromStr for Turns {
    type Err = PaceError;

    fn from_str(text: &str) -> Result<Turns, PaceError> {
        let shown = || text.chars().filter(|c| !c.is_control()).take(40).collect();
        match text.parse::<Distribution<u32>>() {
            Ok(turns) if turns.is_within(1, MOST_TURNS) => Ok(Turns(turns)),
            Err(order @ DistributionError::Order(_)) => Err(PaceError::Order(order)),
            Ok(_) | Err(_) => Err(PaceError::Turns(shown())),
        }
    }
}

impl TryFrom<String> for Think {
    type Error = PaceError;

    fn try_from(text: String) -> Result<Think, PaceError> {
        text.parse()
    }
}

impl TryFrom<WrittenTurns> for Turns {
    type Error = PaceError;

    fn try_from(written: WrittenTurns) -> Result<Turns, PaceError> {
        match written {
            WrittenTurns::Number(number) => number.to_string().parse(),
            WrittenTurns::Text(text) => text.parse(),
        }
    }
}

impl From<Think> for String {
    fn from(think: Think) -> String {
        think.0.written()
    }
}

impl From<Turns> for String {
    fn from(turns: Turns) -> String {
        turns.0.written()
    }
}

impl fmt::Display for Think {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Turns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_pace_is_a_distribution_within_bounds() {
        for text in ["0s", "500ms..2s", "lognormal:2s,0.5"] {
            assert_eq!(text.parse::<Think>().unwrap().to_string(), text);
        }
        for text in ["1", "5..15", "geometric:4"] {
            assert_eq!(text.parse::<Turns>().unwrap().to_string(), text);
        }
        assert_eq!("0".parse(), Ok(Think::fixed(Duration::ZERO)));
        assert_eq!("500ms..1500ms".parse(), Ok(Think::default()));
        let think = |text: &str| text.parse::<Think>().unwrap_err().to_string();
        assert!(think("2s..1s").contains("the least is above the greatest"));
        assert!(think("a").contains("write 2s, 500ms..1500ms, lognormal"));
        assert!(think("25h").contains("at most 24h"));
        let order = "5..2".parse::<Turns>().unwrap_err().to_string();
        assert_eq!(order, "in `5..2` the least is above the greatest; write LEAST..GREATEST");
        for bad in ["0", "", "0..3", "10001", "a", "geometric:0.5"] {
            let error = bad.parse::<Turns>().unwrap_err().to_string();
            assert!(error.contains("is no number of turns"), "{bad}: {error}");
        }
    }

    #[test]
    fn nothing_lasts_for_ever() {
        assert_eq!("lognormal:24h,5".parse::<Think>().unwrap().sample(u64::MAX), LONGEST);
        assert_eq!("lognormal:10000,5".parse::<Turns>().unwrap().sample(u64::MAX), MOST_TURNS);
        assert_eq!("lognormal:1,5".parse::<Turns>().unwrap().sample(0), 1);
    }

    #[test]
    fn the_usual_think_time_is_what_it_always_was() {
        let times: Vec<_> = [0, 1 << 62, 3 << 62, u64::MAX]
            .iter()
            .map(|draw| Think::default().sample(*draw).as_nanos())
            .collect();
        assert_eq!(times, [500_000_000, 750_000_000, 1_250_000_000, 1_500_000_000]);
    }

    proptest! {
        #[test]
        fn draws_have_the_stated_mean_and_spread(median_ms in 100..5_000_u64, sigma in 100..900_u32, seed: u64) {
            const COUNT: u64 = 20_000;
            let think: Think =
                format!("lognormal:{median_ms}ms,{}", f64::from(sigma) / 1000.0).parse().unwrap();
            let logs = (0..COUNT).map(|n| think.sample(crate::mix::mix(seed.wrapping_add(n))).as_secs_f64().ln());
            let logs: Vec<f64> = logs.collect();
            let mean = logs.iter().sum::<f64>() / COUNT as f64;
            let spread = (logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>() / COUNT as f64).sqrt();
            let (median, sigma) = ((median_ms as f64 / 1000.0).ln(), f64::from(sigma) / 1000.0);
            // Five standard errors of each.
            prop_assert!((mean - median).abs() < 5.0 * sigma / (COUNT as f64).sqrt(), "{mean} {median}");
            prop_assert!((spread / sigma - 1.0).abs() < 5.0 / (2.0 * COUNT as f64).sqrt(), "{spread} {sigma}");
        }

        #[test]
        fn turns_are_spread_evenly(least in 1..20_u32, more in 1..20_u32, seed: u64) {
            const COUNT: u64 = 20_000;
            let turns = Turns::evenly(least, least + more);
            let all = (0..COUNT).map(|n| turns.sample(crate::mix::mix(seed.wrapping_add(n))));
            let sum: u64 = all.map(u64::from).sum();
            let (mean, wanted) = (sum as f64 / COUNT as f64, f64::from(2 * least + more) / 2.0);
            let deviation = ((f64::from(more) + 1.0).powi(2) / 12.0).sqrt();
            prop_assert!((mean - wanted).abs() < 5.0 * deviation / (COUNT as f64).sqrt(), "{mean} {wanted}");
        }
    }
}
