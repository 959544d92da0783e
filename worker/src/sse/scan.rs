//! Reads single fields out of JSON without parsing all of it.
//!
//! A token event is looked at for its type and its text; nothing is decoded or
//! allocated, and nothing after the value found is read. So:
//!
//! - Keys are compared byte by byte, escapes not decoded: `"\u0074ype"` is not
//!   found as `type`. Of duplicate keys the first counts.
//! - JSON that is malformed before the value gives `None`; what comes after the
//!   value is not looked at. Inside strings only quotes and escapes are checked,
//!   not UTF-8 and control characters.
//! - Values nested deeper than 128 levels inside a value that is stepped over
//!   give `None` (the limit of `serde_json` too).

mod cursor;
mod path;
mod tree;

use cursor::Cursor;
pub use path::{JsonPath, JsonPathError};
use std::borrow::Cow;
pub use tree::PathTree;

/// A string's bytes between its quotes, escapes not decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawStr<'a>(&'a [u8]);

impl<'a> RawStr<'a> {
    /// The bytes as they stand in the JSON.
    #[must_use]
    pub fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// Whether the string has no characters; any escape stands for one.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The text for people: escapes decoded, invalid UTF-8 replaced. A string
    /// that cannot be decoded (half a surrogate pair) is given as it stands.
    #[must_use]
    pub fn to_text(self) -> Cow<'a, str> {
        let raw = String::from_utf8_lossy(self.0);
        if !self.0.contains(&b'\\') {
            return raw;
        }
        serde_json::from_str(&format!("\"{raw}\"")).map_or(raw, Cow::Owned)
    }
}

/// A value that a path led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number as it is written.
    Number(&'a [u8]),
    /// A string.
    String(RawStr<'a>),
    /// An array; its contents have not been looked at.
    Array,
    /// An object; its contents have not been looked at.
    Object,
}

impl<'a> Value<'a> {
    fn scalar(text: &'a [u8]) -> Value<'a> {
        match text {
            b"null" => Value::Null,
            b"true" => Value::Bool(true),
            b"false" => Value::Bool(false),
            number => Value::Number(number),
        }
    }
}

/// The elements of the array with which `data` begins: for each, the text from its first byte on. Ends where
/// the text is malformed.
pub fn elements(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut cursor = Cursor::new(data);
    let mut left = cursor.take(b'[').is_some() && cursor.peek().is_some_and(|next| next != b']');
    std::iter::from_fn(move || {
        left.then_some(())?;
        cursor.peek()?;
        let element = cursor.rest();
        left = cursor.skip().is_some() && cursor.took(b',');
        Some(element)
    })
}

/// The string under a top-level key of the object `data`.
#[must_use]
pub fn string_field<'a>(data: &'a [u8], key: &str) -> Option<RawStr<'a>> {
    string_at(data, &[key])
}

/// The string at the end of a path; see [`value_at`].
#[must_use]
pub fn string_at<'a, S: AsRef<str>>(data: &'a [u8], path: &[S]) -> Option<RawStr<'a>> {
    match value_at(data, path)? {
        Value::String(text) => Some(text),
        _ => None,
    }
}

/// The whole number at the end of a path; see [`value_at`]. `None` for a sign, a
/// fraction, an exponent, or a value beyond `u64`.
#[must_use]
pub fn number_field<S: AsRef<str>>(data: &[u8], path: &[S]) -> Option<u64> {
    match value_at(data, path)? {
        Value::Number(digits) if digits.iter().all(u8::is_ascii_digit) => {
            std::str::from_utf8(digits).ok()?.parse().ok()
        }
        _ => None,
    }
}

/// The value at the end of a path: a key for each object on the way and an index
/// (`0`, `1`, … without leading zeros) for each array, as in a JSON pointer
/// (RFC 6901). The empty path is the whole document.
#[must_use]
pub fn value_at<'a, S: AsRef<str>>(data: &'a [u8], path: &[S]) -> Option<Value<'a>> {
    let mut cursor = Cursor::new(data);
    for segment in path {
        cursor.enter(segment.as_ref())?;
    }
    Some(match cursor.peek()? {
        b'{' => Value::Object,
        b'[' => Value::Array,
        b'"' => Value::String(RawStr(cursor.string()?)),
        _ => {
            let scalar = cursor.scalar()?;
            if !path.is_empty() {
                // Inside a container something follows, or the text was cut here.
                cursor.peek()?;
            }
            Value::scalar(scalar)
        }
    })
}
