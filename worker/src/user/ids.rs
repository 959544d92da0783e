//! Ids of threads and messages.

use std::fmt;

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;
use uuid::Builder;

const PREFIX: &[u8; 3] = b"lt-";
/// Prefix and 32 hex digits: one less than the 36 characters of a UUID column.
const LENGTH: usize = PREFIX.len() + 32;
/// Longest id that a service may give, bytes. With its length it fills one cache line.
const LONGEST: usize = 63;

/// The id of a thread or a message: `lt-` and the 32 hex digits of a random UUID, or the id that the service
/// gave it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Id {
    length: u8,
    bytes: [u8; LONGEST],
}

impl Id {
    /// The service's own id of a thread. `None` if it is empty or longer than 63 bytes.
    pub(super) fn given(text: &str) -> Option<Id> {
        let text = text.as_bytes();
        let mut bytes = [0; LONGEST];
        bytes.get_mut(..text.len())?.copy_from_slice(text);
        // At most 63.
        (!text.is_empty()).then_some(Id { length: text.len() as u8, bytes })
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or_default()
    }

    pub(super) fn as_str(&self) -> &str {
        // It was made of text, of which nothing was cut off.
        str::from_utf8(self.as_bytes()).unwrap_or_default()
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

    pub(super) fn next(&mut self) -> Id {
        let mut random = [0; 16];
        self.0.fill_bytes(&mut random);
        let mut bytes = [0; LONGEST];
        bytes[..PREFIX.len()].copy_from_slice(PREFIX);
        let uuid = Builder::from_random_bytes(random).into_uuid();
        uuid.as_simple().encode_lower(&mut bytes[PREFIX.len()..LENGTH]);
        Id { length: LENGTH as u8, bytes }
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

    #[test]
    fn a_given_id_is_kept_as_it_is_up_to_63_bytes() {
        let kept = |text: &str| Id::given(text).map(|id| id.as_str().to_owned());
        for text in ["7", "thread_abc123", "18c1b2a4-0e9f-4f53-9d75-0f3c9a5d1e77", "é\"/", &"x".repeat(63)] {
            assert_eq!(kept(text).as_deref(), Some(text));
        }
        assert_eq!((kept(""), kept(&"x".repeat(64))), (None, None));
        assert_eq!(size_of::<Id>(), 64);
    }
}
