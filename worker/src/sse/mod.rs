//! Server-sent events: bytes in, events out, and a lazy look into their JSON; [`Lines`] for services that write a
//! line for each event instead.
//!
//! [`Parser`] follows the HTML Standard, "Interpreting an event stream"
//! (<https://html.spec.whatwg.org/multipage/server-sent-events.html>), with
//! what a load generator needs beside it: items borrow from the frame that was
//! read, memory is bounded, comments are visible (the server lives though the
//! model is silent), and the end of a stream says whether a frame was cut.
//!
//! [`scan`] reads single fields out of an event's JSON without parsing it all.
//!
//! # Left to the caller, on purpose
//!
//! - **UTF-8 is not checked.** Data and names are bytes; whoever shows them
//!   replaces what is invalid (`String::from_utf8_lossy`). Line ends and field
//!   names are ASCII, so the events are the same as if the text had been decoded
//!   first.
//! - **`id` and `retry` are ignored** like unknown fields: they steer a
//!   reconnect, and a POST that streams an answer is never sent again.

mod block;
mod line;
mod lines;
mod parser;
pub mod scan;

pub use lines::Lines;
pub use parser::Parser;

/// Cap on the data of one event, in bytes, of [`Parser::default`].
pub const DEFAULT_LIMIT: usize = 256 * 1024;

/// Capacity in bytes that a parser keeps in its buffers between events; what a
/// longer event needed is given back after it.
pub const RETAINED: usize = 16 * 1024;

/// What a stream consists of, in the order in which its lines end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item<'a> {
    /// A dispatched event.
    Event {
        /// Value of the last `event` field; empty means the default, `message`.
        event: &'a [u8],
        /// The `data` values joined by LF; may be empty (`data:` alone).
        data: &'a [u8],
    },
    /// A complete comment line: no event, but a sign of life.
    Comment,
    /// An event whose data or name grew beyond the limit: reported once, at the
    /// byte that was too much; the rest of it is skipped up to its blank line.
    Oversize,
}

/// How a stream ended, seen from its framing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Nothing was left over.
    Clean,
    /// An event or a line was cut: the error class `truncated_frame`.
    Truncated {
        /// Bytes since the last blank line; at least 1.
        bytes: u64,
    },
}

/// Totals of a parser over all its streams.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Bytes parsed; what a caller leaves in a chunk is not among them.
    pub bytes: u64,
    /// Events dispatched.
    pub events: u64,
    /// Complete comment lines.
    pub comments: u64,
    /// Events dropped because they exceeded the limit.
    pub oversize: u64,
    /// Bytes copied into the parser's own buffers, moves of a growing buffer
    /// included: 0 as long as each event lies whole in one chunk.
    pub copied: u64,
}
