//! The rules of membership and leases, one sentence each.

mod attach;
mod leases;
mod moves;

use std::time::Duration;

use common::class::{ClassSet, UserClass};
use common::protocol as wire;
use common::shape::Shape;

use super::*;
use common::segment::Segment;

const SECOND: Duration = Duration::from_secs(1);

/// A fleet with the default lease (5 s, a heartbeat each second) and room for three.
fn fleet() -> Fleet {
    Fleet::new(LeaseTiming::default(), 3)
}

/// The process number `process` of a worker's name.
fn identity(name: &str, process: u8) -> WorkerIdentity {
    let (version, host) = ("1.0".to_owned(), "host".to_owned());
    WorkerIdentity { name: name.to_owned(), incarnation: [process; 16], version, host, cores: 2 }
}

fn beat(sent_at_us: u64, applied_epoch: u64) -> wire::Heartbeat {
    wire::Heartbeat { sent_at_us, applied_epoch, round_trip_us: 0, clock_offset_us: 0, arrivals: 0 }
}

/// A fleet of workers `a`, `b`, … on links 0, 1, …, all heard of at zero.
fn fleet_of(workers: u8) -> Fleet {
    let mut fleet = fleet();
    for (worker, name) in (0..workers).zip(["a", "b", "c"]) {
        fleet.attach(Duration::ZERO, worker.into(), identity(name, worker)).unwrap();
        fleet.heartbeat(Duration::ZERO, worker.into(), &beat(1, 0));
    }
    fleet
}

/// So many crud users, all running.
fn crud(users: u32) -> Schedule {
    let shape = Shape::constant(users, 100_000.0, 60 * SECOND, ClassSet::only(UserClass::Crud)).unwrap();
    Schedule::of(&shape, 10 * SECOND, Horizon { starts: SECOND, stops: 5 * SECOND })
}

/// Sends everybody its quota; the epochs of them.
fn send_all(fleet: &mut Fleet, schedule: &Schedule) -> Vec<u64> {
    let moment = QuotaMoment {
        run: Some(10 * SECOND),
        segment: Segment { stage: 0, measured: false },
        segment_from: Duration::ZERO,
        lease: 5 * SECOND,
    };
    (0..fleet.members().len()).map(|worker| fleet.quota(worker, schedule, &moment).epoch).collect()
}

/// The crud users that each member holds.
fn held(fleet: &Fleet) -> Vec<Vec<u32>> {
    fleet
        .members()
        .iter()
        .map(|member| member.holding.of(UserClass::Crud).iter().copied().collect())
        .collect()
}
