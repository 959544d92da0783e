//! Paths into JSON as settings write them.

use std::str::FromStr;

/// A path to a value: `usage.completion_tokens`, `choices.0.delta.content`, or
/// the same as a JSON pointer (RFC 6901), `/choices/0/delta/content`. A key that
/// holds a dot needs the pointer form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonPath(Vec<String>);

impl JsonPath {
    /// Keys and indices from the outside in, for the functions of [`scan`](super).
    #[must_use]
    pub fn segments(&self) -> &[String] {
        &self.0
    }
}

/// Why a text is not a path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonPathError {
    /// No text at all, or nothing between two dots.
    #[error(
        "`{0}` has an empty segment; write keys joined by dots, like usage.completion_tokens, \
         or a JSON pointer, like /usage/completion_tokens"
    )]
    EmptySegment(String),
    /// As other languages write paths.
    #[error("`{0}` is no path here; write keys and places joined by dots, like choices.0.delta.content")]
    Brackets(String),
    /// A tilde that is neither `~0` nor `~1`.
    #[error("`{0}` has a lone ~; in a JSON pointer write ~0 for ~ and ~1 for /")]
    LoneTilde(String),
}

impl FromStr for JsonPath {
    type Err = JsonPathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(pointer) = text.strip_prefix('/') {
            let segments = pointer.split('/').map(unescape).collect::<Option<_>>();
            return segments.map(Self).ok_or_else(|| JsonPathError::LoneTilde(text.to_owned()));
        }
        if text.split('.').any(str::is_empty) {
            return Err(JsonPathError::EmptySegment(text.to_owned()));
        }
        if text.starts_with("$.") || text.split('.').any(is_indexed) {
            return Err(JsonPathError::Brackets(text.to_owned()));
        }
        Ok(Self(text.split('.').map(str::to_owned).collect()))
    }
}

/// Whether a segment ends as `choices[0]` does.
fn is_indexed(segment: &str) -> bool {
    let place = segment.strip_suffix(']').and_then(|segment| segment.rsplit_once('['));
    place.is_some_and(|(_, place)| place == "*" || place.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Decodes `~0` and `~1`; `None` if a tilde stands for nothing.
fn unescape(segment: &str) -> Option<String> {
    let mut pieces = segment.split('~');
    let mut decoded = pieces.next()?.to_owned();
    for piece in pieces {
        let (tilde, rest) = match piece.split_at_checked(1)? {
            ("0", rest) => ('~', rest),
            ("1", rest) => ('/', rest),
            _ => return None,
        };
        decoded.push(tilde);
        decoded.push_str(rest);
    }
    Some(decoded)
}
