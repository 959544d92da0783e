//! What a user saw of one question, for whoever compares it with what the model behind the service says.

use crate::protocol as wire;
use crate::trace::TraceId;
use crate::wire_enum::wire_enum;

/// Most of them that one load thread keeps in one interval; further ones are counted.
pub const MOST_ASKS: usize = 20_000;

wire_enum! {
    /// How a question ended.
    pub enum AskEnd {
        /// With the whole answer.
        Answered = 0, "answered";
        /// It failed.
        Failed = 1, "failed";
        /// Its user left before the end, as the load asks for.
        Left = 2, "left";
        /// The worker cut it at a stop.
        Cut = 3, "cut";
    }
}

/// One question that was sent. Times are microseconds since it left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask {
    /// The trace that it belongs to.
    pub trace: Option<TraceId>,
    /// The nonce in front of it.
    pub nonce: Option<u32>,
    /// [`Operation::number`](crate::api::Operation::number) of the call that brings the answer.
    pub endpoint: u32,
    /// Number of its segment.
    pub stage: u32,
    /// How it ended.
    pub end: AskEnd,
    /// Until the first visible text.
    pub first_us: Option<u64>,
    /// From the first output of any kind to the last.
    pub output_us: Option<u64>,
    /// Until its end.
    pub took_us: u64,
}

/// What is no question: one without anything by which it is found again, or that ended like none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a question that a worker tells of makes no sense")]
pub struct NoAsk;

impl From<&Ask> for wire::Ask {
    fn from(ask: &Ask) -> Self {
        Self {
            trace: ask.trace.map(TraceId::to_bytes).unwrap_or_default(),
            nonce: ask.nonce,
            endpoint: ask.endpoint,
            stage: ask.stage,
            end: ask.end as u32,
            first_us: ask.first_us,
            output_us: ask.output_us,
            took_us: ask.took_us,
        }
    }
}

impl TryFrom<&wire::Ask> for Ask {
    type Error = NoAsk;

    fn try_from(sent: &wire::Ask) -> Result<Self, NoAsk> {
        let trace = TraceId::from_bytes(&sent.trace);
        if trace.is_none() && !sent.trace.is_empty() {
            return Err(NoAsk);
        }
        Ok(Self {
            trace,
            nonce: sent.nonce,
            endpoint: sent.endpoint,
            stage: sent.stage,
            end: AskEnd::from_index(sent.end).ok_or(NoAsk)?,
            first_us: sent.first_us,
            output_us: sent.output_us,
            took_us: sent.took_us,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_survives_the_wire() {
        let ask = Ask {
            trace: TraceId::new(7),
            nonce: Some(0),
            endpoint: 6,
            stage: 3,
            end: AskEnd::Left,
            first_us: Some(0),
            output_us: None,
            took_us: 9,
        };
        for ask in [ask, Ask { trace: None, nonce: None, end: AskEnd::Answered, ..ask }] {
            assert_eq!(Ask::try_from(&wire::Ask::from(&ask)), Ok(ask));
        }
        let sent = wire::Ask::from(&ask);
        assert_eq!(Ask::try_from(&wire::Ask { end: 4, ..sent.clone() }), Err(NoAsk));
        assert_eq!(Ask::try_from(&wire::Ask { trace: vec![1; 15], ..sent }), Err(NoAsk));
    }
}
