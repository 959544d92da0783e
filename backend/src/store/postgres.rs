//! Threads and messages in PostgreSQL.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Hook, Manager, ManagerConfig, Pool as Deadpool, RecyclingMethod, Runtime};
use tokio_postgres::config::Host;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Config, NoTls, Row};

use super::{LISTED_MESSAGES, LISTED_THREADS, Message, StoreError, Thread};
use crate::counters::DbCounters;
use crate::error::BackendError;
use crate::settings::{Pool, SettingsError};

/// One implicit transaction; the lock keeps two backends that start together
/// from making the same table twice.
const SCHEMA: &str = "
    SELECT pg_advisory_xact_lock(7305803);
    CREATE TABLE IF NOT EXISTS threads (
        id varchar(36) PRIMARY KEY,
        title text NOT NULL,
        created timestamptz NOT NULL DEFAULT clock_timestamp());
    CREATE INDEX IF NOT EXISTS threads_created ON threads (created);
    CREATE TABLE IF NOT EXISTS messages (
        id varchar(36) PRIMARY KEY,
        thread_id varchar(36) NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
        role text NOT NULL,
        content text NOT NULL,
        created timestamptz NOT NULL DEFAULT clock_timestamp());
    CREATE INDEX IF NOT EXISTS messages_thread ON messages (thread_id, created);";

const THREADS: &str = "SELECT id, title FROM threads ORDER BY created DESC, id DESC LIMIT $1";
const CREATE: &str = "INSERT INTO threads (id, title) VALUES ($1, $2)";
const RENAME: &str = "UPDATE threads SET title = $2 WHERE id = $1 RETURNING id";
const DELETE: &str = "DELETE FROM threads WHERE id = $1 RETURNING id";
const ADD: &str = "INSERT INTO messages (id, thread_id, role, content) VALUES ($1, $2, $3, $4)";
/// One row for an empty thread (its message is null), none for no thread.
const MESSAGES: &str = "SELECT m.id, m.role, m.content FROM threads t
    LEFT JOIN LATERAL (SELECT id, role, content, created FROM messages
        WHERE thread_id = t.id ORDER BY created DESC, id DESC LIMIT $2) m ON true
    WHERE t.id = $1 ORDER BY m.created, m.id";

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// SQLAlchemy's `pool_timeout`.
const POOL_TIMEOUT: Duration = Duration::from_secs(30);

type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);

#[derive(Debug)]
pub(crate) struct Postgres {
    access: Access,
    counters: Arc<DbCounters>,
}

#[derive(Debug)]
enum Access {
    Fresh(Box<Config>),
    Pooled(Deadpool),
}

impl Postgres {
    /// Connects once to make the tables.
    pub(crate) async fn open(url: &str, pool: Pool, counters: Arc<DbCounters>) -> Result<Self, BackendError> {
        let mut config = Config::from_str(url).map_err(|error| SettingsError::DatabaseUrl(chain(&error)))?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        let unusable =
            |error: StoreError| BackendError::Database { place: address(&config), reason: error.to_string() };
        let fresh = FreshConnection::open(&config).await.map_err(unusable)?;
        let made = fresh.client.batch_execute(SCHEMA).await;
        fresh.close().await;
        made.map_err(|error| unusable(store_error(&error)))?;
        let access = match pool {
            Pool::None => Access::Fresh(Box::new(config)),
            Pool::Size(size) => Access::Pooled(pooled(config, size, Arc::clone(&counters))?),
        };
        Ok(Self { access, counters })
    }

    pub(super) async fn threads(&self) -> Result<Vec<Thread>, StoreError> {
        let rows = self.run(THREADS, &[(&(LISTED_THREADS as i64), Type::INT8)]).await?;
        rows.iter().map(|row| Ok(Thread { id: text(row, 0)?.into(), title: text(row, 1)?.into() })).collect()
    }

    pub(super) async fn create(&self, thread: &Thread) -> Result<(), StoreError> {
        self.run(CREATE, &[(&&*thread.id, Type::TEXT), (&&*thread.title, Type::TEXT)]).await.map(drop)
    }

    pub(super) async fn rename(&self, thread: &Thread) -> Result<(), StoreError> {
        let rows = self.run(RENAME, &[(&&*thread.id, Type::TEXT), (&&*thread.title, Type::TEXT)]).await?;
        found(&rows)
    }

    pub(super) async fn delete(&self, id: &str) -> Result<(), StoreError> {
        let rows = self.run(DELETE, &[(&id, Type::TEXT)]).await?;
        found(&rows)
    }

    pub(super) async fn messages(&self, thread: &str) -> Result<Vec<Arc<Message>>, StoreError> {
        let limit = LISTED_MESSAGES as i64;
        let rows = self.run(MESSAGES, &[(&thread, Type::TEXT), (&limit, Type::INT8)]).await?;
        found(&rows)?;
        let mut messages = Vec::with_capacity(rows.len());
        for row in &rows {
            let id: Option<&str> = row.try_get(0).map_err(|error| store_error(&error))?;
            let Some(id) = id else { continue };
            let (role, content) = (text(row, 1)?.to_owned().into(), text(row, 2)?.to_owned().into());
            messages.push(Arc::new(Message { id: id.into(), role, content }));
        }
        Ok(messages)
    }

    pub(super) async fn add(&self, thread: &str, message: &Message) -> Result<(), StoreError> {
        let parameters: [Parameter<'_>; 4] = [
            (&&*message.id, Type::TEXT),
            (&thread, Type::TEXT),
            (&&*message.role, Type::TEXT),
            (&&*message.content, Type::TEXT),
        ];
        self.run(ADD, &parameters).await.map(drop)
    }

    /// One operation: one statement in one round trip.
    async fn run(&self, sql: &str, parameters: &[Parameter<'_>]) -> Result<Vec<Row>, StoreError> {
        self.counters.operation();
        match &self.access {
            Access::Fresh(config) => {
                let fresh = FreshConnection::open(config).await?;
                self.counters.connection_opened();
                let rows = fresh.client.query_typed(sql, parameters).await;
                // Waits for the end, so that no connection outlives its operation.
                fresh.close().await;
                rows
            }
            Access::Pooled(pool) => {
                let client = pool.get().await.map_err(|error| StoreError::Database {
                    message: chain(&error),
                    sqlstate: sqlstate(&error),
                })?;
                client.query_typed(sql, parameters).await
            }
        }
        .map_err(|error| store_error(&error))
    }
}

/// A connection for one operation, with the task that drives it.
struct FreshConnection {
    client: Client,
    driver: tokio::task::JoinHandle<Result<(), tokio_postgres::Error>>,
}

impl FreshConnection {
    async fn open(config: &Config) -> Result<Self, StoreError> {
        let (client, connection) = config.connect(NoTls).await.map_err(|error| store_error(&error))?;
        Ok(Self { client, driver: tokio::spawn(connection) })
    }

    async fn close(self) {
        drop(self.client);
        if let Ok(Err(error)) = self.driver.await {
            tracing::debug!(%error, "database connection closed with an error");
        }
    }
}

fn pooled(config: Config, size: usize, counters: Arc<DbCounters>) -> Result<Deadpool, BackendError> {
    let place = address(&config);
    let method = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let count = Hook::sync_fn(move |_, _| {
        counters.connection_opened();
        Ok(())
    });
    Deadpool::builder(Manager::from_config(config, NoTls, method))
        .max_size(size)
        .wait_timeout(Some(POOL_TIMEOUT))
        .runtime(Runtime::Tokio1)
        .post_create(count)
        .build()
        .map_err(|error| BackendError::Database { place, reason: error.to_string() })
}

fn found(rows: &[Row]) -> Result<(), StoreError> {
    if rows.is_empty() { Err(StoreError::NoThread) } else { Ok(()) }
}

fn text(row: &Row, column: usize) -> Result<&str, StoreError> {
    row.try_get(column).map_err(|error| store_error(&error))
}

/// What an error of the driver means to the API.
fn store_error(error: &tokio_postgres::Error) -> StoreError {
    match error.code() {
        Some(&SqlState::UNIQUE_VIOLATION) => StoreError::DuplicateId,
        Some(&SqlState::FOREIGN_KEY_VIOLATION) => StoreError::NoThread,
        code => {
            StoreError::Database { message: chain(error), sqlstate: code.map(|code| code.code().to_owned()) }
        }
    }
}

/// SQLSTATE of the server's error, which may be any of the causes.
fn sqlstate(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<tokio_postgres::Error>() {
            return error.code().map(|code| code.code().to_owned());
        }
        next = error.source();
    }
    None
}

/// The error with its causes, as the driver's own text is short.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        text = format!("{text}: {error}");
        next = error.source();
    }
    text
}

/// Where the database is, without credentials.
fn address(config: &Config) -> String {
    let ports = config.get_ports();
    let port = |index: usize| ports.get(index).or(ports.first()).copied().unwrap_or(5432);
    let hosts = config.get_hosts().iter().enumerate().map(|(index, host)| match host {
        Host::Tcp(name) => format!("{name}:{}", port(index)),
        Host::Unix(path) => path.display().to_string(),
    });
    let hosts: Vec<_> = hosts.collect();
    format!("{}/{}", hosts.join(","), config.get_dbname().unwrap_or(""))
}
