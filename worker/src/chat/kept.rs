//! What an answer said, for those who go on talking, and how it came, for those who look.

use std::time::Instant;

use super::dialect::Said;
use crate::sse::scan::{JsonPath, Value, value_at};

/// The visible text of one answer, up to a bound.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AnswerText {
    most: usize,
    text: String,
    is_cut: bool,
}

/// What somebody wants to have of an answer: its text, and values in its events.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kept {
    pub(crate) text: AnswerText,
    /// Each with what the last event said that has it.
    values: Vec<(JsonPath, Option<String>)>,
    pieces: Option<Pieces>,
}

/// The bytes of a body as they came, up to a bound.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pieces {
    /// Each with when it came.
    pub(crate) all: Vec<(Instant, Vec<u8>)>,
    /// Bytes for which there was no room.
    pub(crate) missed: u64,
    room: usize,
}

impl Kept {
    /// Room for so many bytes of text, and the values at these paths.
    pub(crate) fn new(most: usize, paths: impl Iterator<Item = JsonPath>) -> Kept {
        Kept { text: AnswerText::new(most), values: paths.map(|path| (path, None)).collect(), pieces: None }
    }

    /// Keeps the body too, as it comes, up to `most` bytes.
    pub(crate) fn record(&mut self, most: usize) {
        self.pieces = Some(Pieces { room: most, ..Pieces::default() });
    }

    /// The body as it came, if that was recorded.
    pub(crate) fn take_pieces(&mut self) -> Pieces {
        self.pieces.take().unwrap_or_default()
    }

    /// Bytes of the body came at `at`.
    pub(super) fn hear(&mut self, data: &[u8], at: Instant) {
        let Some(Pieces { all, missed, room }) = &mut self.pieces else { return };
        let kept = data.len().min(*room);
        *room -= kept;
        *missed += (data.len() - kept) as u64;
        if kept > 0 {
            all.push((at, data[..kept].to_vec()));
        }
    }

    /// Makes ready for the next answer.
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.values.iter_mut().for_each(|(_, value)| *value = None);
    }

    /// The values, in the order of their paths.
    pub(crate) fn values(&self) -> impl Iterator<Item = Option<&str>> {
        self.values.iter().map(|(_, value)| value.as_deref())
    }

    /// Takes the values that an event has.
    pub(super) fn take(&mut self, data: &[u8]) {
        for (path, value) in &mut self.values {
            let found = value_at(data, path.segments()).and_then(|found| scalar(found).ok());
            *value = found.filter(|found| !found.is_empty()).or(value.take());
        }
    }
}

/// A simple value as a text, or what is there instead.
pub(crate) fn scalar(value: Value<'_>) -> Result<String, &'static str> {
    match value {
        Value::String(text) => Ok(text.to_text().into_owned()),
        Value::Number(digits) => Ok(String::from_utf8_lossy(digits).into_owned()),
        Value::Bool(value) => Ok(value.to_string()),
        Value::Null => Err("null"),
        Value::Array | Value::Object => Err("an array or an object"),
    }
}

impl AnswerText {
    /// Room for `most` bytes of an answer's text.
    #[must_use]
    pub fn new(most: usize) -> AnswerText {
        AnswerText { most, ..AnswerText::default() }
    }

    /// What the answer said, cut at a character's boundary where it was longer than there is room for.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the answer was longer.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Makes ready for the next answer; the memory stays.
    pub fn clear(&mut self) {
        self.text.clear();
        self.is_cut = false;
    }

    pub(super) fn push(&mut self, said: Said<'_>) {
        if self.is_cut {
            return;
        }
        said.push_to(&mut self.text);
        if self.text.len() > self.most {
            self.text.truncate(self.text.floor_char_boundary(self.most));
            self.is_cut = true;
        }
    }
}
