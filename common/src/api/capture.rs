//! Values that a user takes from an answer and sends later.

use serde::{Deserialize, Serialize};

/// Where in an answer a value is found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "a path in the answer such as \"data.id\", { header = \"location\" }, { cookie = \"session\" } or { event = \"response.id\" }"
)]
pub enum Capture {
    /// At a path in a JSON body, parts separated by dots: a text, a number, or a boolean.
    Body(String),
    /// In a header. Of `location` it is the last part of the path, percent-decoded.
    Header(HeaderCapture),
    /// A cookie that the answer sets.
    Cookie(CookieCapture),
    /// At a path in the events of a stream; the last event counts that has it.
    Event(EventCapture),
}

/// The value of a header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeaderCapture {
    /// Its name.
    pub header: String,
}

/// The value of a cookie.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CookieCapture {
    /// Its name.
    pub cookie: String,
}

/// A value in the events of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventCapture {
    /// Its path in their data, parts separated by dots.
    pub event: String,
}

/// Whether a captured value may be called that: letters, digits and `_`, as in `access_token`.
pub fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.chars().all(fits) && name.starts_with(|c: char| c.is_ascii_alphabetic())
}
