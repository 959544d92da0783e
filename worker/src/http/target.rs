//! Where requests go.

mod origin;

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use common::api::Template;
use common::plan::Plan;
use http::{HeaderName, HeaderValue};

use origin::Origin;

use super::tls::{self, TargetTls, TargetTlsError};

/// A name is looked up again, before it is connected to, once what is known of it is so old: services move.
const STALE: Duration = Duration::from_secs(60);
/// Where connecting fails, it is looked up again no sooner than this.
const AGAIN: Duration = Duration::from_secs(1);

/// The service under test, ready to be connected to. A clone shares everything.
#[derive(Clone)]
pub struct Target(Arc<Inner>);

struct Inner {
    origin: Origin,
    common_lines: Vec<u8>,
    /// The name and port that are connected to.
    dialled: (String, u16),
    known: Mutex<Known>,
    /// Whose turn it is among the addresses like the one that answered.
    spread: AtomicUsize,
    /// Addresses of this machine to connect from, in turn; the system's choice when empty.
    sources: Vec<IpAddr>,
    turn: AtomicUsize,
    tls: Option<TargetTls>,
}

/// What is known of the name's addresses.
#[derive(Debug)]
struct Known {
    addresses: Vec<SocketAddr>,
    /// The one that answered last.
    answered: Option<SocketAddr>,
    /// When they were looked up.
    at: Instant,
}

/// A target that no user can reach.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// No URL, or not an `http://` or `https://` one. It may hold a password, so it is not shown.
    #[error("the target is no URL; write http://HOST, http://HOST:PORT or https://HOST")]
    Syntax,
    /// A URL with more than scheme, host, port and path.
    #[error("the target must end after host, port and path")]
    Excess,
    /// Where to connect to is no host and port.
    #[error("`{0}` is no address to connect to; write HOST:PORT")]
    ConnectTo(String),
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
        let dialled = match plan.connect_to.as_str() {
            "" => (origin.host.clone(), origin.port),
            other => origin::host_and_port(other).ok_or_else(|| TargetError::ConnectTo(other.to_owned()))?,
        };
        let lookup = |source| TargetError::Lookup { host: dialled.0.clone(), source };
        let addresses = look_up(&dialled).await.map_err(lookup)?;
        let known = Mutex::new(Known { addresses, answered: None, at: Instant::now() });
        let tls = if origin.secure { Some(tls::prepare(plan, &origin.host)?) } else { None };
        let common_lines = common_lines(&origin.authority, &plan.api.headers)?;
        let (spread, turn) = (0.into(), 0.into());
        Ok(Target(Arc::new(Inner { origin, common_lines, dialled, known, spread, sources, turn, tls })))
    }

    /// Host and port that are connected to.
    pub fn dialled(&self) -> (&str, u16) {
        (&self.0.dialled.0, self.0.dialled.1)
    }

    /// The path below which every call lies; empty for none.
    pub(crate) fn base_path(&self) -> &str {
        &self.0.origin.path
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
    pub(super) fn addresses(&self) -> Vec<SocketAddr> {
        let known = self.known();
        let Some(last) = known.answered else { return known.addresses.clone() };
        let (mut alike, others): (Vec<_>, Vec<_>) =
            known.addresses.iter().partition(|address| address.is_ipv4() == last.is_ipv4());
        if alike.len() > 1 {
            // Relaxed: that turns come in order matters to nobody.
            let turn = self.0.spread.fetch_add(1, Ordering::Relaxed) % alike.len();
            alike.rotate_left(turn);
        }
        alike.extend(others);
        alike
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks the name up again in the background, if that was long ago.
    pub(super) fn freshen(&self) {
        let mut known = self.known();
        if known.at.elapsed() >= STALE {
            known.at = Instant::now();
            let target = self.clone();
            tokio::spawn(async move { target.look_again().await });
        }
    }

    /// Whether there are other addresses than those which were `tried` in vain; looks them up again, at most once
    /// a second for all users together.
    pub(super) async fn has_others(&self, tried: &[SocketAddr]) -> bool {
        let due = {
            let mut known = self.known();
            let due = known.at.elapsed() >= AGAIN;
            known.at = if due { Instant::now() } else { known.at };
            due
        };
        if due {
            self.look_again().await;
        }
        self.known().addresses.iter().any(|address| !tried.contains(address))
    }

    async fn look_again(&self) {
        // A name server that is away takes nothing from what is known.
        if let Ok(addresses) = look_up(&self.0.dialled).await {
            let mut known = self.known();
            known.answered = known.answered.filter(|last| addresses.contains(last));
            known.addresses = addresses;
        }
    }

    /// The address of this machine whose turn it is; none when the system is to choose.
    pub(super) fn source(&self) -> Option<IpAddr> {
        let sources = &self.0.sources;
        // Relaxed: that turns come in order matters to nobody.
        let turn = || self.0.turn.fetch_add(1, Ordering::Relaxed);
        (!sources.is_empty()).then(|| sources[turn() % sources.len()])
    }

    /// Whether an address has answered before.
    pub(super) fn has_answered(&self) -> bool {
        self.known().answered.is_some()
    }

    pub(super) fn set_answered(&self, address: SocketAddr) {
        self.known().answered = Some(address);
    }
}

async fn look_up((host, port): &(String, u16)) -> std::io::Result<Vec<SocketAddr>> {
    let found: Vec<_> = tokio::net::lookup_host((host.as_str(), *port)).await?.collect();
    match found.is_empty() {
        true => Err(std::io::Error::other("it has no address")),
        false => Ok(found),
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
            .field("known", &self.0.known)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_with_several_addresses_has_its_connections_spread() {
        let plan = Plan { base_url: "http://127.0.0.1:1".to_owned(), ..Plan::default() };
        let target = Target::resolve(&plan).await.unwrap();
        let addresses = ["[::1]:8", "10.0.0.1:8", "10.0.0.2:8", "[::2]:8", "10.0.0.3:8"];
        let all = addresses.map(|address| address.parse::<SocketAddr>().unwrap());
        target.known().addresses = all.to_vec();
        let place = |address: SocketAddr| all.iter().position(|known| *known == address).unwrap();
        let order = || target.addresses().into_iter().map(place).collect::<Vec<_>>();
        // Which protocol is served is not known yet: as the resolver said, every time.
        assert_eq!((order(), order()), (vec![0, 1, 2, 3, 4], vec![0, 1, 2, 3, 4]));
        target.set_answered(all[2]);
        let turns = [order(), order(), order(), order()];
        assert_eq!(turns[..2], [vec![1, 2, 4, 0, 3], vec![2, 4, 1, 0, 3]]);
        assert_eq!(turns[2..], [vec![4, 1, 2, 0, 3], vec![1, 2, 4, 0, 3]]);
    }

    #[tokio::test]
    async fn a_name_that_has_moved_is_looked_up_again() {
        let connect_to = "127.0.0.1:7".to_owned();
        let plan = Plan { base_url: "http://h.invalid".to_owned(), connect_to, ..Plan::default() };
        let target = Target::resolve(&plan).await.unwrap();
        let (old, new) = ("10.0.0.1:7".parse().unwrap(), "127.0.0.1:7".parse().unwrap());
        *target.known() = Known { addresses: vec![old], answered: Some(old), at: Instant::now() };
        assert!(!target.has_others(&[old]).await, "it was looked up just now");
        target.known().at -= AGAIN;
        assert!(target.has_others(&[old]).await);
        assert_eq!((target.addresses(), target.has_answered()), (vec![new], false));
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
}
