//! A user of an open load: it arrives, does what it came for, and leaves.
//!
//! ```text
//! session:  arrives ─▶ one session ─▶ deletes its own threads ─▶ gone
//! request:  arrives ─▶ one request ─▶ waits for the next arrival, with its connection and its thread
//! ```

use std::pin::pin;
use std::rc::Rc;
use std::time::Instant;

use common::arrivals::ArrivalUnit;
use common::class::UserKey;
use http::HeaderValue;

use super::life::{clean_up, unless_cut};
use super::rng::UserRng;
use super::{Signal, User, number, rounds};

/// Does what the user came for. The user comes back if another arrival may have it.
#[allow(clippy::manual_async_fn, reason = "an async fn keeps what it is given twice")]
pub(crate) fn visit(mut user: User) -> impl Future<Output = Option<User>> {
    async move {
        let signal = Rc::clone(&user.signal);
        let stays = {
            let mut whole = pin!(whole_visit(&mut user));
            unless_cut(&signal, whole.as_mut()).await
        };
        stays.unwrap_or(false).then_some(user)
    }
}

/// Says whether the user stays.
async fn whole_visit(user: &mut User) -> bool {
    if !user.plan.has_work_for(user.key.0) {
        return false;
    }
    let unit = user.plan.arrival_unit();
    if !user.is_stopping() {
        match unit {
            // A session of a trace comes with what it asks.
            ArrivalUnit::Session | ArrivalUnit::Replay => rounds::one_session(user).await,
            ArrivalUnit::Request => rounds::one_request(user).await,
        }
    }
    let stays = unit == ArrivalUnit::Request && !user.is_stopping();
    if !stays {
        // One that leaves by itself is load to its last request.
        user.cleaning_up = user.is_stopping();
        clean_up(user).await;
    }
    stays
}

impl User {
    pub(crate) fn key(&self) -> UserKey {
        self.key
    }

    /// The same user, due at this moment.
    pub(crate) fn due(mut self, due: Instant) -> User {
        self.due = Some(due);
        self
    }

    /// The same user for another arrival: what it does follows from that one's number.
    pub(crate) fn again(mut self, key: UserKey, signal: Rc<Signal>) -> User {
        self.key = key;
        self.header = HeaderValue::from(number(key));
        self.rng = UserRng::new(self.plan.seed(), key);
        self.tracer = self.tracer.map(|tracer| tracer.of(key));
        self.signal = signal;
        self
    }
}
