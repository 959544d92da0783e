//! Numbers as every face prints them.

/// A number in full: the shortest text that reads back as the same number.
pub fn exact(value: f64) -> String {
    if value == 0.0 { "0".to_owned() } else { value.to_string() }
}

/// A number with three decimals at most, trailing zeros left out: the same text as [`exact`] for
/// whatever the row model has rounded, a rounded one for what Locust wrote.
pub fn short(value: f64) -> String {
    exact((value * 1000.0).round() / 1000.0)
}

/// [`short`], or a dash where there is no number.
pub fn short_or_dash(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), short)
}

/// A share (0 to 1) as a percentage with three decimals at most: `0.097 %`.
pub fn percent(share: f64) -> String {
    format!("{} %", short(share * 100.0))
}

/// A span in seconds as people say it: `45.5 s`, `5 min`, `1 h 2 min 3 s`.
pub fn span(seconds: f64) -> String {
    if seconds.is_nan() || seconds < 60.0 {
        return format!("{} s", short(seconds.max(0.0)));
    }
    // Saturates: a span of centuries reads as u64::MAX seconds, not as nonsense.
    let whole = seconds.round() as u64;
    let parts = [(whole / 3600, "h"), (whole / 60 % 60, "min"), (whole % 60, "s")];
    let said: Vec<_> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count} {unit}")).collect();
    said.join(" ")
}

/// How many of something: `1 request`, `2 requests`.
pub fn counted(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
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
    format!("{} {}", exact((value * 10.0).round() / 10.0), UNITS[unit])
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
            (short_or_dash(None), "–"),
            (percent(0.00097), "0.097 %"),
            (percent(1.0), "100 %"),
            (span(0.0), "0 s"),
            (span(45.5), "45.5 s"),
            (span(59.9996), "60 s"),
            (span(60.0), "1 min"),
            (span(3723.4), "1 h 2 min 3 s"),
            (span(f64::NAN), "0 s"),
            (counted(1, "request"), "1 request"),
            (counted(0, "request"), "0 requests"),
            (bytes(512), "512 B"),
            (bytes(1536), "1.5 KiB"),
            (bytes(42_152_755), "40.2 MiB"),
            (bytes(u64::MAX), "16777216 TiB"),
        ];
        for (formatted, expected) in table {
            assert_eq!(formatted, expected);
        }
    }
}
