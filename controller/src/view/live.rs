//! Where a run stands, for those who watch it.

use std::time::Duration;

use common::api::Endpoint;
use common::shape::Stage;
use serde::Serialize;

use hub::merge::Account;
use hub::run::{Phase, Run, Search};
use report::rows::DistributionRow;

/// Where a run stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct LiveRow {
    /// The run's id, 32 hex digits.
    pub id: String,
    /// Which part of its life it is in.
    pub phase: LivePhase,
    /// Run clock in seconds: since the start, or until the shape's end; 0 before.
    pub clock_s: f64,
    /// Place of the stage that holds now in the plan.
    pub stage: Option<usize>,
    /// How a search goes on.
    pub search: Option<SearchRow>,
    /// The users that the shape wants now.
    pub users_target: u64,
    /// Workers that hold a lease.
    pub workers: u64,
    /// Workers that the run waits for before it starts.
    pub workers_expected: u64,
    /// What a constant shape is meant to run; none when its users cannot be changed.
    pub steer: Option<SteerRow>,
}

/// How a search goes on.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct SearchRow {
    /// What comes after the rung that runs.
    pub then: String,
    /// How long it still takes, at least and at most, seconds.
    pub left_s: (f64, f64),
}

/// What a constant shape is meant to run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct SteerRow {
    /// Users, when it is not paused.
    pub users: u64,
    /// Users started or stopped per second.
    pub spawn_rate: f64,
    /// Whether nobody is to run for now.
    pub paused: bool,
}

/// Which part of its life a run is in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LivePhase {
    /// Somebody is to start it.
    Waiting,
    /// It waits for workers.
    #[default]
    Gathering,
    /// The shape runs.
    Running,
    /// Users finish what is in flight.
    Draining,
    /// Its numbers do not change any more; the files are being written.
    Writing,
    /// Everything is written.
    Over,
}

/// A worker in its last interval.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct PulseRow {
    /// Users running at its end.
    pub users: u64,
    /// Load of its busiest load thread, as a fraction of a core (0 to 1).
    pub cpu: f64,
    /// Resident memory in bytes.
    pub memory: u64,
    /// How long what came lay unread, 99 %, in milliseconds.
    pub lateness_p99_ms: f64,
}

/// The workers in their last intervals, in the order of the report's workers; none for one that has sent
/// nothing yet.
pub fn pulse(run: &Run) -> Vec<Option<PulseRow>> {
    let row = |account: &Account| {
        account.last.map(|last| PulseRow {
            users: u64::from(last.users),
            cpu: f64::from(last.cpu_permille) / 1000.0,
            memory: last.memory_bytes,
            lateness_p99_ms: last.lateness_p99_us as f64 / 1000.0,
        })
    };
    let workers = 0..run.fleet().members().len();
    workers.map(|worker| run.ledger().accounts.get(worker).and_then(row)).collect()
}

/// The latency of each endpoint that was called.
pub fn distributions(run: &Run, endpoints: &[Endpoint]) -> Vec<DistributionRow> {
    let totals = endpoints.iter().zip(&run.ledger().totals.run.endpoints);
    let called = totals.filter(|(_, totals)| totals.latency.count() > 0);
    called.map(|(endpoint, totals)| DistributionRow::new(endpoint, &totals.latency)).collect()
}

/// A stage of the shape, begun or not.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct PlanRow {
    /// What reports call the stage.
    pub name: String,
    /// Start in seconds since the run's start.
    pub from_s: f64,
    /// Planned end in seconds since the run's start.
    pub to_s: f64,
    /// The users that it goes toward.
    pub users: u64,
    /// Users started or stopped per second on the way.
    pub spawn_rate: f64,
}

/// Where `run` stands at `now` (controller clock).
pub fn live(run: &Run, now: Duration) -> LiveRow {
    let clock = run.clock(now);
    let target = clock.filter(|_| run.phase() == Phase::Running);
    let target = target.and_then(|clock| run.timeline().shape().target(clock));
    LiveRow {
        id: run.settings().id.iter().map(|byte| format!("{byte:02x}")).collect(),
        phase: phase(run.phase()),
        clock_s: (run.elapsed(now).as_secs_f64() * 1000.0).round() / 1000.0,
        stage: target.map(|target| target.stage),
        search: run.search().map(|found| search(found, run.elapsed(now))),
        users_target: u64::from(run.target_users(now)),
        workers: run.fleet().eligible() as u64,
        workers_expected: run.settings().expect_workers.max(1) as u64,
        steer: run.steering().map(|steering| SteerRow {
            users: u64::from(steering.users),
            spawn_rate: steering.spawn_rate,
            paused: steering.paused,
        }),
    }
}

fn search(search: &Search, clock: Duration) -> SearchRow {
    let left = search.left(clock);
    SearchRow { then: search.then(), left_s: (left.least.as_secs_f64(), left.most.as_secs_f64()) }
}

/// Every stage that is known. One that holds until further notice ends at `now` (controller clock), or with
/// its start.
pub fn plan(run: &Run, now: Duration) -> Vec<PlanRow> {
    let (timeline, shape) = (run.timeline(), run.timeline().shape());
    let latest = timeline.end().unwrap_or_else(|| run.elapsed(now));
    let row = |(number, stage): (usize, &Stage)| {
        let (from, to) = shape.stage_bounds(number);
        PlanRow {
            name: stage.name.clone(),
            from_s: from.as_secs_f64(),
            to_s: to.min(latest).max(from).as_secs_f64(),
            users: u64::from(stage.users),
            spawn_rate: stage.spawn_rate,
        }
    };
    shape.stages.iter().enumerate().map(row).collect()
}

fn phase(phase: Phase) -> LivePhase {
    match phase {
        Phase::Waiting => LivePhase::Waiting,
        Phase::Gathering { .. } => LivePhase::Gathering,
        Phase::Running => LivePhase::Running,
        Phase::Draining { .. } => LivePhase::Draining,
        Phase::Over(_) => LivePhase::Writing,
    }
}
