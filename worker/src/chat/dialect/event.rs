//! One event under the rules of a dialect.

use common::api::Scalar;

use super::said::{is_something, is_text, is_thought};
use super::{Condition, Dialect, Finish, Meaning, Rules, Said, Usage, Use};
use crate::http::message_in;
use crate::sse::scan::{RawStr, Value, value_at};

/// The most tokens that one answer can plausibly have: sixteen times the longest contexts of today. A greater
/// number, such as -1 in 32 bits, is ignored.
const MOST_TOKENS: u64 = 1 << 24;

/// What the tree found in an event.
#[derive(Default)]
struct Fields<'e> {
    holds: Rules,
    text: Option<Said<'e>>,
    thought: bool,
    tool: bool,
    usage: Usage,
    finish: Option<RawStr<'e>>,
    error: Option<(Value<'e>, &'e [u8])>,
}

impl Dialect {
    /// What an event is, for whoever needs it seldom.
    #[inline(never)]
    pub(in crate::chat) fn meaning<'e>(&self, event: &[u8], data: &'e [u8]) -> Meaning<'e> {
        self.read(event, data)
    }

    /// What an event is. Where each event of a stream is read, so that nothing is made of it that nobody uses.
    #[inline(always)]
    pub(in crate::chat) fn read<'e>(&self, event: &[u8], data: &'e [u8]) -> Meaning<'e> {
        let mut fields = Fields { holds: self.fieldless, ..Fields::default() };
        self.tree.visit(data, |path, value, rest| {
            let uses = self.uses[path].iter();
            match value {
                Value::String(text) => uses.for_each(|use_of| fields.take_string(use_of, text, rest)),
                _ => uses.for_each(|use_of| fields.take(use_of, value, rest)),
            }
        });
        for (rules, condition) in &self.conditions {
            if !condition.holds(event, data) {
                fields.holds &= !rules;
            }
        }
        let holds = fields.holds;
        let (failed, end) = (holds & self.error != 0, self.terminal.is_some_and(|rules| holds & rules != 0));
        let is = |rules: Rules| rules == 0 || holds & rules != 0;
        let hides = |(rules, by_field): (Rules, bool), found: bool| match by_field {
            true => found && is(rules),
            false => holds & rules != 0,
        };
        if self.whole_text && !failed && !end && is(self.text) {
            fields.text = whole(data);
        }
        Meaning {
            text: fields.text.filter(|_| is(self.text)),
            hidden: hides(self.reasoning, fields.thought) || hides(self.tool, fields.tool),
            usage: fields.usage,
            finish: fields.finish.map(|word| Finish::of(&word.to_text())),
            end: end && !failed,
            error: failed.then(|| failure(fields.error, data)),
        }
    }
}

impl<'e> Fields<'e> {
    /// As [`take`](Self::take), for a string: nearly all that events of a stream have.
    #[inline]
    fn take_string(&mut self, use_of: &Use, text: RawStr<'e>, rest: &'e [u8]) {
        match use_of {
            Use::Rule(rule, Some(Scalar(wanted))) => {
                self.holds |= if is_text_of(text, wanted) { *rule } else { 0 };
            }
            Use::Text if self.text.is_none() && !text.is_empty() => {
                self.text = Some(Said::Json(Value::String(text), rest));
            }
            Use::Text => {}
            _ => self.take(use_of, Value::String(text), rest),
        }
    }

    fn take(&mut self, use_of: &Use, value: Value<'e>, rest: &'e [u8]) {
        let tokens = |old: Option<u64>| old.or_else(|| tokens(value));
        match use_of {
            Use::Rule(rule, None) if is_something(value, rest) => self.holds |= rule,
            Use::Rule(rule, Some(wanted)) if is_equal(value, wanted) => self.holds |= rule,
            Use::Rule(..) => {}
            Use::Text if self.text.is_none() && is_text(value, rest) => {
                self.text = Some(Said::Json(value, rest))
            }
            Use::Text => {}
            Use::Reasoning => self.thought |= is_thought(value, rest),
            Use::ReasoningPart => self.thought |= value == Value::Array && is_thought(value, rest),
            Use::Tool => self.tool |= is_something(value, rest),
            Use::Completion => self.usage.completion = tokens(self.usage.completion),
            Use::Prompt => self.usage.prompt = tokens(self.usage.prompt),
            Use::Cached => self.usage.cached = tokens(self.usage.cached),
            Use::Thought => self.usage.reasoning = tokens(self.usage.reasoning),
            Use::Finish => match value {
                Value::String(word) if !word.is_empty() => self.finish = self.finish.or(Some(word)),
                _ => {}
            },
            Use::Error if self.error.is_none() && is_something(value, rest) => {
                self.error = Some((value, rest))
            }
            Use::Error => {}
        }
    }
}

impl Condition {
    fn holds(&self, event: &[u8], data: &[u8]) -> bool {
        match self {
            // An event without a name is a `message`, as in a browser.
            Condition::Named(name) => event == name.as_bytes() || (event.is_empty() && name == "message"),
            Condition::Data(whole) => data.trim_ascii() == whole.as_bytes(),
            Condition::Json(wanted) => value_at::<&str>(data, &[]).is_some() == *wanted,
        }
    }
}

/// All of the data as text; a JSON string is what it says.
fn whole(data: &[u8]) -> Option<Said<'_>> {
    match data {
        [] => None,
        [b'"', .., b'"'] => match value_at::<&str>(data, &[]) {
            Some(text @ Value::String(_)) => is_text(text, data).then_some(Said::Json(text, data)),
            _ => Some(Said::Plain(data)),
        },
        data => Some(Said::Plain(data)),
    }
}

/// Compares without decoding, which only an escape makes necessary.
fn is_equal(value: Value<'_>, Scalar(wanted): &Scalar) -> bool {
    let wanted = wanted.as_str();
    match value {
        Value::String(text) => is_text_of(text, wanted),
        Value::Number(digits) => digits == wanted.as_bytes(),
        Value::Bool(true) => wanted == "true",
        Value::Bool(false) => wanted == "false",
        Value::Null => wanted == "null",
        Value::Array | Value::Object => false,
    }
}

/// The same for a string.
#[inline]
fn is_text_of(text: RawStr<'_>, wanted: &str) -> bool {
    let raw = text.as_bytes();
    let begins_alike = raw.first() == wanted.as_bytes().first() || raw.first() == Some(&b'\\');
    begins_alike
        && match raw.len() == wanted.len() {
            true => raw == wanted.as_bytes(),
            // With an escape it is longer than what it says.
            false => raw.len() > wanted.len() && raw.contains(&b'\\') && text.to_text() == wanted,
        }
}

/// A count of tokens: a whole number, also as `50.0` or `"50"`.
fn tokens(value: Value<'_>) -> Option<u64> {
    let digits = match value {
        Value::Number(digits) => digits,
        Value::String(text) => text.as_bytes(),
        _ => return None,
    };
    let digits = digits.strip_suffix(b".0").unwrap_or(digits);
    let plain = digits.iter().all(u8::is_ascii_digit);
    let count = plain.then(|| str::from_utf8(digits).ok()?.parse().ok()).flatten();
    count.filter(|tokens| *tokens <= MOST_TOKENS)
}

/// The failure's words: where the API says, else where services put them, else all of the event.
fn failure(named: Option<(Value<'_>, &[u8])>, data: &[u8]) -> String {
    match named {
        Some((Value::String(text), _)) => {
            let text = text.to_text();
            // Where services put them too, there is what they call the failure beside them.
            message_in(data).filter(|words| words.starts_with(&*text)).unwrap_or_else(|| text.into_owned())
        }
        Some((_, rest)) => message_in(rest).or_else(|| message_in(data)).unwrap_or_default(),
        None => message_in(data).unwrap_or_else(|| String::from_utf8_lossy(data).into_owned()),
    }
}
