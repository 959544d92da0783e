//! What a failure says of the service's limits, as far as its class and its text tell.

use std::fmt;

use super::FailureClass;

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

/// Texts by which the system tells a service that it has as many files and connections open as it may.
const NO_FILE: [&str; 4] = ["too many open files", "errno 24]", "emfile", "enfile"];

/// Words of rate limits in answers that have another status, and in error events.
const LIMITED: [&str; 8] = [
    "rate limit",
    "rate_limit",
    "ratelimit",
    "too many requests",
    "quota",
    "http 429",
    "status code 429",
    "error code: 429",
];

/// Words of services that are full.
const OVERLOADED: [&str; 12] = [
    "too many concurrent",
    "concurrency limit",
    "concurrent requests",
    "concurrent_requests",
    "at capacity",
    "overloaded",
    "no healthy upstream",
    "server is busy",
    "http 503",
    "http 529",
    "status code 503",
    "error code: 503",
];

/// How this side says that a connection was refused, reset or closed before anything of an answer came. What breaks in
/// the midst of a stream has another class.
const TURNED_AWAY: [&str; 4] =
    ["connection refused", "connection reset", "the connection broke", "the connection was closed"];

/// How this side says that a connection was not taken for as long as a user waits.
const NEVER_TAKEN: &str = "there was no connection within";

/// Why the service failed, by what it said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureCause {
    /// The service asked for fewer requests (status 429, or the words of a rate limit).
    Limited,
    /// It said that it is full (status 503 or 529, or words to that effect).
    Overloaded,
    /// No connection of an HTTP client's pool was left, by the failure's text.
    HttpPool,
    /// No connection to Redis was left, by the failure's text.
    Redis,
    /// No database connection was left, by the failure's text.
    Database,
    /// A transaction did not get its locks, by the failure's text.
    Locks,
    /// The service had as many files and connections open as it may, by what it said.
    OpenFiles,
    /// Any other error of the server (status 5xx).
    Server,
    /// The connection was refused when it was opened, or not taken in time, or reset or closed before anything was
    /// answered.
    TurnedAway,
    /// No answer in time.
    Late,
    /// All others.
    Other,
}

impl FailureCause {
    /// The cause of a failure of this class and text.
    pub fn of(class: FailureClass, text: &str) -> FailureCause {
        let text = text.to_lowercase();
        let says = |known: &[&str]| known.iter().any(|known| text.contains(known));
        // Only what the service itself said: texts of this side hold its words by chance.
        let is_answer = matches!(class, FailureClass::Http5xx | FailureClass::ErrorEvent);
        let is_full = || says(&OVERLOADED) || (text.contains("upstream") && text.contains("overflow"));
        match class {
            FailureClass::Http429 => FailureCause::Limited,
            _ if says(&LOCKED) => FailureCause::Locks,
            _ if says(&NO_HTTP_CONNECTION) => FailureCause::HttpPool,
            _ if says_no_redis(&text) => FailureCause::Redis,
            _ if says(&NO_CONNECTION) => FailureCause::Database,
            _ if is_answer && says(&NO_FILE) => FailureCause::OpenFiles,
            _ if is_answer && says(&LIMITED) => FailureCause::Limited,
            _ if is_answer && is_full() => FailureCause::Overloaded,
            FailureClass::Http5xx => FailureCause::Server,
            FailureClass::Connect | FailureClass::Transport if says(&TURNED_AWAY) => FailureCause::TurnedAway,
            FailureClass::Timeout if text.contains(NEVER_TAKEN) => FailureCause::TurnedAway,
            FailureClass::Timeout | FailureClass::IdleTimeout => FailureCause::Late,
            _ => FailureCause::Other,
        }
    }
}

/// As a few words that stand beside a text.
impl fmt::Display for FailureCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FailureCause::Limited => "rate limit",
            FailureCause::Overloaded => "overload",
            FailureCause::HttpPool => "HTTP connections",
            FailureCause::Redis => "Redis connections",
            FailureCause::Database => "database connections",
            FailureCause::Locks => "locks",
            FailureCause::OpenFiles => "open files",
            FailureCause::Server => "server error",
            FailureCause::TurnedAway => "connections turned away",
            FailureCause::Late => "no answer in time",
            FailureCause::Other => "other",
        })
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

    /// Words of real software, with the status that it gives them.
    #[test]
    fn pools_and_refusals_are_distinguished() {
        let (server, event) = (FailureClass::Http5xx, FailureClass::ErrorEvent);
        use FailureCause::*;
        let rows = [
            (server, "HTTP 500: httpx.PoolTimeout", HttpPool),
            (event, "Connection pool is full, discarding connection: api.openai.com", HttpPool),
            (server, "HTTP 500: HTTPSConnectionPool(host='llm', port=443): Max retries exceeded", HttpPool),
            (server, "HTTP 500: ERR max number of clients reached", Redis),
            (event, "redis.exceptions.ConnectionError: Too many connections", Redis),
            (server, "HTTP 500: (1040, 'Too many connections')", Database),
            (server, "HTTP 500: FATAL: remaining connection slots are reserved", Database),
            (
                server,
                "HTTP 500: HikariPool-1 - Connection is not available, request timed out after 30000ms",
                Database,
            ),
            (event, "Knex: Timeout acquiring a connection. The pool is probably full", Database),
            (server, "HTTP 500: FATAL: no more connections allowed (max_client_conn)", Database),
            (server, "HTTP 500: (sqlite3.OperationalError) database is locked", Locks),
            (server, "HTTP 500: SqliteError: SQLITE_BUSY: database is locked", Locks),
            (event, "psycopg.errors.DeadlockDetected: deadlock detected", Locks),
            (server, "HTTP 500: could not serialize access due to concurrent update", Locks),
            (server, "HTTP 500: (1205, 'Lock wait timeout exceeded; try restarting transaction')", Locks),
            (server, "HTTP 500: (1213, 'Deadlock found when trying to get lock')", Locks),
            (server, "HTTP 500: canceling statement due to lock timeout", Locks),
            (FailureClass::Http4xx, "HTTP 409: ERROR: could not serialize access (SQLSTATE 40001)", Locks),
            (server, "HTTP 500: WriteConflict error: this operation conflicted with another", Locks),
            (server, "HTTP 503: [Errno 24] Too many open files", OpenFiles),
            (event, "Error: EMFILE: too many open files, open '/tmp/upload'", OpenFiles),
            (FailureClass::Connect, "10.0.0.7:8000: Too many open files (os error 24)", Other),
            (server, "HTTP 500: account 40001 is unknown", Server),
            (event, "Rate limit reached for gpt-4o in organization", Limited),
            (server, "HTTP 500: openai.RateLimitError: Error code: 429", Limited),
            (event, "You exceeded your current quota", Limited),
            (event, "AxiosError: Request failed with status code 429", Limited),
            (event, "Error code: 503 - {'error': {'message': 'Loading model'}}", Overloaded),
            (event, "Overloaded (type overloaded_error)", Overloaded),
            (event, "Slow down (type requests, code rate_limit_exceeded)", Limited),
            (FailureClass::Http429, "HTTP 429 (retry after 7s): overloaded", Limited),
            (server, "HTTP 503 (retry after 1s)", Overloaded),
            (server, "HTTP 529: overloaded_error", Overloaded),
            (server, "HTTP 500: upstream connect error or disconnect, reset reason: overflow", Overloaded),
            (server, "HTTP 503: no healthy upstream", Overloaded),
            (event, "the server is busy, try again", Overloaded),
            (event, "tenant has too many concurrent answers", Overloaded),
            (event, "Engine is at capacity (type capacity_error)", Overloaded),
            (FailureClass::Timeout, "10.0.0.7:8000: there was no connection within 10s", TurnedAway),
            (FailureClass::Timeout, "no answer within 10s", Late),
            (server, "HTTP 500: Internal Server Error", Server),
            (FailureClass::Transport, "the quota of words", Other),
            (FailureClass::Connect, "10.0.0.7:8000: Connection refused (os error 111)", TurnedAway),
            (
                FailureClass::Transport,
                "the connection broke: Connection reset by peer (os error 104)",
                TurnedAway,
            ),
            (FailureClass::Transport, "the connection was closed before the answer was complete", TurnedAway),
            (FailureClass::Transport, "the answer is not HTTP/1.1: invalid token", Other),
            (FailureClass::Connect, "the target has no address", Other),
            (FailureClass::CutFrame, "the connection broke: Connection reset by peer (os error 104)", Other),
        ];
        for (class, text, expected) in rows {
            assert_eq!(FailureCause::of(class, text), expected, "{text}");
        }
    }
}
