//! The API of the service under test: every path, field and event name in one place.
//!
//! The user loops know operations ("create a thread"), never a path or a field; this structure
//! translates. It travels to the workers as TOML, and a file of the same form describes another
//! service.

mod dialect;
mod template;

use serde::{Deserialize, Serialize};

pub use dialect::{Matcher, StreamDialect};
pub use template::{Placeholder, Template, TemplateError};

/// What a user can ask of the service. The discriminant is the endpoint's number on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Operation {
    /// List the threads there are.
    ListThreads = 0,
    /// Create a thread.
    CreateThread = 1,
    /// Give a thread another title.
    RenameThread = 2,
    /// Delete a thread.
    DeleteThread = 3,
    /// Read a thread's messages.
    ListMessages = 4,
    /// Add a message to a thread.
    PostMessage = 5,
    /// Ask a question and stream the answer.
    Chat = 6,
}

/// How many operations there are.
pub const OPERATIONS: usize = 7;

impl Operation {
    /// Every operation, in the order of its number.
    pub const ALL: [Operation; OPERATIONS] = {
        use Operation::*;
        [ListThreads, CreateThread, RenameThread, DeleteThread, ListMessages, PostMessage, Chat]
    };

    /// The operation's place in a table of endpoints.
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// What an answer must look like to be the API's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// A JSON content type.
    Json,
    /// `text/event-stream`.
    Sse,
    /// Anything, also nothing, but a web page: that is a proxy's or a login's, whatever its status says.
    Any,
}

/// One call: where it goes and what it carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// HTTP method.
    pub method: String,
    /// Path and query with placeholders: `/threads/${thread}/messages`.
    pub path: Template,
    /// JSON body with placeholders, whose values are escaped; absent: no body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Template>,
    /// What the answer must be.
    pub answer: Answer,
}

/// A row of the statistics: method, and the path with ids folded.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Endpoint {
    /// HTTP method.
    pub method: String,
    /// Path with each id folded to `[id]`.
    pub name: String,
}

/// The whole API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Api {
    /// Name of the preset or file.
    pub name: String,
    /// Header that carries the user's number, so that a server can tell users apart; empty: none.
    pub user_header: String,
    /// List the threads there are.
    pub list_threads: Call,
    /// Create a thread.
    pub create_thread: Call,
    /// Give a thread another title.
    pub rename_thread: Call,
    /// Delete a thread.
    pub delete_thread: Call,
    /// Read a thread's messages.
    pub list_messages: Call,
    /// Add a message to a thread.
    pub post_message: Call,
    /// Ask a question and stream the answer.
    pub chat: Call,
    /// How to read the stream.
    pub stream: StreamDialect,
}

/// A description of an API that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// Not TOML, or a field is missing, unknown or of the wrong kind.
    #[error("the API description is not valid: {0}")]
    Format(String),
    /// A method that HTTP does not allow.
    #[error("`{0}` is no HTTP method; use GET, POST, PUT, PATCH or DELETE")]
    Method(String),
    /// A path that does not begin with a slash.
    #[error("the path `{0}` must begin with `/`")]
    Path(String),
}

impl Default for Api {
    fn default() -> Self {
        let call = |method: &str, path: &str, body: Option<&str>, answer| Call {
            method: method.to_owned(),
            path: Template::fixed(path),
            body: body.map(Template::fixed),
            answer,
        };
        Self {
            name: "default".to_owned(),
            user_header: "x-loadtest-user".to_owned(),
            list_threads: call("GET", "/threads", None, Answer::Json),
            create_thread: call(
                "POST",
                "/threads",
                Some(r#"{"id":"${thread}","title":"${title}"}"#),
                Answer::Json,
            ),
            rename_thread: call("PATCH", "/threads/${thread}", Some(r#"{"title":"${title}"}"#), Answer::Any),
            delete_thread: call("DELETE", "/threads/${thread}", None, Answer::Any),
            list_messages: call("GET", "/threads/${thread}/messages", None, Answer::Json),
            post_message: call(
                "POST",
                "/threads/${thread}/messages",
                Some(r#"{"id":"${message}","role":"${role}","content":"${content}"}"#),
                Answer::Json,
            ),
            chat: call(
                "POST",
                "/chat/stream",
                Some(r#"{"thread_id":"${thread}","message":"${content}"}"#),
                Answer::Sse,
            ),
            stream: StreamDialect::default(),
        }
    }
}

impl Api {
    /// Reads an API description.
    pub fn from_toml(text: &str) -> Result<Api, ApiError> {
        let api: Api = toml::from_str(text).map_err(|error| ApiError::Format(error.message().to_owned()))?;
        for operation in Operation::ALL {
            let call = api.call(operation);
            if !matches!(call.method.as_str(), "GET" | "POST" | "PUT" | "PATCH" | "DELETE") {
                return Err(ApiError::Method(call.method.clone()));
            }
            if !call.path.source().starts_with('/') {
                return Err(ApiError::Path(call.path.source().to_owned()));
            }
        }
        Ok(api)
    }

    /// The description as TOML, which [`Api::from_toml`] reads back.
    pub fn to_toml(&self) -> String {
        // Serialising plain structs of strings cannot fail.
        toml::to_string(self).unwrap_or_default()
    }

    /// The call of an operation.
    pub fn call(&self, operation: Operation) -> &Call {
        match operation {
            Operation::ListThreads => &self.list_threads,
            Operation::CreateThread => &self.create_thread,
            Operation::RenameThread => &self.rename_thread,
            Operation::DeleteThread => &self.delete_thread,
            Operation::ListMessages => &self.list_messages,
            Operation::PostMessage => &self.post_message,
            Operation::Chat => &self.chat,
        }
    }

    /// The table of endpoints, in the order of [`Operation::ALL`].
    pub fn endpoints(&self) -> Vec<Endpoint> {
        Operation::ALL
            .iter()
            .map(|operation| {
                let call = self.call(*operation);
                Endpoint { method: call.method.clone(), name: call.path.folded() }
            })
            .collect()
    }
}

/// A number that changes whenever the form of an API description does. Controller and worker must
/// have the same.
pub fn settings_fingerprint() -> u64 {
    // FNV-1a: stable across builds, which std's hasher does not promise.
    Api::default().to_toml().bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_survives_toml() {
        let api = Api::default();
        assert_eq!(Api::from_toml(&api.to_toml()), Ok(api));
    }

    #[test]
    fn endpoints_fold_ids() {
        let names: Vec<_> =
            Api::default().endpoints().into_iter().map(|e| format!("{} {}", e.method, e.name)).collect();
        assert_eq!(
            names,
            [
                "GET /threads",
                "POST /threads",
                "PATCH /threads/[id]",
                "DELETE /threads/[id]",
                "GET /threads/[id]/messages",
                "POST /threads/[id]/messages",
                "POST /chat/stream",
            ]
        );
    }

    #[test]
    fn nonsense_is_refused_with_a_reason() {
        let with = |from: &str, to: &str| Api::from_toml(&Api::default().to_toml().replace(from, to));
        assert!(matches!(with("PATCH", "FETCH"), Err(ApiError::Method(m)) if m == "FETCH"));
        assert!(matches!(with("\"/threads\"", "\"threads\""), Err(ApiError::Path(p)) if p == "threads"));
        assert!(matches!(with("${title}", "${titel}"), Err(ApiError::Format(m)) if m.contains("titel")));
        assert!(matches!(with("name = ", "nome = "), Err(ApiError::Format(_))));
    }
}
