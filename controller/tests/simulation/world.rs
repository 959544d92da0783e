//! One schedule from beginning to end: true time, and everything that happens in its order.

mod agenda;
mod checks;
mod controller;
mod faults;
mod freeze;
mod process;
mod trace;

use std::collections::BTreeMap;
use std::time::Duration;

use ::hub::run::{Input, Run, RunSettings, TICK};
use common::protocol as wire;
use common::timeline::Timeline;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::audit::{Audit, Violation};
use super::clock::Clock;
use super::history::History;
use super::network::{Conn, Network};
use super::plan::{Plan, Weather};
use super::sabotage::Sabotage;
use super::worker::Worker;
use agenda::{Agenda, Event, Place};

/// How often what must hold is looked at besides when something changes.
const CHECK_US: u64 = 50_000;

/// One schedule while it runs.
pub struct World {
    now: u64,
    agenda: Agenda,
    rng: Pcg64,
    pub plan: Plan,
    sabotage: Sabotage,
    pub run: Run,
    controller: Clock,
    network: Network,
    pub workers: Vec<Worker>,
    /// Per worker: the wake-up that counts, and when the estimate of the clock was fed.
    wakes: Vec<(u64, Vec<u64>, u64)>,
    pub audit: Audit,
    pub history: History,
    epochs: BTreeMap<Conn, u64>,
    stopped: bool,
    over_at: Option<u64>,
    last_fault: u64,
    /// Until when workers do nothing.
    frozen: BTreeMap<usize, u64>,
    controller_frozen_until: u64,
    /// What came for those who do nothing, in its order.
    held: BTreeMap<Place, Vec<Event>>,
    trace: Option<Vec<String>>,
}

/// What a schedule came to.
#[derive(Debug)]
pub struct Outcome {
    pub violation: Option<Violation>,
    pub trace: Vec<String>,
    /// Events that happened.
    pub events: u64,
}

/// Runs one schedule; with `traced`, everything that happened is written down.
pub fn simulate(seed: u64, weather: Weather, sabotage: Sabotage, traced: bool) -> Outcome {
    let mut world = World::new(seed, weather, sabotage, traced);
    let mut events = 0;
    while let Some(entry) = world.agenda.next() {
        world.now = entry.at;
        world.happen(entry.event);
        events += 1;
        if world.audit.violation.is_some() || world.is_done() {
            break;
        }
    }
    if world.audit.violation.is_none() {
        super::verdict::judge(&mut world);
    }
    let mut trace = world.trace.take().unwrap_or_default();
    trace.extend(world.audit.violation.iter().map(|violation| format!("{:>10} {}", world.now, violation.0)));
    Outcome { violation: world.audit.violation, trace, events }
}

impl World {
    fn new(seed: u64, weather: Weather, sabotage: Sabotage, traced: bool) -> World {
        let plan = Plan::draw(seed, weather);
        let mut rng = Pcg64::seed_from_u64(seed ^ 0x5eed);
        let controller = Clock::new(0, rng.random_range(-5_000..=5_000));
        let mut world = World {
            now: 0,
            agenda: Agenda::default(),
            run: Run::new(settings(&plan), Duration::ZERO),
            rng,
            sabotage,
            controller,
            network: Network::default(),
            workers: Vec::new(),
            wakes: Vec::new(),
            audit: Audit::new(),
            history: History::default(),
            epochs: BTreeMap::new(),
            stopped: false,
            over_at: None,
            last_fault: 0,
            frozen: BTreeMap::new(),
            controller_frozen_until: 0,
            held: BTreeMap::new(),
            trace: traced.then(|| vec![format!("{plan:#?}")]),
            plan,
        };
        for (number, at) in world.plan.joins.clone().into_iter().enumerate() {
            world.schedule(at, Event::Come { name: format!("w{number}") });
        }
        for (at, fault) in world.plan.faults.clone() {
            world.schedule(at, Event::Fault(fault));
        }
        world.schedule(0, Event::Tick);
        world.schedule(CHECK_US, Event::Check);
        world
    }

    fn schedule(&mut self, at: u64, event: Event) {
        self.agenda.add(at.max(self.now), event);
    }

    fn controller_now(&self) -> Duration {
        Duration::from_micros(self.controller.read(self.now))
    }

    fn is_done(&self) -> bool {
        self.over_at.is_some_and(|at| self.now >= at + self.afterwards())
    }

    /// How long workers may go on after the run is over: a lease, or what a leaving one has in flight.
    fn afterwards(&self) -> u64 {
        2 * self.plan.lease_us() + self.plan.stop_timeout.as_micros() as u64
    }

    fn happen(&mut self, event: Event) {
        if let Some(place) = self.whom(&event).filter(|place| self.is_frozen(*place)) {
            return self.held.entry(place).or_default().push(event);
        }
        match event {
            Event::Up(conn, what) if self.network.arrives_up(self.now, conn) => {
                self.at_controller(conn, what)
            }
            Event::Down(conn, what) if self.network.arrives_down(self.now, conn) => {
                self.at_worker(conn, what)
            }
            Event::Up(..) | Event::Down(..) => {}
            Event::WorkerLost(conn) => {
                let worker = self.network.connections[conn].worker;
                let now = self.workers[worker].setup.clock.read(self.now);
                self.workers[worker].connection_lost(now, conn);
                self.settle(worker);
            }
            Event::ControllerLost(conn) => self.controller_lost(conn),
            Event::Tick => {
                self.input(Input::Tick);
                let jitter = self.rng.random_range(0..10_000);
                self.schedule(self.now + TICK.as_micros() as u64 + jitter, Event::Tick);
            }
            Event::Check => {
                self.check();
                self.schedule(self.now + CHECK_US, Event::Check);
            }
            Event::Wake { worker, stamp } if self.wakes[worker].0 == stamp => self.wake(worker),
            Event::Wake { .. } => {}
            Event::Come { name } => self.come(name),
            Event::Fault(fault) => {
                self.note(|_| format!("{fault:?}"));
                self.last_fault = self.last_fault.max(self.now);
                self.strike(fault);
            }
            Event::Thaw(place) => self.thaw(place),
            Event::Outlived { worker, frozen_until } => self.outlived(worker, frozen_until),
            Event::Usual { worker } => self.network.paths[worker].delay = self.plan.delay,
        }
    }
}

fn settings(plan: &Plan) -> RunSettings {
    let stop_timeout_ms = plan.stop_timeout.as_millis() as u32;
    RunSettings {
        replay: None,
        id: [7; 16],
        plan: wire::Plan { stop_timeout_ms, ..wire::Plan::default() },
        timeline: Timeline::of((*plan.shape).clone()),
        search: None,
        lease: plan.lease,
        stop_timeout: plan.stop_timeout,
        expect_workers: plan.expect_workers,
        expect_max_wait: Some(Duration::from_secs(5)),
        max_workers: 100,
    }
}
