//! `--observe NAME=TARGET`: what is observed, as it was typed, checked before the run.

use std::fmt;
use std::path::{Component, Path, PathBuf};
use std::str::FromStr;

use common::text::escape::plain;
use tokio_postgres::config::SslMode;

/// Longest name of an observer.
const LONGEST_NAME: usize = 32;

/// One observer, as it was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Observe {
    /// What reports call it.
    pub name: String,
    /// Where it looks.
    pub place: Place,
}

/// Where an observer looks. Shown, it holds no secret.
#[derive(Clone, PartialEq)]
pub enum Place {
    /// A page of metrics.
    Page(reqwest::Url),
    /// A PostgreSQL server.
    Postgres(Box<tokio_postgres::Config>),
    /// A process of this machine.
    Process(u32),
    /// A control group of this machine.
    Cgroup(PathBuf),
    /// A container of this machine's Docker.
    Container(String),
}

/// What is no observer. No message shows a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// There is no `=`.
    #[error(
        "--observe wants NAME=TARGET, as in model=http://gpu-1:8000/metrics, db=postgres://user@host/name, app=pid:4711, \
         app=docker:CONTAINER or app=cgroup:PATH"
    )]
    NoName,
    /// The name cannot be written in tables.
    #[error(
        "--observe: the name `{0}` is not of 1 to {LONGEST_NAME} letters, digits, `-`, `_` and `.`; choose another, as in \
         engine=http://…"
    )]
    Name(String),
    /// A name that was given before.
    #[error("--observe {0}: two observers have this name; give each its own")]
    Twice(String),
    /// More than look at a time.
    #[error("--observe: at most {} observers look at a time; leave some out", super::MOST_OBSERVERS)]
    Many,
    /// Nothing that can be observed.
    #[error(
        "--observe {name}: {found} is none of http://…, https://…, postgres://…, pid:N, cgroup:PATH and docker:CONTAINER; \
         an address wants http:// in front"
    )]
    Kind {
        /// The observer.
        name: String,
        /// What stands after its name.
        found: String,
    },
    /// No URL.
    #[error("--observe {name}: the address is no URL ({why}); write http://HOST:PORT/metrics")]
    Url {
        /// The observer.
        name: String,
        /// In the parser's words.
        why: String,
    },
    /// No address of a database.
    #[error(
        "--observe {name}: the address of the database is wrong ({why}); write postgres://USER:PASSWORD@SERVER:PORT/DATABASE"
    )]
    Postgres {
        /// The observer.
        name: String,
        /// In the parser's words.
        why: String,
    },
    /// A database over TLS.
    #[error(
        "--observe {0}: the address asks for TLS (sslmode=require), and PostgreSQL is asked without; observe the page of its \
         exporter, or the database over a tunnel of yours"
    )]
    PostgresTls(String),
    /// No number of a process.
    #[error("--observe {0}: pid: wants the number of a process, as in pid:4711")]
    Pid(String),
    /// No path of a control group.
    #[error(
        "--observe {0}: cgroup: wants a path below /sys/fs/cgroup, without `..`, as in cgroup:/system.slice/app.service"
    )]
    Cgroup(String),
    /// No name of a container.
    #[error("--observe {0}: docker: wants the name or id of a container: letters, digits, `-`, `_` and `.`")]
    Container(String),
}

impl FromStr for Observe {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Observe, TargetError> {
        let (name, target) = text.split_once('=').ok_or(TargetError::NoName)?;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(is_plain) {
            // An address without a name may hold a password.
            let is_address = name.is_empty() || name.contains([':', '/', '@']);
            return Err(match is_address {
                true => TargetError::NoName,
                false => TargetError::Name(plain(name, LONGEST_NAME)),
            });
        }
        Ok(Observe { place: place(name, target)?, name: name.to_owned() })
    }
}

fn place(name: &str, target: &str) -> Result<Place, TargetError> {
    let named = || name.to_owned();
    let unknown = || TargetError::Kind { name: named(), found: found(target) };
    let (kind, rest) = target.split_once(':').ok_or_else(unknown)?;
    match kind {
        "http" | "https" => {
            let wrong = |why: String| TargetError::Url { name: named(), why };
            // What the reader of URLs says holds nothing of the address.
            let url = reqwest::Url::parse(target).map_err(|error| wrong(error.to_string()))?;
            match url.has_host() {
                true => Ok(Place::Page(url)),
                false => Err(wrong("it names no host".to_owned())),
            }
        }
        "postgres" | "postgresql" => {
            let wrong = |why: String| TargetError::Postgres { name: named(), why };
            let config = tokio_postgres::Config::from_str(target)
                .map_err(|_| wrong("it cannot be read".to_owned()))?;
            match (config.get_hosts().is_empty(), config.get_ssl_mode()) {
                (true, _) => Err(wrong("it names no host".to_owned())),
                (false, SslMode::Require) => Err(TargetError::PostgresTls(named())),
                (false, _) => Ok(Place::Postgres(Box::new(config))),
            }
        }
        "pid" => match rest.parse() {
            Ok(number) if number > 0 => Ok(Place::Process(number)),
            _ => Err(TargetError::Pid(named())),
        },
        "cgroup" => cgroup(rest).map(Place::Cgroup).ok_or_else(|| TargetError::Cgroup(named())),
        "docker" => {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            match !rest.is_empty()
                && rest.len() <= 128
                && rest.chars().all(is_plain)
                && !rest.starts_with('.')
            {
                true => Ok(Place::Container(rest.to_owned())),
                false => Err(TargetError::Container(named())),
            }
        }
        _ => Err(unknown()),
    }
}

/// What a target begins with. Behind its first colon, or where it has other signs, it may be a password.
fn found(target: &str) -> String {
    let begins = target.split_once(':').map_or(target, |(kind, _)| kind);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let more = if begins.len() < target.len() { ":…" } else { "" };
    match !begins.is_empty() && begins.len() <= LONGEST_NAME && begins.chars().all(is_plain) {
        true => format!("`{begins}{more}`"),
        false => "the target".to_owned(),
    }
}

/// The path of a group below the root of all groups.
fn cgroup(text: &str) -> Option<PathBuf> {
    let bare = text.strip_prefix("/sys/fs/cgroup").filter(|rest| rest.starts_with('/')).unwrap_or(text);
    let path = Path::new(bare.trim_matches('/'));
    let is_plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    (is_plain && path.components().next().is_some()).then(|| path.to_owned())
}

impl Observe {
    /// Several observers, each with a name of its own.
    ///
    /// # Errors
    /// The first that is wrong.
    pub fn all(texts: &[String]) -> Result<Vec<Observe>, TargetError> {
        let all = texts.iter().map(|text| text.parse()).collect::<Result<Vec<Observe>, _>>()?;
        if all.len() > super::MOST_OBSERVERS {
            return Err(TargetError::Many);
        }
        let twin =
            all.iter().enumerate().find(|(at, one)| all.iter().take(*at).any(|other| other.name == one.name));
        twin.map_or(Ok(()), |(_, one)| Err(TargetError::Twice(one.name.clone())))?;
        Ok(all)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // A query may hold a key, as what stands before an `@` does.
            Place::Page(url) => {
                let mut url = url.clone();
                // Only a URL without a host cannot lose them, and each of ours has one.
                let _ = url.set_username("").and_then(|()| url.set_password(None));
                url.set_query(None);
                url.set_fragment(None);
                write!(f, "{url}")
            }
            Place::Postgres(config) => write!(f, "postgres://{}", database(config)),
            Place::Process(number) => write!(f, "pid:{number}"),
            Place::Cgroup(path) => write!(f, "cgroup:/{}", path.display()),
            Place::Container(name) => write!(f, "docker:{name}"),
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// `NAME=TARGET` again, without secrets.
impl fmt::Display for Observe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.place)
    }
}

fn database(config: &tokio_postgres::Config) -> String {
    use tokio_postgres::config::Host;
    let port = |at: usize| config.get_ports().get(at).or(config.get_ports().first()).copied().unwrap_or(5432);
    let host = |(at, host): (usize, &Host)| match host {
        Host::Tcp(name) => format!("{name}:{}", port(at)),
        Host::Unix(path) => path.display().to_string(),
    };
    let hosts: Vec<String> = config.get_hosts().iter().enumerate().map(host).collect();
    let user = config.get_user().map(|user| format!("{user}@")).unwrap_or_default();
    format!("{user}{}/{}", hosts.join(","), config.get_dbname().unwrap_or(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        text.parse::<Observe>().unwrap().to_string()
    }

    #[test]
    fn targets_are_shown_without_their_secrets() {
        for (typed, seen) in [
            ("m=http://gpu-1:8000/metrics", "m=http://gpu-1:8000/metrics"),
            ("m=https://[::1]/x?key=hunter2#hunter2", "m=https://[::1]/x"),
            ("m=http://bob:hunter2@h:9/metrics", "m=http://h:9/metrics"),
            ("db=postgres://bob:hunter2@h:5433/chat", "db=postgres://bob@h:5433/chat"),
            ("a.b-c_1=pid:4711", "a.b-c_1=pid:4711"),
            ("a=cgroup:/sys/fs/cgroup/system.slice/a.service", "a=cgroup:/system.slice/a.service"),
            ("a=cgroup:docker/abc/", "a=cgroup:/docker/abc"),
            ("a=docker:web-1", "a=docker:web-1"),
        ] {
            assert_eq!(shown(typed), seen);
        }
        let debug = format!("{:?}", "db=postgres://bob:hunter2@h/x".parse::<Observe>().unwrap());
        assert!(!debug.contains("hunter2"), "{debug}");
    }

    #[test]
    fn what_is_no_observer_is_refused_without_its_secrets() {
        for bad in [
            "",
            "http://h/metrics",
            "=pid:1",
            "a b=pid:1",
            "postgres://bob:hunter2@h/d?x=y",
            "m=http://",
            "m=ftp://h",
            "m=h:8000",
            "m=metrics",
            "db=postgres://bob:hunter2@h:hunter2/d",
            "db=postgres:///d",
            "db=postgres://bob:hunter2@h/d?sslmode=require",
            "a=pid:0",
            "a=pid:-1",
            "a=pid:self",
            "a=cgroup:",
            "a=cgroup:/",
            "a=cgroup:/../../etc",
            "a=docker:",
            "a=docker:../x",
            "a=docker:a/json?x",
        ] {
            let error = bad.parse::<Observe>().unwrap_err().to_string();
            assert!(error.starts_with("--observe") && !error.contains("hunter2"), "{bad}: {error}");
        }
        let all =
            |texts: &[&str]| Observe::all(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
        assert_eq!(all(&["a=pid:1", "a=pid:2"]), Err(TargetError::Twice("a".to_owned())));
        let many: Vec<String> = (0..17).map(|number| format!("a{number}=pid:1")).collect();
        assert_eq!(Observe::all(&many), Err(TargetError::Many));
    }
}
