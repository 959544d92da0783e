//! Numbers of at most three decimals, which can be compared for equality.

use std::fmt;
use std::str::FromStr;

/// So many thousandths: `0.8` is 800.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Thousandths(pub u32);

/// A text that is no number of at most three decimals.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("write a number with three decimals at most, such as 0.8")]
pub struct NoThousandths;

impl Thousandths {
    /// As a number.
    pub fn to_f64(self) -> f64 {
        f64::from(self.0) / 1000.0
    }
}

impl FromStr for Thousandths {
    type Err = NoThousandths;

    fn from_str(text: &str) -> Result<Thousandths, NoThousandths> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !is_digits(whole) || !is_digits(decimals) || decimals.len() > 3 || whole.len() > 6 {
            return Err(NoThousandths);
        }
        let padded = format!("{whole}{decimals:0<3}");
        padded.parse().map(Thousandths).map_err(|_| NoThousandths)
    }
}

impl fmt::Display for Thousandths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:03}", self.0 / 1000, self.0 % 1000);
        f.pad(text.trim_end_matches('0').trim_end_matches('.'))
    }
}
