//! How long what came lay unread.

use std::time::Duration;

use common::micros;
use common::stats::{Recorder, SparseHistogram};

use crate::http::{Arrival, Nanos};
use crate::interval::ReadingSamples;

/// What was read within this was read at once, microseconds.
const PROMPT_US: u64 = 100;
const PROMPT: Nanos = Nanos::of(Duration::from_micros(PROMPT_US));

/// What came on one core.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// Read within [`PROMPT_US`]: counted alone, as nearly all are on a machine with time to spare.
    prompt: u64,
    late: Option<Recorder>,
    own_stamps: u64,
    lost: Duration,
}

impl Reading {
    #[inline]
    pub(super) fn came(&mut self, arrival: Arrival) {
        self.own_stamps += u64::from(arrival.is_exact());
        if arrival.unread <= PROMPT {
            self.prompt += 1;
        } else {
            self.late(arrival.unread.time());
        }
    }

    #[cold]
    fn late(&mut self, lateness: Duration) {
        self.late.get_or_insert_default().record(micros::nearest(lateness));
    }

    /// A user went on this much later than it should have.
    #[inline]
    pub(super) fn lost(&mut self, time: Duration) {
        self.lost += time;
    }

    pub(super) fn drain(&mut self) -> ReadingSamples {
        let Reading { prompt, late, own_stamps, lost } = self;
        let mut lateness = SparseHistogram::repeated(PROMPT_US, std::mem::take(prompt));
        if let Some(late) = late {
            lateness.add(&late.drain());
        }
        let lost_us = micros::whole(std::mem::take(lost));
        ReadingSamples { lateness, own_stamps: std::mem::take(own_stamps), lost_us }
    }
}
