//! What `--demo` shows: a service whose limit a minute is enough to find.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

/// A sandbox that lets ten streams run at once.
///
/// An answer takes some 0.6 s (40 tokens, median), so ten slots give about 16 a second. A user asks for one
/// about every five seconds, all classes taken together: some 80 users fill the slots.
pub(crate) fn sandbox(seed: u64) -> backend::BackendSettings {
    backend::BackendSettings {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        stream_slots: 10,
        ttft: Duration::from_millis(200),
        ttft_sigma: 0.3,
        tokens: 40,
        tokens_sigma: 0.3,
        token_gap: Duration::from_millis(10),
        seed,
        ..backend::BackendSettings::default()
    }
}
