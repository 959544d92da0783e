//! One user's connection: HTTP/1.1 with keep-alive, at most one socket, no request sent twice.
//!
//! ```text
//! Client ─▶ Connection ─▶ Socket (TCP or TLS)
//!    │          │
//!    │          └─ head, body: the grammar of HTTP/1.1 (RFC 9112), no input or output
//!    └─ Expect: is the answer what the API promises?
//! ```
//!
//! A connection has no task of its own: the user's task reads and writes its socket, so no answer
//! passes through two tasks, and dropping an exchange half-way closes its socket at once.
//!
//! Every time that something came is the kernel's stamp of it ([`Arrival`]), so that this program's own lateness is
//! not in it. A question's time is read right before the system call that sends it.
//!
//! The protocol is our own code because of its price: hyper's client costs as much again as the system
//! calls it makes (`bench/RESULTS.md`), in a loop whose cost is this program's reason to exist. Heads are
//! parsed by `httparse`.

mod arrival;
mod body;
mod client;
mod connection;
mod expect;
mod explanation;
mod failure;
mod head;
mod nanos;
mod opening;
mod request;
mod response_body;
mod round_trip;
mod socket;
mod span;
mod stamped;
mod target;
mod timer;
mod tls;

pub use arrival::{Arrival, CLOCK_ERROR};
pub(crate) use arrival::{Arrivals, compare_clocks, looked};
pub use client::Client;
pub(crate) use client::Response;
pub(crate) use explanation::message_in;
pub use failure::Failure;
pub use nanos::Nanos;
pub(crate) use request::BOUNDARY;
pub use request::{Exchange, Request, RequestLimits};
pub(crate) use response_body::{BodyEvent, DiscardedBody, ResponseBody};
pub use round_trip::{are_stamped, round_trip};
pub use span::{Span, Start};
pub use target::{Target, TargetError};
pub use tls::TargetTlsError;
