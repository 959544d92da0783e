//! Durations as people write them.

use std::time::Duration;

/// The longest text that is read as a duration, in bytes.
const MAX_TEXT: usize = 64;

/// Digits in a row that are read. Ten digits of the largest unit, as often as the text can hold
/// them, stay below what a [`Duration`] can count.
const MAX_DIGITS: usize = 10;

/// A text that is not a duration. The message says how to write one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// A negative number.
    #[error("`{0}` is negative; give a duration such as 90s, 1h30m, 500ms or whole seconds")]
    Negative(String),
    /// The number does not fit.
    #[error("`{0}` is too large; give a duration such as 90s, 1h30m, 500ms or whole seconds")]
    TooLarge(String),
    /// Neither a number nor numbers with units.
    #[error("`{0}` is no duration; write it as 90s, 1h30m, 500ms or whole seconds")]
    Unreadable(String),
}

/// Reads `90s`, `1h30m`, `500ms`, `1.5h`, or a plain whole number of seconds. Zero is a duration;
/// whether it makes sense is the caller's to judge.
///
/// # Errors
/// Negative, too large (more than ten digits in a row) or unreadable text.
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    let text = text.trim();
    if text.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit() || c == '.')) {
        return Err(DurationError::Negative(shown(text)));
    }
    let longest = text.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0);
    if longest > MAX_DIGITS || text.len() > MAX_TEXT {
        return Err(DurationError::TooLarge(shown(text)));
    }
    if let Ok(seconds) = text.parse::<u64>() {
        return Ok(Duration::from_secs(seconds));
    }
    humantime::parse_duration(text).map_err(|_| DurationError::Unreadable(shown(text)))
}

/// The text, cut to what fits a message, on one line.
fn shown(text: &str) -> String {
    let text = text.replace(char::is_control, "\u{FFFD}");
    match text.char_indices().nth(MAX_TEXT) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        let table: [(&str, Duration, &str); 9] = [
            ("90s", Duration::from_secs(90), "seconds"),
            ("1h30m", Duration::from_secs(5400), "two units in a row"),
            ("1h 30m", Duration::from_secs(5400), "a blank between them"),
            ("500ms", Duration::from_millis(500), "milliseconds"),
            ("250us", Duration::from_micros(250), "microseconds"),
            ("1.5h", Duration::from_secs(5400), "a decimal fraction"),
            ("45", Duration::from_secs(45), "a plain number is seconds"),
            (" 45 ", Duration::from_secs(45), "blanks around it do not matter"),
            ("0", Duration::ZERO, "zero is the caller's to judge"),
        ];
        for (text, expected, sentence) in table {
            assert_eq!(parse_duration(text), Ok(expected), "{sentence}");
        }
    }

    #[test]
    fn what_is_no_duration_says_how_to_write_one() {
        let table = [
            ("-5s", "`-5s` is negative; give a duration such as 90s, 1h30m, 500ms or whole seconds"),
            ("-1", "`-1` is negative; give a duration such as 90s, 1h30m, 500ms or whole seconds"),
            (
                "99999999999",
                "`99999999999` is too large; give a duration such as 90s, 1h30m, 500ms or whole seconds",
            ),
            ("", "`` is no duration; write it as 90s, 1h30m, 500ms or whole seconds"),
            (
                "1.5",
                "`1.5` is no duration; \
                 write it as 90s, 1h30m, 500ms or whole seconds",
            ),
            ("-t", "`-t` is no duration; write it as 90s, 1h30m, 500ms or whole seconds"),
            (
                "soon",
                "`soon` is no duration; \
                 write it as 90s, 1h30m, 500ms or whole seconds",
            ),
        ];
        for (text, line) in table {
            assert_eq!(parse_duration(text).unwrap_err().to_string(), line);
        }
    }

    #[test]
    fn the_largest_texts_that_are_read_do_not_overflow() {
        let years = "9999999999y".repeat(5);
        assert_eq!(parse_duration(&years).unwrap().as_secs(), 9_999_999_999 * 31_557_600 * 5);
        // The sum of seconds and a full second of milliseconds is what a naive reader overflows on.
        let edge = parse_duration("18446744073709551615s 1000ms");
        assert!(matches!(edge, Err(DurationError::TooLarge(_))));
    }

    #[test]
    fn a_long_text_is_cut_in_the_message() {
        let Err(DurationError::TooLarge(shown)) = parse_duration(&"ä".repeat(500)) else {
            panic!("too long to be a duration");
        };
        assert_eq!(shown.chars().count(), MAX_TEXT + 1);
    }

    #[test]
    fn a_message_moves_no_cursor() {
        for text in ["-1\n2", "1\u{1b}[31ms", "9999999\r9999999999"] {
            let message = parse_duration(text).unwrap_err().to_string();
            assert!(!message.contains(char::is_control), "{message:?}");
        }
    }
}
