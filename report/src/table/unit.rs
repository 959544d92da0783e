//! What a number of a column counts, as far as people are told with each number.

use common::text::number::{milliseconds, rounded, seconds};

/// The unit of a column's numbers. CSV and JSON have the bare number; people read it in the unit that fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Unit {
    /// Whatever the head of the column says.
    #[default]
    OfTheHead,
    Milliseconds,
    /// Since the run's start, or how long.
    Seconds,
}

impl Unit {
    /// A number with its unit: `16.4`, `48.3 ms`, `4.83 s`.
    pub fn said(self, number: f64) -> String {
        match self {
            Unit::OfTheHead => rounded(number),
            Unit::Milliseconds => milliseconds(number),
            Unit::Seconds => seconds(number),
        }
    }
}
