//! A relay on the control plane: workers attach to it, it attaches to the controller, and everything
//! that passes is kept. So a test sees what each worker receives and what it answers.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use common::protocol as wire;
use common::protocol::control_client::ControlClient;
use common::protocol::control_server::{Control, ControlServer};
use common::protocol::controller_message::Kind as FromController;
use common::protocol::worker_message::Kind as FromWorker;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status, Streaming};

/// Messages that may wait on their way.
const QUEUE: usize = 256;

/// A running relay.
#[derive(Debug)]
pub struct Relay {
    /// Where workers attach.
    pub addr: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    _runtime: tokio::runtime::Runtime,
}

/// A message, and the name of the worker whose it is.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The worker's name.
    pub worker: String,
    /// The message.
    pub word: Word,
}

/// A message either way.
#[derive(Debug, Clone)]
pub enum Word {
    /// From a worker.
    Up(FromWorker),
    /// From the controller.
    Down(FromController),
}

#[derive(Debug)]
struct Passage {
    controller: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Relay {
    /// Starts a relay in front of the controller at `controller` (`HOST:PORT`).
    pub fn start(controller: &str) -> Relay {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).enable_all().build().unwrap();
        let seen = Arc::<Mutex<Vec<Seen>>>::default();
        let passage = Passage { controller: format!("http://{controller}"), seen: Arc::clone(&seen) };
        let _inside = runtime.enter();
        let incoming = TcpIncoming::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let addr = incoming.local_addr().unwrap();
        let server = tonic::transport::Server::builder().add_service(ControlServer::new(passage));
        runtime.spawn(server.serve_with_incoming(incoming));
        Relay { addr, seen, _runtime: runtime }
    }

    /// Everything that has passed, in order.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

#[tonic::async_trait]
impl Control for Passage {
    type AttachStream = ReceiverStream<Result<wire::ControllerMessage, Status>>;

    async fn attach(
        &self,
        request: Request<Streaming<wire::WorkerMessage>>,
    ) -> Result<Response<Self::AttachStream>, Status> {
        let mut up = request.into_inner();
        let Some(first) = up.message().await? else { return Err(Status::cancelled("no word")) };
        let Some(FromWorker::Register(register)) = &first.kind else {
            return Err(Status::invalid_argument("the first word is Register"));
        };
        let worker = register.worker.clone();
        let (to_controller, queue) = mpsc::channel(QUEUE);
        let (to_worker, answers) = mpsc::channel(QUEUE);
        let unavailable = |error: tonic::transport::Error| Status::unavailable(error.to_string());
        let mut client = ControlClient::connect(self.controller.clone()).await.map_err(unavailable)?;
        let _ = to_controller.send(first).await;
        let mut down = client.attach(ReceiverStream::new(queue)).await?.into_inner();
        let (log, name) = (Arc::clone(&self.seen), worker.clone());
        tokio::spawn(async move {
            while let Ok(Some(message)) = up.message().await {
                note(&log, &name, message.kind.clone().map(Word::Up));
                if to_controller.send(message).await.is_err() {
                    break;
                }
            }
        });
        let log = Arc::clone(&self.seen);
        tokio::spawn(async move {
            while let Ok(Some(message)) = down.message().await {
                note(&log, &worker, message.kind.clone().map(Word::Down));
                if to_worker.send(Ok(message)).await.is_err() {
                    break;
                }
            }
        });
        Ok(Response::new(ReceiverStream::new(answers)))
    }
}

fn note(log: &Mutex<Vec<Seen>>, worker: &str, word: Option<Word>) {
    if let Some(word) = word {
        log.lock().unwrap().push(Seen { worker: worker.to_owned(), word });
    }
}
