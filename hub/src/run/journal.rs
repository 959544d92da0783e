//! Events of a run that its numbers alone do not show.

use std::time::Duration;

use crate::control::ControlRequest;
use crate::rejections::RejectionCounts;

/// The most events kept; further ones are counted.
const MAX_EVENTS: usize = 1000;

/// Something that happened, at a moment of the run clock (zero before the run started).
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A worker came, or came back.
    Attached {
        /// Its place in the fleet.
        worker: usize,
        /// Whether it had been there before.
        again: bool,
    },
    /// A worker was not heard of until its lease ended.
    Lost {
        /// Its place in the fleet.
        worker: usize,
        /// Run clock up to which its deltas had been merged.
        covered: Duration,
        /// Users that it held.
        users: u64,
    },
    /// A worker was asked to leave and handed its users over.
    Left {
        /// Its place in the fleet.
        worker: usize,
    },
    /// The run was asked to stop.
    Stopped,
    /// A control request was carried out.
    Requested(ControlRequest),
    /// A worker did not finish within the stop timeout.
    Unfinished {
        /// Its place in the fleet.
        worker: usize,
    },
}

/// The events of a run, and what was counted of peers that are no workers.
#[derive(Debug, Clone, Default)]
pub struct Journal {
    events: Vec<(Duration, Event)>,
    /// Events that found no room.
    pub dropped: u64,
    /// Registrations refused.
    pub refused: u64,
    /// Messages from connections that had not registered, or that make no sense.
    pub unexpected: u64,
    /// Workers that attached and were gone before they ran a user or delivered anything.
    pub vanished: u64,
    /// Connections that were turned away before they could say anything, by reason.
    pub rejections: RejectionCounts,
}

impl Journal {
    /// Notes an event.
    pub fn note(&mut self, at: Duration, event: Event) {
        // Peers that come and go must not crowd out what the report has to show.
        let room = if matches!(event, Event::Attached { .. }) { MAX_EVENTS / 2 } else { MAX_EVENTS };
        match self.events.len() < room {
            true => self.events.push((at, event)),
            false => self.dropped += 1,
        }
    }

    /// The events, oldest first.
    pub fn events(&self) -> &[(Duration, Event)] {
        &self.events
    }
}
