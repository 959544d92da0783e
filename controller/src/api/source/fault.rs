//! What can be wrong in an API file.

use common::api::{METHODS, OWN_CALLS, TemplateError};
use common::class::MAX_WEIGHT;
use worker::chat::DialectError;
use worker::sse::scan::JsonPathError;

use super::super::headers::HeaderFault;

/// What can be wrong in an API file.
#[derive(Debug, thiserror::Error)]
pub enum ApiFault {
    #[error("{0}; `controller api default` prints every setting")]
    Toml(String),
    #[error("there is no preset `{0}`; `controller api` lists them")]
    Preset(String),
    #[error("`{0}` is no method that users send; use {list}", list = METHODS.join(", "))]
    Method(String),
    #[error("`{0}` is no path of a URL; begin with `/`, and write what it reserves as %20, %23 and so on")]
    Path(String),
    #[error("{0}; a constant of your own goes into [constants]")]
    Template(String),
    #[error(
        "the constant `{0}` is a placeholder already, or holds one; give it another name, or a plain text"
    )]
    Constant(String),
    #[error(
        "the body is no JSON once its placeholders are filled in: it {how}; texts need their quotes: \"${{content}}\"",
        how = broken(.0)
    )]
    Body(serde_json::Error),
    #[error("a form is written as NAME=VALUE&NAME=VALUE, the values with placeholders: user=${{user.name}}")]
    Pairs,
    #[error("the name of a call is one line of at most 200 characters")]
    Name,
    #[error("thread_id_field: {0}")]
    ThreadId(String),
    #[error(
        "max_tokens_field: `{0}` is no path to a member of the body; write it as \"max_tokens\" or \"options.num_predict\""
    )]
    MaxTokens(String),
    #[error("user_header: `{0}` is no name of an HTTP header; use letters, digits and dashes")]
    UserHeader(String),
    #[error("login_every: {0}")]
    Every(String),
    #[error(
        "`{0}` is no name of a captured value; use letters, digits and `_`, and none of another placeholder or constant"
    )]
    CaptureName(String),
    #[error("capture: {0}")]
    Capture(String),
    #[error("only [create_thread] can capture `thread`; give the value another name")]
    NotTheThread,
    #[error(
        "a stream's answer is no JSON, so what can be captured are headers, cookies and values of events, as {{ event = \"id\" }}"
    )]
    OfStream,
    #[error("${{messages}} is a list in JSON; it stands in a body of JSON alone, and not in quotes")]
    Messages,
    #[error(
        "a message of the history holds ${{role}}, ${{content}} and, as its id, ${{message}}, and nothing else"
    )]
    Message,
    #[error("`max_bytes` is 0; give the bytes of the longest conversation")]
    NoHistory,
    #[error("only the answer of a stream has events; give a path in the answer, a header or a cookie")]
    NotOfStream,
    #[error("`success` lists statuses from 100 to 599, as [200, 404]")]
    Success,
    #[error("the answer to [chat] alone can be streamed by another call; leave `events` out")]
    NoEvents,
    #[error("a call needs a path; add path = \"/…\"")]
    NoPath,
    #[error("`{0}` holds a placeholder without its dollar; write it as ${{thread}}")]
    Dollar(String),
    #[error("`{0}` is the name of a built-in call or none at all; use letters, digits and `_`")]
    OwnName(String),
    #[error("there are more than {OWN_CALLS} calls beside the built-in ones; leave some out")]
    TooMany,
    #[error("`{0}` is no call that users can make; there are {1}")]
    Step(String, String),
    #[error("the weight of a step is 1 to {MAX_WEIGHT}")]
    Weight,
    #[error(
        "steps of a list are made each time, in its order; leave `weight` out, or draw one of several: [[\"a\", \"b\"]]"
    )]
    Listed,
    #[error("delete_thread cannot stand in `start`: there is no thread yet")]
    DeletedAtStart,
    #[error(
        "these users would name a thread that they never create; add start = [\"create_thread\"], or start = [] if the \
         service knows ids that users make up"
    )]
    NoThread,
    #[error("users of a class need something to do; give `steps` or a `session`")]
    Idle,
    #[error(
        "users either draw `steps` or hold a `session`; give one of them, and to `steps` that have an `end` the `turns` after which it comes"
    )]
    Life,
    #[error("these users ask for no stream that they could leave; take `abandon` out, or give them `chat`")]
    NothingToLeave,
    #[error("{0}")]
    Header(#[from] HeaderFault),
    #[error("{0}")]
    Stream(String),
    #[error("chat: the answer to a question is a stream of events; leave `answer` out, or use `skip = true`")]
    NoStream,
    #[error(
        "{0} and {1} are both {2}, which no report could tell apart; give one of them a `name`, or skip it"
    )]
    Same(String, String, String),
    #[error(
        "the controller looks at the service by a call without placeholders and finds none; add [probe] with a path"
    )]
    Probe,
}

impl From<TemplateError> for ApiFault {
    fn from(error: TemplateError) -> Self {
        ApiFault::Template(shown(&error.to_string()))
    }
}

impl From<JsonPathError> for ApiFault {
    fn from(error: JsonPathError) -> Self {
        ApiFault::ThreadId(shown(&error.to_string()))
    }
}

impl From<DialectError> for ApiFault {
    fn from(error: DialectError) -> Self {
        ApiFault::Stream(shown(&error.to_string()))
    }
}

/// Where JSON stops being JSON.
fn broken(error: &serde_json::Error) -> String {
    match error.is_eof() {
        true => "ends before it is complete".to_owned(),
        false => format!("is none from column {} of its line {} on", error.column(), error.line()),
    }
}

/// A text of the file in a message: on one line, and no novel.
pub(super) fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{FFFD}' } else { c }).take(700).collect()
}
