//! What a call captures: where it is in the answer, and where it is kept.

use common::api::{Capture, CookieCapture, EventCapture, HeaderCapture};
use http::HeaderName;

use super::cookies;
use super::ids;
use crate::chat::scalar;
use crate::http::Client;
use crate::sse::scan::{JsonPath, JsonPathError, value_at};

/// The longest captured value that is not a thread's id, bytes.
const LONGEST: usize = 16 << 10;
/// The header whose last part of the path is meant.
const LOCATION: &str = "location";

/// One captured value.
#[derive(Debug)]
pub(super) struct CompiledCapture {
    /// Its name, for messages.
    pub(super) name: String,
    /// Its place among the captured values; `None` for the thread's id.
    pub(super) place: Option<u16>,
    from: CapturePlace,
}

#[derive(Debug)]
enum CapturePlace {
    Body(JsonPath),
    Header(HeaderName),
    Cookie(String),
    Event(JsonPath),
}

/// Why nothing can be captured there.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// A path that leads nowhere.
    #[error(transparent)]
    Path(#[from] JsonPathError),
    /// No header.
    #[error("`{0}` is no name of an HTTP header")]
    Header(String),
}

impl CompiledCapture {
    pub(super) fn compile(name: &str, place: Option<u16>, from: &Capture) -> Result<Self, CaptureError> {
        let from = match from {
            Capture::Body(path) => CapturePlace::Body(path.parse()?),
            Capture::Header(HeaderCapture { header }) => {
                CapturePlace::Header(header.parse().map_err(|_| CaptureError::Header(header.clone()))?)
            }
            Capture::Cookie(CookieCapture { cookie }) => CapturePlace::Cookie(cookie.clone()),
            Capture::Event(EventCapture { event }) => CapturePlace::Event(event.parse()?),
        };
        Ok(CompiledCapture { name: name.to_owned(), place, from })
    }

    /// Its path in the events of a stream; `None` if it is elsewhere.
    pub(super) fn event(&self) -> Option<&JsonPath> {
        match &self.from {
            CapturePlace::Event(path) => Some(path),
            _ => None,
        }
    }

    /// The header that must be kept for it.
    pub(super) fn header(&self) -> Option<HeaderName> {
        match &self.from {
            CapturePlace::Body(_) | CapturePlace::Event(_) => None,
            CapturePlace::Header(name) => Some(name.clone()),
            CapturePlace::Cookie(_) => Some(http::header::SET_COOKIE),
        }
    }

    /// Its value in the last answer of `client`, whose body is `body`, or whose events had `event` at its path; or
    /// what is there instead.
    pub(super) fn find(&self, client: &Client, body: &[u8], event: Option<&str>) -> Result<String, String> {
        let (place, found) = match &self.from {
            CapturePlace::Body(path) => (format!("at {}", path.segments().join(".")), in_body(body, path)),
            CapturePlace::Header(name) => {
                let value = client.kept(name.as_str()).next().map(|value| match name.as_str() {
                    LOCATION => last_part(value),
                    _ => value.to_owned(),
                });
                (format!("in the header {name}"), value.ok_or("no such header"))
            }
            CapturePlace::Cookie(name) => {
                let mut set = client.kept("set-cookie").filter_map(cookies::parse);
                let value = set.find(|(known, _)| known == name).map(|(_, value)| value.to_owned());
                (format!("in the cookie {name}"), value.ok_or("no such cookie"))
            }
            CapturePlace::Event(path) => {
                let place = format!("at {} of any event", path.segments().join("."));
                (place, event.map(str::to_owned).ok_or("nothing"))
            }
        };
        let longest = if self.place.is_some() { LONGEST } else { ids::LONGEST };
        let fits = found.and_then(|value| match value.len() {
            0 => Err("an empty text"),
            length if length > longest => Err("a text that is too long"),
            _ => Ok(value),
        });
        fits.map_err(|found| format!("no `{}` {place}, but {found}; correct where it is captured", self.name))
    }
}

fn in_body(body: &[u8], path: &JsonPath) -> Result<String, &'static str> {
    match value_at(body, path.segments()) {
        Some(value) => scalar(value),
        None if body.is_empty() => Err("an answer without a body"),
        None => Err("nothing"),
    }
}

/// The last part of a URL's path, percent-decoded.
fn last_part(url: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    decoded(path.rsplit('/').next().unwrap_or_default())
}

fn decoded(text: &str) -> String {
    let (mut out, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let Some((byte, tail)) = rest.split_first() {
        let code = tail.get(..2).and_then(|hex| u8::from_str_radix(str::from_utf8(hex).ok()?, 16).ok());
        match code.filter(|_| *byte == b'%') {
            Some(code) => {
                out.push(code);
                rest = &tail[2..];
            }
            None => {
                out.push(*byte);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_any_simple_kind_is_captured() {
        let body = br#"{"a":{"s":"x\u00e9","n":9007199254740993,"b":true,"z":null,"o":{},"e":""},"l":[7]}"#;
        let at = |path: &str| in_body(body, &path.parse().unwrap());
        assert_eq!(at("a.s").as_deref(), Ok("xé"));
        assert_eq!(at("a.n").as_deref(), Ok("9007199254740993"));
        assert_eq!((at("a.b").as_deref(), at("l.0").as_deref()), (Ok("true"), Ok("7")));
        assert_eq!(
            (at("a.z"), at("a.o"), at("a.x")),
            (Err("null"), Err("an array or an object"), Err("nothing"))
        );
    }

    #[test]
    fn of_a_location_the_last_part_is_meant() {
        for (url, part) in [
            ("/threads/7", "7"),
            ("https://h/threads/a%2Fb%20c/?x=1#y", "a/b c"),
            ("7", "7"),
            ("/t/%zz%", "%zz%"),
        ] {
            assert_eq!(last_part(url), part);
        }
    }
}
