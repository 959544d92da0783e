//! What all users of a core share: the plan, parsed once so that the hot path need not.

use std::sync::Arc;
use std::time::Duration;

use common::api::{Answer, Operation, Template};
use common::class::{UserClass, UserKey};
use common::plan::Plan;
use http::{HeaderName, Method};

use super::request::cell;
use super::text::push_header;
use crate::chat::{Dialect, DialectError, StreamLimits};
use crate::http::{Client, RequestLimits, Target};
use crate::sse::scan::{JsonPath, JsonPathError};

/// Why a plan's API description cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// A method that HTTP does not allow.
    #[error("`{0}` is no HTTP method; correct the API description")]
    Method(String),
    /// A header name that HTTP does not allow.
    #[error("`{0}` is no name of an HTTP header; correct `user_header` in the API description")]
    UserHeader(String),
    /// A path to the thread's id that leads nowhere.
    #[error("`thread_id_field` in the API description: {0}")]
    ThreadId(JsonPathError),
    /// The same of one of the API's own headers.
    #[error("`{0}` is no name of an HTTP header; correct `headers` in the API description")]
    Header(String),
    /// A column of the users' file that it does not have.
    #[error("{0} of the API description names a column that the users' file does not have; correct either")]
    Column(String),
    /// Paths in the stream's dialect that lead nowhere.
    #[error("the API description is not usable: {0}")]
    Dialect(#[from] DialectError),
}

/// One call of the API.
#[derive(Debug)]
pub(super) struct CompiledCall {
    pub(super) method: Method,
    pub(super) path: Template,
    pub(super) body: Option<Template>,
    pub(super) answer: Answer,
    pub(super) timeout: Duration,
}

/// A plan with its templates, paths and headers parsed.
#[derive(Debug)]
pub(crate) struct CompiledPlan {
    plan: Arc<Plan>,
    target: Target,
    /// By operation; `None` where the service has no such call.
    calls: Vec<Option<CompiledCall>>,
    /// Where the answer to a new thread has its id.
    thread_id: Option<JsonPath>,
    user_header: Option<HeaderName>,
    /// Headers that each user fills in for itself.
    own_headers: Vec<(HeaderName, Template)>,
    dialect: Dialect,
    stream_limits: StreamLimits,
}

impl CompiledPlan {
    /// # Errors
    /// A method, a header name or a path in the stream that cannot be used.
    pub(crate) fn compile(plan: Arc<Plan>, target: Target) -> Result<CompiledPlan, CompileError> {
        let calls = Operation::ALL.iter().map(|operation| CompiledCall::compile(&plan, *operation));
        let user_header = match plan.api.user_header.as_str() {
            "" => None,
            name => Some(name.parse().map_err(|_| CompileError::UserHeader(name.to_owned()))?),
        };
        let thread_id = match plan.api.thread_id_field.as_str() {
            "" => None,
            field => Some(field.parse().map_err(CompileError::ThreadId)?),
        };
        Ok(CompiledPlan {
            calls: calls.collect::<Result<_, _>>()?,
            thread_id,
            user_header,
            own_headers: own_headers(&plan)?,
            dialect: Dialect::compile(&plan.api.stream)?,
            stream_limits: StreamLimits::from(&*plan),
            target,
            plan,
        })
    }

    /// The connection of a user with this row of the users' file.
    pub(super) fn client(&self, row: &[String]) -> Client {
        let limits = RequestLimits::from(&*self.plan);
        let mut client = Client::new(self.target.clone(), limits, self.user_header.clone());
        let mut lines = Vec::new();
        for (name, value) in &self.own_headers {
            lines.extend_from_slice(name.as_str().as_bytes());
            lines.extend_from_slice(b": ");
            value.render(&mut lines, |place, out| push_header(out, cell(row, place)));
            lines.extend_from_slice(b"\r\n");
        }
        client.set_own_lines(lines);
        client
    }

    /// The user's row of the users' file; empty without a file.
    pub(super) fn row(&self, user: UserKey) -> &[String] {
        self.plan.users.row_of(user).unwrap_or_default()
    }

    /// Whether the users' file has a row for this user, or there is no such file.
    pub(super) fn knows(&self, user: UserKey) -> bool {
        self.plan.users.columns.is_empty() || self.plan.users.row_of(user).is_some()
    }

    /// What no text may show, beside the cells of a user's row: values of headers, and what follows a scheme in
    /// them. Short ones are no keys, and may be any word.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        let constant = self.plan.api.headers.values().filter(|value| value.is_constant());
        let parts = constant.flat_map(|value| {
            let value = value.source();
            [Some(value), value.split_once(' ').map(|(_, rest)| rest)].into_iter().flatten()
        });
        parts.filter(|part| part.len() >= super::secrets::TELLING)
    }

    pub(super) fn call(&self, operation: Operation) -> Option<&CompiledCall> {
        self.calls.get(operation.index()).and_then(Option::as_ref)
    }

    pub(super) fn has_work_for(&self, class: UserClass) -> bool {
        self.plan.api.occupies(class, self.plan.mock_llm)
    }

    pub(super) fn thread_id(&self) -> Option<&JsonPath> {
        self.thread_id.as_ref()
    }

    pub(super) fn sends_user(&self) -> bool {
        self.user_header.is_some()
    }

    /// What users ask; if empty, they make up sentences.
    pub(super) fn prompts(&self) -> &[String] {
        &self.plan.prompts
    }

    pub(super) fn seed(&self) -> u64 {
        self.plan.seed
    }

    pub(super) fn think(&self) -> (Duration, Duration) {
        self.plan.think
    }

    pub(super) fn mocks_llm(&self) -> bool {
        self.plan.mock_llm
    }

    pub(super) fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    pub(super) fn stream_limits(&self) -> &StreamLimits {
        &self.stream_limits
    }
}

impl CompiledCall {
    fn compile(plan: &Plan, operation: Operation) -> Result<Option<CompiledCall>, CompileError> {
        let call = plan.api.call(operation);
        if call.skip {
            return Ok(None);
        }
        let method = call.method.parse().map_err(|_| CompileError::Method(call.method.clone()))?;
        let timeout = match operation {
            Operation::Chat => plan.stream_timeout,
            _ => plan.crud_timeout,
        };
        let bound = |template: &Template| {
            let missing = || CompileError::Column(format!("[{}]", operation.key()));
            template.clone().bind(&plan.users.columns).ok_or_else(missing)
        };
        let (path, body) = (bound(&call.path)?, call.body.as_ref().map(bound).transpose()?);
        Ok(Some(CompiledCall { method, path, body, answer: call.answer, timeout }))
    }
}

/// The headers that a user fills in; those of all alike are the target's.
fn own_headers(plan: &Plan) -> Result<Vec<(HeaderName, Template)>, CompileError> {
    let own = plan.api.headers.iter().filter(|(_, value)| !value.is_constant());
    own.map(|(name, value)| {
        let missing = || CompileError::Column(format!("the header `{name}`"));
        let header = name.parse().map_err(|_| CompileError::Header(name.clone()))?;
        Ok((header, value.clone().bind(&plan.users.columns).ok_or_else(missing)?))
    })
    .collect()
}
