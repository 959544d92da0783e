//! The exit codes.

/// How a command ended; the discriminant is the process's exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// It did what it was asked.
    Passed = 0,
    /// It could not finish, or could not measure.
    Failed = 1,
    /// The command line, or what it names, is wrong; no load was sent.
    Usage = 2,
    /// A threshold was not kept.
    ThresholdMissed = 99,
}

impl Exit {
    /// Every code.
    pub const ALL: [Exit; 4] = [Exit::Passed, Exit::Failed, Exit::Usage, Exit::ThresholdMissed];

    /// What the code says, as the help and docs/thresholds.md have it.
    pub const fn meaning(self) -> &'static str {
        match self {
            Exit::Passed => "carried out and measured",
            Exit::Failed => "could not be finished or measured",
            Exit::Usage => "the command line, or what it names, is wrong",
            Exit::ThresholdMissed => "a threshold was missed, or a run is worse than allowed",
        }
    }
}
