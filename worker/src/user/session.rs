//! What one user keeps between its requests: connection, captured values, cookies.

use std::time::{Duration, Instant};

use common::api::{Encoding, Placeholder};
use common::failure::FailureClass;
use http::HeaderValue;

use super::compiled_call::CompiledCall;
use super::compiled_plan::CompiledPlan;
use super::conversation::Conversation;
use super::cookies::Cookies;
use super::ids::Id;
use super::text::{push_header, push_json, push_path};
use super::tracer::TraceContext;
use super::{Values, secrets};
use crate::chat::Kept;
use crate::http::{Client, Exchange, Failure, Request};

/// What whoever is no user of a run asks for.
const USUAL_TOKENS: &str = "256";

/// One user's side of the service.
pub(super) struct Session {
    pub(super) client: Client,
    pub(super) values: Values,
    cookies: Cookies,
    buffers: Buffers,
    /// The user's row of the users' file; empty without one.
    row: Box<[String]>,
    /// Header lines that nobody else sends, beside those of the API.
    mark: String,
    /// The trace of the next request, if it is to carry one.
    pub(super) trace: Option<TraceContext>,
    /// When the user signed in; `None` when it has to.
    pub(super) signed_in: Option<Instant>,
}

/// Used again for every request.
#[derive(Default)]
struct Buffers {
    path: Vec<u8>,
    body: Vec<u8>,
    lines: Vec<u8>,
}

impl Session {
    /// A session that has sent nothing. `mark` is a header line of its own, or nothing.
    pub(super) fn new(plan: &CompiledPlan, row: &[String], mark: String, id: Id) -> Session {
        let captured = vec![None; plan.captured()].into();
        let (text, conversation) = (String::new(), Conversation::default());
        let answer_tokens = USUAL_TOKENS.to_owned();
        let values = Values {
            thread: id.clone(),
            message: id,
            role: "user",
            text,
            answer_tokens,
            conversation,
            captured,
        };
        let (cookies, buffers) = (Cookies::default(), Buffers::default());
        let (client, row) = (plan.client(), row.into());
        let mut session =
            Session { client, values, cookies, buffers, row, mark, trace: None, signed_in: None };
        session.write_own_lines(plan);
        session
    }

    /// The request of `call`, filled in, and the connection to send it by.
    pub(super) fn request<'s>(
        &'s mut self,
        call: &'s CompiledCall,
        user: Option<&'s HeaderValue>,
        timeout: Duration,
    ) -> (&'s mut Client, Request<'s>) {
        let Session { client, values, buffers, row, trace, .. } = self;
        buffers.path.clear();
        call.path.render(&mut buffers.path, |place, out| values.push_path(place, row, out));
        buffers.body.clear();
        if let Some(template) = &call.body {
            match call.encoding {
                Encoding::Json => {
                    template.render(&mut buffers.body, |place, out| values.push_json(place, row, out));
                }
                Encoding::Form => {
                    template.render(&mut buffers.body, |place, out| values.push_path(place, row, out));
                }
                Encoding::Multipart | Encoding::Text => {
                    template
                        .render(&mut buffers.body, |place, out| out.extend_from_slice(values.of(place, row)));
                }
            }
        }
        buffers.lines.clear();
        for (name, template) in &call.headers {
            let lines = &mut buffers.lines;
            lines.extend_from_slice(name.as_str().as_bytes());
            lines.extend_from_slice(b": ");
            template.render(lines, |place, out| push_header(out, values.of(place, row)));
            lines.extend_from_slice(b"\r\n");
        }
        if let Some(trace) = trace.filter(|_| call.is_traced) {
            trace.write(&mut buffers.lines);
        }
        let request = Request {
            method: &call.method,
            path: &buffers.path,
            body: call.body.as_ref().map(|_| buffers.body.as_slice()),
            encoding: call.encoding,
            answer: call.answer,
            success: &call.success,
            lines: &buffers.lines,
            timeout,
            user,
        };
        (client, request)
    }

    /// Makes a call that was decided on at `started`, and keeps what it captures. The beginning of a good answer goes to
    /// `body` where somebody wants it. A failure tells no secret.
    pub(super) async fn exchange(
        &mut self,
        plan: &CompiledPlan,
        call: &CompiledCall,
        user: Option<&HeaderValue>,
        started: Instant,
        timeout: Duration,
        body: Option<&mut Vec<u8>>,
    ) -> Exchange {
        let mut own = Vec::new();
        let mut body = body.or(if call.captures.is_empty() { None } else { Some(&mut own) });
        let (client, request) = self.request(call, user, timeout);
        let mut exchange = client.exchange_from(started, request, body.as_deref_mut()).await;
        if let (true, Some(body)) = (exchange.outcome.is_ok(), body) {
            exchange.outcome = self.capture(call, body, None);
            self.write_own_lines(plan);
        }
        self.settle(plan, exchange.status, &mut exchange.outcome);
        exchange
    }

    /// Takes what the head of the last answer had for the user, and hides secrets in what was said of it.
    pub(super) fn settle(&mut self, plan: &CompiledPlan, status: u16, outcome: &mut Result<(), Failure>) {
        if plan.keeps_cookies() && self.cookies.take(self.client.kept("set-cookie")) {
            self.write_own_lines(plan);
        }
        if let Err(failure) = outcome {
            if status == 401 {
                self.signed_in = None;
            }
            secrets::hide(failure, self.secrets(plan));
        }
    }

    /// What no text about this user may show.
    pub(super) fn secrets<'s>(&'s self, plan: &'s CompiledPlan) -> impl Iterator<Item = &'s str> {
        let row = self.row.iter().map(String::as_str);
        let captured = self.values.captured.iter().flatten().map(String::as_str);
        plan.secrets().chain(row).chain(captured).chain(self.cookies.values())
    }

    /// Takes what a stream's head and its events had for the user.
    pub(super) fn capture_of_stream(
        &mut self,
        plan: &CompiledPlan,
        call: &CompiledCall,
        kept: &Kept,
    ) -> Result<(), Failure> {
        if call.captures.is_empty() {
            return Ok(());
        }
        let captured = self.capture(call, b"", Some(kept));
        self.write_own_lines(plan);
        captured
    }

    /// Keeps what `call` captures from its answer.
    fn capture(&mut self, call: &CompiledCall, body: &[u8], kept: Option<&Kept>) -> Result<(), Failure> {
        let mut events = kept.into_iter().flat_map(Kept::values);
        for capture in &call.captures {
            let event = capture.event().and_then(|_| events.next().flatten());
            let value = capture.find(&self.client, body, event);
            // Without the body: what is in it would make each failure's text different.
            let value = value.map_err(|text| Failure::new(FailureClass::BadAnswer, &text))?;
            match capture.place {
                None => self.values.thread = value.as_str().into(),
                Some(place) => self.values.captured[usize::from(place)] = Some(value),
            }
        }
        Ok(())
    }

    /// Begins a new conversation: what was said, and what the events of streams had in it, is forgotten.
    pub(super) fn begin_conversation(&mut self, plan: &CompiledPlan) {
        self.values.conversation.begin();
        for place in plan.of_events() {
            self.values.captured[usize::from(place)] = None;
        }
        if plan.of_events().next().is_some() {
            self.write_own_lines(plan);
        }
    }

    /// Writes the header lines of this user anew: what they hold has changed.
    fn write_own_lines(&mut self, plan: &CompiledPlan) {
        let mut lines = self.mark.as_bytes().to_vec();
        plan.write_headers(&mut lines, &self.row, &self.values.captured);
        self.cookies.write(&mut lines);
        self.client.set_own_lines(lines);
    }
}

impl Values {
    fn of<'v>(&'v self, place: Placeholder, row: &'v [String]) -> &'v [u8] {
        match place {
            Placeholder::Thread => self.thread.as_bytes(),
            Placeholder::Message => self.message.as_bytes(),
            Placeholder::Role => self.role.as_bytes(),
            Placeholder::Title | Placeholder::Content => self.text.as_bytes(),
            Placeholder::Column(_) | Placeholder::Captured(_) | Placeholder::Nullable(_) => {
                known(place, row, &self.captured).unwrap_or("").as_bytes()
            }
            Placeholder::AnswerTokens => self.answer_tokens.as_bytes(),
            // It stands in JSON alone.
            Placeholder::Messages => b"",
        }
    }

    fn push_path(&self, place: Placeholder, row: &[String], out: &mut Vec<u8>) {
        match place {
            // Nothing in our own ids is escaped.
            Placeholder::Thread if self.thread.is_own() => out.extend_from_slice(self.thread.as_bytes()),
            Placeholder::Message if self.message.is_own() => out.extend_from_slice(self.message.as_bytes()),
            _ => push_path(out, self.of(place, row)),
        }
    }

    fn push_json(&self, place: Placeholder, row: &[String], out: &mut Vec<u8>) {
        match place {
            Placeholder::Title | Placeholder::Content => push_json(out, &self.text),
            // The service may have chosen it, with any characters.
            Placeholder::Thread if !self.thread.is_own() => push_json(out, self.thread.as_str()),
            // Our own values need no escapes in JSON.
            Placeholder::Thread | Placeholder::Message | Placeholder::Role | Placeholder::AnswerTokens => {
                out.extend_from_slice(self.of(place, row))
            }
            Placeholder::Messages => self.conversation.write(out),
            Placeholder::Nullable(_) => match known(place, row, &self.captured) {
                Some(text) => {
                    out.push(b'"');
                    push_json(out, text);
                    out.push(b'"');
                }
                None => out.extend_from_slice(b"null"),
            },
            Placeholder::Column(_) | Placeholder::Captured(_) => {
                push_json(out, known(place, row, &self.captured).unwrap_or(""))
            }
        }
    }
}

/// What a user's row or its captured values have in this place; `None` for what has not been captured yet.
pub(super) fn known<'v>(
    place: Placeholder,
    row: &'v [String],
    captured: &'v [Option<String>],
) -> Option<&'v str> {
    match place {
        Placeholder::Column(column) => row.get(usize::from(column)).map(String::as_str),
        Placeholder::Captured(place) | Placeholder::Nullable(place) => {
            captured.get(usize::from(place))?.as_deref()
        }
        _ => None,
    }
}
