//! The response body of one chat stream: a state machine driven by hyper.

use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame};
use tokio::time::Instant;

use super::alarm::Alarm;
use super::events::{Events, answer};
use super::pace::{Pace, Pings};
use super::plan::{Ending, Plan};
use super::slots::Slot;
use crate::chat::Chat;
use crate::counters::{Counters, OpenStream, Outcome};
use crate::fault::Fault;
use crate::store::StoreError;

/// Time for half an event to leave the process before the connection breaks;
/// hyper flushes as soon as the body has nothing more to give.
const FLUSH: Duration = Duration::from_millis(10);

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What a stream is to answer, and to whom.
#[derive(Debug)]
pub(crate) struct Answer {
    /// When the request's head was read.
    pub(crate) received: Instant,
    pub(crate) thread: Arc<str>,
    /// Id under which the answer is stored.
    pub(crate) message: Arc<str>,
    pub(crate) plan: Plan,
    pub(crate) open: OpenStream,
}

/// One stream from its headers to its end. Dropped before its end, it counts as
/// aborted, leaves the queue and frees its slot.
pub(crate) struct ChatStream {
    chat: Arc<Chat>,
    counters: Arc<Counters>,
    events: &'static Events,
    received: Instant,
    thread: Arc<str>,
    message: Arc<str>,
    plan: Plan,
    /// Taken at the end, before the last bytes are handed out.
    open: Option<OpenStream>,
    slot: Option<Slot>,
    pings: Pings,
    alarm: Alarm,
    phase: Phase,
}

enum Phase {
    /// Waiting for a slot.
    Queued(Boxed<Slot>),
    /// Tokens before `next` are sent.
    Producing { pace: Pace, next: u32 },
    /// Waiting for the store to take the answer.
    Storing(Boxed<Result<(), StoreError>>),
    /// Half an event is sent; the connection breaks at the instant.
    Cutting(Instant),
    /// Everything is sent.
    Over,
}

/// What to do now.
enum Step {
    Yield(Bytes),
    /// The phase has changed: look again.
    Again,
    /// Nothing to do before the instant, or before another wake-up.
    Wait(Option<Instant>),
    Break,
    End,
}

/// The body's error: it makes hyper break the connection.
#[derive(Debug, thiserror::Error)]
#[error("connection cut on purpose")]
pub(crate) struct Cut;

impl ChatStream {
    /// A stream that is queued for a slot from its first poll on.
    pub(crate) fn new(chat: Arc<Chat>, answer: Answer) -> Self {
        let now = Instant::now();
        Self {
            counters: Arc::clone(&chat.counters),
            events: Events::of(chat.newline),
            received: answer.received,
            thread: answer.thread,
            message: answer.message,
            plan: answer.plan,
            open: Some(answer.open),
            slot: None,
            pings: Pings::new(now, chat.ping),
            alarm: Alarm::new(now),
            phase: Phase::Queued(Box::pin(chat.slots.clone().obtain())),
            chat,
        }
    }

    fn step(&mut self, now: Instant, cx: &mut Context<'_>) -> Step {
        match &mut self.phase {
            Phase::Queued(queue) => match queue.as_mut().poll(cx) {
                Poll::Ready(slot) => self.begin(slot, now),
                Poll::Pending => Step::Wait(None),
            },
            Phase::Producing { pace, next } => {
                let (ready, end) = (pace.ready(*next, now), pace.end());
                let all_sent = *next == self.plan.tokens;
                match (ready.is_empty(), all_sent) {
                    (false, _) => self.tokens(ready, now),
                    (true, true) if now >= end => self.ending(now),
                    (true, true) => Step::Wait(Some(end)),
                    (true, false) => Step::Wait(Some(pace.due(*next))),
                }
            }
            Phase::Storing(store) => match store.as_mut().poll(cx) {
                Poll::Ready(stored) => self.stored(stored),
                Poll::Pending => Step::Wait(None),
            },
            Phase::Cutting(at) if now < *at => Step::Wait(Some(*at)),
            Phase::Cutting(_) => {
                self.fault(Fault::Cut);
                Step::Break
            }
            Phase::Over => Step::End,
        }
    }

    fn begin(&mut self, slot: Slot, now: Instant) -> Step {
        self.slot = Some(slot);
        let pace = Pace::new(&self.plan, now, self.chat.token_gap, self.chat.stall);
        self.phase = Phase::Producing { pace, next: 0 };
        Step::Again
    }

    fn tokens(&mut self, ready: Range<u32>, now: Instant) -> Step {
        if let Phase::Producing { pace, next } = &mut self.phase {
            if pace.is_past_stall(ready.end) && !pace.is_past_stall(*next) {
                self.counters.faults.delivered(Fault::Stall);
            }
            *next = ready.end;
        }
        if ready.start == 0 {
            self.counters.ttft.record(now.saturating_duration_since(self.received));
        }
        Step::Yield(self.events.tokens(ready))
    }

    fn ending(&mut self, now: Instant) -> Step {
        match self.plan.ending {
            Ending::Done => {
                if self.plan.stall_before == Some(self.plan.tokens) {
                    self.counters.faults.delivered(Fault::Stall);
                }
                self.phase = Phase::Storing(self.store());
                Step::Again
            }
            Ending::Silent => {
                self.fault(Fault::NoTerminal);
                self.phase = Phase::Over;
                Step::End
            }
            Ending::Error => {
                self.fault(Fault::ErrorEvent);
                self.last(self.events.error("the model failed on purpose"))
            }
            Ending::Cut => {
                self.phase = Phase::Cutting(now + FLUSH);
                Step::Yield(self.events.half_token(self.plan.tokens))
            }
        }
    }

    fn store(&self) -> Boxed<Result<(), StoreError>> {
        let (chat, thread) = (Arc::clone(&self.chat), Arc::clone(&self.thread));
        let (message, text) = (Arc::clone(&self.message), answer(self.plan.tokens));
        Box::pin(async move { chat.add(&thread, message, "assistant", text.into()).await })
    }

    fn stored(&mut self, stored: Result<(), StoreError>) -> Step {
        match stored {
            Ok(()) => {
                self.end(Outcome::Completed);
                self.last(self.events.done(self.plan.tokens))
            }
            Err(error) => {
                self.end(Outcome::Failed);
                self.last(self.events.error(&format!("the answer is not stored: {error}")))
            }
        }
    }

    fn last(&mut self, bytes: Bytes) -> Step {
        self.phase = Phase::Over;
        Step::Yield(bytes)
    }

    fn fault(&mut self, fault: Fault) {
        self.counters.faults.delivered(fault);
        self.end(Outcome::Faulted);
    }

    /// Counts the outcome and frees the slot.
    fn end(&mut self, outcome: Outcome) {
        self.slot = None;
        if let Some(open) = self.open.take() {
            open.end(outcome);
        }
    }

    /// Ready when there is something to do at `until`, or a ping to send.
    fn wait(&mut self, until: Option<Instant>, now: Instant, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let silence = match &self.phase {
            Phase::Producing { pace, .. } => pace.silence(),
            Phase::Cutting(at) => Some(now..*at),
            _ => None,
        };
        let ping = self.pings.due(silence.as_ref());
        if ping.is_some_and(|ping| ping <= now) {
            self.pings.sent(now);
            return Poll::Ready(Some(self.events.ping()));
        }
        match until.into_iter().chain(ping).min() {
            Some(deadline) => self.alarm.poll(deadline, cx).map(|()| None),
            None => Poll::Pending,
        }
    }
}

impl Body for ChatStream {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        let this = self.get_mut();
        loop {
            let now = Instant::now();
            match this.step(now, cx) {
                Step::Yield(bytes) => return Poll::Ready(Some(Ok(Frame::data(bytes)))),
                Step::Again => {}
                Step::Wait(until) => match this.wait(until, now, cx) {
                    Poll::Ready(Some(ping)) => return Poll::Ready(Some(Ok(Frame::data(ping)))),
                    Poll::Ready(None) => {}
                    Poll::Pending => return Poll::Pending,
                },
                Step::Break => return Poll::Ready(Some(Err(Cut))),
                Step::End => return Poll::Ready(None),
            }
        }
    }

    /// Lets hyper send the last event and the end of the body in one write.
    fn is_end_stream(&self) -> bool {
        matches!(self.phase, Phase::Over)
    }
}
