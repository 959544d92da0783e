//! Sandbox chat backend: the service a load run is proved against.
//!
//! It speaks the project's default API (threads, messages and one streaming
//! chat call), behaves as configured down to the token, injects faults by
//! share, and counts everything that it does, so that a report can be compared
//! with the server's own numbers digit by digit.
//!
//! # What is promised
//!
//! * **Counted before it is seen.** A request is counted before its response is
//!   handed to the connection, a stream's outcome and its injected fault before
//!   the last bytes are. A caller that has read an answer to its end therefore
//!   finds it in `GET /_sandbox/counts`.
//! * **Every request once.** Each request is one count under its status; a peer
//!   that leaves before the answer is ready (or before its own body is
//!   complete) is one count under `499`. Requests that never parse as HTTP are
//!   answered 400 by hyper and not counted. Unknown paths and methods are the
//!   endpoint `OTHER`; `/`, `/healthz` and `/_sandbox/*` are not counted, and a
//!   request with the header `x-loadtest-probe` (a look before the load) is
//!   counted apart, as `probes`.
//! * **Every stream ends once.** `started = in_progress + completed + aborted +
//!   failed + no_terminal + error_event + cut`, on a server not reset in
//!   between.
//! * **Bounded.** See [`Settings`] and the limits below.
//!
//! # Limits
//!
//! | what | bound | beyond it |
//! |---|---|---|
//! | id | 36 characters, as a `varchar(36)` column | 422 |
//! | request body | 64 KiB | 413 |
//! | `GET /threads` | the 50 newest threads | older ones are not listed |
//! | messages of a thread | the 100 newest | memory: the oldest are forgotten; PostgreSQL: not listed |
//! | threads in memory | 1,000,000 | 507 until some are deleted |
//! | tokens of an answer | 4096 | drawn lengths are clamped |
//!
//! # Streams
//!
//! `POST /chat/stream` stores the question (unknown thread: 404), sends its
//! headers, waits for a slot in arrival order, and then keeps to absolute
//! deadlines: token *k* is due at `slot + ttft + k × gap`, whatever happened to
//! the tokens before it, so lateness does not add up. Timers have tokio's
//! granularity of 1 ms and never fire early. The answer is stored and the
//! terminal event sent right after the last token. Tokens that are due together
//! (a zero gap, a busy host) travel in one chunk.
//!
//! # Faults
//!
//! At most one per request, drawn from (seed, request number). A fault is
//! counted when it is delivered: the `http_*` and `html` ones with their
//! response, `no_terminal` with the end of the stream, `error_event` with the
//! event, `cut` when the connection is broken, `stall` when the silence is
//! *over*. A caller that leaves earlier is counted as `aborted` instead, and a
//! stream fault drawn for a request that starts no stream (404, 422) is not
//! delivered. So whoever reads every response to its end sees exactly the
//! counted number.

mod chat;
mod counters;
mod counts;
mod endpoint;
mod error;
mod fault;
pub mod program;
mod routes;
mod seed;
mod server;
mod settings;
mod store;
mod stream;

pub use counts::{Counts, DbCounts, FaultCounts, StreamCounts, TtftSummary, UserCounts};
pub use error::{Error, SettingsError};
pub use fault::{Fault, FaultShare};
pub use server::{Running, start};
pub use settings::{Newline, Pool, Settings};
