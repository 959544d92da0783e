//! Text from outside, made harmless for each face.
//!
//! Names and error texts come from servers, networks, shape files and other people's CSV files. None
//! of them may become a formula in a spreadsheet, markup in a ticket or a command to a terminal.

use serde::Serialize;
use unicode_width::UnicodeWidthChar;

/// Where Markdown and terminal cut a text from outside, in characters.
pub const MAX_TEXT: usize = 200;

/// Where they cut a sentence of our own, which may quote such a text, in characters.
pub const MAX_SENTENCE: usize = 2000;

/// A CSV cell. A spreadsheet takes a cell that begins with one of `= + - @`, tab or carriage return
/// for a formula; such a text gets a `'` in front, which [`from_csv_cell`] takes away again. Control
/// characters other than tab and line ends become U+FFFD.
pub fn csv_cell(text: &str) -> String {
    let clean =
        text.chars().map(|c| if c.is_control() && !matches!(c, '\t' | '\r' | '\n') { '\u{FFFD}' } else { c });
    let guard = looks_like_formula(text).then_some('\'');
    guard.into_iter().chain(clean).collect()
}

/// The text of a cell that [`csv_cell`] made.
pub fn from_csv_cell(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if looks_like_formula(rest) => rest,
        _ => cell,
    }
}

/// Texts that begin with quotes before the dangerous character are guarded too, which makes
/// [`from_csv_cell`] the exact inverse.
fn looks_like_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// One line of text without anything that moves a cursor, sets a colour or turns the writing
/// direction; white space is folded and what comes after `max` characters is cut.
pub fn plain(text: &str, max: usize) -> String {
    let mut line = String::new();
    let mut kept = 0;
    let mut blank = false;
    for c in text.chars() {
        if c.is_whitespace() {
            blank = kept > 0;
            continue;
        }
        if kept + usize::from(blank) >= max {
            line.push('…');
            break;
        }
        if std::mem::take(&mut blank) {
            line.push(' ');
            kept += 1;
        }
        line.push(if c.is_control() || is_invisible(c) { '\u{FFFD}' } else { c });
        kept += 1;
    }
    line
}

/// Zero-width characters, writing direction marks, byte order mark.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

/// A Markdown text that renders as itself, also in a table cell: no markup, no HTML, no link, no
/// mention, one line of at most `max` characters.
pub fn markdown(text: &str, max: usize) -> String {
    let mut quoted = String::new();
    let mut last = ' ';
    for c in plain(text, max).chars() {
        match c {
            '<' => quoted.push_str("&lt;"),
            '>' => quoted.push_str("&gt;"),
            '&' => quoted.push_str("&amp;"),
            '|' => quoted.push_str("&#124;"),
            '`' => quoted.push_str("&#96;"),
            '@' => quoted.push_str("&#64;"),
            // Renderers make links of bare addresses unless the slashes or the dot are hidden.
            '/' if last == ':' || last == '/' => quoted.push_str("&#47;"),
            '.' if ends_with_www(&quoted) => quoted.push_str("&#46;"),
            '\\' | '*' | '_' | '{' | '}' | '[' | ']' | '~' | '$' | '#' | '!' => {
                quoted.push('\\');
                quoted.push(c);
            }
            _ => quoted.push(c),
        }
        last = c;
    }
    quoted
}

fn ends_with_www(text: &str) -> bool {
    let tail = text.get(text.len().saturating_sub(3)..);
    tail.is_some_and(|tail| tail.eq_ignore_ascii_case("www"))
}

/// A Markdown code span of a name, where the name is of the harmless kind that ours are; else its
/// text as [`markdown`] quotes it, cut at [`MAX_TEXT`].
pub fn markdown_name(name: &str) -> String {
    let line = plain(name, MAX_TEXT);
    if is_harmless(&line) { format!("`{line}`") } else { markdown(name, MAX_TEXT) }
}

/// Whether a name is of the kind that ours are.
fn is_harmless(name: &str) -> bool {
    let harmless = |c: char| c.is_ascii_alphanumeric() || " /[]{}()_-.,:?=*+%".contains(c);
    !name.is_empty() && name.chars().all(harmless)
}

/// A part of a sentence of our own: words, or a name to be set like code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Span {
    /// Whether it is a name.
    pub code: bool,
    /// The text, without its backticks.
    pub text: String,
}

/// A sentence of our own as words and the names that backticks mark in it. One whose backticks mark anything
/// but harmless names is words alone: it may quote a text from outside.
pub fn spans(sentence: &str, max: usize) -> Vec<Span> {
    let line = plain(sentence, max);
    let parts: Vec<&str> = line.split('`').collect();
    let named = parts.iter().skip(1).step_by(2).all(|name| is_harmless(name));
    if parts.len().is_multiple_of(2) || !named {
        return vec![Span { code: false, text: line }];
    }
    let all = parts.iter().enumerate().filter(|(_, text)| !text.is_empty());
    all.map(|(place, text)| Span { code: place % 2 == 1, text: (*text).to_owned() }).collect()
}

/// A sentence of our own in Markdown: its names as code spans, the rest as [`markdown`] quotes it.
pub fn markdown_sentence(sentence: &str, max: usize) -> String {
    let spans = spans(sentence, max);
    let quoted = spans.iter().map(|span| match span.code {
        true => format!("`{}`", span.text),
        false => {
            let blank = |is: bool| if is { " " } else { "" };
            let (before, after) = (span.text.starts_with(' '), span.text.ends_with(' '));
            format!("{}{}{}", blank(before), markdown(&span.text, max), blank(after && span.text != " "))
        }
    });
    quoted.collect()
}

/// A fenced Markdown block of several lines. The fence is longer than any run of backticks inside.
pub fn markdown_block(text: &str) -> String {
    let clean: String = text
        .chars()
        .map(
            |c| if (c.is_control() && !matches!(c, '\t' | '\n')) || is_invisible(c) { '\u{FFFD}' } else { c },
        )
        .collect();
    let mut longest = 2;
    let mut run = 0;
    for c in clean.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest + 1);
    format!("{fence}text\n{}\n{fence}", clean.trim_end())
}

/// One line of [`plain`] text, cut or filled up to exactly `width` (1 or more) terminal columns.
pub fn column(text: &str, width: usize) -> String {
    let mut cell = cut(&plain(text, MAX_TEXT), width);
    let used = columns(&cell);
    cell.extend(std::iter::repeat_n(' ', width.saturating_sub(used)));
    cell
}

/// The text, cut to at most `width` terminal columns.
pub fn cut(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 0;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used + 1 > width {
            break;
        }
        kept.push(c);
    }
    kept.push('…');
    kept
}

/// How many terminal columns a text takes.
pub fn columns(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_formula_gets_a_quote_in_front() {
        let rows = [
            ("=cmd()", "'=cmd()"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@sum", "'@sum"),
            ("\tx", "'\tx"),
            ("\rx", "'\rx"),
            ("'=x", "''=x"),
            ("it's 1=1", "it's 1=1"),
            ("'quoted'", "'quoted'"),
            ("\u{1b}[31mred", "\u{FFFD}[31mred"),
        ];
        for (text, cell) in rows {
            assert_eq!(csv_cell(text), cell);
        }
    }

    #[test]
    fn markdown_shows_the_text_and_nothing_else() {
        let rows = [
            ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
            ("a | b", "a &#124; b"),
            ("`code`", "&#96;code&#96;"),
            ("[x](javascript:1)", "\\[x\\](javascript:1)"),
            ("see http://evil.example", "see http:&#47;&#47;evil.example"),
            ("see WWW.evil.example", "see WWW&#46;evil.example"),
            ("two\nlines\\|", "two lines\\\\&#124;"),
            ("@somebody", "&#64;somebody"),
        ];
        for (text, quoted) in rows {
            assert_eq!(markdown(text, MAX_TEXT), quoted);
        }
    }

    #[test]
    fn harmless_names_are_code_and_others_are_quoted() {
        assert_eq!(markdown_name("/threads/[id]/messages"), "`/threads/[id]/messages`");
        assert_eq!(markdown_name("a`b"), "a&#96;b");
        assert_eq!(markdown_name(""), "");
        assert_eq!(markdown_name("http://localhost:8000"), "`http://localhost:8000`", "no link in code");
    }

    #[test]
    fn names_in_a_sentence_are_code_and_nothing_else_is() {
        let rows = [
            ("Raise it (`pool_size`, `--workers`).", "Raise it (`pool_size`, `--workers`)."),
            ("`a` `b` & c", "`a` `b` &amp; c"),
            ("a lone ` tick_", "a lone &#96; tick\\_"),
            ("not `<b>` code", "not &#96;&lt;b&gt;&#96; code"),
            ("no `` name", "no &#96;&#96; name"),
        ];
        for (sentence, quoted) in rows {
            assert_eq!(markdown_sentence(sentence, MAX_SENTENCE), quoted);
        }
        let span = |code, text: &str| Span { code, text: text.to_owned() };
        assert_eq!(spans("a `b` c", 80), [span(false, "a "), span(true, "b"), span(false, " c")]);
    }

    #[test]
    fn a_block_cannot_be_left() {
        assert_eq!(markdown_block("a\n```\nb\n"), "````text\na\n```\nb\n````");
    }

    #[test]
    fn plain_text_is_one_short_line() {
        assert_eq!(plain(" a\r\n\t b\u{1b}[2J\u{202E}c ", MAX_TEXT), "a b\u{FFFD}[2J\u{FFFD}c");
        let long = plain(&"x".repeat(10_000), MAX_TEXT);
        assert_eq!(long.chars().count(), MAX_TEXT + 1);
        assert!(long.ends_with('…'));
        assert_eq!(plain(&"x".repeat(MAX_TEXT), MAX_TEXT), "x".repeat(MAX_TEXT));
    }

    #[test]
    fn a_column_is_as_wide_as_asked() {
        assert_eq!(column("abc", 5), "abc  ");
        assert_eq!(column("abcdef", 5), "abcd…");
        assert_eq!(column("漢字漢字", 5), "漢字…");
        assert_eq!(column("", 2), "  ");
    }

    proptest! {
        #[test]
        fn a_cell_reads_back_as_its_text(text in "['=+@\ta-c,\"\n-]{0,8}") {
            let cell = csv_cell(&text);
            prop_assert_eq!(from_csv_cell(&cell), text);
        }

        #[test]
        fn columns_never_exceed_their_width(text in any::<String>(), width in 1usize..40) {
            prop_assert_eq!(columns(&column(&text, width)), width);
        }
    }
}
