//! Sending one request, and what is recorded of it.

use std::rc::Rc;
use std::time::Instant;

use common::api::{Operation, Placeholder};
use common::failure::FailureClass;

use super::ids::Id;
use super::script::Call;
use super::text::{push_json, push_path};
use super::{Buffers, User, Values};
use crate::chat;
use crate::http::{Client, Exchange, Fault, Request};
use crate::sse::scan::{Path, Value, value_at};

impl User {
    /// Sends the request of `operation`, filled with the user's values, and records its outcome.
    /// A chat is read to its end. What the service does not have is left out, and well.
    pub(super) async fn request(&mut self, operation: Operation) -> Result<(), FailureClass> {
        let script = Rc::clone(&self.script);
        let Some(call) = script.call(operation) else { return Ok(()) };
        self.buffers.fill(call, &self.values);
        let request = Request {
            method: &call.method,
            // Percent-encoded values in a template that is text.
            path: str::from_utf8(&self.buffers.path).unwrap_or("/"),
            body: call.body.as_ref().map(|_| self.buffers.json.as_slice()),
            answer: call.answer,
            timeout: call.timeout,
            user: script.sends_user().then_some(&self.header),
        };
        let started = Instant::now();
        let stage = self.recorder.borrow_mut().begin(operation, started);
        let stage = if self.tidies { stage.unmeasured() } else { stage };
        self.current = Some((stage, operation));
        let outcome = if operation == Operation::Chat {
            let (recorder, talks) = (&self.recorder, &self.talks);
            let on_chunk = |chunk| {
                talks.set(true);
                recorder.borrow_mut().chunk(stage, chunk);
            };
            let (dialect, limits) = (script.dialect(), script.stream_limits());
            let report = chat::read_from(&mut self.client, started, request, dialect, limits, on_chunk).await;
            self.recorder.borrow_mut().stream(stage, &report);
            class_of(&report.outcome)
        } else {
            let exchange = match script.thread_id() {
                Some(path) if operation == Operation::CreateThread => {
                    let (exchange, id) = created(&mut self.client, started, request, path).await;
                    self.values.thread = id.unwrap_or(self.values.thread);
                    exchange
                }
                _ => self.client.exchange_from(started, request).await,
            };
            self.recorder.borrow_mut().exchange(stage, operation, &exchange);
            class_of(&exchange.outcome)
        };
        self.current = None;
        self.talks.set(false);
        self.backoff.note(outcome);
        outcome
    }
}

/// However a life ends, the request it breaks off is counted.
impl Drop for User {
    fn drop(&mut self) {
        let Some((stage, operation)) = self.current.take() else { return };
        // Borrowed only if the recorder itself panicked: then there is nothing to count on.
        if let Ok(mut recorder) = self.recorder.try_borrow_mut() {
            recorder.cut(stage, operation, self.client.in_flight(), self.talks.get());
        }
    }
}

/// Creates a thread, and reads what the service calls it. An answer that does not say so is none of
/// the API's.
async fn created(
    client: &mut Client,
    started: Instant,
    request: Request<'_>,
    path: &Path,
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
        // Without the body: an id in it would make a kind of its own of each failure.
        let path = path.segments().join(".");
        let text = format!("the answer has no id of 1 to 63 bytes at {path}; correct thread_id_field");
        exchange.outcome = Err(Fault::new(FailureClass::BadAnswer, &text));
    }
    (exchange, id)
}

fn class_of(outcome: &Result<(), Fault>) -> Result<(), FailureClass> {
    outcome.as_ref().copied().map_err(|fault| fault.class)
}

impl Buffers {
    /// Writes path and body.
    fn fill(&mut self, call: &Call, values: &Values) {
        self.path.clear();
        call.path.render(&mut self.path, |place, out| push_path(out, values.of(place)));
        self.json.clear();
        if let Some(template) = &call.body {
            template.render(&mut self.json, |place, out| values.push_json(place, out));
        }
    }
}

impl Values {
    fn of(&self, place: Placeholder) -> &[u8] {
        match place {
            Placeholder::Thread => self.thread.as_bytes(),
            Placeholder::Message => self.message.as_bytes(),
            Placeholder::Role => self.role.as_bytes(),
            Placeholder::Title | Placeholder::Content => self.text.as_bytes(),
        }
    }

    fn push_json(&self, place: Placeholder, out: &mut Vec<u8>) {
        match place {
            Placeholder::Title | Placeholder::Content => push_json(out, &self.text),
            // A thread may have its name from the service, which may hold anything.
            Placeholder::Thread => push_json(out, self.thread.as_str()),
            // What is our own holds nothing that JSON escapes.
            Placeholder::Message | Placeholder::Role => out.extend_from_slice(self.of(place)),
        }
    }
}
