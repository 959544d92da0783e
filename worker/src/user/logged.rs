//! What the request log says of a user's request beside how it went.

use std::time::Instant;

use common::api::{Call, Operation, Placeholder, THREAD};
use common::plan::Plan;
use common::request_log::MESSAGE;

use super::User;
use crate::recorder::Begun;
use crate::request_log::{Asked, CoreLog, Entry};

/// An id that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LoggedId {
    Thread,
    Message,
    /// By its place among the captured values.
    Captured(u16),
}

impl LoggedId {
    /// The ids that the plan asks for, as far as `call` sends or captures them: another call's would be of another
    /// request.
    pub(super) fn of_call(plan: &Plan, call: &Call) -> Box<[Option<LoggedId>]> {
        let captured = plan.api.captured();
        let names_any = |value| call.templates().any(|template| template.has(value));
        let of = |name: &String| match name.as_str() {
            THREAD => {
                let is_new = std::ptr::eq(call, plan.api.call(Operation::CreateThread)?);
                (is_new || names_any(Placeholder::Thread) || call.capture.contains_key(name))
                    .then_some(LoggedId::Thread)
            }
            MESSAGE => names_any(Placeholder::Message).then_some(LoggedId::Message),
            name => {
                let is_sent = call.templates().any(|template| template.captured().any(|sent| sent == name));
                let place = captured.iter().position(|known| known == name)?;
                let id = LoggedId::Captured(u16::try_from(place).ok()?);
                (is_sent || call.capture.contains_key(name)).then_some(id)
            }
        };
        plan.log.iter().flat_map(|log| &log.ids).map(of).collect()
    }
}

impl User {
    /// Who asked for what.
    pub(super) fn asked(&self, begun: Begun, operation: Operation) -> Asked {
        let (session, turn) = self.place;
        let ids = self.plan.call(operation).map(|call| call.logged.iter());
        let ids = ids.into_iter().flatten().map(|id| id.and_then(|id| self.id(id))).collect();
        let user = self.key;
        Asked {
            user,
            number: begun.asker().user,
            trace: begun.asker().trace,
            session,
            turn,
            operation,
            stage: begun.stage(),
            intended: begun.due.unwrap_or(begun.at()),
            start: begun.at(),
            ids,
        }
    }

    /// The request in flight was broken off, and the question before it if that had no answer yet.
    pub(super) fn log_cut(
        &self,
        log: &mut CoreLog,
        (begun, operation): (Begun, Operation),
        question: Option<Begun>,
        sent: bool,
    ) {
        let now = Instant::now();
        if let Some(question) = question {
            log.add(Entry::of_cut(self.asked(question, Operation::Question), now, sent, None));
        }
        let sent = sent && question.is_none();
        log.add(Entry::of_cut(self.asked(begun, operation), now, sent, self.first_text.get()));
    }

    fn id(&self, id: LoggedId) -> Option<String> {
        let values = &self.session.values;
        match id {
            LoggedId::Thread => Some(values.thread.as_str().to_owned()),
            LoggedId::Message => Some(values.message.as_str().to_owned()),
            LoggedId::Captured(place) => values.captured.get(usize::from(place)).cloned().flatten(),
        }
    }
}
