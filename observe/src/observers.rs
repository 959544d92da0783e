//! The observers of a run: a task each, on a thread beside the run's, so that none of them can hold it up.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};
use tokio::time::MissedTickBehavior;
use verdict::observed::{Look, StrayLines};

use super::cgroup::Cgroup;
use super::choice::Choice;
use super::docker;
use super::exposition::Page;
use super::metrics_page::{MetricsPage, Trust};
use super::postgres::Server;
use super::process::Process;
use super::rates::{Rates, Sample};
use super::target::{Observe, Place};

/// How often each looks.
const EVERY: Duration = Duration::from_secs(1);
/// A look that takes longer came to nothing.
const DEADLINE: Duration = Duration::from_secs(5);
/// How long a name that is being looked up may keep the thread at the end.
const FAREWELL: Duration = Duration::from_millis(100);

/// A look, and when it was answered.
pub type Dated = (Instant, Look);

/// Observers at work.
#[derive(Debug)]
pub struct Observers {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Observers {
    /// Starts them; what they see goes to `looks`.
    ///
    /// # Errors
    /// The system gives no more threads or descriptors.
    pub fn start(
        targets: Vec<Observe>,
        choice: Choice,
        trust: Trust,
        looks: mpsc::Sender<Dated>,
    ) -> std::io::Result<Observers> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new().name("observers".to_owned()).spawn(move || {
            let (choice, trust) = (Arc::new(choice), Arc::new(trust));
            runtime.block_on(async {
                for (number, target) in targets.into_iter().enumerate() {
                    let (choice, looks) = (Arc::clone(&choice), looks.clone());
                    tokio::spawn(observe(number, target, choice, Arc::clone(&trust), looks));
                }
                // Whoever started them stops them, or is gone.
                let _ = stopped.await;
            });
            runtime.shutdown_timeout(FAREWELL);
        })?;
        Ok(Observers { stop, thread })
    }

    /// Looks no more.
    pub fn end(self) {
        drop(self.stop);
        let _ = self.thread.join();
    }
}

/// One observer: looks once a second for as long as somebody wants to know.
async fn observe(
    number: usize,
    target: Observe,
    choice: Arc<Choice>,
    trust: Arc<Trust>,
    looks: mpsc::Sender<Dated>,
) {
    let began = Instant::now();
    let mut source = Source::of(&target.place, &trust);
    let mut rates = Rates::default();
    let mut complained = false;
    let mut ticks = tokio::time::interval(EVERY);
    // One that is late does not catch up: its target may be.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        let answer = match tokio::time::timeout(DEADLINE, source.look(&choice)).await {
            Ok(answer) => answer,
            Err(_) => Err(format!("it took longer than {} s", DEADLINE.as_secs())),
        };
        let now = Instant::now();
        let look = match answer {
            Ok(Page { samples, left_out: dropped, stray, .. }) => {
                let (values, left_out) = rates.values(now.duration_since(began), samples);
                Look { observer: number, values: Ok(values), left_out: dropped + left_out, stray }
            }
            Err(why) => {
                if !std::mem::replace(&mut complained, true) {
                    tracing::warn!("--observe {target}: {why}; the run goes on, and so do the attempts");
                }
                Look { observer: number, values: Err(why), left_out: 0, stray: StrayLines::default() }
            }
        };
        if looks.send((now, look)).await.is_err() {
            return;
        }
    }
}

/// Where samples come from.
enum Source {
    Page(MetricsPage),
    Postgres(Box<Server>),
    Process(Process),
    Cgroup(Cgroup),
    Container {
        name: String,
        group: Option<Cgroup>,
    },
    /// It could not be set up.
    Nothing(String),
}

impl Source {
    fn of(place: &Place, trust: &Trust) -> Source {
        match place {
            Place::Page(url) => {
                MetricsPage::at(url.clone(), trust).map_or_else(Source::Nothing, Source::Page)
            }
            Place::Postgres(config) => Source::Postgres(Box::new(Server::at((**config).clone()))),
            Place::Process(number) => Source::Process(Process::new(*number)),
            Place::Cgroup(path) => Source::Cgroup(Cgroup::at(path)),
            Place::Container(name) => Source::Container { name: name.clone(), group: None },
        }
    }

    /// Looks once: samples, and what of a page was none.
    async fn look(&mut self, choice: &Choice) -> Result<Page, String> {
        let samples = match self {
            Source::Page(page) => return page.look(choice).await,
            Source::Postgres(server) => server.look().await?,
            Source::Process(process) => process.look()?,
            Source::Cgroup(group) => group.look()?,
            Source::Container { name, group } => container(name, group).await?,
            Source::Nothing(why) => return Err(why.clone()),
        };
        Ok(Page::of(samples))
    }
}

/// A container that was started again has another group.
async fn container(name: &str, group: &mut Option<Cgroup>) -> Result<Vec<Sample>, String> {
    if let Some(samples) = group.as_mut().and_then(|group| group.look().ok()) {
        return Ok(samples);
    }
    group.insert(Cgroup::at(&docker::group(name).await?)).look()
}

#[cfg(test)]
mod tests;
