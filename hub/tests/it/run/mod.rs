//! The run's life, one sentence each: who is waited for, when it starts, how it ends.

mod drain;
mod peers;
mod seconds;
mod staged;
mod start;
mod steer;

use std::time::Duration;

use common::protocol as wire;
use common::protocol::controller_message::Kind as ToWorker;
use common::protocol::worker_message::Kind as FromWorker;
use common::shape::Shape;
use common::timeline::Timeline;
use hub::fleet::{LinkId, MemberState};
use hub::run::{Ending, Event, Input, Output, Phase, Run, RunSettings, Start, Steering, TICK};
use testkit::bench::{Bench, RUN, delta, register, settings};

/// What is sent on a link.
fn sent(outputs: &[Output], link: LinkId) -> Vec<&ToWorker> {
    let on_link = |output| match output {
        &Output::Send(to, ref kind) if to == link => Some(kind),
        _ => None,
    };
    outputs.iter().filter_map(on_link).collect()
}

/// The names of the messages on a link, and of its end.
fn said(outputs: &[Output], link: LinkId) -> Vec<&'static str> {
    let name = |output: &Output| match output {
        Output::Send(to, kind) if *to == link => Some(match kind {
            ToWorker::Welcome(_) => "welcome",
            ToWorker::Refusal(_) => "refusal",
            ToWorker::Quota(_) => "quota",
            ToWorker::Ack(_) => "ack",
            ToWorker::Drain(_) => "drain",
            ToWorker::Farewell(_) => "farewell",
        }),
        Output::Close(to) if *to == link => Some("close"),
        _ => None,
    };
    outputs.iter().filter_map(name).collect()
}

/// The numbers of the seconds that were closed.
fn closed(outputs: &[Output]) -> Vec<u64> {
    let second = |output: &Output| match output {
        Output::Second(second, ..) => Some(*second),
        _ => None,
    };
    outputs.iter().filter_map(second).collect()
}
