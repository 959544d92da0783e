//! Why a histogram from the wire is refused.

/// Samples from the wire that no recorder can have made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SamplesError {
    /// A bucket past the last one.
    #[error("a histogram names bucket {0}, past the last one")]
    BucketOutOfRange(u64),
    /// Runs that end before the buckets they announce, or go on behind them.
    #[error("a histogram's runs are not as long as its number of buckets says")]
    Malformed,
    /// Counts that add up to more than one interval can hold.
    #[error("a histogram claims more than {limit} samples in one delta")]
    TooMany {
        /// The most samples one histogram of one delta may hold.
        limit: u64,
    },
    /// The exact figures contradict the buckets.
    #[error("a histogram's least, greatest value, sum or clamped count contradicts its buckets")]
    Contradiction,
}
