//! What happens in one schedule, drawn from its seed: the load, the workers, the network, the faults.

use std::sync::Arc;
use std::time::Duration;

use common::class::{ClassSet, UserClass};
use common::shape::{Shape, Stage};
use hub::fleet::LeaseTiming;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

const SECOND: u64 = 1_000_000;

/// Something that goes wrong, or that people do. A victim is counted among the processes alive.
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    /// `kill -9`; silent: the whole machine, so that the controller sees no end of the connection.
    Crash { victim: usize, silent: bool },
    /// A process of the same name as one that is dead.
    Restart { dead: usize },
    /// A process that nobody has heard of.
    Join,
    /// Ctrl-C on a worker.
    Leave { victim: usize },
    /// Nothing gets through, up or down or both.
    Partition { victim: usize, up: bool, down: bool, lasts: u64 },
    /// The connection breaks; either end may not notice.
    Reset { victim: usize, worker_knows: bool, controller_knows: bool },
    /// Messages take this long.
    Slow { victim: usize, delay: (u64, u64), lasts: u64 },
    /// Processes do nothing while their clocks go on: `docker pause`, a laptop's lid. What comes for them waits.
    Freeze { who: Who, lasts: u64 },
    /// Ctrl-C on the controller.
    Stop,
}

/// Whom a freeze strikes.
#[derive(Debug, Clone, Copy)]
pub enum Who {
    Worker(usize),
    Controller,
    All,
}

/// Which faults are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    /// All of them.
    Storm,
    /// Crashes only, on a network that works, of a load that stays the same.
    Crashes,
}

/// One schedule. Times are true time in microseconds.
#[derive(Debug, Clone)]
pub struct Plan {
    pub shape: Arc<Shape>,
    pub lease: LeaseTiming,
    pub stop_timeout: Duration,
    pub longest_request: u64,
    pub expect_workers: usize,
    /// When each of the first workers comes.
    pub joins: Vec<u64>,
    pub faults: Vec<(u64, Fault)>,
    /// From here on nothing goes wrong any more.
    pub calm_from: u64,
    pub delay: (u64, u64),
}

impl Plan {
    pub fn draw(seed: u64, weather: Weather) -> Plan {
        let mut rng = Pcg64::seed_from_u64(seed);
        match weather {
            Weather::Storm => storm(&mut rng),
            Weather::Crashes => crashes(&mut rng),
        }
    }

    /// The lease in microseconds.
    pub fn lease_us(&self) -> u64 {
        self.lease.duration.as_micros() as u64
    }
}

fn lease(rng: &mut Pcg64) -> LeaseTiming {
    let duration = Duration::from_millis([1000, 1000, 1500, 5000][rng.random_range(0..4)]);
    LeaseTiming { duration, heartbeat: duration / 5 }
}

fn storm(rng: &mut Pcg64) -> Plan {
    let lease = lease(rng);
    let lease_us = lease.duration.as_micros() as u64;
    let shape = shape(rng, lease_us);
    let length = shape.duration().as_micros() as u64;
    let workers = rng.random_range(1..=4);
    let calm_from = length / 2;
    let slowest = [1_000, 20_000, 100_000][rng.random_range(0..3)];
    let mut faults: Vec<(u64, Fault)> = (0..rng.random_range(0..=8))
        .map(|_| {
            let at = rng.random_range(0..calm_from);
            (at, fault(rng, lease_us, calm_from - at))
        })
        .collect();
    if rng.random_bool(0.1) {
        faults.push((rng.random_range(0..length + SECOND), Fault::Stop));
    }
    faults.sort_by_key(|(at, _)| *at);
    Plan {
        shape: Arc::new(shape),
        lease,
        stop_timeout: Duration::from_millis([300, 2000][rng.random_range(0..2)]),
        longest_request: [20_000, 300_000, 1_500_000][rng.random_range(0..3)],
        expect_workers: rng.random_range(1..=workers),
        joins: (0..workers).map(|_| rng.random_range(0..SECOND)).collect(),
        faults,
        calm_from,
        delay: (100, slowest),
    }
}

fn shape(rng: &mut Pcg64, lease_us: u64) -> Shape {
    let stages = rng.random_range(1..=4);
    let mut stages: Vec<Stage> = (0..stages)
        .map(|number| Stage {
            name: format!("stage {number}"),
            duration: Duration::from_micros(rng.random_range(300_000..=3 * lease_us)),
            users: rng.random_range(0..=12),
            spawn_rate: [2.0, 10.0, 33.3, 1000.0][rng.random_range(0..4)],
            classes: classes(rng),
            arrivals: None,
        })
        .collect();
    // Half of the time nothing goes wrong, and long enough for everybody to come back.
    stages.push(Stage {
        name: "calm".to_owned(),
        duration: Duration::from_micros(5 * lease_us + 6 * SECOND),
        users: rng.random_range(1..=12),
        spawn_rate: 10.0,
        classes: classes(rng),
        arrivals: None,
    });
    Shape { name: "random".to_owned(), stages, mock_llm: false }
}

fn classes(rng: &mut Pcg64) -> ClassSet {
    let some: Vec<UserClass> = UserClass::ALL.into_iter().filter(|_| rng.random_bool(0.5)).collect();
    ClassSet::of(&some).unwrap_or(ClassSet::ALL)
}

fn fault(rng: &mut Pcg64, lease_us: u64, left: u64) -> Fault {
    let victim = rng.random_range(0..100);
    let lasts = |rng: &mut Pcg64| {
        let most = [lease_us / 5, lease_us, 3 * lease_us][rng.random_range(0..3)];
        rng.random_range(0..=most).min(left)
    };
    match rng.random_range(0..14) {
        0 => Fault::Crash { victim, silent: rng.random_bool(0.5) },
        1 => Fault::Restart { dead: victim },
        2 => Fault::Join,
        3 | 4 => Fault::Leave { victim },
        5..=7 => {
            let (up, down) = [(true, true), (true, false), (false, true)][rng.random_range(0..3)];
            Fault::Partition { victim, up, down, lasts: lasts(rng) }
        }
        8 | 9 => {
            let (worker_knows, controller_knows) =
                [(true, true), (true, false), (false, true)][rng.random_range(0..3)];
            Fault::Reset { victim, worker_knows, controller_knows }
        }
        10 | 11 => {
            let who = [Who::Worker(victim), Who::Worker(victim), Who::Controller, Who::All];
            Fault::Freeze { who: who[rng.random_range(0..4)], lasts: lasts(rng) }
        }
        _ => Fault::Slow { victim, delay: (100, rng.random_range(1_000..lease_us)), lasts: lasts(rng) },
    }
}

/// A constant load on two to five workers, all but one of which may die.
fn crashes(rng: &mut Pcg64) -> Plan {
    let lease = lease(rng);
    let lease_us = lease.duration.as_micros() as u64;
    let workers = rng.random_range(2..=5usize);
    let calm_from = 4 * lease_us;
    let dead = rng.random_range(1..workers);
    let crash = |rng: &mut Pcg64| {
        let fault = Fault::Crash { victim: rng.random_range(0..100), silent: rng.random_bool(0.5) };
        (rng.random_range(3 * lease_us..calm_from), fault)
    };
    let mut faults: Vec<_> = (0..dead).map(|_| crash(rng)).collect();
    faults.sort_by_key(|(at, _)| *at);
    let duration = Duration::from_micros(8 * lease_us + 2 * SECOND);
    let shape = Shape::constant(rng.random_range(1..=20), 100.0, duration, classes(rng));
    Plan {
        shape: Arc::new(shape.unwrap()),
        lease,
        stop_timeout: Duration::from_secs(1),
        longest_request: 100_000,
        expect_workers: workers,
        joins: (0..workers).map(|_| rng.random_range(0..SECOND)).collect(),
        faults,
        calm_from,
        delay: (100, 10_000),
    }
}
