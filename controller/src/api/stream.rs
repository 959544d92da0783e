//! `[stream]` as an API file has it.

use common::api::{EmptyAnswer, Framing, List, Matcher, StreamDialect, Terminal};
use serde::Deserialize;

/// Defines [`StreamDraft`] from the settings of a [`StreamDialect`].
macro_rules! draft {
    ($($setting:ident: $kind:ty,)+) => {
        /// What differs from the dialect below. Each setting is given whole.
        #[derive(Debug, Clone, Default, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct StreamDraft {
            $($setting: Option<$kind>,)+
        }

        impl StreamDraft {
            /// Changes what it says.
            pub fn change(&self, stream: &mut StreamDialect) {
                let StreamDialect { $($setting,)+ } = stream;
                $(if let Some(new) = &self.$setting {
                    $setting.clone_from(new);
                })+
            }
        }
    };
}

draft! {
    framing: Framing,
    max_event: u32,
    text: List<Matcher>,
    text_field: List<String>,
    reasoning: List<Matcher>,
    reasoning_field: List<String>,
    tool: List<Matcher>,
    tool_field: List<String>,
    terminal: Terminal,
    usage_field: List<String>,
    prompt_tokens_field: List<String>,
    cached_tokens_field: List<String>,
    reasoning_tokens_field: List<String>,
    usage_has_reasoning: bool,
    usage_adds_up: bool,
    finish_field: List<String>,
    error: List<Matcher>,
    error_field: List<String>,
    empty_answer: EmptyAnswer,
}
