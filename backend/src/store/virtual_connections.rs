//! A virtual NullPool: each operation opens its own connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until};

use super::StoreError;
use crate::counters::{LimitCounters, OpenConnection};
use crate::random::{SeedPurpose, derive, log_normal_factor};
use crate::settings::LimitFlags;

/// Longest time to connect; a wide spread has no bound of its own.
const LONGEST_CONNECT_S: f64 = 60.0;

/// Connections to a database server with a limit on them.
#[derive(Debug)]
pub(crate) struct VirtualConnections {
    free: Semaphore,
    seed: u64,
    connect: Duration,
    sigma: f64,
    next_number: AtomicU64,
    counters: Arc<LimitCounters>,
}

impl VirtualConnections {
    /// `None` without `--db-connect`.
    pub(crate) fn new(flags: &LimitFlags, seed: u64, counters: Arc<LimitCounters>) -> Option<Self> {
        Some(Self {
            free: Semaphore::new(flags.db_max()),
            seed,
            connect: flags.db_connect?,
            sigma: flags.db_connect_sigma,
            next_number: AtomicU64::new(0),
            counters,
        })
    }

    /// Opens a connection. It counts against the limit from the start, and a refused
    /// connection takes as long as an accepted one.
    ///
    /// # Errors
    /// What PostgreSQL says when `max_connections` are in use.
    pub(crate) async fn open(&self) -> Result<VirtualConnection<'_>, StoreError> {
        let begun = Instant::now();
        let connection = self
            .free
            .try_acquire()
            .ok()
            .map(|permit| VirtualConnection { _open: self.counters.connect(), _permit: permit });
        let number = self.next_number.fetch_add(1, Relaxed);
        sleep_until(begun + self.connect_time(number)).await;
        connection.ok_or_else(|| {
            self.counters.refused();
            StoreError::Database {
                message: "FATAL: sorry, too many clients already".to_owned(),
                sqlstate: Some("53300".to_owned()),
            }
        })
    }

    fn connect_time(&self, number: u64) -> Duration {
        if self.sigma == 0.0 {
            return self.connect;
        }
        let mut random = Pcg64Mcg::seed_from_u64(derive(self.seed, SeedPurpose::Connect, number));
        let seconds = self.connect.as_secs_f64() * log_normal_factor(self.sigma, &mut random);
        Duration::from_secs_f64(seconds.min(LONGEST_CONNECT_S))
    }
}

/// A connection, closed when dropped. The gauge is the first field and so is lowered
/// first; it never shows more connections than the limit.
#[derive(Debug)]
pub(crate) struct VirtualConnection<'a> {
    _open: OpenConnection<'a>,
    _permit: SemaphorePermit<'a>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn connections(max: usize, sigma: f64) -> VirtualConnections {
        let flags = LimitFlags {
            db_connect: Some(15 * MS),
            db_connect_sigma: sigma,
            db_max: Some(max),
            ..LimitFlags::default()
        };
        VirtualConnections::new(&flags, 1, Arc::default()).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_takes_its_time_and_one_too_many_is_refused_after_it() {
        let pool = connections(2, 0.0);
        let begun = Instant::now();
        let (one, two, three) = tokio::join!(pool.open(), pool.open(), pool.open());
        assert_eq!(begun.elapsed(), 15 * MS);
        let Err(StoreError::Database { sqlstate, .. }) = &three else { panic!("{three:?}") };
        assert_eq!(sqlstate.as_deref(), Some("53300"));
        let counts = pool.counters.snapshot();
        assert_eq!((counts.db_connections, counts.db_connections_peak, counts.db_refused), (2, 2, 1));
        drop((one, two));
        assert!(pool.open().await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn who_gives_up_connecting_gives_its_place_back() {
        let pool = connections(1, 0.0);
        tokio::select! {
            biased;
            _ = pool.open() => panic!("too early"),
            () = tokio::time::sleep(5 * MS) => {}
        }
        assert!(pool.open().await.is_ok());
        assert_eq!(pool.counters.snapshot().db_connections_peak, 1);
    }

    #[test]
    fn connect_times_are_log_normal_about_their_median_and_repeat() {
        let (one, two) = (connections(1, 0.3), connections(1, 0.3));
        let mut times: Vec<Duration> = (0..1_001).map(|n| one.connect_time(n)).collect();
        assert!((0..1_001).all(|n| two.connect_time(n) == times[n as usize]));
        times.sort();
        // Six standard errors of a median of 1001 draws: 6 × 1.2533 × 0.3 / √1001 = 7.1 %.
        assert!(times[500] > 13_900 * MS / 1_000 && times[500] < 16_100 * MS / 1_000, "{:?}", times[500]);
    }
}
