//! A cache of what prompts begin with, as engines have it.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// Words of a block: only whole blocks are remembered.
const BLOCK: usize = 16;
/// Most blocks; when there are more, all are forgotten.
const MOST: usize = 1 << 20;

/// The blocks that prompts began with.
#[derive(Debug, Default)]
pub(crate) struct PrefixCache(Mutex<HashSet<u64>>);

/// A prompt's words, which are its tokens here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PromptTokens {
    pub(crate) prompt: u32,
    /// Of those, from the cache.
    pub(crate) cached: u32,
}

impl PromptTokens {
    /// The share that is not from the cache.
    pub(crate) fn uncached(self) -> f64 {
        f64::from(self.prompt - self.cached) / f64::from(self.prompt.max(1))
    }
}

impl PrefixCache {
    /// How much of a prompt is there; from now on all of its whole blocks are. Its last word never is, as an engine
    /// always has something to compute.
    pub(crate) fn look<'a>(&self, prompt: impl Iterator<Item = &'a str>) -> PromptTokens {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        let (mut hash, mut words, mut cached, mut is_warm) = (0xcbf2_9ce4_8422_2325_u64, 0_usize, 0, true);
        for word in prompt {
            hash = word
                .bytes()
                .chain([0])
                .fold(hash, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
            words += 1;
            if words % BLOCK == 0 {
                is_warm &= !known.insert(hash);
                cached += if is_warm { BLOCK } else { 0 };
            }
        }
        let whole = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        PromptTokens { prompt: whole(words), cached: whole(cached.min(words.saturating_sub(1))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_blocks_that_prompts_began_with_are_cached() {
        let cache = PrefixCache::default();
        let words = |from: usize, to: usize| (from..to).map(|n| format!("w{n} ")).collect::<String>();
        let look = |prompt: &str| {
            let PromptTokens { prompt, cached } = cache.look(prompt.split_whitespace());
            (prompt, cached)
        };
        assert_eq!(look(&words(0, 40)), (40, 0));
        assert_eq!(look(&words(0, 40)), (40, 32), "of the last eight there is no whole block");
        assert_eq!(look(&words(0, 32)), (32, 31), "something is left to do");
        assert_eq!(look(&(words(0, 20) + &words(50, 60))), (30, 16));
        assert_eq!(look(&format!("[1] {}", words(0, 40))), (41, 0), "a nonce in front");
        assert_eq!(look(""), (0, 0));
        assert_eq!(PromptTokens { prompt: 160, cached: 144 }.uncached(), 0.1);
    }
}
