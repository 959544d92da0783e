//! What users ask, on the command line.

use clap::ValueEnum;
use common::api::Api;
use common::asking::{Asking, MOST_TOKENS, MOST_WORDS};
use common::text::number::percent;

use super::RunArgs;
use super::error::OptionsError;
use crate::prompts::Prompts;
use crate::replay::Trace;

/// How a report says that no prompts were given.
const OWN_PROMPTS: &str = "built in";

/// What is to be done about a cache of prompts that the service may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CacheChoice {
    /// A nonce in front of each question keeps it from answering.
    Avoid,
    /// It may answer.
    Allow,
}

impl CacheChoice {
    /// What it is called on the command line and in reports.
    pub(super) fn name(self) -> &'static str {
        match self {
            CacheChoice::Avoid => "avoid",
            CacheChoice::Allow => "allow",
        }
    }
}

/// What the flags ask for; where answers are to have a length, the API's question gets a place for it.
///
/// # Errors
/// Lengths that nobody can ask for, or that the API has no place for.
pub(super) fn of(args: &RunArgs, api: &mut Api, trace: Option<&Trace>) -> Result<Asking, OptionsError> {
    let range =
        |flag, range, fits: bool| if fits { Ok(()) } else { Err(OptionsError::Range { flag, range }) };
    let fits = |most| move |lengths: common::distribution::Distribution<u32>| lengths.is_within(1, most);
    range("--prompt-words", "1 to 20000 words", args.prompt_words.is_none_or(fits(MOST_WORDS)))?;
    range("--answer-tokens", "1 to 1000000 tokens", args.answer_tokens.is_none_or(fits(MOST_TOKENS)))?;
    if trace.is_some_and(Trace::has_lengths) {
        // Where there is no place for them, the report says so.
        api.ask_for_tokens();
    }
    match args.answer_tokens {
        None if trace.is_some_and(Trace::has_all_lengths) => {}
        Some(_) if !api.ask_for_tokens() => return Err(OptionsError::NoPlaceForTokens(api.name.clone())),
        None if api.asks_for_tokens() => return Err(OptionsError::TokensUnasked(api.name.clone())),
        _ => {}
    }
    Ok(Asking {
        words: args.prompt_words,
        answer_tokens: args.answer_tokens,
        shared: args.shared_prefix,
        nonce: match args.cache {
            Some(cache) => cache == CacheChoice::Avoid,
            // A question is found again at the model by it.
            None if args.behind.is_some() => true,
            // What a trace's prompts have in common, a cache is to see.
            None => api.nonce && !trace.is_some_and(Trace::shares_blocks),
        },
    })
}

/// What users ask, as a report says it.
pub(super) fn summary(asking: &Asking, prompts: Option<&Prompts>) -> String {
    let own = || asking.words.map(|words| format!("of our own, {} words", words.said()));
    let mut said = match prompts {
        Some(prompts) => prompts.summary.clone(),
        None => own().unwrap_or_else(|| OWN_PROMPTS.to_owned()),
    };
    if let Some(shared) = asking.shared {
        let share = percent(f64::from(shared.ppm) / 1e6);
        said += &format!("; {share} begin with the same {} words", shared.words);
    }
    if let Some(tokens) = asking.answer_tokens {
        said += &format!("; answers of at most {} tokens", tokens.said());
    }
    said
}

/// What became of a cache of prompts, as a report says it.
pub(super) fn cache(asking: &Asking) -> &'static str {
    if asking.nonce { "avoided by a nonce in front of each question" } else { "allowed to answer" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api;
    use clap::Parser;

    fn asked(line: &str) -> Result<(Asking, Api), String> {
        let args = crate::cli::Cli::try_parse_from(line.split(' ')).map_err(|error| error.to_string())?.run;
        let mut api = api::choose(args.api.as_deref(), &[]).unwrap();
        of(&args, &mut api, None).map(|asking| (asking, api)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_nonce_goes_where_the_api_speaks_to_a_model_unless_somebody_says_otherwise() {
        for (flags, nonce) in [
            ("", false),
            (" --cache avoid", true),
            (" --api openai", true),
            (" --api ollama", true),
            (" --api ai-sdk", true),
            (" --api openai --cache allow", false),
            (" --api events", false),
        ] {
            assert_eq!(asked(&format!("controller{flags}")).unwrap().0.nonce, nonce, "{flags}");
        }
    }

    #[test]
    fn lengths_of_answers_are_asked_for_where_the_api_has_a_place_for_them() {
        for (preset, part) in [
            ("openai", r#"{"max_tokens":${answer_tokens},"model":"default""#),
            ("anthropic", r#""max_tokens":${answer_tokens},"messages""#),
            ("openai-responses", r#"{"max_output_tokens":${answer_tokens},"#),
            ("gemini", r#"{"generationConfig":{"maxOutputTokens":${answer_tokens}},"#),
            ("ollama", r#"{"options":{"num_predict":${answer_tokens}},"#),
            ("llama.cpp", r#""n_predict":${answer_tokens},"stream""#),
            ("tgi", r#""parameters":{"max_new_tokens":${answer_tokens},"details":true}"#),
        ] {
            let (asking, api) = asked(&format!("controller --api {preset} --answer-tokens 50..400")).unwrap();
            let body = api.chat.body.unwrap();
            assert!(body.source().contains(part), "{preset}: {}", body.source());
            assert!(asking.answer_tokens.is_some());
        }
        for preset in ["default", "ai-sdk", "ag-ui", "langgraph"] {
            let message = asked(&format!("controller --api {preset} --answer-tokens 200")).unwrap_err();
            assert!(message.contains("max_tokens_field"), "{message}");
        }
    }

    #[test]
    fn lengths_that_nobody_can_ask_for_are_refused() {
        for (flags, said) in [
            ("--prompt-words 0", "--prompt-words must be 1 to 20000 words"),
            ("--prompt-words 1..20001", "--prompt-words must be 1 to 20000 words"),
            ("--prompt-words many", "is no distribution; write 200, 50..400"),
            ("--prompt-words 200 --prompts f", "cannot be used with"),
            ("--api openai --answer-tokens 0", "--answer-tokens must be 1 to 1000000 tokens"),
            ("--shared-prefix 300", "write the share of prompts"),
            ("--cache yes", "possible values: avoid, allow"),
        ] {
            let message = asked(&format!("controller {flags}")).unwrap_err();
            assert!(message.contains(said), "{flags}: {message}");
        }
    }

    #[test]
    fn a_report_says_what_was_asked() {
        let (asking, _) =
            asked("controller --api openai --prompt-words 50..400 --answer-tokens 9 --shared-prefix 0.5,300")
                .unwrap();
        let said =
            "of our own, 50..400 words; 50 % begin with the same 300 words; answers of at most 9 tokens";
        assert_eq!(summary(&asking, None), said);
        assert_eq!(summary(&Asking::default(), None), "built in");
        assert_ne!(cache(&asking), cache(&Asking::default()));
    }
}
