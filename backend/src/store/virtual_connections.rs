//! A virtual NullPool: each operation opens a connection of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until};

use super::flags::LimitFlags;
use crate::counters::{LimitTally, OpenConnection};
use crate::seed::{Purpose, derive};
use crate::store::StoreError;
use crate::stream::spread;

/// Longest time to connect; a wide spread has no bound of its own.
const LONGEST_CONNECT_S: f64 = 60.0;

/// Connections to a database server that takes so many and no more.
#[derive(Debug)]
pub(crate) struct Connections {
    free: Semaphore,
    seed: u64,
    connect: Duration,
    sigma: f64,
    next_number: AtomicU64,
    tally: Arc<LimitTally>,
}

impl Connections {
    /// `None` without `--db-connect`.
    pub(crate) fn new(flags: &LimitFlags, seed: u64, tally: Arc<LimitTally>) -> Option<Self> {
        Some(Self {
            free: Semaphore::new(flags.db_max()),
            seed,
            connect: flags.db_connect?,
            sigma: flags.db_connect_sigma,
            next_number: AtomicU64::new(0),
            tally,
        })
    }

    /// Opens a connection. It counts among the server's from the first packet on,
    /// and one that the server refuses has taken as long as one that it takes.
    ///
    /// # Errors
    /// What PostgreSQL says when `max_connections` are in use.
    pub(crate) async fn open(&self) -> Result<Connection<'_>, StoreError> {
        let begun = Instant::now();
        let connection = self
            .free
            .try_acquire()
            .ok()
            .map(|permit| Connection { _open: self.tally.connect(), _permit: permit });
        let number = self.next_number.fetch_add(1, Relaxed);
        sleep_until(begun + self.takes(number)).await;
        connection.ok_or_else(|| {
            self.tally.refused();
            StoreError::Database {
                message: "FATAL: sorry, too many clients already".to_owned(),
                sqlstate: Some("53300".to_owned()),
            }
        })
    }

    fn takes(&self, number: u64) -> Duration {
        if self.sigma == 0.0 {
            return self.connect;
        }
        let mut random = Pcg64Mcg::seed_from_u64(derive(self.seed, Purpose::Connect, number));
        let seconds = self.connect.as_secs_f64() * spread(self.sigma, &mut random);
        Duration::from_secs_f64(seconds.min(LONGEST_CONNECT_S))
    }
}

/// A connection, closed when dropped. The gauge is first, hence lowered first, so
/// that it never shows more connections than there can be.
#[derive(Debug)]
pub(crate) struct Connection<'a> {
    _open: OpenConnection<'a>,
    _permit: SemaphorePermit<'a>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn connections(max: usize, sigma: f64) -> Connections {
        let flags = LimitFlags {
            db_connect: Some(15 * MS),
            db_connect_sigma: sigma,
            db_max: Some(max),
            ..LimitFlags::default()
        };
        Connections::new(&flags, 1, Arc::default()).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_takes_its_time_and_one_too_many_is_refused_after_it() {
        let pool = connections(2, 0.0);
        let begun = Instant::now();
        let (one, two, three) = tokio::join!(pool.open(), pool.open(), pool.open());
        assert_eq!(begun.elapsed(), 15 * MS);
        let Err(StoreError::Database { sqlstate, .. }) = &three else { panic!("{three:?}") };
        assert_eq!(sqlstate.as_deref(), Some("53300"));
        let counts = pool.tally.snapshot();
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
        assert_eq!(pool.tally.snapshot().db_connections_peak, 1);
    }

    #[test]
    fn connect_times_are_log_normal_about_their_median_and_repeat() {
        let (one, two) = (connections(1, 0.3), connections(1, 0.3));
        let mut times: Vec<Duration> = (0..1_001).map(|n| one.takes(n)).collect();
        assert!((0..1_001).all(|n| two.takes(n) == times[n as usize]));
        times.sort();
        // Six standard errors of a median of 1001 draws: 6 × 1.2533 × 0.3 / √1001 = 7.1 %.
        assert!(times[500] > 13_900 * MS / 1_000 && times[500] < 16_100 * MS / 1_000, "{:?}", times[500]);
    }
}
