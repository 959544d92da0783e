//! Numbers as every face prints them: all digits for programs, three significant ones for people.

use std::time::Duration;

/// Most digits behind the point of a number for people.
const MOST_DECIMALS: i32 = 12;

/// A number in full: the shortest text that reads back as the same number.
pub fn exact(value: f64) -> String {
    if value == 0.0 { "0".to_owned() } else { value.to_string() }
}

/// A number for programs with three decimals at most, trailing zeros left out: the same text as [`exact`] for
/// whatever the row model has rounded, a rounded one for what Locust wrote.
pub fn short(value: f64) -> String {
    exact((value * 1000.0).round() / 1000.0)
}

/// A number for people: three significant digits, every digit before the point, thousands apart: `0.206`, `16.4`,
/// `33,263`. What is not finite reads as its name.
pub fn rounded(value: f64) -> String {
    digits(value, 3)
}

/// As [`rounded`], with as many more digits as tell it from the bound it is judged by.
pub fn beside(value: f64, bound: f64) -> String {
    let told = |count: &i32| value == bound || digits(value, *count) != digits(bound, *count);
    digits(value, (3..15).find(told).unwrap_or(15))
}

/// [`rounded`], or a dash where there is no number.
pub fn rounded_or_dash(value: Option<f64>) -> String {
    or_dash(value, rounded)
}

/// A number in words of `said`, or a dash where there is none.
pub fn or_dash(value: Option<f64>, said: impl Fn(f64) -> String) -> String {
    value.map_or_else(|| "–".to_owned(), said)
}

/// So many significant digits, every digit before the point.
fn digits(value: f64, significant: i32) -> String {
    if value == 0.0 || !value.is_finite() {
        return exact(value);
    }
    // By the rounded number: 9.996 has two digits before the point.
    let magnitude = format!("{:.*e}", (significant - 1) as usize, value.abs());
    let exponent = magnitude.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0);
    let decimals = (significant - 1 - exponent).clamp(0, MOST_DECIMALS) as usize;
    let text = format!("{value:.decimals$}");
    let text = if decimals > 0 { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text.trim_start_matches('-') == "0" { "0".to_owned() } else { thousands_apart(text) }
}

/// To the nearest whole number, a half upwards, thousands apart: `47` for 46.5.
pub fn whole(value: f64) -> String {
    count(value.max(0.0).round() as u64)
}

/// How many, thousands apart: `5,211`.
pub fn count(count: u64) -> String {
    thousands_apart(&count.to_string())
}

fn thousands_apart(text: &str) -> String {
    let (sign, text) = text.strip_prefix('-').map_or(("", text), |text| ("-", text));
    let (whole, fraction) = text.find('.').map_or((text, ""), |point| text.split_at(point));
    let mut apart = sign.to_owned();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            apart.push(',');
        }
        apart.push(digit);
    }
    apart + fraction
}

/// A share as people write it: `0.05`, `5%` or `5 %`; 0.05. It may be any number.
pub fn share(text: &str) -> Option<f64> {
    match text.trim().strip_suffix('%') {
        // Divided, as 0.07 is 7/100 and not 7 × 0.01.
        Some(percent) => percent.trim_end().parse::<f64>().ok().map(|percent| percent / 100.0),
        None => text.trim().parse().ok(),
    }
}

/// A share (0 to 1) as a percentage: as many digits as matter, and never all or nothing where it is not: `0.097 %`,
/// `12.3 %`, `99.97 %`.
pub fn percent(share: f64) -> String {
    let percentage = share * 100.0;
    // What is missing to all of it is read as what there is of it.
    let rest = 100.0 - percentage;
    if (0.0..10.0).contains(&rest) && rest > 0.0 {
        let exponent = rest.log10().floor() as i32;
        let decimals = (1 - exponent).clamp(0, MOST_DECIMALS) as usize;
        let text = format!("{percentage:.decimals$}");
        return format!("{} %", text.trim_end_matches('0').trim_end_matches('.'));
    }
    format!("{} %", rounded(percentage))
}

/// A time in milliseconds in the unit that fits: `217 µs`, `48.3 ms`, `4.83 s`, `12 min 5 s`.
pub fn milliseconds(value: f64) -> String {
    let size = value.abs();
    // What rounds to the next unit is said in it.
    match size {
        _ if size == 0.0 => "0 ms".to_owned(),
        _ if size < 0.9995 => format!("{} µs", rounded(value * 1000.0)),
        _ if size < 999.5 => format!("{} ms", rounded(value)),
        _ if size < 600_000.0 => format!("{} s", rounded(value / 1000.0)),
        _ => span(value / 1000.0),
    }
}

/// A time in seconds in the unit that fits, as [`milliseconds`].
pub fn seconds(value: f64) -> String {
    if value == 0.0 { "0 s".to_owned() } else { milliseconds(value * 1000.0) }
}

/// A time in the unit that fits, as [`milliseconds`].
pub fn duration(time: Duration) -> String {
    milliseconds(time.as_secs_f64() * 1000.0)
}

/// A span in seconds as people say it: `45.5 s`, `5 min`, `1 h 2 min 3 s`.
pub fn span(seconds: f64) -> String {
    if seconds.is_nan() || seconds < 60.0 {
        return format!("{} s", rounded(seconds.max(0.0)));
    }
    // Saturates: a span of centuries reads as u64::MAX seconds, not as nonsense.
    let whole = seconds.round() as u64;
    let parts = [(whole / 3600, "h"), (whole / 60 % 60, "min"), (whole % 60, "s")];
    let said: Vec<_> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count} {unit}")).collect();
    said.join(" ")
}

/// How many of something: `1 request`, `2,000 requests`.
pub fn counted(number: u64, noun: &str) -> String {
    format!("{} {}", count(number), plural(number, noun))
}

/// The noun as it stands behind such a number.
pub fn plural(number: u64, noun: &str) -> String {
    let is_both = noun.ends_with("series");
    if number == 1 || is_both { noun.to_owned() } else { format!("{noun}s") }
}

/// What more there is of something, and where: `3 more kinds stand in the file _failures.csv.`; `None` for none.
pub fn more_in_file(left_out: u64, noun: &str, file: &str) -> Option<String> {
    let verb = if left_out == 1 { "stands" } else { "stand" };
    let (more, nouns) = (count(left_out), plural(left_out, noun));
    (left_out > 0).then(|| format!("{more} more {nouns} {verb} in the file {file}."))
}

/// Bytes with a unit of powers of 1024: `512 B`, `1.5 KiB`, `40.2 MiB`.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if count < 1024 {
        return format!("{count} B");
    }
    let mut value = count as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{} {}", rounded(value), UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_and_programs_expect() {
        let table = [
            (exact(12.345), "12.345"),
            (exact(7.0), "7"),
            (exact(-0.0), "0"),
            (exact(23.283331022224065), "23.283331022224065"),
            (short(23.283331022224065), "23.283"),
            (short(0.0004), "0"),
            (rounded(23.283331022224065), "23.3"),
            (rounded(4849.663), "4,850"),
            (rounded(1_234_567.8), "1,234,568"),
            (rounded(-1234.5), "-1,234"),
            (rounded(9.996), "10"),
            (rounded(0.000_206_4), "0.000206"),
            (rounded(1e-20), "0"),
            (rounded(7.0), "7"),
            (rounded(0.0), "0"),
            (rounded(f64::INFINITY), "inf"),
            (rounded_or_dash(None), "–"),
            (beside(199.96, 200.0), "199.96"),
            (beside(200.04, 200.0), "200.04"),
            (beside(199.6, 250.0), "200"),
            (beside(200.0, 200.0), "200"),
            (count(5211), "5,211"),
            (count(999), "999"),
            (count(1_000_000), "1,000,000"),
            (percent(0.00097), "0.097 %"),
            (percent(0.0), "0 %"),
            (percent(0.123_456), "12.3 %"),
            (percent(0.5), "50 %"),
            (percent(0.95), "95 %"),
            (percent(0.9997), "99.97 %"),
            (percent(0.999_996), "99.9996 %"),
            (percent(1.0), "100 %"),
            (percent(1.5), "150 %"),
            (milliseconds(0.206), "206 µs"),
            (milliseconds(0.000_5), "0.5 µs"),
            (milliseconds(0.999_6), "1 ms"),
            (milliseconds(48.31), "48.3 ms"),
            (milliseconds(999.7), "1 s"),
            (milliseconds(2768.895), "2.77 s"),
            (milliseconds(65_432.1), "65.4 s"),
            (milliseconds(725_000.0), "12 min 5 s"),
            (milliseconds(0.0), "0 ms"),
            (milliseconds(-3.456), "-3.46 ms"),
            (seconds(4.8312), "4.83 s"),
            (seconds(0.0), "0 s"),
            (span(0.0), "0 s"),
            (span(45.5), "45.5 s"),
            (span(59.9996), "60 s"),
            (span(60.0), "1 min"),
            (span(3723.4), "1 h 2 min 3 s"),
            (span(f64::NAN), "0 s"),
            (counted(1, "request"), "1 request"),
            (counted(2000, "request"), "2,000 requests"),
            (counted(13, "series"), "13 series"),
            (more_in_file(1, "kind", "a.csv").unwrap_or_default(), "1 more kind stands in the file a.csv."),
            (
                more_in_file(2, "series", "a.csv").unwrap_or_default(),
                "2 more series stand in the file a.csv.",
            ),
            (more_in_file(0, "kind", "a.csv").unwrap_or_default(), ""),
            (counted(0, "request"), "0 requests"),
            (whole(46.5), "47"),
            (whole(1_234.4), "1,234"),
            (whole(f64::NAN), "0"),
            (bytes(512), "512 B"),
            (bytes(1536), "1.5 KiB"),
            (bytes(42_152_755), "40.2 MiB"),
            (bytes(u64::MAX), "16,777,216 TiB"),
        ];
        for (formatted, expected) in table {
            assert_eq!(formatted, expected);
        }
    }

    #[test]
    fn a_share_may_have_a_percent_sign() {
        for (text, read) in
            [("0.05", 0.05), ("5%", 0.05), (" 5 % ", 0.05), ("7%", 0.07), ("100%", 1.0), ("-1", -1.0)]
        {
            assert_eq!(share(text), Some(read), "{text}");
        }
        for bad in ["", "%", "5%%", "half", "5 %%"] {
            assert_eq!(share(bad), None, "{bad}");
        }
    }
}
