//! The addresses of the command line. What may be a password in one is never shown.

use common::api::{Api, Call};

use super::error::OptionsError;

/// The service's URL without a slash at its end. What its path and all the API's paths share, as `/v1`, is said
/// once.
pub(super) fn host(url: &str, api: &Api) -> Result<String, OptionsError> {
    let instead = ", and add --header 'authorization: Basic …' with both in base64";
    let userinfo = || OptionsError::Userinfo { flag: "--host", instead };
    // What is no URL may hold a password anywhere before an `@`.
    let error = || match port(url) {
        _ if url.contains('@') => userinfo(),
        Some(port) if port.parse::<u16>().is_err() => {
            OptionsError::HostPort { host: url.to_owned(), port: port.to_owned() }
        }
        _ => OptionsError::Host(url.to_owned()),
    };
    if has_userinfo(url) {
        return Err(userinfo());
    }
    if url.contains(['?', '#']) {
        return Err(OptionsError::HostExcess);
    }
    let bare = url.trim_end_matches('/');
    let uri: http::Uri = bare.parse().map_err(|_| error())?;
    let is_address = matches!(uri.scheme_str(), Some("http" | "https"))
        && uri.host().is_some_and(|host| !host.is_empty())
        && !has_no_port_behind_its_colon(&uri)
        && uri.path().is_ascii();
    if !is_address {
        return Err(error());
    }
    let path = uri.path().trim_end_matches('/');
    let shared = shared(path, api);
    Ok(bare[..bare.len() - shared].trim_end_matches('/').to_owned())
}

/// What stands where a port does, if those are digits.
fn port(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let (_, port) = rest.split('/').next()?.rsplit_once(':')?;
    (!port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())).then_some(port)
}

/// How much of the end of `path` begins every path of the API.
fn shared(path: &str, api: &Api) -> usize {
    let probe = api.probe.as_ref().filter(|probe| !probe.skip);
    let calls = || api.made().map(|(_, call)| call).chain(probe);
    let is_below = |end: &str, call: &Call| {
        call.path.source().strip_prefix(end).is_some_and(|rest| rest.starts_with('/'))
    };
    let ends = path.match_indices('/').map(|(at, _)| &path[at..]);
    let found = ends.filter(|end| calls().all(|call| is_below(end, call)));
    found.map(str::len).max().unwrap_or(0)
}

/// The address for metrics: `/v1/metrics` of the host, unless a path is given.
pub(super) fn otlp(url: &str) -> Result<String, OptionsError> {
    let userinfo = || {
        let instead = "; a collector beside this program needs none";
        OptionsError::Userinfo { flag: "--otlp", instead }
    };
    let error = || match url.contains('@') {
        true => userinfo(),
        false => OptionsError::Otlp(url.split(['?', '#']).next().unwrap_or_default().to_owned()),
    };
    if has_userinfo(url) {
        return Err(userinfo());
    }
    let uri: http::Uri = url.parse().map_err(|_| error())?;
    let named = uri.host().is_some_and(|host| !host.is_empty()) && !has_no_port_behind_its_colon(&uri);
    match matches!(uri.scheme_str(), Some("http" | "https")) && named {
        true if uri.path() == "/" && uri.query().is_none() => {
            Ok(format!("{}/v1/metrics", url.trim_end_matches('/')))
        }
        true => Ok(url.to_owned()),
        false => Err(error()),
    }
}

/// `HOST:PORT`.
pub(super) fn connect_to(text: &str) -> Result<String, OptionsError> {
    let fits = text.parse::<http::uri::Authority>().is_ok_and(|authority| {
        authority.port_u16().is_some() && !authority.host().is_empty() && !text.contains('@')
    });
    match fits {
        true => Ok(text.to_owned()),
        false if text.contains('@') => Err(OptionsError::Userinfo { flag: "--connect-to", instead: "" }),
        false => Err(OptionsError::ConnectTo(text.to_owned())),
    }
}

/// Whether a colon stands behind the name, and no number from 0 to 65535 behind that.
fn has_no_port_behind_its_colon(uri: &http::Uri) -> bool {
    uri.authority().is_some_and(|authority| {
        authority.port_u16().is_none() && authority.as_str().len() > authority.host().len()
    })
}

/// Whether something stands before an `@` ahead of the path.
fn has_userinfo(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().is_some_and(|authority| authority.contains('@'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collector_without_a_path_takes_metrics_at_the_usual_one() {
        assert_eq!(otlp("http://c:4318").ok().as_deref(), Some("http://c:4318/v1/metrics"));
        assert_eq!(otlp("https://c/").ok().as_deref(), Some("https://c/v1/metrics"));
        assert_eq!(otlp("https://c/in/x?y=1").ok().as_deref(), Some("https://c/in/x?y=1"));
        for bad in ["", "c:4318", "grpc://c:4317", "http://", "http://c:99999", "/v1/metrics"] {
            assert!(otlp(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_host_is_a_scheme_a_name_and_perhaps_a_path() {
        let kept = |url: &str| host(url, &Api::default()).ok();
        for (url, kept_as) in [
            ("http://h:1/", "http://h:1"),
            ("https://[::1]:8443", "https://[::1]:8443"),
            ("http://h/api/v2/", "http://h/api/v2"),
            ("http://h/a/@me", "http://h/a/@me"),
        ] {
            assert_eq!(kept(url).as_deref(), Some(kept_as));
        }
        for bad in [
            "",
            "h:1",
            "http://h:99999",
            "http://h:",
            "localhost:8000",
            "ftp://h",
            "http://",
            "http://h?q",
            "http://h/#a",
            "http://u@h",
        ] {
            assert!(host(bad, &Api::default()).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_host_and_paths_share_is_said_once() {
        let openai = crate::api::choose(Some("openai"), &[]).unwrap();
        let kept = |url: &str| host(url, &openai).unwrap();
        assert_eq!(kept("http://h/v1/"), "http://h");
        assert_eq!(kept("http://h/openai/v1"), "http://h/openai");
        assert_eq!(kept("http://h/v1/chat"), "http://h/v1/chat", "the list of models is not below it");
        assert_eq!(kept("http://h/v2"), "http://h/v2");
    }

    #[test]
    fn a_password_is_not_shown() {
        let urls = [
            "http://bob:hunter2@h",
            "http://bob:hunter2@h:bad/x",
            "hunter2@",
            "http:/bob:hunter2@h",
            "http:///bob:hunter2@h",
            "http:\\\\bob:hunter2@h",
            "http://h/?key=hunter2",
            "http://h/#hunter2",
        ];
        for url in urls {
            let message = host(url, &Api::default()).unwrap_err().to_string();
            assert!(!message.contains("hunter2"), "{message}");
        }
        for url in ["http://bob:hunter2@c:4318", "http:/bob:hunter2@c", "grpc://c/?key=hunter2"] {
            assert!(!otlp(url).unwrap_err().to_string().contains("hunter2"), "{url}");
        }
        assert!(!connect_to("bob:hunter2@h:1").unwrap_err().to_string().contains("hunter2"));
    }

    #[test]
    fn a_connection_goes_to_a_host_and_a_port() {
        assert_eq!(connect_to("10.0.0.7:443").ok().as_deref(), Some("10.0.0.7:443"));
        assert_eq!(connect_to("[::1]:80").ok().as_deref(), Some("[::1]:80"));
        for bad in ["", "h", "http://h:1", "h:99999", ":1"] {
            assert!(connect_to(bad).is_err(), "{bad}");
        }
    }
}
