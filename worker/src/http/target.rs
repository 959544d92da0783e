//! Where requests go.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::api::Template;
use common::plan::Plan;
use http::{HeaderName, HeaderValue, Uri};

use super::tls::{self, TargetTls, TargetTlsError};

/// The service under test, ready to be connected to. A clone shares everything.
#[derive(Clone)]
pub struct Target(Arc<Inner>);

struct Inner {
    origin: Origin,
    common_lines: Vec<u8>,
    addresses: Vec<SocketAddr>,
    /// Place of the address that answered last; beyond the end: none did yet.
    answered: AtomicUsize,
    /// Whose turn it is among the addresses like the one that answered.
    spread: AtomicUsize,
    /// Addresses of this machine to connect from, in turn; the system's choice when empty.
    sources: Vec<IpAddr>,
    turn: AtomicUsize,
    tls: Option<TargetTls>,
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
    /// A header that HTTP does not allow; its value may be a secret.
    #[error("the header `{0}` of the API description has a name or a value that HTTP does not allow")]
    Header(String),
    /// `https://` cannot be prepared.
    #[error(transparent)]
    Tls(#[from] TargetTlsError),
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
        let common_lines = common_lines(&origin.authority, &plan.api.headers)?;
        let (answered, spread, turn) = (usize::MAX.into(), 0.into(), 0.into());
        Ok(Target(Arc::new(Inner { origin, common_lines, addresses, answered, spread, sources, turn, tls })))
    }

    /// The part of a request's head that all have in common: from behind the path to the last header
    /// that does not depend on the request.
    pub(super) fn common_lines(&self) -> &[u8] {
        &self.0.common_lines
    }

    pub(super) fn tls(&self) -> Option<&TargetTls> {
        self.0.tls.as_ref()
    }

    /// Every address. A name that stands for several servers has its connections spread over them: those of
    /// the protocol that answered last (IPv4 or IPv6) come first, beginning with the one whose turn it is.
    pub(super) fn addresses(&self) -> impl Iterator<Item = (usize, SocketAddr)> {
        let all = || self.0.addresses.iter().copied().enumerate();
        let last = self.answered();
        let alike = move |address: &SocketAddr| {
            last.is_none_or(|last| self.0.addresses[last].is_ipv4() == address.is_ipv4())
        };
        let many = all().filter(|(_, address)| alike(address)).count();
        let turn = match last {
            // Relaxed: that turns come in order matters to nobody.
            Some(_) if many > 1 => self.0.spread.fetch_add(1, Ordering::Relaxed) % many,
            _ => 0,
        };
        let first = all().filter(move |(_, address)| alike(address)).cycle().skip(turn).take(many);
        first.chain(all().filter(move |(_, address)| !alike(address)))
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

/// Host, agent, and those headers of the API description that are the same for every user, one of which may
/// name another agent.
fn common_lines(
    authority: &HeaderValue,
    headers: &BTreeMap<String, Template>,
) -> Result<Vec<u8>, TargetError> {
    let mut lines = [b" HTTP/1.1\r\nhost: ", authority.as_bytes(), b"\r\n"].concat();
    if !headers.keys().any(|name| name.eq_ignore_ascii_case("user-agent")) {
        lines.extend_from_slice(
            concat!("user-agent: loadtests/", env!("CARGO_PKG_VERSION"), "\r\n").as_bytes(),
        );
    }
    for (name, value) in headers {
        let refused = || TargetError::Header(name.clone());
        let name = HeaderName::try_from(name).map_err(|_| refused())?;
        if !value.is_constant() {
            continue;
        }
        let value = HeaderValue::try_from(value.source()).map_err(|_| refused())?;
        for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            lines.extend_from_slice(part);
        }
    }
    Ok(lines)
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

    #[tokio::test]
    async fn a_name_with_several_addresses_has_its_connections_spread() {
        let plan = Plan { base_url: "http://127.0.0.1:1".to_owned(), ..Plan::default() };
        let Target(inner) = Target::resolve(&plan).await.unwrap();
        let mut inner = Arc::into_inner(inner).unwrap();
        let addresses = ["[::1]:8", "10.0.0.1:8", "10.0.0.2:8", "[::2]:8", "10.0.0.3:8"];
        inner.addresses = addresses.map(|address| address.parse().unwrap()).to_vec();
        let target = Target(Arc::new(inner));
        let order = || target.addresses().map(|(place, _)| place).collect::<Vec<_>>();
        // Which protocol is served is not known yet: as the resolver said, every time.
        assert_eq!((order(), order()), (vec![0, 1, 2, 3, 4], vec![0, 1, 2, 3, 4]));
        target.set_answered(2);
        let turns = [order(), order(), order(), order()];
        assert_eq!(turns[..2], [vec![1, 2, 4, 0, 3], vec![2, 4, 1, 0, 3]]);
        assert_eq!(turns[2..], [vec![4, 1, 2, 0, 3], vec![1, 2, 4, 0, 3]]);
    }

    #[test]
    fn headers_of_the_description_are_in_every_head() {
        let lines = |pairs: &[(&str, &str)]| {
            let template = |text: &str| Template::try_from(text.to_owned()).unwrap();
            let headers = pairs.iter().map(|(name, value)| ((*name).to_owned(), template(value)));
            common_lines(&HeaderValue::from_static("h:1"), &headers.collect())
        };
        let agent = concat!("user-agent: loadtests/", env!("CARGO_PKG_VERSION"), "\r\n");
        let head = " HTTP/1.1\r\nhost: h:1\r\n";
        assert_eq!(lines(&[]).unwrap(), format!("{head}{agent}").as_bytes());
        let two = lines(&[("X-Key", "a b"), ("authorization", "Bearer s")]).unwrap();
        assert_eq!(two, format!("{head}{agent}x-key: a b\r\nauthorization: Bearer s\r\n").as_bytes());
        let own = [("authorization", "Bearer ${user.token}")];
        assert_eq!(lines(&own).unwrap(), format!("{head}{agent}").as_bytes(), "each user writes its own");
        assert_eq!(lines(&[("User-Agent", "me")]).unwrap(), format!("{head}user-agent: me\r\n").as_bytes());
        for bad in [("a b", "c"), ("a", "b\r\nc: d"), ("", "x")] {
            let failure = lines(&[bad]).unwrap_err().to_string();
            assert!(failure.contains(&format!("`{}`", bad.0)) && !failure.contains("c: d"), "{failure}");
        }
    }

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
