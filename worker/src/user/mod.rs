//! A virtual user: what it does, step by step, until it is stopped.
//!
//! ```text
//! start ─▶ steps | sessions ──stopped──▶ delete own threads ─▶ end
//!            │       ▲                           │
//!            └ pause ◀┘                 grace over: cut at once
//! ```
//!
//! A user has two random streams. `rng` decides what it does and depends on the run's seed alone, so the same
//! seed gives the same requests on whatever worker the user runs. `ids` names threads and messages and differs
//! in every run, so two runs against one database never share a thread.
//!
//! What it keeps between two requests is its session: connection, captured values, cookies, whether it has signed in.
//!
//! The loops know no path and no field: they name [`Operation`]s, which the `CompiledPlan` turns into requests.

mod capture;
mod compiled_call;
mod compiled_life;
mod compiled_plan;
mod conversation;
mod cookies;
mod ids;
mod life;
mod logged;
mod prompt;
mod replay;
mod request;
mod rng;
mod rounds;
mod secrets;
mod session;
mod signal;
mod steps;
mod text;
mod think;
mod threads;
mod tracer;
mod trial;
mod visit;
mod visitor;
mod words;

use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;
use std::rc::Rc;
use std::time::Instant;

use common::api::Operation;
use common::class::{CLASSES, UserKey};
use http::HeaderValue;

use crate::backoff::Backoff;
use crate::chat::Kept;
use crate::gate::Gate;
use crate::recorder::{Begun, CoreRecorder};
use crate::request_log::FirstText;
use conversation::Conversation;
use ids::{Id, IdSource};
use rng::UserRng;
use session::Session;
use threads::Threads;
use tracer::Tracer;

pub use compiled_plan::CompileError;
pub(crate) use compiled_plan::CompiledPlan;
pub(crate) use life::live;
pub(crate) use replay::replay;
pub(crate) use signal::Signal;
pub use tracer::TraceOwner;
pub(crate) use tracer::TraceSource;
pub use trial::{Sent, Tried, TriedStream};
pub(crate) use visit::visit;
pub use visitor::{VisitError, Visitor};

/// The number that the service sees for a user, unique in a run: index × classes + class.
pub const fn number((class, index): UserKey) -> u64 {
    index as u64 * CLASSES as u64 + class.index() as u64
}

/// A user and everything it owns. It stays on one core.
pub(crate) struct User {
    key: UserKey,
    plan: Rc<CompiledPlan>,
    recorder: Rc<RefCell<CoreRecorder>>,
    gate: Rc<Gate>,
    signal: Rc<Signal>,
    session: Session,
    header: HeaderValue,
    rng: UserRng,
    ids: IdSource,
    /// Makes the ids of traces, if requests carry some.
    tracer: Option<Tracer>,
    /// The nonce in front of its last question.
    nonce: Option<u32>,
    backoff: Backoff,
    /// What is kept of the last streamed answer.
    kept: Kept,
    threads: Threads,
    /// The request in flight.
    current: Option<(Begun, Operation)>,
    /// The question in flight whose answer is streamed by the call in `current`.
    question: Option<Begun>,
    /// Whether the stream in flight has produced visible text.
    producing: Cell<bool>,
    /// That text, as far as it came, if requests are logged.
    first_text: Cell<Option<FirstText>>,
    /// How many sessions it has begun, and the turn of the last: for the log.
    place: (u32, u32),
    /// Whether it is deleting its threads at the end: that is not load, and no stage is judged by it.
    cleaning_up: bool,
    /// When it was to arrive, until its first request since then has begun.
    due: Option<Instant>,
    /// Of a life of sessions whose requests arrive one by one: the stages of its turn that were made.
    stages_made: usize,
    /// How many steps are left to it in its thread, where requests arrive one by one; `None`: no end of them.
    stages_left: Option<usize>,
}

/// What fills the placeholders of the next request.
#[derive(Clone)]
struct Values {
    thread: Id,
    message: Id,
    role: &'static str,
    text: String,
    /// Most tokens that the next answer is asked to have.
    answer_tokens: String,
    conversation: Conversation,
    /// What calls have captured, by place.
    captured: Box<[Option<String>]>,
}

impl User {
    pub(crate) fn new(
        key: UserKey,
        plan: Rc<CompiledPlan>,
        recorder: Rc<RefCell<CoreRecorder>>,
        gate: Rc<Gate>,
        signal: Rc<Signal>,
        traces: Option<&mut TraceSource>,
    ) -> User {
        let mut ids = IdSource::from_system();
        let unset = ids.next();
        User {
            key,
            session: Session::new(&plan, plan.row(key), String::new(), unset),
            header: HeaderValue::from(number(key)),
            rng: UserRng::new(plan.seed(), key),
            tracer: traces.map(|source| source.user(key)),
            nonce: None,
            backoff: Backoff::default(),
            kept: plan.kept(),
            threads: Threads::default(),
            current: None,
            question: None,
            producing: Cell::new(false),
            first_text: Cell::new(None),
            place: (0, 0),
            cleaning_up: false,
            due: None,
            stages_made: 0,
            stages_left: None,
            ids,
            plan,
            recorder,
            gate,
            signal,
        }
    }

    /// Whether it must begin nothing new.
    fn is_stopping(&self) -> bool {
        self.signal.is_stopping()
    }

    /// `Break` once the user must begin nothing new.
    fn continue_unless_stopping(&self) -> ControlFlow<()> {
        if self.is_stopping() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}
