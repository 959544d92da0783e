//! The API of the service under test: every path, field and event name in one place.
//!
//! The user loops know operations ("create a thread"), never a path or a field; this structure
//! translates. It travels to the workers as TOML; the controller makes it from a preset and a file
//! with the differences.

mod call;
mod capture;
mod dialect;
mod list;
mod operation;
mod template;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::class::UserClass;

pub use call::{Answer, Call, Encoding, Endpoint, METHODS};
pub use capture::{Capture, CookieCapture, HeaderCapture, is_name};
pub use dialect::{EmptyAnswer, Framing, Matcher, Scalar, StreamDialect, Terminal};
pub use list::List;
pub use operation::{OPERATIONS, Operation};
pub use template::{Placeholder, Template, TemplateError};

/// The header of the controller's own requests, which are no load.
pub const PROBE_HEADER: &str = "x-loadtest-probe";

/// What a captured value is called that names the thread.
pub const THREAD: &str = "thread";

/// The whole API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Api {
    /// Name of the preset or file.
    pub name: String,
    /// Header that carries the user's number, so that a server can tell users apart; empty: none.
    pub user_header: String,
    /// Path of the thread's id in the answer to [`Operation::CreateThread`], parts separated by dots;
    /// empty: users name threads themselves.
    pub thread_id_field: String,
    /// Whether each user keeps the cookies that it is given, and sends them back.
    pub cookies: bool,
    /// How long a sign-in lasts, as `50s`; empty: until an answer of 401.
    pub login_every: String,
    /// Headers of every request, with columns of the users' file at most. Their values may be secrets: no report
    /// and no log has them.
    pub headers: BTreeMap<String, Template>,
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
    /// Sign in; users of a service without it do not.
    pub login: Call,
    /// A cheap call without placeholders, to see whether the service is there and how fast it answers
    /// under the load; absent: [`Operation::ListThreads`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<Call>,
    /// How to read the stream.
    pub stream: StreamDialect,
}

/// Why an API description cannot be used.
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
            name: String::new(),
            body: body.map(Template::fixed),
            encoding: Encoding::Json,
            answer,
            skip: false,
            capture: BTreeMap::new(),
        };
        Self {
            name: "default".to_owned(),
            user_header: "x-loadtest-user".to_owned(),
            thread_id_field: String::new(),
            cookies: false,
            login_every: String::new(),
            headers: BTreeMap::new(),
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
            login: Call { skip: true, ..call("POST", "/login", None, Answer::Json) },
            probe: None,
            stream: StreamDialect::default(),
        }
    }
}

impl Api {
    /// Reads an API description.
    pub fn from_toml(text: &str) -> Result<Api, ApiError> {
        let api: Api = toml::from_str(text).map_err(|error| ApiError::Format(error.message().to_owned()))?;
        Operation::ALL
            .iter()
            .map(|operation| api.call(*operation))
            .chain(&api.probe)
            .try_for_each(Call::check)?;
        match api.unknown() {
            Some(name) => Err(ApiError::Format(TemplateError::Unknown(name).to_string())),
            None => Ok(api),
        }
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
            Operation::Login => &self.login,
        }
    }

    /// The call of an operation, to be changed.
    pub fn call_mut(&mut self, operation: Operation) -> &mut Call {
        match operation {
            Operation::ListThreads => &mut self.list_threads,
            Operation::CreateThread => &mut self.create_thread,
            Operation::RenameThread => &mut self.rename_thread,
            Operation::DeleteThread => &mut self.delete_thread,
            Operation::ListMessages => &mut self.list_messages,
            Operation::PostMessage => &mut self.post_message,
            Operation::Chat => &mut self.chat,
            Operation::Login => &mut self.login,
        }
    }

    /// Whether users of this class have something to repeat: creating and deleting a thread is not enough.
    pub fn occupies(&self, class: UserClass, mock_llm: bool) -> bool {
        use Operation::*;
        let has = |operation| !self.call(operation).skip;
        let asks = has(if mock_llm { PostMessage } else { Chat });
        match class {
            UserClass::Crud => {
                [ListThreads, CreateThread, RenameThread, ListMessages, PostMessage].into_iter().any(has)
            }
            UserClass::Stream => asks,
            UserClass::Mixed => asks || has(ListMessages),
        }
    }

    /// What calls capture, each name once, in order; a thread's id is not among them.
    pub fn captured(&self) -> Vec<String> {
        let calls = Operation::ALL.iter().map(|operation| self.call(*operation)).filter(|call| !call.skip);
        let names: BTreeSet<&String> = calls.flat_map(|call| call.capture.keys()).collect();
        names.into_iter().filter(|name| *name != THREAD).cloned().collect()
    }

    /// A name that something is to send and no call captures.
    pub fn unknown(&self) -> Option<String> {
        let known = self.captured();
        let unknown = |template: &Template| {
            template.captured().find(|name| !known.iter().any(|known| known == name)).map(str::to_owned)
        };
        self.templates().find_map(|(_, template)| unknown(template))
    }

    /// Every text with placeholders that is sent, and its place, as messages call it.
    fn templates(&self) -> impl Iterator<Item = (String, &Template)> {
        let calls = Operation::ALL.iter().map(|operation| (operation.key(), self.call(*operation)));
        let calls = calls.chain(self.probe.iter().map(|probe| ("probe", probe)));
        let templates = calls.filter(|(_, call)| !call.skip).flat_map(|(key, call)| {
            let all = [Some(&call.path), call.body.as_ref()].into_iter().flatten();
            all.map(move |template| (format!("[{key}]"), template))
        });
        let headers = self.headers.iter().map(|(name, value)| (format!("the header `{name}`"), value));
        headers.chain(templates)
    }

    /// The columns of the users' file that it names, each with a place that does, as messages call it.
    pub fn columns(&self) -> BTreeMap<&str, String> {
        let named = self
            .templates()
            .flat_map(|(place, template)| template.columns().map(move |column| (column, place.clone())));
        named.collect()
    }

    /// The cheap call with which the controller probes the service.
    pub fn probe(&self) -> &Call {
        self.probe.as_ref().unwrap_or(&self.list_threads)
    }

    /// The table of endpoints, in the order of [`Operation::ALL`].
    pub fn endpoints(&self) -> Vec<Endpoint> {
        Operation::ALL
            .iter()
            .map(|operation| match self.call(*operation) {
                Call { skip: true, .. } => Endpoint::default(),
                call => Endpoint { method: call.method.clone(), name: call.row() },
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
                " ", // nobody signs in
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
