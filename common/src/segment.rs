//! The two parts of a stage: users are started and the service settles, then it is measured.

/// One part of one stage. Every request belongs to the segment in which it started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Segment {
    /// The stage's place in the shape.
    pub stage: usize,
    /// Whether it is the measured part.
    pub measured: bool,
}

impl Segment {
    /// Its number in quotas and deltas: twice the stage's, and one more for the measured part.
    pub fn number(self) -> u32 {
        u32::try_from(self.stage * 2 + usize::from(self.measured)).unwrap_or(u32::MAX)
    }

    /// The segment of a number.
    pub fn from_number(number: u32) -> Segment {
        Segment { stage: (number / 2) as usize, measured: number % 2 == 1 }
    }

    /// The part of the same stage by which nothing is judged.
    pub fn unmeasured(self) -> Segment {
        Segment { measured: false, ..self }
    }

    /// Both parts of a stage.
    pub fn both(stage: usize) -> [Segment; 2] {
        [false, true].map(|measured| Segment { stage, measured })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_name_segments() {
        for number in [0, 1, 2, 7, u32::MAX] {
            assert_eq!(Segment::from_number(number).number(), number);
        }
        assert_eq!(Segment { stage: 3, measured: true }.unmeasured().number(), 6);
    }
}
