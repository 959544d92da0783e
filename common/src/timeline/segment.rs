//! A stage's part, as it travels.

/// Which part of which stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Segment {
    /// The stage's place in the shape.
    pub stage: usize,
    /// Whether it is the measured one; else users are being started, or the service settles.
    pub measured: bool,
}

impl Segment {
    /// Its number in quotas and deltas.
    pub fn number(self) -> u32 {
        u32::try_from(self.stage * 2 + usize::from(self.measured)).unwrap_or(u32::MAX)
    }

    /// The segment of this number.
    pub fn from_number(number: u32) -> Segment {
        Segment { stage: number as usize / 2, measured: number % 2 == 1 }
    }

    /// Both parts of a stage.
    pub fn both(stage: usize) -> [Segment; 2] {
        [false, true].map(|measured| Segment { stage, measured })
    }
}
