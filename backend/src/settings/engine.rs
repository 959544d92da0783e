//! The pace of the engine that makes the tokens, on the command line.

use std::time::Duration;

use super::{AdmissionFlags, LONGEST, SettingsError, check_range, duration};

const DEFAULT_STEP: Duration = Duration::from_millis(20);
const DEFAULT_PER_SEQUENCE: Duration = Duration::from_millis(1);
const SHORTEST_STEP: Duration = Duration::from_micros(1);
const LONGEST_STEP: Duration = Duration::from_secs(10);

/// How the pace depends on the load, not at all by default; the documentation of the crate has the
/// closed forms.
#[derive(Clone, Debug, Default, PartialEq, clap::Args)]
#[command(next_help_heading = "Engine, whose pace depends on the load")]
pub struct EngineFlags {
    /// Sequences that an engine decodes together, in steps of one token each, as
    /// vLLM or llama.cpp do; the others wait in the order of asking. Steps take the
    /// place of --ttft and --token-gap; wants --stream-slots 0
    #[arg(long, value_name = "N")]
    pub batch_slots: Option<usize>,

    /// Time that each step takes [default: 20ms]
    #[arg(long, value_name = "D", value_parser = duration)]
    pub batch_step: Option<Duration>,

    /// Time by which each sequence that runs makes a step longer [default: 1ms]
    #[arg(long, value_name = "D", value_parser = duration)]
    pub batch_per_seq: Option<Duration>,

    /// Time by which each sequence that joins makes its first step longer
    /// [default: 0s]
    #[arg(long, value_name = "D", value_parser = duration)]
    pub prefill: Option<Duration>,

    /// Time by which each stream beyond --stream-slots, waiting or not, makes
    /// every chunk of every stream longer, so that throughput falls
    #[arg(long, value_name = "D", value_parser = duration)]
    pub collapse: Option<Duration>,

    /// Every chunk or step that begins within this time of the first stream takes
    /// three times as long, as with cold caches
    #[arg(long, value_name = "D", value_parser = duration)]
    pub warm_up: Option<Duration>,
}

impl EngineFlags {
    /// Time that each step takes.
    pub(crate) fn step(&self) -> Duration {
        self.batch_step.unwrap_or(DEFAULT_STEP)
    }

    /// Time by which each sequence makes it longer.
    pub(crate) fn per_sequence(&self) -> Duration {
        self.batch_per_seq.unwrap_or(DEFAULT_PER_SEQUENCE)
    }

    /// Checks every range, and that each setting has something to act on.
    pub(crate) fn check(
        &self,
        stream_slots: usize,
        threads: Option<usize>,
        admission: &AdmissionFlags,
    ) -> Result<(), SettingsError> {
        self.check_batch(stream_slots, threads)?;
        check_time("collapse", self.collapse, LONGEST_STEP, "above 0 and at most 10s")?;
        check_time("warm-up", self.warm_up, LONGEST, "above 0 and at most 1h")?;
        if self.collapse.is_some() {
            if stream_slots == 0 {
                return Err(SettingsError::Needs { flag: "collapse", needs: "--stream-slots above 0" });
            }
            admission.check_queues("collapse", stream_slots)?;
        }
        Ok(())
    }

    fn check_batch(&self, stream_slots: usize, threads: Option<usize>) -> Result<(), SettingsError> {
        let Some(slots) = self.batch_slots else {
            let parts = [
                ("batch-step", self.batch_step),
                ("batch-per-seq", self.batch_per_seq),
                ("prefill", self.prefill),
            ];
            return match parts.into_iter().find(|(_, value)| value.is_some()) {
                Some((flag, _)) => Err(SettingsError::Needs { flag, needs: "--batch-slots N" }),
                None => Ok(()),
            };
        };
        check_range("batch-slots", (1..=100_000).contains(&slots), "between 1 and 100000", slots)?;
        let step = self.step();
        let holds = (SHORTEST_STEP..=LONGEST_STEP).contains(&step);
        check_range("batch-step", holds, "between 1us and 10s", humantime::format_duration(step))?;
        for (flag, value) in
            [("batch-per-seq", self.per_sequence()), ("prefill", self.prefill.unwrap_or_default())]
        {
            check_range(flag, value <= LONGEST_STEP, "at most 10s", humantime::format_duration(value))?;
        }
        let conflict = |other, why| Err(SettingsError::Conflict { flag: "batch-slots", other, why });
        if stream_slots > 0 {
            return conflict("stream-slots", "the batch takes the place of the slots; pass --stream-slots 0");
        }
        if threads.is_some() {
            return conflict(
                "threads-per-chunk",
                "the tokens of a batch are made in steps; pass one of them",
            );
        }
        Ok(())
    }
}

fn check_time(
    flag: &'static str,
    value: Option<Duration>,
    longest: Duration,
    range: &'static str,
) -> Result<(), SettingsError> {
    let Some(value) = value else { return Ok(()) };
    check_range(flag, !value.is_zero() && value <= longest, range, humantime::format_duration(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_batch_stands_alone_and_its_parts_need_it() {
        let open = AdmissionFlags::default();
        let batch = EngineFlags { batch_slots: Some(8), warm_up: Some(MS), ..EngineFlags::default() };
        assert_eq!(batch.check(0, None, &open), Ok(()));
        assert!(batch.check(10, None, &open).is_err() && batch.check(0, Some(4), &open).is_err());
        let bad: [fn(&mut EngineFlags); 7] = [
            |f| f.batch_slots = Some(0),
            |f| f.batch_step = Some(Duration::ZERO),
            |f| f.batch_per_seq = Some(11_000 * MS),
            |f| f.prefill = Some(11_000 * MS),
            |f| f.collapse = Some(MS),
            |f| f.warm_up = Some(Duration::ZERO),
            |f| (f.batch_slots, f.prefill) = (None, Some(MS)),
        ];
        for change in bad {
            let mut flags = batch.clone();
            change(&mut flags);
            assert!(flags.check(0, None, &open).is_err(), "{flags:?}");
        }
    }

    #[test]
    fn a_collapse_needs_streams_that_wait() {
        let collapse = EngineFlags { collapse: Some(MS), ..EngineFlags::default() };
        assert_eq!(collapse.check(10, None, &AdmissionFlags::default()), Ok(()));
        let capped = AdmissionFlags { cap: Some(10), ..AdmissionFlags::default() };
        assert!(collapse.check(10, None, &capped).is_err());
        assert_eq!(collapse.check(9, None, &capped), Ok(()));
    }
}
