//! A worker whose users and clock are simulated: it runs as many users as the timeline wants, and makes a delta
//! each second of what they measured.

use std::cmp::Reverse;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BinaryHeap};

use common::class::UserClass;
use common::failure::FailureClass;
use common::protocol as wire;
use common::segment::Segment;
use common::stats::{LOOKS, Metric, Recorder, SparseHistogram};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::model::{Id, News, Running, Service};

/// Place of the streaming call in the table of endpoints.
const CHAT: u32 = common::api::Operation::Chat.number();
/// Shortest and longest wait of a user after a failure.
const BACKOFF_US: (u64, u64) = (100_000, 5_000_000);

/// A stream as its user sees it. Times in microseconds of the run clock.
#[derive(Debug)]
struct Open {
    user: u32,
    segment: Segment,
    asked: u64,
    headers: u64,
    first: Option<u64>,
    last: u64,
    chunks: u64,
}

#[derive(Debug, Default)]
struct User {
    failures: u32,
}

#[derive(Debug, Default)]
struct Measured {
    latency: Recorder,
    refused: Recorder,
    failures: u64,
    begun: u64,
    completed: u64,
    failed: u64,
    chunks: u64,
    tokens: u64,
    in_progress: u64,
    /// How long those without text have waited, ascending.
    waiting: Vec<u64>,
    metrics: BTreeMap<u32, Recorder>,
}

#[derive(Debug)]
enum Event {
    Ask { user: u32 },
    News(Id, News),
}

pub struct Worker {
    pub service: Running,
    rng: Pcg64,
    agenda: BinaryHeap<Reverse<(u64, u64)>>,
    events: BTreeMap<u64, Event>,
    users: BTreeMap<u32, User>,
    open: BTreeMap<Id, Open>,
    stages: BTreeMap<Segment, Measured>,
    failures: BTreeMap<(u32, &'static str), (FailureClass, u64)>,
    looks: [[u32; LOOKS]; 2],
    next: u64,
    pub seq: u64,
}

impl Worker {
    pub fn new(service: &Service, seed: u64) -> Worker {
        Worker {
            service: Running::new(service.clone(), seed),
            rng: Pcg64::seed_from_u64(!seed),
            agenda: BinaryHeap::new(),
            events: BTreeMap::new(),
            users: BTreeMap::new(),
            open: BTreeMap::new(),
            stages: BTreeMap::new(),
            failures: BTreeMap::new(),
            looks: [[0; LOOKS]; 2],
            next: 0,
            seq: 0,
        }
    }

    /// Starts users until `target` run; those beyond it end with their stream.
    pub fn want(&mut self, target: u32, at: u64) {
        for user in 0..target {
            if let Entry::Vacant(place) = self.users.entry(user) {
                place.insert(User::default());
                self.schedule(at, Event::Ask { user });
            }
        }
    }

    /// Everything that happens before `until`, while the timeline is in `segment` and wants `target` users.
    pub fn pass(&mut self, until: u64, segment: Segment, target: u32) {
        while let Some(Reverse((at, number))) = self.agenda.peek().copied().filter(|next| next.0.0 < until) {
            self.agenda.pop();
            match self.events.remove(&number).unwrap() {
                Event::Ask { user } if user >= target => drop(self.users.remove(&user)),
                Event::Ask { user } => self.ask(user, at, segment),
                Event::News(id, news) => self.hear(id, at, news, segment),
            }
        }
    }

    /// Looks at how many streams there are, for the look of this number in the second.
    pub fn look(&mut self, look: usize) {
        let producing = self.open.values().filter(|open| open.first.is_some()).count();
        self.looks[0][look] = self.open.len() as u32;
        self.looks[1][look] = producing as u32;
    }

    /// The delta of the second that ends at `to_us`.
    pub fn delta(&mut self, run: &[u8], incarnation: &[u8], to_us: u64, target: u32) -> wire::Delta {
        self.seq += 1;
        self.tell_open(to_us);
        let running = self.users.len().min(target as usize) as u32;
        let stopping = self.users.len() as u32 - running;
        let [open, producing] = std::mem::take(&mut self.looks);
        let failures = std::mem::take(&mut self.failures);
        let failure =
            |((endpoint, text), (class, count)): ((u32, &str), (FailureClass, u64))| wire::Failure {
                endpoint,
                class: class as u32,
                text: text.to_owned(),
                count,
                first_us: to_us - 1_000_000,
                last_us: to_us - 1,
                ..wire::Failure::default()
            };
        wire::Delta {
            run: run.to_vec(),
            incarnation: incarnation.to_vec(),
            seq: self.seq,
            from_us: to_us - 1_000_000,
            to_us,
            layout: common::protocol::LAYOUT,
            stages: std::mem::take(&mut self.stages).into_iter().map(part).collect(),
            failures: failures.into_iter().map(failure).collect(),
            users: vec![wire::UserCount {
                class: UserClass::Stream as u32,
                running,
                stopping,
                peak: running,
            }],
            open: open.to_vec(),
            producing: producing.to_vec(),
            health: Some(wire::Health { cpu_permille: 100, timers: 1000, ..wire::Health::default() }),
            ..wire::Delta::default()
        }
    }

    /// The streams in progress at the end of the second.
    fn tell_open(&mut self, to_us: u64) {
        for open in self.open.values() {
            let stage = self.stages.entry(open.segment).or_default();
            stage.in_progress += 1;
            if open.first.is_none() {
                stage.waiting.push(to_us.saturating_sub(open.asked));
            }
        }
        self.stages.values_mut().for_each(|stage| stage.waiting.sort_unstable());
    }

    fn schedule(&mut self, at: u64, event: Event) {
        self.next += 1;
        self.agenda.push(Reverse((at, self.next)));
        self.events.insert(self.next, event);
    }

    fn tell(&mut self, news: Vec<(u64, Id, News)>) {
        news.into_iter().for_each(|(at, id, news)| self.schedule(at, Event::News(id, news)));
    }

    fn ask(&mut self, user: u32, at: u64, segment: Segment) {
        self.next += 1;
        let id = self.next;
        let (news, headers) = self.service.ask(id, at);
        let open = Open { user, segment, asked: at, headers, first: None, last: at, chunks: 0 };
        self.open.insert(id, open);
        self.stages.entry(segment).or_default().begun += 1;
        self.tell(news);
    }

    fn hear(&mut self, id: Id, at: u64, news: News, segment: Segment) {
        let follows = self.service.next(id, at, &news);
        self.tell(follows);
        match news {
            News::Refused(class, text) => self.refused(id, at, class, text),
            News::Chunk { is_last } => {
                self.stages.entry(segment).or_default().chunks += 1;
                let open = self.open.get_mut(&id).unwrap();
                let (metric, since, belongs_to) = match open.first {
                    None => (Metric::Ttft, open.asked, open.segment),
                    Some(_) => (Metric::Icl, open.last, segment),
                };
                self.stages.entry(belongs_to).or_default().record(metric, at - since);
                open.first.get_or_insert(at);
                (open.last, open.chunks) = (at, open.chunks + 1);
                if is_last {
                    self.completed(id, at);
                }
            }
        }
    }

    fn completed(&mut self, id: Id, at: u64) {
        let Open { user, segment, asked, headers, chunks, .. } = self.open.remove(&id).unwrap();
        let stage = self.stages.entry(segment).or_default();
        stage.record(Metric::Headers, headers - asked);
        stage.record(Metric::E2e, at - asked);
        stage.latency.record(at - asked);
        stage.completed += 1;
        stage.tokens += chunks;
        self.users.entry(user).or_default().failures = 0;
        self.schedule(at, Event::Ask { user });
    }

    fn refused(&mut self, id: Id, at: u64, class: FailureClass, text: &'static str) {
        let Open { user, segment, asked, .. } = self.open.remove(&id).unwrap();
        let stage = self.stages.entry(segment).or_default();
        stage.latency.record(at - asked);
        stage.refused.record(at - asked);
        stage.failures += 1;
        stage.failed += 1;
        self.failures.entry((CHAT, text)).or_insert((class, 0)).1 += 1;
        let failures = &mut self.users.entry(user).or_default().failures;
        let longest = (BACKOFF_US.0 << (*failures).min(10)).min(BACKOFF_US.1);
        *failures += 1;
        let wait = longest / 2 + self.rng.random_range(0..=longest / 2);
        self.schedule(at + wait, Event::Ask { user });
    }
}

impl Measured {
    fn record(&mut self, metric: Metric, us: u64) {
        self.metrics.entry(metric as u32).or_default().record(us);
    }
}

fn part((segment, mut measured): (Segment, Measured)) -> wire::StagePart {
    let endpoint = wire::EndpointPart {
        endpoint: CHAT,
        latency: measured.latency.drain().encode(),
        failed_latency: measured.refused.drain().encode(),
        failures: measured.failures,
        ..wire::EndpointPart::default()
    };
    let metric = |(metric, mut samples): (u32, Recorder)| wire::MetricPart {
        metric,
        samples: samples.drain().encode(),
        uncertain: None,
    };
    let streams = wire::StreamPart {
        completed: measured.completed,
        failed: measured.failed,
        begun: measured.begun,
        textless: measured.failed,
        chunks: measured.chunks,
        tokens: measured.tokens,
        in_progress: measured.in_progress,
        waiting: SparseHistogram::of_ascending(measured.waiting.iter().map(|age| (*age, 1))).encode(),
        metrics: measured.metrics.into_iter().map(metric).collect(),
        ..wire::StreamPart::default()
    };
    wire::StagePart { stage: segment.number(), endpoints: vec![endpoint], streams: Some(streams) }
}
