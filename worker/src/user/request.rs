//! Sending one request, and what is recorded of it.

use std::rc::Rc;
use std::time::{Duration, Instant};

use common::api::{Operation, Placeholder};
use common::failure::FailureClass;

use super::compiled_plan::CompiledCall;
use super::ids::Id;
use super::text::{push_json, push_path};
use super::{Buffers, User, Values, secrets};
use crate::chat;
use crate::http::{Client, Exchange, Failure, Request};
use crate::sse::scan::{JsonPath, Value, value_at};

/// How often a user whose lease is over looks whether there is another.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

impl User {
    /// Sends the request of `operation`, filled with the user's values, and records its outcome.
    /// A chat is read to its end. A call that the service does not have is skipped and counts as success.
    pub(super) async fn request(&mut self, operation: Operation) -> Result<(), FailureClass> {
        let plan = Rc::clone(&self.plan);
        let Some(call) = plan.call(operation) else { return Ok(()) };
        if !self.gate.is_open(self.cleaning_up) && !self.reopens().await {
            return Err(FailureClass::Transport); // nothing was sent, so nothing is recorded
        }
        self.buffers.fill(call, &self.values, plan.row(self.key));
        let request = Request {
            method: &call.method,
            // Percent-encoded values in a template that is text.
            path: str::from_utf8(&self.buffers.path).unwrap_or("/"),
            body: call.body.as_ref().map(|_| self.buffers.json.as_slice()),
            answer: call.answer,
            timeout: call.timeout,
            user: plan.sends_user().then_some(&self.header),
        };
        let started = Instant::now();
        let begun = self.recorder.borrow_mut().begin(operation, started);
        let begun = if self.cleaning_up { begun.unmeasured() } else { begun };
        self.current = Some((begun, operation));
        let reconnects = self.client.reconnects();
        let outcome = if operation == Operation::Chat {
            let (recorder, producing) = (&self.recorder, &self.producing);
            let on_chunk = |chunk| {
                producing.set(true);
                recorder.borrow_mut().chunk(begun, chunk);
            };
            let (dialect, limits) = (plan.dialect(), plan.stream_limits());
            let mut report =
                chat::read_from(&mut self.client, started, request, dialect, limits, on_chunk).await;
            self.hide_secrets(&mut report.outcome);
            self.recorder.borrow_mut().stream(begun, &report);
            class_of(&report.outcome)
        } else {
            let mut exchange = match plan.thread_id() {
                Some(path) if operation == Operation::CreateThread => {
                    let (exchange, id) = created(&mut self.client, started, request, path).await;
                    self.values.thread = id.unwrap_or(self.values.thread);
                    exchange
                }
                _ => self.client.exchange_from(started, request).await,
            };
            self.hide_secrets(&mut exchange.outcome);
            self.recorder.borrow_mut().exchange(begun, operation, &exchange);
            class_of(&exchange.outcome)
        };
        self.recorder.borrow_mut().reopened += self.client.reconnects() - reconnects;
        self.current = None;
        self.producing.set(false);
        match outcome {
            Err(class) if is_no_answer(class) => self.backoff.failed(),
            // Any answer ends the waits, also a refusal: how to refuse is the service's business.
            _ => self.backoff.succeeded(),
        }
        outcome
    }

    /// Hides what was sent as a secret in what the service said of it.
    fn hide_secrets(&self, outcome: &mut Result<(), Failure>) {
        if let Err(failure) = outcome {
            let row = self.plan.row(self.key).iter().map(String::as_str);
            secrets::hide(failure, self.plan.secrets().chain(row));
        }
    }

    /// Waits, with the lease over, for one that lets the user go on; false once it is told to stop instead.
    async fn reopens(&self) -> bool {
        while !self.is_stopping() {
            tokio::time::sleep(LOOK_AGAIN).await;
            if self.gate.is_open(self.cleaning_up) {
                return !self.is_stopping();
            }
        }
        false
    }
}

/// However a user ends, the request in flight is counted.
impl Drop for User {
    fn drop(&mut self) {
        let Some((begun, operation)) = self.current.take() else { return };
        // It is still borrowed only if the recorder itself panicked.
        if let Ok(mut recorder) = self.recorder.try_borrow_mut() {
            recorder.cut(begun, operation, self.client.in_flight(), self.producing.get());
        }
    }
}

/// Creates a thread and reads the id that the service gave it. An answer without an id is a failure.
async fn created(
    client: &mut Client,
    started: Instant,
    request: Request<'_>,
    path: &JsonPath,
) -> (Exchange, Option<Id>) {
    let mut body = Vec::new();
    let mut exchange = client.exchange_into(started, request, &mut body).await;
    if exchange.outcome.is_err() {
        return (exchange, None);
    }
    let id = match value_at(&body, path.segments()) {
        Some(Value::String(text)) => Id::given(&text.to_text()),
        Some(Value::Number(digits)) => str::from_utf8(digits).ok().and_then(Id::given),
        _ => None,
    };
    if id.is_none() {
        // Without the body: an id in it would make each failure's text different.
        let path = path.segments().join(".");
        let text = format!("the answer has no id of 1 to 63 bytes at {path}; correct thread_id_field");
        exchange.outcome = Err(Failure::new(FailureClass::BadAnswer, &text));
    }
    (exchange, id)
}

/// Whether the service may be gone. A timeout is not among them: the user has waited already.
pub(super) fn is_no_answer(class: FailureClass) -> bool {
    use FailureClass::{Connect, LocalLimit, Tls, Transport};
    matches!(class, Connect | Tls | LocalLimit | Transport)
}

fn class_of(outcome: &Result<(), Failure>) -> Result<(), FailureClass> {
    outcome.as_ref().copied().map_err(|failure| failure.class)
}

impl Buffers {
    /// Writes path and body.
    fn fill(&mut self, call: &CompiledCall, values: &Values, row: &[String]) {
        self.path.clear();
        call.path.render(&mut self.path, |place, out| push_path(out, values.of(place, row)));
        self.json.clear();
        if let Some(template) = &call.body {
            template.render(&mut self.json, |place, out| values.push_json(place, row, out));
        }
    }
}

impl Values {
    fn of<'v>(&'v self, place: Placeholder, row: &'v [String]) -> &'v [u8] {
        match place {
            Placeholder::Thread => self.thread.as_bytes(),
            Placeholder::Message => self.message.as_bytes(),
            Placeholder::Role => self.role.as_bytes(),
            Placeholder::Title | Placeholder::Content => self.text.as_bytes(),
            Placeholder::Column(_) => cell(row, place).as_bytes(),
        }
    }

    fn push_json(&self, place: Placeholder, row: &[String], out: &mut Vec<u8>) {
        match place {
            Placeholder::Title | Placeholder::Content => push_json(out, &self.text),
            // The service may have chosen the thread's id, with any characters.
            Placeholder::Thread => push_json(out, self.thread.as_str()),
            // Our own values need no escapes in JSON.
            Placeholder::Message | Placeholder::Role => out.extend_from_slice(self.of(place, row)),
            Placeholder::Column(_) => push_json(out, cell(row, place)),
        }
    }
}

/// What a row of the users' file has in this place; empty for a place that is no column.
pub(super) fn cell(row: &[String], place: Placeholder) -> &str {
    let Placeholder::Column(column) = place else { return "" };
    row.get(usize::from(column)).map_or("", String::as_str)
}
