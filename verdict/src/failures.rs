//! Failures by what they say of the service's limits.

use common::failure::FailureClass;

/// Texts by which the pools of HTTP clients say that no connection is left, in lower case: those of httpx,
/// urllib3 and aiohttp. Looked at before those of databases, whose words they share.
const NO_HTTP_CONNECTION: [&str; 7] = [
    "httpx.pooltimeout",
    "httpcore.pooltimeout",
    "pooltimeout",
    "connection pool is full",
    "httpconnectionpool",
    "httpsconnectionpool",
    "connection timeout to host",
];

/// By which Redis says that it takes no more clients.
const NO_REDIS_CONNECTION: &str = "max number of clients";

/// Texts by which databases and their pools say so: PostgreSQL's SQLSTATE 53300 and its messages, MySQL's,
/// PgBouncer's, and those of the pools of SQLAlchemy, HikariCP, Knex and others.
const NO_CONNECTION: [&str; 11] = [
    "53300",
    "too many clients",
    "remaining connection slots",
    "too many connections",
    "no more connections allowed",
    "queuepool limit",
    "connection is not available, request timed out",
    "timeout acquiring a connection",
    "pool timeout",
    "connection pool",
    "pool exhausted",
];

/// Texts by which databases say that a transaction waited for a lock in vain, or lost to another one: SQLite's, those of
/// PostgreSQL (SQLSTATE 40001, 40P01, 55P03), MySQL's, SQL Server's, Oracle's and MongoDB's.
const LOCKED: [&str; 17] = [
    "database is locked",
    "database table is locked",
    "sqlite_busy",
    "sqlite_locked",
    "deadlock",
    "could not serialize access",
    "serializationfailure",
    "serialization failure",
    "lock wait timeout exceeded",
    "could not obtain lock",
    "lock timeout",
    "locknotavailable",
    "lock request time out",
    "sqlstate 40001",
    "sqlstate 40p01",
    "ora-00060",
    "writeconflict",
];

/// Words of rate limits in answers that have another status, and in error events.
const LIMITED: [&str; 5] = ["rate limit", "rate_limit", "ratelimit", "too many requests", "quota"];

/// Words of services that are full.
const OVERLOADED: [&str; 5] = ["overloaded", "no healthy upstream", "server is busy", "http 503", "http 529"];

/// How this side says that a connection was refused, reset or closed before anything of an answer came. What breaks in
/// the midst of a stream has another class.
const TURNED_AWAY: [&str; 4] =
    ["connection refused", "connection reset", "the connection broke", "the connection was closed"];

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
    /// Any other error of the server (status 5xx).
    pub server: u64,
    /// The connection was refused when it was opened, or reset or closed before anything was answered.
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
        self.server += other.server;
        self.turned_away += other.turned_away;
        self.late += other.late;
        self.other += other.other;
    }

    /// Counts failures of one class and text, up to the greatest number.
    pub fn count(&mut self, class: FailureClass, text: &str, count: u64) {
        let text = text.to_lowercase();
        let says = |known: &[&str]| known.iter().any(|known| text.contains(known));
        // Only what the service itself said: texts of this side hold its words by chance.
        let is_answer = matches!(class, FailureClass::Http5xx | FailureClass::ErrorEvent);
        let is_full = || says(&OVERLOADED) || (text.contains("upstream") && text.contains("overflow"));
        let kind = match class {
            FailureClass::Http429 => &mut self.limited,
            _ if says(&LOCKED) => &mut self.locks,
            _ if says(&NO_HTTP_CONNECTION) => &mut self.http_pool,
            _ if says_no_redis(&text) => &mut self.redis,
            _ if says(&NO_CONNECTION) => &mut self.database,
            _ if is_answer && says(&LIMITED) => &mut self.limited,
            _ if is_answer && is_full() => &mut self.overloaded,
            FailureClass::Http5xx => &mut self.server,
            FailureClass::Connect | FailureClass::Transport if says(&TURNED_AWAY) => &mut self.turned_away,
            FailureClass::Timeout | FailureClass::IdleTimeout => &mut self.late,
            _ => &mut self.other,
        };
        *kind = kind.saturating_add(count);
    }
}

/// Redis has words of its own, and shares others with databases, beside its name.
fn says_no_redis(text: &str) -> bool {
    let shared = ["too many connections", "connection pool", "pool exhausted", "no connection available"];
    text.contains(NO_REDIS_CONNECTION)
        || (text.contains("redis") && shared.iter().any(|known| text.contains(known)))
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

    /// Words of real software, with the status that it gives them.
    #[test]
    fn pools_and_refusals_are_distinguished() {
        let (server, event) = (FailureClass::Http5xx, FailureClass::ErrorEvent);
        let one = FailureKinds::default();
        let http_pool = FailureKinds { http_pool: 1, ..one };
        let redis = FailureKinds { redis: 1, ..one };
        let database = FailureKinds { database: 1, ..one };
        let locks = FailureKinds { locks: 1, ..one };
        let limited = FailureKinds { limited: 1, ..one };
        let overloaded = FailureKinds { overloaded: 1, ..one };
        let turned_away = FailureKinds { turned_away: 1, ..one };
        let rows = [
            (server, "HTTP 500: httpx.PoolTimeout", http_pool),
            (event, "Connection pool is full, discarding connection: api.openai.com", http_pool),
            (server, "HTTP 500: HTTPSConnectionPool(host='llm', port=443): Max retries exceeded", http_pool),
            (server, "HTTP 500: ERR max number of clients reached", redis),
            (event, "redis.exceptions.ConnectionError: Too many connections", redis),
            (server, "HTTP 500: (1040, 'Too many connections')", database),
            (server, "HTTP 500: FATAL: remaining connection slots are reserved", database),
            (
                server,
                "HTTP 500: HikariPool-1 - Connection is not available, request timed out after 30000ms",
                database,
            ),
            (event, "Knex: Timeout acquiring a connection. The pool is probably full", database),
            (server, "HTTP 500: FATAL: no more connections allowed (max_client_conn)", database),
            (server, "HTTP 500: (sqlite3.OperationalError) database is locked", locks),
            (server, "HTTP 500: SqliteError: SQLITE_BUSY: database is locked", locks),
            (event, "psycopg.errors.DeadlockDetected: deadlock detected", locks),
            (server, "HTTP 500: could not serialize access due to concurrent update", locks),
            (server, "HTTP 500: (1205, 'Lock wait timeout exceeded; try restarting transaction')", locks),
            (server, "HTTP 500: (1213, 'Deadlock found when trying to get lock')", locks),
            (server, "HTTP 500: canceling statement due to lock timeout", locks),
            (FailureClass::Http4xx, "HTTP 409: ERROR: could not serialize access (SQLSTATE 40001)", locks),
            (server, "HTTP 500: WriteConflict error: this operation conflicted with another", locks),
            (server, "HTTP 500: account 40001 is unknown", FailureKinds { server: 1, ..one }),
            (event, "Rate limit reached for gpt-4o in organization", limited),
            (server, "HTTP 500: openai.RateLimitError: Error code: 429", limited),
            (event, "You exceeded your current quota", limited),
            (FailureClass::Http429, "HTTP 429 (retry after 7s): overloaded", limited),
            (server, "HTTP 503 (retry after 1s)", overloaded),
            (server, "HTTP 529: overloaded_error", overloaded),
            (server, "HTTP 500: upstream connect error or disconnect, reset reason: overflow", overloaded),
            (server, "HTTP 503: no healthy upstream", overloaded),
            (event, "the server is busy, try again", overloaded),
            (server, "HTTP 500: Internal Server Error", FailureKinds { server: 1, ..one }),
            (FailureClass::Transport, "the quota of words", FailureKinds { other: 1, ..one }),
            (FailureClass::Connect, "10.0.0.7:8000: Connection refused (os error 111)", turned_away),
            (
                FailureClass::Transport,
                "the connection broke: Connection reset by peer (os error 104)",
                turned_away,
            ),
            (
                FailureClass::Transport,
                "the connection was closed before the answer was complete",
                turned_away,
            ),
            (
                FailureClass::Transport,
                "the answer is not HTTP/1.1: invalid token",
                FailureKinds { other: 1, ..one },
            ),
            (FailureClass::Connect, "the target has no address", FailureKinds { other: 1, ..one }),
            (
                FailureClass::CutFrame,
                "the connection broke: Connection reset by peer (os error 104)",
                FailureKinds { other: 1, ..one },
            ),
        ];
        for (class, text, expected) in rows {
            let mut kinds = FailureKinds::default();
            kinds.count(class, text, 1);
            assert_eq!(kinds, expected, "{text}");
        }
    }
}
