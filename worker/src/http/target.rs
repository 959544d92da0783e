//! Where requests go.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::plan::Plan;
use http::{HeaderValue, Uri};

use super::tls::{self, Tls, TlsError};

/// The service under test, ready to be connected to. A clone shares everything.
#[derive(Clone)]
pub struct Target(Arc<Inner>);

struct Inner {
    origin: Origin,
    common_lines: Vec<u8>,
    addresses: Vec<SocketAddr>,
    /// Place of the address that answered last; beyond the end: none did yet.
    answered: AtomicUsize,
    /// Addresses of this machine to connect from, in turn; the system's choice when empty.
    sources: Vec<IpAddr>,
    turn: AtomicUsize,
    tls: Option<Tls>,
}

/// A target that no user can reach.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// No URL, or not an `http://` or `https://` one.
    #[error("`{0}` is no target; write http://HOST, http://HOST:PORT or https://HOST")]
    Syntax(String),
    /// A URL with more than scheme, host and port.
    #[error("the target `{0}` must end after host and port; paths belong into the API description")]
    Excess(String),
    /// The host's name has no address.
    #[error("the host `{host}` cannot be looked up: {source}; check the name and this machine's DNS")]
    Lookup {
        /// The name.
        host: String,
        /// What the resolver said.
        source: std::io::Error,
    },
    /// `https://` cannot be prepared.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

impl Target {
    /// Reads the plan's URL, looks its host up once and, for `https://`, gathers the roots of trust.
    ///
    /// # Errors
    ///
    /// See [`TargetError`]. Nothing is connected to yet.
    pub async fn resolve(plan: &Plan) -> Result<Target, TargetError> {
        Target::resolve_from(plan, Vec::new()).await
    }

    /// The same, but connections come from these addresses of this machine in turn. Each has local
    /// ports of its own: from one address to one target Linux has 28,232, and from half of them on it
    /// searches long for a free one (0.3 ms of CPU for each connection).
    ///
    /// # Errors
    ///
    /// See [`TargetError`]. Nothing is connected to yet.
    pub async fn resolve_from(plan: &Plan, sources: Vec<IpAddr>) -> Result<Target, TargetError> {
        let origin = Origin::parse(&plan.base_url)?;
        let lookup = |source| TargetError::Lookup { host: origin.host.clone(), source };
        let found = tokio::net::lookup_host((origin.host.as_str(), origin.port)).await.map_err(lookup)?;
        let addresses: Vec<_> = found.collect();
        if addresses.is_empty() {
            return Err(lookup(std::io::Error::other("it has no address")));
        }
        let tls = if origin.secure { Some(tls::prepare(plan, &origin.host)?) } else { None };
        let common_lines = common_lines(&origin.authority);
        let (answered, turn) = (AtomicUsize::new(usize::MAX), AtomicUsize::new(0));
        Ok(Target(Arc::new(Inner { origin, common_lines, addresses, answered, sources, turn, tls })))
    }

    /// The part of a request's head that all have in common: from behind the path to the last header
    /// that does not depend on the request.
    pub(super) fn common_lines(&self) -> &[u8] {
        &self.0.common_lines
    }

    pub(super) fn tls(&self) -> Option<&Tls> {
        self.0.tls.as_ref()
    }

    /// Every address, beginning with the one that answered last.
    pub(super) fn addresses(&self) -> impl Iterator<Item = (usize, SocketAddr)> {
        let first = self.answered().unwrap_or(0);
        let place = move |i| (first + i) % self.0.addresses.len();
        (0..self.0.addresses.len()).map(move |i| (place(i), self.0.addresses[place(i)]))
    }

    /// The address of this machine whose turn it is; none when the system is to choose.
    pub(super) fn source(&self) -> Option<IpAddr> {
        let sources = &self.0.sources;
        // Relaxed: that turns come in order matters to nobody.
        let turn = || self.0.turn.fetch_add(1, Ordering::Relaxed);
        (!sources.is_empty()).then(|| sources[turn() % sources.len()])
    }

    /// Place of the address that answered last.
    pub(super) fn answered(&self) -> Option<usize> {
        // Relaxed: a hint that any user may write; a stale one costs one refused connection.
        Some(self.0.answered.load(Ordering::Relaxed)).filter(|place| *place < self.0.addresses.len())
    }

    pub(super) fn set_answered(&self, place: usize) {
        if self.answered() != Some(place) {
            self.0.answered.store(place, Ordering::Relaxed);
        }
    }
}

fn common_lines(authority: &HeaderValue) -> Vec<u8> {
    let agent = concat!("loadtests/", env!("CARGO_PKG_VERSION"));
    let end = format!("\r\nuser-agent: {agent}\r\n");
    [b" HTTP/1.1\r\nhost: ", authority.as_bytes(), end.as_bytes()].concat()
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target")
            .field("origin", &self.0.origin)
            .field("addresses", &self.0.addresses)
            .finish_non_exhaustive()
    }
}

/// Scheme, host and port.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Origin {
    secure: bool,
    /// Without the brackets of an IPv6 address.
    host: String,
    port: u16,
    authority: HeaderValue,
}

impl Origin {
    fn parse(url: &str) -> Result<Origin, TargetError> {
        let syntax = || TargetError::Syntax(url.to_owned());
        let uri: Uri = url.trim().parse().map_err(|_| syntax())?;
        let secure = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(syntax()),
        };
        let authority = uri.authority().ok_or_else(syntax)?;
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() || authority.as_str().contains('@') {
            return Err(TargetError::Excess(url.to_owned()));
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
        ];
        for (url, (secure, host, port, authority)) in cases {
            let origin = Origin::parse(url).unwrap();
            let got = (origin.secure, origin.host.as_str(), origin.port, origin.authority.to_str().unwrap());
            assert_eq!(got, (secure, host, port, authority), "{url}");
        }
    }

    #[test]
    fn what_is_no_origin_says_what_to_write() {
        for url in
            ["", "localhost:8000", "h", "ftp://h", "http://", "http://h:99999", "http://h:x", "/threads"]
        {
            assert!(matches!(Origin::parse(url), Err(TargetError::Syntax(shown)) if shown == url), "{url}");
        }
        for url in ["http://h/api", "http://h/?a=b", "http://user:word@h"] {
            assert!(matches!(Origin::parse(url), Err(TargetError::Excess(shown)) if shown == url), "{url}");
        }
    }
}
