//! Requests as they go over the wire.

use std::io::Write as _;

use common::api::Answer;
use common::failure::FailureClass;
use http::{HeaderName, Method};

use super::{Fault, Request, Target};

/// Whether a path can stand in a request's first line (RFC 9112 §3.2.1).
pub(super) fn check(request: &Request<'_>) -> Result<(), Fault> {
    if request.path.starts_with('/')
        && request.path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#')
    {
        return Ok(());
    }
    let text = format!("`{}` is no path of a URL; see the API description", request.path);
    Err(Fault::new(FailureClass::Transport, &text))
}

/// Writes a request for `target`. No `Accept-Encoding`: what is measured is to arrive as it is.
pub(super) fn write(
    request: &Request<'_>,
    target: &Target,
    user_header: Option<&HeaderName>,
    out: &mut Vec<u8>,
) {
    let mut put = |parts: &[&[u8]]| parts.iter().for_each(|part| out.extend_from_slice(part));
    let method = request.method.as_str().as_bytes();
    put(&[method, b" ", request.path.as_bytes(), target.common_lines()]);
    if request.answer == Answer::Sse {
        put(&[b"accept: text/event-stream\r\n"]);
    }
    if let (Some(name), Some(value)) = (user_header, request.user) {
        put(&[name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"]);
    }
    let body = match request.body {
        Some(body) => {
            put(&[b"content-type: application/json\r\n"]);
            body
        }
        None => b"",
    };
    if request.body.is_some() || matches!(*request.method, Method::POST | Method::PUT | Method::PATCH) {
        put(&[b"content-length: "]);
        // Writing to a vector cannot fail.
        let _ = write!(out, "{}", body.len());
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(body);
}
