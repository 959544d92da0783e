//! What is measured beside the latency of requests.

use std::fmt;

/// The unit of a metric's samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Microseconds.
    Microseconds,
    /// Thousandths of a token a second.
    MilliTokensPerSecond,
}

/// A distribution measured on streams or connections. The discriminant is its number on the wire.
///
/// All times are from one monotonic clock, read once per body frame. `start` is the moment the user
/// decides to send, so a new connection's set-up is included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Metric {
    /// Opening a connection, TLS included.
    Connect = 0,
    /// Response headers − start. Many servers send them before the model answers.
    Headers = 1,
    /// First byte of the body − start (TTFB).
    FirstByte = 2,
    /// First dispatched event − start; a comment is not an event.
    FirstEvent = 3,
    /// First event that adds visible text − start (TTFT).
    Ttft = 4,
    /// Each gap between two events that add visible text (inter-chunk latency).
    Icl = 5,
    /// (last text − first text) / (tokens − 1), streams of two tokens or more (TPOT).
    Tpot = 6,
    /// Terminal event − start (E2E), completed streams only.
    E2e = 7,
    /// (tokens − 1) / (last text − first text), streams of two tokens or more.
    TokenRate = 8,
}

impl Metric {
    /// Every metric, in the order of its number.
    pub const ALL: [Metric; 9] = {
        use Metric::*;
        [Connect, Headers, FirstByte, FirstEvent, Ttft, Icl, Tpot, E2e, TokenRate]
    };

    /// The name used in CSV, JSON, metrics and thresholds.
    pub const fn name(self) -> &'static str {
        match self {
            Metric::Connect => "connect",
            Metric::Headers => "headers",
            Metric::FirstByte => "ttfb",
            Metric::FirstEvent => "first_event",
            Metric::Ttft => "ttft",
            Metric::Icl => "icl",
            Metric::Tpot => "tpot",
            Metric::E2e => "e2e",
            Metric::TokenRate => "tokens_per_s",
        }
    }

    /// The unit of its samples.
    pub const fn unit(self) -> Unit {
        match self {
            Metric::TokenRate => Unit::MilliTokensPerSecond,
            _ => Unit::Microseconds,
        }
    }

    /// The metric with this number on the wire, if there is one.
    pub fn from_index(index: u32) -> Option<Metric> {
        Self::ALL.get(index as usize).copied()
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
