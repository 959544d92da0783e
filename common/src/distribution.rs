//! Distributions that people state: of words, of tokens, of turns, of times.
//!
//! ```text
//! 200            always this; or fixed:200
//! 50..400        evenly, both ends possible; or uniform:50..400
//! lognormal:200,0.8    its median, and sigma: the spread of its logarithm
//! geometric:4    its mean; of counts alone: after each, one more with the same chance
//! file:PATH      values that somebody measured, one on each line; whoever reads the file writes values:1,2x3,5
//! ```
//!
//! A value is made of one draw of 64 random bits, so who draws decides what is reproducible.

mod normal;
mod quantity;
mod thousandths;
mod values;

use std::fmt;
use std::str::FromStr;

use normal::{quantile, unit};
pub use quantity::Quantity;
pub use thousandths::Thousandths;
pub use values::{KeptLists, MOST_VALUES, Values};

/// Spreads beyond this are slips: the mean of such a distribution is 270,000 times its median.
const WIDEST: Thousandths = Thousandths(5_000);

/// A distribution of counts or of times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distribution<T: 'static> {
    /// Always this.
    Fixed(T),
    /// Evenly from the one to the other, both possible.
    Uniform {
        /// The least.
        least: T,
        /// The greatest.
        most: T,
    },
    /// `median · exp(sigma · Z)`, Z standard normal.
    LogNormal {
        /// Half of the values are below it.
        median: T,
        /// The spread of its logarithm, 0 to 5.
        sigma: Thousandths,
    },
    /// Each of these as often.
    Data(Values<T>),
    /// Of counts from 1: how many until the first that is the last, where each is with the same chance.
    Geometric {
        /// At least 1.
        mean: Thousandths,
    },
}

/// A text that is no distribution.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DistributionError {
    /// Not of any form.
    #[error("`{text}` is no distribution; write {forms}")]
    Unreadable {
        /// What was given.
        text: String,
        /// How one is written.
        forms: &'static str,
    },
    /// The range runs backwards.
    #[error("in `{0}` the least is above the greatest; write LEAST..GREATEST")]
    Order(String),
    /// A spread that nothing has.
    #[error(
        "in `{0}` sigma is no number from 0 to 5; write lognormal:MEDIAN,SIGMA, with 0.5 for a usual spread"
    )]
    Sigma(String),
    /// A mean that no count from 1 has.
    #[error("in `{0}` the mean is no number from 1 on; write geometric:MEAN, as in geometric:4")]
    Mean(String),
}

impl<T: Quantity> Distribution<T> {
    /// The value that one draw of 64 random bits makes. Nothing bounds those of a log-normal and a geometric one.
    #[inline]
    pub fn sample(&self, draw: u64) -> T {
        match *self {
            Distribution::Fixed(value) => value,
            Distribution::Data(values) => values.sample(draw),
            Distribution::Uniform { least, most } => T::between(least, most, draw),
            Distribution::LogNormal { median, sigma } => {
                T::from_f64(median.to_f64() * (sigma.to_f64() * quantile(unit(draw))).exp())
            }
            Distribution::Geometric { mean } => {
                let more = 1.0 - 1.0 / mean.to_f64();
                // The logarithm of 0 is of a mean of 1, beyond which nothing goes on.
                T::from_f64(1.0 + (unit(draw).ln() / more.ln()).floor().max(0.0))
            }
        }
    }

    /// The mean of its values, in the unit of [`Quantity::to_f64`].
    pub fn mean(&self) -> f64 {
        match *self {
            Distribution::Fixed(value) => value.to_f64(),
            Distribution::Uniform { least, most } => (least.to_f64() + most.to_f64()) / 2.0,
            Distribution::LogNormal { median, sigma } => {
                median.to_f64() * (sigma.to_f64().powi(2) / 2.0).exp()
            }
            Distribution::Geometric { mean } => mean.to_f64(),
            Distribution::Data(values) => values.mean(),
        }
    }

    /// All of it as text, for whoever has no files: what is read back.
    pub fn written(&self) -> String {
        match self {
            Distribution::Data(values) => values.written(),
            other => other.to_string(),
        }
    }

    /// As a report says it.
    pub fn said(&self) -> String {
        match self {
            Distribution::Data(values) => values.said(),
            other => other.to_string(),
        }
    }

    /// Whether every value that it is stated by lies within these bounds.
    pub fn is_within(&self, least: T, most: T) -> bool {
        match *self {
            Distribution::Fixed(value) | Distribution::LogNormal { median: value, .. } => {
                least <= value && value <= most
            }
            Distribution::Uniform { least: from, most: to } => least <= from && to <= most,
            Distribution::Data(values) => {
                let (from, to) = values.ends();
                least <= from && to <= most
            }
            Distribution::Geometric { mean } => (least.to_f64()..=most.to_f64()).contains(&mean.to_f64()),
        }
    }
}

impl<T: Quantity> FromStr for Distribution<T> {
    type Err = DistributionError;

    fn from_str(text: &str) -> Result<Self, DistributionError> {
        let shown = || text.chars().filter(|c| !c.is_control()).take(40).collect::<String>();
        let unreadable = || DistributionError::Unreadable { text: shown(), forms: T::FORMS };
        let read = |part: &str| T::read(part.trim()).ok_or_else(unreadable);
        if let Some(list) = text.strip_prefix(values::FORM).and_then(|rest| rest.strip_prefix(':')) {
            return Values::read(list, unreadable).map(Distribution::Data);
        }
        let (form, rest) = text.split_once(':').map_or(("", text), |(form, rest)| (form.trim(), rest));
        match (form, rest.split_once("..")) {
            ("" | "uniform", Some((least, most))) => {
                let (least, most) = (read(least)?, read(most)?);
                if least > most {
                    return Err(DistributionError::Order(shown()));
                }
                Ok(Distribution::Uniform { least, most })
            }
            ("" | "fixed", None) => Ok(Distribution::Fixed(read(rest)?)),
            ("lognormal", None) => {
                let (median, sigma) = rest.split_once(',').ok_or_else(unreadable)?;
                let sigma = sigma.trim().parse().ok().filter(|sigma| *sigma <= WIDEST);
                let sigma = sigma.ok_or_else(|| DistributionError::Sigma(shown()))?;
                Ok(Distribution::LogNormal { median: read(median)?, sigma })
            }
            ("geometric", None) if T::IS_COUNT => {
                let mean = rest.trim().parse().ok().filter(|mean| *mean >= Thousandths(1_000));
                mean.map(|mean| Distribution::Geometric { mean })
                    .ok_or_else(|| DistributionError::Mean(shown()))
            }
            _ => Err(unreadable()),
        }
    }
}

impl<T: Quantity> fmt::Display for Distribution<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Distribution::Fixed(value) => f.write_str(&value.written()),
            Distribution::Uniform { least, most } => write!(f, "{}..{}", least.written(), most.written()),
            Distribution::LogNormal { median, sigma } => write!(f, "lognormal:{},{sigma}", median.written()),
            Distribution::Geometric { mean } => write!(f, "geometric:{mean}"),
            Distribution::Data(values) => f.write_str(&values.given()),
        }
    }
}

#[cfg(test)]
mod tests;
