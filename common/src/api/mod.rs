//! The API of the service under test: every path, field and event name in one place.
//!
//! The user loops know operations ("create a thread"), never a path or a field; this structure
//! translates. It travels to the workers as TOML; the controller makes it from a preset and a file
//! with the differences.

mod abandon;
mod call;
mod capture;
mod dialect;
mod field;
mod history;
mod list;
mod operation;
mod pace;
mod template;
#[cfg(test)]
mod tests;
mod users;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::class::{MAX_WEIGHT, UserClass};

pub use abandon::{Abandon, AbandonError};
pub use call::{Answer, Call, Encoding, Endpoint, METHODS};
pub use capture::{Capture, CookieCapture, EventCapture, HeaderCapture, is_name};
pub use dialect::{EmptyAnswer, Framing, Matcher, Scalar, StreamDialect, Terminal};
pub use history::History;
pub use list::List;
pub use operation::{OPERATIONS, OWN_CALLS, Operation};
pub use pace::{PaceError, Think, Turns};
pub use template::{Placeholder, Template, TemplateError};
pub use users::{Life, Stage, Step, Users};

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
    /// Header that carries the user's number, so that a server can distinguish users; empty: none.
    pub user_header: String,
    /// Path of the thread's id in the answer to [`Operation::CreateThread`], parts separated by dots;
    /// empty: users name threads themselves.
    pub thread_id_field: String,
    /// Whether each user keeps the cookies that it is given, and sends them back.
    pub cookies: bool,
    /// How long a sign-in lasts, as `50s`; empty: until an answer of 401.
    pub login_every: String,
    /// Whether questions begin with a nonce, so that no prefix cache answers for the model, unless a run says otherwise.
    pub nonce: bool,
    /// Path of the number in the body of `[chat]` that is the most tokens of an answer; empty: there is none.
    pub max_tokens_field: String,
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
    /// Further calls, by their names; at most [`OWN_CALLS`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub calls: BTreeMap<String, Call>,
    /// A cheap call without placeholders, to see whether the service is there and how fast it answers
    /// under the load; absent: [`Operation::ListThreads`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<Call>,
    /// How users go through the calls.
    pub users: Users,
    /// How a conversation is written.
    pub history: History,
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
    /// More calls than there is room for.
    #[error("there are more than {OWN_CALLS} calls beside the built-in ones; leave some out")]
    TooMany,
    /// A step that no user can make.
    #[error("`{0}` is no step; name a built-in call or one of [calls], with a weight of 1 to {MAX_WEIGHT}")]
    Step(String),
}

impl Default for Api {
    fn default() -> Self {
        let call = |method: &str, path: &str, body: Option<&str>, answer| Call {
            body: body.map(Template::fixed),
            ..Call::plain(method, Template::fixed(path), answer)
        };
        Self {
            name: "default".to_owned(),
            user_header: "x-loadtest-user".to_owned(),
            thread_id_field: String::new(),
            cookies: false,
            login_every: String::new(),
            nonce: false,
            max_tokens_field: String::new(),
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
            calls: BTreeMap::new(),
            probe: None,
            users: Users::default(),
            history: History::default(),
            stream: StreamDialect::default(),
        }
    }
}

impl Api {
    /// Reads an API description.
    pub fn from_toml(text: &str) -> Result<Api, ApiError> {
        let api: Api = toml::from_str(text).map_err(|error| ApiError::Format(error.message().to_owned()))?;
        if api.calls.len() > OWN_CALLS {
            return Err(ApiError::TooMany);
        }
        let built_in = Operation::BUILT_IN.iter().map(|operation| api.table(*operation));
        built_in.chain(api.calls.values()).chain(&api.probe).try_for_each(Call::check)?;
        api.check_steps()?;
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

    /// The table of a built-in operation; that of the chat for all others.
    fn table(&self, operation: Operation) -> &Call {
        match operation {
            Operation::ListThreads => &self.list_threads,
            Operation::CreateThread => &self.create_thread,
            Operation::RenameThread => &self.rename_thread,
            Operation::DeleteThread => &self.delete_thread,
            Operation::ListMessages => &self.list_messages,
            Operation::PostMessage => &self.post_message,
            Operation::Login => &self.login,
            Operation::Chat | Operation::Question | Operation::Own(_) => &self.chat,
        }
    }

    /// The table of a built-in operation, to be changed.
    pub fn table_mut(&mut self, operation: Operation) -> &mut Call {
        match operation {
            Operation::ListThreads => &mut self.list_threads,
            Operation::CreateThread => &mut self.create_thread,
            Operation::RenameThread => &mut self.rename_thread,
            Operation::DeleteThread => &mut self.delete_thread,
            Operation::ListMessages => &mut self.list_messages,
            Operation::PostMessage => &mut self.post_message,
            Operation::Login => &mut self.login,
            Operation::Chat | Operation::Question | Operation::Own(_) => &mut self.chat,
        }
    }

    /// The call of an operation; `None` where the service has no such call.
    pub fn call(&self, operation: Operation) -> Option<&Call> {
        let call = match (operation, &self.chat.events) {
            (Operation::Own(place), _) => self.calls.values().nth(usize::from(place)),
            (Operation::Chat, Some(events)) => (!self.chat.skip).then_some(&**events),
            (Operation::Question, None) => None,
            _ => Some(self.table(operation)),
        };
        call.filter(|call| !call.skip)
    }

    /// Every call that the service has.
    pub fn made(&self) -> impl Iterator<Item = (Operation, &Call)> {
        let own = (0..self.calls.len()).filter_map(Operation::own);
        let all = Operation::BUILT_IN.into_iter().chain([Operation::Question]).chain(own);
        all.filter_map(|operation| Some((operation, self.call(operation)?)))
    }

    /// Where a call stands in an API file, as messages call it.
    pub fn place(&self, operation: Operation) -> String {
        match operation {
            Operation::Own(place) => {
                format!("[calls.{}]", self.calls.keys().nth(usize::from(place)).map_or("", String::as_str))
            }
            Operation::Chat if self.chat.events.is_some() => "[chat.events]".to_owned(),
            _ => format!("[{}]", operation.key()),
        }
    }

    /// The operation that a step names: a built-in call but that of signing in, or one of the file's own.
    pub fn operation(&self, name: &str) -> Option<Operation> {
        let own = || Operation::own(self.calls.keys().position(|own| own == name)?);
        Operation::named(name).filter(|operation| *operation != Operation::Login).or_else(own)
    }

    /// Whether users of this class have something to repeat: creating and deleting a thread is not enough.
    pub fn occupies(&self, class: UserClass, mock_llm: bool) -> bool {
        let asking = if mock_llm { Operation::PostMessage } else { Operation::Chat };
        let occupies = |step: &Step| match self.operation(&step.call) {
            None | Some(Operation::DeleteThread) => false,
            Some(Operation::Chat) => self.call(asking).is_some(),
            Some(operation) => self.call(operation).is_some(),
        };
        self.users.of(class).usual().any(occupies)
    }

    /// Whether users of this class ask for streams.
    pub fn streams(&self, class: UserClass) -> bool {
        let chat = |step: &Step| self.operation(&step.call) == Some(Operation::Chat);
        self.users.of(class).all().any(chat)
    }

    fn check_steps(&self) -> Result<(), ApiError> {
        let fits = |step: &&Step| {
            let known = step.call.is_empty() || self.operation(&step.call).is_some();
            known && (1..=MAX_WEIGHT).contains(&step.weight)
        };
        let mut steps = UserClass::ALL.into_iter().flat_map(|class| self.users.of(class).all());
        steps.find(|step| !fits(step)).map_or(Ok(()), |step| Err(ApiError::Step(step.call.clone())))
    }

    /// What calls capture, each name once, in order; a thread's id is not among them.
    pub fn captured(&self) -> Vec<String> {
        let names: BTreeSet<&String> = self.made().flat_map(|(_, call)| call.capture.keys()).collect();
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

    /// Whether the question has the number of tokens that its answer is asked to have.
    pub fn asks_for_tokens(&self) -> bool {
        self.chat.templates().any(|template| template.has(Placeholder::AnswerTokens))
    }

    /// Puts that number into the body of the question, where the description says that it stands; says whether it is
    /// there now.
    pub fn ask_for_tokens(&mut self) -> bool {
        if self.asks_for_tokens() {
            return true;
        }
        let path: Vec<&str> = self.max_tokens_field.split('.').filter(|part| !part.is_empty()).collect();
        let body = self.chat.body.as_ref().filter(|_| self.chat.encoding == Encoding::Json);
        let put = body.and_then(|body| field::put(body.source(), &path, "${answer_tokens}"));
        match put.and_then(|text| Template::try_from(text).ok()) {
            Some(body) => self.chat.body = Some(body),
            None => return false,
        }
        true
    }

    /// Every text with placeholders that is sent, and its place, as messages call it.
    fn templates(&self) -> impl Iterator<Item = (String, &Template)> {
        let calls = self.made().map(|(operation, call)| (self.place(operation), call));
        let probe = self.probe.iter().filter(|probe| !probe.skip).map(|probe| ("[probe]".to_owned(), probe));
        let templates = calls
            .chain(probe)
            .flat_map(|(place, call)| call.templates().map(move |template| (place.clone(), template)));
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

    /// The table of endpoints, by [`Operation::index`].
    pub fn endpoints(&self) -> Vec<Endpoint> {
        let mut endpoints = vec![Endpoint::default(); Operation::BUILT_IN.len()];
        for (operation, call) in self.made() {
            let place = operation.index();
            endpoints.resize(endpoints.len().max(place + 1), Endpoint::default());
            endpoints[place] = Endpoint { method: call.method.clone(), name: call.row() };
        }
        endpoints
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
