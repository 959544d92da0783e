//! Sending one request, and what is recorded of it.

use std::rc::Rc;
use std::time::{Duration, Instant};

use common::api::Operation;
use common::failure::FailureClass;

use super::compiled_call::CompiledCall;
use super::compiled_plan::CompiledPlan;
use super::tracer::Tracer;
use super::{User, number};
use crate::backoff::Backoff;
use crate::chat::{self, Asked};
use crate::http::{Failure, Start};
use crate::recorder::{Asker, Begun};
use crate::request_log::{Entry, FirstText};

/// How often a user whose lease is over looks whether there is another.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Why a step has no whole answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unanswered {
    /// It failed.
    Failed(FailureClass),
    /// The user did not wait for it.
    Left,
}

impl User {
    /// Makes the call of `operation` with the user's values, and records its outcome; signs in before, if it must. A
    /// call that the service does not have is skipped and counts as success.
    ///
    /// An answer of 401 means that the sign-in is over. What may be sent twice is sent again after another; the
    /// service may have acted on anything else.
    pub(super) async fn request(&mut self, operation: Operation) -> Result<(), Unanswered> {
        if self.plan.call(operation).is_none() {
            return Ok(());
        }
        if self.plan.must_sign_in(self.session.signed_in) {
            self.sign_in().await?;
        }
        let outcome = self.send(operation).await;
        let may = |operation| self.plan.call(operation).is_none_or(|call| call.method.is_idempotent());
        let again = || may(operation) && (operation != Operation::Chat || may(Operation::Question));
        if outcome.is_ok()
            || !self.plan.must_sign_in(self.session.signed_in)
            || self.is_stopping()
            || !again()
        {
            return outcome;
        }
        self.sign_in().await?;
        self.send(operation).await
    }

    /// Signs in if the API wants that and it is not done; tries again and again, longer apart each time.
    pub(super) async fn sign_in(&mut self) -> Result<(), Unanswered> {
        let mut waits = Backoff::default();
        while self.plan.must_sign_in(self.session.signed_in) {
            match self.send(Operation::Login).await {
                Ok(()) => self.session.signed_in = Some(Instant::now()),
                Err(unanswered) => {
                    waits.failed();
                    self.sleep(waits.wait()).await;
                    if self.is_stopping() {
                        return Err(unanswered);
                    }
                }
            }
        }
        Ok(())
    }

    /// Sends the request of `operation`. A chat is read to its end.
    async fn send(&mut self, operation: Operation) -> Result<(), Unanswered> {
        let plan = Rc::clone(&self.plan);
        let Some(call) = plan.call(operation) else { return Ok(()) };
        if !self.gate.is_open(self.cleaning_up) && !self.reopens().await {
            return Err(Unanswered::Failed(FailureClass::Transport)); // nothing was sent, so nothing is recorded
        }
        let started = Instant::now();
        let begun = match self.cleaning_up {
            false => self.recorder.borrow_mut().begin(operation, started),
            true => self.recorder.borrow_mut().begin_unmeasured(operation, started),
        };
        self.session.trace = self.tracer.as_mut().map(Tracer::next);
        let begun = begun.of_arrival(self.due.take()).by(self.asker(call));
        self.current = Some((begun, operation));
        let reconnects = self.session.client.reconnects();
        let outcome = match operation {
            Operation::Chat => self.chat(&plan, call, begun, started).await,
            _ => self.exchange(&plan, call, operation, begun, started).await,
        };
        self.recorder.borrow_mut().reopened += self.session.client.reconnects() - reconnects;
        self.current = None;
        self.producing.set(false);
        self.first_text.set(None);
        match outcome {
            Err(unanswered) if is_no_answer(unanswered) => self.backoff.failed(),
            // Any answer ends the waits, also a refusal: how to refuse is the service's business.
            _ => self.backoff.succeeded(),
        }
        outcome
    }

    /// Makes a call whose answer comes whole.
    async fn exchange(
        &mut self,
        plan: &CompiledPlan,
        call: &CompiledCall,
        operation: Operation,
        begun: Begun,
        started: Instant,
    ) -> Result<(), Unanswered> {
        let user = plan.sends_user().then_some(&self.header);
        let mut exchange = self.session.exchange(plan, call, user, started, call.timeout, None).await;
        if operation == Operation::Login
            && let Err(failure) = &mut exchange.outcome
        {
            failure.class = FailureClass::Login;
        }
        let mut recorder = self.recorder.borrow_mut();
        recorder.exchange(begun, operation, &exchange);
        if let Some(log) = &mut recorder.log {
            log.add(Entry::of_exchange(self.asked(begun, operation), &exchange));
        }
        class_of(&exchange.outcome)
    }

    /// Asks and reads the streamed answer to its end.
    async fn chat(
        &mut self,
        plan: &CompiledPlan,
        call: &CompiledCall,
        begun: Begun,
        started: Instant,
    ) -> Result<(), Unanswered> {
        let patience = self.patience(plan);
        let since = match plan.call(Operation::Question) {
            Some(question) => Some(self.put(plan, question, begun, started).await?),
            None => None,
        };
        let user = plan.sends_user().then_some(&self.header);
        let (recorder, producing, first_text) = (&self.recorder, &self.producing, &self.first_text);
        let is_logged = recorder.borrow().log.is_some();
        let on_chunk = |chunk| {
            producing.set(true);
            if is_logged {
                first_text.set(FirstText::after(first_text.get(), chunk));
            }
            recorder.borrow_mut().chunk(begun, chunk);
        };
        let (dialect, limits) = (plan.dialect(), plan.stream_limits());
        // A stream by itself is asked for once its question is answered.
        let asked_at = if since.is_some() { Instant::now() } else { started };
        let leaves_at = patience.and_then(|patience| asked_at.checked_add(patience));
        let (client, request) = self.session.request(call, user, call.timeout);
        self.kept.clear();
        let keep = plan.keeps().then_some(&mut self.kept);
        let asked = Asked { started, since, leaves_at, keep };
        let mut report = chat::read_from(client, asked, request, dialect, limits, on_chunk).await;
        if report.is_complete() {
            report.outcome = self.session.capture_of_stream(plan, call, &self.kept);
        }
        self.session.settle(plan, report.status, &mut report.outcome);
        let mut recorder = self.recorder.borrow_mut();
        recorder.stream(begun, &report);
        if let Some(log) = &mut recorder.log {
            log.add(Entry::of_stream(self.asked(begun, Operation::Chat), &report));
        }
        if report.left { Err(Unanswered::Left) } else { class_of(&report.outcome) }
    }

    /// Who makes this call, and in which trace.
    fn asker(&self, call: &CompiledCall) -> Asker {
        let trace = self.session.trace.filter(|_| call.is_traced).map(|trace| trace.id);
        let asks = call.asks;
        Asker { user: number(self.key), trace, asks, nonce: self.nonce.filter(|_| asks) }
    }

    /// How long the user waits for the answer to its next question, where its class says that some do not wait; two
    /// draws then, and none otherwise.
    fn patience(&mut self, plan: &CompiledPlan) -> Option<Duration> {
        let abandon = plan.life(self.key.0).abandon?;
        abandon.patience([self.rng.draw(), self.rng.draw()])
    }

    /// Puts the question whose answer another call streams; says when it left. If it fails, so does the stream, which
    /// nobody asks for then.
    async fn put(
        &mut self,
        plan: &CompiledPlan,
        question: &CompiledCall,
        stream: Begun,
        started: Instant,
    ) -> Result<Start, Unanswered> {
        let user = plan.sends_user().then_some(&self.header);
        let begun = self.recorder.borrow_mut().begin(Operation::Question, started).by(self.asker(question));
        self.question = Some(begun);
        let exchange = self.session.exchange(plan, question, user, started, question.timeout, None).await;
        self.question = None;
        let mut recorder = self.recorder.borrow_mut();
        // The stream that answers it belongs to the same trace.
        self.session.trace =
            self.session.trace.map(|trace| self.tracer.as_mut().map_or(trace, |tracer| tracer.follow(trace)));
        // The first request of an arrival ends here, or with the stream.
        let due = stream.due.filter(|_| exchange.outcome.is_err());
        recorder.exchange(begun.of_arrival(due), Operation::Question, &exchange);
        if exchange.outcome.is_err() {
            recorder.unasked(stream);
        }
        if let Some(log) = &mut recorder.log {
            log.add(Entry::of_exchange(self.asked(begun, Operation::Question), &exchange));
            if exchange.outcome.is_err() {
                log.add(Entry::of_unasked(self.asked(stream, Operation::Chat), exchange.ended.at));
            }
        }
        class_of(&exchange.outcome).map(|()| exchange.start)
    }

    /// Waits, with the lease over, for one that lets the user go on; false once it is told to stop instead.
    async fn reopens(&self) -> bool {
        while !self.is_stopping() {
            tokio::time::sleep(LOOK_AGAIN).await;
            if self.gate.is_open(self.cleaning_up) {
                return !self.is_stopping();
            }
        }
        false
    }
}

/// However a user ends, the request in flight is counted.
impl Drop for User {
    fn drop(&mut self) {
        let Some((begun, operation)) = self.current.take() else { return };
        let sent = self.session.client.in_flight();
        // It is still borrowed only if the recorder itself panicked.
        let Ok(mut recorder) = self.recorder.try_borrow_mut() else { return };
        let question = self.question.take();
        match question {
            Some(question) => {
                recorder.cut(question, Operation::Question, sent, false);
                recorder.cut(begun, operation, false, false);
            }
            None => recorder.cut(begun, operation, sent, self.producing.get()),
        }
        if let Some(log) = &mut recorder.log {
            self.log_cut(log, (begun, operation), question, sent);
        }
    }
}

/// Whether the service may be gone. A timeout is not among them: the user has waited already.
pub(super) fn is_no_answer(unanswered: Unanswered) -> bool {
    use FailureClass::{Connect, LocalLimit, Login, Tls, Transport};
    matches!(unanswered, Unanswered::Failed(Connect | Tls | LocalLimit | Transport | Login))
}

fn class_of(outcome: &Result<(), Failure>) -> Result<(), Unanswered> {
    outcome.as_ref().copied().map_err(|failure| Unanswered::Failed(failure.class))
}
