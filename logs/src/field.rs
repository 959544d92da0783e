//! The fields of a request: what `--where` compares and CSV has columns of.

use std::borrow::Cow;

use common::class::UserClass;
use common::failure::FailureClass;
use common::request_log::{ConnectionUse, FinishReason, LoggedRequest, Moment, Outcome, TokenCounts};

/// One field.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name in the log; of a part of an object and of a time between two moments a name of its own.
    pub name: &'static str,
    pub(crate) kind: FieldKind,
    pub(crate) of: for<'r> fn(&'r LoggedRequest<'_>) -> Option<FieldValue<'r>>,
}

/// What a field holds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum FieldKind {
    Number,
    /// Microseconds; may be compared with a time that has a unit.
    Time,
    Text,
    Flag,
    /// One of a few words.
    Word(fn() -> Vec<&'static str>),
}

/// What a request has there.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum FieldValue<'r> {
    Number(f64),
    Text(Cow<'r, str>),
    Flag(bool),
}

impl FieldKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            FieldKind::Number => "a number",
            FieldKind::Time => "a time",
            FieldKind::Text => "a text",
            FieldKind::Flag => "true or false",
            FieldKind::Word(_) => "one of a few words",
        }
    }
}

fn number<'r>(number: impl TryInto<u64>) -> Option<FieldValue<'r>> {
    number.try_into().ok().map(|number| FieldValue::Number(number as f64))
}

fn time<'r>(moment: Option<Moment>) -> Option<FieldValue<'r>> {
    moment.map(|moment| FieldValue::Number(moment.micros()))
}

fn text(text: &str) -> Option<FieldValue<'_>> {
    Some(FieldValue::Text(Cow::Borrowed(text)))
}

fn tokens<'r>(request: &LoggedRequest<'_>, of: fn(&TokenCounts) -> u64) -> Option<FieldValue<'r>> {
    request.tokens.as_ref().map(of).and_then(number)
}

macro_rules! fields {
    ($($name:literal $kind:expr, |$request:ident| $value:expr;)+) => {
        /// Every field, in the order of the log.
        pub const FIELDS: &[Field] = &[$(Field { name: $name, kind: $kind, of: |$request| $value }),+];
    };
}

use FieldKind::{Flag, Number, Text, Time, Word};

fields! {
    "worker" Text, |request| request.worker.as_deref().and_then(text);
    "user" Number, |request| number(request.user);
    "class" Word(|| UserClass::ALL.map(UserClass::name).to_vec()), |request| text(request.class.name());
    "session" Number, |request| number(request.session);
    "turn" Number, |request| number(request.turn);
    "call" Text, |request| text(&request.call);
    "stage" Number, |request| number(request.stage);
    "measured" Flag, |request| Some(FieldValue::Flag(request.measured));
    "trace" Text, |request| request.trace.as_deref().and_then(text);
    "intended" Time, |request| time(Some(request.intended));
    "start" Time, |request| time(Some(request.start));
    "sent" Time, |request| time(request.sent);
    "headers" Time, |request| time(request.headers);
    "first_byte" Time, |request| time(request.first_byte);
    "first_event" Time, |request| time(request.first_event);
    "first_reasoning" Time, |request| time(request.first_reasoning);
    "first_token" Time, |request| time(request.first_token);
    "last_token" Time, |request| time(request.last_token);
    "end" Time, |request| time(Some(request.end));
    "latency" Time, |request| time(request.latency());
    "ttft" Time, |request| time(request.ttft());
    "ttfr" Time, |request| time(request.ttfr());
    "outcome" Word(|| OUTCOMES.map(|(_, name)| name).to_vec()), |request| text(word(&OUTCOMES, request.outcome));
    "status" Number, |request| request.status.and_then(number);
    "failure" Word(|| FailureClass::ALL.map(FailureClass::name).to_vec()),
        |request| request.failure.and_then(|class| text(class.name()));
    "text" Text, |request| request.text.as_deref().and_then(text);
    "bytes" Number, |request| number(request.bytes);
    "connection" Word(|| CONNECTIONS.map(|(_, name)| name).to_vec()),
        |request| request.connection.and_then(|connection| text(word(&CONNECTIONS, connection)));
    "connect" Time, |request| time(request.connect);
    "chunks" Number, |request| request.chunks.and_then(number);
    "hidden" Number, |request| number(request.hidden);
    "tokens" Number, |request| tokens(request, |tokens| tokens.output);
    "tokens_counted" Flag, |request| request.tokens.map(|tokens| FieldValue::Flag(tokens.counted));
    "prompt_tokens" Number, |request| tokens(request, |tokens| tokens.prompt);
    "cached_tokens" Number, |request| tokens(request, |tokens| tokens.cached);
    "reasoning_tokens" Number, |request| tokens(request, |tokens| tokens.reasoning);
    "finish" Word(|| FINISHES.map(|(_, name)| name).to_vec()),
        |request| request.finish.and_then(|finish| text(word(&FINISHES, finish)));
    "stalled" Flag, |request| Some(FieldValue::Flag(request.stalled));
    "comments" Number, |request| number(request.comments);
    "contradicted" Flag, |request| Some(FieldValue::Flag(request.contradicted));
    "text_after_end" Flag, |request| Some(FieldValue::Flag(request.text_after_end));
    "left_open" Flag, |request| Some(FieldValue::Flag(request.left_open));
    "slowest" Flag, |request| Some(FieldValue::Flag(request.slowest));
}

const OUTCOMES: [(Outcome, &str); 5] = [
    (Outcome::Ok, "ok"),
    (Outcome::Failed, "failed"),
    (Outcome::Left, "left"),
    (Outcome::Cut, "cut"),
    (Outcome::Unasked, "unasked"),
];
const CONNECTIONS: [(ConnectionUse, &str); 2] =
    [(ConnectionUse::Opened, "opened"), (ConnectionUse::Kept, "kept")];
const FINISHES: [(FinishReason, &str); 5] = [
    (FinishReason::Stop, "stop"),
    (FinishReason::Length, "length"),
    (FinishReason::Tool, "tool"),
    (FinishReason::Filter, "filter"),
    (FinishReason::Other, "other"),
];

fn word<T: PartialEq>(words: &[(T, &'static str)], value: T) -> &'static str {
    words.iter().find(|(known, _)| *known == value).map_or("", |(_, word)| word)
}
