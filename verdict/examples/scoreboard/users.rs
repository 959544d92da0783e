//! Users in virtual time, and what a controller would have merged of them.

use std::collections::BTreeMap;

use common::api::Operation;
use common::class::{CLASSES, ClassSet, UserClass};
use common::failure::FailureClass;
use common::quota::class_targets;
use common::segment::Segment;
use common::stats::{Histogram, Metric};
use common::totals::Totals;
use verdict::Second;

use crate::backend::{ANSWER, Agenda, Backend, Failure, Id, News, us};
use crate::dice::Dice;
use crate::schedule::Schedule;

/// Looks at the streams in one second.
const LOOKS: u64 = 10;
/// A stream that takes longer has failed.
pub const TIMEOUT_US: u64 = 120_000_000;
/// Of a call that has taken less nothing is told before it ends.
const TOLD_US: u64 = 100_000;
/// What is in flight when a user stops may take this long.
const STOP_US: u64 = 30_000_000;
/// Shortest and longest wait of a user after a failure.
const BACKOFF_US: (u64, u64) = (100_000, 5_000_000);

type User = (usize, u32);

#[derive(Debug, Clone, Copy)]
enum Event {
    Next(User),
    News(News),
    Timeout(Id),
    Stop(Id),
    Called { user: User, call: Call, failed: Option<Failure> },
}

/// A request without a stream.
#[derive(Debug, Clone, Copy)]
struct Call {
    operation: Operation,
    asked: u64,
    segment: Segment,
}

#[derive(Debug)]
struct Open {
    user: User,
    segment: Segment,
    asked: u64,
    first: Option<u64>,
    last: u64,
    chunks: u64,
}

#[derive(Debug, Default, Clone, Copy)]
struct State {
    /// Steps of a session that are left, the one in hand included.
    steps: u32,
    failures: u32,
    stopping: bool,
}

/// All users of a run.
pub struct Users {
    pub service: Box<dyn Backend>,
    pub totals: Totals,
    dice: Dice,
    think: (f64, f64),
    schedule: Schedule<Event>,
    users: BTreeMap<User, State>,
    /// As many as were wanted last.
    wanted: Option<u32>,
    /// Requests in flight that are no streams.
    calls: BTreeMap<User, Call>,
    open: BTreeMap<Id, Open>,
    /// Those of them that have had a first token.
    producing: u32,
    second: Second,
    looks: Vec<(u32, u32)>,
    /// Streams that were asked for.
    asked: u64,
    /// Requests of users who ask for no streams.
    called: usize,
    segment: Segment,
    /// Most streams without an answer so far that had been asked for before the first answer came.
    pub before_first_answer: u32,
    has_answer: bool,
}

impl Users {
    pub fn new(service: Box<dyn Backend>, think: (f64, f64), seed: u64) -> Users {
        Users {
            service,
            totals: Totals::default(),
            dice: Dice::new(!seed),
            think,
            schedule: Schedule::new(),
            users: BTreeMap::new(),
            wanted: None,
            open: BTreeMap::new(),
            calls: BTreeMap::new(),
            producing: 0,
            second: Second::default(),
            looks: Vec::new(),
            asked: 0,
            called: 0,
            segment: Segment { stage: 0, measured: false },
            before_first_answer: 0,
            has_answer: false,
        }
    }

    /// Starts and stops users until so many run.
    pub fn want(&mut self, target: u32, classes: ClassSet, at: u64) {
        if !self.has_answer {
            self.before_first_answer = self.before_first_answer.max(target);
        }
        // Users stop only when fewer are wanted.
        if self.wanted.replace(target) == Some(target) {
            return;
        }
        let parts = class_targets(target, classes);
        for (class, part) in parts.iter().enumerate() {
            for number in 0..*part {
                if self.users.get(&(class, number)).is_some_and(|state| !state.stopping) {
                    continue;
                }
                let user = (class, number);
                if self.users.insert(user, State::default()).is_none() {
                    let first = us(self.dice.between(0.0, 0.2));
                    self.schedule.add(at + first, Event::Next(user));
                }
            }
        }
        let beyond: Vec<User> = self
            .users
            .iter()
            .filter(|((class, number), state)| *number >= parts[*class] && !state.stopping)
            .map(|(user, _)| *user)
            .collect();
        for user in beyond {
            if let Some(state) = self.users.get_mut(&user) {
                state.stopping = true;
            }
            let open: Vec<Id> =
                self.open.iter().filter(|(_, open)| open.user == user).map(|(id, _)| *id).collect();
            open.into_iter().for_each(|id| self.schedule.add(at + STOP_US, Event::Stop(id)));
        }
    }

    /// Everything that happens before `until`, while the timeline is in `segment`.
    pub fn pass(&mut self, until: u64, segment: Segment) {
        self.segment = segment;
        while let Some((at, event)) = self.schedule.next_before(until) {
            match event {
                Event::Next(user) => self.act(user, at),
                Event::News(news) => self.hear(news, at),
                Event::Timeout(id) => self.failed(id, at, FailureClass::Timeout, "no answer in time"),
                Event::Stop(id) => self.cut(id, at),
                Event::Called { user, call, failed } => self.answered(user, call, failed, at),
            }
        }
    }

    pub fn look(&mut self) {
        self.looks.push((self.open.len() as u32, self.producing));
    }

    /// The second that ends at `at`.
    pub fn close(&mut self, at: u64, target: u32) -> Second {
        let looks = std::mem::take(&mut self.looks);
        let mean = |of: fn(&(u32, u32)) -> u32| looks.iter().map(of).sum::<u32>() as f32 / LOOKS as f32;
        let peak = looks.iter().map(|look| look.1).max().unwrap_or(0);
        let stopping = self.users.values().filter(|state| state.stopping).count() as u32;
        let second = Second {
            users: self.users.len() as u32 - stopping,
            stopping,
            target,
            open: mean(|look| look.0),
            producing: mean(|look| look.1),
            producing_peak: peak,
            looks_at_peak: looks.iter().filter(|look| look.1 == peak).count() as u32,
            ..std::mem::take(&mut self.second)
        };
        self.tell_states(at);
        second
    }

    fn tell_states(&mut self, at: u64) {
        for stage in self.totals.segments.values_mut() {
            stage.streams.in_progress = 0;
            stage.streams.waiting = Histogram::default();
            stage.endpoints.iter_mut().for_each(|endpoint| endpoint.waiting = Histogram::default());
        }
        for call in self.calls.values().filter(|call| at - call.asked >= TOLD_US) {
            let stage = self.totals.segments.entry(call.segment).or_default();
            stage.endpoints[call.operation.index()].waiting.record(at - call.asked);
        }
        for open in self.open.values() {
            let streams = &mut self.totals.segments.entry(open.segment).or_default().streams;
            streams.in_progress += 1;
            if open.first.is_none() {
                streams.waiting.record(at - open.asked);
            }
        }
    }

    fn tell(&mut self, news: Agenda) {
        news.into_iter().for_each(|(at, news)| self.schedule.add(at, Event::News(news)));
    }

    fn think(&mut self) -> u64 {
        us(self.dice.between(self.think.0, self.think.1))
    }

    /// A user does its next step.
    fn act(&mut self, user: User, at: u64) {
        let Some(state) = self.users.get(&user).copied() else { return };
        if state.stopping {
            self.users.remove(&user);
            return;
        }
        let operation = match user.0 {
            class if class == UserClass::Stream.index() => Operation::Chat,
            class if class == UserClass::Mixed.index() => self.session_step(user),
            _ => self.next_call(),
        };
        if operation == Operation::Chat { self.ask(user, at) } else { self.call(user, operation, at) }
    }

    /// The next step of a session: create, 2 to 5 turns of a stream and a read, delete.
    fn session_step(&mut self, user: User) -> Operation {
        let turns = 2 + (self.dice.share() * 4.0) as u32;
        let Some(state) = self.users.get_mut(&user) else { return Operation::ListMessages };
        if state.steps == 0 {
            state.steps = 2 * turns + 1;
            return Operation::CreateThread;
        }
        state.steps -= 1;
        match state.steps {
            0 => Operation::DeleteThread,
            left if left % 2 == 0 => Operation::Chat,
            _ => Operation::ListMessages,
        }
    }

    /// What users without streams call, in turn.
    fn next_call(&mut self) -> Operation {
        use Operation::{ListMessages, ListThreads, PostMessage, RenameThread};
        const CALLS: [Operation; 5] = [ListThreads, PostMessage, ListMessages, ListThreads, RenameThread];
        self.called += 1;
        CALLS[self.called % CALLS.len()]
    }

    fn call(&mut self, user: User, operation: Operation, at: u64) {
        let latency = self.service.call(operation, at);
        let call = Call { operation, asked: at, segment: self.segment };
        self.calls.insert(user, call);
        let done = at + latency.unwrap_or(2_000);
        self.schedule.add(done, Event::Called { user, call, failed: latency.err() });
    }

    fn answered(&mut self, user: User, call: Call, failed: Option<Failure>, at: u64) {
        self.calls.remove(&user);
        let Call { operation, asked, segment } = call;
        let stage = self.totals.segments.entry(segment).or_default();
        let endpoint = &mut stage.endpoints[operation.index()];
        endpoint.latency.record(at - asked);
        endpoint.bytes += ANSWER;
        self.second.requests += 1;
        if let Some((class, text)) = failed {
            endpoint.failed.record(at - asked);
            endpoint.failures += 1;
            self.second.failed += 1;
            self.second.failures.count(class, text, 1);
        }
        self.go_on(user, at, 0);
    }

    fn ask(&mut self, user: User, at: u64) {
        self.asked += 1;
        let id = self.asked;
        let mut news = Agenda::new();
        self.service.ask(id, at, &mut news);
        self.open
            .insert(id, Open { user, segment: self.segment, asked: at, first: None, last: at, chunks: 0 });
        let streams = &mut self.totals.segments.entry(self.segment).or_default().streams;
        streams.counts.begun += 1;
        self.second.begun += 1;
        self.tell(news);
        self.schedule.add(at + TIMEOUT_US, Event::Timeout(id));
    }

    fn hear(&mut self, news: News, at: u64) {
        let mut follows = Agenda::new();
        match news {
            News::Wake(wake) => self.service.wake(wake, at, &mut follows),
            News::Failed { id, class, text } => {
                self.service.over(id, at, &mut follows);
                self.failed(id, at, class, text);
            }
            News::Chunk { id, is_last } => {
                self.service.arrived(id, is_last, at, &mut follows);
                self.chunk(id, at, is_last);
            }
        }
        self.tell(follows);
    }

    fn chunk(&mut self, id: Id, at: u64, is_last: bool) {
        let Some(open) = self.open.get_mut(&id) else { return };
        self.second.chunks += 1;
        open.chunks += 1;
        let (metric, segment, value) = match open.first {
            None => {
                open.first = Some(at);
                self.producing += 1;
                self.second.first_tokens += 1;
                self.second.ttft_us += at - open.asked;
                (Metric::Ttft, open.segment, at - open.asked)
            }
            Some(_) => {
                self.second.gaps_us += at - open.last;
                (Metric::Icl, self.segment, at - open.last)
            }
        };
        open.last = at;
        let now = &mut self.totals.segments.entry(self.segment).or_default().streams;
        now.counts.chunks += 1;
        let streams = &mut self.totals.segments.entry(segment).or_default().streams;
        streams.metrics[metric as usize].record(value);
        if is_last {
            self.completed(id, at);
        }
    }

    fn completed(&mut self, id: Id, at: u64) {
        let Some(Open { user, segment, asked, chunks, .. }) = self.close_stream(id) else { return };
        self.has_answer = true;
        let stage = self.totals.segments.entry(segment).or_default();
        let endpoint = &mut stage.endpoints[Operation::Chat.index()];
        endpoint.latency.record(at - asked);
        endpoint.bytes += chunks * self.service.event_bytes();
        stage.streams.metrics[Metric::E2e as usize].record(at - asked);
        stage.streams.metrics[Metric::Headers as usize].record(1_000);
        stage.streams.counts.completed += 1;
        self.second.requests += 1;
        self.second.streams += 1;
        self.second.completed += 1;
        self.go_on(user, at, 0);
    }

    fn failed(&mut self, id: Id, at: u64, class: FailureClass, text: &str) {
        let Some(Open { user, segment, asked, first, .. }) = self.close_stream(id) else { return };
        if class == FailureClass::Timeout {
            self.left(id, at);
        }
        let stage = self.totals.segments.entry(segment).or_default();
        let endpoint = &mut stage.endpoints[Operation::Chat.index()];
        endpoint.latency.record(at - asked);
        endpoint.failed.record(at - asked);
        endpoint.failures += 1;
        stage.streams.counts.failed += 1;
        stage.streams.counts.textless += u64::from(first.is_none());
        self.second.requests += 1;
        self.second.failed += 1;
        self.second.streams += 1;
        self.second.failures.count(class, text, 1);
        let failures = self.users.entry(user).or_default().failures;
        let longest = (BACKOFF_US.0 << failures.min(10)).min(BACKOFF_US.1);
        let wait = longest / 2 + us(self.dice.share() * longest as f64 / 2e6);
        self.go_on(user, at + wait, failures + 1);
    }

    fn cut(&mut self, id: Id, at: u64) {
        let Some(Open { user, segment, .. }) = self.close_stream(id) else { return };
        self.left(id, at);
        self.totals.segments.entry(segment).or_default().streams.counts.cut += 1;
        self.users.remove(&user);
    }

    fn close_stream(&mut self, id: Id) -> Option<Open> {
        let open = self.open.remove(&id)?;
        self.producing -= u32::from(open.first.is_some());
        Some(open)
    }

    fn left(&mut self, id: Id, at: u64) {
        let mut follows = Agenda::new();
        self.service.left(id, at, &mut follows);
        self.tell(follows);
    }

    fn go_on(&mut self, user: User, at: u64, failures: u32) {
        let Some(state) = self.users.get_mut(&user) else { return };
        state.failures = failures;
        let think = self.think();
        self.schedule.add(at + think, Event::Next(user));
    }
}

const _: () = assert!(CLASSES == 3);
