//! The services of the scoreboard, and what is true of each.

use verdict::limits::CauseKind::{self, *};

use crate::backend::Backend;
use crate::new::{self, Answers, Maker};
use crate::search::Load;
use crate::service::{Engine, Lengths, Running, Service};

/// A service whose truth is known.
pub struct Model {
    pub name: &'static str,
    pub make: Make,
    /// Causes that are true of it; a verdict that names any other one is wrong.
    pub truth: &'static [CauseKind],
    /// Streams that it runs at once: one number, or several where it changes with time.
    pub slots: Vec<f64>,
    pub group: Group,
    /// Whether it goes on to hold as many users as it does at first.
    pub keeps: bool,
    /// Whether it says anything with users who do something else beside streams.
    pub loads: &'static [Load],
}

/// When a service was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// The rules were written with it.
    Known,
    /// After the rules, and run before anything was changed for it.
    Later,
    /// Last: nothing was changed for it yet.
    New,
}

/// What a service is made by.
#[derive(Clone)]
pub enum Make {
    /// The parts of [`Service`].
    Parts(Box<Service>),
    /// A file of its own.
    Own(Maker),
}

impl Model {
    /// The service as it is under a load.
    pub fn backend(&self, load: Load, seed: u64) -> Box<dyn Backend> {
        match &self.make {
            Make::Parts(service) => Box::new(Running::new(under(service, load), seed)),
            Make::Own(maker) => maker(Answers::of(load), seed),
        }
    }

    /// All its parameters under a load, as text.
    pub fn parameters(&self, load: Load) -> String {
        match &self.make {
            Make::Parts(service) => format!("{:?}", under(service, load)),
            Make::Own(_) => format!("{:?}", self.backend(load, 0)),
        }
    }
}

pub fn model(name: &'static str, truth: &'static [CauseKind], service: Service) -> Model {
    let slots = match (truth[0], service.slots) {
        (SlotPool | BatchSlots, Some(slots)) if service.scale_out.is_some() => {
            vec![slots as f64, 2.0 * slots as f64]
        }
        (SlotPool | BatchSlots, Some(slots)) => vec![slots as f64],
        _ => Vec::new(),
    };
    let keeps = service.scale_out.is_none();
    let make = Make::Parts(Box::new(service));
    Model { name, make, truth, slots, group: Group::Known, keeps, loads: &Load::ALL }
}

/// A service with this part of it otherwise.
pub fn with(change: impl FnOnce(&mut Service)) -> Service {
    let mut service = Service::default();
    change(&mut service);
    service
}

/// A service of short answers with this part of it otherwise.
fn fast(change: impl FnOnce(&mut Service)) -> Service {
    with(|service| {
        (service.ttft, service.chunks, service.gap) = (0.1, 20.0, 0.02);
        change(service);
    })
}

/// The service as it is under a load: with long answers for that one.
fn under(service: &Service, load: Load) -> Service {
    let mut service = service.clone();
    if load == Load::LongAnswers {
        service.chunks *= 4.0;
        service.gap *= 2.5;
        service.ttft = (service.ttft * 2.0).min(1.5);
        service.database = service.database.map(|(connections, _)| (connections, 40.0));
        service.gate = service.gate.map(|rate| rate / 8.0);
        service.rate_limit = service.rate_limit.map(|rate| rate / 8.0);
        if let Engine::Batch { per_stream } = &mut service.engine {
            *per_stream *= 2.5;
        }
        if let Engine::Loop(cpu) = &mut service.engine {
            *cpu *= 2.5;
        }
    }
    service
}

/// All services: those that the rules were written with, then those that came after.
pub fn all() -> Vec<Model> {
    let later = later().into_iter().map(|model| Model { group: Group::Later, ..model });
    known().into_iter().chain(later).chain(new::all()).collect()
}

fn known() -> Vec<Model> {
    let pool = |slots: usize| move |service: &mut Service| service.slots = Some(slots);
    let batch = |slots: Option<usize>, gap: f64, per_stream: f64| {
        with(|service| {
            (service.slots, service.gap) = (slots, gap);
            service.engine = Engine::Batch { per_stream };
        })
    };
    vec![
        model("pool of 4", &[SlotPool], with(pool(4))),
        model("pool of 10", &[SlotPool], with(pool(10))),
        model(
            "the mission",
            &[SlotPool],
            with(|service| {
                (service.slots, service.ttft, service.chunks, service.gap) = (Some(10), 0.85, 80.0, 0.04);
            }),
        ),
        model("pool of 20", &[SlotPool], with(pool(20))),
        model(
            "pool, equal answers",
            &[SlotPool],
            with(|service| {
                (service.slots, service.lengths) = (Some(10), Lengths::Equal);
            }),
        ),
        model(
            "pool, lognormal answers",
            &[SlotPool],
            with(|service| {
                (service.slots, service.lengths) = (Some(10), Lengths::LogNormal(0.6));
            }),
        ),
        model(
            "pool, slow first token",
            &[SlotPool],
            with(|service| {
                (service.slots, service.ttft, service.chunks) = (Some(8), 1.5, 25.0);
            }),
        ),
        model(
            "pool behind polling",
            &[SlotPool],
            with(|service| {
                (service.slots, service.poll) = (Some(10), 0.4);
            }),
        ),
        model(
            "pool that sheds load",
            &[SlotPool, ConcurrencyCap],
            with(|service| {
                (service.slots, service.queue_limit) = (Some(10), Some(20));
            }),
        ),
        model(
            "pool after a cold start",
            &[SlotPool],
            with(|service| {
                (service.slots, service.cold) = (Some(10), Some((20.0, 3.0)));
            }),
        ),
        model(
            "pool that scales out late",
            &[SlotPool],
            with(|service| {
                (service.slots, service.scale_out) = (Some(6), Some(150.0));
            }),
        ),
        model("batch of 8", &[BatchSlots], batch(Some(8), 0.06, 0.006)),
        model("batch of 16", &[BatchSlots], batch(Some(16), 0.05, 0.004)),
        model("batch of 4, steep", &[BatchSlots], batch(Some(4), 0.04, 0.02)),
        model("shared processor", &[SharedProcessor], batch(None, 0.02, 0.008)),
        model("shared processor, steep", &[SharedProcessor], batch(None, 0.005, 0.015)),
        model("threads for chunks", &[ThreadPerChunk], with(|service| service.engine = Engine::Threads(8))),
        model(
            "threads for chunks, 16",
            &[ThreadPerChunk],
            with(|service| {
                service.engine = Engine::Threads(16);
            }),
        ),
        model("event loop", &[EventLoop], with(|service| service.engine = Engine::Loop(0.008))),
        model("event loop, light", &[EventLoop], with(|service| service.engine = Engine::Loop(0.005))),
        model("admission rate", &[AdmissionRate], with(|service| service.gate = Some(2.0))),
        model(
            "admission by retries",
            &[AdmissionRate],
            with(|service| {
                (service.gate, service.gate_is_random) = (Some(2.0), true);
            }),
        ),
        model("rate limiter", &[RateLimit], with(|service| service.rate_limit = Some(2.0))),
        model("cap of 10", &[ConcurrencyCap], with(|service| service.cap = Some(10))),
        model(
            "session held per stream",
            &[DatabaseConnections],
            with(|service| {
                (service.slots, service.slots_for_all) = (Some(10), true);
            }),
        ),
        model(
            "database connections",
            &[DatabaseConnections],
            with(|service| {
                service.database = Some((10, 4.4));
            }),
        ),
        model("buffering proxy", &[BufferingProxy], with(|service| service.is_buffered = true)),
        model(
            "collapse",
            &[Collapse],
            with(|service| {
                (service.slots, service.collapse) = (Some(10), 0.06);
            }),
        ),
        model("healthy", &[NoneInRange], Service::default()),
        model("healthy, 0.2 % errors", &[NoneInRange], with(|service| service.errors = 0.002)),
        model("25 % errors", &[Slower], with(|service| service.errors = 0.25)),
    ]
}

/// Written after the rules, and run before anything was changed for them.
fn later() -> Vec<Model> {
    vec![
        model(
            "pool of 12 with pauses",
            &[SlotPool, Slower],
            with(|service| {
                (service.slots, service.pauses) = (Some(12), Some((20.0, 0.5)));
            }),
        ),
        model(
            "pool of 10, noisy neighbour",
            &[SlotPool],
            with(|service| {
                (service.slots, service.neighbour) = (Some(10), Some((40.0, 0.3, 1.3)));
            }),
        ),
        model(
            "pool of 15, wide lengths",
            &[SlotPool],
            with(|service| {
                (service.slots, service.lengths) = (Some(15), Lengths::LogNormal(1.0));
            }),
        ),
        model("pool of 6, fast answers", &[SlotPool], fast(|service| service.slots = Some(6))),
        model("admission rate, fast answers", &[AdmissionRate], fast(|service| service.gate = Some(12.0))),
        model("rate limiter, fast answers", &[RateLimit], fast(|service| service.rate_limit = Some(12.0))),
        model("cap of 8, fast answers", &[ConcurrencyCap], fast(|service| service.cap = Some(8))),
        model(
            "batch of 12, refuses beyond 24",
            &[BatchSlots],
            with(|service| {
                (service.slots, service.queue_limit) = (Some(12), Some(12));
                (service.gap, service.engine) = (0.03, Engine::Batch { per_stream: 0.01 });
            }),
        ),
        model(
            "pool of 8, 3 % errors",
            &[SlotPool, Slower],
            with(|service| {
                (service.slots, service.errors) = (Some(8), 0.03);
            }),
        ),
        model("admission of 1 a second", &[AdmissionRate], with(|service| service.gate = Some(1.0))),
        model("cap of 24", &[ConcurrencyCap], with(|service| service.cap = Some(24))),
        model(
            "event loop with a pool of 12",
            &[SlotPool, EventLoop],
            with(|service| {
                (service.slots, service.engine) = (Some(12), Engine::Loop(0.002));
            }),
        ),
    ]
}
