//! Where threads and messages are kept.

mod memory;
mod postgres;

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::limits::{Connection, Connections};

pub(crate) use memory::Memory;
pub(crate) use postgres::Postgres;

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

/// Why an operation was refused.
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

/// A store, and the virtual connections that its operations take.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) place: Place,
    pub(crate) connections: Option<Connections>,
}

/// Where a store keeps things, chosen at the start.
#[derive(Debug)]
pub(crate) enum Place {
    Memory(Box<Memory>),
    Postgres(Postgres),
}

impl Store {
    /// The newest threads, the newest first.
    pub(crate) async fn threads(&self) -> Result<Vec<Thread>, StoreError> {
        let _open = self.connect().await?;
        match &self.place {
            Place::Memory(memory) => Ok(memory.threads()),
            Place::Postgres(postgres) => postgres.threads().await,
        }
    }

    pub(crate) async fn create(&self, thread: &Thread) -> Result<(), StoreError> {
        let _open = self.connect().await?;
        match &self.place {
            Place::Memory(memory) => memory.create(thread),
            Place::Postgres(postgres) => postgres.create(thread).await,
        }
    }

    pub(crate) async fn rename(&self, thread: &Thread) -> Result<(), StoreError> {
        let _open = self.connect().await?;
        match &self.place {
            Place::Memory(memory) => memory.rename(thread),
            Place::Postgres(postgres) => postgres.rename(thread).await,
        }
    }

    /// Removes a thread and its messages.
    pub(crate) async fn delete(&self, id: &str) -> Result<(), StoreError> {
        let _open = self.connect().await?;
        match &self.place {
            Place::Memory(memory) => memory.delete(id),
            Place::Postgres(postgres) => postgres.delete(id).await,
        }
    }

    /// The newest messages of a thread, in the order of their writing.
    pub(crate) async fn messages(&self, thread: &str) -> Result<Vec<Arc<Message>>, StoreError> {
        let _open = self.connect().await?;
        match &self.place {
            Place::Memory(memory) => memory.messages(thread),
            Place::Postgres(postgres) => postgres.messages(thread).await,
        }
    }

    pub(crate) async fn add(&self, thread: &str, message: Arc<Message>) -> Result<(), StoreError> {
        let _open = self.connect().await?;
        match &self.place {
            Place::Memory(memory) => memory.add(thread, message),
            Place::Postgres(postgres) => postgres.add(thread, &message).await,
        }
    }

    /// What a chat service reads before it answers: the conversation so far. Only
    /// with virtual connections, where it is one more to be opened.
    pub(crate) async fn load_session(&self, thread: &str) -> Result<(), StoreError> {
        match self.connections {
            Some(_) => self.messages(thread).await.map(drop),
            None => Ok(()),
        }
    }

    /// A connection to be held for one operation.
    async fn connect(&self) -> Result<Option<Connection<'_>>, StoreError> {
        match &self.connections {
            Some(connections) => connections.open().await.map(Some),
            None => Ok(None),
        }
    }
}
