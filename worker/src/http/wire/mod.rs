//! HTTP/1.1 (RFC 9112) as far as a client of APIs needs it; no input or output here.
//!
//! Own code because of its price: hyper's client costs as much again as the system calls it makes
//! (`bench/RESULTS.md`), in a loop whose cost is this program's reason to exist. The grammar of heads
//! is `httparse`'s.

mod body;
mod chunks;
mod head;
mod headers;

pub(super) use body::Body;
pub(super) use head::{Head, Progress, read_head};
pub(crate) use headers::Headers;

/// Why the bytes of an answer cannot be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WireError {
    /// More than 64 KiB or 100 headers.
    #[error("message head is too large")]
    HeadTooLarge,
    /// Not the head of an HTTP answer.
    #[error("the answer is not HTTP/1.1: {0}")]
    Head(httparse::Error),
    /// Two lengths, or one that is no number.
    #[error("the answer's content-length is no single number")]
    Length,
    /// Something other than a chunk where one must begin or end.
    #[error("the answer's chunks are malformed")]
    Chunk,
    /// Chunk extensions and trailers of more than 16 KiB.
    #[error("the answer's chunk extensions or trailers are too large")]
    ChunkOverhead,
}
