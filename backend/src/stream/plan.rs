//! What a stream will send, decided before it begins.

use std::time::Duration;

use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;

use crate::fault::FaultKind;
use crate::random::{SeedPurpose, derive, log_normal_factor};
use crate::settings::{BackendSettings, MAX_TOKENS};

/// Longest first-token delay; a wide spread has no bound of its own.
const LONGEST_TTFT_S: f64 = 3600.0;

/// Distributions from which streams are drawn. A log-normal value with median
/// `m` and spread `s` is `m · exp(s · Z)`, Z standard normal; `s = 0` is `m`.
#[derive(Clone, Debug)]
pub(crate) struct AnswerDistribution {
    seed: u64,
    ttft: Duration,
    ttft_sigma: f64,
    tokens: u32,
    tokens_sigma: f64,
    gap: Duration,
}

impl AnswerDistribution {
    pub(crate) fn new(settings: &BackendSettings) -> Self {
        Self {
            seed: settings.seed,
            ttft: settings.ttft,
            ttft_sigma: settings.ttft_sigma,
            tokens: settings.tokens,
            tokens_sigma: settings.tokens_sigma,
            gap: settings.token_gap,
        }
    }

    /// The plan of stream `number`: a pure function of (seed, number).
    pub(crate) fn draw(&self, number: u64, fault: Option<FaultKind>) -> AnswerPlan {
        let (ttft, tokens) = self.delay_and_length(number);
        self.plan(ttft, tokens, fault)
    }

    /// The same distributions but for what `change` says. What it fixes without a spread is fixed.
    pub(crate) fn changed(&self, change: &AnswerChange) -> Self {
        Self {
            seed: self.seed,
            ttft: change.ttft.unwrap_or(self.ttft),
            ttft_sigma: change.ttft_sigma.unwrap_or(if change.ttft.is_some() {
                0.0
            } else {
                self.ttft_sigma
            }),
            tokens: change.tokens.unwrap_or(self.tokens),
            tokens_sigma: change.tokens_sigma.unwrap_or(if change.tokens.is_some() {
                0.0
            } else {
                self.tokens_sigma
            }),
            gap: change.token_gap.unwrap_or(self.gap),
        }
    }

    /// First-token delay and length of stream `number`.
    pub(crate) fn delay_and_length(&self, number: u64) -> (Duration, u32) {
        let mut random = Pcg64Mcg::seed_from_u64(derive(self.seed, SeedPurpose::Plan, number));
        let ttft = if self.ttft_sigma == 0.0 {
            self.ttft
        } else {
            let seconds = self.ttft.as_secs_f64() * log_normal_factor(self.ttft_sigma, &mut random);
            Duration::from_secs_f64(seconds.min(LONGEST_TTFT_S))
        };
        let tokens = f64::from(self.tokens) * log_normal_factor(self.tokens_sigma, &mut random);
        let tokens = tokens.round().clamp(1.0, f64::from(MAX_TOKENS)) as u32;
        (ttft, tokens)
    }

    /// An answer of this delay and this length.
    pub(crate) fn plan(&self, ttft: Duration, tokens: u32, fault: Option<FaultKind>) -> AnswerPlan {
        AnswerPlan { gap: self.gap, ..AnswerPlan::new(ttft, tokens, fault) }
    }
}

/// What one request has otherwise than the server.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct AnswerChange {
    pub(crate) ttft: Option<Duration>,
    pub(crate) ttft_sigma: Option<f64>,
    pub(crate) tokens: Option<u32>,
    pub(crate) tokens_sigma: Option<f64>,
    pub(crate) token_gap: Option<Duration>,
}

/// What follows the tokens of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AnswerEnding {
    /// The answer is stored, the terminal event sent.
    Done,
    /// Nothing: the stream ends cleanly.
    Silent,
    /// The error event.
    Error,
    /// Half an event, then a broken connection.
    Cut,
}

/// What one stream will send, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AnswerPlan {
    /// From the slot to the first token.
    pub(crate) ttft: Duration,
    /// Tokens that are sent; an ending in the middle leaves the rest away.
    pub(crate) tokens: u32,
    pub(crate) ending: AnswerEnding,
    /// Token before which a stall begins; `tokens` is before the ending.
    pub(crate) stall_before: Option<u32>,
    /// Between two tokens.
    pub(crate) gap: Duration,
    /// Whether it is given whole, at its end.
    pub(crate) whole: bool,
}

impl AnswerPlan {
    /// Tokens that a model makes for it: an ending in a token's place is one.
    pub(crate) fn sequence(&self) -> u32 {
        self.tokens + u32::from(matches!(self.ending, AnswerEnding::Error | AnswerEnding::Cut))
    }

    /// Faults happen in the middle, after at least one token.
    fn new(ttft: Duration, tokens: u32, fault: Option<FaultKind>) -> Self {
        let middle = (tokens / 2).max(1);
        let (tokens, ending) = match fault {
            Some(FaultKind::NoTerminal) => (tokens, AnswerEnding::Silent),
            Some(FaultKind::ErrorEvent) => (middle, AnswerEnding::Error),
            Some(FaultKind::Cut) => (middle, AnswerEnding::Cut),
            _ => (tokens, AnswerEnding::Done),
        };
        let stall_before = (fault == Some(FaultKind::Stall)).then_some(middle);
        Self { ttft, tokens, ending, stall_before, gap: Duration::ZERO, whole: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(seed: u64, ttft_sigma: f64, tokens_sigma: f64) -> AnswerDistribution {
        AnswerDistribution {
            seed,
            ttft: Duration::from_millis(850),
            ttft_sigma,
            tokens: 120,
            tokens_sigma,
            gap: Duration::ZERO,
        }
    }

    #[test]
    fn without_spread_every_stream_is_the_median() {
        for number in 0..100 {
            let plan = lengths(number, 0.0, 0.0).draw(number, None);
            assert_eq!((plan.ttft, plan.tokens), (Duration::from_millis(850), 120));
        }
    }

    #[test]
    fn a_seed_repeats_itself_and_a_fault_changes_neither_delay_nor_length() {
        let draw = |seed, fault| -> Vec<AnswerPlan> {
            (0..50).map(|n| lengths(seed, 0.45, 0.5).draw(n, fault)).collect()
        };
        assert_eq!(draw(1, None), draw(1, None));
        assert_ne!(draw(1, None), draw(2, None));
        for (plain, stalled) in draw(1, None).into_iter().zip(draw(1, Some(FaultKind::Stall))) {
            assert_eq!((plain.ttft, plain.tokens), (stalled.ttft, stalled.tokens));
        }
    }

    /// Median and log-spread of 20,000 draws lie within six standard errors.
    #[test]
    fn delays_are_log_normal() {
        let lengths = lengths(5, 0.45, 0.5);
        let logs: Vec<f64> =
            (0..20_000).map(|n| (lengths.draw(n, None).ttft.as_secs_f64() / 0.85).ln()).collect();
        let mean = logs.iter().sum::<f64>() / 20_000.0;
        let sigma = (logs.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 20_000.0).sqrt();
        assert!(mean.abs() < 6.0 * 0.45 / 20_000_f64.sqrt(), "{mean}");
        assert!((sigma - 0.45).abs() < 6.0 * 0.45 / 40_000_f64.sqrt(), "{sigma}");
    }

    #[test]
    fn lengths_stay_between_one_token_and_the_cap() {
        let lengths = lengths(9, 5.0, 5.0);
        let tokens: Vec<u32> = (0..1_000).map(|n| lengths.draw(n, None).tokens).collect();
        assert_eq!((tokens.iter().min(), tokens.iter().max()), (Some(&1), Some(&MAX_TOKENS)));
    }

    #[test]
    fn faults_strike_in_the_middle_but_never_before_the_first_token() {
        let plan = |tokens, fault| AnswerPlan::new(Duration::ZERO, tokens, Some(fault));
        assert_eq!(plan(9, FaultKind::Cut).tokens, 4);
        assert_eq!(plan(1, FaultKind::Cut).tokens, 1);
        assert_eq!(plan(9, FaultKind::NoTerminal).tokens, 9);
        assert_eq!(plan(9, FaultKind::Stall).stall_before, Some(4));
        assert_eq!(plan(1, FaultKind::Stall).stall_before, Some(1));
    }
}
