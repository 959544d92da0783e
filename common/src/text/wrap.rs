//! Text in lines that fit a terminal.

use super::escape::columns;

/// Columns of the terminal that text is made for.
pub const WIDTH: usize = 80;

/// [`wrapped_at`] [`WIDTH`].
pub fn wrapped(text: &str, first: &str, rest: &str) -> String {
    wrapped_at(WIDTH, text, first, rest)
}

/// The text in lines of at most `width` columns, each with a line end. `first` begins the first
/// line, `rest` the others; a word longer than a line is broken.
pub fn wrapped_at(width: usize, text: &str, first: &str, rest: &str) -> String {
    let mut lines = Vec::new();
    let mut line = first.to_owned();
    let mut empty = true;
    let text = together(text);
    for word in text.split(|c: char| c.is_whitespace() && c != TIE).filter(|word| !word.is_empty()) {
        if !empty && columns(&line) + 1 + columns(word) > width {
            lines.push(std::mem::replace(&mut line, rest.to_owned()));
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        for c in word.chars() {
            if columns(&line) + columns(c.encode_utf8(&mut [0; 4])) > width {
                lines.push(std::mem::replace(&mut line, rest.to_owned()));
            }
            line.push(c);
        }
        empty = false;
    }
    lines.push(line);
    lines.into_iter().map(|line| line.trim_end().replace(TIE, " ") + "\n").collect()
}

/// A space at which no line breaks.
const TIE: char = '\u{a0}';
/// What stands behind a number and says nothing at the beginning of a line.
const UNITS: [&str; 14] = ["%", "ms", "µs", "us", "s", "min", "h", "d", "B", "KB", "MB", "KiB", "MiB", "GiB"];

/// The text with each number tied to its unit: `99 %` and `4.83 s` stay on one line.
pub fn together(text: &str) -> String {
    let mut tied = String::with_capacity(text.len());
    let mut counts = false;
    for (place, word) in text.split(' ').enumerate() {
        let unit = word.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '%');
        match place {
            0 => {}
            _ if counts && UNITS.contains(&unit) => tied.push(TIE),
            _ => tied.push(' '),
        }
        tied.push_str(word);
        counts = word.ends_with(|c: char| c.is_ascii_digit());
    }
    tied
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_long_words_inside() {
        let text = format!("{} {}", "a".repeat(78), "b".repeat(100));
        let lines: Vec<_> = wrapped(&text, "- ", "  ").lines().map(str::to_owned).collect();
        assert_eq!(
            lines,
            [
                format!("- {}", "a".repeat(78)),
                format!("  {}", "b".repeat(78)),
                format!("  {}", "b".repeat(22)),
            ]
        );
        assert_eq!(wrapped("", "- ", ""), "-\n");
    }

    #[test]
    fn a_number_keeps_its_unit() {
        let tied = |text: &str| together(text).replace(TIE, "_");
        assert_eq!(tied("95 % 415 µs, 99 % 24.1 ms; (0 %)."), "95_% 415_µs, 99_% 24.1_ms; (0_%).");
        assert_eq!(tied("1 min 1 s of 5 streams, p95 s"), "1_min 1_s of 5 streams, p95_s");
        assert_eq!(tied("  a  b "), "  a  b ");
        let text = format!("{} 99 % more", "a".repeat(76));
        assert_eq!(wrapped(&text, "", ""), format!("{}\n99 % more\n", "a".repeat(76)));
    }
}
