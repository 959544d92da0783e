//! One load thread: its runtime, its users, its recorder.

use std::cell::RefCell;
use std::collections::HashMap;
use std::future::pending;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use common::class::{PerClass, UserKey};
use common::plan::Plan;
use tokio::runtime::{Builder, LocalOptions, LocalRuntime};
use tokio::sync::{oneshot, watch};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::sleep_until;

use super::arrivals::{Arrivals, ExpectedArrival};
use super::census::Census;
use super::error::EngineError;
use super::mailbox::Mailbox;
use super::roster::{Action, Roster};
use super::{cpu, probe};
use crate::gate::Gate;
use crate::http::Target;
use crate::interval::Interval;
use crate::recorder::{Asks, CoreRecorder};
use crate::request_log::LogHandle;
use crate::user::{self, CompiledPlan, Signal, TraceOwner, TraceSource, User};

/// What every core is started with.
#[derive(Debug, Clone)]
pub(super) struct CoreSetup {
    pub(super) plan: Arc<Plan>,
    pub(super) target: Target,
    pub(super) census: Arc<Census>,
    /// Of an open load.
    pub(super) arrivals: Option<Arc<Arrivals>>,
    /// Zero of the worker clock.
    pub(super) epoch: Instant,
    pub(super) log: Option<LogHandle>,
    pub(super) traces: TraceOwner,
}

/// How far a core has come with its orders.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct CoreState {
    /// Number of the latest order that was read.
    pub(super) number: u64,
    /// Number of the latest order whose excluded users have all ended.
    pub(super) settled: u64,
    /// Highest epoch whose excluded users have all ended.
    pub(super) applied: u64,
    /// No user runs and none is due.
    pub(super) is_idle: bool,
}

/// The engine's handle of one core.
#[derive(Debug)]
pub(super) struct CoreHandle {
    pub(super) mailbox: Arc<Mailbox>,
    pub(super) state: watch::Receiver<CoreState>,
    pub(super) thread: Option<JoinHandle<()>>,
    /// Where the thread's CPU time is read.
    pub(super) cpu: Option<PathBuf>,
}

impl CoreHandle {
    /// Starts the thread and waits until it is ready.
    pub(super) fn start(core: usize, setup: CoreSetup) -> Result<CoreHandle, EngineError> {
        let mailbox = Arc::new(Mailbox::default());
        let (publish, state) = watch::channel(CoreState { is_idle: true, ..CoreState::default() });
        let (ready, is_ready) = mpsc::channel();
        let post = Arc::clone(&mailbox);
        let main = move || match prepare(core, setup, post, publish) {
            Ok((runtime, core)) => {
                let _ = ready.send(Ok(cpu::source_of_this_thread()));
                runtime.block_on(core.serve());
            }
            Err(error) => {
                let _ = ready.send(Err(error));
            }
        };
        let thread = thread::Builder::new().name(format!("load-{core}")).spawn(main)?;
        let cpu = is_ready.recv().map_err(|_| EngineError::Died)??;
        Ok(CoreHandle { mailbox, state, thread: Some(thread), cpu })
    }

    /// Asks the core for what it measured.
    pub(super) fn ask_report(&self) -> oneshot::Receiver<Interval> {
        let (reply, report) = oneshot::channel();
        self.mailbox.put(|orders| orders.reports.push(reply));
        report
    }
}

fn prepare(
    core: usize,
    setup: CoreSetup,
    mailbox: Arc<Mailbox>,
    state: watch::Sender<CoreState>,
) -> Result<(LocalRuntime, Core), EngineError> {
    let runtime = Builder::new_current_thread().enable_all().build_local(LocalOptions::default())?;
    let mut recorder = CoreRecorder::new(setup.epoch);
    recorder.log = setup.log.map(|log| log.core(core));
    recorder.asks = setup.plan.tells_asks.then(Asks::default);
    let recorder = Rc::new(RefCell::new(recorder));
    let traces =
        setup.plan.tracing.map(|tracing| TraceSource::new(tracing, setup.traces, setup.plan.seed, core));
    let core = Core {
        roster: Roster::new(setup.plan.stop_timeout),
        plan: Rc::new(CompiledPlan::compile(setup.plan, setup.target)?),
        recorder,
        traces,
        gate: Rc::new(Gate::default()),
        census: setup.census,
        arrivals: setup.arrivals,
        idle: Default::default(),
        mailbox,
        state,
        number: 0,
        lives: JoinSet::new(),
        signals: HashMap::new(),
        tasks: HashMap::new(),
    };
    Ok((runtime, core))
}

struct Core {
    plan: Rc<CompiledPlan>,
    recorder: Rc<RefCell<CoreRecorder>>,
    /// Where the ids of traces come from, if requests carry some.
    traces: Option<TraceSource>,
    gate: Rc<Gate>,
    census: Arc<Census>,
    arrivals: Option<Arc<Arrivals>>,
    /// Users that wait for another arrival of their class.
    idle: PerClass<Vec<User>>,
    mailbox: Arc<Mailbox>,
    state: watch::Sender<CoreState>,
    /// Number of the latest order that was read.
    number: u64,
    roster: Roster,
    lives: JoinSet<Option<User>>,
    signals: HashMap<UserKey, Rc<Signal>>,
    tasks: HashMap<Id, UserKey>,
}

impl Core {
    async fn serve(mut self) {
        let probe = tokio::task::spawn_local(probe::watch(Rc::clone(&self.recorder)));
        while self.step().await.is_continue() {
            self.publish();
        }
        probe.abort();
    }

    /// Waits for the next event and handles it; `Break` at shutdown.
    async fn step(&mut self) -> ControlFlow<()> {
        let due = self.roster.next_deadline();
        let timer = async {
            match due {
                Some(due) => sleep_until(due.into()).await,
                None => pending().await,
            }
        };
        tokio::select! {
            () = self.mailbox.changed() => self.apply_orders()?,
            Some(ended) = self.lives.join_next_with_id() => self.on_ended(ended),
            () = timer => {}
        }
        let actions = self.roster.tick(Instant::now());
        self.carry_out(actions);
        ControlFlow::Continue(())
    }

    fn apply_orders(&mut self) -> ControlFlow<()> {
        let orders = self.mailbox.take();
        if orders.shutdown {
            return ControlFlow::Break(());
        }
        let now = Instant::now();
        for (stage, from) in orders.stages {
            self.recorder.borrow_mut().set_stage(stage, from);
        }
        if let Some(grace) = orders.stop_all {
            self.miss(orders.arrivals.len());
            self.dismiss_idle(now);
            let actions = self.roster.stop_all(now, grace);
            self.carry_out(actions);
        } else {
            orders.arrivals.iter().for_each(|arrival| self.arrive(arrival, now));
        }
        if let Some(schedule) = orders.schedule {
            let actions = self.roster.apply(now, schedule.epoch, &schedule.users);
            self.carry_out(actions);
        }
        if let Some(ends) = orders.lease {
            self.gate.set(ends);
        }
        self.number = self.number.max(orders.number);
        self.report(orders.reports, now);
        ControlFlow::Continue(())
    }

    /// Answers those who ask for an interval, after the orders that came before the question. If the asker has
    /// gone away, the samples stay for the next one.
    fn report(&mut self, askers: Vec<oneshot::Sender<Interval>>, now: Instant) {
        for reply in askers.into_iter().filter(|reply| !reply.is_closed()) {
            let _ = reply.send(self.recorder.borrow_mut().drain(now));
        }
    }

    fn carry_out(&mut self, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Start(key) => self.start(key),
                Action::Stop(key) => {
                    self.census.stopping(key.0);
                    self.signals.get(&key).inspect(|signal| signal.stop());
                }
                Action::Cut(key) => {
                    self.signals.get(&key).inspect(|signal| signal.cut());
                }
            }
        }
    }

    fn start(&mut self, key: UserKey) {
        let signal = Rc::new(Signal::default());
        let user = self.user(key, &signal);
        self.census.started(key.0);
        self.spawn(key, signal, user::live(user));
    }

    fn user(&mut self, key: UserKey, signal: &Rc<Signal>) -> User {
        let (plan, recorder) = (Rc::clone(&self.plan), Rc::clone(&self.recorder));
        User::new(key, plan, recorder, Rc::clone(&self.gate), Rc::clone(signal), self.traces.as_mut())
    }

    fn spawn(
        &mut self,
        key: UserKey,
        signal: Rc<Signal>,
        life: impl Future<Output = Option<User>> + 'static,
    ) {
        let task = self.lives.spawn_local(life);
        self.tasks.insert(task.id(), key);
        self.signals.insert(key, signal);
    }

    fn on_ended(&mut self, ended: Result<(Id, Option<User>), JoinError>) {
        let id = ended.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
        let Some(key) = self.tasks.remove(&id) else { return };
        let was_stopping = self.signals.remove(&key).is_some_and(|signal| signal.is_stopping());
        self.census.ended(key.0, was_stopping);
        let panicked = ended.is_err();
        let idle = match ended {
            Ok((_, idle)) => idle,
            Err(error) => {
                let place = format!("{} user {}", key.0, key.1);
                self.recorder.borrow_mut().exception(message_of(error), place);
                None
            }
        };
        if let Some(arrivals) = &self.arrivals {
            arrivals.left();
            self.roster.left(Instant::now(), key);
            self.idle[key.0.index()].extend(idle);
            return;
        }
        let actions = self.roster.ended(Instant::now(), key, panicked);
        self.carry_out(actions);
    }

    /// Somebody has arrived: a new user, or one that has waited for this.
    fn arrive(&mut self, arrival: &ExpectedArrival, now: Instant) {
        let Some(arrivals) = &self.arrivals else { return };
        arrivals.started(arrival, now);
        // As many as four billion arrivals before it have left.
        let key = (arrival.class, arrival.number as u32);
        let signal = Rc::new(Signal::default());
        let user = match self.idle[arrival.class.index()].pop() {
            Some(user) => user.again(key, Rc::clone(&signal)),
            None => self.user(key, &signal),
        };
        self.roster.arrived(now, key);
        self.census.started(key.0);
        match &arrival.session {
            Some(session) => {
                self.spawn(key, signal, user::replay(user, Arc::clone(session), arrival.due));
            }
            None => self.spawn(key, signal, user::visit(user.due(arrival.due))),
        }
    }

    /// Arrivals that were rung for do not start.
    fn miss(&self, rung: usize) {
        if let Some(arrivals) = &self.arrivals {
            arrivals.missed(rung);
        }
    }

    /// Those who wait for another arrival tidy up: they are users again, to be stopped.
    fn dismiss_idle(&mut self, now: Instant) {
        let idle: Vec<User> = self.idle.iter_mut().flat_map(std::mem::take).collect();
        for user in idle {
            let Some(arrivals) = &self.arrivals else { return };
            arrivals.returned();
            let (key, signal) = (user.key(), Rc::new(Signal::default()));
            self.roster.arrived(now, key);
            self.census.started(key.0);
            self.spawn(key, Rc::clone(&signal), user::visit(user.again(key, signal)));
        }
    }

    fn publish(&mut self) {
        let (number, roster) = (self.number, &self.roster);
        self.state.send_if_modified(|state| {
            let settled = if roster.is_settled() { number } else { state.settled };
            let now = CoreState { number, settled, applied: roster.applied(), is_idle: roster.is_idle() };
            std::mem::replace(state, now) != now
        });
    }
}

/// What a user's panic said.
fn message_of(error: JoinError) -> String {
    match error.try_into_panic() {
        Ok(panic) => match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
            (Some(text), _) => format!("user panicked: {text}"),
            (_, Some(text)) => format!("user panicked: {text}"),
            _ => "user panicked".to_owned(),
        },
        Err(error) => format!("user task ended: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_reported_in_its_own_words() {
        let plain = tokio::spawn(async { panic!("no thread") }).await.unwrap_err();
        let number = 7;
        let formatted = tokio::spawn(async move { panic!("thread {number}") }).await.unwrap_err();
        assert_eq!(message_of(plain), "user panicked: no thread");
        assert_eq!(message_of(formatted), "user panicked: thread 7");
    }
}
