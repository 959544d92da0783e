//! `HOST:PORT` of a controller.

use std::fmt;
use std::str::FromStr;

/// Where a controller listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(String);

/// Text that is not an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no controller address; write HOST:PORT, as in 10.0.0.5:5557")]
pub struct AddressError(String);

impl Address {
    /// The host alone; an IPv6 address without its brackets.
    pub fn host(&self) -> &str {
        let host = self.0.rsplit_once(':').map_or(self.0.as_str(), |(host, _)| host);
        host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
    }

    /// The text, as the resolver takes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || AddressError(text.to_owned());
        let (host, port) = text.rsplit_once(':').ok_or_else(error)?;
        let port: u16 = port.parse().map_err(|_| error())?;
        let bare = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        let bracketed = host.starts_with('[') && host.ends_with(']');
        if port == 0 || host.is_empty() || !(bracketed || host.chars().all(bare)) {
            return Err(error());
        }
        Ok(Address(text.to_owned()))
    }
}

impl From<std::net::SocketAddr> for Address {
    fn from(address: std::net::SocketAddr) -> Address {
        Address(address.to_string())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_needs_a_host_and_a_port() {
        for (good, host) in [
            ("localhost:5557", "localhost"),
            ("10.0.0.5:1", "10.0.0.5"),
            ("[::1]:5557", "::1"),
            ("controller.example:65535", "controller.example"),
        ] {
            let address: Address = good.parse().unwrap();
            assert_eq!((address.as_str(), address.host()), (good, host));
        }
        for bad in ["", "localhost", ":5557", "h:0", "h:70000", "http://h:1", "a b:1", "h:x", "h/p:1"] {
            assert_eq!(bad.parse::<Address>(), Err(AddressError(bad.to_owned())), "{bad}");
        }
    }
}
