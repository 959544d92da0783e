//! A visitor whose every call is shown: for those who describe an API. Nothing that is shown holds a secret.

use std::sync::Arc;
use std::time::{Duration, Instant};

use common::api::{Encoding, Operation};
use common::failure::FailureClass;
use serde_json::Value;

use super::Visitor;
use super::compiled_call::CompiledCall;
use super::compiled_plan::CompiledPlan;
use super::ids::IdSource;
use super::secrets::{HIDDEN, Secrets};
use crate::chat::{self, Asked, Explained, Explainer, Pieces, StreamLimits, StreamReport};
use crate::http::{Exchange, Failure};

/// How much of a stream is kept to be shown, bytes.
const MOST_KEPT: usize = 16 << 20;
/// Schemes of the header `authorization` that are no secret themselves.
const SCHEMES: [&str; 3] = ["Bearer", "Basic", "Token"];

/// A call as it was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sent {
    /// Method, path and version, then the headers, a line each.
    pub lines: Vec<String>,
    /// Empty without one.
    pub body: String,
}

/// One call, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// Which.
    pub operation: Operation,
    /// What was sent.
    pub sent: Sent,
    /// HTTP status; 0 without an answer.
    pub status: u16,
    /// Until the answer was complete, or the failure certain.
    pub took: Duration,
    /// Time to open the connection, TLS included; `None` if one was used again.
    pub connect: Option<Duration>,
    /// The beginning of a good answer; empty for a stream.
    pub answer: String,
    /// What was captured, by its name. Of all but the thread's id only the length is shown.
    pub captured: Vec<(String, String)>,
    /// Whether it is the answer that the API promises.
    pub outcome: Result<(), Failure>,
    /// What came of a stream.
    pub stream: Option<TriedStream>,
}

/// A stream, event by event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriedStream {
    /// Each with its time since the start of the call.
    pub events: Vec<(Duration, Explained)>,
    /// Bytes that were not kept.
    pub missed: u64,
    /// What is measured of it.
    pub report: StreamReport,
}

impl Visitor {
    /// Says `text` as title, message and question from now on.
    pub fn say(&mut self, text: &str) {
        text.clone_into(&mut self.session.values.text);
    }

    /// Makes the call of `operation`, which must be over within `timeout`, and shows it; `None` where the service has
    /// no such call. It signs in only if it is asked to.
    pub async fn try_call(&mut self, operation: Operation, timeout: Duration) -> Option<Tried> {
        let plan = Arc::clone(&self.plan);
        let call = plan.call(operation)?;
        self.session.values.message = IdSource::from_system().next();
        if operation == Operation::Question || operation == Operation::Chat && self.put.is_none() {
            let values = &mut self.session.values;
            // One question is never too long a conversation to be sent.
            let _ =
                plan.history().map(|history| values.conversation.ask(history, &values.message, &values.text));
        }
        let sent = self.sent(&plan, operation, call, timeout);
        let mut tried = match operation {
            Operation::Chat => self.try_stream(&plan, call, timeout).await,
            _ => self.try_exchange(&plan, call, operation == Operation::Question, timeout).await,
        };
        if operation == Operation::Login {
            match &mut tried.outcome {
                Ok(()) => self.session.signed_in = Some(Instant::now()),
                Err(failure) => failure.class = FailureClass::Login,
            }
            tried.answer = without_values(&tried.answer, Encoding::Json);
        }
        let captured = if tried.outcome.is_ok() { self.captured(&plan, call) } else { Vec::new() };
        Some(Tried { operation, sent, captured, ..tried })
    }

    async fn try_exchange(
        &mut self,
        plan: &CompiledPlan,
        call: &CompiledCall,
        is_question: bool,
        timeout: Duration,
    ) -> Tried {
        let mut body = Vec::new();
        let exchange =
            self.session.exchange(plan, call, None, Instant::now(), timeout, Some(&mut body)).await;
        let took = exchange.time().seen;
        self.put = Some(exchange.start).filter(|_| is_question);
        let Exchange { status, connect, mut outcome, .. } = exchange;
        // Users do not look into an answer from which nothing is captured.
        if call.captures.is_empty() && is_of(&outcome, FailureClass::Encoded) {
            outcome = Ok(());
        }
        let answer = self.secrets(plan).hidden(String::from_utf8_lossy(&body).into_owned());
        Tried { status, took, connect, answer, outcome, ..Tried::default() }
    }

    async fn try_stream(&mut self, plan: &CompiledPlan, call: &CompiledCall, timeout: Duration) -> Tried {
        let limits = StreamLimits { timeout, ..*plan.stream_limits() };
        let mut kept = plan.kept();
        kept.record(MOST_KEPT);
        let asked =
            Asked { started: Instant::now(), since: self.put.take(), leaves_at: None, keep: Some(&mut kept) };
        let (client, request) = self.session.request(call, None, timeout);
        let mut report = chat::read_from(client, asked, request, plan.dialect(), &limits, |_| ()).await;
        if report.outcome.is_ok() {
            report.outcome = self.session.capture_of_stream(plan, call, &kept);
        }
        self.session.settle(plan, report.status, &mut report.outcome);
        let (took, secrets) = (report.time().seen, self.secrets(plan));
        let Pieces { all, missed, .. } = kept.take_pieces();
        let mut explainer = Explainer::new(plan.dialect());
        let mut events = Vec::new();
        for (at, piece) in all {
            let since = at.saturating_duration_since(report.start.at);
            events.extend(explainer.feed(&piece).into_iter().map(|event| (since, event)));
        }
        events.extend(explainer.rest().map(|event| (took, event)));
        for (_, Explained { event, data, taken_for, .. }) in &mut events {
            [event, data, taken_for].into_iter().for_each(|text| secrets.hide_in(text, false));
        }
        let (status, connect, outcome) = (report.status, report.connect, report.outcome.clone());
        let stream = Some(TriedStream { events, missed, report });
        Tried { status, took, connect, outcome, stream, ..Tried::default() }
    }

    fn secrets(&self, plan: &CompiledPlan) -> Secrets {
        Secrets::of(self.session.secrets(plan))
    }

    fn sent(
        &mut self,
        plan: &CompiledPlan,
        operation: Operation,
        call: &CompiledCall,
        timeout: Duration,
    ) -> Sent {
        let (client, request) = self.session.request(call, None, timeout);
        let written = client.written(&request);
        let written = String::from_utf8_lossy(&written);
        let secrets = self.secrets(plan);
        let (head, body) = written.split_once("\r\n\r\n").unwrap_or((&written, ""));
        let line = |line: &str| match line.split_once(": ") {
            Some((name, value)) if plan.hides_header(name) => format!("{name}: {}", scheme_alone(value)),
            _ => secrets.hidden(line.to_owned()),
        };
        let body = match operation {
            Operation::Login => without_values(body, call.encoding),
            _ => secrets.hidden(body.to_owned()),
        };
        Sent { lines: head.split("\r\n").map(line).collect(), body }
    }

    /// What the call has just captured.
    fn captured(&self, plan: &CompiledPlan, call: &CompiledCall) -> Vec<(String, String)> {
        let values = &self.session.values;
        let value = |place: Option<u16>| match place {
            None => Some(values.thread.as_str().to_owned()),
            Some(place) => {
                let value = values.captured.get(usize::from(place))?.as_ref()?;
                let bytes = if value.len() == 1 { "byte" } else { "bytes" };
                Some(format!("{HIDDEN} ({} {bytes})", value.len()))
            }
        };
        let captured = call.captures.iter().filter_map(|capture| {
            let name = capture.place.and_then(|place| plan.captured_names().get(usize::from(place)));
            Some((name.map_or(common::api::THREAD, String::as_str).to_owned(), value(capture.place)?))
        });
        captured.collect()
    }
}

impl Default for Tried {
    fn default() -> Tried {
        Tried {
            operation: Operation::Chat,
            sent: Sent::default(),
            status: 0,
            took: Duration::ZERO,
            connect: None,
            answer: String::new(),
            captured: Vec::new(),
            outcome: Ok(()),
            stream: None,
        }
    }
}

fn is_of(outcome: &Result<(), Failure>, class: FailureClass) -> bool {
    outcome.as_ref().is_err_and(|failure| failure.class == class)
}

fn scheme_alone(value: &str) -> String {
    let scheme = value.split(' ').next().filter(|scheme| SCHEMES.contains(scheme));
    scheme.map_or_else(|| HIDDEN.to_owned(), |scheme| format!("{scheme} {HIDDEN}"))
}

/// What carries a sign-in: the names in it.
fn without_values(text: &str, encoding: Encoding) -> String {
    if text.is_empty() {
        return String::new();
    }
    match (encoding, serde_json::from_str::<Value>(text)) {
        (Encoding::Json, Ok(mut json)) => {
            blank(&mut json);
            json.to_string()
        }
        (Encoding::Form, _) => {
            let name = |pair: &str| format!("{}={HIDDEN}", pair.split('=').next().unwrap_or_default());
            text.split('&').map(name).collect::<Vec<_>>().join("&")
        }
        _ => HIDDEN.to_owned(),
    }
}

fn blank(value: &mut Value) {
    match value {
        Value::Object(fields) => fields.values_mut().for_each(blank),
        Value::Array(elements) => elements.iter_mut().for_each(blank),
        Value::Null | Value::Bool(_) => {}
        Value::Number(_) | Value::String(_) => *value = HIDDEN.into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_sign_in_shows_its_names_alone() {
        let text = r#"{"user":"ann","more":[{"password":"p"},7,true],"left":null}"#;
        // In which order depends on what else is built into the program.
        let shown: Value = serde_json::from_str(&without_values(text, Encoding::Json)).unwrap();
        let left = json!({"user": HIDDEN, "more": [{"password": HIDDEN}, HIDDEN, true], "left": null});
        assert_eq!(shown, left);
        assert_eq!(without_values("user=ann&password=p%3D", Encoding::Form), "user=***&password=***");
        for (text, encoding) in
            [("ann:p", Encoding::Json), ("ann", Encoding::Text), ("x", Encoding::Multipart)]
        {
            assert_eq!(without_values(text, encoding), "***");
        }
        assert_eq!(without_values("", Encoding::Json), "");
    }

    #[test]
    fn of_a_secret_header_the_scheme_is_left() {
        assert_eq!(scheme_alone("Bearer sk-1"), "Bearer ***");
        assert_eq!(scheme_alone("sk-1 2"), "***");
    }
}
