//! The task that owns the run: it reads the clock, moves the messages, and has everything else done
//! by others.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::protocol as wire;
use jiff::Timestamp;
use tokio::sync::{mpsc, watch};

use crate::cli::Options;
use crate::control::Stop;
use crate::control::{ControlError, ControlRequest, ControlSender, LoadRequest, PendingRequest};
use crate::dashboard::{News, Publisher};
use crate::fleet::LinkId;
use crate::grpc::{Inbound, Outbox};
use crate::rejections::Rejections;
use crate::run::{Ending, Input, Output, Phase, Run, TICK};
use crate::runner::otlp::Latest;
use crate::runner::start::{Ready, Starter};
use crate::runner::writer::Writer;
use crate::tui::{Key, Live};
use crate::view::{self, History, ReportContext};
use report::files::Outputs;
use report::rows::{RunReport, SecondRow};
use verdict::threshold::Watch;

/// The longest time between two looks that those who watch are given.
const NEWS_EVERY: Duration = Duration::from_millis(1100);

/// How an owner's work ended.
#[derive(Debug)]
pub struct Outcome {
    /// Why the run is over.
    pub end: Ending,
    /// Whether it was cut short without draining.
    pub aborted: bool,
    /// What the run went by.
    pub options: Options,
    /// The report of the whole run.
    pub report: RunReport,
    /// The files.
    pub files: Files,
}

/// What has become of the files of a run.
#[derive(Debug)]
pub enum Files {
    /// Every second is written.
    Kept(Box<Outputs>),
    /// The thread that wrote them died.
    Lost,
    /// Nobody started the run, so there are none.
    NeverBegun,
}

/// The owner of a run.
pub struct Owner {
    run: Run,
    history: History,
    starter: Starter,
    frame: ReportContext,
    watch: Option<Watch>,
    zero: Instant,
    links: HashMap<LinkId, Outbox>,
    rejections: Arc<Rejections>,
    unwritten: Vec<SecondRow>,
    /// None as long as nobody has started the run.
    writer: Option<Writer>,
    live: Live,
    board: Option<Board>,
    orders: mpsc::Receiver<PendingRequest>,
    pushes: Option<watch::Sender<Option<Latest>>>,
}

/// Where those who watch the run read, and when they last got something.
struct Board {
    publisher: Publisher,
    last: Option<Instant>,
}

impl Owner {
    /// An owner of `run`, whose clock counts from `zero`. `rejections` counts those that the run never hears of.
    pub fn new(run: Run, starter: Starter, zero: Instant, rejections: Arc<Rejections>, live: Live) -> Owner {
        let planned = run.timeline().end().map_or(3600, |end| end.as_secs() + 60);
        let (history, links) = (History::with_room(planned), HashMap::new());
        Owner {
            run,
            history,
            frame: starter.frame(),
            starter,
            watch: None,
            zero,
            links,
            rejections,
            unwritten: Vec::new(),
            writer: None,
            live,
            board: None,
            orders: ControlSender::new().1,
            pushes: None,
        }
    }

    /// The same owner, whose run does not wait: this is what its load needs.
    pub fn with_ready(self, ready: Option<Ready>) -> Owner {
        match ready {
            Some(Ready { watch, writer, .. }) => Owner { watch, writer: Some(writer), ..self },
            None => self,
        }
    }

    /// The same owner, which also puts everything up for a dashboard.
    pub fn with_dashboard(self, publisher: Option<Publisher>) -> Owner {
        Owner { board: publisher.map(|publisher| Board { publisher, last: None }), ..self }
    }

    /// The same owner, which also takes orders.
    pub fn with_orders(self, orders: mpsc::Receiver<PendingRequest>) -> Owner {
        Owner { orders, ..self }
    }

    /// The same owner, which also says what is new to a pusher of metrics.
    pub fn with_pushes(self, pushes: Option<watch::Sender<Option<Latest>>>) -> Owner {
        Owner { pushes, ..self }
    }

    /// Carries the run out.
    pub async fn carry_out(
        mut self,
        mut inbound: mpsc::Receiver<Inbound>,
        mut stops: mpsc::Receiver<Stop>,
    ) -> Outcome {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        let mut aborted = false;
        while !matches!(self.run.phase(), Phase::Over(_)) && !aborted {
            tokio::select! {
                biased;
                Some(stop) = stops.recv() => match stop {
                    Stop::Drain => self.handle(Input::Stop),
                    Stop::Now => aborted = true,
                },
                Some(asked) = self.orders.recv() => {
                    let answer = self.obey(asked.request);
                    // Whoever asked may have gone.
                    let _ = asked.answer.send(answer);
                }
                key = self.live.key() => self.press(key),
                _ = ticks.tick() => {
                    self.tick();
                    self.show();
                }
                Some(message) = inbound.recv() => match message {
                    Inbound::Connected(link, outbox) => { self.links.insert(link, outbox); }
                    Inbound::Message(link, message, turn) => {
                        self.handle(Input::Message(link, message));
                        drop(turn); // the connection may read its next one
                    }
                    Inbound::Input(input) => self.handle(input),
                },
            }
        }
        if aborted {
            self.dismiss();
        }
        self.tick(); // closes the last seconds
        if aborted {
            self.handle(Input::Abandon); // the history adds up to the totals here too
        }
        self.outcome(aborted)
    }

    fn obey(&mut self, order: ControlRequest) -> Result<(), ControlError> {
        let did = order.did();
        let answer = match order {
            ControlRequest::Start(load) => self.start(&load),
            order => self.run.control(self.zero.elapsed(), order),
        };
        match &answer {
            Ok(_) => tracing::warn!("the run was {did}"),
            Err(error) => tracing::warn!("an order was not carried out: {error}"),
        }
        answer.map(|outputs| outputs.into_iter().for_each(|output| self.carry(output)))
    }

    /// Lets a run that waits begin with this load.
    fn start(&mut self, load: &LoadRequest) -> Result<Vec<Output>, ControlError> {
        self.run.may_start()?;
        let started = self.starter.start(load).map_err(|error| ControlError::Unfit(error.to_string()));
        let (start, Ready { watch, writer, files }) = started?;
        self.frame = self.starter.frame();
        self.watch = watch;
        self.writer = Some(writer);
        if let Some(board) = &self.board {
            board.publisher.files(files);
        }
        self.run.start(self.zero.elapsed(), start)
    }

    /// A key, or several that belong together.
    fn press(&mut self, key: Key) {
        if let Some(order) = self.live.press(key, self.run.steering(), self.zero.elapsed()) {
            // A refusal is in the log, which is on the same screen.
            let _ = self.obey(order);
        }
    }

    /// Tells every worker that nobody will hear of what it does from now on: it stops at once, not when
    /// its lease ends.
    fn dismiss(&mut self) {
        for (_, outbox) in self.links.drain() {
            let message = "the controller was told to stop at once".to_owned();
            // One that does not read finds the connection closed.
            outbox.send(wire::controller_message::Kind::Farewell(wire::Farewell { message }));
        }
    }

    fn outcome(mut self, aborted: bool) -> Outcome {
        self.live.finish();
        let now = self.zero.elapsed();
        let mut report = view::report(&self.run, &self.history, &self.frame, now);
        if aborted {
            report.facts.end = report::rows::RunEnd::Aborted;
        }
        // The history is on the board already, row by row.
        self.publish(Arc::new(RunReport { history: Vec::new(), ..report.clone() }));
        let end = match self.run.phase() {
            Phase::Over(end) | Phase::Draining { end, .. } => end,
            Phase::Waiting | Phase::Gathering { .. } | Phase::Running => Ending::Interrupted,
        };
        let files = match self.writer {
            None => Files::NeverBegun,
            Some(writer) => {
                writer.finish(self.unwritten).map_or(Files::Lost, |outputs| Files::Kept(Box::new(outputs)))
            }
        };
        Outcome { end, aborted, options: self.starter.finish(), report, files }
    }

    fn tick(&mut self) {
        self.handle(Input::Rejections(self.rejections.counts()));
        self.handle(Input::Tick);
        if self.frame.breach.is_some() && self.run.phase() == Phase::Running {
            self.handle(Input::Stop);
        }
    }

    /// Looks whether a threshold is failed beyond doubt; the next tick then ends the run.
    fn look(&mut self) {
        let (Some(watch), None, Phase::Running) = (&self.watch, &self.frame.breach, self.run.phase()) else {
            return;
        };
        let clock = self.run.elapsed(self.zero.elapsed());
        let validity = view::validity(&self.run);
        self.frame.breach = watch.look(&self.frame.rules, &self.run.ledger().totals, clock, &validity);
    }

    fn handle(&mut self, input: Input) {
        let gone = match &input {
            Input::Disconnected(link) => Some(*link),
            _ => None,
        };
        let before = self.run.clock(Duration::ZERO).is_some();
        let now = self.zero.elapsed();
        let outputs = self.run.handle(now, input);
        if !before && self.run.clock(now).is_some() {
            self.frame.facts.started = Some(Timestamp::now());
        }
        for output in outputs {
            self.carry(output);
        }
        if let Some(link) = gone {
            self.links.remove(&link);
        }
    }

    fn carry(&mut self, output: Output) {
        match output {
            Output::Send(link, kind) => self.send(link, kind),
            // What is queued still goes out; then the worker sees the end of the stream.
            Output::Close(link) => drop(self.links.remove(&link)),
            Output::Second(second, open, target) => {
                let started = self.frame.facts.started.unwrap_or_default();
                let row = self.history.push(second, &open, target, started).clone();
                if let Some(board) = &self.board {
                    board.publisher.second(&row, &view::endpoint_seconds(&open));
                }
                self.unwritten.push(row);
                let report = view::snapshot(&self.run, &self.history, &self.frame, self.zero.elapsed());
                self.look();
                let report = Arc::new(report);
                self.publish(Arc::clone(&report));
                self.live.news(&report);
                if let Some(pushes) = &self.pushes {
                    pushes.send_replace(Some((Arc::clone(&report), self.history.rows().last().cloned())));
                }
                if let Some(writer) = &self.writer {
                    writer.progress(&mut self.unwritten, Some(report));
                }
            }
        }
    }

    fn send(&mut self, link: LinkId, kind: wire::controller_message::Kind) {
        let Some(outbox) = self.links.get(&link) else { return };
        if !outbox.send(kind) {
            // It does not read: its lease will end, and it is welcome to come back.
            tracing::warn!(link, "dropped a worker's connection: it does not read its messages");
            self.links.remove(&link);
        }
    }

    fn show(&mut self) {
        let now = self.zero.elapsed();
        if let Some(order) = self.live.due(self.run.steering(), now) {
            let _ = self.obey(order);
        }
        self.live.show(&self.run, &self.history, now);
        // Before the first second is closed, and while users finish, there is news too.
        let due = |board: &Board| board.last.is_none_or(|last| last.elapsed() >= NEWS_EVERY);
        if self.board.as_ref().is_some_and(due) {
            self.publish(Arc::new(view::snapshot(&self.run, &self.history, &self.frame, now)));
        }
    }

    /// Puts the report up for those who watch.
    fn publish(&mut self, report: Arc<RunReport>) {
        let Some(board) = &mut self.board else { return };
        let live = view::live(&self.run, self.zero.elapsed());
        let plan = view::plan(&self.run, self.zero.elapsed());
        let pulse = view::pulse(&self.run);
        let distributions = view::distributions(&self.run, &self.frame.endpoints);
        let second = self.history.rows().last().cloned();
        let form = (self.run.phase() == Phase::Waiting).then(|| self.starter.form());
        board.publisher.news(News { report, live, form, second, plan, pulse, distributions });
        board.last = Some(Instant::now());
    }
}
