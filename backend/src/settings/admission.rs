//! Who is let in, and when, on the command line.

use std::time::Duration;

use super::{LONGEST, RateLimit, SettingsError, check_range, duration};

const MOST: usize = 1_000_000;

/// What stands in front of the slots, none of it by default; the documentation of the crate has the
/// closed forms.
#[derive(Clone, Debug, Default, PartialEq, clap::Args)]
#[command(next_help_heading = "Admission, in front of the slots")]
pub struct AdmissionFlags {
    /// Streams let through to the slots, one by one, in the order of asking and
    /// whatever completes; nobody is refused
    #[arg(long, value_name = "N/s")]
    pub admission_rate: Option<RateLimit>,

    /// Streams that may wait for a slot or for the batch; one more is refused at
    /// once with 503 and Retry-After: 1
    #[arg(long, value_name = "N")]
    pub queue_limit: Option<usize>,

    /// Streams at once; one more is refused with 429 and Retry-After: 1
    #[arg(long, value_name = "N")]
    pub cap: Option<usize>,

    /// Time for which each stream waits before it asks for a slot or for the
    /// batch, as in a queue that is polled
    #[arg(long, value_name = "D", value_parser = duration)]
    pub slot_wait: Option<Duration>,

    /// Double --stream-slots this long after a stream first had to wait for one,
    /// once, as an autoscaler does
    #[arg(long, value_name = "D", value_parser = duration)]
    pub scale_out: Option<Duration>,
}

impl AdmissionFlags {
    /// Checks every range, and that each limit can be reached. `places` are the slots, or those of
    /// the batch; 0 is no limit.
    pub(crate) fn check(&self, places: usize, batch: bool) -> Result<(), SettingsError> {
        if let Some(rate) = self.admission_rate {
            check_range("admission-rate", rate.in_range(), "between 0.001/s and 1000000/s", rate)?;
        }
        if let Some(limit) = self.queue_limit {
            check_range("queue-limit", limit <= MOST, "at most 1000000", limit)?;
            needs_places("queue-limit", places)?;
        }
        if let Some(cap) = self.cap {
            check_range("cap", (1..=MOST).contains(&cap), "between 1 and 1000000", cap)?;
            if self.queue_limit.is_some() {
                let why = "one of them would never be reached";
                return Err(SettingsError::Conflict { flag: "cap", other: "queue-limit", why });
            }
        }
        for (flag, value) in [("slot-wait", self.slot_wait), ("scale-out", self.scale_out)] {
            let Some(value) = value else { continue };
            let holds = !value.is_zero() && value <= LONGEST;
            check_range(flag, holds, "above 0 and at most 1h", humantime::format_duration(value))?;
            needs_places(flag, places)?;
        }
        if self.scale_out.is_some() {
            if batch {
                let why = "it is --stream-slots that doubles";
                return Err(SettingsError::Conflict { flag: "scale-out", other: "batch-slots", why });
            }
            self.check_queues("scale-out", places)?;
        }
        Ok(())
    }

    /// Refuses `flag`, which acts when streams wait, if none ever does.
    pub(super) fn check_queues(&self, flag: &'static str, places: usize) -> Result<(), SettingsError> {
        let why = "no stream would ever wait for a slot";
        if self.queue_limit == Some(0) {
            return Err(SettingsError::Conflict { flag, other: "queue-limit 0", why });
        }
        if self.cap.is_some_and(|cap| cap <= places) {
            let why = "no stream would ever wait for a slot; raise it above the slots";
            return Err(SettingsError::Conflict { flag, other: "cap", why });
        }
        Ok(())
    }
}

fn needs_places(flag: &'static str, places: usize) -> Result<(), SettingsError> {
    match places {
        0 => Err(SettingsError::Needs { flag, needs: "--stream-slots above 0 or --batch-slots N" }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_never_be_reached_is_refused() {
        let all = AdmissionFlags {
            admission_rate: "2/s".parse().ok(),
            queue_limit: Some(5),
            cap: None,
            slot_wait: Some(Duration::from_millis(200)),
            scale_out: Some(Duration::from_secs(20)),
        };
        assert_eq!(all.check(10, false), Ok(()));
        assert_eq!(
            AdmissionFlags { queue_limit: None, cap: Some(11), ..all.clone() }.check(10, false),
            Ok(())
        );
        assert!(all.check(0, false).is_err() && all.check(10, true).is_err());
        let bad: [fn(&mut AdmissionFlags); 8] = [
            |f| f.admission_rate = Some(RateLimit { per_second: f64::NAN }),
            |f| f.queue_limit = Some(0),
            |f| f.queue_limit = Some(MOST + 1),
            |f| f.cap = Some(11),
            |f| (f.queue_limit, f.cap) = (None, Some(0)),
            |f| (f.queue_limit, f.cap) = (None, Some(10)),
            |f| f.slot_wait = Some(Duration::ZERO),
            |f| f.scale_out = Some(Duration::from_secs(3601)),
        ];
        for change in bad {
            let mut flags = all.clone();
            change(&mut flags);
            assert!(flags.check(10, false).is_err(), "{flags:?}");
        }
    }
}
