//! The text of an API file.

use common::api::{Api, Encoding};
use controller::api::{from_text, spelled_out};

/// Panics if an API file of these bytes breaks a promise.
///
/// - No text panics, and what is refused is reported in one line.
/// - What is read is whole: spelled out, and sent to a worker, it is the same again.
/// - Whatever is filled in, no path and no body breaks out of its request.
pub fn read(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let api = match from_text(text, "fuzz.toml") {
        Ok(api) => api,
        Err(error) => {
            let message = error.to_string();
            return assert!(!message.is_empty() && !message.chars().any(char::is_control), "{message:?}");
        }
    };
    let whole = spelled_out(&api);
    assert_eq!(from_text(&whole, "again.toml").ok().as_ref(), Some(&api), "{whole}");
    assert_eq!(Api::from_toml(&api.to_toml()).as_ref(), Ok(&api));
    for (_, call) in api.made() {
        let mut path = Vec::new();
        call.path.render(&mut path, |_, out| out.extend_from_slice(b"%20"));
        assert!(path.starts_with(b"/") && path.iter().all(u8::is_ascii_graphic), "{call:?}");
        if let Some(body) = call.body.as_ref().filter(|_| call.encoding == Encoding::Json) {
            let mut json = Vec::new();
            body.render(&mut json, |_, out| out.extend_from_slice(b"7"));
            assert!(serde_json::from_slice::<serde_json::Value>(&json).is_ok(), "{call:?}");
        }
    }
    for (name, value) in &api.headers {
        let mut line = Vec::new();
        value.render(&mut line, |_, out| out.extend_from_slice(b"7"));
        assert!(
            name.parse::<http::HeaderName>().is_ok() && http::HeaderValue::from_bytes(&line).is_ok(),
            "{name}"
        );
    }
}
