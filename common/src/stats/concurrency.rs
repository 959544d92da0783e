//! How many streams ran at once, looked at ten times in an interval.

/// Looks in one interval, evenly spread; in an interval of one second, each tenth.
pub const LOOKS: usize = 10;

/// Streams at each look of an interval. All workers look at the same instants of the run clock, so
/// what they saw adds up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Concurrency {
    /// Asked and not ended.
    pub open: [u32; LOOKS],
    /// Of those, the ones whose first visible text has come.
    pub producing: [u32; LOOKS],
}

impl Concurrency {
    /// Adds what another core or worker saw at the same looks.
    pub fn add(&mut self, other: &Concurrency) {
        for (mine, theirs) in [(&mut self.open, &other.open), (&mut self.producing, &other.producing)] {
            for (mine, theirs) in mine.iter_mut().zip(theirs) {
                *mine = mine.saturating_add(*theirs);
            }
        }
    }
}
