//! Requests as they go over the wire.

use common::api::Answer;
use common::failure::FailureClass;
use http::header::{ACCEPT, CONTENT_TYPE, HOST, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use http_body_util::Full;

use super::link::Message;
use super::{Fault, Request, Target};

const OURSELVES: HeaderValue = HeaderValue::from_static(concat!("loadtests/", env!("CARGO_PKG_VERSION")));
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const EVENT_STREAM: HeaderValue = HeaderValue::from_static("text/event-stream");

/// As many headers as a request ever has, so that the map is allocated once.
const HEADERS: usize = 5;

/// Writes a request for `target`. No `Accept-Encoding`: what is measured is to arrive as it is.
pub(super) fn write(
    request: &Request<'_>,
    target: &Target,
    user_header: Option<&HeaderName>,
) -> Result<Message, Fault> {
    let uri = Uri::try_from(request.path).ok().filter(|uri| uri.authority().is_none());
    let Some(uri) = uri else {
        let text = format!("`{}` is no path of a URL; see the API description", request.path);
        return Err(Fault::new(FailureClass::Transport, &text));
    };
    let mut headers = HeaderMap::with_capacity(HEADERS);
    headers.insert(HOST, target.authority().clone());
    headers.insert(USER_AGENT, OURSELVES);
    if request.answer == Answer::Sse {
        headers.insert(ACCEPT, EVENT_STREAM);
    }
    if request.body.is_some() {
        headers.insert(CONTENT_TYPE, JSON);
    }
    if let (Some(name), Some(value)) = (user_header, request.user) {
        headers.insert(name.clone(), value.clone());
    }
    let mut message = Message::new(request.body.clone().map_or_else(Full::default, Full::new));
    *message.method_mut() = request.method.clone();
    *message.uri_mut() = uri;
    *message.headers_mut() = headers;
    Ok(message)
}
