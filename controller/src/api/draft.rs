//! An API file as it is written: whatever differs, and where it stands.

use std::collections::BTreeMap;

use common::api::{Answer, Capture, Encoding, Operation};
use serde::Deserialize;
use toml::Spanned;

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
    /// Added to those of the preset.
    pub capture: BTreeMap<String, Spanned<Capture>>,
}

impl Draft {
    /// What it says of an operation.
    pub fn call(&self, operation: Operation) -> &CallDraft {
        match operation {
            Operation::ListThreads => &self.list_threads,
            Operation::CreateThread => &self.create_thread,
            Operation::RenameThread => &self.rename_thread,
            Operation::DeleteThread => &self.delete_thread,
            Operation::ListMessages => &self.list_messages,
            Operation::PostMessage => &self.post_message,
            Operation::Chat => &self.chat,
            Operation::Login => &self.login,
        }
    }
}
