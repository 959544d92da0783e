//! The buffers of a load thread.

use std::cell::RefCell;

/// As much as one system call reads, bytes.
const READ: usize = 64 << 10;

thread_local! {
    /// Used only between two awaits, so one for all users of a thread is enough, and one that waits
    /// for an answer holds no buffer: 10,000 idle users would otherwise keep 80 MB for nothing.
    static INCOMING: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ].into_boxed_slice());
    /// As [`INCOMING`], for requests.
    static OUTGOING: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Lends the read buffer. Not to be asked for again inside `f`.
pub(super) fn with_incoming<R>(f: impl FnOnce(&mut [u8]) -> R) -> R {
    INCOMING.with_borrow_mut(|buffer| f(buffer))
}

/// Lends the write buffer, empty. Not to be asked for again inside `f`.
pub(super) fn with_outgoing<R>(f: impl FnOnce(&mut Vec<u8>) -> R) -> R {
    OUTGOING.with_borrow_mut(|buffer| {
        buffer.clear();
        f(buffer)
    })
}
