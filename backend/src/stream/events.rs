//! The bytes of a stream's events, made once for each kind of line end.

use std::fmt::Write;
use std::ops::Range;
use std::sync::LazyLock;

use bytes::Bytes;
use serde_json::json;

use super::prefix_cache::PromptTokens;
use crate::settings::{MAX_TOKENS, Newline};

static LF: LazyLock<Events> = LazyLock::new(|| Events::new("\n"));
static CRLF: LazyLock<Events> = LazyLock::new(|| Events::new("\r\n"));
static ANSWER: LazyLock<TextTable> = LazyLock::new(|| TextTable::new(word));

/// What one answer is on the wire, as its API writes it. Where an answer is given whole, all but its end is empty.
pub(crate) trait AnswerEvents: Send {
    /// What stands in front of the first token, from the moment at which the answer has its slot.
    fn begin(&mut self) -> Bytes {
        Bytes::new()
    }

    /// These tokens, which follow those before.
    fn tokens(&mut self, range: Range<u32>) -> Bytes;

    /// The first half of the next event, or of the whole answer.
    fn half_token(&mut self, token: u32) -> Bytes;

    /// What keeps the connection alive.
    fn ping(&mut self) -> Bytes;

    /// The end of an answer of `tokens` tokens.
    fn done(&mut self, tokens: u32) -> Bytes;

    /// What is there of an answer that ends without its end.
    fn silent(&mut self) -> Bytes {
        Bytes::new()
    }

    /// The error that takes the place of the rest.
    fn error(&mut self, message: &str) -> Bytes;
}

/// The events of the sandbox's own API.
#[derive(Debug)]
pub(crate) struct SandboxEvents {
    pub(crate) newline: Newline,
    /// What the service counts of the prompt, if it does.
    pub(crate) prompt: Option<PromptTokens>,
}

impl AnswerEvents for SandboxEvents {
    fn tokens(&mut self, range: Range<u32>) -> Bytes {
        Events::of(self.newline).tokens(range)
    }

    fn half_token(&mut self, token: u32) -> Bytes {
        Events::of(self.newline).half_token(token)
    }

    fn ping(&mut self) -> Bytes {
        Events::of(self.newline).ping()
    }

    fn done(&mut self, tokens: u32) -> Bytes {
        Events::of(self.newline).done(tokens, self.prompt)
    }

    fn error(&mut self, message: &str) -> Bytes {
        Events::of(self.newline).error(message)
    }
}

/// Events with one kind of line end. Token events depend on their number only,
/// so they lie in one table that lives as long as the process: sending tokens
/// copies nothing, allocates nothing and counts no reference, and tokens that
/// are due together are one slice.
#[derive(Debug)]
pub(crate) struct Events {
    newline: &'static str,
    tokens: TextTable,
    ping: String,
}

impl Events {
    pub(crate) fn of(newline: Newline) -> &'static Self {
        match newline {
            Newline::Lf => &LF,
            Newline::Crlf => &CRLF,
        }
    }

    fn new(newline: &'static str) -> Self {
        let tokens = TextTable::new(|i| {
            let content = word(i);
            format!("data: {{\"type\":\"token\",\"content\":\"{content}\",\"i\":{i}}}{newline}{newline}")
        });
        Self { newline, tokens, ping: format!(": ping{newline}{newline}") }
    }

    /// The token events of `range`; its end is at most [`MAX_TOKENS`].
    pub(crate) fn tokens(&'static self, range: Range<u32>) -> Bytes {
        Bytes::from_static(self.tokens.slice(range).as_bytes())
    }

    /// The first half of the event of `token`.
    pub(crate) fn half_token(&'static self, token: u32) -> Bytes {
        let event = self.tokens.slice(token..token + 1).as_bytes();
        Bytes::from_static(&event[..event.len() / 2])
    }

    /// A comment that keeps the connection alive.
    pub(crate) fn ping(&'static self) -> Bytes {
        Bytes::from_static(self.ping.as_bytes())
    }

    /// The terminal event of an answer of `tokens` tokens.
    pub(crate) fn done(&self, tokens: u32, prompt: Option<PromptTokens>) -> Bytes {
        let prompt = prompt.map_or_else(String::new, |PromptTokens { prompt, cached }| {
            format!(",\"prompt_tokens\":{prompt},\"cached_tokens\":{cached}")
        });
        self.event(format_args!("{{\"type\":\"done\",\"usage\":{{\"completion_tokens\":{tokens}{prompt}}}}}"))
    }

    /// The error event.
    pub(crate) fn error(&self, message: &str) -> Bytes {
        // `json!` escapes the message; the key order is that of the API.
        self.event(format_args!("{{\"type\":\"error\",\"message\":{}}}", json!(message)))
    }

    fn event(&self, data: std::fmt::Arguments<'_>) -> Bytes {
        let newline = self.newline;
        format!("data: {data}{newline}{newline}").into()
    }
}

/// The text of an answer of `tokens` tokens: the contents of its events in one.
pub(crate) fn answer(tokens: u32) -> &'static str {
    ANSWER.slice(0..tokens)
}

/// The word that is token `i` of a text, with a trailing space.
pub(crate) fn word(i: u32) -> String {
    format!("w{i} ")
}

/// Texts of all token numbers, end to end.
#[derive(Debug)]
struct TextTable {
    text: String,
    /// Where each begins; one more for the end.
    starts: Vec<usize>,
}

impl TextTable {
    fn new(entry: impl Fn(u32) -> String) -> Self {
        let mut text = String::new();
        let mut starts = vec![0];
        for i in 0..MAX_TOKENS {
            // Writing to a String cannot fail.
            let _ = text.write_str(&entry(i));
            starts.push(text.len());
        }
        Self { text, starts }
    }

    fn slice(&self, range: Range<u32>) -> &str {
        &self.text[self.starts[range.start as usize]..self.starts[range.end as usize]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_written_to_the_letter() {
        let lf = Events::of(Newline::Lf);
        assert_eq!(lf.tokens(12..13), "data: {\"type\":\"token\",\"content\":\"w12 \",\"i\":12}\n\n");
        assert_eq!(lf.done(7, None), "data: {\"type\":\"done\",\"usage\":{\"completion_tokens\":7}}\n\n");
        assert_eq!(lf.error("a \"b\""), "data: {\"type\":\"error\",\"message\":\"a \\\"b\\\"\"}\n\n");
        let told = lf.done(7, Some(PromptTokens { prompt: 9, cached: 4 }));
        let usage = "{\"completion_tokens\":7,\"prompt_tokens\":9,\"cached_tokens\":4}";
        assert_eq!(told, format!("data: {{\"type\":\"done\",\"usage\":{usage}}}\n\n"));
        assert_eq!(lf.ping(), ": ping\n\n");
        let crlf = Events::of(Newline::Crlf);
        assert_eq!(crlf.ping(), ": ping\r\n\r\n");
        assert!(crlf.done(7, None).ends_with(b"\r\n\r\n"));
        assert!(crlf.tokens(0..1).ends_with(b"}\r\n\r\n"));
    }

    #[test]
    fn neighbours_are_one_slice_and_the_whole_table_can_be_sent() {
        let lf = Events::of(Newline::Lf);
        let two = [lf.tokens(8..9), lf.tokens(9..10)].concat();
        assert_eq!(lf.tokens(8..10), two);
        assert!(lf.tokens(0..MAX_TOKENS).ends_with(b"\"i\":4095}\n\n"));
        assert_eq!(answer(3), "w0 w1 w2 ");
    }

    #[test]
    fn half_an_event_has_no_end() {
        let half = Events::of(Newline::Lf).half_token(5);
        assert!(half.starts_with(b"data: {") && !half.contains(&b'\n'));
    }
}
