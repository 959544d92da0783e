//! The limits on the command line.

use std::time::Duration;

use super::rate::RateLimit;
use crate::error::SettingsError;
use crate::settings::{duration, within};

/// PostgreSQL's 100 connections without the three kept for superusers.
const DEFAULT_DB_MAX: usize = 97;
const SHORTEST_CPU: Duration = Duration::from_micros(1);
const LONGEST_CPU: Duration = Duration::from_secs(1);
const LONGEST_CONNECT: Duration = Duration::from_secs(10);

/// Virtual limits, none of them set by default; see the crate's page for what each does to a load.
#[derive(Clone, Debug, PartialEq, clap::Args)]
#[command(next_help_heading = "Virtual limits, for a load to find")]
pub struct LimitFlags {
    /// Threads on which streams are asked for their next chunk, as a sync
    /// generator in Starlette: each chunk occupies one while it is produced (the
    /// first for --ttft, the others for --token-gap), those beyond wait in the
    /// order of asking; wants --stream-slots 0 or more slots than threads
    #[arg(long, value_name = "N")]
    pub threads_per_chunk: Option<usize>,

    /// Time for which every event written and every request handled occupies the
    /// one processor of the event loop, in the order of arrival
    #[arg(long, value_name = "D", value_parser = duration)]
    pub event_cpu: Option<Duration>,

    /// Median time in which each database operation opens a connection of its
    /// own (NullPool), held until the operation is over; a stream has three
    #[arg(long, value_name = "D", value_parser = duration)]
    pub db_connect: Option<Duration>,

    /// Spread of that time: sigma of its log-normal distribution, 0 is fixed
    #[arg(long, value_name = "X", default_value_t = 0.3)]
    pub db_connect_sigma: f64,

    /// Connections at once; one more is a 500 with SQLSTATE 53300 [default: 97]
    #[arg(long, value_name = "N")]
    pub db_max: Option<usize>,

    /// Streams that may start in a second; more are 429 with Retry-After. An idle
    /// bucket admits one second's worth at once (at least one)
    #[arg(long, value_name = "N/s")]
    pub rate_limit: Option<RateLimit>,

    /// Collect each stream and send it at once at its end, headers included, as
    /// nginx does with short answers under proxy_buffering on
    #[arg(long)]
    pub buffer_proxy: bool,
}

impl Default for LimitFlags {
    /// The defaults of the command line.
    fn default() -> Self {
        Self {
            threads_per_chunk: None,
            event_cpu: None,
            db_connect: None,
            db_connect_sigma: 0.3,
            db_max: None,
            rate_limit: None,
            buffer_proxy: false,
        }
    }
}

impl LimitFlags {
    /// Connections at once.
    pub(crate) fn db_max(&self) -> usize {
        self.db_max.unwrap_or(DEFAULT_DB_MAX)
    }

    /// Checks every range, and that each limit can be met.
    pub(crate) fn check(&self, stream_slots: usize, token_gap: Duration) -> Result<(), SettingsError> {
        if let Some(threads) = self.threads_per_chunk {
            let range = "between 1 and 100000";
            within("threads-per-chunk", (1..=100_000).contains(&threads), range, threads)?;
            if (1..=threads).contains(&stream_slots) {
                return Err(SettingsError::ThreadsNeverQueue { threads, slots: stream_slots });
            }
            if token_gap.is_zero() {
                return Err(SettingsError::Needs { flag: "threads-per-chunk", needs: "--token-gap above 0" });
            }
        }
        if let Some(cost) = self.event_cpu {
            let holds = (SHORTEST_CPU..=LONGEST_CPU).contains(&cost);
            within("event-cpu", holds, "between 1us and 1s", humantime::format_duration(cost))?;
        }
        if let Some(connect) = self.db_connect {
            let holds = !connect.is_zero() && connect <= LONGEST_CONNECT;
            within("db-connect", holds, "above 0 and at most 10s", humantime::format_duration(connect))?;
        }
        let sigma = self.db_connect_sigma;
        within("db-connect-sigma", (0.0..=5.0).contains(&sigma), "between 0 and 5", sigma)?;
        if let Some(max) = self.db_max {
            within("db-max", (1..=1_000_000).contains(&max), "between 1 and 1000000", max)?;
            if self.db_connect.is_none() {
                return Err(SettingsError::Needs { flag: "db-max", needs: "--db-connect D" });
            }
        }
        if let Some(limit) = self.rate_limit {
            within("rate-limit", limit.in_range(), "between 0.001/s and 1000000/s", limit)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn nonsense_is_refused_and_everything_at_once_is_not() {
        let all = LimitFlags {
            threads_per_chunk: Some(4),
            event_cpu: Some(Duration::from_micros(50)),
            db_connect: Some(15 * MS),
            db_max: Some(20),
            rate_limit: "2/s".parse().ok(),
            buffer_proxy: true,
            ..LimitFlags::default()
        };
        assert_eq!(all.check(10, 5 * MS), Ok(()));
        assert_eq!(all.check(0, 5 * MS), Ok(()));
        assert_eq!(all.check(4, 5 * MS), Err(SettingsError::ThreadsNeverQueue { threads: 4, slots: 4 }));
        assert!(all.check(0, Duration::ZERO).is_err());
        let bad: [fn(&mut LimitFlags); 9] = [
            |f| f.threads_per_chunk = Some(0),
            |f| f.event_cpu = Some(Duration::ZERO),
            |f| f.event_cpu = Some(2_000 * MS),
            |f| f.db_connect = Some(Duration::ZERO),
            |f| f.db_connect = Some(11_000 * MS),
            |f| f.db_connect = None,
            |f| f.db_connect_sigma = f64::NAN,
            |f| f.db_max = Some(0),
            |f| f.rate_limit = Some(RateLimit { per_second: 0.0 }),
        ];
        for change in bad {
            let mut flags = all.clone();
            change(&mut flags);
            assert!(flags.check(0, 5 * MS).is_err(), "{flags:?}");
        }
    }
}
