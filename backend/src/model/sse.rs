//! Events of a stream as text.

use std::fmt::Display;

use bytes::Bytes;

/// Events that are written one after the other, then handed out together.
#[derive(Debug)]
pub(crate) struct EventText {
    newline: &'static str,
    text: String,
}

impl EventText {
    pub(super) fn new(newline: &'static str) -> Self {
        Self { newline, text: String::new() }
    }

    /// An event without a name.
    pub(super) fn data(&mut self, data: impl Display) {
        let newline = self.newline;
        self.text.push_str(&format!("data: {data}{newline}{newline}"));
    }

    /// An event with a name.
    pub(super) fn named(&mut self, name: &str, data: impl Display) {
        let newline = self.newline;
        self.text.push_str(&format!("event: {name}{newline}data: {data}{newline}{newline}"));
    }

    /// A comment.
    pub(super) fn comment(&mut self, words: &str) {
        let newline = self.newline;
        self.text.push_str(&format!(": {words}{newline}{newline}"));
    }

    pub(super) fn take(&mut self) -> Bytes {
        std::mem::take(&mut self.text).into()
    }
}
