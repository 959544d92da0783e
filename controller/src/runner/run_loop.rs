//! The loop that owns the run: it reads the clock, moves the messages, and has everything else done by others.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::protocol as wire;
use hub::control::{ControlError, ControlRequest, LoadRequest, PendingRequest, Stop};
use hub::fleet::LinkId;
use hub::grpc::{Inbound, MessageQueue};
use hub::merge::OpenSecond;
use hub::rejections::Rejections;
use hub::run::{Ending, Input, ModelNews, Output, Phase, Run, TICK};
use jiff::Timestamp;
use tokio::sync::{mpsc, watch};

use crate::cli::Options;
use crate::dashboard::{Publisher, Update};
use crate::runner::load_setup::{LoadReady, LoadSetup};
use crate::runner::model::ModelReader;
use crate::runner::otlp::Latest;
use crate::runner::writer::{Unwritten, Writer};
use crate::tui::{Key, Tui};
use crate::view::{self, History, ReportContext};
use report::files::Outputs;
use report::rows::{ObservedSample, RunReport};
use verdict::observed::Seen;
use verdict::threshold::Watch;
use worker::boot_clock::BootClock;

/// The longest time between two updates of the dashboard.
const UPDATE_EVERY: Duration = Duration::from_millis(1100);

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Why the run is over.
    pub end: Ending,
    /// Whether it was cut short without draining.
    pub aborted: bool,
    /// What the run went by.
    pub options: Options,
    /// The report of the whole run.
    pub report: RunReport,
    /// The files.
    pub files: ResultFiles,
}

/// What has become of the files of a run.
#[derive(Debug)]
pub(crate) enum ResultFiles {
    /// Every second is written.
    Kept(Box<Outputs>),
    /// The thread that wrote them died.
    Lost,
    /// The run was never started, so there are no files.
    NeverBegun,
}

/// Carries a run out.
pub(crate) struct RunLoop {
    run: Run,
    history: History,
    setup: LoadSetup,
    frame: ReportContext,
    watch: Option<Watch>,
    zero: BootClock,
    links: HashMap<LinkId, MessageQueue>,
    rejections: Arc<Rejections>,
    unwritten: Unwritten,
    orders: mpsc::Receiver<PendingRequest>,
    sinks: Sinks,
    /// Reads what the model behind the service says.
    model: Option<ModelReader>,
    /// When the dashboard last got something.
    published: Option<Instant>,
}

/// What a run loop is made of.
pub(crate) struct Parts {
    pub run: Run,
    pub setup: LoadSetup,
    /// Ends the run at a failed threshold, where that is wanted and the load has begun.
    pub watch: Option<Watch>,
    /// Counts the peers that the run never hears of.
    pub rejections: Arc<Rejections>,
    pub orders: mpsc::Receiver<PendingRequest>,
    /// Reads what the model behind the service says.
    pub model: Option<ModelReader>,
    pub sinks: Sinks,
}

/// Where what is new goes.
pub(crate) struct Sinks {
    /// `None` until the run is started.
    pub writer: Option<Writer>,
    pub dashboard: Option<Publisher>,
    pub tui: Tui,
    pub otlp: Option<watch::Sender<Option<Latest>>>,
}

impl RunLoop {
    /// A loop whose clock counts from now.
    pub(crate) fn new(parts: Parts) -> RunLoop {
        let Parts { run, setup, watch, rejections, orders, model, sinks } = parts;
        let planned = run.timeline().end().map_or(3600, |end| end.as_secs() + 60);
        RunLoop {
            run,
            history: History::with_room(planned),
            frame: setup.frame(),
            setup,
            watch,
            zero: BootClock::start(),
            links: HashMap::new(),
            rejections,
            unwritten: Unwritten::default(),
            orders,
            sinks,
            model,
            published: None,
        }
    }

    /// Carries the run out, until it is over or a stop ends it at once.
    pub(crate) async fn carry_out(
        mut self,
        mut inbound: mpsc::Receiver<Inbound>,
        mut stops: mpsc::Receiver<Stop>,
    ) -> Outcome {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        let mut aborted = false;
        while !matches!(self.run.phase(), Phase::Over(_)) && !aborted {
            let until_end = self.until_end();
            tokio::select! {
                biased;
                Some(stop) = stops.recv() => match stop {
                    Stop::Drain => self.handle(Input::Stop),
                    Stop::Now => aborted = true,
                },
                Some(asked) = self.orders.recv() => {
                    let answer = self.apply(asked.request);
                    // Whoever asked may have gone.
                    let _ = asked.answer.send(answer);
                }
                key = self.sinks.tui.key() => self.press(key),
                _ = ticks.tick() => {
                    self.tick();
                    self.show();
                }
                // Workers hear of the end when it comes, so that what is measured ends there and not with a tick.
                () = tokio::time::sleep(until_end.unwrap_or_default()), if until_end.is_some() => self.tick(),
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
        self.hear_the_model_out(&mut inbound, aborted).await;
        self.outcome(aborted).await
    }

    /// Takes what the model has still to say of the run.
    async fn hear_the_model_out(&mut self, inbound: &mut mpsc::Receiver<Inbound>, aborted: bool) {
        let Some(model) = self.model.take() else { return };
        let last = if aborted { vec![ModelNews::End] } else { model.finish().await };
        while let Ok(message) = inbound.try_recv() {
            if let Inbound::Input(input @ Input::Model(_)) = message {
                self.handle(input);
            }
        }
        last.into_iter().for_each(|news| self.handle(Input::Model(news)));
    }

    /// How long the shape still lasts; none once it has ended, and as long as its end is not known.
    fn until_end(&self) -> Option<Duration> {
        let clock = self.run.clock(self.zero.elapsed()).filter(|_| self.run.phase() == Phase::Running)?;
        self.run.timeline().end()?.checked_sub(clock).filter(|left| !left.is_zero())
    }

    fn apply(&mut self, order: ControlRequest) -> Result<(), ControlError> {
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
        let chosen = self.setup.choose(load).map_err(|error| ControlError::Unfit(error.to_string()));
        let (start, LoadReady { watch, writer, files }) = chosen?;
        self.frame = self.setup.frame();
        self.watch = watch;
        self.sinks.writer = Some(writer);
        if let Some(dashboard) = &self.sinks.dashboard {
            dashboard.files(files);
        }
        self.run.start(self.zero.elapsed(), start)
    }

    /// A key, or several that belong together.
    fn press(&mut self, key: Key) {
        if let Some(order) = self.sinks.tui.press(key, self.run.steering(), self.zero.elapsed()) {
            // A refusal is in the log, which is on the same screen.
            let _ = self.apply(order);
        }
    }

    /// Informs every worker that nobody will hear of what it does from now on: it stops at once, not when
    /// its lease ends.
    fn dismiss(&mut self) {
        for (_, outbox) in self.links.drain() {
            let message = "the controller was stopped at once".to_owned();
            // One that does not read finds the connection closed.
            outbox.send(wire::controller_message::Kind::Farewell(wire::Farewell { message }));
        }
    }

    async fn outcome(mut self, aborted: bool) -> Outcome {
        self.sinks.tui.finish();
        let now = self.zero.elapsed();
        self.take_observed();
        let files = match self.sinks.writer.take() {
            None => ResultFiles::NeverBegun,
            Some(writer) => {
                let (outputs, trouble) = writer.finish(std::mem::take(&mut self.unwritten));
                self.frame.unwritten = trouble.map(|trouble| trouble.note());
                outputs.map_or(ResultFiles::Lost, |outputs| ResultFiles::Kept(Box::new(outputs)))
            }
        };
        let mut report = view::report(&self.run, &self.history, &self.frame, now);
        if aborted {
            report.facts.end = report::rows::RunEnd::Aborted;
        }
        // The dashboard has the history already, row by row.
        self.publish(Arc::new(RunReport { history: Vec::new(), ..report.clone() }));
        let end = match self.run.phase() {
            Phase::Over(end) | Phase::Draining { end, .. } => end,
            Phase::Waiting | Phase::Gathering { .. } | Phase::Running => Ending::Interrupted,
        };
        Outcome { end, aborted, options: self.setup.finish().await, report, files }
    }

    fn tick(&mut self) {
        self.handle(Input::Rejections(self.rejections.counts()));
        self.handle(Input::Tick);
        if self.frame.breach.is_some() && self.run.phase() == Phase::Running {
            self.handle(Input::Stop);
        }
    }

    /// Checks whether a threshold is failed beyond doubt; the next tick then ends the run.
    fn check_thresholds(&mut self) {
        let (Some(watch), None, Phase::Running) = (&self.watch, &self.frame.breach, self.run.phase()) else {
            return;
        };
        let clock = self.run.elapsed(self.zero.elapsed());
        let validity = view::validity(&self.run);
        self.frame.breach = watch.look(&self.frame.rules, self.run.sources(), clock, &validity);
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
            Output::Second(second, open, target) => self.close_second(second, &open, target),
        }
    }

    /// Informs everybody who follows the run of a second that is complete.
    fn close_second(&mut self, second: u64, open: &OpenSecond, target: u32) {
        let started = self.frame.facts.started.unwrap_or_default();
        let row = self.history.push(second, open, target, started).clone();
        if let Some(dashboard) = &self.sinks.dashboard {
            dashboard.second(&row, &view::endpoint_seconds(open, self.frame.endpoints.len()));
        }
        self.unwritten.seconds.push(row);
        self.take_observed();
        self.frame.unwritten =
            self.sinks.writer.as_ref().and_then(Writer::trouble).map(|trouble| trouble.note());
        let report = view::snapshot(&self.run, &self.history, &self.frame, self.zero.elapsed());
        self.check_thresholds();
        let report = Arc::new(report);
        self.publish(Arc::clone(&report));
        self.sinks.tui.update(&report);
        if let Some(otlp) = &self.sinks.otlp {
            otlp.send_replace(Some((Arc::clone(&report), self.history.rows().last().cloned())));
        }
        if let Some(writer) = &self.sinks.writer {
            writer.progress(&mut self.unwritten, Some(report));
        }
    }

    /// What was observed is written down as it comes.
    fn take_observed(&mut self) {
        let seen = self.run.take_observed();
        let observers = self.run.sources().evidence.observed().observers();
        let sample = |Seen { at, observer, series, value }| {
            let name = observers.get(observer).map(|observer| observer.name.clone()).unwrap_or_default();
            ObservedSample { elapsed_s: at.as_secs_f64(), name, series: series.to_string(), value }
        };
        self.unwritten.observed.extend(seen.into_iter().map(sample));
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
        if let Some(order) = self.sinks.tui.due(self.run.steering(), now) {
            let _ = self.apply(order);
        }
        self.sinks.tui.show(&self.run, &self.history, now);
        // Before the first second is closed, and while users finish, the dashboard is kept up to date too.
        if self.published.is_none_or(|last| last.elapsed() >= UPDATE_EVERY) && self.sinks.dashboard.is_some()
        {
            self.publish(Arc::new(view::snapshot(&self.run, &self.history, &self.frame, now)));
        }
    }

    /// Gives the dashboard the run as it stands.
    fn publish(&mut self, report: Arc<RunReport>) {
        let Some(dashboard) = &self.sinks.dashboard else { return };
        let now = self.zero.elapsed();
        dashboard.update(Update {
            observed: view::observed_figures(&self.run, &report, &report.stages),
            report,
            live: view::live(&self.run, now),
            choices: if self.run.phase() == Phase::Waiting { self.setup.choices() } else { None },
            second: self.history.rows().last().cloned(),
            plan: view::plan(&self.run, now),
            pulse: view::pulse(&self.run),
            distributions: view::distributions(&self.run, &self.frame.endpoints),
        });
        self.published = Some(Instant::now());
    }
}
