//! One run: the state machine that owns everything and decides everything.
//!
//! ```text
//! Waiting ── start ──▶ Gathering ── workers are there ──▶ Running ── shape ends, or a stop ──▶ Draining ──▶ Over
//! ```
//!
//! Most runs begin with gathering; one that is to wait until somebody starts it begins before that.
//!
//! Pure: an input and the time come in, messages for connections go out. The shell around it
//! (`runner`) reads the clock and moves the messages.

mod advance;
mod behind;
mod finish;
mod intake;
mod journal;
mod search;
mod start;
mod steer;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use common::arrivals::ArrivalPlan;
use common::protocol as wire;
use common::replay::{LEAD, Replay, START};

use crate::fleet::{Dealer, Fleet, LeaseTiming, LinkId, Schedule};
use crate::merge::{Ledger, OpenSecond};
use crate::rejections::RejectionCounts;
use common::shape::MAX_DURATION;
use common::timeline::Timeline;
use verdict::observed::{Look, Observed, Seen};
use verdict::{Evidence, Sources};

pub use behind::{ModelBehind, ModelNews};
pub use journal::{Event, Journal};
pub use search::{Search, SearchPlan};
pub use start::Start;
pub use steer::Steering;

/// How often the state machine needs the time.
pub const TICK: Duration = Duration::from_millis(250);
/// How far ahead workers learn of starts and of stages.
const HORIZON: Duration = Duration::from_secs(1);
/// How long after the last tick what it looked up may be handed out: this process stood still then.
const STALE: Duration = Duration::from_millis(500);
/// How long a second stays open for deltas that are late.
const SECOND_GRACE: Duration = Duration::from_millis(1500);

/// What a run is set up with.
#[derive(Debug, Clone)]
pub struct RunSettings {
    /// The run's id.
    pub id: [u8; 16],
    /// What users do.
    pub plan: wire::Plan,
    /// The trace that is asked again, if that is the load.
    pub replay: Option<Arc<Replay>>,
    /// The load, as far as it is known before the start.
    pub timeline: Timeline,
    /// The search that makes the timeline go on, if there is one.
    pub search: Option<SearchPlan>,
    /// The timing of leases.
    pub lease: LeaseTiming,
    /// How long what is in flight may take at the end.
    pub stop_timeout: Duration,
    /// The run starts once this many workers are there.
    pub expect_workers: usize,
    /// How long to wait for them; none: for ever.
    pub expect_max_wait: Option<Duration>,
    /// Most workers at a time.
    pub max_workers: usize,
}

/// What happens to a run.
#[derive(Debug)]
pub enum Input {
    /// A message came by a connection.
    Message(LinkId, Box<wire::WorkerMessage>),
    /// A connection is gone.
    Disconnected(LinkId),
    /// Time passed.
    Tick,
    /// The run is to end early.
    Stop,
    /// Nothing more will be heard of: every second is closed as it is.
    Abandon,
    /// The canary that was sent so long ago came back, after its latency, or failed.
    Canary {
        /// Time since it was sent, or should have been.
        age: Duration,
        /// How long it took; none if it failed.
        latency: Option<Duration>,
    },
    /// An observer looked inside the service.
    Observed {
        /// Time since it had its answer.
        age: Duration,
        /// What it saw.
        look: Look,
    },
    /// News of the model behind the service.
    Model(ModelNews),
    /// So many connections were turned away so far.
    Rejections(RejectionCounts),
}

/// What a run wants done.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "few exist at a time, and the large one is sent once a worker")]
pub enum Output {
    /// Send a message.
    Send(LinkId, wire::controller_message::Kind),
    /// Close a connection once what was sent has gone out.
    Close(LinkId),
    /// A second of the run will not change any more: its number, what happened in it, and the users
    /// that the shape wanted at its end.
    Second(u64, Box<OpenSecond>, u32),
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The shape ran to its end.
    Completed,
    /// It was asked to stop.
    Interrupted,
    /// Not enough workers came.
    NoWorkers,
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Workers may attach; the load is not chosen yet.
    Waiting,
    /// Waiting for workers, since this moment of the controller's clock.
    Gathering {
        /// When the waiting began.
        since: Duration,
    },
    /// The shape runs.
    Running,
    /// Users finish what is in flight.
    Draining {
        /// When waiting for workers ends.
        until: Duration,
        /// Why the run ends.
        end: Ending,
    },
    /// Nothing more happens.
    Over(Ending),
}

/// The state of a run. All times are of the controller's monotonic clock unless called run clock.
#[derive(Debug)]
pub struct Run {
    settings: RunSettings,
    phase: Phase,
    timeline: Timeline,
    search: Option<Search>,
    evidence: Evidence,
    steering: Option<Steering>,
    started: Option<Duration>,
    ended: Option<Duration>,
    fleet: Fleet,
    /// Starts and stops that were near at the last tick.
    schedule: Schedule,
    /// When they were looked up.
    scheduled: Duration,
    /// The schedule of arrivals of an open load.
    dealer: Option<Dealer>,
    /// Run clock since which all of a trace has been asked, and everybody of it has left.
    replayed: Option<Duration>,
    /// Connections that gave way to another of the same worker and have not ended yet. What still
    /// comes on them is sent again on the new one.
    superseded: BTreeSet<LinkId>,
    /// Connections of workers that have delivered everything and wait for the others.
    parting: Vec<LinkId>,
    ledger: Ledger,
    /// The model behind the service, where it is asked.
    behind: Option<ModelBehind>,
    journal: Journal,
    outputs: Vec<Output>,
}

impl Run {
    /// A run that waits for its workers from `now` on.
    pub fn new(settings: RunSettings, now: Duration) -> Run {
        Run {
            phase: Phase::Gathering { since: now },
            steering: Steering::of(settings.timeline.shape()),
            started: None,
            ended: None,
            fleet: Fleet::new(settings.lease, settings.max_workers),
            schedule: Schedule::default(),
            scheduled: now,
            dealer: dealer(&settings),
            replayed: None,
            superseded: BTreeSet::new(),
            ledger: Ledger::new(settings.id).with_segments(settings.timeline.segments()),
            timeline: settings.timeline.clone(),
            search: settings.search.clone().map(Search::new),
            evidence: Evidence::default(),
            behind: None,
            parting: Vec::new(),
            journal: Journal::default(),
            outputs: Vec::new(),
            settings,
        }
    }

    /// A run that does nothing but take in workers until it is started. What its settings say of the load
    /// is what is shown until then.
    pub fn waiting(settings: RunSettings) -> Run {
        Run { phase: Phase::Waiting, steering: None, ..Run::new(settings, Duration::ZERO) }
    }

    /// The same run, observed by these.
    #[must_use]
    pub fn observed_by(mut self, observed: Observed) -> Run {
        self.evidence.observe(observed);
        self
    }

    /// What was observed since the last call.
    pub fn take_observed(&mut self) -> Vec<Seen> {
        self.evidence.take_observed()
    }

    /// Deals with one input at `now`; what is to be done comes back in order.
    pub fn handle(&mut self, now: Duration, input: Input) -> Vec<Output> {
        match input {
            Input::Message(link, message) => self.on_message(now, link, *message),
            Input::Disconnected(link) => self.on_disconnect(now, link),
            Input::Tick => self.on_tick(now),
            Input::Stop => self.on_stop(now),
            Input::Abandon => self.close_seconds(now, true),
            Input::Canary { age, latency } => self.on_canary(now, age, latency),
            Input::Observed { age, look } => self.on_observed(now, age, look),
            Input::Model(news) => self.on_served(now, news),
            Input::Rejections(counts) => self.journal.rejections = counts,
        }
        std::mem::take(&mut self.outputs)
    }

    /// Where the run stands.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// The settings it was made with.
    pub fn settings(&self) -> &RunSettings {
        &self.settings
    }

    /// When it is to end, run clock, as far as anybody knows: a trace is asked long before its timeline is over, and how
    /// long its last answers take then nobody does.
    pub fn planned_end(&self, now: Duration) -> Option<Duration> {
        let Some(replay) = &self.settings.replay else { return self.timeline.end() };
        let clock = self.clock(now).unwrap_or_default();
        let asked = Some(START + LEAD + replay.span()).filter(|asked| clock < *asked);
        let end = self.timeline.end().filter(|end| *end < MAX_DURATION);
        [asked, end].into_iter().flatten().min()
    }

    /// What it does along its time.
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// The search for a limit, if that is what it does.
    pub fn search(&self) -> Option<&Search> {
        self.search.as_ref()
    }

    /// Where its measurements lie.
    pub fn sources(&self) -> Sources<'_> {
        Sources { timeline: &self.timeline, totals: &self.ledger.totals, evidence: &self.evidence }
    }

    /// The workers.
    pub fn fleet(&self) -> &Fleet {
        &self.fleet
    }

    /// The totals.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Who was handed which arrivals, in an open load.
    pub fn dealer(&self) -> Option<&Dealer> {
        self.dealer.as_ref()
    }

    /// Events that the report must show.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Whether all of a trace was handed out, and everybody of it has left.
    pub fn has_replayed(&self) -> bool {
        self.replayed.is_some()
    }

    /// The run clock: time since the run started; none before.
    pub fn clock(&self, now: Duration) -> Option<Duration> {
        self.started.map(|started| now.saturating_sub(started))
    }

    /// How long the shape ran: until it ended or was stopped, or until `now`.
    pub fn elapsed(&self, now: Duration) -> Duration {
        self.clock(self.ended.unwrap_or(now)).unwrap_or_default()
    }

    /// The users that the shape wants at `now`.
    pub fn target_users(&self, now: Duration) -> u32 {
        match (self.phase, self.clock(now)) {
            (Phase::Running, Some(clock)) => {
                self.timeline.shape().target(clock).map_or(0, |target| target.users)
            }
            _ => 0,
        }
    }

    fn send(&mut self, link: LinkId, message: wire::controller_message::Kind) {
        self.outputs.push(Output::Send(link, message));
    }
}

/// What hands out the arrivals of a plan, or of a trace. One of ours makes sense.
fn dealer(settings: &RunSettings) -> Option<Dealer> {
    let arrivals = settings.plan.arrivals.as_ref()?;
    if let Some(replay) = &settings.replay {
        return Some(Dealer::of_trace(Arc::clone(replay)));
    }
    let dealer = ArrivalPlan::try_from(arrivals).ok().map(Dealer::new)?;
    Some(if settings.search.is_some() { dealer.growing() } else { dealer })
}
