//! How many peers were turned away before they could say anything to the run.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// Why a peer was turned away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RejectionReason {
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

impl RejectionReason {
    /// Every reason, in the order of their numbers.
    pub const ALL: [RejectionReason; 6] = {
        use RejectionReason::*;
        [Token, Tls, Crowd, Silent, Oversize, Garbage]
    };

    /// The reason as the second half of "3 connections …".
    pub fn words(self) -> &'static str {
        match self {
            Self::Token => "with a wrong or missing token",
            Self::Tls => "without TLS or the right certificate",
            Self::Crowd => "beyond the number that may be open",
            Self::Silent => "that did not register in time",
            Self::Oversize => "with a message that is too long",
            Self::Garbage => "with bytes that are no message",
        }
    }
}

/// Counts, by [`RejectionReason`].
pub type RejectionCounts = [u64; RejectionReason::ALL.len()];

/// The counters that connections share: a flood of strangers costs the run nothing.
#[derive(Debug, Default)]
pub struct Rejections([AtomicU64; RejectionReason::ALL.len()]);

impl Rejections {
    /// Counts one, and warns of the first few of its kind: a flood must not fill a log.
    pub fn count(&self, reason: RejectionReason, peer: &dyn fmt::Display) {
        const LOGGED: u64 = 5;
        let before = self.0[reason as usize].fetch_add(1, Ordering::Relaxed);
        if before < LOGGED {
            tracing::warn!(%peer, "turned away a connection {}", reason.words());
        }
        if before + 1 == LOGGED {
            tracing::warn!("further connections {} are only counted", reason.words());
        }
    }

    /// The counts so far.
    pub fn counts(&self) -> RejectionCounts {
        self.0.each_ref().map(|count| count.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_counter_of_its_own() {
        let rejections = Rejections::default();
        for (number, reason) in RejectionReason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, number);
            (0..=number).for_each(|_| rejections.count(reason, &"test"));
        }
        assert_eq!(rejections.counts(), [1, 2, 3, 4, 5, 6]);
    }
}
