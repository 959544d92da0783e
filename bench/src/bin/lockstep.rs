//! The connection's part of a stream and of requests, in lockstep: for a counter of instructions.
//!
//! The service runs in the same thread and sends one event once the one before was read. So each wake-up finds
//! one thing to do however busy the machine is, and the count is the same each time. What is counted: the runtime's
//! wake-up, the read, the parser, the dialect, the recorder, and the service's one write (with requests one read, too).
//! What a user does beside, choosing steps and words, is not.

use std::cell::RefCell;
use std::error::Error;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use clap::{Parser, ValueEnum};
use common::api::{Answer, Encoding, Operation};
use common::plan::Plan;
use http::Method;
use tokio::task::yield_now;
use worker::chat::{Dialect, StreamLimits, read};
use worker::http::{Client, Request, RequestLimits, Target};
use worker::recorder::CoreRecorder;

/// One user and its service in one thread, in lockstep.
#[derive(Debug, Parser)]
struct Arguments {
    /// What is done.
    what: What,
    /// How often.
    rounds: u64,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum What {
    /// Events of one stream.
    Event,
    /// Requests with a short answer.
    Exchange,
}

const HEAD: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\ndate: x\r\n\r\n";
const TOKEN: &[u8] =
    b"41\r\ndata: {\"type\":\"token\",\"content\":\"word \",\"t\":\"0000001234567890\"}\n\n\r\n";
const DONE: &[u8] = b"37\r\ndata: {\"type\":\"done\",\"usage\":{\"completion_tokens\":9}}\n\n\r\n0\r\n\r\n";

fn main() -> Result<(), Box<dyn Error>> {
    let Arguments { what, rounds } = Arguments::parse();
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let plan = Plan { base_url: format!("http://{}", listener.local_addr()?), ..Plan::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let target = Target::resolve(&plan).await?;
        let client = Client::new(target, RequestLimits::from(&plan), None);
        let serve = async {
            let mut socket = accept(&listener).await?;
            match what {
                What::Event => stream(&mut socket, rounds).await,
                What::Exchange => answers(&mut socket, rounds).await,
            }
        };
        let ask = async {
            match what {
                What::Event => hear(client, &plan, rounds).await,
                What::Exchange => exchange(client, rounds).await,
            }
        };
        // The user first: what it sends is answered in the same turn.
        tokio::try_join!(biased; ask, serve).map(drop)
    })
}

fn request(method: &Method, answer: Answer) -> Request<'_> {
    Request {
        method,
        path: b"/threads/lt-0123456789abcdef/messages",
        body: Some(b"{\"role\":\"user\",\"content\":\"why?\"}"),
        answer,
        timeout: Duration::from_secs(3600),
        encoding: Encoding::Json,
        user: None,
        success: &[],
        lines: b"",
    }
}

async fn hear(mut client: Client, plan: &Plan, rounds: u64) -> Result<(), Box<dyn Error>> {
    let (dialect, limits) = (Dialect::compile(&plan.api.stream)?, StreamLimits::from(plan));
    let limits = StreamLimits { timeout: Duration::from_secs(3600), ..limits };
    let now = Instant::now();
    let recorder = RefCell::new(CoreRecorder::new(now));
    let begun = recorder.borrow_mut().begin(Operation::Chat, now);
    let on_chunk = |chunk| recorder.borrow_mut().chunk(begun, chunk);
    let report = read(&mut client, request(&Method::POST, Answer::Sse), &dialect, &limits, on_chunk).await;
    recorder.borrow_mut().stream(begun, &report);
    match report.outcome {
        Ok(()) if report.chunks == rounds => Ok(()),
        other => Err(format!("{} events came: {other:?}", report.chunks).into()),
    }
}

async fn exchange(mut client: Client, rounds: u64) -> Result<(), Box<dyn Error>> {
    let mut recorder = CoreRecorder::new(Instant::now());
    for _ in 0..rounds {
        let begun = recorder.begin(Operation::PostMessage, Instant::now());
        let exchange = client.exchange(request(&Method::POST, Answer::Json)).await;
        recorder.exchange(begun, Operation::PostMessage, &exchange);
        exchange.outcome.map_err(|failure| failure.to_string())?;
    }
    Ok(())
}

async fn stream(socket: &mut TcpStream, rounds: u64) -> Result<(), Box<dyn Error>> {
    hear_request(socket, &mut [0; 4096]).await?;
    socket.write_all(HEAD)?;
    for _ in 0..rounds {
        yield_now().await;
        socket.write_all(TOKEN)?;
    }
    yield_now().await;
    Ok(socket.write_all(DONE)?)
}

async fn answers(socket: &mut TcpStream, rounds: u64) -> Result<(), Box<dyn Error>> {
    let body = format!("{{\"id\":\"{}\"}}", "x".repeat(190));
    let head =
        "HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
    let answer = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
    let mut buffer = [0; 4096];
    for _ in 0..rounds {
        hear_request(socket, &mut buffer).await?;
        socket.write_all(answer.as_bytes())?;
        yield_now().await;
    }
    Ok(())
}

async fn accept(listener: &TcpListener) -> Result<TcpStream, Box<dyn Error>> {
    loop {
        match listener.accept() {
            Ok((socket, _)) => {
                socket.set_nonblocking(true)?;
                socket.set_nodelay(true)?;
                return Ok(socket);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => yield_now().await,
            Err(error) => return Err(error.into()),
        }
    }
}

/// Reads a request, which comes in one piece.
async fn hear_request(socket: &mut TcpStream, buffer: &mut [u8]) -> Result<(), Box<dyn Error>> {
    loop {
        match socket.read(buffer) {
            Ok(0) => return Err("the user has closed its connection".into()),
            Ok(_) => return Ok(()),
            Err(error) if error.kind() == ErrorKind::WouldBlock => yield_now().await,
            Err(error) => return Err(error.into()),
        }
    }
}
