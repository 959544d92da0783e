//! The store of threads and messages, in memory or in PostgreSQL.

mod memory;
mod postgres;
mod virtual_connections;

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub(crate) use memory::Memory;
pub(crate) use postgres::Postgres;
use virtual_connections::VirtualConnection;
pub(crate) use virtual_connections::VirtualConnections;

/// Longest id in characters, as a `varchar(36)` column takes it.
pub(crate) const MAX_ID: usize = 36;
/// Threads that a listing shows, the newest.
pub(crate) const LISTED_THREADS: usize = 50;
/// Messages of a thread that are listed (in memory: kept), the newest.
pub(crate) const LISTED_MESSAGES: usize = 100;

/// A thread of messages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Thread {
    pub(crate) id: Arc<str>,
    pub(crate) title: Arc<str>,
}

/// A message of a thread.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Message {
    pub(crate) id: Arc<str>,
    pub(crate) role: Cow<'static, str>,
    pub(crate) content: Cow<'static, str>,
}

/// Why an operation failed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("no such thread")]
    NoThread,
    #[error("the id is taken")]
    DuplicateId,
    #[error("the store is full; delete some threads")]
    Full,
    #[error("{message}")]
    Database { message: String, sqlstate: Option<String> },
}

/// A store, and the virtual connections that its operations use.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) storage: Storage,
    pub(crate) connections: Option<VirtualConnections>,
}

#[derive(Debug)]
pub(crate) enum Storage {
    Memory(Box<Memory>),
    Postgres(Postgres),
}

impl Store {
    /// The newest threads, the newest first.
    pub(crate) async fn threads(&self) -> Result<Vec<Thread>, StoreError> {
        let _open = self.connect().await?;
        match &self.storage {
            Storage::Memory(memory) => Ok(memory.threads()),
            Storage::Postgres(postgres) => postgres.threads().await,
        }
    }

    pub(crate) async fn create(&self, thread: &Thread) -> Result<(), StoreError> {
        let _open = self.connect().await?;
        match &self.storage {
            Storage::Memory(memory) => memory.create(thread),
            Storage::Postgres(postgres) => postgres.create(thread).await,
        }
    }

    pub(crate) async fn rename(&self, thread: &Thread) -> Result<(), StoreError> {
        let _open = self.connect().await?;
        match &self.storage {
            Storage::Memory(memory) => memory.rename(thread),
            Storage::Postgres(postgres) => postgres.rename(thread).await,
        }
    }

    /// Removes a thread and its messages.
    pub(crate) async fn delete(&self, id: &str) -> Result<(), StoreError> {
        let _open = self.connect().await?;
        match &self.storage {
            Storage::Memory(memory) => memory.delete(id),
            Storage::Postgres(postgres) => postgres.delete(id).await,
        }
    }

    /// The newest messages of a thread, in the order of their writing.
    pub(crate) async fn messages(&self, thread: &str) -> Result<Vec<Arc<Message>>, StoreError> {
        let _open = self.connect().await?;
        match &self.storage {
            Storage::Memory(memory) => memory.messages(thread),
            Storage::Postgres(postgres) => postgres.messages(thread).await,
        }
    }

    pub(crate) async fn add(&self, thread: &str, message: Arc<Message>) -> Result<(), StoreError> {
        let _open = self.connect().await?;
        match &self.storage {
            Storage::Memory(memory) => memory.add(thread, message),
            Storage::Postgres(postgres) => postgres.add(thread, &message).await,
        }
    }

    /// Reads the conversation so far, as a chat service does before it answers. Only
    /// with virtual connections, where this opens one more.
    pub(crate) async fn load_session(&self, thread: &str) -> Result<(), StoreError> {
        match self.connections {
            Some(_) => self.messages(thread).await.map(drop),
            None => Ok(()),
        }
    }

    /// The connection of one operation.
    async fn connect(&self) -> Result<Option<VirtualConnection<'_>>, StoreError> {
        match &self.connections {
            Some(connections) => connections.open().await.map(Some),
            None => Ok(None),
        }
    }
}
