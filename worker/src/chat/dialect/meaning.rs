//! What an event means to a reader.

use std::fmt;

use super::Said;

/// What one event is: any number of things at once.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::chat) struct Meaning<'e> {
    /// Visible text that it adds.
    pub text: Option<Said<'e>>,
    /// Whether it adds thoughts, or a part of a tool's call.
    pub hidden: bool,
    /// Tokens that it counts.
    pub usage: Usage,
    /// Why the answer ended.
    pub finish: Option<Finish>,
    /// Whether it ends a complete answer.
    pub end: bool,
    /// A failure, in these words.
    pub error: Option<String>,
}

/// Tokens as a service counts them, as far as it does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::chat) struct Usage {
    pub completion: Option<u64>,
    pub prompt: Option<u64>,
    pub cached: Option<u64>,
    /// Thoughts.
    pub reasoning: Option<u64>,
}

impl Usage {
    /// Takes over what comes again: some services send the count with every chunk, and the last one holds; with
    /// `adds` each is of a part.
    #[inline]
    pub fn update(&mut self, new: &Usage, adds: bool) {
        let pairs = [
            (&mut self.completion, new.completion),
            (&mut self.prompt, new.prompt),
            (&mut self.cached, new.cached),
            (&mut self.reasoning, new.reasoning),
        ];
        for (old, new) in pairs {
            let Some(new) = new else { continue };
            *old = Some(if adds { old.unwrap_or(0).saturating_add(new) } else { new });
        }
    }
}

/// Why an answer ended, whatever the service calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// The model was done.
    Stop,
    /// It had no tokens left.
    Length,
    /// It called a tool.
    Tool,
    /// Somebody would not have it said.
    Filter,
    /// Another word.
    Other,
}

impl Finish {
    /// In a word or two.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Finish::Stop => "done",
            Finish::Length => "out of tokens",
            Finish::Tool => "tool call",
            Finish::Filter => "filtered",
            Finish::Other => "another reason",
        }
    }

    pub(super) fn of(word: &str) -> Finish {
        match word.to_ascii_lowercase().replace('-', "_").as_str() {
            "stop" | "end_turn" | "stop_sequence" | "eos" | "eos_token" | "completed" | "complete"
            | "done" | "word" => Finish::Stop,
            "length" | "max_tokens" | "max_output_tokens" | "incomplete" | "model_length" | "limit" => {
                Finish::Length
            }
            "tool_calls" | "tool_use" | "tool_call" | "function_call" => Finish::Tool,
            "content_filter" | "content_filtered" | "safety" | "refusal" | "recitation" | "blocklist"
            | "prohibited_content" => Finish::Filter,
            _ => Finish::Other,
        }
    }
}

/// As `text "Hel", tokens 3, end`.
impl fmt::Display for Meaning<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Meaning { text, hidden, usage, finish, end, error } = self;
        let said = text.map(|text| {
            let mut said = String::new();
            text.push_to(&mut said);
            format!("text {said:?}")
        });
        let counts = [
            ("tokens", usage.completion),
            ("prompt tokens", usage.prompt),
            ("of them cached", usage.cached),
            ("tokens of thoughts", usage.reasoning),
        ];
        let counts = counts.into_iter().filter_map(|(what, count)| Some(format!("{what} {}", count?)));
        let words = said
            .into_iter()
            .chain(hidden.then(|| "thoughts or a tool call".to_owned()))
            .chain(counts)
            .chain(finish.map(|finish| format!("finished: {}", finish.name())))
            .chain(error.as_ref().map(|words| format!("error {words:?}")))
            .chain(end.then(|| "end".to_owned()));
        f.write_str(&words.collect::<Vec<_>>().join(", "))
    }
}
