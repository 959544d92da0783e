//! Bounds and their units, as exact decimal numbers: no bound goes through floating point.

use super::ThresholdErrorKind;

/// The longest time a bound may be, in microseconds: one hour, the longest that is measured.
const MAX_TIME_US: u64 = common::stats::buckets::MAX;
/// The greatest rate a bound may be, in thousandths per second.
const MAX_RATE: u64 = 1_000_000_000_000;
/// All of something, in millionths.
pub(crate) const WHOLE: u64 = 1_000_000;

/// Units of time, greatest first, with the power of ten and the factor that make them microseconds.
const TIMES: [(&str, u64, u32); 5] = [("min", 60, 6), ("s", 1, 6), ("ms", 1, 3), ("us", 1, 0), ("µs", 1, 0)];

/// In what a bound is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BoundUnit {
    /// Microseconds inside.
    Time,
    /// Millionths inside.
    Percent,
    /// Thousandths inside.
    PerSecond,
}

/// A bound of `digits` (as `12.5`) and `unit` in the terms of [`super::Threshold::bound`].
pub(super) fn bound(digits: &str, unit: &str, kind: BoundUnit) -> Result<u64, ThresholdErrorKind> {
    let (decimals, factor, most, step, most_name) = match (kind, unit) {
        (BoundUnit::Time, _) => {
            let known = TIMES.into_iter().find(|(name, ..)| *name == unit);
            let (_, factor, decimals) = known.ok_or(ThresholdErrorKind::NotTime)?;
            (decimals, factor, MAX_TIME_US, "1 µs", "1 hour")
        }
        (BoundUnit::Percent, "%") => (4, 1, WHOLE, "0.0001 %", "100 %"),
        (BoundUnit::Percent, _) => return Err(ThresholdErrorKind::NotPercent),
        (BoundUnit::PerSecond, "" | "/s") => (3, 1, MAX_RATE, "0.001 per second", "1e9 per second"),
        (BoundUnit::PerSecond, _) => return Err(ThresholdErrorKind::NotPerSecond),
    };
    if decimals_of(digits) > decimals as usize {
        return Err(ThresholdErrorKind::TooFine { step });
    }
    let value = exact(digits, decimals).and_then(|value| value.checked_mul(factor));
    value.filter(|value| *value <= most).ok_or(ThresholdErrorKind::TooLarge { most: most_name })
}

/// `digits` times ten to the power of `decimals`; `None` when that is not whole, or too large. `digits` are
/// ASCII digits with at most one point in between.
pub(super) fn exact(digits: &str, decimals: u32) -> Option<u64> {
    let (whole, rest) = digits.split_once('.').unwrap_or((digits, ""));
    let rest = rest.trim_end_matches('0');
    let missing = (decimals as usize).checked_sub(rest.len())?;
    let filled = whole.bytes().chain(rest.bytes()).chain(std::iter::repeat_n(b'0', missing));
    filled.into_iter().try_fold(0u64, |value, digit| {
        value.checked_mul(10)?.checked_add(u64::from(digit.wrapping_sub(b'0')))
    })
}

fn decimals_of(digits: &str) -> usize {
    digits.split_once('.').map_or(0, |(_, rest)| rest.trim_end_matches('0').len())
}

/// `value` divided by ten to the power of `decimals`, without trailing zeros.
pub(super) fn decimal(value: u64, decimals: u32) -> String {
    let scale = 10u64.pow(decimals);
    let rest = format!("{:0width$}", value % scale, width = decimals as usize);
    match rest.trim_end_matches('0') {
        "" => (value / scale).to_string(),
        rest => format!("{}.{rest}", value / scale),
    }
}

/// A bound as it is written: in the greatest unit below minutes in which it is 1 or more.
pub(super) fn canonical(value: u64, kind: BoundUnit) -> String {
    match kind {
        BoundUnit::Time if value >= 1_000_000 => format!("{}s", decimal(value, 6)),
        BoundUnit::Time if value >= 1_000 => format!("{}ms", decimal(value, 3)),
        BoundUnit::Time => format!("{value}us"),
        BoundUnit::Percent => format!("{}%", decimal(value, 4)),
        BoundUnit::PerSecond => decimal(value, 3),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_exact_or_refused() {
        let us = |digits, unit| bound(digits, unit, BoundUnit::Time);
        assert_eq!(us("200", "ms"), Ok(200_000));
        assert_eq!(us("0.2", "s"), Ok(200_000));
        assert_eq!(us("1.5", "min"), Ok(90_000_000));
        assert_eq!(us("7", "µs"), Ok(7));
        assert_eq!(us("1.0000", "us"), Ok(1));
        assert_eq!(us("60", "min"), Ok(MAX_TIME_US));
        assert_eq!(us("0.0001", "ms"), Err(ThresholdErrorKind::TooFine { step: "1 µs" }));
        assert_eq!(us("3600.000001", "s"), Err(ThresholdErrorKind::TooLarge { most: "1 hour" }));
        assert_eq!(us("99999999999999999999999", "s"), Err(ThresholdErrorKind::TooLarge { most: "1 hour" }));
        assert_eq!(us("1", "m"), Err(ThresholdErrorKind::NotTime));
        assert_eq!(bound("0.1", "%", BoundUnit::Percent), Ok(1_000));
        assert_eq!(
            bound("100.1", "%", BoundUnit::Percent),
            Err(ThresholdErrorKind::TooLarge { most: "100 %" })
        );
        assert_eq!(bound("1", "", BoundUnit::Percent), Err(ThresholdErrorKind::NotPercent));
        assert_eq!(bound("12.5", "/s", BoundUnit::PerSecond), Ok(12_500));
    }

    #[test]
    fn a_bound_is_written_in_the_unit_that_suits_it() {
        let rows = [
            (200_000, BoundUnit::Time, "200ms"),
            (1_500_000, BoundUnit::Time, "1.5s"),
            (999, BoundUnit::Time, "999us"),
            (0, BoundUnit::Time, "0us"),
            (1_000, BoundUnit::Percent, "0.1%"),
            (100_500, BoundUnit::PerSecond, "100.5"),
        ];
        for (value, kind, text) in rows {
            assert_eq!(canonical(value, kind), text);
        }
    }
}
