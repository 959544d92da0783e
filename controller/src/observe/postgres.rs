//! `postgres://…`: what a PostgreSQL server says of its sessions, asked over one connection that is kept.

use std::io;

use tokio::net::{TcpStream, UnixStream};
use tokio::task::JoinHandle;
use tokio_postgres::config::Host;
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

use super::bounded::{Allowance, Bounded};
use super::rates::Sample;

/// Most bytes that a server may say in a look: the answer to our questions has a few thousand.
const LONGEST_ANSWER: usize = 1024 * 1024;

/// One round trip. Sessions are those of the database that was named but for our own; connections are those of the whole
/// server, ours too. What this user may not see of others' sessions counts as `hidden`.
const QUERY: &str = "
    SELECT 'postgres_sessions{state=\"' || coalesce(state, 'hidden') || '\"}', 'gauge', count(*)::float8
      FROM pg_stat_activity
      WHERE backend_type = 'client backend' AND datname = current_database() AND pid <> pg_backend_pid()
      GROUP BY state
    UNION ALL
    SELECT 'postgres_waiting{event=\"' || wait_event_type || '\"}', 'gauge', count(*)::float8
      FROM pg_stat_activity
      WHERE backend_type = 'client backend' AND datname = current_database() AND pid <> pg_backend_pid()
        AND state = 'active' AND wait_event_type IS NOT NULL
      GROUP BY wait_event_type
    UNION ALL
    SELECT 'postgres_connections', 'gauge', count(*)::float8
      FROM pg_stat_activity WHERE backend_type = 'client backend'
    UNION ALL
    SELECT 'postgres_max_connections', 'gauge', current_setting('max_connections')::float8
    UNION ALL
    SELECT 'postgres_locks_waiting', 'gauge', count(*)::float8 FROM pg_locks WHERE NOT granted
    UNION ALL
    SELECT 'postgres_transactions', 'counter', sum(xact_commit + xact_rollback)::float8
      FROM pg_stat_database WHERE datname = current_database()
    UNION ALL
    SELECT 'postgres_deadlocks', 'counter', sum(deadlocks)::float8
      FROM pg_stat_database WHERE datname = current_database()";

/// States that are reported as 0 where no session is in them, so that a series does not end.
const STATES: [&str; 3] = ["active", "idle", "idle in transaction"];
/// Most rows that are read: a server of another kind may answer anything.
const MOST_ROWS: usize = 256;

/// A server, and the connection to it.
#[derive(Debug)]
pub(super) struct Server {
    config: Config,
    connection: Option<Connection>,
    allowance: Allowance,
}

#[derive(Debug)]
struct Connection {
    client: Client,
    driver: JoinHandle<()>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        // One that hangs would otherwise stay as long as the server likes.
        self.driver.abort();
    }
}

impl Server {
    pub(super) fn at(mut config: Config) -> Server {
        if config.get_application_name().is_none() {
            config.application_name("loadtest-observer");
        }
        Server { config, connection: None, allowance: Allowance::default() }
    }

    /// Looks once. A look that is given up takes its connection with it.
    ///
    /// # Errors
    /// The server cannot be reached, or does not answer the queries.
    pub(super) async fn look(&mut self) -> Result<Vec<Sample>, String> {
        self.allowance.grant(LONGEST_ANSWER);
        let connection = match self.connection.take().filter(|connection| !connection.client.is_closed()) {
            Some(connection) => connection,
            None => Connection::open(&self.config, self.allowance.clone()).await?,
        };
        let answer = connection.client.simple_query(QUERY).await.map_err(|error| self.why(&error))?;
        let rows = answer.iter().take(MOST_ROWS).filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => sample(row.get(0)?, row.get(1)?, row.get(2)?),
            _ => None,
        });
        let mut samples: Vec<Sample> = rows.collect();
        for state in STATES {
            let series = format!("postgres_sessions{{state=\"{state}\"}}");
            if !samples.iter().any(|sample| sample.series == series) {
                samples.push(Sample::gauge(series, 0.0));
            }
        }
        self.connection = Some(connection);
        Ok(samples)
    }
}

impl Server {
    /// The task that reads ends where it may read no more; the one that asked sees that its connection was closed.
    fn why(&self, error: &tokio_postgres::Error) -> String {
        match self.allowance.is_used_up() {
            true => "it answered more than such a server says; is it another one?".to_owned(),
            false => said(error),
        }
    }
}

impl Connection {
    async fn open(config: &Config, allowance: Allowance) -> Result<Connection, String> {
        let stream = connected(config, allowance).await?;
        let (client, driver) = config.connect_raw(stream, NoTls).await.map_err(|error| said(&error))?;
        // Its end shows with the next query.
        let driver = tokio::spawn(async move { drop(driver.await) });
        Ok(Connection { client, driver })
    }
}

/// A connection to the first of its hosts that takes one.
async fn connected(config: &Config, allowance: Allowance) -> Result<Bounded, String> {
    let mut why = "the address names no host".to_owned();
    for (place, host) in config.get_hosts().iter().enumerate() {
        let ports = config.get_ports();
        let port = ports.get(place).or(ports.first()).copied().unwrap_or(5432);
        match dial(host, port, allowance.clone()).await {
            Ok(stream) => return Ok(stream),
            Err(error) => why = error.to_string(),
        }
    }
    Err(why)
}

async fn dial(host: &Host, port: u16, allowance: Allowance) -> io::Result<Bounded> {
    Ok(match host {
        Host::Tcp(name) => Bounded::new(TcpStream::connect((name.as_str(), port)).await?, allowance),
        Host::Unix(folder) => {
            let socket = folder.join(format!(".s.PGSQL.{port}"));
            Bounded::new(UnixStream::connect(socket).await?, allowance)
        }
    })
}

fn sample(series: &str, kind: &str, value: &str) -> Option<Sample> {
    let value = value.parse().ok()?;
    Some(match kind {
        "counter" => Sample::counter(series, value),
        _ => Sample::gauge(series, value),
    })
}

/// What the server said, else what the driver did.
fn said(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(said) => format!("{} (SQLSTATE {})", said.message(), said.code().code()),
        None => {
            let mut text = error.to_string();
            let mut next = std::error::Error::source(error);
            while let Some(source) = next {
                text = format!("{text}: {source}");
                next = source.source();
            }
            text
        }
    }
}
