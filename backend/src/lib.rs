//! Sandbox chat backend: the service that a load run is checked against.
//!
//! It speaks the project's default API (threads, messages and one streaming
//! chat call), behaves as configured down to the token, injects faults by
//! share, and counts everything that it does, so that a report can be compared
//! with the server's own numbers digit by digit.
//!
//! # What is promised
//!
//! * **Counted before it is seen.** A request is counted before its response is
//!   given to the connection, a stream's outcome and its injected fault before
//!   its last bytes are. So a client that has read an answer to its end finds it
//!   in `GET /_sandbox/counts`.
//! * **Every request once.** Each request is counted once under its status; a
//!   client that leaves before the answer is ready (or before its own body is
//!   complete) is counted once under `499`. Requests that never parse as HTTP are
//!   answered 400 by hyper and not counted. Unknown paths and methods are the
//!   endpoint `OTHER`; `/`, `/healthz` and `/_sandbox/*` are not counted, and a
//!   request with the header `x-loadtest-probe` (sent before the load starts) is
//!   counted apart, as `probes`.
//! * **Every stream ends once.** `started = in_progress + completed + aborted +
//!   failed + no_terminal + error_event + cut`, on a server not reset in
//!   between.
//! * **Bounded.** See [`BackendSettings`] and the limits below.
//!
//! # Limits
//!
//! | what | bound | beyond it |
//! |---|---|---|
//! | id | 36 characters, as a `varchar(36)` column | 422 |
//! | request body | 64 KiB; 16 MiB to the model | 413 |
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
//! # Virtual limits
//!
//! Bottlenecks for a load test to find, each with its closed form. `S = T0 + (n - 1) × gap` is the
//! length of a stream of `n` tokens whose first comes after `T0`; rates are those
//! of users who ask again at once. All of it is arithmetic on instants, so the
//! forms hold to the microsecond however coarse the timers are; a single wait
//! may end up to 1 ms late. `GET /_sandbox/counts` shows under `limits` what they
//! did.
//!
//! | flag | what it is | closed form | what a client sees beyond it |
//! |---|---|---|---|
//! | `--stream-slots c` | a slot is held for the whole stream | `X ≤ c / S` | first tokens wait: `T0 + (N - c) × S / c`, gaps stay |
//! | `--threads-per-chunk c` | a thread is held for one chunk | chunks/s `≤ c / gap`, `X ≤ c / S` | every chunk waits `w = (N / c - 1) × S / n`: gaps are `gap + w`, first tokens `T0 + w` |
//! | `--event-cpu D` | one processor for every event and request | turns/s `≤ 1 / D`, `X ≤ 1 / ((n + 2) × D)` | every turn takes `w = N × D - T0 / (n + 2)`: headers, gaps and cheap endpoints `w`, first tokens `T0 + 2w` |
//! | `--db-connect D --db-max c` | each operation opens a connection | at once `≤ c`; operations/s `≤ c / D` | 500 with SQLSTATE 53300, cheap endpoints slow by `D` at any load |
//! | `--rate-limit R/s` | a token bucket on starts of streams | in any span `t`: `≤ max(1, ⌊R⌋) + R × t` | 429 with `Retry-After`; times stay |
//! | `--buffer-proxy` | the stream leaves at its end | first byte = last byte | headers and first token after `S`, gaps of 0 |
//!
//! **Admission** stands in front of the slots. `c` are the slots, or the places of the batch, and
//! `W = N / R - S` is what `N` users wait at a rate `R` that is below `N / S`:
//!
//! | flag | what it is | closed form | what a client sees beyond it |
//! |---|---|---|---|
//! | `--admission-rate R/s` | a gate that opens every `1 / R`, saving nothing up | starts in any span `t`: `≤ 1 + R × t`; `X ≤ R` | first tokens wait `W`, gaps stay |
//! | `--queue-limit Q` | refuses those beyond `c + Q` streams at once | at once `≤ c + Q`; waiting `≤ Q × S / c` | 503 with `Retry-After: 1` |
//! | `--cap N` | refuses those beyond `N` streams at once | at once `≤ N`, `X ≤ N / S` | 429 with `Retry-After: 1`; times stay |
//! | `--slot-wait D` | each stream waits before it asks for its slot, which stays free | `X ≤ c / S` and `≤ N / (D + S)` | first tokens after `D + T0` at any load |
//! | `--scale-out D` | the slots double once, `D` after a stream first waited for one | `X ≤ c / S`, from then on `≤ 2c / S` | first tokens that become early again |
//!
//! `--prefix-cache` remembers what prompts begin with, in whole blocks of 16 words: `T0` (of a batch, `F`) is as long
//! as the share of the prompt's words that is not there. The terminal event then counts `prompt_tokens`, its words, and
//! `cached_tokens`.
//!
//! `--leak-slot` lets a stream whose client leaves keep its slot, its seat, or its place in the queue until its answer
//! would have ended: `X` is as if nobody had left, however early they do. It counts as aborted at once.
//!
//! A stream counts as being there from its request to its terminal event, so those in front of the
//! gate and those in `--slot-wait` count as waiting, and `--scale-out` admits `c` more under
//! `--queue-limit`. A turn at the gate is spent even if its stream is left. Scaling out is for good;
//! neither it nor the warm-up begins again with `/_sandbox/reset`.
//!
//! **The engine** may depend on the load:
//!
//! | flag | what it is | closed form | what a client sees beyond it |
//! |---|---|---|---|
//! | `--batch-slots c --batch-step D --batch-per-seq P --prefill F` | steps that give a token to each of up to `c` sequences | gap at `m` that run: `g(m) = D + m × P`; `X ≤ c / (n × g(c) + c × F)` | gaps grow by `P` for each user up to `c`, then stay; first tokens wait |
//! | `--collapse D` | each stream beyond the slots makes every chunk longer by `D` | `X = c / (S + n × (N - c) × D)` for `N ≥ c` users | gaps are `gap + (N - c) × D`; throughput falls |
//! | `--warm-up D` | chunks and steps that begin within `D` of the first stream take three times as long | `X ≤ c / 3S`, then `≤ c / S` | first tokens and gaps of three times their length, at first |
//!
//! **A batch** is continuous: a sequence leaves with its last token and the one that has waited
//! longest joins at the same end of a step; one that asks during a step joins at its end, and an idle
//! engine begins at once. The first token comes at the end of the sequence's first step, after `F`
//! for each that joined with it; so `--ttft` and `--token-gap` have no part in it. Without `--prefill`
//! `X ≤ c / (n × g(c))`. A reader that leaves frees its place at the end of the step, and a `stall`
//! holds back a stream's tokens but not its sequence. `producing` counts the sequences that run.
//!
//! **Chunk threads** are a synchronous generator in Starlette's
//! `StreamingResponse`, where AnyIO's limiter has 40 threads. Each chunk is asked
//! for when the one before has been written, waits in the order of asking, and
//! occupies a thread while it is made: the first for `T0` (the generator blocks
//! in the model's call), each other for the gap. The terminal event is no chunk.
//! A chunk asked for is made even if its reader leaves. So with 40 threads, T0 of
//! 0.85 s and 25 ms, 60 streams see gaps of 41 ms, 120 of 88 ms, and a first token
//! that is hardly later.
//!
//! **The event loop** serves turns in the order in which they fall due. A stream
//! has one at a time: its request (headers included), each token, its terminal
//! event. Pings and `/_sandbox/*` cost nothing.
//!
//! **Connections** are virtual, in front of either store; with `--database-url`
//! the real ones come on top. Opening takes a log-normal time with median `D`
//! (`--db-connect-sigma`), after which the operation runs and the connection
//! closes. It counts from its first packet on, and a refused one takes as long.
//! A stream has three: its conversation is read and the question written before
//! the headers, the answer written after the last token (without a connection it
//! ends in an error event).
//!
//! **Behind the proxy** a stream counts as started when the backend sends its
//! headers, to the proxy, and the delays of `GET /_sandbox/ttft` are those that
//! the proxy sees.
//!
//! # The model
//!
//! With `--model` there are OpenAI's `POST /v1/chat/completions`, `/v1/responses` and `/v1/embeddings`, Anthropic's
//! `POST /v1/messages`, and `GET /v1/models`. Answers, streamed or whole, go through the same slots, schedule, limits and
//! faults as `/chat/stream`, and count among its `streams`; nothing is stored. A whole answer counts as started when its
//! request is taken up, its tokens as sent at its end, and its error fault is a 500. What stands after the question mark of
//! a model's name changes that one request: `sandbox?ttft=200ms&tokens=50`.
//!
//! # Each request
//!
//! `GET /_sandbox/requests?after=N&limit=M` tells of the requests for an answer that have finished, in that order: lines
//! of JSON, the first a [`FinishedHeader`], each other a [`FinishedRequest`] whose number is above `N`. A request is there
//! before the last bytes of its answer are handed to the connection, whatever became of it. Its id is in the response's
//! `x-request-id`, its trace from `traceparent`. A ring of `--keep-requests` holds them.
//!
//! # Faults
//!
//! At most one per request, drawn from (seed, request number). A fault is
//! counted when it is delivered: the `http_*` and `html` ones with their
//! response, `no_terminal` with the end of the stream, `error_event` with the
//! event, `cut` when the connection is broken, `stall` when the silence is
//! *over*. A caller that leaves earlier is counted as `aborted` instead, and a
//! stream fault drawn for a request that starts no stream (404, 422) is not
//! delivered. So a client that reads every response to its end sees exactly the
//! counted number.

#![forbid(unsafe_code)]

mod counters;
mod counts;
mod endpoint;
mod error;
mod fault;
mod fault_table;
mod finished;
mod limits;
mod model;
pub mod program;
mod random;
mod routes;
mod server;
mod settings;
mod store;
mod stream;

pub use counts::{Counts, DbCounts, FaultCounts, LimitCounts, ServedStreams, TtftSummary, UserCounts};
pub use error::BackendError;
pub use fault::{FaultKind, FaultShare};
pub use finished::{FinishedHeader, FinishedRequest, RequestOutcome};
pub use server::{Running, start};
pub use settings::{
    AdmissionFlags, BackendSettings, EngineFlags, LimitFlags, Newline, Pool, RateLimit, SettingsError,
};
