//! Failures by what they say of the service's limits.

use common::failure::{FailureCause, FailureClass};

/// How many failures there were of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FailureKinds {
    /// The service asked for fewer requests (status 429, or the words of a rate limit).
    pub limited: u64,
    /// It said that it is full (status 503 or 529, or words to that effect).
    pub overloaded: u64,
    /// No connection of an HTTP client's pool was left, by the failure's text.
    pub http_pool: u64,
    /// No connection to Redis was left, by the failure's text.
    pub redis: u64,
    /// No database connection was left, by the failure's text.
    pub database: u64,
    /// A transaction did not get its locks, by the failure's text.
    pub locks: u64,
    /// The service had as many files and connections open as it may, by what it said.
    pub open_files: u64,
    /// Any other error of the server (status 5xx).
    pub server: u64,
    /// The connection was refused when it was opened, or not taken in time, or reset or closed before anything was
    /// answered.
    pub turned_away: u64,
    /// No answer in time.
    pub late: u64,
    /// All others.
    pub other: u64,
}

impl FailureKinds {
    /// What the service refused, since it was asked too much.
    pub(crate) fn refused(&self) -> u64 {
        self.limited + self.overloaded
    }

    /// What failed for want of a connection to something else than a database.
    pub(crate) fn client_pools(&self) -> u64 {
        self.http_pool + self.redis
    }

    pub(crate) fn sum(&self) -> u64 {
        self.limited
            + self.overloaded
            + self.http_pool
            + self.redis
            + self.database
            + self.locks
            + self.open_files
            + self.server
            + self.turned_away
            + self.late
            + self.other
    }

    pub(crate) fn add(&mut self, other: &FailureKinds) {
        self.limited += other.limited;
        self.overloaded += other.overloaded;
        self.http_pool += other.http_pool;
        self.redis += other.redis;
        self.database += other.database;
        self.locks += other.locks;
        self.open_files += other.open_files;
        self.server += other.server;
        self.turned_away += other.turned_away;
        self.late += other.late;
        self.other += other.other;
    }

    /// Counts failures of one class and text, up to the greatest number.
    pub fn count(&mut self, class: FailureClass, text: &str, count: u64) {
        let kind = match FailureCause::of(class, text) {
            FailureCause::Limited => &mut self.limited,
            FailureCause::Overloaded => &mut self.overloaded,
            FailureCause::HttpPool => &mut self.http_pool,
            FailureCause::Redis => &mut self.redis,
            FailureCause::Database => &mut self.database,
            FailureCause::Locks => &mut self.locks,
            FailureCause::OpenFiles => &mut self.open_files,
            FailureCause::Server => &mut self.server,
            FailureCause::TurnedAway => &mut self.turned_away,
            FailureCause::Late => &mut self.late,
            FailureCause::Other => &mut self.other,
        };
        *kind = kind.saturating_add(count);
    }
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
        let expected =
            FailureKinds { limited: 2, database: 4, server: 2, late: 2, other: 2, ..FailureKinds::default() };
        assert_eq!(kinds, expected);
        assert_eq!(kinds.sum(), 12);
    }
}
