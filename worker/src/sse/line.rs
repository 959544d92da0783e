//! The line in progress: which field it is, decided byte by byte.

use super::block::{Block, Field};

/// How far an unfinished line got. It depends on the line's bytes alone, never
/// on where the chunks were cut, so every chunking gives the same items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// Nothing of it yet.
    Start,
    /// So many bytes, all of them a prefix of this field's name.
    Name(Field, usize),
    /// Name and colon: one space may follow that is not part of the value.
    Colon(Field),
    /// In the value; it goes to the block as it comes.
    Value(Field),
    /// Began with a colon.
    Comment,
    /// Another field, or a name misspelled.
    Ignored,
}

impl Line {
    /// Takes the next piece of the line, which holds no line end.
    pub(super) fn extend(&mut self, mut part: &[u8], block: &mut Block) {
        while let Some((&byte, rest)) = part.split_first() {
            *self = match *self {
                Self::Start => match byte {
                    b':' => Self::Comment,
                    b'd' => Self::Name(Field::Data, 1),
                    b'e' => Self::Name(Field::Event, 1),
                    _ => Self::Ignored,
                },
                Self::Name(field, length) => match field.name().get(length) {
                    Some(&expected) if expected == byte => Self::Name(field, length + 1),
                    None if byte == b':' => {
                        block.begin(field);
                        Self::Colon(field)
                    }
                    _ => Self::Ignored,
                },
                Self::Colon(field) => {
                    *self = Self::Value(field);
                    block.append(field, part.strip_prefix(b" ").unwrap_or(part));
                    return;
                }
                Self::Value(field) => {
                    block.append(field, part);
                    return;
                }
                Self::Comment | Self::Ignored => return,
            };
            part = rest;
        }
    }

    /// The line is complete. Returns whether it was a comment.
    pub(super) fn end(&mut self, block: &mut Block) -> bool {
        let line = std::mem::replace(self, Self::Start);
        if let Self::Name(field, length) = line
            && length == field.name().len()
        {
            // A name without a colon has the empty value.
            block.begin(field);
        }
        line == Self::Comment
    }
}
