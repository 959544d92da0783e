//! The limits on the command line.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::{SettingsError, check_range, duration};

/// PostgreSQL's 100 connections without the three kept for superusers.
const DEFAULT_DB_MAX: usize = 97;
const SHORTEST_CPU: Duration = Duration::from_micros(1);
const LONGEST_CPU: Duration = Duration::from_secs(1);
const LONGEST_CONNECT: Duration = Duration::from_secs(10);

/// Virtual limits, none of them set by default; the documentation of the crate says what each does
/// to a load.
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

    /// Checks every range, and that each limit can be reached.
    pub(crate) fn check(&self, stream_slots: usize, token_gap: Duration) -> Result<(), SettingsError> {
        if let Some(threads) = self.threads_per_chunk {
            let range = "between 1 and 100000";
            check_range("threads-per-chunk", (1..=100_000).contains(&threads), range, threads)?;
            if (1..=threads).contains(&stream_slots) {
                return Err(SettingsError::ThreadsNeverQueue { threads, slots: stream_slots });
            }
            if token_gap.is_zero() {
                return Err(SettingsError::Needs { flag: "threads-per-chunk", needs: "--token-gap above 0" });
            }
        }
        if let Some(cost) = self.event_cpu {
            let holds = (SHORTEST_CPU..=LONGEST_CPU).contains(&cost);
            check_range("event-cpu", holds, "between 1us and 1s", humantime::format_duration(cost))?;
        }
        if let Some(connect) = self.db_connect {
            let holds = !connect.is_zero() && connect <= LONGEST_CONNECT;
            check_range("db-connect", holds, "above 0 and at most 10s", humantime::format_duration(connect))?;
        }
        let sigma = self.db_connect_sigma;
        check_range("db-connect-sigma", (0.0..=5.0).contains(&sigma), "between 0 and 5", sigma)?;
        if let Some(max) = self.db_max {
            check_range("db-max", (1..=1_000_000).contains(&max), "between 1 and 1000000", max)?;
            if self.db_connect.is_none() {
                return Err(SettingsError::Needs { flag: "db-max", needs: "--db-connect D" });
            }
        }
        if let Some(limit) = self.rate_limit {
            check_range("rate-limit", limit.in_range(), "between 0.001/s and 1000000/s", limit)?;
        }
        Ok(())
    }
}

/// Streams that may start in a second, written `2/s`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateLimit {
    /// Starts per second in the long run, 0.001 to 1,000,000.
    pub per_second: f64,
}

impl RateLimit {
    /// Starts that a full bucket admits at once: those of one second, rounded down,
    /// at least one.
    pub fn burst(self) -> u32 {
        // Saturating; the range keeps it within a million.
        (self.per_second.floor() as u32).max(1)
    }

    pub(crate) fn in_range(self) -> bool {
        (0.001..=1_000_000.0).contains(&self.per_second)
    }
}

impl FromStr for RateLimit {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = text.strip_suffix("/s").and_then(|number| number.trim().parse().ok());
        match number.map(|per_second| Self { per_second }) {
            Some(limit) if limit.in_range() => Ok(limit),
            _ => Err("write it as 2/s or 0.5/s, between 0.001/s and 1000000/s"),
        }
    }
}

impl fmt::Display for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/s", self.per_second)
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

    #[test]
    fn a_rate_is_a_number_per_second() {
        assert_eq!("2/s".parse::<RateLimit>().unwrap().per_second, 2.0);
        assert_eq!("0.5/s".parse::<RateLimit>().unwrap().to_string(), "0.5/s");
        for bad in ["2", "/s", "x/s", "0/s", "-1/s", "NaN/s", "inf/s", "2/m", "1000001/s"] {
            assert!(bad.parse::<RateLimit>().is_err(), "{bad}");
        }
    }
}
