//! What somebody who watches a run asks of it, and how the run's owner answers.

use tokio::sync::{mpsc, oneshot};

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Order {
    /// Let users finish what is in flight, then report.
    Stop,
}

/// Why an order is not carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// The run is past the point.
    #[error("the run is not going on any more; there is nothing left to steer")]
    Over,
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
