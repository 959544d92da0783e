//! Where an axis has its ticks, and how it writes them.

use common::text::number::exact;

/// Spans between ticks of time, in seconds.
const CLOCK_STEPS: [f64; 21] = [
    1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 14_400.0,
    21_600.0, 43_200.0, 86_400.0, 172_800.0, 432_000.0, 864_000.0,
];
/// From this value on an axis counts in thousands of thousands, and so on.
const PREFIXES: [(f64, &str); 4] = [(1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M")];

/// The smallest of 1, 2, 5, 10, 20, … that cuts `span` into at most `most` parts.
pub fn step(span: f64, most: f64) -> f64 {
    if !span.is_finite() || span <= 0.0 {
        return 1.0;
    }
    let least = span / most;
    let power = 10f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|part| part * power)
        .find(|step| *step >= least * 0.999)
        .unwrap_or(least)
}

/// The same among spans that a clock knows.
pub fn clock_step(span: f64, most: f64) -> f64 {
    CLOCK_STEPS.into_iter().find(|step| span / step <= most).unwrap_or_else(|| step(span, most))
}

/// The multiples of `step` from `from` to `to`.
pub fn multiples(step: f64, from: f64, to: f64) -> Vec<f64> {
    let (first, last) = ((from / step - 1e-9).ceil() as i64, (to / step + 1e-9).floor() as i64);
    (first..=last).map(|place| place as f64 * step).collect()
}

/// A time as `m:ss`, with hours on an axis that has some.
pub fn clock(seconds: f64, has_hours: bool) -> String {
    let whole = seconds.round().max(0.0) as u64;
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    match has_hours {
        true => format!("{hours}:{minutes:02}:{seconds:02}"),
        false => format!("{}:{seconds:02}", whole / 60),
    }
}

/// A tick's number on an axis with this step, up to `top`: all with the same decimals and the same prefix.
pub fn tick(value: f64, step: f64, top: f64) -> String {
    let (unit, prefix) = PREFIXES.into_iter().find(|(unit, _)| top >= *unit).unwrap_or((1.0, ""));
    let decimals = (-(step / unit).log10() - 1e-9).ceil().clamp(0.0, 9.0) as usize;
    let text = format!("{:.decimals$}", value / unit);
    let number = grouped(&text);
    if value == 0.0 || prefix.is_empty() { number } else { format!("{number} {prefix}") }
}

/// A value with four significant digits, whole ones with all.
pub fn rounded(value: f64) -> f64 {
    let digits = 3 - value.abs().max(f64::MIN_POSITIVE).log10().floor().clamp(-300.0, 300.0) as i32;
    if value.fract() == 0.0 || digits <= 0 {
        return value.round();
    }
    let power = 10f64.powi(digits);
    (value * power).round() / power
}

/// The same for people.
pub fn value(value: f64) -> String {
    grouped(&exact(rounded(value)))
}

/// Digits before the point in groups of three.
fn grouped(number: &str) -> String {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |digits| ("-", digits));
    let (whole, rest) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut grouped = String::from(sign);
    for (place, digit) in whole.char_indices() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_those_that_people_count_in() {
        for (span, most, expected) in
            [(100.0, 6.0, 20.0), (99.0, 5.0, 20.0), (1.05, 5.0, 0.5), (0.004, 5.0, 0.001), (0.0, 5.0, 1.0)]
        {
            let found = step(span, most);
            assert!((found - expected).abs() < 1e-12, "{span} in {most}: {found}");
        }
        for (span, most, expected) in
            [(60.0, 8.0, 10.0), (3600.0, 8.0, 600.0), (5.0, 8.0, 1.0), (1e6, 8.0, 172_800.0)]
        {
            assert_eq!(clock_step(span, most), expected, "{span}");
        }
        assert_eq!(multiples(0.5, -0.6, 1.0), [-0.5, 0.0, 0.5, 1.0]);
    }

    #[test]
    fn ticks_of_an_axis_look_alike() {
        let table = [
            (tick(0.5, 0.5, 2.1), "0.5"),
            (tick(2.0, 0.5, 2.1), "2.0"),
            (tick(12_000.0, 2_000.0, 14_000.0), "12,000"),
            (tick(1.5e9, 5e8, 2e9), "1.5 G"),
            (tick(0.0, 5e8, 2e9), "0.0"),
            (tick(-20.0, 20.0, 40.0), "-20"),
            (tick(0.002, 0.001, 0.004), "0.002"),
            (clock(75.0, false), "1:15"),
            (clock(3675.0, true), "1:01:15"),
            (clock(75.0, true), "0:01:15"),
            (value(12_345.678), "12,346"),
            (value(12.3456), "12.35"),
            (value(0.000_123_456), "0.0001235"),
            (value(1_234_567.0), "1,234,567"),
            (value(0.0), "0"),
        ];
        for (text, expected) in table {
            assert_eq!(text, expected);
        }
    }
}
