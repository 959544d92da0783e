//! One call: where it goes, what it carries and what must come back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ApiError, Capture, Template};

/// The methods that a call may have.
pub const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// What kind of answer a call expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// A JSON content type.
    Json,
    /// `text/event-stream`, or what the stream's `framing` has instead.
    Sse,
    /// A stream in another framing than server-sent events, by whichever type.
    #[serde(skip)]
    Lines,
    /// Anything, even nothing, except a web page: that comes from a proxy or a login form, whatever its status.
    Any,
}

/// How a body is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// JSON, within which values are escaped.
    #[default]
    Json,
    /// `a=x&b=y`, values percent-encoded: `application/x-www-form-urlencoded`.
    Form,
    /// Written as [`Encoding::Form`], sent as `multipart/form-data`.
    Multipart,
    /// Plain text, values as they are.
    Text,
}

impl Encoding {
    fn is_json(&self) -> bool {
        *self == Encoding::Json
    }
}

/// One call: where it goes and what it carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// HTTP method.
    pub method: String,
    /// Path and query with placeholders: `/threads/${thread}/messages`.
    pub path: Template,
    /// Its row in reports, where that is not method and path.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Body with placeholders, whose values are escaped; absent: no body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Template>,
    /// How the body is written.
    #[serde(default, skip_serializing_if = "Encoding::is_json")]
    pub encoding: Encoding,
    /// What the answer must be.
    pub answer: Answer,
    /// The service has no such call: users leave the step out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub skip: bool,
    /// Statuses that are a success, and no others; empty: 200 to 299.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub success: Vec<u16>,
    /// What users take from the answer, by the name under which they send it later.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub capture: BTreeMap<String, Capture>,
    /// Headers of this call alone.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, Template>,
    /// The call whose answer streams what this one asked for; absent: this one's answer does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<Box<Call>>,
}

/// A row of the statistics: method, and the path with ids folded. Both are empty for a call that the
/// service does not have.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Endpoint {
    /// HTTP method.
    pub method: String,
    /// Path with each id folded to `[id]`.
    pub name: String,
}

impl Endpoint {
    /// Whether the service has it.
    pub fn exists(&self) -> bool {
        !self.method.is_empty()
    }
}

impl Call {
    /// A call that carries nothing and captures nothing.
    pub fn plain(method: &str, path: Template, answer: Answer) -> Call {
        Call {
            method: method.to_owned(),
            path,
            name: String::new(),
            body: None,
            encoding: Encoding::Json,
            answer,
            skip: false,
            success: Vec::new(),
            capture: BTreeMap::new(),
            headers: BTreeMap::new(),
            events: None,
        }
    }

    /// Every text with placeholders that it sends; those of the call that streams its answer are not among them.
    pub fn templates(&self) -> impl Iterator<Item = &Template> {
        [Some(&self.path), self.body.as_ref()].into_iter().flatten().chain(self.headers.values())
    }

    /// What reports call it beside its method.
    pub fn row(&self) -> String {
        if self.name.is_empty() { self.path.folded() } else { self.name.clone() }
    }

    /// # Errors
    /// A method or a path that no request can have.
    pub fn check(&self) -> Result<(), ApiError> {
        if !METHODS.contains(&self.method.as_str()) {
            return Err(ApiError::Method(self.method.clone()));
        }
        match self.path.source().starts_with('/') {
            true => {}
            false => return Err(ApiError::Path(self.path.source().to_owned())),
        }
        self.events.as_deref().map_or(Ok(()), Call::check)
    }
}
