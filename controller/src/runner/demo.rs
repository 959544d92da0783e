//! What `--demo` shows: a service whose limit a minute is enough to find.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

/// A sandbox that lets ten streams run at once.
///
/// An answer takes some 1.7 s (38 tokens, median), so ten slots give about six a second. A user asks for one about
/// every five seconds beside that, all classes taken together: some 45 users fill the slots. Answers are long enough
/// for a second to hold the end of one and the beginning of the next, by which a pool is told from a rate.
pub(crate) fn sandbox(seed: u64) -> backend::BackendSettings {
    backend::BackendSettings {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        stream_slots: 10,
        ttft: Duration::from_millis(100),
        ttft_sigma: 0.3,
        tokens: 38,
        tokens_sigma: 0.5,
        token_gap: Duration::from_millis(38),
        seed,
        ..backend::BackendSettings::default()
    }
}
