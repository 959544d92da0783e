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
use super::course::{Course, Next};
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
pub(super) const FLUSH: Duration = Duration::from_millis(10);

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
    /// Sending tokens.
    Producing(Course),
    /// Waiting for the store to take the answer.
    Storing(Boxed<Result<(), StoreError>>),
    /// The last event waits for the event loop until the instant.
    Closing { at: Instant, event: Bytes, close: Close },
    /// Half an event is sent; the connection breaks at the instant.
    Cutting(Instant),
    /// Everything is sent.
    Over,
}

/// What is counted as the last event is sent.
#[derive(Clone, Copy)]
enum Close {
    Outcome(Outcome),
    Fault(Fault),
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
            Phase::Producing(course) => match course.next(now) {
                Next::Tokens(sent) => self.tokens(sent, now),
                Next::Ending => self.ending(now),
                Next::Wait(at) => Step::Wait(Some(at)),
            },
            Phase::Storing(store) => match store.as_mut().poll(cx) {
                Poll::Ready(stored) => self.stored(stored, now),
                Poll::Pending => Step::Wait(None),
            },
            Phase::Closing { at, .. } if now < *at => Step::Wait(Some(*at)),
            Phase::Closing { event, close, .. } => {
                let (event, close) = (event.clone(), *close);
                self.last(event, close)
            }
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
        self.phase = Phase::Producing(Course::new(pace, now, &self.chat.limits));
        Step::Again
    }

    fn tokens(&mut self, sent: Range<u32>, now: Instant) -> Step {
        if let Phase::Producing(course) = &self.phase
            && course.passes_stall(&sent)
        {
            self.counters.faults.delivered(Fault::Stall);
        }
        if sent.start == 0 {
            self.counters.ttft.record(now.saturating_duration_since(self.received));
        }
        Step::Yield(self.events.tokens(sent))
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
                let event = self.events.error("the model failed on purpose");
                self.close(event, Close::Fault(Fault::ErrorEvent), now)
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

    fn stored(&mut self, stored: Result<(), StoreError>, now: Instant) -> Step {
        let (event, outcome) = match stored {
            Ok(()) => (self.events.done(self.plan.tokens), Outcome::Completed),
            Err(error) => (self.events.error(&format!("the answer is not stored: {error}")), Outcome::Failed),
        };
        self.close(event, Close::Outcome(outcome), now)
    }

    /// Sends the last event, after its turn on the event loop if there is one.
    fn close(&mut self, event: Bytes, close: Close, now: Instant) -> Step {
        match &self.chat.limits.event_loop {
            Some(event_loop) => {
                self.phase = Phase::Closing { at: event_loop.turn(now), event, close };
                Step::Again
            }
            None => self.last(event, close),
        }
    }

    fn last(&mut self, event: Bytes, close: Close) -> Step {
        match close {
            Close::Outcome(outcome) => self.end(outcome),
            Close::Fault(fault) => self.fault(fault),
        }
        self.phase = Phase::Over;
        Step::Yield(event)
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
            Phase::Producing(course) => course.silence(),
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
