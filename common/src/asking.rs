//! What users ask a model, where that is not left to our own sentences or a file.

use std::fmt;
use std::str::FromStr;

use crate::distribution::Distribution;
use crate::protocol;
use crate::text::number;

/// Most words of a prompt, and of a prefix that prompts share.
pub const MOST_WORDS: u32 = 20_000;
/// Most tokens that an answer may be asked to have.
pub const MOST_TOKENS: u32 = 1_000_000;
/// Parts of a whole share.
const MILLION: u32 = 1_000_000;

/// What the questions of a run are made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Asking {
    /// Words of each prompt; `None`: our own sentences, or those of a file.
    pub words: Option<Distribution<u32>>,
    /// Most tokens that each answer is asked to have; `None`: as the API has it.
    pub answer_tokens: Option<Distribution<u32>>,
    /// What prompts begin with in common.
    pub shared: Option<SharedPrefix>,
    /// Whether each question has a nonce in front of it, so that no prefix cache answers for the model.
    pub nonce: bool,
}

/// A beginning that many prompts have in common, as a system prompt is, written `0.5,300`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SharedPrefix {
    /// Of a million prompts, those that have it.
    pub ppm: u32,
    /// Its words.
    pub words: u32,
}

/// What is no shared prefix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "write the share of prompts, above 0 and up to 1, and the words of the prefix, 1 to {MOST_WORDS}: 0.5,300"
)]
pub struct NoSharedPrefix;

/// Settings of another release.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("what users ask cannot be read; is the controller of the same release as this worker?")]
pub struct NoAsking;

impl SharedPrefix {
    /// Whether a prompt has it, by one draw.
    pub fn is_drawn(&self, draw: u64) -> bool {
        ((u128::from(draw) * u128::from(MILLION)) >> 64) < u128::from(self.ppm)
    }
}

impl FromStr for SharedPrefix {
    type Err = NoSharedPrefix;

    fn from_str(text: &str) -> Result<SharedPrefix, NoSharedPrefix> {
        let (share, words) = text.split_once(',').ok_or(NoSharedPrefix)?;
        let share = number::share(share).ok_or(NoSharedPrefix)?;
        let words: u32 = words.trim().parse().map_err(|_| NoSharedPrefix)?;
        let ppm = (share * f64::from(MILLION)).round();
        let fits = share > 0.0 && share <= 1.0 && ppm >= 1.0 && (1..=MOST_WORDS).contains(&words);
        // At most a million, as the share is at most 1.
        fits.then_some(SharedPrefix { ppm: ppm as u32, words }).ok_or(NoSharedPrefix)
    }
}

impl fmt::Display for SharedPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{}", f64::from(self.ppm) / f64::from(MILLION), self.words)
    }
}

fn written<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

fn read<T: FromStr>(text: &str) -> Result<Option<T>, NoAsking> {
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(|_| NoAsking) }
}

impl From<&Asking> for protocol::Asking {
    fn from(asking: &Asking) -> Self {
        Self {
            words: asking.words.map_or_else(String::new, |words| words.written()),
            answer_tokens: asking.answer_tokens.map_or_else(String::new, |tokens| tokens.written()),
            shared: written(asking.shared),
            nonce: asking.nonce,
        }
    }
}

impl TryFrom<&protocol::Asking> for Asking {
    type Error = NoAsking;

    fn try_from(sent: &protocol::Asking) -> Result<Self, NoAsking> {
        let words: Option<Distribution<u32>> = read(&sent.words)?;
        let answer_tokens: Option<Distribution<u32>> = read(&sent.answer_tokens)?;
        let fits = words.is_none_or(|words| words.is_within(1, MOST_WORDS))
            && answer_tokens.is_none_or(|tokens| tokens.is_within(1, MOST_TOKENS));
        let shared = read(&sent.shared)?;
        if fits { Ok(Self { words, answer_tokens, shared, nonce: sent.nonce }) } else { Err(NoAsking) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_survives_the_wire() {
        let asking = Asking {
            words: "lognormal:200,0.8".parse().ok(),
            answer_tokens: "50..400".parse().ok(),
            shared: "0.5,300".parse().ok(),
            nonce: true,
        };
        assert!(asking.words.is_some() && asking.shared.is_some());
        for asking in [asking, Asking::default()] {
            assert_eq!(Asking::try_from(&protocol::Asking::from(&asking)), Ok(asking));
        }
        let sent = |words: &str| protocol::Asking { words: words.to_owned(), ..protocol::Asking::default() };
        for bad in ["0", "20001", "some", "1..20001"] {
            assert_eq!(Asking::try_from(&sent(bad)), Err(NoAsking), "{bad}");
        }
    }

    #[test]
    fn a_shared_prefix_is_a_share_and_words() {
        assert_eq!("0.5, 300".parse(), Ok(SharedPrefix { ppm: 500_000, words: 300 }));
        assert_eq!("1,1".parse::<SharedPrefix>().unwrap().to_string(), "1,1");
        for bad in ["", "0.5", "0,300", "1.1,300", "0.5,0", "0.5,20001", "nan,3", "x,3", "0.5,x"] {
            assert_eq!(bad.parse::<SharedPrefix>(), Err(NoSharedPrefix), "{bad}");
        }
        let half: SharedPrefix = "0.5,300".parse().unwrap();
        assert!(half.is_drawn(0) && half.is_drawn(u64::MAX / 2 - 1) && !half.is_drawn(u64::MAX / 2 + 2));
    }
}
