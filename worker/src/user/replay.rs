//! A user of a trace: it asks what somebody asked, when they did.
//!
//! ```text
//! comes ─▶ start ─▶ waits ─▶ question ─▶ answer ─▶ waits ─▶ … ─▶ deletes its own threads ─▶ gone
//!          └──── until the question is due ┘
//! ```

use std::ops::ControlFlow;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::replay::{Due, Session};

use super::life::{clean_up, unless_cut};
use super::{User, rounds};

/// Timers of load threads ring up to two milliseconds late, so they are set so much earlier.
const EARLY: Duration = Duration::from_millis(1);

/// Asks what a session holds. `came` is when its user was to come.
#[allow(clippy::manual_async_fn, reason = "an async fn keeps what it is given twice")]
pub(crate) fn replay(
    mut user: User,
    session: Arc<Session>,
    came: Instant,
) -> impl Future<Output = Option<User>> {
    async move {
        let signal = Rc::clone(&user.signal);
        let mut whole = pin!(whole_session(&mut user, &session, came));
        unless_cut(&signal, whole.as_mut()).await;
        None
    }
}

async fn whole_session(user: &mut User, session: &Session, came: Instant) {
    rounds::get_ready(user).await;
    // However it ends, the user leaves.
    let _ = questions(user, session, came).await;
    user.cleaning_up = user.is_stopping();
    clean_up(user).await;
}

/// Each is asked, whether the one before it failed or not: so did whoever is followed.
async fn questions(user: &mut User, session: &Session, came: Instant) -> ControlFlow<()> {
    user.begin_conversation();
    let mut answered = came;
    for question in &session.questions {
        user.continue_unless_stopping()?;
        user.place.1 += 1;
        user.write_traced(question);
        let after = |moment: Instant, us| moment.checked_add(Duration::from_micros(us)).unwrap_or(moment);
        let due = match question.due {
            Due::AfterComing(us) => after(came, us).max(answered),
            Due::AfterAnswer(us) => after(answered, us),
        };
        user.sleep_until(due.checked_sub(EARLY).unwrap_or(due)).await;
        user.continue_unless_stopping()?;
        user.due = Some(due.min(Instant::now()));
        let _ = user.ask_written().await;
        answered = Instant::now();
    }
    ControlFlow::Continue(())
}
