//! What users waited, and whose time it was, as distributions.

use common::ask::{Ask, AskEnd};
use common::stats::Histogram;

use super::spans::ModelSpans;

/// One kind of time: as users saw it, as the model did, and what is left. Microseconds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Share {
    /// As users saw it.
    pub seen: Histogram,
    /// As the model did.
    pub model: Histogram,
    /// Seen less the model's; none where the model says more.
    pub application: Histogram,
}

/// The questions of one endpoint in one segment, and what became of them at the model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Shares {
    /// Questions that users sent.
    pub asked: u64,
    /// Of those, the ones of which the model had a request.
    pub joined: u64,
    /// Requests of the model for them.
    pub served: u64,
    /// Until the first token.
    pub first: Share,
    /// From the first token to the last.
    pub output: Share,
    /// The whole answer.
    pub whole: Share,
}

impl Share {
    fn record(&mut self, seen: u64, model: u64) {
        self.seen.record(seen);
        self.model.record(model);
        self.application.record(seen.saturating_sub(model));
    }

    fn add(&mut self, other: &Share) {
        self.seen.add(&other.seen);
        self.model.add(&other.model);
        self.application.add(&other.application);
    }
}

impl Shares {
    /// A question, and how long the model worked on it; times count where the answer came whole.
    pub(super) fn joined(&mut self, ask: &Ask, served: usize, model: ModelSpans) {
        self.asked += 1;
        self.joined += 1;
        self.served += served as u64;
        if ask.end != AskEnd::Answered {
            return;
        }
        if let (Some(seen), Some(model)) = (ask.first_us, model.first_us) {
            self.first.record(seen, model);
        }
        if let (Some(seen), Some(model)) = (ask.output_us, model.output_us) {
            self.output.record(seen, model);
        }
        self.whole.record(ask.took_us, model.whole_us);
    }

    /// A question of which the model had no request.
    pub(super) fn alone(&mut self) {
        self.asked += 1;
    }

    /// Adds others.
    pub fn add(&mut self, other: &Shares) {
        self.asked += other.asked;
        self.joined += other.joined;
        self.served += other.served;
        self.first.add(&other.first);
        self.output.add(&other.output);
        self.whole.add(&other.whole);
    }
}
