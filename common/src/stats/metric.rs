//! What is measured beside the latency of requests.

use crate::wire_enum::wire_enum;

/// The unit of a metric's samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Microseconds.
    Microseconds,
    /// Thousandths of a token a second.
    MilliTokensPerSecond,
}

wire_enum! {
    /// A distribution measured on streams or connections. The discriminant is its number on the wire.
    ///
    /// All times are of one monotonic clock: what comes has the kernel's stamp of its arrival. `start` is right before
    /// the request is handed to the system, or before a new connection is opened, whose set-up is so included.
    pub enum Metric {
        /// Opening a connection, TLS included.
        Connect = 0, "connect";
        /// Response headers − start. Many servers send them before the model answers.
        Headers = 1, "headers";
        /// First byte of the body − start (TTFB).
        FirstByte = 2, "ttfb";
        /// First dispatched event − start; a comment is not an event.
        FirstEvent = 3, "first_event";
        /// First event that adds visible text − start (TTFT).
        Ttft = 4, "ttft";
        /// Each gap between two events that add visible text (inter-chunk latency).
        Icl = 5, "icl";
        /// (last output − first output) / (tokens − 1), streams of two tokens or more (TPOT). Output is text, thoughts
        /// and tool calls: what the tokens count.
        Tpot = 6, "tpot";
        /// Terminal event − start (E2E), completed streams only.
        E2e = 7, "e2e";
        /// (tokens − 1) / (last output − first output), streams of two tokens or more.
        TokenRate = 8, "tokens_per_s";
        /// First event that adds output of any kind, also thoughts and tool calls − start (TTFR).
        Ttfr = 9, "ttfr";
        /// Start of an arrival's first request − when the arrival was due.
        StartDelay = 10, "start_delay";
        /// End of an arrival's first request − its start: the service's time alone.
        FromStart = 11, "from_start";
        /// End of the same request − when the arrival was due: as whoever arrived then saw it.
        FromDue = 12, "from_due";
        /// First visible text of the same request, where it is a stream − when the arrival was due.
        TextFromDue = 13, "text_from_due";
    }
}

impl Metric {
    /// Whether it is measured where users arrive, and nowhere else.
    pub const fn is_of_arrivals(self) -> bool {
        matches!(self, Metric::StartDelay | Metric::FromStart | Metric::FromDue | Metric::TextFromDue)
    }

    /// The unit of its samples.
    pub const fn unit(self) -> Unit {
        match self {
            Metric::TokenRate => Unit::MilliTokensPerSecond,
            _ => Unit::Microseconds,
        }
    }
}
