//! People who leave before their answer is there.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::distribution::{Distribution, DistributionError};
use crate::text::number;

/// Parts of a whole share.
const MILLION: u32 = 1_000_000;
/// Nobody is more patient: longer than any stream may take.
const MOST_PATIENT: Duration = Duration::from_secs(24 * 3600);

/// How many questions people leave, and after how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "WrittenAbandon", into = "WrittenAbandon")]
pub struct Abandon {
    /// Of a million questions, those whose asker would leave.
    pub ppm: u32,
    /// How long after the stream was asked for.
    pub after: Distribution<Duration>,
}

/// What is no way to leave.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AbandonError {
    /// A share that is none.
    #[error(
        "the share of those who leave is no number above 0 and up to 1; write 0.05 or 5% for one in twenty"
    )]
    Share,
    /// A time that is none.
    #[error("when they leave: {0}")]
    After(#[from] DistributionError),
    /// Nobody can leave at once, and nobody waits for days.
    #[error("people leave after some time, of more than 0 and at most 24h; write 2s..10s")]
    Range,
    /// On the command line, one of the two is missing.
    #[error("write SHARE,AFTER, as in 0.05,2s..10s")]
    Form,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table such as { share = 0.05, after = \"2s..10s\" }")]
struct WrittenAbandon {
    share: f64,
    after: String,
}

impl Abandon {
    /// # Errors
    /// A share or a time that nobody can keep to.
    pub fn new(share: f64, after: &str) -> Result<Abandon, AbandonError> {
        let ppm = (share * f64::from(MILLION)).round();
        if !(share > 0.0 && share <= 1.0 && ppm >= 1.0) {
            return Err(AbandonError::Share);
        }
        let after: Distribution<Duration> = after.parse()?;
        match after.is_within(Duration::from_micros(1), MOST_PATIENT) {
            // At most a million, as the share is at most 1.
            true => Ok(Abandon { ppm: ppm as u32, after }),
            false => Err(AbandonError::Range),
        }
    }

    /// Of all questions, those whose asker would leave.
    pub fn share(&self) -> f64 {
        f64::from(self.ppm) / f64::from(MILLION)
    }

    /// How long the asker waits for the end of the answer, by two draws; `None`: as long as it takes.
    pub fn patience(&self, [who, when]: [u64; 2]) -> Option<Duration> {
        let place = (u128::from(who) * u128::from(MILLION)) >> 64;
        (place < u128::from(self.ppm)).then(|| self.after.sample(when).min(MOST_PATIENT))
    }
}

impl TryFrom<WrittenAbandon> for Abandon {
    type Error = AbandonError;

    fn try_from(WrittenAbandon { share, after }: WrittenAbandon) -> Result<Abandon, AbandonError> {
        Abandon::new(share, &after)
    }
}

impl From<Abandon> for WrittenAbandon {
    fn from(abandon: Abandon) -> WrittenAbandon {
        WrittenAbandon { share: abandon.share(), after: abandon.after.written() }
    }
}

impl FromStr for Abandon {
    type Err = AbandonError;

    fn from_str(text: &str) -> Result<Abandon, AbandonError> {
        let (share, after) = text.split_once(',').ok_or(AbandonError::Form)?;
        Abandon::new(number::share(share).ok_or(AbandonError::Share)?, after)
    }
}

impl fmt::Display for Abandon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{}", self.share(), self.after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn it_is_read_from_a_table_and_from_a_flag() {
        let leaves = Abandon::new(0.05, "2s..10s").unwrap();
        assert_eq!("0.05, 2s..10s".parse(), Ok(leaves));
        assert_eq!(leaves.to_string(), "0.05,2s..10s");
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        struct Table {
            abandon: Abandon,
        }
        let table: Table = toml::from_str("abandon = { share = 0.05, after = \"2s..10s\" }").unwrap();
        assert_eq!(table.abandon, leaves);
        assert_eq!(toml::from_str::<Table>(&toml::to_string(&table).unwrap()).unwrap(), table);
        for (bad, said) in [
            ("0.05", "write SHARE,AFTER"),
            ("0,2s", "the share"),
            ("1.01,2s", "the share"),
            ("nan,2s", "the share"),
            ("0.0000001,2s", "the share"),
            ("0.5,soon", "is no distribution; write 2s"),
            ("0.5,0s..2s", "after some time"),
            ("0.5,25h", "after some time"),
        ] {
            let error = bad.parse::<Abandon>().unwrap_err().to_string();
            assert!(error.contains(said), "{bad}: {error}");
        }
    }

    proptest! {
        #[test]
        fn as_many_leave_as_the_share_says(ppm in 1..=MILLION, who: u64, when: u64) {
            let leaves = Abandon { ppm, after: "2s..10s".parse().unwrap() };
            let patience = leaves.patience([who, when]);
            let is_below = (who as f64 / 2_f64.powi(64)) < leaves.share();
            // What a float cannot tell apart is either.
            let near = (who as f64 / 2_f64.powi(64) - leaves.share()).abs() < 1e-12;
            prop_assert!(near || patience.is_some() == is_below);
            let range = Duration::from_secs(2)..=Duration::from_secs(10);
            prop_assert!(patience.is_none_or(|time| range.contains(&time)));
        }
    }
}
