//! A service by its parts: what stands in front of a stream, what it holds, and what makes its chunks.
//!
//! ```text
//! asked ─▶ refusals ─▶ gate ─▶ polling ─▶ slots ─▶ first token ─▶ chunks … end
//!          cap, rate,   a rate             a queue   prefill        timer, batch, threads, loop
//!          queue limit
//! ```

use std::collections::{BTreeMap, VecDeque};

use common::failure::FailureClass;

use crate::backend::{Agenda, Backend, Failure, Figures, Id, News, Wake, us};
use crate::dice::Dice;
use crate::servers::Servers;

/// What a database says that has no connection left.
const NO_CONNECTION: Failure = (FailureClass::Http5xx, "500: FATAL: sorry, too many clients already");

/// What makes the chunks of the streams that run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Engine {
    /// Each stream by itself.
    Timer,
    /// Steps: each gives every running stream a chunk and takes `gap` and so much for each of them, seconds.
    Batch { per_stream: f64 },
    /// A chunk occupies one of so many threads for `gap`.
    Threads(usize),
    /// A chunk takes so much time of the one event loop, seconds, that answers everything else too.
    Loop(f64),
}

/// How long answers are, in chunks around the mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Lengths {
    Even,
    Equal,
    LogNormal(f64),
}

/// What a service is made of. Times are in seconds. Without limits it serves everybody at once.
#[derive(Debug, Clone)]
pub struct Service {
    pub ttft: f64,
    pub chunks: f64,
    pub gap: f64,
    pub lengths: Lengths,
    pub engine: Engine,
    /// Streams that may run at once; others wait for their turn.
    pub slots: Option<usize>,
    /// Those that may wait; more are refused with 503.
    pub queue_limit: Option<usize>,
    /// Streams are let in at this rate, one by one.
    pub gate: Option<f64>,
    /// Whether the gate's order and times are random, as of clients that try again.
    pub gate_is_random: bool,
    /// A stream waits for so long before it asks for its slot.
    pub poll: f64,
    /// Cheap requests need a slot as well, for a moment.
    pub slots_for_all: bool,
    /// More streams at once are refused with 429.
    pub cap: Option<usize>,
    /// Streams a second above which they are refused with 429.
    pub rate_limit: Option<f64>,
    /// Connections to a database, each held for so long by every request.
    pub database: Option<(usize, f64)>,
    /// Everything stands still: every so often, for so long.
    pub pauses: Option<(f64, f64)>,
    /// Something else takes the machine: period, share of it, how much slower.
    pub neighbour: Option<(f64, f64, f64)>,
    /// After its start it is slower: for so long, by so much.
    pub cold: Option<(f64, f64)>,
    /// After so long there are twice the slots.
    pub scale_out: Option<f64>,
    /// Each stream beyond the slots makes every chunk slower by this share.
    pub collapse: f64,
    /// Share of streams that fail in the midst.
    pub errors: f64,
    /// Answers are passed on whole.
    pub is_buffered: bool,
    /// Cheap requests: how long one takes and how many run at once.
    pub cheap: (f64, usize),
}

impl Default for Service {
    fn default() -> Service {
        Service {
            ttft: 0.4,
            chunks: 40.0,
            gap: 0.1,
            lengths: Lengths::Even,
            engine: Engine::Timer,
            slots: None,
            queue_limit: None,
            gate: None,
            gate_is_random: false,
            poll: 0.0,
            slots_for_all: false,
            cap: None,
            rate_limit: None,
            database: None,
            pauses: None,
            neighbour: None,
            cold: None,
            scale_out: None,
            collapse: 0.0,
            errors: 0.0,
            is_buffered: false,
            cheap: (0.002, 64),
        }
    }
}

/// A service with its state. Calls come in the order of time.
#[derive(Debug)]
pub struct Running {
    spec: Service,
    dice: Dice,
    event_loop: Servers,
    threads: Servers,
    cheap: Servers,
    connections: Servers,
    gate_free: u64,
    allowed: (f64, u64),
    waiting: VecDeque<Id>,
    /// Chunks that each running stream has yet to make.
    running: BTreeMap<Id, u64>,
    /// Streams that passed the refusals and are not over.
    inside: usize,
    /// When those that joined the batch are past their prefill.
    joined: BTreeMap<Id, u64>,
    is_stepping: bool,
    /// Most threads that worked at a time: none of them ends.
    threads_started: usize,
}

impl Running {
    pub fn new(spec: Service, seed: u64) -> Running {
        let threads = if let Engine::Threads(threads) = spec.engine { threads } else { 1 };
        Running {
            dice: Dice::new(seed),
            event_loop: Servers::new(1),
            threads: Servers::new(threads),
            cheap: Servers::new(spec.cheap.1),
            connections: Servers::new(spec.database.map_or(1, |database| database.0)),
            gate_free: 0,
            allowed: (1.0, 0),
            waiting: VecDeque::new(),
            running: BTreeMap::new(),
            inside: 0,
            joined: BTreeMap::new(),
            is_stepping: false,
            threads_started: 0,
            spec,
        }
    }

    /// What a request without a stream waits for where it stands in the same queue: its place in it, at the
    /// pace at which slots become free.
    fn wait_for_a_slot(&mut self, at: u64) -> u64 {
        let slots = self.slots(at);
        if self.running.len() < slots {
            return 0;
        }
        let answer = self.spec.ttft + self.spec.chunks * self.spec.gap;
        let behind = self.waiting.len() as f64 + self.dice.share();
        us(behind * answer / slots as f64)
    }

    fn slots(&self, at: u64) -> usize {
        let more = self.spec.scale_out.is_some_and(|after| at >= us(after));
        self.spec.slots.map_or(usize::MAX, |slots| if more { slots * 2 } else { slots })
    }

    fn pass_gate(&mut self, at: u64) -> u64 {
        let Some(rate) = self.spec.gate else { return at };
        let turn = self.gate_free.max(at);
        self.gate_free = turn + us(1.0 / rate);
        let late = if self.spec.gate_is_random { us(self.dice.share() * 2.0) } else { 0 };
        turn + late
    }

    /// Whether the limiter, a bucket of one second, lets a stream in.
    fn is_let_in(&mut self, at: u64) -> bool {
        let Some(rate) = self.spec.rate_limit else { return true };
        let (allowed, since) = self.allowed;
        let allowed = (allowed + (at - since) as f64 / 1e6 * rate).min(rate.max(1.0));
        self.allowed = (if allowed >= 1.0 { allowed - 1.0 } else { allowed }, at);
        allowed >= 1.0
    }

    fn begin(&mut self, id: Id, at: u64, out: &mut Agenda) {
        let chunks = self.length();
        self.running.insert(id, chunks);
        let first = self.spec.ttft * self.dice.between(0.7, 1.3);
        if self.spec.is_buffered {
            let end = at + us(first + chunks as f64 * self.spec.gap);
            let chunk = |number: u64| News::Chunk { id, is_last: number + 1 == chunks };
            return out.extend((0..chunks).map(|number| (end + number, chunk(number))));
        }
        if matches!(self.spec.engine, Engine::Batch { .. }) {
            self.joined.insert(id, at + us(first));
            if !self.is_stepping {
                self.is_stepping = true;
                out.push((at, News::Wake(Wake::Step)));
            }
            return;
        }
        self.chunk(id, at, first, out);
    }

    /// A step of the batch: everybody past their prefill has a chunk, and the next step begins.
    fn step(&mut self, at: u64, out: &mut Agenda) {
        self.is_stepping = !self.running.is_empty();
        if !self.is_stepping {
            return;
        }
        let Engine::Batch { per_stream } = self.spec.engine else { return };
        let takes = (self.spec.gap + per_stream * self.running.len() as f64) * self.slower(at);
        let next = self.after_pause(at + us(takes));
        let ready: Vec<Id> = self
            .running
            .keys()
            .filter(|id| self.joined.get(id).is_none_or(|from| *from <= next))
            .copied()
            .collect();
        for id in ready {
            self.made(id, next, out);
        }
        out.push((next, News::Wake(Wake::Step)));
    }

    /// The next chunk of a stream, which takes `takes` seconds to make.
    fn chunk(&mut self, id: Id, at: u64, takes: f64, out: &mut Agenda) {
        let takes = us(takes * self.slower(at));
        let made = match self.spec.engine {
            Engine::Threads(_) => self.threads.done(at, takes),
            Engine::Loop(_) => return out.push((at + takes, News::Wake(Wake::Ready(id)))),
            Engine::Timer | Engine::Batch { .. } => at + takes,
        };
        self.threads_started = self.threads_started.max(self.threads.busy(at));
        let made = self.after_pause(made);
        self.made(id, made, out);
    }

    fn made(&mut self, id: Id, at: u64, out: &mut Agenda) {
        let Some(left) = self.running.get_mut(&id).filter(|left| **left > 0) else { return };
        *left -= 1;
        let is_last = *left == 0;
        let fails = is_last && self.dice.share() < self.spec.errors;
        if fails {
            let (class, text) = (FailureClass::ErrorEvent, "internal error");
            return out.push((at, News::Failed { id, class, text }));
        }
        out.push((at, News::Chunk { id, is_last }));
    }

    fn length(&mut self) -> u64 {
        let factor = match self.spec.lengths {
            Lengths::Even => self.dice.between(0.7, 1.3),
            Lengths::Equal => 1.0,
            Lengths::LogNormal(sigma) => (sigma * self.dice.normal() - sigma * sigma / 2.0).exp(),
        };
        (self.spec.chunks * factor).round().max(2.0) as u64
    }

    /// How many times slower everything is.
    fn slower(&self, at: u64) -> f64 {
        let seconds = at as f64 / 1e6;
        let cold = self.spec.cold.filter(|(lasts, _)| seconds < *lasts).map_or(1.0, |(_, by)| by);
        let neighbour = match self.spec.neighbour {
            Some((period, share, by)) if seconds % period < period * share => by,
            _ => 1.0,
        };
        let beyond = self.inside.saturating_sub(self.spec.slots.unwrap_or(usize::MAX));
        cold * neighbour * (1.0 + self.spec.collapse * beyond as f64)
    }

    /// What falls into a pause happens at its end.
    fn after_pause(&self, at: u64) -> u64 {
        let Some((every, lasts)) = self.spec.pauses else { return at };
        let (every, lasts) = (us(every), us(lasts));
        let into = at % every;
        if into < lasts { at - into + lasts } else { at }
    }
}

impl Backend for Running {
    fn ask(&mut self, id: Id, at: u64, out: &mut Agenda) {
        let soon = at + 1_000;
        let mut refuse = |(class, text): Failure| out.push((soon, News::Failed { id, class, text }));
        if !self.is_let_in(at) {
            return refuse((FailureClass::Http429, "429: slow down"));
        }
        if self.spec.cap.is_some_and(|cap| self.inside >= cap) {
            return refuse((FailureClass::Http429, "429: too many at once"));
        }
        if self.spec.queue_limit.is_some_and(|most| self.waiting.len() >= most) {
            return refuse((FailureClass::Http5xx, "503: overloaded, try again"));
        }
        if let Some((_, held)) = self.spec.database
            && !self.connections.take(at, us(held))
        {
            return refuse(NO_CONNECTION);
        }
        self.inside += 1;
        let passes = self.pass_gate(at) + us(self.spec.poll * self.dice.between(0.5, 1.5));
        out.push((passes, News::Wake(Wake::Admitted(id))));
    }

    fn wake(&mut self, wake: Wake, at: u64, out: &mut Agenda) {
        match wake {
            Wake::Admitted(id) if self.running.len() < self.slots(at) => self.begin(id, at, out),
            Wake::Admitted(id) => self.waiting.push_back(id),
            Wake::Step => self.step(at, out),
            Wake::Ready(id) => {
                let cpu = if let Engine::Loop(cpu) = self.spec.engine { cpu } else { 0.0 };
                let sent = self.event_loop.done(at, us(cpu));
                self.made(id, self.after_pause(sent), out);
            }
            Wake::Overdue(_) => {}
        }
    }

    fn arrived(&mut self, id: Id, is_last: bool, at: u64, out: &mut Agenda) {
        if is_last {
            self.over(id, at, out);
        } else if !self.spec.is_buffered && !matches!(self.spec.engine, Engine::Batch { .. }) {
            let gap = self.spec.gap;
            self.chunk(id, at, gap, out);
        }
    }

    fn left(&mut self, id: Id, at: u64, out: &mut Agenda) {
        self.over(id, at, out);
        let before = self.waiting.len();
        self.waiting.retain(|waiting| *waiting != id);
        self.inside -= before - self.waiting.len();
    }

    fn cheap(&mut self, at: u64) -> Result<u64, Failure> {
        if let Some((_, held)) = self.spec.database
            && !self.connections.take(at, us(held.min(0.02)))
        {
            return Err(NO_CONNECTION);
        }
        let takes = self.spec.cheap.0 * self.dice.between(0.7, 1.3) * self.slower(at);
        let mut done = self.cheap.done(at, us(takes));
        if let Engine::Loop(cpu) = self.spec.engine {
            done = self.event_loop.done(done, us(cpu));
        }
        if self.spec.slots_for_all {
            done += self.wait_for_a_slot(at);
        }
        Ok(self.after_pause(done) - at)
    }

    fn inside(&self, at: u64) -> Figures {
        let (running, waiting) = (self.running.len() as f64, self.waiting.len() as f64);
        let busy = match self.spec.engine {
            Engine::Batch { per_stream } => per_stream * running / (self.spec.gap + per_stream * running),
            Engine::Loop(_) => self.event_loop.busy(at) as f64,
            Engine::Timer | Engine::Threads(_) => 0.0,
        };
        Figures { running, waiting, threads: self.threads_started as f64, busy }
    }

    fn over(&mut self, id: Id, at: u64, out: &mut Agenda) {
        if self.running.remove(&id).is_none() {
            return;
        }
        self.joined.remove(&id);
        self.inside -= 1;
        while self.running.len() < self.slots(at) {
            let Some(next) = self.waiting.pop_front() else { return };
            self.begin(next, at, out);
        }
    }
}
