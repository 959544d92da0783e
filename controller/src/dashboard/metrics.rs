//! `GET /metrics`: what Prometheus scrapes, and that it gets the last figures.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::app_state::AppState;
use report::metrics::{CONTENT_TYPE, render};

/// Longest wait at the end for somebody who has scraped before.
const MOST: Duration = Duration::from_secs(20);

/// When the metrics were asked for.
#[derive(Debug, Default)]
pub(super) struct Scrapes(Mutex<Seen>);

#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    last: Option<Instant>,
    /// Between the last two.
    gap: Option<Duration>,
}

impl Scrapes {
    fn note(&self, now: Instant) {
        let mut seen = self.lock();
        seen.gap = seen.last.map(|last| now.saturating_duration_since(last));
        seen.last = Some(now);
    }

    /// How long to wait from `over` on for the scraper, so that it does not miss the last figures: until
    /// the next scrape is overdue. Zero if nothing scrapes regularly, or if a scrape has come since.
    pub(super) fn patience(&self, over: Instant) -> Duration {
        let Seen { last, gap } = *self.lock();
        match (last, gap) {
            (Some(last), Some(gap)) if last < over => (gap + gap / 2).min(MOST),
            _ => Duration::ZERO,
        }
    }

    /// Nothing can panic while the lock is held.
    fn lock(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `GET /metrics`.
pub(super) async fn metrics(State(app): State<AppState>) -> Response {
    let latest = app.run.latest();
    let page = render(&latest.report, latest.second.as_ref());
    // Noted once the page is made: what comes later has the later figures.
    app.scrapes.note(Instant::now());
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], page).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_comes_regularly_is_waited_for_and_only_once() {
        let (scrapes, start) = (Scrapes::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(scrapes.patience(at(9)), Duration::ZERO, "nobody came");
        scrapes.note(at(1));
        assert_eq!(scrapes.patience(at(9)), Duration::ZERO, "somebody looked once");
        scrapes.note(at(3));
        assert_eq!(scrapes.patience(at(4)), Duration::from_secs(3), "one comes every two seconds");
        scrapes.note(at(5));
        assert_eq!(scrapes.patience(at(4)), Duration::ZERO, "and has come since");
        scrapes.note(at(95));
        assert_eq!(scrapes.patience(at(99)), MOST);
    }
}
