//! The baseline: what hyper alone costs, without users, statistics by endpoint or failure classes.

#![allow(clippy::print_stdout, reason = "a benchmark's program talks to its script")]

use std::cell::RefCell;
use std::error::Error;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use clap::{Parser, ValueEnum};
use common::stats::Recorder;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use memchr::memmem;
use tokio::net::TcpStream;
use tokio::task::LocalSet;

/// A bare loop over hyper's `SendRequest`, one thread.
#[derive(Debug, Parser)]
struct Arguments {
    /// What to send.
    what: What,
    /// Address of the responder.
    #[arg(long)]
    target: SocketAddr,
    /// Connections, each in a closed loop.
    #[arg(long, default_value_t = 64)]
    users: u64,
    /// How long, seconds.
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    /// Spread the starts over so many milliseconds.
    #[arg(long, default_value_t = 0)]
    spread_ms: u64,
    /// Query of a stream.
    #[arg(long, default_value = "n=50&gap=20&ttft=100")]
    query: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// GET /threads.
    Get,
    /// POST /threads with a JSON body.
    Post,
    /// POST /chat/stream; blank lines are counted.
    Sse,
}

#[derive(Debug, Default)]
struct Tally {
    latency: Recorder,
    requests: u64,
    events: u64,
}

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let arguments = Rc::new(Arguments::parse());
    worker::open_files::raise_limit()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let tally = Rc::new(RefCell::new(Tally::default()));
    let local = LocalSet::new();
    for user in 0..arguments.users {
        let (arguments, tally) = (Rc::clone(&arguments), Rc::clone(&tally));
        local.spawn_local(async move {
            let start = Duration::from_millis(arguments.spread_ms * user / arguments.users);
            tokio::time::sleep(start).await;
            if let Err(error) = run(&arguments, &tally).await {
                println!("error: {error}");
            }
        });
    }
    let limit = Duration::from_secs_f64(arguments.seconds);
    runtime.block_on(local.run_until(async { tokio::time::sleep(limit).await }));
    let mut tally = tally.borrow_mut();
    let latency = tally.latency.drain();
    let mean_us = latency.sum() as f64 / latency.count().max(1) as f64;
    println!(
        "{}",
        serde_json::json!({"requests": tally.requests, "events": tally.events, "mean_us": mean_us})
    );
    Ok(())
}

async fn run(arguments: &Arguments, tally: &RefCell<Tally>) -> Result<(), Failure> {
    let socket = TcpStream::connect(arguments.target).await?;
    socket.set_nodelay(true)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(socket)).await?;
    tokio::task::spawn_local(connection);
    loop {
        once(arguments, &mut sender, tally).await?;
    }
}

async fn once(
    arguments: &Arguments,
    sender: &mut SendRequest<Full<Bytes>>,
    tally: &RefCell<Tally>,
) -> Result<(), Failure> {
    let started = Instant::now();
    sender.ready().await?;
    let mut body = sender.send_request(request(arguments)?).await?.into_body();
    let mut newlines = 0;
    while let Some(frame) = body.frame().await {
        if arguments.what == What::Sse
            && let Some(data) = frame?.data_ref()
        {
            newlines += memmem::find_iter(data, b"\n\n").count();
            tally.borrow_mut().events += std::mem::take(&mut newlines) as u64;
        }
    }
    let mut tally = tally.borrow_mut();
    tally.requests += 1;
    tally.latency.record(started.elapsed().as_micros() as u64);
    Ok(())
}

fn request(arguments: &Arguments) -> http::Result<http::Request<Full<Bytes>>> {
    let builder = http::Request::builder().header("host", "127.0.0.1").header("user-agent", "bench");
    let json = Bytes::from_static(br#"{"id":"lt-0123456789abcdef0123456789abcdef","title":"plan a garden"}"#);
    match arguments.what {
        What::Get => builder.uri("/threads").body(Full::default()),
        What::Post => builder.method("POST").uri("/threads").body(Full::new(json)),
        What::Sse => {
            builder.method("POST").uri(format!("/chat/stream?{}", arguments.query)).body(Full::new(json))
        }
    }
}
