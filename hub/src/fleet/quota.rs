//! What one worker is to run, as a message.

use std::time::Duration;

use common::micros;
use common::protocol as wire;
use common::quota::{ScheduledUser, compress};

use super::member::Member;
use super::schedule::Schedule;
use common::segment::Segment;

/// What every quota of one moment says alike.
#[derive(Debug, Clone, Copy)]
pub struct QuotaMoment {
    /// Run clock; none: the run has not started.
    pub run: Option<Duration>,
    /// Segment of the timeline that holds.
    pub segment: Segment,
    /// Run clock at which it began.
    pub segment_from: Duration,
    /// How long it holds.
    pub lease: Duration,
}

/// The quota of `member`; its epoch rises with every one.
pub(super) fn quota(member: &mut Member, schedule: &Schedule, moment: &QuotaMoment) -> wire::Quota {
    member.epoch += 1;
    member.dirty = false;
    let slots: Vec<ScheduledUser> = member
        .holding
        .iter()
        // A user beyond the target was to stop before now; until the next placing takes it out of the
        // holding, it must not be started again.
        .filter(|(class, index)| *index < schedule.places[class.index()])
        .map(|(class, index)| ScheduledUser {
            class,
            index,
            start_at_us: schedule.start_of(class, index),
            stop_at_us: schedule.stop_of(class, index),
        })
        .collect();
    wire::Quota {
        epoch: member.epoch,
        echo_us: member.echo_us.unwrap_or(0),
        lease_ms: micros::millis(moment.lease),
        run_us: moment.run.map(micros::whole),
        stage: moment.segment.number(),
        stage_from_us: micros::whole(moment.segment_from),
        users: compress(&slots).iter().map(Into::into).collect(),
        arrivals: Vec::new(),
    }
}
