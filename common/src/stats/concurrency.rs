//! How many streams were open at ten moments of an interval.

/// How often an interval is looked at, evenly spread: in a second every 100 ms.
pub const LOOKS: usize = 10;

/// Streams at each look. All workers look at the same instants of the run clock, so the numbers add up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Concurrency {
    /// Asked and not ended.
    pub open: [u32; LOOKS],
    /// Of those, the ones whose first visible text has come.
    pub producing: [u32; LOOKS],
}

impl Concurrency {
    /// Adds the numbers of another core or worker at the same looks.
    pub fn add(&mut self, other: &Concurrency) {
        for (mine, theirs) in [(&mut self.open, &other.open), (&mut self.producing, &other.producing)] {
            for (mine, theirs) in mine.iter_mut().zip(theirs) {
                *mine = mine.saturating_add(*theirs);
            }
        }
    }
}
