//! What happened, event by event, for the person who replays a schedule.

use common::protocol as wire;
use common::protocol::controller_message::Kind as ToWorker;

use super::super::network::{Down, Up};
use super::World;

impl World {
    pub(super) fn note(&mut self, what: impl FnOnce(&World) -> String) {
        if self.trace.is_some() {
            let line = format!("{:>10} {}", self.now, what(self));
            self.trace.get_or_insert_default().push(line);
        }
    }
}

pub fn brief_up(what: &Up) -> String {
    match what {
        Up::Message(kind) => brief(&wire::WorkerMessage { kind: Some((**kind).clone()) }),
        Up::Fin => "the end".to_owned(),
    }
}

pub fn brief_down(what: &Down) -> String {
    match what {
        Down::Message(kind) => match &**kind {
            ToWorker::Welcome(welcome) => format!("Welcome next_seq={}", welcome.next_seq),
            kind => format!("{kind:?}"),
        },
        Down::Fin => "the end".to_owned(),
    }
}

pub fn brief(message: &wire::WorkerMessage) -> String {
    use wire::worker_message::Kind;
    match &message.kind {
        Some(Kind::Delta(delta)) => format!("Delta {} of {}..{}", delta.seq, delta.from_us, delta.to_us),
        Some(Kind::Register(register)) => format!("Register {}", register.worker),
        kind => format!("{kind:?}"),
    }
}
