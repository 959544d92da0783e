//! One schedule from beginning to end: true time, and everything that happens in its order.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BinaryHeap};
use std::time::Duration;

use common::protocol as wire;
use common::protocol::controller_message::Kind as ToWorker;
use controller::run::{Input, Output, Phase, Run, Settings, TICK};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::audit::{Audit, Violation, steady_target};
use super::clock::Clock;
use super::history::History;
use super::network::{Conn, Down, Network, Path, Up};
use super::plan::{Fault, Plan, Weather};
use super::sabotage::Sabotage;
use super::users::Change;
use super::worker::{Fate, Setup, Worker};

/// How often what must hold is looked at besides when something changes.
const CHECK_US: u64 = 50_000;
/// Two clocks of this simulation drift apart by no more than this.
const DRIFT_PPM: u64 = 10_100;
/// Round trips that an estimate of the run clock remembers.
const REMEMBERED: usize = 16;

#[derive(Debug)]
enum Event {
    Up(Conn, Up),
    Down(Conn, Down),
    /// An end of a connection learns that it is over.
    WorkerLost(Conn),
    ControllerLost(Conn),
    Tick,
    Check,
    Wake {
        worker: usize,
        stamp: u64,
    },
    Come {
        name: String,
    },
    Fault(Fault),
    /// The delay of a path is as usual again.
    Usual {
        worker: usize,
    },
}

#[derive(Debug)]
struct Entry {
    at: u64,
    order: u64,
    event: Event,
}

/// One schedule while it runs.
pub struct World {
    now: u64,
    queue: BinaryHeap<Entry>,
    order: u64,
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

/// Runs one schedule; with `traced`, everything that happened is told.
pub fn simulate(seed: u64, weather: Weather, sabotage: Sabotage, traced: bool) -> Outcome {
    let mut world = World::new(seed, weather, sabotage, traced);
    let mut events = 0;
    while let Some(entry) = world.queue.pop() {
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
            queue: BinaryHeap::new(),
            order: 0,
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
        self.order += 1;
        self.queue.push(Entry { at: at.max(self.now), order: self.order, event });
    }

    fn tell(&mut self, what: impl FnOnce(&World) -> String) {
        if self.trace.is_some() {
            let line = format!("{:>10} {}", self.now, what(self));
            self.trace.get_or_insert_default().push(line);
        }
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
                self.tick();
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
                self.tell(|_| format!("{fault:?}"));
                self.last_fault = self.now;
                self.strike(fault);
            }
            Event::Usual { worker } => self.network.paths[worker].delay = self.plan.delay,
        }
    }

    fn come(&mut self, name: String) {
        let (lease, number) = (self.plan.lease_us(), self.workers.len());
        let clock = Clock::new(self.now, self.rng.random_range(-5_000..=5_000));
        let setup = Setup {
            number,
            name,
            clock,
            longest_request: self.plan.longest_request,
            connect_timeout: lease,
            longest_backoff: lease,
            name_patience: 3 * lease,
            patience: 10 * lease,
            sabotage: self.sabotage,
        };
        let rng = Pcg64::seed_from_u64(self.rng.random());
        self.network.paths.push(Path { up_cut_until: 0, down_cut_until: 0, delay: self.plan.delay });
        self.workers.push(Worker::new(setup, rng));
        self.wakes.push((0, Vec::new(), 0));
        self.tell(|world| format!("process {number} comes as {}", world.workers[number].setup.name));
        self.wake(number);
    }

    fn wake(&mut self, worker: usize) {
        if self.workers[worker].is_alive() {
            let now = self.workers[worker].setup.clock.read(self.now);
            self.workers[worker].wake(now, &mut self.network);
            self.settle(worker);
        }
    }

    /// After a worker has done anything: its users are noted, its messages sent, its alarm set.
    fn settle(&mut self, number: usize) {
        let worker = &mut self.workers[number];
        let changes = worker.job.as_mut().map(|job| job.users.changes()).unwrap_or_default();
        let sent = worker.outgoing();
        let started = changes.iter().any(|(_, change)| *change == Change::Started);
        for (key, change) in changes {
            self.audit.changed(number, key, change);
            self.tell(|_| format!("process {number}: {key:?} {change:?}"));
        }
        if started {
            self.check_target();
        }
        for (conn, what) in sent {
            self.tell(|_| format!("process {number} sends on {conn}: {}", brief_up(&what)));
            if let Some(at) = self.network.arrival_up(self.now, conn, &mut self.rng) {
                self.schedule(at, Event::Up(conn, what));
            }
        }
        match self.workers[number].is_alive() {
            true => self.set_alarm(number),
            false => self.bury(number, false),
        }
    }

    fn set_alarm(&mut self, number: usize) {
        let clock = self.workers[number].setup.clock;
        let due = self.workers[number].next_due(clock.read(self.now));
        self.wakes[number].0 += 1;
        let stamp = self.wakes[number].0;
        self.schedule(clock.when(due), Event::Wake { worker: number, stamp });
    }

    /// A process is gone. Its kernel closes its connections, unless the whole machine is gone.
    fn bury(&mut self, number: usize, silent: bool) {
        let fate = self.workers[number].fate;
        self.tell(|_| format!("process {number} has ended: {fate:?}"));
        let left = self.audit.living_on(number);
        if left > 0 && fate == Fate::Left {
            self.audit.violated(|| format!("process {number} left with {left} users alive"));
        }
        self.audit.died(number);
        for conn in self.network.open_of(number) {
            if silent {
                self.network.lose_up(conn, self.now);
                let notices = self.now + self.keep_alive();
                self.schedule(notices, Event::ControllerLost(conn));
            } else if let Some(at) = self.network.arrival_up(self.now, conn, &mut self.rng) {
                self.schedule(at, Event::Up(conn, Up::Fin));
            }
        }
    }

    /// The controller's patience with a silent connection.
    fn keep_alive(&mut self) -> u64 {
        let lease = self.plan.lease_us();
        self.rng.random_range(lease..lease * 7 / 5)
    }

    fn at_controller(&mut self, conn: Conn, what: Up) {
        let Up::Message(mut kind) = what else { return self.controller_lost(conn) };
        let member = self.run.fleet().by_link(conn as u64);
        let account = member.and_then(|member| self.run.ledger().accounts.get(member));
        self.sabotage.on_the_way_up(&mut kind, account.map_or(1, |account| account.next_seq));
        let message = wire::WorkerMessage { kind: Some(*kind) };
        self.tell(|_| format!("controller hears on {conn}: {}", brief(&message)));
        self.input(Input::Message(conn as u64, Box::new(message)));
    }

    fn controller_lost(&mut self, conn: Conn) {
        let connection = &mut self.network.connections[conn];
        if !std::mem::replace(&mut connection.controller_open, false) {
            return;
        }
        connection.controller_sends = false;
        self.tell(|_| format!("controller sees the end of {conn}"));
        self.input(Input::Disconnected(conn as u64));
        self.say(conn, Down::Fin);
    }

    fn input(&mut self, input: Input) {
        if self.over_at.is_some() {
            return; // its process has ended
        }
        let outputs = self.run.handle(self.controller_now(), input);
        for output in outputs {
            self.carry(output);
        }
        if matches!(self.run.phase(), Phase::Over(_)) {
            self.over();
        }
    }

    fn over(&mut self) {
        let outputs = self.run.handle(self.controller_now(), Input::Tick);
        for output in outputs {
            self.carry(output);
        }
        self.over_at = Some(self.now);
        self.tell(|world| format!("the run is over: {:?}", world.run.phase()));
        for conn in 0..self.network.connections.len() {
            if std::mem::replace(&mut self.network.connections[conn].controller_open, false) {
                self.say(conn, Down::Fin);
            }
        }
    }

    fn carry(&mut self, output: Output) {
        match output {
            Output::Send(link, mut kind) => {
                let conn = link as Conn;
                if self.network.connections[conn].controller_sends {
                    self.check_epoch(conn, &kind);
                    self.sabotage.on_the_way_down(&mut kind);
                    self.say(conn, Down::Message(Box::new(kind)));
                }
            }
            Output::Close(link) => {
                let conn = link as Conn;
                if std::mem::replace(&mut self.network.connections[conn].controller_sends, false) {
                    self.say(conn, Down::Fin);
                }
            }
            Output::Second(second, open, _) => {
                if let Err(wrong) = self.history.close(second, &open) {
                    self.audit.violated(|| wrong);
                }
            }
        }
    }

    fn say(&mut self, conn: Conn, what: Down) {
        self.tell(|_| format!("controller sends on {conn}: {}", brief_down(&what)));
        if let Some(at) = self.network.arrival_down(self.now, conn, &mut self.rng) {
            self.schedule(at, Event::Down(conn, what));
        }
    }

    /// The epochs that a process is sent only rise.
    fn check_epoch(&mut self, conn: Conn, kind: &ToWorker) {
        if let ToWorker::Quota(quota) = kind {
            let worker = self.network.connections[conn].worker;
            let last = self.epochs.insert(worker, quota.epoch).unwrap_or(0);
            if quota.epoch <= last {
                self.audit.violated(|| format!("epoch {} after {last} for process {worker}", quota.epoch));
            }
        }
    }

    fn at_worker(&mut self, conn: Conn, what: Down) {
        let number = self.network.connections[conn].worker;
        if !self.workers[number].is_alive() {
            return;
        }
        self.tell(|_| format!("process {number} hears on {conn}: {}", brief_down(&what)));
        let is_quota = matches!(&what, Down::Message(kind) if matches!(**kind, ToWorker::Quota(_)));
        let now = self.workers[number].setup.clock.read(self.now);
        let mine = self.workers[number].connection() == Some(conn);
        self.workers[number].hear(now, conn, what);
        if is_quota && mine {
            self.check_clock(number, now);
        }
        self.settle(number);
        self.wake(number);
    }

    /// A worker's estimate of the run clock is off by no more than is documented.
    fn check_clock(&mut self, number: usize, worker_now: u64) {
        let Some(clock) = self.run.clock(self.controller_now()) else { return };
        let Some(job) = &self.workers[number].job else { return };
        let (Some(run), Some((_, round_trip))) = (job.clock.to_run(worker_now), job.clock.estimate()) else {
            return;
        };
        let error = run.abs_diff(clock.as_micros() as u64);
        let (_, fed, greatest) = &mut self.wakes[number];
        fed.push(self.now);
        if fed.len() > REMEMBERED {
            fed.remove(0);
        }
        let drifted = (self.now - fed[0] + round_trip) * DRIFT_PPM / 1_000_000;
        *greatest = drifted + self.plan.lease_us() * DRIFT_PPM / 1_000_000;
        let allowed = round_trip / 2 + drifted + 3;
        if error > allowed {
            self.audit
                .violated(|| format!("the clock of process {number} is off by {error} µs, not {allowed}"));
        }
        let alive = self.workers.iter().zip(&self.wakes).filter(|(worker, _)| worker.is_alive());
        self.audit.clock_error = alive.map(|(_, wakes)| wakes.2).max().unwrap_or(0);
    }

    fn tick(&mut self) {
        self.input(Input::Tick);
    }

    fn check_target(&mut self) {
        match self.run.clock(self.controller_now()) {
            Some(clock) => self.audit.check_target(&self.plan.shape, clock),
            None if self.audit.running() != [0; 3] => {
                self.audit.violated(|| "users run before the run".to_owned())
            }
            None => {}
        }
    }

    fn check(&mut self) {
        self.check_target();
        self.check_return();
        self.check_end();
    }

    /// Once nothing goes wrong any more, the users are back at the target.
    fn check_return(&mut self) {
        let calm_since = self.last_fault.max(self.plan.joins.iter().copied().max().unwrap_or(0));
        let calm = self.now >= calm_since.max(self.calm_after()) + self.patience();
        let willing = self.workers.iter().any(Worker::is_willing);
        let running = matches!(self.run.phase(), Phase::Running);
        let Some(clock) = self.run.clock(self.controller_now()).filter(|_| calm && willing && running) else {
            return;
        };
        // A user that starts again, or elsewhere, must first have ended. Stops come early by what is
        // uncertain, and a change of the classes moves users when it comes within sight.
        let since = Duration::from_micros(2 * self.plan.longest_request + 2_200_000);
        let until = Duration::from_micros(1_300_000 + self.audit.clock_error + 2 * self.plan.delay.1);
        let steady = steady_target(&self.plan.shape, clock.saturating_sub(since), clock + until);
        let now = self.audit.running();
        if let Some(target) = steady.filter(|target| *target != now && !self.stopped) {
            self.audit.violated(|| {
                format!("{now:?} users run at {clock:?}, long after the last fault, not {target:?}")
            });
        }
    }

    fn calm_after(&self) -> u64 {
        match self.plan.faults.iter().all(|(_, fault)| matches!(fault, Fault::Crash { .. })) {
            true => 0,
            false => self.plan.calm_from,
        }
    }

    /// How long it takes until everybody is back: after a crash alone a lease and a second, and what
    /// users that move have in flight; else also until every connection is made anew.
    fn patience(&self) -> u64 {
        let lease = self.plan.lease_us();
        let crashes_only = self.plan.faults.iter().all(|(_, fault)| matches!(fault, Fault::Crash { .. }));
        let reconnect = if crashes_only { 0 } else { lease * 35 / 10 + 500_000 };
        lease + 1_000_000 + reconnect + self.plan.longest_request
    }

    /// The run ends within the time it may take, and all users with it.
    fn check_end(&mut self) {
        let bound = self.plan.shape.duration() + self.plan.stop_timeout + self.plan.lease.duration;
        let slack = Duration::from_micros(self.plan.lease_us() / 50) + 3 * TICK;
        let clock = self.run.clock(self.controller_now()).unwrap_or_default();
        if self.over_at.is_none() && (clock > bound + slack || self.now > 300_000_000) {
            self.audit.violated(|| format!("the run is not over at {clock:?}"));
        }
        let over = self.over_at.is_some_and(|at| self.now + 2 * CHECK_US >= at + self.afterwards());
        let running = self.audit.running();
        if over && running != [0; 3] {
            self.audit.violated(|| format!("{running:?} users run long after the run is over"));
        }
    }

    fn strike(&mut self, fault: Fault) {
        let living: Vec<usize> =
            (0..self.workers.len()).filter(|worker| self.workers[*worker].is_alive()).collect();
        let pick = |victim: usize| (!living.is_empty()).then(|| living[victim % living.len()]);
        match fault {
            Fault::Stop => {
                self.stopped = true;
                self.input(Input::Stop);
            }
            Fault::Join => self.come(format!("w{}", self.workers.len())),
            Fault::Restart { dead } => {
                let dead_ones = self.workers.iter().filter(|worker| !worker.is_alive());
                let names: Vec<String> = dead_ones.map(|worker| worker.setup.name.clone()).collect();
                if !names.is_empty() {
                    self.come(names[dead % names.len()].clone());
                }
            }
            Fault::Crash { victim, silent } => {
                if let Some(victim) = pick(victim) {
                    self.workers[victim].fate = Fate::Crashed;
                    self.bury(victim, silent);
                }
            }
            Fault::Leave { victim } => {
                if let Some(victim) = pick(victim) {
                    let now = self.workers[victim].setup.clock.read(self.now);
                    self.workers[victim].leave(now);
                    self.settle(victim);
                }
            }
            Fault::Partition { victim, up, down, lasts } => {
                if let Some(victim) = pick(victim) {
                    self.partition(victim, up, down, lasts);
                }
            }
            Fault::Reset { victim, worker_knows, controller_knows } => {
                if let Some(conn) = pick(victim).and_then(|victim| self.workers[victim].connection()) {
                    self.reset(conn, worker_knows, controller_knows);
                }
            }
            Fault::Slow { victim, delay, lasts } => {
                if let Some(victim) = pick(victim) {
                    self.network.paths[victim].delay = delay;
                    self.schedule(self.now + lasts, Event::Usual { worker: victim });
                }
            }
        }
    }

    fn partition(&mut self, victim: usize, up: bool, down: bool, lasts: u64) {
        let (until, lease) = (self.now + lasts, self.plan.lease_us());
        let path = &mut self.network.paths[victim];
        if up {
            path.up_cut_until = path.up_cut_until.max(until);
        }
        if down {
            path.down_cut_until = path.down_cut_until.max(until);
        }
        for conn in self.network.open_of(victim) {
            let worker_notices = self.now + self.rng.random_range(lease * 3 / 5..lease);
            let controller_notices = self.now + self.keep_alive();
            if worker_notices < until {
                self.schedule(worker_notices, Event::WorkerLost(conn));
            }
            if controller_notices < until {
                self.schedule(controller_notices, Event::ControllerLost(conn));
            }
        }
    }

    fn reset(&mut self, conn: Conn, worker_knows: bool, controller_knows: bool) {
        if controller_knows || self.rng.random_bool(0.5) {
            self.network.lose_up(conn, self.now);
        }
        self.network.lose_down(conn, self.now);
        let patience = self.keep_alive();
        let worker_notices = if worker_knows { 0 } else { self.rng.random_range(0..self.plan.lease_us()) };
        self.schedule(self.now + worker_notices, Event::WorkerLost(conn));
        let controller_notices = if controller_knows { 0 } else { patience };
        self.schedule(self.now + controller_notices, Event::ControllerLost(conn));
    }
}

fn settings(plan: &Plan) -> Settings {
    let stop_timeout_ms = plan.stop_timeout.as_millis() as u32;
    Settings {
        id: [7; 16],
        plan: wire::Plan { stop_timeout_ms, ..wire::Plan::default() },
        shape: plan.shape.clone(),
        lease: plan.lease,
        stop_timeout: plan.stop_timeout,
        expect_workers: plan.expect_workers,
        expect_max_wait: Some(Duration::from_secs(5)),
        max_workers: 100,
    }
}

fn brief_up(what: &Up) -> String {
    match what {
        Up::Message(kind) => brief(&wire::WorkerMessage { kind: Some((**kind).clone()) }),
        Up::Fin => "the end".to_owned(),
    }
}

fn brief_down(what: &Down) -> String {
    match what {
        Down::Message(kind) => match &**kind {
            ToWorker::Welcome(welcome) => format!("Welcome next_seq={}", welcome.next_seq),
            kind => format!("{kind:?}"),
        },
        Down::Fin => "the end".to_owned(),
    }
}

fn brief(message: &wire::WorkerMessage) -> String {
    use wire::worker_message::Kind;
    match &message.kind {
        Some(Kind::Delta(delta)) => format!("Delta {} of {}..{}", delta.seq, delta.from_us, delta.to_us),
        Some(Kind::Register(register)) => format!("Register {}", register.worker),
        kind => format!("{kind:?}"),
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    /// The earliest is the greatest, as the heap hands out the greatest first.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.order).cmp(&(self.at, self.order))
    }
}
