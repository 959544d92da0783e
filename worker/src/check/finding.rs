//! What one check found, and all of them together.

/// What follows from a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing is to be done.
    Fine,
    /// It works, but spoils numbers, or would in other circumstances.
    Change,
    /// So it does not work.
    Cannot,
    /// The system does not report it.
    Unknown,
}

impl Verdict {
    /// As it stands before a finding.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Verdict::Fine => "ok",
            Verdict::Change => "change this",
            Verdict::Cannot => "cannot work",
            Verdict::Unknown => "not known",
        }
    }
}

/// What one check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at, in at most twelve letters.
    pub what: &'static str,
    /// What was seen.
    pub here: String,
    /// Users at a time that it has room for; `None` where it is no limit of users.
    pub users: Option<u64>,
    /// What follows.
    pub verdict: Verdict,
    /// What to do where it is not fine; empty where `here` says so.
    pub advice: String,
}

impl Finding {
    /// Nothing is to be done about what was seen.
    pub fn fine(what: &'static str, here: impl Into<String>) -> Finding {
        Finding { what, here: here.into(), users: None, verdict: Verdict::Fine, advice: String::new() }
    }

    /// It cannot work, as this sentence says, which ends in what to do.
    pub fn cannot(what: &'static str, sentence: impl Into<String>) -> Finding {
        Finding { verdict: Verdict::Cannot, ..Finding::fine(what, sentence) }
    }

    /// It works, but this had better be changed.
    pub fn change(what: &'static str, here: impl Into<String>, advice: impl Into<String>) -> Finding {
        Finding { verdict: Verdict::Change, advice: advice.into(), ..Finding::fine(what, here) }
    }
}

/// All that was found, and the users there is to be room for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findings {
    /// Users at a time that are wanted.
    pub wanted: u64,
    /// Every finding, in the order of the checks.
    pub all: Vec<Finding>,
}

impl Findings {
    /// The limit that binds first, of those that are limits of users.
    pub fn first(&self) -> Option<&Finding> {
        self.all.iter().filter(|finding| finding.users.is_some()).min_by_key(|finding| finding.users)
    }

    /// Whether nothing is in the way.
    pub fn suffices(&self) -> bool {
        self.count(Verdict::Cannot) == 0
    }

    /// How many findings came to this verdict.
    pub(super) fn count(&self, verdict: Verdict) -> usize {
        self.all.iter().filter(|finding| finding.verdict == verdict).count()
    }
}
