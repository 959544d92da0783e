//! The questions of one core, one by one, where somebody joins them to the requests of the model behind the service.

use std::time::Duration;

use common::api::Operation;
use common::ask::{Ask, AskEnd, MOST_ASKS};
use common::micros;

use super::Begun;
use crate::chat::StreamReport;
use crate::interval::AskSamples;

/// A bounded list for each interval; what has no room is counted.
#[derive(Debug, Default)]
pub(crate) struct Asks(AskSamples);

impl Asks {
    /// A streamed answer is over.
    pub(super) fn stream(&mut self, begun: Begun, report: &StreamReport) {
        let end = match &report.outcome {
            _ if report.left => AskEnd::Left,
            Ok(()) => AskEnd::Answered,
            Err(_) => AskEnd::Failed,
        };
        let us = |span: crate::http::Span| micros::nearest(span.seen);
        let ask = ask(begun, Operation::Chat, end, report.time().seen);
        self.add(Ask { first_us: report.ttft.map(us), output_us: report.output.map(us), ..ask });
    }

    /// A question has ended otherwise, if this is one.
    pub(super) fn other(&mut self, begun: Begun, operation: Operation, end: AskEnd, took: Duration) {
        if begun.asker().asks {
            self.add(ask(begun, operation, end, took));
        }
    }

    /// Takes those of the interval.
    pub(super) fn drain(&mut self) -> AskSamples {
        std::mem::take(&mut self.0)
    }

    fn add(&mut self, ask: Ask) {
        if self.0.asks.len() < MOST_ASKS {
            self.0.asks.push(ask);
        } else {
            self.0.dropped += 1;
        }
    }
}

fn ask(begun: Begun, operation: Operation, end: AskEnd, took: Duration) -> Ask {
    let asker = begun.asker();
    Ask {
        trace: asker.trace,
        nonce: asker.nonce,
        endpoint: operation.number(),
        stage: begun.stage(),
        end,
        first_us: None,
        output_us: None,
        took_us: micros::nearest(took),
    }
}
