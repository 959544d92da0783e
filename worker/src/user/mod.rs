//! A virtual user: what it does, step by step, until it is told to stop.
//!
//! ```text
//! birth ─▶ crud | stream | mixed ──told to stop──▶ delete own threads ─▶ end
//!              │        ▲                                  │
//!              └ pause ◀┘            grace over: cut where it stands
//! ```
//!
//! Two random streams: `dice` decides what the user does and follows from the run's seed, so the
//! same seed gives the same requests wherever the user runs; `ids` names threads and messages and
//! differs each time, so runs against one database never meet.
//!
//! No loop here knows a path or a field: they speak in [`Operation`]s, which the `Script` turns
//! into requests.

mod backoff;
mod crud;
mod dice;
mod ids;
mod life;
mod mixed;
mod request;
mod script;
mod signal;
mod steps;
mod stream;
mod text;
mod think;
mod threads;
mod words;

use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;
use std::rc::Rc;

use common::api::Operation;
use common::class::{CLASSES, UserClass};
use http::HeaderValue;

use crate::engine::UserKey;
use crate::http::Client;
use crate::recorder::{CoreRecorder, Stage};
use backoff::Backoff;
use dice::Dice;
use ids::{Id, IdSource};
use threads::Threads;

pub(crate) use life::live;
pub(crate) use script::Script;
pub(crate) use signal::Signal;

/// The number under which a server sees a user: index × classes + class. One for each user of a run.
pub const fn number((class, index): UserKey) -> u64 {
    index as u64 * CLASSES as u64 + class.index() as u64
}

/// A user and everything it owns. Lives on one core.
pub(crate) struct User {
    class: UserClass,
    script: Rc<Script>,
    recorder: Rc<RefCell<CoreRecorder>>,
    signal: Rc<Signal>,
    client: Client,
    header: HeaderValue,
    dice: Dice,
    ids: IdSource,
    backoff: Backoff,
    threads: Threads,
    /// What fills the placeholders of the next request.
    values: Values,
    /// Buffers, used again for every request.
    buffers: Buffers,
    /// The request that runs.
    current: Option<(Stage, Operation)>,
    /// Whether visible text of its stream has come.
    talks: Cell<bool>,
    /// Whether it only tidies up: that is no load, and no stage is judged by it.
    tidies: bool,
}

/// What fills the placeholders of a request.
struct Values {
    thread: Id,
    message: Id,
    role: &'static str,
    text: String,
}

#[derive(Default)]
struct Buffers {
    path: Vec<u8>,
    json: Vec<u8>,
}

impl User {
    /// A user that has done nothing yet.
    pub(crate) fn new(
        key: UserKey,
        script: Rc<Script>,
        recorder: Rc<RefCell<CoreRecorder>>,
        signal: Rc<Signal>,
    ) -> User {
        let mut ids = IdSource::from_system();
        let nobody = ids.next();
        User {
            class: key.0,
            client: script.client(),
            header: HeaderValue::from(number(key)),
            dice: Dice::new(script.seed(), key),
            backoff: Backoff::default(),
            threads: Threads::default(),
            values: Values { thread: nobody, message: nobody, role: "user", text: String::new() },
            buffers: Buffers::default(),
            current: None,
            talks: Cell::new(false),
            tidies: false,
            ids,
            script,
            recorder,
            signal,
        }
    }

    /// Whether it is to begin nothing new.
    fn is_told(&self) -> bool {
        self.signal.is_told()
    }

    /// Nothing new is to begin: `Break`.
    fn go_on(&self) -> ControlFlow<()> {
        if self.is_told() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}
