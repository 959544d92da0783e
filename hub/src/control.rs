//! What somebody who watches a run asks of it, and how the run answers.

use serde::Deserialize;
use tokio::sync::{mpsc, oneshot};

use common::text::number::counted;
use common::text::shell::quoted;

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub enum ControlRequest {
    /// Let the load begin that the run has waited with.
    Start(LoadRequest),
    /// Let users finish what is in flight, then report.
    Stop,
    /// Nobody runs until it is resumed; the clock goes on.
    Pause,
    /// As many users as before the pause.
    Resume,
    /// Other users for the rest of a constant shape.
    Users {
        /// How many.
        users: u32,
        /// Users started or stopped per second on the way there.
        spawn_rate: f64,
    },
}

/// The load that a waiting run is started with. Where one of the first four is given, they take the place of
/// all four flags of these names; with none, the load is that of the command line.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoadRequest {
    /// `--shape`: a built-in shape, or the file that the command line names.
    pub shape: Option<String>,
    /// `--users`
    pub users: Option<u32>,
    /// `--spawn-rate`, users per second.
    pub spawn_rate: Option<f64>,
    /// `--run-time`, as it is typed: `90s`, `1h30m`.
    pub run_time: Option<String>,
    /// `--time-scale`; none: as on the command line.
    pub time_scale: Option<f64>,
}

impl LoadRequest {
    /// Whether it names a load of its own.
    pub fn is_named(&self) -> bool {
        self.shape.is_some() || self.users.is_some() || self.spawn_rate.is_some() || self.run_time.is_some()
    }

    /// The flags that say the same.
    fn flags(&self) -> String {
        let mut words = Vec::new();
        let mut flag = |name: &str, value: Option<String>| {
            words.extend(value.map(|value| format!("--{name} {}", quoted(&value))));
        };
        flag("shape", self.shape.clone());
        flag("users", self.users.map(|users| users.to_string()));
        flag("spawn-rate", self.spawn_rate.map(|rate| rate.to_string()));
        flag("run-time", self.run_time.clone());
        flag("time-scale", self.time_scale.map(|scale| scale.to_string()));
        words.join(" ")
    }
}

/// Why a request is not carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// The run is past the point.
    #[error("the run is not going on any more; there is nothing left to steer")]
    Over,
    /// Nobody runs yet.
    #[error("the run has not begun; nobody runs yet")]
    NotYet,
    /// This run cannot carry out the load that is asked for, in the words of the command line.
    #[error("{0}")]
    Unfit(String),
    /// The shape has users of its own.
    #[error(
        "only the users of a constant shape can be changed; start the run with --users and without --shape"
    )]
    NotConstant,
    /// No such number.
    #[error("write 0 to 1000000 users, and a rate above 0 and up to 100000 a second")]
    OutOfRange,
    /// Nothing to do.
    #[error("the run is {0} already")]
    Already(&'static str),
    /// Each change is a stage of the report.
    #[error("the users were changed {0} times, which is as often as one run takes; start another")]
    TooOften(usize),
}

impl ControlRequest {
    /// What it did, as the second half of "the run was …".
    pub fn did(&self) -> String {
        match self {
            Self::Start(load) if *load == LoadRequest::default() => {
                "started as its command line says".to_owned()
            }
            Self::Start(load) => format!("started with {}", load.flags()),
            Self::Stop => "stopped".to_owned(),
            Self::Pause => "paused".to_owned(),
            Self::Resume => "resumed".to_owned(),
            Self::Users { users, spawn_rate } => {
                format!("given {} at {spawn_rate} a second", counted(u64::from(*users), "user"))
            }
        }
    }
}

/// A request on its way to the run loop.
#[derive(Debug)]
pub struct PendingRequest {
    /// What is asked.
    pub request: ControlRequest,
    /// Where the answer goes.
    pub answer: oneshot::Sender<Result<(), ControlError>>,
}

/// The way to the run loop.
#[derive(Debug, Clone)]
pub struct ControlSender(mpsc::Sender<PendingRequest>);

impl ControlSender {
    /// A way that holds few requests: people make them.
    pub fn new() -> (ControlSender, mpsc::Receiver<PendingRequest>) {
        let (send, requests) = mpsc::channel(8);
        (ControlSender(send), requests)
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// The run refuses, or is over.
    pub async fn ask(&self, request: ControlRequest) -> Result<(), ControlError> {
        let (answer, answered) = oneshot::channel();
        self.0.send(PendingRequest { request, answer }).await.map_err(|_| ControlError::Over)?;
        answered.await.unwrap_or(Err(ControlError::Over))
    }
}

/// A request to end the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Let users finish what is in flight, then report.
    Drain,
    /// Report what there is, now.
    Now,
}
