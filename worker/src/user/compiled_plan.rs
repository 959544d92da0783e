//! What all users of a core share: the plan, parsed once so that the hot path need not.

use std::sync::Arc;
use std::time::Duration;

use common::api::{Answer, Operation, Template};
use common::class::UserClass;
use common::plan::Plan;
use http::{HeaderName, Method};

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
            dialect: Dialect::compile(&plan.api.stream)?,
            stream_limits: StreamLimits::from(&*plan),
            target,
            plan,
        })
    }

    pub(super) fn client(&self) -> Client {
        Client::new(self.target.clone(), RequestLimits::from(&*self.plan), self.user_header.clone())
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
        let (path, body) = (call.path.clone(), call.body.clone());
        Ok(Some(CompiledCall { method, path, body, answer: call.answer, timeout }))
    }
}
