//! What an answer said, for those who go on talking.

use super::dialect::Said;

/// The visible text of one answer, up to a bound.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AnswerText {
    most: usize,
    text: String,
    is_cut: bool,
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
