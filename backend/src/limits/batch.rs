//! An engine that decodes its sequences together, step by step.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use super::pace::WarmUp;
use crate::counters::{LimitCounters, Producing, StreamCounters};
use crate::settings::EngineFlags;

/// Continuous batching: a step gives one token to each sequence that runs. Between two steps those
/// that have all their tokens leave, and those that waited longest join.
///
/// The length of a step is known when it begins, and how many tokens each sequence wants when it
/// joins. So whoever looks computes all steps since the last look, and a late timer moves none.
#[derive(Debug)]
pub(crate) struct Batch {
    costs: StepCosts,
    warm_up: Option<Arc<WarmUp>>,
    counters: Arc<LimitCounters>,
    streams: Arc<StreamCounters>,
    state: Mutex<BatchState>,
}

#[derive(Clone, Copy, Debug)]
struct StepCosts {
    slots: usize,
    step: Duration,
    per_sequence: Duration,
    prefill: Duration,
}

#[derive(Debug, Default)]
struct BatchState {
    sequences: HashMap<u64, Sequence>,
    running: Vec<u64>,
    waiting: VecDeque<u64>,
    /// When the present step ends; `None` if the engine is idle.
    step_end: Option<Instant>,
    next: u64,
}

#[derive(Debug)]
struct Sequence {
    /// Tokens still to be made.
    left: u32,
    /// Share of the prefill that it takes.
    uncached: f64,
    /// When each token was made that is not taken yet.
    made: VecDeque<Instant>,
    /// Held from joining to the last token.
    producing: Option<Producing>,
    joined: bool,
    woken: Arc<Notify>,
}

/// Where the next token of a sequence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DecodedToken {
    /// Made at the instant.
    At(Instant),
    /// In the step that ends at the instant, or later.
    NotBefore(Instant),
}

impl Batch {
    /// The engine of `flags`, if they ask for one.
    pub(crate) fn new(
        flags: &EngineFlags,
        warm_up: Option<Arc<WarmUp>>,
        counters: Arc<LimitCounters>,
        streams: Arc<StreamCounters>,
    ) -> Option<Arc<Self>> {
        let costs = StepCosts {
            slots: flags.batch_slots?,
            step: flags.step(),
            per_sequence: flags.per_sequence(),
            prefill: flags.prefill.unwrap_or_default(),
        };
        Some(Arc::new(Self { costs, warm_up, counters, streams, state: Mutex::default() }))
    }

    /// Waits until a sequence of `tokens` tokens has joined, whose prompt takes the share `uncached` of the
    /// prefill; giving up gives up its place.
    pub(crate) async fn join(self: &Arc<Self>, tokens: u32, uncached: f64) -> BatchPlace {
        let (place, woken) = self.enter(tokens, uncached, Instant::now());
        loop {
            match place.turn(Instant::now()) {
                SequenceTurn::Joined => return place,
                SequenceTurn::Waiting => woken.notified().await,
                // Does not rely on the streams that run: their readers may be slow.
                SequenceTurn::First(step_end) => {
                    let _ = timeout_at(step_end, woken.notified()).await;
                }
            }
        }
    }

    fn enter(self: &Arc<Self>, tokens: u32, uncached: f64, now: Instant) -> (BatchPlace, Arc<Notify>) {
        let mut state = self.advance(now);
        let (id, woken) = (state.next, Arc::new(Notify::new()));
        state.next += 1;
        let sequence = Sequence {
            left: tokens,
            uncached,
            made: VecDeque::new(),
            producing: None,
            joined: false,
            woken: Arc::clone(&woken),
        };
        state.sequences.insert(id, sequence);
        state.waiting.push_back(id);
        if state.step_end.is_none() {
            self.begin_step(&mut state, now);
        }
        (BatchPlace { batch: Arc::clone(self), id }, woken)
    }

    /// Ends every step that is over at `now`.
    fn advance(&self, now: Instant) -> MutexGuard<'_, BatchState> {
        let mut guard = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *guard;
        while let Some(end) = state.step_end.filter(|end| *end <= now) {
            let sequences = &mut state.sequences;
            state.running.retain(|id| sequences.get_mut(id).is_some_and(|sequence| sequence.decode(end)));
            self.begin_step(state, end);
        }
        guard
    }

    /// Lets sequences join and begins a step at `at`, if there are any.
    fn begin_step(&self, state: &mut BatchState, at: Instant) {
        let mut joining = 0.0;
        while state.running.len() < self.costs.slots
            && let Some(id) = state.waiting.pop_front()
        {
            if let Some(sequence) = state.sequences.get_mut(&id) {
                (sequence.joined, sequence.producing) = (true, Some(self.streams.produce()));
                sequence.woken.notify_one();
                state.running.push(id);
                joining += sequence.uncached;
            }
        }
        state.wake_first();
        let running = u32::try_from(state.running.len()).unwrap_or(u32::MAX);
        state.step_end = (running > 0).then(|| {
            self.counters.batch_step();
            let costs = self.costs;
            let length = costs.step + costs.per_sequence * running + costs.prefill.mul_f64(joining);
            let cold = self.warm_up.as_ref().map_or(Duration::ZERO, |warm_up| warm_up.extra(at, length));
            at + length + cold
        });
    }
}

impl BatchState {
    fn wake_first(&self) {
        if let Some(first) = self.waiting.front().and_then(|id| self.sequences.get(id)) {
            first.woken.notify_one();
        }
    }
}

impl Sequence {
    /// Makes a token at `at`; whether there are more.
    fn decode(&mut self, at: Instant) -> bool {
        self.made.push_back(at);
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            self.producing = None;
        }
        self.left > 0
    }
}

enum SequenceTurn {
    Joined,
    /// The next to join, not before the step that ends at the instant.
    First(Instant),
    Waiting,
}

/// A sequence in the batch or in its queue; dropped, it leaves.
#[derive(Debug)]
pub(crate) struct BatchPlace {
    batch: Arc<Batch>,
    id: u64,
}

impl BatchPlace {
    fn turn(&self, now: Instant) -> SequenceTurn {
        let state = self.batch.advance(now);
        if state.sequences.get(&self.id).is_none_or(|sequence| sequence.joined) {
            return SequenceTurn::Joined;
        }
        match state.step_end {
            Some(step_end) if state.waiting.front() == Some(&self.id) => SequenceTurn::First(step_end),
            _ => SequenceTurn::Waiting,
        }
    }

    /// Takes the next token.
    pub(crate) fn token(&self, now: Instant) -> DecodedToken {
        let mut state = self.batch.advance(now);
        let made = state.sequences.get_mut(&self.id).and_then(|sequence| sequence.made.pop_front());
        match (made, state.step_end) {
            (Some(made), _) => DecodedToken::At(made),
            (None, Some(step_end)) => DecodedToken::NotBefore(step_end),
            // More tokens are taken than were asked for.
            (None, None) => DecodedToken::At(now),
        }
    }
}

impl Drop for BatchPlace {
    fn drop(&mut self) {
        let mut state = self.batch.advance(Instant::now());
        state.sequences.remove(&self.id);
        let id = self.id;
        state.running.retain(|running| *running != id);
        state.waiting.retain(|waiting| *waiting != id);
        state.wake_first();
    }
}

#[cfg(test)]
mod tests;
