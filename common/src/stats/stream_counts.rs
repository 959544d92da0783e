//! What is counted of streams.

use crate::protocol as wire;

/// Defines [`StreamCounts`] from the list of its counters. The message has fields of the same names.
macro_rules! stream_counts {
    ($($(#[$doc:meta])* $counter:ident,)+) => {
        /// Numbers of streams and of what came in them. They add up over cores, seconds, stages and workers.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        pub struct StreamCounts {
            $($(#[$doc])* pub $counter: u64,)+
        }

        impl StreamCounts {
            /// Every counter's name, in the order in which reports show them.
            pub const NAMES: [&'static str; [$(stringify!($counter)),+].len()] = [$(stringify!($counter)),+];

            /// Every counter's value, in the order of [`StreamCounts::NAMES`].
            pub fn values(&self) -> [u64; Self::NAMES.len()] {
                [$(self.$counter),+]
            }

            /// The counter of this name.
            pub fn get_mut(&mut self, name: &str) -> Option<&mut u64> {
                match name {
                    $(stringify!($counter) => Some(&mut self.$counter),)+
                    _ => None,
                }
            }

            /// Adds other counts.
            pub fn add(&mut self, other: &StreamCounts) {
                $(self.$counter += other.$counter;)+
            }
        }

        impl From<&wire::StreamPart> for StreamCounts {
            fn from(part: &wire::StreamPart) -> Self {
                Self { $($counter: part.$counter,)+ }
            }
        }

        /// A message with the counts alone.
        impl From<StreamCounts> for wire::StreamPart {
            fn from(counts: StreamCounts) -> Self {
                Self { $($counter: counts.$counter,)+ ..Self::default() }
            }
        }
    };
}

stream_counts! {
    /// Asked for.
    begun,
    /// Ended well, with the terminal event.
    completed,
    /// Failed in any way.
    failed,
    /// Failed before any visible text.
    textless,
    /// Left by their users before they ended, as the load asks for.
    abandoned,
    /// Cut by the worker at a stop.
    cut,
    /// Completed with at least one stall.
    stalled,
    /// Tokens by the best source that each stream offered.
    tokens,
    /// Of those, counted by the server.
    tokens_reported,
    /// Events that added visible text.
    chunks,
    /// Keep-alive comments.
    comments,
    /// Events that added thoughts or parts of a tool's call, and no visible text.
    hidden,
    /// Completed without visible text.
    wordless,
    /// Tokens of prompts, as far as the server counts them.
    prompt_tokens,
    /// Of those, from a cache.
    cached_tokens,
    /// Of `tokens`, those of thoughts.
    reasoning_tokens,
    /// Completed, and the server counted fewer tokens than events with output came.
    contradicted,
    /// Completed, and text came after what ended them.
    text_after_end,
    /// Completed, and their body had not ended 100 ms after that.
    left_open,
    /// Completed, as the model was done.
    finish_stop,
    /// Completed, as the model had no tokens left.
    finish_length,
    /// Completed with the call of a tool.
    finish_tool,
    /// Completed, as somebody would not have it said.
    finish_filter,
    /// Completed for another reason that the server gave.
    finish_other,
}

impl StreamCounts {
    /// Streams with an outcome.
    pub fn ended(&self) -> u64 {
        self.completed + self.failed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_counter_adds_up_and_survives_the_wire() {
        let mut counts = StreamCounts::default();
        for (value, name) in (1..).zip(StreamCounts::NAMES) {
            *counts.get_mut(name).unwrap() = value;
        }
        assert_eq!(StreamCounts::from(&wire::StreamPart::from(counts)), counts);
        let mut sum = counts;
        sum.add(&counts);
        assert_eq!(sum.values(), counts.values().map(|value| 2 * value));
        assert_eq!(sum.get_mut("nobody"), None);
    }
}
