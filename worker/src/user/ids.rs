//! Ids of threads and messages.

use std::fmt;
use std::sync::Arc;

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;
use uuid::Builder;

const PREFIX: &[u8; 3] = b"lt-";
/// Prefix and 32 hex digits: one less than the 36 characters of a UUID column.
const LENGTH: usize = PREFIX.len() + 32;
/// Longest id of a thread that a service may give, bytes.
pub(super) const LONGEST: usize = 4096;

/// The id of a thread or a message: `lt-` and the 32 hex digits of a random UUID, or the id that the service
/// gave it.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Id {
    /// Made here, for every thread and message: without an allocation.
    Own([u8; LENGTH]),
    /// The service's own: not empty, at most 4 KiB.
    Given(Arc<str>),
}

impl Id {
    /// Whether it was made here: of letters, digits and hyphens.
    pub(super) fn is_own(&self) -> bool {
        matches!(self, Id::Own(_))
    }

    pub(super) fn as_str(&self) -> &str {
        match self {
            Id::Own(bytes) => str::from_utf8(bytes).unwrap_or_default(), // a prefix and hex digits
            Id::Given(text) => text,
        }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        match self {
            Id::Own(bytes) => bytes,
            Id::Given(text) => text.as_bytes(),
        }
    }
}

impl From<&str> for Id {
    fn from(text: &str) -> Id {
        Id::Given(text.into())
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Makes ids that no other user, worker or run makes: 122 random bits each, from a generator that
/// the system seeds when the user is created.
#[derive(Debug)]
pub(super) struct IdSource(Pcg64Mcg);

impl IdSource {
    pub(super) fn from_system() -> IdSource {
        IdSource(Pcg64Mcg::from_rng(&mut rand::rng()))
    }

    /// What no other question begins with.
    pub(super) fn nonce(&mut self) -> u32 {
        self.0.next_u32()
    }

    pub(super) fn next(&mut self) -> Id {
        let mut random = [0; 16];
        self.0.fill_bytes(&mut random);
        let mut bytes = [0; LENGTH];
        bytes[..PREFIX.len()].copy_from_slice(PREFIX);
        let uuid = Builder::from_random_bytes(random).into_uuid();
        uuid.as_simple().encode_lower(&mut bytes[PREFIX.len()..]);
        Id::Own(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_prefixed_random_uuid_of_35_characters() {
        let (mut one, mut other) = (IdSource::from_system(), IdSource::from_system());
        let id = format!("{:?}", one.next());
        assert_eq!(id.len(), 35);
        let uuid = uuid::Uuid::parse_str(id.strip_prefix("lt-").unwrap()).unwrap();
        assert_eq!(uuid.get_version_num(), 4);
        assert_ne!(one.next(), other.next());
        assert_ne!(one.next(), one.next());
    }
}
