//! What somebody who watches a run asks of it, and how the run's owner answers.

use tokio::sync::{mpsc, oneshot};

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Order {
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

/// Why an order is not carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// The run is past the point.
    #[error("the run is not going on any more; there is nothing left to steer")]
    Over,
    /// Nobody runs yet.
    #[error("the run has not begun; it waits for its workers")]
    NotYet,
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

impl Order {
    /// What it did, as the second half of "the run was …".
    pub fn did(&self) -> String {
        match self {
            Order::Stop => "stopped".to_owned(),
            Order::Pause => "paused".to_owned(),
            Order::Resume => "resumed".to_owned(),
            Order::Users { users, spawn_rate } => {
                format!("given {users} users at {spawn_rate} a second")
            }
        }
    }
}

/// An order on its way to the owner.
#[derive(Debug)]
pub struct Asked {
    /// What is asked.
    pub order: Order,
    /// Where the answer goes.
    pub answer: oneshot::Sender<Result<(), OrderError>>,
}

/// The way to the owner.
#[derive(Debug, Clone)]
pub struct Orders(mpsc::Sender<Asked>);

impl Orders {
    /// A way that holds few orders: people give them.
    pub fn new() -> (Orders, mpsc::Receiver<Asked>) {
        let (send, orders) = mpsc::channel(8);
        (Orders(send), orders)
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// The owner refuses, or has gone.
    pub async fn ask(&self, order: Order) -> Result<(), OrderError> {
        let (answer, answered) = oneshot::channel();
        self.0.send(Asked { order, answer }).await.map_err(|_| OrderError::Over)?;
        answered.await.unwrap_or(Err(OrderError::Over))
    }
}
