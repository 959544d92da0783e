//! How many users the service holds, what gives way first, and the rungs that show it.

use serde::{Deserialize, Serialize};

use super::Cause;
use crate::threshold::Verdict;

/// What a run shows of the service's limits. Only of runs with at least one rung: a stage whose users
/// held still long enough to be measured.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LimitRows {
    /// The answer in at most two sentences; the second one says what to do next.
    pub headline: Vec<String>,
    /// What a rung had to keep to, as it was typed or assumed.
    pub criteria: Vec<String>,
    /// Whether the criteria were assumed, since none were given.
    pub assumed: bool,
    /// Most users for which the criteria hold.
    pub users: UserLimit,
    /// How many streams the server runs at once, where a plateau is proven, or lets in at once, where it refuses more.
    pub slot_limit: Option<Estimate>,
    /// Users at which throughput stops growing.
    pub knee: Option<Estimate>,
    /// Throughput of the plateau.
    pub saturation: Option<Saturation>,
    /// What gives way first.
    pub cause: Cause,
    /// By users within the order in which they were run.
    pub rungs: Vec<RungRow>,
    /// The largest rate of arrivals for which the criteria hold, where that was searched for: then nothing is said of
    /// users.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<RateLimit>,
}

/// The largest rate of arrivals for which the criteria hold, arrivals per second.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RateLimit {
    /// How sure the answer is.
    pub verdict: UserVerdict,
    /// Best single number; `None` when no rung failed, or none held.
    pub point: Option<f64>,
    /// The largest rate that held; 0 when none did.
    pub low: f64,
    /// The smallest that did not; `None` when all did.
    pub high: Option<f64>,
    /// What was served each second beneath a backlog, where there was one.
    pub served: Option<Estimate>,
    /// Whether the largest rate was held for as long as it takes to be sure.
    pub confirmed: bool,
    /// What the smallest rate that did not hold missed: a criterion as it was typed, or that it is stable.
    pub failed_first: Option<String>,
}

impl LimitRows {
    /// How sure the answer is, and whether any number or rate is known to be held.
    pub fn answer(&self) -> (UserVerdict, bool) {
        match &self.rate {
            Some(rate) => (rate.verdict, rate.low > 0.0),
            None => (self.users.verdict, self.users.low > 0),
        }
    }
}

/// Most users for which the criteria hold.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct UserLimit {
    /// How sure the answer is.
    pub verdict: UserVerdict,
    /// Best single number: where the criteria are crossed; `None` when no rung failed.
    pub point: Option<f64>,
    /// The largest rung that passed; 0 when none did.
    pub low: u64,
    /// The smallest rung that failed; `None` when none did.
    pub high: Option<u64>,
    /// Whether a longer rung at the answer passed again.
    pub confirmed: bool,
    /// The criterion that the first failing rung missed, as it was typed.
    pub failed_first: Option<String>,
}

/// What is known of the most users.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserVerdict {
    /// A rung passed, a larger one failed.
    Found,
    /// Every rung passed.
    NoFailureInRange,
    /// The smallest rung failed.
    FailsAtFirst,
    /// Rungs disagree, or could not be measured well enough.
    #[default]
    Undetermined,
}

/// A number and where the truth lies with 95 % confidence.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Best single number.
    pub estimate: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Estimate {
    /// The number and its ends, changed alike.
    pub(super) fn map(self, change: impl Fn(f64) -> f64) -> Estimate {
        let Estimate { estimate, low, high } = self;
        Estimate { estimate: change(estimate), low: change(low), high: change(high) }
    }
}

/// Throughput that more users no longer raise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Saturation {
    /// Requests each second, streams included.
    pub rps: f64,
    /// Streams completed each second.
    pub streams_per_s: f64,
}

/// One rung: users that held still, measured after they had settled.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RungRow {
    /// Name of its stage.
    pub stage: String,
    /// Users.
    pub users: u64,
    /// Run clock at which it was measured from, seconds: its settling time is over by then.
    pub from_s: f64,
    /// Run clock at which it ended, seconds.
    pub to_s: f64,
    /// Whether it kept to the criteria.
    pub verdict: RungVerdict,
    /// Why it failed, or is undetermined or invalid.
    pub why: Option<String>,
    /// The criteria, judged.
    pub criteria: Vec<Verdict>,
    /// Requests that ended, streams included.
    pub count: u64,
    /// Share of them that failed, 0 to 1.
    pub failures: f64,
    /// Requests each second.
    pub rps: f64,
    /// Latency of all requests, 95 %, milliseconds.
    pub p95_ms: Option<f64>,
    /// Streams with an outcome.
    pub streams: u64,
    /// Streams completed each second.
    pub streams_per_s: f64,
    /// What comes through each second: visible chunks where there are streams, else requests that were answered.
    pub throughput: Option<Estimate>,
    /// Mean time to first token, milliseconds; `None` also where there are too few to know its interval.
    pub ttft_mean_ms: Option<Estimate>,
    /// Median time to first token, milliseconds.
    pub ttft_p50_ms: Option<f64>,
    /// 95 % time to first token, milliseconds.
    pub ttft_p95_ms: Option<f64>,
    /// Median gap between chunks, milliseconds.
    pub icl_p50_ms: Option<f64>,
    /// 95 % gap between chunks, milliseconds.
    pub icl_p95_ms: Option<f64>,
    /// Median time to the response headers of a stream, milliseconds.
    pub headers_p50_ms: Option<f64>,
    /// Median length of a completed stream, milliseconds.
    pub e2e_p50_ms: Option<f64>,
    /// Streams open at once, mean.
    pub open: f64,
    /// Streams that were sending text at once, mean.
    pub producing: f64,
    /// Most streams that were sending text at once.
    pub producing_peak: u64,
    /// Median latency of the canary, one cheap request each second from the controller, milliseconds.
    pub canary_p50_ms: Option<f64>,
    /// Distance from Little's law (open = rate × length), share of it; far from 0 the rung was not in a
    /// steady state.
    pub little: Option<f64>,
    /// Arrivals per second that were asked for, in a search for a rate: then `users` are those who were there, mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    /// How many more were there each second, then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grew_per_s: Option<f64>,
    /// Arrivals for whom no place was free, then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dropped: Option<u64>,
}

impl RungRow {
    /// Where it stands among others: by its rate of arrivals, where that is searched for, else by its users.
    pub fn place(&self) -> f64 {
        self.rate.unwrap_or(self.users as f64)
    }
}

/// What became of a rung.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RungVerdict {
    /// It kept to every criterion.
    Pass,
    /// It missed one.
    Fail,
    /// Too few samples, or too close to the bound.
    #[default]
    Undetermined,
    /// The load generator was the limit: no evidence of anything.
    Invalid,
}

impl RungVerdict {
    /// The name used in every report.
    pub const fn name(self) -> &'static str {
        match self {
            RungVerdict::Pass => "pass",
            RungVerdict::Fail => "fail",
            RungVerdict::Undetermined => "undetermined",
            RungVerdict::Invalid => "invalid",
        }
    }
}
