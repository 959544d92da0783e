//! A rate of arrivals as people write it.

use std::fmt;
use std::str::FromStr;

/// The highest rate, arrivals per second.
pub const MAX_RATE: f64 = 100_000.0;

/// The longest text that is quoted in a message, characters.
const SHOWN: usize = 64;

/// How arrivals lie within a rate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Spacing {
    /// As people come who do not know of each other: gaps of exponential length.
    #[default]
    Poisson,
    /// All gaps alike.
    Constant,
}

/// How many come, and how they are spaced: `5/s`, `constant:5/s`, `30/min`, `100/h`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ArrivalRate {
    /// How they are spaced.
    pub spacing: Spacing,
    /// Arrivals per second, 0 to [`MAX_RATE`].
    pub per_s: f64,
}

/// A text that is no rate. The message says how to write one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RateError {
    /// A number without its unit.
    #[error("`{0}` does not say in which time; write the rate as 5/s, 30/min or 100/h")]
    NoUnit(String),
    /// Another unit.
    #[error("`{0}` is of no time that is known here; write the rate as 5/s, 30/min or 100/h")]
    Unit(String),
    /// Another spacing.
    #[error("`{0}` is no way of arriving; write 5/s for random (Poisson) arrivals, or constant:5/s")]
    Spacing(String),
    /// What stands before the unit is no number.
    #[error("`{0}` is no rate; write it as 5/s, 0.5/s, 30/min or 100/h")]
    Unreadable(String),
    /// Below 0, or beyond [`MAX_RATE`].
    #[error("`{0}` is no rate at which anybody can arrive; write one above 0 and up to {MAX_RATE}/s")]
    Range(String),
}

impl FromStr for ArrivalRate {
    type Err = RateError;

    /// A rate of 0 is one: whether it makes sense is the caller's to judge.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let shown = || text.trim().replace(char::is_control, "\u{FFFD}").chars().take(SHOWN).collect();
        let (spacing, rate) = match text.split_once(':') {
            None => (Spacing::Poisson, text),
            Some((name, rate)) => match name.trim() {
                "poisson" => (Spacing::Poisson, rate),
                "constant" => (Spacing::Constant, rate),
                _ => return Err(RateError::Spacing(shown())),
            },
        };
        let Some((number, unit)) = rate.split_once('/') else {
            let is_number = rate.trim().parse::<f64>().is_ok();
            return Err(if is_number { RateError::NoUnit(shown()) } else { RateError::Unreadable(shown()) });
        };
        let seconds = match unit.trim() {
            "s" => 1.0,
            "min" | "m" => 60.0,
            "h" => 3600.0,
            _ => return Err(RateError::Unit(shown())),
        };
        let number: f64 = number.trim().parse().map_err(|_| RateError::Unreadable(shown()))?;
        let per_s = number / seconds;
        match (0.0..=MAX_RATE).contains(&per_s) && !number.is_sign_negative() {
            true => Ok(ArrivalRate { spacing, per_s }),
            false => Err(RateError::Range(shown())),
        }
    }
}

impl fmt::Display for ArrivalRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spacing = match self.spacing {
            Spacing::Poisson => "",
            Spacing::Constant => "constant:",
        };
        // In the unit in which it is a short number.
        let is_whole = |value: f64| (value - value.round()).abs() < 1e-9;
        let units = [(1.0, "s"), (60.0, "min"), (3600.0, "h")];
        let (seconds, unit) =
            units.into_iter().find(|(seconds, _)| is_whole(self.per_s * seconds)).unwrap_or(units[0]);
        let value = self.per_s * seconds;
        let value = if is_whole(value) { value.round() } else { value };
        write!(f, "{spacing}{value}/{unit}")
    }
}
