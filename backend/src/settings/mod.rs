//! How the backend behaves: the command line and its checks.

mod admission;
mod engine;
mod error;
mod faults;
mod limits;

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::str::FromStr;
use std::time::Duration;

use clap::builder::RangedU64ValueParser;

use crate::fault::FaultShare;

pub use admission::AdmissionFlags;
pub use engine::EngineFlags;
pub use error::SettingsError;
pub use limits::{LimitFlags, RateLimit};

/// Longest answer in tokens; longer ones that are drawn are cut to it.
pub(crate) const MAX_TOKENS: u32 = 4096;

/// Most calls of tools in one answer.
pub(crate) const MOST_CALLS: u32 = 16;

/// Longest duration that any setting takes; keeps deadlines far from overflow.
pub(crate) const LONGEST: Duration = Duration::from_secs(3600);

/// Sandbox chat backend with known behaviour and exact counters.
///
/// Serves a REST API of threads and messages and an SSE endpoint that streams
/// an answer, and counts every request, stream and injected fault.
/// GET /_sandbox/counts shows the counts, GET /_sandbox/metrics what runs and
/// waits now, GET /_sandbox/ttft the first-token delays, GET /_sandbox/requests
/// each request for an answer with its stamps, POST /_sandbox/reset zeroes them.
#[derive(Clone, Debug, PartialEq, clap::Parser)]
#[command(name = "backend", version)]
pub struct BackendSettings {
    /// Address to listen on; port 0 picks a free one and prints it
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8000")]
    pub listen: SocketAddr,

    /// Be a model server too, to stand behind an application: OpenAI's chat
    /// completions, responses, embeddings and models, and Anthropic's messages,
    /// streamed and whole; the first lines say what to point the application at
    #[arg(long)]
    pub model: bool,

    /// PostgreSQL to keep threads and messages in, as
    /// postgres://user:password@host:port/name (no TLS) [default: in memory]
    #[arg(long, value_name = "URL")]
    pub database_url: Option<String>,

    /// Database connections: `none` opens a fresh one for every operation (as
    /// SQLAlchemy's NullPool), N keeps a pool of at most N
    #[arg(long, value_name = "none|N", default_value = "none")]
    pub pool: Pool,

    /// Streams that produce at the same time, the others wait in arrival order;
    /// 0 is no limit
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub stream_slots: usize,

    /// A stream whose client leaves holds its slot, and its place in the queue,
    /// until its answer would have ended, as where nobody notices
    #[arg(long)]
    pub leak_slot: bool,

    /// Median delay of the first token, from the moment the slot is obtained
    #[arg(long, value_name = "D", default_value = "850ms", value_parser = duration)]
    pub ttft: Duration,

    /// Spread of that delay: sigma of its log-normal distribution, 0 is fixed
    #[arg(long, value_name = "X", default_value_t = 0.45)]
    pub ttft_sigma: f64,

    /// Median length of an answer in tokens, 1 to 4096
    #[arg(long, value_name = "N", default_value = "120",
          value_parser = RangedU64ValueParser::<u32>::new().range(1..=MAX_TOKENS as u64))]
    pub tokens: u32,

    /// Spread of that length: sigma of its log-normal distribution, 0 is fixed
    #[arg(long, value_name = "X", default_value_t = 0.5)]
    pub tokens_sigma: f64,

    /// Tokens of reasoning in front of each answer of --model, 0 to 4096
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub reasoning: u32,

    /// Tools that each answer of --model calls, where the request has tools, 0 to
    /// 16
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub tools: u32,

    /// Time between two tokens; 0 sends the answer at once
    #[arg(long, value_name = "D", default_value = "25ms", value_parser = duration)]
    pub token_gap: Duration,

    /// Remember the prompts, and let what a prompt begins with that another began
    /// with take no time: --ttft (--prefill of a batch) shrinks by its share
    #[arg(long)]
    pub prefix_cache: bool,

    /// Line ends of the event stream
    #[arg(long, value_name = "lf|crlf", default_value = "lf")]
    pub sse_newline: Newline,

    /// Interval of `: ping` comments, while a stream waits or produces; 0 is none
    #[arg(long, value_name = "D", default_value = "15s", value_parser = duration)]
    pub ping: Duration,

    /// Length of the silence of the `stall` fault
    #[arg(long, value_name = "D", default_value = "5s", value_parser = duration)]
    pub stall: Duration,

    /// A user (header x-loadtest-user) is counted as recent for this long after a
    /// request
    #[arg(long, value_name = "D", default_value = "2s", value_parser = duration)]
    pub user_window: Duration,

    /// Finished requests that GET /_sandbox/requests tells of, 1 to 2000000; the
    /// oldest are forgotten
    #[arg(long, value_name = "N", default_value_t = 200_000)]
    pub keep_requests: usize,

    /// Seed of all delays, lengths and faults
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,

    /// Share of requests that fail, repeatable: no_terminal, error_event, cut,
    /// stall (chat streams only), http_500, http_429, html (every endpoint);
    /// the share as 0.02 or 2%
    #[arg(long = "fault", value_name = "KIND=SHARE")]
    pub faults: Vec<FaultShare>,

    /// Virtual limits.
    #[command(flatten)]
    pub limits: LimitFlags,

    /// What stands in front of the slots.
    #[command(flatten)]
    pub admission: AdmissionFlags,

    /// How the pace depends on the load.
    #[command(flatten)]
    pub engine: EngineFlags,
}

impl Default for BackendSettings {
    /// The defaults of the command line.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8000)),
            model: false,
            database_url: None,
            pool: Pool::None,
            stream_slots: 10,
            leak_slot: false,
            ttft: Duration::from_millis(850),
            ttft_sigma: 0.45,
            tokens: 120,
            tokens_sigma: 0.5,
            reasoning: 0,
            tools: 0,
            token_gap: Duration::from_millis(25),
            prefix_cache: false,
            sse_newline: Newline::Lf,
            ping: Duration::from_secs(15),
            stall: Duration::from_secs(5),
            user_window: Duration::from_secs(2),
            keep_requests: 200_000,
            seed: 0,
            faults: Vec::new(),
            limits: LimitFlags::default(),
            admission: AdmissionFlags::default(),
            engine: EngineFlags::default(),
        }
    }
}

impl BackendSettings {
    /// Checks every range; the command line and [`start`](crate::start) both do.
    ///
    /// # Errors
    /// The first setting out of its range.
    pub fn check(&self) -> Result<(), SettingsError> {
        for (flag, value) in [
            ("ttft", self.ttft),
            ("token-gap", self.token_gap),
            ("ping", self.ping),
            ("stall", self.stall),
            ("user-window", self.user_window),
        ] {
            check_range(flag, value <= LONGEST, "at most 1h", humantime::format_duration(value))?;
        }
        for (flag, value) in [("ttft-sigma", self.ttft_sigma), ("tokens-sigma", self.tokens_sigma)] {
            check_range(flag, (0.0..=5.0).contains(&value), "between 0 and 5", value)?;
        }
        check_range("tokens", (1..=MAX_TOKENS).contains(&self.tokens), "between 1 and 4096", self.tokens)?;
        check_range("stream-slots", self.stream_slots <= 1_000_000, "at most 1000000", self.stream_slots)?;
        for (flag, most, range, value) in [
            ("reasoning", MAX_TOKENS, "at most 4096", self.reasoning),
            ("tools", MOST_CALLS, "at most 16", self.tools),
        ] {
            check_range(flag, value <= most, range, value)?;
            if value > 0 && !self.model {
                return Err(SettingsError::Needs { flag, needs: "--model" });
            }
        }
        let kept = self.keep_requests;
        check_range("keep-requests", (1..=2_000_000).contains(&kept), "between 1 and 2000000", kept)?;
        match (self.pool, &self.database_url) {
            (Pool::Size(0), _) => check_range("pool", false, "`none` or at least 1", 0)?,
            (Pool::Size(size), None) => return Err(SettingsError::PoolWithoutDatabase(size)),
            _ => {}
        }
        self.limits.check(self.stream_slots, self.token_gap)?;
        self.engine.check(self.stream_slots, self.limits.threads_per_chunk, &self.admission)?;
        self.admission.check(self.places(), self.engine.batch_slots.is_some())?;
        faults::check(&self.faults)
    }

    /// Streams that produce at the same time, in slots or in the batch; 0 is no limit.
    pub(crate) fn places(&self) -> usize {
        self.engine.batch_slots.unwrap_or(self.stream_slots)
    }
}

/// Refuses `value` unless it `holds`.
pub(crate) fn check_range(
    flag: &'static str,
    holds: bool,
    range: &'static str,
    value: impl fmt::Display,
) -> Result<(), SettingsError> {
    if holds {
        return Ok(());
    }
    Err(SettingsError::Range { flag, range, value: value.to_string() })
}

/// A duration in words.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|_| "write a duration as 850ms, 15s or 2m".to_owned())
}

/// How database connections are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pool {
    /// A fresh connection for every operation.
    None,
    /// At most this many connections, kept open.
    Size(usize),
}

impl FromStr for Pool {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "none" => Ok(Self::None),
            number => match number.parse() {
                Ok(size) if size > 0 => Ok(Self::Size(size)),
                _ => Err("write `none` or a number of connections, at least 1"),
            },
        }
    }
}

/// Line ends of an event stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Newline {
    /// `\n`, as most services.
    Lf,
    /// `\r\n`, as sse-starlette.
    Crlf,
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;

    #[test]
    fn the_command_line_without_flags_is_the_default() {
        BackendSettings::command().debug_assert();
        assert_eq!(BackendSettings::try_parse_from(["backend"]).unwrap(), BackendSettings::default());
        assert_eq!(BackendSettings::default().check(), Ok(()));
    }

    #[test]
    fn every_range_is_checked() {
        let bad: [fn(&mut BackendSettings); 8] = [
            |s| s.keep_requests = 0,
            |s| s.ttft = Duration::from_secs(3601),
            |s| s.ttft_sigma = f64::NAN,
            |s| s.tokens_sigma = -0.1,
            |s| s.tokens = 4097,
            |s| s.stream_slots = 1_000_001,
            |s| s.pool = Pool::Size(0),
            |s| s.pool = Pool::Size(3),
        ];
        for change in bad {
            let mut settings = BackendSettings::default();
            change(&mut settings);
            assert!(settings.check().is_err(), "{settings:?}");
        }
    }
}
