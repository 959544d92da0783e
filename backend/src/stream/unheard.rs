//! Answers that are made on although nobody listens any more: what a service does that does not notice.

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::time::{Instant, sleep_until};

use super::body::Boxed;
use super::chat::Chat;
use super::deadlines::Deadlines;
use super::plan::AnswerPlan;
use super::schedule::{NextAction, TokenSchedule};
use super::slots::StreamSlot;
use crate::limits::Seat;

/// How far an answer was when its client left.
pub(super) enum Unheard {
    /// It waits for a slot.
    Queued(Boxed<StreamSlot>),
    /// It has one.
    Producing(Box<TokenSchedule>, Option<StreamSlot>),
}

/// Holds its slot, and its seat, until the answer would have ended.
pub(super) fn make_on(chat: Arc<Chat>, plan: AnswerPlan, unheard: Unheard, seat: Option<Seat>) {
    // There is no runtime any more where the process ends.
    let Ok(runtime) = Handle::try_current() else { return };
    runtime.spawn(async move {
        let (mut schedule, _slot) = match unheard {
            Unheard::Queued(queue) => {
                let slot = queue.await;
                let (schedule, slot) = schedule(&chat, &plan, slot, Instant::now());
                (Box::new(schedule), Some(slot))
            }
            Unheard::Producing(schedule, slot) => (schedule, slot),
        };
        let _seat = seat;
        loop {
            match schedule.next(Instant::now()) {
                NextAction::Tokens(_) => {}
                NextAction::Wait(at) => sleep_until(at).await,
                NextAction::Ending => return,
            }
        }
    });
}

/// The schedule of an answer that has just obtained its slot.
pub(super) fn schedule(
    chat: &Chat,
    plan: &AnswerPlan,
    mut slot: StreamSlot,
    now: Instant,
) -> (TokenSchedule, StreamSlot) {
    let place = slot.place.take();
    let deadlines = Deadlines::new(plan, now, chat.stall);
    let mut schedule = TokenSchedule::new(deadlines, now, &chat.limits, place);
    if plan.whole {
        schedule.write_at_the_end();
    }
    (schedule, slot)
}
