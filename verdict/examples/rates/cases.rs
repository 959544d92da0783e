//! The services, and what is true of them.

use common::arrivals::Spacing;

use crate::service::{Length, Service, Shared, Slots};
use crate::world::Asked;

/// What is true of a service.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Truth {
    /// It holds so many a second, and no more.
    Capacity(f64),
    /// It has no limit that the search could reach.
    None,
}

pub struct Case {
    pub name: String,
    pub truth: Truth,
    pub asked: Asked,
    make: Box<dyn Fn(u64) -> Box<dyn Service> + Sync + Send>,
}

impl Case {
    pub fn service(&self, seed: u64) -> Box<dyn Service> {
        (self.make)(seed)
    }
}

/// A generous bound: a queue just below capacity is long for a while.
const GENEROUS: &[&str] = &["failures<1%", "ttft.p95<60s"];

fn asked() -> Asked {
    Asked {
        thresholds: GENEROUS,
        max_users: 1000,
        spacing: Spacing::Poisson,
        longest: None,
        worker_dies: None,
    }
}

fn slots(name: &str, slots: usize, length: Length) -> Case {
    Case {
        name: name.to_owned(),
        truth: Truth::Capacity(slots as f64 / length.mean()),
        asked: asked(),
        make: Box::new(move |seed| Box::new(Slots::new(slots, length, false, seed))),
    }
}

pub fn all() -> Vec<Case> {
    let mut cases = vec![
        slots("M/D/1, 0.1 s", 1, Length::Fixed(0.1)),
        slots("M/D/4, 0.5 s", 4, Length::Fixed(0.5)),
        slots("M/D/10, 2 s", 10, Length::Fixed(2.0)),
        slots("1 slot, lognormal answers of 0.1 s", 1, Length::Lognormal(0.1, 0.5)),
        slots("4 slots, lognormal answers of 0.5 s", 4, Length::Lognormal(0.5, 0.5)),
        slots("10 slots, lognormal answers of 2 s", 10, Length::Lognormal(2.0, 0.5)),
        slots("10 slots, lognormal answers of 2 s, wide", 10, Length::Lognormal(2.0, 1.0)),
        slots("10 slots, answers of 20 s", 10, Length::Lognormal(20.0, 0.5)),
    ];
    let shared = |name: &str, cores: f64, length: Length| Case {
        name: name.to_owned(),
        truth: Truth::Capacity(cores / length.mean()),
        asked: asked(),
        make: Box::new(move |seed| Box::new(Shared::new(cores, length, seed))),
    };
    cases.push(shared("a shared processor, 0.1 s", 1.0, Length::Lognormal(0.1, 0.5)));
    cases.push(shared("four shared processors, 1 s", 4.0, Length::Lognormal(1.0, 0.5)));
    let mut even = slots("D/D/4, 0.5 s", 4, Length::Fixed(0.5));
    even.asked.spacing = Spacing::Constant;
    cases.push(even);
    cases.push(Case {
        name: "no limit in range, 0.05 s".to_owned(),
        truth: Truth::None,
        asked: Asked { max_users: 100, ..asked() },
        make: Box::new(|seed| Box::new(Slots::new(100_000, Length::Lognormal(0.05, 0.5), false, seed))),
    });
    cases.push(Case {
        name: "a cap of 10 that refuses, 0.5 s".to_owned(),
        truth: Truth::Capacity(refuses(10, 0.01) / 0.5),
        asked: asked(),
        make: Box::new(|seed| Box::new(Slots::new(10, Length::Lognormal(0.5, 0.5), true, seed))),
    });
    let mut dying = shared("four shared processors, 1 s, a worker dies", 4.0, Length::Lognormal(1.0, 0.5));
    dying.asked.worker_dies = Some(70);
    cases.push(dying);
    cases
}

/// Arrivals per length of an answer at which so large a share finds all slots taken (Erlang's loss formula).
fn refuses(slots: u32, share: f64) -> f64 {
    let lost = |load: f64| (1..=slots).fold(1.0, |lost, slot| load * lost / (f64::from(slot) + load * lost));
    let (mut low, mut high) = (0.0, f64::from(slots));
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if lost(middle) < share { low = middle } else { high = middle }
    }
    low
}
