//! What the owner of the run puts up, for the dashboard to read whenever it likes.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::cli::Form;
use crate::view::{LiveRow, PlanRow, PulseRow};
use report::rows::{DistributionRow, EndpointSecond, RunReport, SecondRow};

use super::edition::second_json;

/// The run as it stands.
#[derive(Debug, Clone, Default)]
pub struct News {
    /// The report without its history.
    pub report: Arc<RunReport>,
    /// Where the run stands.
    pub live: LiveRow,
    /// What may be chosen, while the run waits to be started.
    pub form: Option<Form>,
    /// The last closed second.
    pub second: Option<SecondRow>,
    /// The stages that the shape has, those to come included.
    pub plan: Vec<PlanRow>,
    /// The workers in their last intervals.
    pub pulse: Vec<Option<PulseRow>>,
    /// The latency of each endpoint.
    pub distributions: Vec<DistributionRow>,
}

/// Everything that viewers can see.
#[derive(Debug)]
pub(super) struct Board {
    news: watch::Sender<Arc<News>>,
    /// One text for each second of the run, the only thing here that grows with it.
    seconds: Mutex<Vec<Second>>,
    /// The files that the run writes; none before its load is known.
    files: Mutex<Arc<Vec<PathBuf>>>,
}

/// A closed second as JSON arrays: the row, and one for each endpoint.
#[derive(Debug)]
pub(super) struct Second {
    pub(super) row: Box<str>,
    pub(super) endpoints: Box<str>,
}

impl Board {
    pub(super) fn new(files: Vec<PathBuf>) -> Arc<Board> {
        let (news, _) = watch::channel(Arc::new(News::default()));
        Arc::new(Board { news, seconds: Mutex::default(), files: Mutex::new(Arc::new(files)) })
    }

    /// What is new, from now on.
    pub(super) fn subscribe(&self) -> watch::Receiver<Arc<News>> {
        self.news.subscribe()
    }

    /// The latest news.
    pub(super) fn news(&self) -> Arc<News> {
        Arc::clone(&self.news.borrow())
    }

    /// The files that the run writes.
    pub(super) fn files(&self) -> Arc<Vec<PathBuf>> {
        Arc::clone(&self.files.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many seconds are closed.
    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }

    /// The seconds from number `from` on, at most `most`, joined by commas, and how many they are.
    pub(super) fn rows(&self, from: usize, most: usize, part: impl Fn(&Second) -> &str) -> (String, usize) {
        let seconds = self.lock();
        let end = seconds.len().min(from.saturating_add(most));
        let slice = seconds.get(from..end).unwrap_or_default();
        let mut text = String::with_capacity(slice.iter().map(|second| part(second).len() + 1).sum());
        for second in slice {
            if !text.is_empty() {
                text.push(',');
            }
            text.push_str(part(second));
        }
        (text, slice.len())
    }

    /// Nothing can panic while the lock is held; were it so, the texts would still be whole.
    fn lock(&self) -> MutexGuard<'_, Vec<Second>> {
        self.seconds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The owner's side of the board.
#[derive(Debug, Clone)]
pub struct Publisher(pub(super) Arc<Board>);

impl Publisher {
    /// A second was closed.
    pub fn second(&self, row: &SecondRow, endpoints: &[EndpointSecond]) {
        let second = second_json(row, endpoints);
        self.0.lock().push(second);
    }

    /// The run writes these files from now on.
    pub fn files(&self, files: Vec<PathBuf>) {
        *self.0.files.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(files);
    }

    /// The run stands like this now.
    pub fn news(&self, news: News) {
        self.0.news.send_replace(Arc::new(news));
    }
}
