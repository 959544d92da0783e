//! Text in lines that fit a terminal.

use super::escape::columns;

/// Columns of the terminal that text is made for.
pub const WIDTH: usize = 80;

/// The text in lines of at most [`WIDTH`] columns, each with a line end. `first` begins the first
/// line, `rest` the others; a word longer than a line is broken.
pub fn wrapped(text: &str, first: &str, rest: &str) -> String {
    let mut lines = Vec::new();
    let mut line = first.to_owned();
    let mut empty = true;
    for word in text.split_whitespace() {
        if !empty && columns(&line) + 1 + columns(word) > WIDTH {
            lines.push(std::mem::replace(&mut line, rest.to_owned()));
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        for c in word.chars() {
            if columns(&line) + columns(c.encode_utf8(&mut [0; 4])) > WIDTH {
                lines.push(std::mem::replace(&mut line, rest.to_owned()));
            }
            line.push(c);
        }
        empty = false;
    }
    lines.push(line);
    lines.into_iter().map(|line| line.trim_end().to_owned() + "\n").collect()
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
}
