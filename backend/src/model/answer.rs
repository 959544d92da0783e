//! What an answer is made of: reasoning, then a text or calls of tools, token by token.

use std::borrow::Cow;
use std::sync::Arc;

use super::ask::{Ask, Tool, ToolChoice};
use super::generated::{json_of, tokens_of};
use super::unix_seconds;
use crate::settings::MOST_CALLS;
use crate::stream::{PromptTokens, word};

/// An answer, all of it.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// Part of every id in it: that of the request without its kind.
    pub(super) stem: String,
    pub(super) model: Arc<str>,
    /// Seconds since the Unix epoch.
    pub(super) created: u64,
    pub(super) parts: Vec<Part>,
    pub(super) finish: Finish,
    pub(super) prompt: PromptTokens,
}

/// Why an answer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finish {
    Stop,
    /// The request wants no more tokens.
    Length,
    ToolCalls,
}

/// One part, as a stream has them one after the other.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// Its place among all parts.
    pub(super) index: usize,
    pub(super) kind: PartKind,
    /// Its tokens, at least one.
    pub(super) tokens: u32,
}

#[derive(Clone, Debug)]
pub(crate) enum PartKind {
    Reasoning,
    /// Words; or pieces of JSON.
    Text(Option<Vec<String>>),
    Call(Call),
}

/// A call of a tool.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(super) name: String,
    /// Its place among the calls.
    pub(super) number: usize,
    pieces: Vec<String>,
}

impl Part {
    /// Its token `k`.
    pub(super) fn token(&self, k: u32) -> Cow<'_, str> {
        match &self.kind {
            PartKind::Reasoning => format!("r{k} ").into(),
            PartKind::Text(None) => word(k).into(),
            PartKind::Text(Some(pieces)) | PartKind::Call(Call { pieces, .. }) => {
                pieces.get(k as usize).map_or("", String::as_str).into()
            }
        }
    }

    /// All of it.
    pub(super) fn text(&self) -> String {
        (0..self.tokens).map(|k| self.token(k)).collect()
    }
}

impl Answer {
    /// The answer to `ask` whose text would have `tokens` tokens, after `reasoning` tokens; `calls` is how many tools
    /// the model calls if it may.
    pub(crate) fn new(
        ask: &Ask,
        request: &str,
        prompt: PromptTokens,
        [tokens, reasoning, calls]: [u32; 3],
    ) -> Self {
        let mut kinds = Vec::new();
        if reasoning > 0 {
            kinds.push((PartKind::Reasoning, reasoning));
        }
        let called: Vec<&Tool> = called(ask, calls);
        let mut finish = if called.is_empty() { Finish::Stop } else { Finish::ToolCalls };
        for (number, tool) in called.iter().enumerate() {
            let pieces = tokens_of(&json_of(&tool.parameters));
            let length = count(pieces.len());
            kinds.push((PartKind::Call(Call { name: tool.name.clone(), number, pieces }), length));
        }
        if called.is_empty() {
            let pieces = ask.schema.as_ref().map(|schema| tokens_of(&json_of(schema)));
            let length = pieces.as_ref().map_or(tokens, |pieces| count(pieces.len()));
            kinds.push((PartKind::Text(pieces), length));
        }
        let mut left = ask.most_tokens.unwrap_or(u32::MAX);
        let mut parts = Vec::new();
        for (kind, length) in kinds {
            let tokens = length.min(left);
            if tokens < length {
                finish = Finish::Length;
            }
            left -= tokens;
            if tokens > 0 {
                parts.push(Part { index: parts.len(), kind, tokens });
            }
        }
        let stem = request.trim_start_matches("req_").to_owned();
        Self { stem, model: Arc::clone(&ask.model.full), created: unix_seconds(), parts, finish, prompt }
    }

    /// Its tokens, of all parts.
    pub(crate) fn tokens(&self) -> u32 {
        self.parts.iter().map(|part| part.tokens).sum()
    }

    /// Tokens of its reasoning.
    pub(super) fn reasoning(&self) -> u32 {
        let is_reasoning = |part: &&Part| matches!(part.kind, PartKind::Reasoning);
        self.parts.iter().filter(is_reasoning).map(|part| part.tokens).sum()
    }

    /// What its text is, if it has one.
    pub(super) fn text(&self) -> Option<String> {
        self.parts.iter().find(|part| matches!(part.kind, PartKind::Text(_))).map(Part::text)
    }
}

/// The tools that are called: as many as `calls` says, from the first on.
fn called(ask: &Ask, calls: u32) -> Vec<&Tool> {
    if ask.after_tool || ask.tools.is_empty() {
        return Vec::new();
    }
    match &ask.choice {
        ToolChoice::Never => Vec::new(),
        ToolChoice::Named(name) => ask.tools.iter().filter(|tool| tool.name == *name).take(1).collect(),
        choice => {
            let least = u32::from(*choice == ToolChoice::Some);
            ask.tools.iter().cycle().take(calls.clamp(least, MOST_CALLS) as usize).collect()
        }
    }
}

fn count(pieces: usize) -> u32 {
    u32::try_from(pieces).unwrap_or(u32::MAX)
}
