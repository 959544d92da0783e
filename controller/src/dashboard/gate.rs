//! Who may ask what: the rules that hold before any page or control is reached.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::http::{StatusCode, uri::Authority};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::app_state::AppState;

/// Nothing is loaded from elsewhere, markup holds neither scripts nor styles, and no page elsewhere may frame ours. What
/// the page keeps of files has blob addresses.
const POLICY: &str = "default-src 'self'; connect-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; \
                      frame-ancestors 'none'";

/// Why a request is refused, in words that help.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum GateError {
    #[error(
        "this dashboard does not answer to that host name; open it by its IP address, as localhost, or by the name \
         of its machine"
    )]
    Host,
    #[error("controls work from the dashboard's own page only")]
    Origin,
    #[error("send the control as application/json")]
    ContentType,
    #[error("this control needs the token of the run; send it as `Authorization: Bearer TOKEN`")]
    Token,
}

#[derive(Serialize)]
struct ErrorBody {
    error: String,
}

/// An answer that says what is wrong.
pub(super) fn error_response(status: StatusCode, error: impl std::fmt::Display) -> Response {
    (status, Json(ErrorBody { error: error.to_string() })).into_response()
}

impl IntoResponse for GateError {
    fn into_response(self) -> Response {
        let status = match self {
            GateError::Host => StatusCode::MISDIRECTED_REQUEST,
            GateError::Origin => StatusCode::FORBIDDEN,
            GateError::ContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            GateError::Token => StatusCode::UNAUTHORIZED,
        };
        error_response(status, self)
    }
}

/// Lets requests to this machine through, and gives every answer its headers.
pub(super) async fn guard(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let mut response = match host.is_some_and(|host| is_ours(host, &app.machine)) {
        true => next.run(request).await,
        false => GateError::Host.into_response(),
    };
    let headers = response.headers_mut();
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Whether a `Host` can only mean this machine. A page elsewhere can make its own name point here (DNS
/// rebinding), so a name is believed only where nobody else can own it: an address, localhost, a name
/// without dots, or the one of this machine.
fn is_ours(host: &str, machine: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    if host.contains('@') {
        return false;
    }
    let name = authority.host().trim_end_matches('.').to_ascii_lowercase();
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    bare.parse::<std::net::IpAddr>().is_ok()
        || !name.contains('.')
        || name.ends_with(".localhost")
        || name == machine.to_ascii_lowercase()
}

/// Whether a control may be obeyed: from our own page or from no page at all, as JSON, with the token.
pub(super) fn admit(headers: &HeaderMap, app: &AppState) -> Result<(), GateError> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(origin) = headers.get(header::ORIGIN) {
        let own = text("host").unwrap_or_default();
        let same = origin.to_str().is_ok_and(|origin| {
            origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://")) == Some(own)
        });
        if !same {
            return Err(GateError::Origin);
        }
    }
    if text("sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return Err(GateError::Origin);
    }
    let kind = text("content-type").unwrap_or_default();
    if kind.split(';').next().is_none_or(|kind| !kind.trim().eq_ignore_ascii_case("application/json")) {
        return Err(GateError::ContentType);
    }
    match &app.token {
        Some(token) if !token.admits(text("authorization")) => Err(GateError::Token),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_that_nobody_else_can_own_are_ours() {
        let ours = [
            "127.0.0.1:8089",
            "localhost",
            "localhost:8089",
            "[::1]:8089",
            "10.0.0.5:1",
            "controller:8089",
            "Box.Example.COM:8089",
            "dash.localhost:80",
        ];
        for host in ours {
            assert!(is_ours(host, "box.example.com"), "{host}");
        }
        for host in ["evil.example", "evil.example:8089", "", "127.0.0.1.evil.example", "a@localhost", "x y"]
        {
            assert!(!is_ours(host, "box.example.com"), "{host}");
        }
    }
}
