//! An API file as it is written: whatever differs, and where it stands.

use std::collections::BTreeMap;

use common::api::{Answer, Capture, Encoding, Operation};
use serde::Deserialize;
use toml::Spanned;

use super::life::UsersDraft;
use super::stream::StreamDraft;

/// A text with its place.
pub type Text = Spanned<String>;

/// The whole file. Absent is: as in the preset.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Draft {
    /// What it differs from; by default the default API.
    pub preset: Option<Text>,
    /// By default the file's stem.
    pub name: Option<Text>,
    pub user_header: Option<Text>,
    pub thread_id_field: Option<Text>,
    pub cookies: Option<bool>,
    pub login_every: Option<Text>,
    pub nonce: Option<bool>,
    pub max_tokens_field: Option<Text>,
    /// Further placeholders, the same for everybody.
    pub constants: BTreeMap<String, Text>,
    pub headers: BTreeMap<String, Text>,
    pub list_threads: CallDraft,
    pub create_thread: CallDraft,
    pub rename_thread: CallDraft,
    pub delete_thread: CallDraft,
    pub list_messages: CallDraft,
    pub post_message: CallDraft,
    pub chat: CallDraft,
    pub login: CallDraft,
    /// Further ones, by their names.
    pub calls: BTreeMap<String, Spanned<CallDraft>>,
    pub users: UsersDraft,
    pub history: Option<Spanned<HistoryDraft>>,
    pub probe: Option<CallDraft>,
    pub stream: Option<Spanned<StreamDraft>>,
}

/// One call.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CallDraft {
    pub method: Option<Text>,
    pub path: Option<Text>,
    pub name: Option<Text>,
    /// Empty: no body.
    pub body: Option<Text>,
    pub encoding: Option<Encoding>,
    pub answer: Option<Answer>,
    pub skip: Option<bool>,
    pub success: Option<Spanned<Vec<u16>>>,
    /// Added to those of the preset.
    pub capture: BTreeMap<String, Spanned<Capture>>,
    /// Likewise.
    pub headers: BTreeMap<String, Text>,
    pub events: Option<Box<Spanned<CallDraft>>>,
}

/// How conversations are written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HistoryDraft {
    pub user: Option<String>,
    pub assistant: Option<String>,
    pub message: Option<Text>,
    pub max_bytes: Option<u32>,
}

impl Draft {
    /// What it says of the built-in calls.
    pub fn tables(&self) -> [(Operation, &CallDraft); Operation::BUILT_IN.len()] {
        [
            (Operation::ListThreads, &self.list_threads),
            (Operation::CreateThread, &self.create_thread),
            (Operation::RenameThread, &self.rename_thread),
            (Operation::DeleteThread, &self.delete_thread),
            (Operation::ListMessages, &self.list_messages),
            (Operation::PostMessage, &self.post_message),
            (Operation::Chat, &self.chat),
            (Operation::Login, &self.login),
        ]
    }

    /// What it says of calls, that which streams an answer included.
    pub fn calls(&self) -> impl Iterator<Item = (Option<Operation>, &CallDraft)> {
        let built_in = self.tables().into_iter().map(|(operation, call)| (Some(operation), call));
        let own = self.calls.values().chain(self.chat.events.as_deref());
        built_in.chain(own.map(|call| (None, call.get_ref())))
    }
}
