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
/// server, ours too. Of others' sessions a user who is not in pg_monitor sees neither the state, which counts as `hidden`,
/// nor the kind: those with a user and a database are then taken for clients, as the server's own processes lack one.
const QUERY: &str = "
    WITH clients AS (
      SELECT * FROM pg_stat_activity
        WHERE backend_type = 'client backend' OR backend_type IS NULL AND usesysid IS NOT NULL AND datid IS NOT NULL
    ), sessions AS (
      SELECT * FROM clients WHERE datname = current_database() AND pid <> pg_backend_pid()
    )
    SELECT 'postgres_sessions{state=\"' || coalesce(state, 'hidden') || '\"}', 'gauge', count(*)::float8
      FROM sessions GROUP BY state
    UNION ALL
    SELECT 'postgres_waiting{event=\"' || wait_event_type || '\"}', 'gauge', count(*)::float8
      FROM sessions WHERE state = 'active' AND wait_event_type IS NOT NULL
      GROUP BY wait_event_type
    UNION ALL
    SELECT 'postgres_connections', 'gauge', count(*)::float8 FROM clients
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

/// The sessions whose state is not seen.
const HIDDEN: &str = "postgres_sessions{state=\"hidden\"}";
/// States that are reported as 0 where no session is in them, so that a series does not end; of sessions that are hidden
/// nobody knows that.
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
        let is_seen = samples.iter().all(|sample| sample.series != HIDDEN);
        for state in STATES.into_iter().filter(|_| is_seen) {
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use testkit::postgres::PrivatePostgres;

    use super::*;

    async fn session(url: &str) -> Client {
        let (client, driver) = tokio_postgres::connect(url, NoTls).await.unwrap();
        tokio::spawn(driver);
        client
    }

    async fn look(server: &mut Server) -> BTreeMap<String, f64> {
        server.look().await.unwrap().into_iter().map(|sample| (sample.series, sample.value)).collect()
    }

    #[tokio::test]
    async fn whoever_may_not_see_a_session_counts_it_all_the_same() {
        let Some(database) = PrivatePostgres::start_or_skip(&[]) else { return };
        let url = database.url();
        let admin = session(&url).await;
        admin.batch_execute("CREATE ROLE reader LOGIN; CREATE ROLE chat LOGIN").await.unwrap();
        let as_user = |name: &str| url.replace("//postgres@", &format!("//{name}@"));
        let chat = as_user("chat");
        let _pool = [session(&chat).await, session(&chat).await, session(&chat).await];
        let mut everything = Server::at(url.parse().unwrap());
        let mut little = Server::at(as_user("reader").parse().unwrap());
        look(&mut everything).await;
        look(&mut little).await;
        let (everything, little) = (look(&mut everything).await, look(&mut little).await);
        // The pool, who made the roles, and the observers; of the server's own processes none.
        assert_eq!((everything["postgres_connections"], little["postgres_connections"]), (6.0, 6.0));
        assert_eq!(everything["postgres_sessions{state=\"idle\"}"], 5.0, "all but its own");
        assert_eq!(little[HIDDEN], 5.0);
        let states: Vec<&String> = little.keys().filter(|series| series.contains("{state=")).collect();
        assert_eq!(states, [HIDDEN], "of the others it is not known that there are none");
    }
}
