//! The name of a model, and what it says after a question mark: `sandbox?ttft=200ms&tokens=50`.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use super::error::ApiError;
use crate::fault::FaultKind;
use crate::settings::{LONGEST, MAX_TOKENS, MOST_CALLS, duration};
use crate::stream::AnswerChange;

/// Longest name, bytes.
const LONGEST_NAME: usize = 256;
const SETTINGS: &str = "ttft, ttft-sigma, tokens, tokens-sigma, token-gap, reasoning, tools, fault";

/// What a request's model is called, and what it changes for its answer.
#[derive(Clone, Debug)]
pub(crate) struct ModelName {
    /// All of it, as the answer repeats it.
    pub(crate) full: Arc<str>,
    pub(crate) change: AnswerChange,
    /// Tokens of reasoning.
    pub(crate) reasoning: Option<u32>,
    /// Calls of tools.
    pub(crate) tools: Option<u32>,
    pub(crate) fault: Option<FaultKind>,
}

impl ModelName {
    /// # Errors
    /// A setting that there is none of, or a value out of its range.
    pub(crate) fn read(full: &str) -> Result<Self, ApiError> {
        if full.is_empty() || full.len() > LONGEST_NAME {
            let found = format!("a model's name has 1 to {LONGEST_NAME} characters");
            return Err(ApiError::invalid("model", found));
        }
        let mut name = Self {
            full: full.into(),
            change: AnswerChange::default(),
            reasoning: None,
            tools: None,
            fault: None,
        };
        let settings = full.split_once('?').map_or("", |(_, settings)| settings);
        for setting in settings.split('&').filter(|setting| !setting.is_empty()) {
            let (key, value) = setting.split_once('=').unwrap_or((setting, ""));
            name.set(key, value).map_err(|wrong| {
                let example = "as in sandbox?ttft=200ms&tokens=50";
                ApiError::invalid("model", format!("the model's setting {setting:?}: {wrong}, {example}"))
            })?;
        }
        Ok(name)
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        let change = &mut self.change;
        match key {
            "ttft" => change.ttft = Some(time(value)?),
            "ttft-sigma" => change.ttft_sigma = Some(within(value, 0.0, 5.0)?),
            "tokens" => change.tokens = Some(within(value, 1, MAX_TOKENS)?),
            "tokens-sigma" => change.tokens_sigma = Some(within(value, 0.0, 5.0)?),
            "token-gap" => change.token_gap = Some(time(value)?),
            "reasoning" => self.reasoning = Some(within(value, 0, MAX_TOKENS)?),
            "tools" => self.tools = Some(within(value, 0, MOST_CALLS)?),
            "fault" => {
                let kinds = FaultKind::ALL.map(FaultKind::name).join(", ");
                let kind = FaultKind::ALL.into_iter().find(|kind| kind.name() == value);
                self.fault = Some(kind.ok_or_else(|| format!("the faults are {kinds}"))?);
            }
            _ => return Err(format!("the settings are {SETTINGS}")),
        }
        Ok(())
    }
}

fn time(value: &str) -> Result<Duration, String> {
    duration(value).ok().filter(|time| *time <= LONGEST).ok_or("write 850ms or 2s, at most 1h".to_owned())
}

fn within<T: FromStr + PartialOrd + std::fmt::Display>(value: &str, least: T, most: T) -> Result<T, String> {
    match value.parse() {
        Ok(number) if number >= least && number <= most => Ok(number),
        _ => Err(format!("write a number between {least} and {most}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_it_changes() {
        let name = ModelName::read(
            "gpt?ttft=200ms&ttft-sigma=0.1&tokens=50&tokens-sigma=0&token-gap=0s&reasoning=20&tools=2&fault=cut",
        );
        let name = name.unwrap();
        let change = AnswerChange {
            ttft: Some(Duration::from_millis(200)),
            ttft_sigma: Some(0.1),
            tokens: Some(50),
            tokens_sigma: Some(0.0),
            token_gap: Some(Duration::ZERO),
        };
        assert_eq!(name.change, change);
        assert_eq!((name.reasoning, name.tools, name.fault), (Some(20), Some(2), Some(FaultKind::Cut)));
        assert_eq!(ModelName::read("gpt-4.1-mini").unwrap().change, AnswerChange::default());
    }

    #[test]
    fn what_it_cannot_say_is_told_with_what_it_can() {
        let long = "x".repeat(257);
        for (bad, words) in [
            ("", "1 to 256 characters"),
            (long.as_str(), "1 to 256 characters"),
            ("m?speed=9", SETTINGS),
            ("m?ttft", "write 850ms"),
            ("m?ttft=2h", "at most 1h"),
            ("m?tokens=0", "between 1 and 4096"),
            ("m?tokens-sigma=NaN", "between 0 and 5"),
            ("m?tools=17", "between 0 and 16"),
            ("m?fault=melt", "no_terminal, error_event"),
        ] {
            let error = ModelName::read(bad).unwrap_err();
            assert!(error.message.contains(words), "{bad}: {}", error.message);
        }
    }
}
