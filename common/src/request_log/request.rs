//! The line of one request.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Moment, by_name};
use crate::class::UserClass;
use crate::failure::FailureClass;

/// What came of one request. Moments are of the run's clock; what did not happen is left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoggedRequest<'l> {
    /// Name of the worker: in merged files, which have no header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker: Option<Cow<'l, str>>,
    /// Number of the user, as the service sees it in the API's `user_header`.
    pub user: u64,
    /// Class of the user.
    pub class: UserClass,
    /// Which of the user's sessions it is, from 1; a step that stands for itself is a session of its own. 0: before the
    /// first.
    pub session: u32,
    /// Which turn of the session, from 1; 0: before the first.
    pub turn: u32,
    /// The row of the report: method and name.
    pub call: Cow<'l, str>,
    /// The stage it belongs to, from 0, and whether to the measured part of it.
    pub stage: u32,
    /// See there.
    pub measured: bool,
    /// Id of its trace, 32 hex digits: what it carried in `traceparent`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<Cow<'l, str>>,
    /// When it was to start.
    pub intended: Moment,
    /// When the user began with it.
    pub start: Moment,
    /// When it left, or its connection was opened for it: the report's times count from here. `None`: nothing was
    /// sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<Moment>,
    /// Head of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headers: Option<Moment>,
    /// First byte of a stream's body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_byte: Option<Moment>,
    /// First event of a stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_event: Option<Moment>,
    /// First thought or part of a tool's call, if it came before visible text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_reasoning: Option<Moment>,
    /// First visible text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_token: Option<Moment>,
    /// Last output of any kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_token: Option<Moment>,
    /// The answer was complete, the failure certain, or the request cut.
    pub end: Moment,
    /// How it ended.
    pub outcome: Outcome,
    /// HTTP status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Class of the failure.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "by_name")]
    pub failure: Option<FailureClass>,
    /// What is known beyond the class; secrets are hidden in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Cow<'l, str>>,
    /// Bytes of the body.
    #[serde(default)]
    pub bytes: u64,
    /// Whether the connection was opened for it; `None` where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<ConnectionUse>,
    /// How long opening took, as far as that was the service's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connect: Option<Moment>,
    /// Events with visible text; `None` of what is no stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chunks: Option<u64>,
    /// Events with thoughts or parts of a tool's call.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub hidden: u64,
    /// Tokens of a stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<TokenCounts>,
    /// Why the answer ended, if the service says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish: Option<FinishReason>,
    /// Whether some gap between two chunks reached the limit.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stalled: bool,
    /// Keep-alive comments of a stream.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub comments: u64,
    /// Whether the service counted fewer tokens than events with output came.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub contradicted: bool,
    /// Whether text came after what ended the answer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub text_after_end: bool,
    /// Whether the body had not ended 100 ms after the answer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub left_open: bool,
    /// Ids that were asked for, by their names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub ids: BTreeMap<Cow<'l, str>, Cow<'l, str>>,
    /// It is outside the sample, and here as the slowest of its call in a second.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub slowest: bool,
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Answered as the API says.
    Ok,
    /// Failed.
    Failed,
    /// A stream that its user left before the end, as the load asks for: neither a success nor a failure.
    Left,
    /// Broken off by the worker as its user had to end. Without `sent` it counts nowhere.
    Cut,
    /// A stream that nobody asked for, as the call failed that puts its question. It is a failed stream and no request.
    Unasked,
}

/// What became of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ConnectionUse {
    /// It was opened for this request.
    Opened,
    /// It had been open.
    Kept,
}

/// Tokens of a stream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenCounts {
    /// Output, by the best source the stream offered.
    pub output: u64,
    /// Whether the service counted them; else they are events with output.
    pub counted: bool,
    /// The prompt's.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub prompt: u64,
    /// Those of the prompt that came from a cache.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cached: u64,
    /// Those of the output that are thoughts.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub reasoning: u64,
}

/// Why an answer ended, whatever the service calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FinishReason {
    /// The model was done.
    Stop,
    /// It had no tokens left.
    Length,
    /// It called a tool.
    Tool,
    /// Somebody would not have it said.
    Filter,
    /// Another word.
    Other,
}

impl LoggedRequest<'_> {
    /// End − sent: the latency that the report counts.
    #[must_use]
    pub fn latency(&self) -> Option<Moment> {
        self.sent.map(|sent| self.end.since(sent))
    }

    /// First visible text − sent.
    #[must_use]
    pub fn ttft(&self) -> Option<Moment> {
        Some(self.first_token?.since(self.sent?))
    }

    /// First output of any kind − sent.
    #[must_use]
    pub fn ttfr(&self) -> Option<Moment> {
        Some(self.first_reasoning.or(self.first_token)?.since(self.sent?))
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}
