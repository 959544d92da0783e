//! How a service writes its stream, compiled for the hot path.
//!
//! ```text
//! StreamDialect ─▶ rules (which event) + one tree of all paths (what is in it) ─▶ Meaning of each event
//! ```

mod event;
mod meaning;
mod said;
#[cfg(test)]
mod tests;

use common::api::{EmptyAnswer, Framing, List, Matcher, Scalar, StreamDialect, Terminal};

use crate::sse::scan::{JsonPath, JsonPathError, PathTree};

pub use meaning::Finish;
pub(super) use meaning::{Meaning, Usage};
pub(super) use said::Said;

/// A [`StreamDialect`] with its paths in one tree. Made once for each worker.
///
/// Where the description leaves a choice open: a field that is `null`, `false`, `0` or empty counts as absent,
/// so that `"finish_reason": null` or `"error": false` in every chunk mean nothing; a failure goes before an
/// end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialect {
    pub(super) framing: Framing,
    pub(super) max_event: usize,
    tree: PathTree,
    /// By the number of the path: what is done with its value.
    uses: Vec<Vec<Use>>,
    /// Conditions that no field decides, by the rules that have them.
    conditions: Vec<(Rules, Condition)>,
    /// Rules without a field.
    fieldless: Rules,
    text: Rules,
    whole_text: bool,
    /// Rules of what is not visible, and whether there are fields that must hold something beside.
    reasoning: (Rules, bool),
    tool: (Rules, bool),
    /// `None`: the end of the body.
    terminal: Option<Rules>,
    error: Rules,
    usage_has_reasoning: bool,
    pub(super) usage_adds_up: bool,
    empty_answer: EmptyAnswer,
}

/// A set of matchers, a bit each.
type Rules = u64;

/// Most matchers of one dialect.
const MOST_RULES: usize = 64;

/// What the value of a path is good for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Use {
    /// Makes a rule hold if it equals this, or without one says anything.
    Rule(Rules, Option<Scalar>),
    Text,
    Reasoning,
    /// As `Reasoning`, but not as a plain string.
    ReasoningPart,
    Tool,
    Completion,
    Prompt,
    Cached,
    Thought,
    Finish,
    Error,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Condition {
    Named(String),
    Data(String),
    Json(bool),
}

/// A dialect that cannot be compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DialectError {
    /// A path that leads nowhere.
    #[error("the stream's `{part}`: {source}")]
    Path {
        /// Which setting.
        part: &'static str,
        /// What is wrong with it.
        source: JsonPathError,
    },
    /// A value without the field that is to have it.
    #[error("the stream's `{0}` has `equals` without `field`; name the field, or use `data`")]
    EqualsWithoutField(&'static str),
    /// A matcher that says nothing.
    #[error("the stream's `{0}` has a matcher that can never hold; give it `event`, `data` or `field`")]
    Never(&'static str),
    /// Nothing could end a stream.
    #[error(
        "the stream's `terminal` is empty, so no answer could be complete; name an event, or write \"body\""
    )]
    Endless,
    /// No event fits.
    #[error("the stream's `max_event` is 0; give the bytes of the largest event")]
    NoRoom,
    /// More matchers than there is room for.
    #[error("the stream has more than {MOST_RULES} matchers; leave some out")]
    TooMany,
}

impl DialectError {
    /// The setting that is wrong.
    #[must_use]
    pub fn part(&self) -> Option<&'static str> {
        match self {
            Self::Path { part, .. } | Self::EqualsWithoutField(part) | Self::Never(part) => Some(part),
            Self::Endless => Some("terminal"),
            Self::NoRoom => Some("max_event"),
            Self::TooMany => None,
        }
    }
}

impl Dialect {
    /// Makes rules and tree.
    ///
    /// # Errors
    ///
    /// A path or a matcher that can never hold; see [`DialectError`].
    pub fn compile(dialect: &StreamDialect) -> Result<Dialect, DialectError> {
        let mut made = Compiler::default();
        for (part, paths, use_of) in [
            ("text_field", &dialect.text_field, Use::Text),
            ("reasoning_field", &dialect.reasoning_field, Use::Reasoning),
            ("tool_field", &dialect.tool_field, Use::Tool),
            ("usage_field", &dialect.usage_field, Use::Completion),
            ("prompt_tokens_field", &dialect.prompt_tokens_field, Use::Prompt),
            ("cached_tokens_field", &dialect.cached_tokens_field, Use::Cached),
            ("reasoning_tokens_field", &dialect.reasoning_tokens_field, Use::Thought),
            ("finish_field", &dialect.finish_field, Use::Finish),
            ("error_field", &dialect.error_field, Use::Error),
        ] {
            for path in paths.0.iter().filter(|path| !path.is_empty()) {
                made.path(part, path, use_of.clone())?;
            }
        }
        if dialect.reasoning.0.is_empty() {
            made.leave_texts_to_text();
        }
        let terminal = match &dialect.terminal {
            Terminal::Body => None,
            Terminal::Event(List(none)) if none.is_empty() => return Err(DialectError::Endless),
            Terminal::Event(matchers) => Some(made.rules("terminal", matchers)?),
        };
        if dialect.max_event == 0 {
            return Err(DialectError::NoRoom);
        }
        Ok(Dialect {
            framing: dialect.framing,
            max_event: dialect.max_event as usize,
            text: made.rules("text", &dialect.text)?,
            whole_text: dialect.text_field.0.iter().all(String::is_empty),
            reasoning: made.hidden("reasoning", &dialect.reasoning, &dialect.reasoning_field)?,
            tool: made.hidden("tool", &dialect.tool, &dialect.tool_field)?,
            terminal,
            error: made.rules("error", &dialect.error)?,
            usage_has_reasoning: dialect.usage_has_reasoning,
            usage_adds_up: dialect.usage_adds_up,
            empty_answer: dialect.empty_answer,
            tree: made.tree,
            uses: made.uses,
            conditions: made.conditions,
            fieldless: made.fieldless,
        })
    }

    /// Whether a complete stream may have no output.
    pub(super) fn allows_empty(&self) -> bool {
        self.empty_answer == EmptyAnswer::Ok
    }

    /// Whether the end of the body is the end of the answer.
    pub(super) fn ends_with_body(&self) -> bool {
        self.terminal.is_none()
    }

    /// The output tokens that a service counted, of which so many are thoughts.
    pub(super) fn output_tokens(&self, usage: &Usage) -> Option<u64> {
        let more = if self.usage_has_reasoning { 0 } else { usage.reasoning.unwrap_or(0) };
        usage.completion.map(|tokens| tokens + more)
    }
}

/// What a dialect is made of, as it grows.
#[derive(Default)]
struct Compiler {
    tree: PathTree,
    uses: Vec<Vec<Use>>,
    conditions: Vec<(Rules, Condition)>,
    fieldless: Rules,
    rules: usize,
}

impl Compiler {
    fn path(&mut self, part: &'static str, path: &str, use_of: Use) -> Result<(), DialectError> {
        let path: JsonPath = path.parse().map_err(|source| DialectError::Path { part, source })?;
        let number = self.tree.add(&path);
        self.uses.resize(self.uses.len().max(number + 1), Vec::new());
        self.uses[number].push(use_of);
        Ok(())
    }

    /// Where text and thoughts share a path and no matcher separates them, a plain string is text.
    fn leave_texts_to_text(&mut self) {
        for uses in self.uses.iter_mut().filter(|uses| uses.contains(&Use::Text)) {
            let thoughts = uses.iter_mut().filter(|use_of| **use_of == Use::Reasoning);
            thoughts.for_each(|use_of| *use_of = Use::ReasoningPart);
        }
    }

    fn rules(&mut self, part: &'static str, matchers: &List<Matcher>) -> Result<Rules, DialectError> {
        matchers.0.iter().try_fold(0, |rules, matcher| Ok(rules | self.rule(part, matcher)?))
    }

    /// What is no visible text; whether its fields decide too.
    fn hidden(
        &mut self,
        part: &'static str,
        matchers: &List<Matcher>,
        fields: &List<String>,
    ) -> Result<(Rules, bool), DialectError> {
        Ok((self.rules(part, matchers)?, fields.0.iter().any(|path| !path.is_empty())))
    }

    fn rule(&mut self, part: &'static str, matcher: &Matcher) -> Result<Rules, DialectError> {
        let Matcher { event, data, field, equals, json } = matcher.clone();
        if event.is_none() && data.is_none() && field.is_none() && json.is_none() {
            return Err(match equals {
                Some(_) => DialectError::EqualsWithoutField(part),
                None => DialectError::Never(part),
            });
        }
        if self.rules == MOST_RULES {
            return Err(DialectError::TooMany);
        }
        let rule = 1 << self.rules;
        self.rules += 1;
        match field {
            Some(field) => self.path(part, &field, Use::Rule(rule, equals))?,
            None if equals.is_some() => return Err(DialectError::EqualsWithoutField(part)),
            None => self.fieldless |= rule,
        }
        let conditions = [event.map(Condition::Named), data.map(Condition::Data), json.map(Condition::Json)];
        self.conditions.extend(conditions.into_iter().flatten().map(|condition| (rule, condition)));
        Ok(rule)
    }
}
