//! How many streams are there at once, and who is refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use crate::counters::LimitCounters;
use crate::settings::BackendSettings;

/// One seat for each stream from its request to its end, whether it waits or produces. As slots are
/// never left free while streams wait, those beyond the slots are those that wait.
#[derive(Debug)]
pub(crate) struct Seats {
    taken: AtomicUsize,
    /// Slots, or places in the batch; 0 is no limit.
    slots: AtomicUsize,
    cap: Option<usize>,
    queue_limit: Option<usize>,
    counters: Arc<LimitCounters>,
}

/// Why a stream is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SeatRefusal {
    /// `--cap` streams are there.
    Cap,
    /// `--queue-limit` streams wait.
    Queue,
}

impl Seats {
    pub(crate) fn new(settings: &BackendSettings, counters: Arc<LimitCounters>) -> Self {
        Self {
            taken: AtomicUsize::new(0),
            slots: AtomicUsize::new(settings.places()),
            cap: settings.admission.cap,
            queue_limit: settings.admission.queue_limit,
            counters,
        }
    }

    /// Takes a seat, free again when dropped.
    ///
    /// # Errors
    /// The limit that is reached.
    pub(crate) fn take(self: &Arc<Self>) -> Result<Seat, SeatRefusal> {
        let seats = self.queue_limit.map(|limit| self.slots.load(SeqCst) + limit);
        let most = self.cap.or(seats).unwrap_or(usize::MAX);
        let seat = |taken: usize| (taken < most).then_some(taken + 1);
        if self.taken.fetch_update(SeqCst, SeqCst, seat).is_ok() {
            return Ok(Seat(Arc::clone(self)));
        }
        if self.cap.is_some() {
            self.counters.capped();
            return Err(SeatRefusal::Cap);
        }
        self.counters.queue_refused();
        Err(SeatRefusal::Queue)
    }

    /// Streams beyond the slots.
    pub(crate) fn beyond_slots(&self) -> usize {
        self.taken.load(SeqCst).saturating_sub(self.slots.load(SeqCst))
    }

    /// An autoscaler has added slots.
    pub(crate) fn add_slots(&self, count: usize) {
        self.slots.fetch_add(count, SeqCst);
        self.counters.slots_added(count as u64);
    }
}

/// The seat of one stream.
#[derive(Debug)]
pub(crate) struct Seat(Arc<Seats>);

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seats(slots: usize, cap: Option<usize>, queue_limit: Option<usize>) -> Arc<Seats> {
        let mut settings = BackendSettings { stream_slots: slots, ..BackendSettings::default() };
        (settings.admission.cap, settings.admission.queue_limit) = (cap, queue_limit);
        Arc::new(Seats::new(&settings, Arc::default()))
    }

    #[test]
    fn a_queue_holds_its_limit_beyond_the_slots() {
        let seats = seats(2, None, Some(3));
        let mut taken: Vec<Seat> = (0..5).map(|_| seats.take().unwrap()).collect();
        assert_eq!((seats.take().unwrap_err(), seats.beyond_slots()), (SeatRefusal::Queue, 3));
        taken.pop();
        assert!(seats.take().is_ok());
        seats.add_slots(2);
        taken.extend((0..3).map(|_| seats.take().unwrap()));
        assert_eq!((seats.take().unwrap_err(), seats.beyond_slots()), (SeatRefusal::Queue, 3));
        assert_eq!((seats.counters.snapshot().queue_refused, seats.counters.snapshot().slots_added), (2, 2));
    }

    #[test]
    fn a_cap_counts_all_and_no_queue_is_no_seat_beyond_the_slots() {
        let capped = seats(2, Some(3), None);
        let taken: Vec<Seat> = (0..3).map(|_| capped.take().unwrap()).collect();
        assert_eq!((capped.take().unwrap_err(), taken.len()), (SeatRefusal::Cap, 3));
        assert_eq!(capped.counters.snapshot().capped, 1);
        let unqueued = seats(1, None, Some(0));
        let one = unqueued.take().unwrap();
        assert!(unqueued.take().is_err());
        drop(one);
        assert!(unqueued.take().is_ok());
    }
}
