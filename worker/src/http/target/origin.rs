//! The URL of a target, taken apart.

use http::{HeaderValue, Uri};

use super::TargetError;

/// Scheme, host, port, and the path below which every call lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) secure: bool,
    /// Without the brackets of an IPv6 address.
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) authority: HeaderValue,
    /// Without a slash at its end; empty for none.
    pub(super) path: String,
}

/// Host and port of `HOST:PORT`, the host without brackets.
pub(super) fn host_and_port(text: &str) -> Option<(String, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    let host = host.strip_prefix('[').map_or(Some(host), |host| host.strip_suffix(']'))?;
    Some((host.to_owned(), port.parse().ok()?)).filter(|_| !host.is_empty())
}

impl Origin {
    pub(super) fn parse(url: &str) -> Result<Origin, TargetError> {
        let syntax = || TargetError::Syntax;
        let uri: Uri = url.trim().parse().map_err(|_| syntax())?;
        let secure = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(syntax()),
        };
        let authority = uri.authority().ok_or_else(syntax)?;
        if uri.query().is_some() || url.contains('#') || authority.as_str().contains('@') {
            return Err(TargetError::Excess);
        }
        let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(syntax)?;
        let usual = if secure { 443 } else { 80 };
        // A port that is no number, as in `host:` or `host:99999`, is not `None` but an error.
        let port = match authority.as_str().strip_prefix(host).and_then(|rest| rest.strip_prefix(':')) {
            None => usual,
            Some(port) => port.parse().map_err(|_| syntax())?,
        };
        let shown = if port == usual { host.to_owned() } else { format!("{host}:{port}") };
        Ok(Origin {
            secure,
            host: host.trim_start_matches('[').trim_end_matches(']').to_owned(),
            port,
            authority: HeaderValue::try_from(shown).map_err(|_| syntax())?,
            path: uri.path().trim_end_matches('/').to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let cases = [
            ("http://localhost:8000", (false, "localhost", 8000, "localhost:8000")),
            ("http://h/", (false, "h", 80, "h")),
            (" https://api.example.org ", (true, "api.example.org", 443, "api.example.org")),
            ("https://h:8443", (true, "h", 8443, "h:8443")),
            ("http://h:80", (false, "h", 80, "h")),
            ("http://[::1]:8000", (false, "::1", 8000, "[::1]:8000")),
            ("http://h/api/v2/", (false, "h", 80, "h")),
        ];
        for (url, (secure, host, port, authority)) in cases {
            let origin = Origin::parse(url).unwrap();
            let got = (origin.secure, origin.host.as_str(), origin.port, origin.authority.to_str().unwrap());
            assert_eq!(got, (secure, host, port, authority), "{url}");
            assert_eq!(origin.path, if url.contains("v2") { "/api/v2" } else { "" });
        }
    }

    #[test]
    fn what_is_no_origin_says_what_to_write() {
        for url in
            ["", "localhost:8000", "h", "ftp://h", "http://", "http://h:99999", "http://h:x", "/threads"]
        {
            assert!(matches!(Origin::parse(url), Err(TargetError::Syntax)), "{url}");
        }
        for url in ["http://h/#a", "http://h/?a=b", "http://user:word@h"] {
            assert!(matches!(Origin::parse(url), Err(TargetError::Excess)), "{url}");
        }
    }
    #[test]
    fn where_to_connect_is_a_host_and_a_port() {
        let pair = |host: &str, port| Some((host.to_owned(), port));
        assert_eq!(host_and_port("10.0.0.7:8443"), pair("10.0.0.7", 8443));
        assert_eq!(host_and_port("[::1]:80"), pair("::1", 80));
        for bad in ["", "h", ":80", "h:", "h:x", "h:99999", "[::1:80"] {
            assert_eq!(host_and_port(bad), None, "{bad}");
        }
    }
}
