//! Why an exchange failed, in words that fit a table.

use common::failure::FailureClass;

/// Longest text of a fault, bytes.
const TEXT_LIMIT: usize = 200;

/// A failed exchange: its class, and what is known beyond it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{class}: {text}")]
pub struct Fault {
    /// The class it is counted under.
    pub class: FailureClass,
    /// One line without control characters, at most 200 bytes.
    pub text: String,
}

impl Fault {
    /// A fault whose text may come from a peer: control characters become spaces, runs of white
    /// space one space, and the end is cut at a character's boundary.
    #[must_use]
    pub fn new(class: FailureClass, text: &str) -> Self {
        let mut line = String::with_capacity(text.len().min(TEXT_LIMIT));
        let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
        for word in words {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
            if line.len() > TEXT_LIMIT {
                line.truncate(line.floor_char_boundary(TEXT_LIMIT));
                line.truncate(line.trim_end().len());
                break;
            }
        }
        Self { class, text: line }
    }
}
