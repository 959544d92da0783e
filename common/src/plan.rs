//! What users do: the settings that every worker of a run shares.

use std::sync::Arc;
use std::time::Duration;

use crate::api::{Api, ApiError, PaceError, Think};
use crate::arrivals::{ArrivalPlan, ArrivalPlanError};
use crate::asking::{Asking, NoAsking};
use crate::request_log::{LogSettings, LogSettingsError};
use crate::trace::Tracing;
use crate::users::UserTable;
use crate::{micros, protocol};

/// The settings of a run as a worker needs them.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// `http://` or `https://`; its path stands before that of every call.
    pub base_url: String,
    /// `HOST:PORT` to connect to in place of the URL's, whose name is asked for there; empty: the URL's own.
    pub connect_to: String,
    /// Paths, fields and event names.
    pub api: Api,
    /// Seed of every user's random stream.
    pub seed: u64,
    /// The pause between two steps of users whose class has none of its own.
    pub think: Think,
    /// No request may reach the streaming endpoint.
    pub mock_llm: bool,
    /// Longest time for a request to be answered completely.
    pub crud_timeout: Duration,
    /// Longest time for a whole stream.
    pub stream_timeout: Duration,
    /// Longest silence inside a stream after its first event.
    pub idle_timeout: Duration,
    /// How long requests in flight may take after a user is asked to stop.
    pub stop_timeout: Duration,
    /// A gap between two chunks of at least this is a stall.
    pub stall: Duration,
    /// A longer answer fails as `oversize_body`.
    pub max_body: usize,
    /// `https://` without verifying the server.
    pub insecure: bool,
    /// Extra roots for `https://`, PEM; empty: the system's alone.
    pub ca_pem: String,
    /// What users ask; empty: built-in sentences.
    pub prompts: Arc<[String]>,
    /// What questions are made of beside that.
    pub asking: Asking,
    /// The rows of the users' file; without columns there is none.
    pub users: Arc<UserTable>,
    /// Who arrives when; none: users stay until they are stopped.
    pub arrivals: Option<Arc<ArrivalPlan>>,
    /// The log of single requests, if one is kept.
    pub log: Option<LogSettings>,
    /// How requests are traced; none: they carry no id of a trace.
    pub tracing: Option<Tracing>,
    /// Whether each question is told of, for whoever joins it to the model's requests.
    pub tells_asks: bool,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            base_url: "http://localhost:8000".to_owned(),
            connect_to: String::new(),
            api: Api::default(),
            seed: 0,
            think: Think::default(),
            mock_llm: false,
            crud_timeout: Duration::from_secs(10),
            stream_timeout: Duration::from_secs(120),
            idle_timeout: Duration::from_secs(30),
            stop_timeout: Duration::from_secs(30),
            stall: Duration::from_secs(2),
            max_body: 16 << 20,
            insecure: false,
            ca_pem: String::new(),
            prompts: Arc::default(),
            asking: Asking::default(),
            users: Arc::default(),
            arrivals: None,
            log: None,
            tracing: Some(Tracing::default()),
            tells_asks: false,
        }
    }
}

/// A plan from the wire that cannot be carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The API description is unusable.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// What users ask.
    #[error(transparent)]
    Asking(#[from] NoAsking),
    /// The think time is none.
    #[error("the plan's think time: {0}")]
    Think(#[from] PaceError),
    /// The message carried no plan.
    #[error("the controller sent no plan; is it of the same release as this worker?")]
    Missing,
    /// The users' table lacks columns or cells.
    #[error("the plan's table of users is not whole; is the controller of the same release as this worker?")]
    Users,
    /// The arrivals make no schedule.
    #[error(transparent)]
    Arrivals(#[from] ArrivalPlanError),
    /// The log cannot be kept so.
    #[error("the plan's request log: {0}")]
    Log(#[from] LogSettingsError),
}

impl From<&Plan> for protocol::Plan {
    fn from(plan: &Plan) -> Self {
        let bytes = |size: usize| u32::try_from(size).unwrap_or(u32::MAX);
        Self {
            base_url: plan.base_url.clone(),
            connect_to: plan.connect_to.clone(),
            api: plan.api.to_toml(),
            seed: plan.seed,
            think: String::from(plan.think),
            mock_llm: plan.mock_llm,
            crud_timeout_ms: micros::millis(plan.crud_timeout),
            stream_timeout_ms: micros::millis(plan.stream_timeout),
            idle_timeout_ms: micros::millis(plan.idle_timeout),
            stop_timeout_ms: micros::millis(plan.stop_timeout),
            stall_ms: micros::millis(plan.stall),
            max_body_bytes: bytes(plan.max_body),
            insecure: plan.insecure,
            ca_pem: plan.ca_pem.clone(),
            prompts: plan.prompts.to_vec(),
            asking: Some(protocol::Asking::from(&plan.asking)),
            users: Some(protocol::UserTable::from(&*plan.users)),
            arrivals: plan.arrivals.as_deref().map(Into::into),
            log: plan.log.as_ref().map(protocol::RequestLog::from),
            tracing: plan.tracing.map(protocol::Tracing::from),
            tells_asks: plan.tells_asks,
        }
    }
}

impl TryFrom<&protocol::Plan> for Plan {
    type Error = PlanError;

    fn try_from(plan: &protocol::Plan) -> Result<Self, Self::Error> {
        let millis = |value: u32| Duration::from_millis(u64::from(value));
        Ok(Self {
            base_url: plan.base_url.clone(),
            connect_to: plan.connect_to.clone(),
            api: Api::from_toml(&plan.api)?,
            seed: plan.seed,
            think: plan.think.parse()?,
            mock_llm: plan.mock_llm,
            crud_timeout: millis(plan.crud_timeout_ms),
            stream_timeout: millis(plan.stream_timeout_ms),
            idle_timeout: millis(plan.idle_timeout_ms),
            stop_timeout: millis(plan.stop_timeout_ms),
            stall: millis(plan.stall_ms),
            max_body: plan.max_body_bytes as usize,
            insecure: plan.insecure,
            ca_pem: plan.ca_pem.clone(),
            prompts: plan.prompts.clone().into(),
            asking: plan.asking.as_ref().map(Asking::try_from).transpose()?.unwrap_or_default(),
            users: Arc::new(plan.users.as_ref().map(UserTable::try_from).transpose()?.unwrap_or_default()),
            arrivals: plan.arrivals.as_ref().map(ArrivalPlan::try_from).transpose()?.map(Arc::new),
            log: plan.log.as_ref().map(LogSettings::try_from).transpose()?,
            tracing: plan.tracing.as_ref().map(Tracing::from),
            tells_asks: plan.tells_asks,
        })
    }
}

impl From<&UserTable> for protocol::UserTable {
    fn from(table: &UserTable) -> Self {
        Self { columns: table.columns.clone(), cells: table.cells.clone(), first: table.first.to_vec() }
    }
}

impl TryFrom<&protocol::UserTable> for UserTable {
    type Error = PlanError;

    fn try_from(table: &protocol::UserTable) -> Result<Self, Self::Error> {
        let first = table.first.clone().try_into().map_err(|_| PlanError::Users)?;
        match table.cells.len().checked_rem(table.columns.len()).unwrap_or(table.cells.len()) {
            0 => Ok(Self { columns: table.columns.clone(), cells: table.cells.clone(), first }),
            _ => Err(PlanError::Users),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_survives_the_wire() {
        let prompts = ["Why?".to_owned(), "a\nb".to_owned()].into();
        let users = UserTable { columns: vec!["a".into()], cells: vec!["1".into()], first: [0, 2, 5] }.into();
        let log = LogSettings::new("all.jsonl".to_owned(), 0.1, vec!["thread".to_owned()]).ok();
        let plan = Plan {
            seed: 7,
            mock_llm: true,
            think: "lognormal:2s,0.5".parse().unwrap(),
            tells_asks: true,
            ca_pem: "pem".to_owned(),
            prompts,
            users,
            log,
            ..Plan::default()
        };
        let mut wire = protocol::Plan::from(&plan);
        assert_eq!(Plan::try_from(&wire), Ok(plan));
        wire.users.as_mut().unwrap().columns.push("b".into());
        assert_eq!(Plan::try_from(&wire), Err(PlanError::Users), "half a row");
    }
}
