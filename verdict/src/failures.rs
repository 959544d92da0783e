//! Failures by what they say of the service's limits.

use common::failure::FailureClass;

/// Texts by which databases and their pools say that no connection is left, in lower case: PostgreSQL's
/// SQLSTATE 53300 and its messages, MySQL's, and those of SQLAlchemy's and other pools.
const NO_CONNECTION: [&str; 9] = [
    "53300",
    "too many clients",
    "remaining connection slots",
    "too many connections",
    "queuepool limit",
    "pool timeout",
    "pooltimeout",
    "connection pool",
    "pool exhausted",
];

/// How many failures there were of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FailureKinds {
    /// The service asked for fewer requests (status 429).
    pub limited: u64,
    /// No database connection was left, by the failure's text.
    pub database: u64,
    /// Any other error of the server (status 5xx).
    pub server: u64,
    /// No answer in time.
    pub late: u64,
    /// All others.
    pub other: u64,
}

impl FailureKinds {
    pub(crate) fn sum(&self) -> u64 {
        self.limited + self.database + self.server + self.late + self.other
    }

    pub(crate) fn add(&mut self, other: &FailureKinds) {
        self.limited += other.limited;
        self.database += other.database;
        self.server += other.server;
        self.late += other.late;
        self.other += other.other;
    }

    /// Counts failures of one class and text, up to the greatest number.
    pub fn count(&mut self, class: FailureClass, text: &str, count: u64) {
        let kind = match class {
            FailureClass::Http429 => &mut self.limited,
            _ if says_no_connection(text) => &mut self.database,
            FailureClass::Http5xx => &mut self.server,
            FailureClass::Timeout | FailureClass::IdleTimeout => &mut self.late,
            _ => &mut self.other,
        };
        *kind = kind.saturating_add(count);
    }
}

fn says_no_connection(text: &str) -> bool {
    let text = text.to_lowercase();
    NO_CONNECTION.iter().any(|known| text.contains(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_counts_by_what_it_says() {
        let mut kinds = FailureKinds::default();
        let texts = [
            (FailureClass::Http429, "429: slow down"),
            (FailureClass::Http5xx, "500: FATAL: sorry, too many clients already (SQLSTATE 53300)"),
            (FailureClass::ErrorEvent, "QueuePool limit of size 5 overflow 10 reached"),
            (FailureClass::Http5xx, "502"),
            (FailureClass::IdleTimeout, "nothing came for 30s"),
            (FailureClass::Truncated, "no terminal event"),
        ];
        for (class, text) in texts {
            kinds.count(class, text, 2);
        }
        assert_eq!(kinds, FailureKinds { limited: 2, database: 4, server: 2, late: 2, other: 2 });
        assert_eq!(kinds.sum(), 12);
    }
}
