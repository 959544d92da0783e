//! How many peers were turned away before they could say anything to the run.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// Why a peer was turned away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TurnedAway {
    /// A wrong token, or none.
    Token,
    /// No TLS, or no certificate of the right CA.
    Tls,
    /// One connection more than may be open.
    Crowd,
    /// It did not register in time.
    Silent,
    /// A message longer than a worker's.
    Oversize,
    /// Bytes that are no message.
    Garbage,
}

impl TurnedAway {
    /// Every reason, in the order of their numbers.
    pub const ALL: [TurnedAway; 6] = {
        use TurnedAway::*;
        [Token, Tls, Crowd, Silent, Oversize, Garbage]
    };

    /// The reason as the second half of "3 connections …".
    pub fn words(self) -> &'static str {
        match self {
            TurnedAway::Token => "with a wrong or missing token",
            TurnedAway::Tls => "without TLS or the right certificate",
            TurnedAway::Crowd => "beyond the number that may be open",
            TurnedAway::Silent => "that did not register in time",
            TurnedAway::Oversize => "with a message that is too long",
            TurnedAway::Garbage => "with bytes that are no message",
        }
    }
}

/// Counts, by [`TurnedAway`].
pub type TurnedAwayCounts = [u64; TurnedAway::ALL.len()];

/// The counters that connections share: a flood of strangers costs the owner of the run nothing.
#[derive(Debug, Default)]
pub struct Strangers([AtomicU64; TurnedAway::ALL.len()]);

impl Strangers {
    /// Counts one, and warns of the first few of its kind: a flood must not fill a log.
    pub fn turn_away(&self, reason: TurnedAway, peer: &dyn fmt::Display) {
        const TOLD: u64 = 5;
        let before = self.0[reason as usize].fetch_add(1, Ordering::Relaxed);
        if before < TOLD {
            tracing::warn!(%peer, "turned away a connection {}", reason.words());
        }
        if before + 1 == TOLD {
            tracing::warn!("further connections {} are only counted", reason.words());
        }
    }

    /// The counts so far.
    pub fn counts(&self) -> TurnedAwayCounts {
        self.0.each_ref().map(|count| count.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_counter_of_its_own() {
        let strangers = Strangers::default();
        for (number, reason) in TurnedAway::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, number);
            (0..=number).for_each(|_| strangers.turn_away(reason, &"test"));
        }
        assert_eq!(strangers.counts(), [1, 2, 3, 4, 5, 6]);
    }
}
