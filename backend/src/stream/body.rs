//! The response body of one chat stream: a state machine driven by hyper.

use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame};
use tokio::time::Instant;

use super::chat::Chat;
use super::deadlines::Pings;
use super::events::{AnswerEvents, answer};
use super::plan::{AnswerEnding, AnswerPlan};
use super::schedule::{NextAction, TokenSchedule};
use super::slots::StreamSlot;
use super::timer::DeadlineTimer;
use super::unheard::{Unheard, make_on, schedule};
use crate::counters::{OpenStream, ServerCounters, StreamOutcome};
use crate::fault::FaultKind;
use crate::limits::Seat;
use crate::store::StoreError;

/// Time for half an event to leave the process before the connection breaks;
/// hyper flushes as soon as the body has nothing more to give.
pub(super) const FLUSH: Duration = Duration::from_millis(10);

const OK: u16 = 200;
const INTERNAL_ERROR: u16 = 500;

pub(super) type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// The request that a stream answers.
pub(crate) struct StreamRequest {
    /// When the request's head was read.
    pub(crate) received: Instant,
    /// Where the answer is stored, if it is.
    pub(crate) stored: Option<StoredAnswer>,
    pub(crate) plan: AnswerPlan,
    /// The share of the prompt that no cache answers for.
    pub(crate) uncached: f64,
    pub(crate) events: Box<dyn AnswerEvents>,
    pub(crate) open: OpenStream,
    pub(crate) seat: Seat,
}

/// Where an answer is stored.
#[derive(Debug)]
pub(crate) struct StoredAnswer {
    pub(crate) thread: Arc<str>,
    /// The id of its message.
    pub(crate) message: Arc<str>,
}

/// One stream from its headers to its end. Dropped before its end, it counts as
/// aborted, leaves the queue and frees its slot, unless the service is one that
/// does not notice.
pub(crate) struct ChatStream {
    chat: Arc<Chat>,
    counters: Arc<ServerCounters>,
    events: Box<dyn AnswerEvents>,
    received: Instant,
    stored: Option<StoredAnswer>,
    plan: AnswerPlan,
    /// Taken at the end, before the last bytes are handed out.
    open: Option<OpenStream>,
    slot: Option<StreamSlot>,
    seat: Option<Seat>,
    pings: Pings,
    timer: DeadlineTimer,
    phase: StreamPhase,
}

enum StreamPhase {
    /// Waiting for a slot.
    Queued(Boxed<StreamSlot>),
    /// Sending tokens.
    Producing(TokenSchedule),
    /// Waiting for the store to take the answer.
    Storing(Boxed<Result<(), StoreError>>),
    /// The last event waits for the event loop until the instant.
    Closing { at: Instant, event: Bytes, close: Close },
    /// Half an event is sent; the connection breaks at the instant.
    Cutting(Instant),
    /// Everything is sent.
    Over,
}

/// What to count when the last event is sent.
#[derive(Clone, Copy)]
enum Close {
    Outcome(StreamOutcome),
    Fault(FaultKind),
}

/// What the body does next.
enum BodyStep {
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
pub(crate) struct ConnectionCut;

impl ChatStream {
    /// A stream that is queued for a slot from its first poll on.
    pub(crate) fn new(chat: Arc<Chat>, mut answer: StreamRequest) -> Self {
        let now = Instant::now();
        answer.plan.ttft = answer.plan.ttft.mul_f64(answer.uncached);
        let queue = Box::pin(chat.slots.clone().obtain(answer.plan.sequence(), answer.uncached));
        Self {
            counters: Arc::clone(&chat.counters),
            events: answer.events,
            received: answer.received,
            stored: answer.stored,
            plan: answer.plan,
            open: Some(answer.open),
            slot: None,
            seat: Some(answer.seat),
            pings: Pings::new(now, chat.ping),
            timer: DeadlineTimer::new(now),
            phase: StreamPhase::Queued(queue),
            chat,
        }
    }

    fn step(&mut self, now: Instant, cx: &mut Context<'_>) -> BodyStep {
        match &mut self.phase {
            StreamPhase::Queued(queue) => match queue.as_mut().poll(cx) {
                Poll::Ready(slot) => self.begin(slot, now),
                Poll::Pending => BodyStep::Wait(None),
            },
            StreamPhase::Producing(schedule) => match schedule.next(now) {
                NextAction::Tokens(sent) => self.tokens(sent, now),
                NextAction::Ending => self.ending(now),
                NextAction::Wait(at) => BodyStep::Wait(Some(at)),
            },
            StreamPhase::Storing(store) => match store.as_mut().poll(cx) {
                Poll::Ready(stored) => self.stored(stored, now),
                Poll::Pending => BodyStep::Wait(None),
            },
            StreamPhase::Closing { at, .. } if now < *at => BodyStep::Wait(Some(*at)),
            StreamPhase::Closing { event, close, .. } => {
                let (event, close) = (event.clone(), *close);
                self.last(event, close, now)
            }
            StreamPhase::Cutting(at) if now < *at => BodyStep::Wait(Some(*at)),
            StreamPhase::Cutting(_) => {
                self.fault(FaultKind::Cut);
                BodyStep::Break
            }
            StreamPhase::Over => BodyStep::End,
        }
    }

    fn begin(&mut self, slot: StreamSlot, now: Instant) -> BodyStep {
        let (schedule, slot) = schedule(&self.chat, &self.plan, slot, now);
        self.slot = Some(slot);
        if let Some(open) = &mut self.open {
            open.start(now);
        }
        self.phase = StreamPhase::Producing(schedule);
        BodyStep::Yield(self.events.begin())
    }

    fn tokens(&mut self, sent: Range<u32>, now: Instant) -> BodyStep {
        if let StreamPhase::Producing(schedule) = &self.phase
            && schedule.passes_stall(&sent)
        {
            self.counters.faults.delivered(FaultKind::Stall);
        }
        if !self.plan.whole {
            self.written(sent.clone(), now);
        }
        BodyStep::Yield(self.events.tokens(sent))
    }

    /// These tokens are about to be given to the connection.
    fn written(&mut self, sent: Range<u32>, now: Instant) {
        if let Some(open) = &mut self.open {
            open.tokens(sent.end - sent.start, now);
        }
        if sent.start == 0 {
            self.counters.ttft.record(now.saturating_duration_since(self.received));
        }
    }

    fn ending(&mut self, now: Instant) -> BodyStep {
        match self.plan.ending {
            AnswerEnding::Done => {
                if self.plan.stall_before == Some(self.plan.tokens) {
                    self.counters.faults.delivered(FaultKind::Stall);
                }
                match self.store() {
                    Some(store) => {
                        self.phase = StreamPhase::Storing(store);
                        BodyStep::Again
                    }
                    None => self.stored(Ok(()), now),
                }
            }
            AnswerEnding::Silent => {
                let rest = self.events.silent();
                self.fault(FaultKind::NoTerminal);
                self.phase = StreamPhase::Over;
                BodyStep::Yield(rest)
            }
            AnswerEnding::Error => {
                let event = self.events.error("the model failed on purpose");
                self.close(event, Close::Fault(FaultKind::ErrorEvent), now)
            }
            AnswerEnding::Cut => {
                self.phase = StreamPhase::Cutting(now + FLUSH);
                BodyStep::Yield(self.events.half_token(self.plan.tokens))
            }
        }
    }

    fn store(&mut self) -> Option<Boxed<Result<(), StoreError>>> {
        let StoredAnswer { thread, message } = self.stored.take()?;
        let (chat, text) = (Arc::clone(&self.chat), answer(self.plan.tokens));
        Some(Box::pin(async move { chat.add(&thread, message, "assistant", text.into()).await }))
    }

    fn stored(&mut self, stored: Result<(), StoreError>, now: Instant) -> BodyStep {
        let (event, outcome) = match stored {
            Ok(()) => (self.events.done(self.plan.tokens), StreamOutcome::Completed),
            Err(error) => {
                (self.events.error(&format!("the answer is not stored: {error}")), StreamOutcome::Failed)
            }
        };
        self.close(event, Close::Outcome(outcome), now)
    }

    /// Sends the last event, after the event loop if there is one.
    fn close(&mut self, event: Bytes, close: Close, now: Instant) -> BodyStep {
        match &self.chat.limits.event_loop {
            Some(event_loop) => {
                self.phase = StreamPhase::Closing { at: event_loop.turn(now), event, close };
                BodyStep::Again
            }
            None => self.last(event, close, now),
        }
    }

    fn last(&mut self, event: Bytes, close: Close, now: Instant) -> BodyStep {
        match close {
            Close::Outcome(outcome) => {
                if self.plan.whole && outcome == StreamOutcome::Completed {
                    self.written(0..self.plan.tokens, now);
                }
                self.end(outcome);
            }
            Close::Fault(fault) => self.fault(fault),
        }
        self.phase = StreamPhase::Over;
        BodyStep::Yield(event)
    }

    fn fault(&mut self, fault: FaultKind) {
        self.counters.faults.delivered(fault);
        self.end(StreamOutcome::Faulted);
    }

    /// The status of an answer that goes out whole.
    pub(super) fn status(&self) -> u16 {
        let failed = self.plan.whole && self.plan.ending == AnswerEnding::Error;
        if failed { INTERNAL_ERROR } else { OK }
    }

    /// Counts the outcome and frees the slot and the seat.
    fn end(&mut self, outcome: StreamOutcome) {
        (self.slot, self.seat) = (None, None);
        if let Some(mut open) = self.open.take() {
            // What is given whole goes out only now.
            open.head(self.status());
            open.end(outcome);
        }
    }

    /// Ready at `until`, or when a ping is to be sent.
    fn wait(&mut self, until: Option<Instant>, now: Instant, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let silence = match &self.phase {
            StreamPhase::Producing(schedule) => schedule.silence(),
            StreamPhase::Cutting(at) => Some(now..*at),
            _ => None,
        };
        let ping = self.pings.due(silence.as_ref());
        if ping.is_some_and(|ping| ping <= now) {
            self.pings.sent(now);
            return Poll::Ready(Some(self.events.ping()));
        }
        match until.into_iter().chain(ping).min() {
            Some(deadline) => self.timer.poll(deadline, cx).map(|()| None),
            None => Poll::Pending,
        }
    }
}

impl Drop for ChatStream {
    fn drop(&mut self) {
        if !self.chat.leak_slot || self.open.is_none() {
            return;
        }
        let unheard = match std::mem::replace(&mut self.phase, StreamPhase::Over) {
            StreamPhase::Queued(queue) => Unheard::Queued(queue),
            StreamPhase::Producing(schedule) => Unheard::Producing(Box::new(schedule), self.slot.take()),
            _ => return,
        };
        make_on(Arc::clone(&self.chat), self.plan.clone(), unheard, self.seat.take());
    }
}

impl Body for ChatStream {
    type Data = Bytes;
    type Error = ConnectionCut;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ConnectionCut>>> {
        let this = self.get_mut();
        loop {
            let now = Instant::now();
            match this.step(now, cx) {
                // Of what is given whole there is nothing before its end.
                BodyStep::Yield(bytes) if bytes.is_empty() => {}
                BodyStep::Yield(bytes) => return Poll::Ready(Some(Ok(Frame::data(bytes)))),
                BodyStep::Again => {}
                BodyStep::Wait(until) => match this.wait(until, now, cx) {
                    Poll::Ready(Some(ping)) if !ping.is_empty() => {
                        return Poll::Ready(Some(Ok(Frame::data(ping))));
                    }
                    Poll::Ready(_) => {}
                    Poll::Pending => return Poll::Pending,
                },
                BodyStep::Break => return Poll::Ready(Some(Err(ConnectionCut))),
                BodyStep::End => return Poll::Ready(None),
            }
        }
    }

    /// Lets hyper send the last event and the end of the body in one write.
    fn is_end_stream(&self) -> bool {
        matches!(self.phase, StreamPhase::Over)
    }
}
