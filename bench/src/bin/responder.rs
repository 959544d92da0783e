//! Serves canned answers until it is ended. Prints the address it listens at.

#![allow(clippy::print_stdout, reason = "a benchmark's program talks to its script")]

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use bench::responder::Responder;
use clap::Parser;

/// Answers the default API as cheaply as possible.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "0.0.0.0:0")]
    listen: SocketAddr,
    /// Hold every answer but a stream back for so many milliseconds.
    #[arg(long, default_value_t = 0)]
    delay_ms: u64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    worker::open_files::raise_limit()?;
    let responder = Responder::bind(arguments.listen, Duration::from_millis(arguments.delay_ms))?;
    println!("{}", responder.address()?);
    Ok(responder.serve()?)
}
