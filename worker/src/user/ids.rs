//! Names for threads and messages.

use std::fmt;

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;
use uuid::Builder;

const PREFIX: &[u8; 3] = b"lt-";
/// Prefix and 32 hex digits: one less than the 36 characters of a UUID column.
const LENGTH: usize = PREFIX.len() + 32;

/// `lt-` and the 32 hex digits of a random UUID.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Id([u8; LENGTH]);

impl Id {
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&String::from_utf8_lossy(&self.0))
    }
}

/// Makes ids that no other user, worker or run makes: 122 random bits each, from a generator that
/// the system seeds at the user's birth.
#[derive(Debug)]
pub(super) struct IdSource(Pcg64Mcg);

impl IdSource {
    pub(super) fn from_system() -> IdSource {
        IdSource(Pcg64Mcg::from_rng(&mut rand::rng()))
    }

    pub(super) fn next(&mut self) -> Id {
        let mut random = [0; 16];
        self.0.fill_bytes(&mut random);
        let mut id = [0; LENGTH];
        id[..PREFIX.len()].copy_from_slice(PREFIX);
        let uuid = Builder::from_random_bytes(random).into_uuid();
        uuid.as_simple().encode_lower(&mut id[PREFIX.len()..]);
        Id(id)
    }

    /// A number from 0 to 1 that no seed decides.
    pub(super) fn jitter(&mut self) -> f64 {
        // 53 bits fill an f64's fraction.
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
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
