//! The reader of the model's page, on a thread beside the run's: a page may be large, and its server slow.

use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use hub::grpc::Inbound;
use hub::run::{Input, ModelNews};
use tokio::sync::{mpsc, oneshot};
use tokio::time::MissedTickBehavior;

use crate::model_page::{Behind, ModelPage, PAGE_LINES};

/// How often the page is read.
const EVERY: Duration = Duration::from_secs(1);
/// How long the end waits for requests that the model has not finished.
const PATIENCE: Duration = Duration::from_secs(3);
/// How often it looks meanwhile.
const LOOK_AGAIN: Duration = Duration::from_millis(200);
/// How long the end waits for the thread at most.
const FAREWELL: Duration = Duration::from_secs(12);

/// A reader at work.
#[derive(Debug)]
pub(crate) struct ModelReader {
    finish: oneshot::Sender<oneshot::Sender<Vec<ModelNews>>>,
    thread: JoinHandle<()>,
}

impl ModelReader {
    /// Starts it behind the number `newest`: what the model finished before is none of the run's.
    ///
    /// # Errors
    /// The system gives no more threads or descriptors, or its TLS cannot be set up.
    pub(crate) fn start(
        behind: &Behind,
        newest: u64,
        run_loop: mpsc::Sender<Inbound>,
    ) -> std::io::Result<ModelReader> {
        let page = ModelPage::at(behind).map_err(std::io::Error::other)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (finish, asked) = oneshot::channel();
        let reading = Reading { page, after: newest, complained: false, place: behind.to_string() };
        let thread = std::thread::Builder::new()
            .name("model-page".to_owned())
            .spawn(move || runtime.block_on(reading.serve(run_loop, asked)))?;
        Ok(ModelReader { finish, thread })
    }

    /// Reads what is still to come, and ends.
    pub(crate) async fn finish(self) -> Vec<ModelNews> {
        let (answer, news) = oneshot::channel();
        let mut all = Vec::new();
        if self.finish.send(answer).is_ok()
            && let Ok(Ok(news)) = tokio::time::timeout(FAREWELL, news).await
        {
            all = news;
            // It has nothing more to do.
            let _ = self.thread.join();
        }
        all.push(ModelNews::End);
        all
    }
}

struct Reading {
    page: ModelPage,
    /// Number of the last request that was read.
    after: u64,
    complained: bool,
    place: String,
}

impl Reading {
    async fn serve(
        mut self,
        run_loop: mpsc::Sender<Inbound>,
        mut asked: oneshot::Receiver<oneshot::Sender<Vec<ModelNews>>>,
    ) {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            tokio::select! {
                biased;
                answer = &mut asked => {
                    let Ok(answer) = answer else { return };
                    let _ = answer.send(self.last().await);
                    return;
                }
                _ = ticks.tick() => {}
            }
            let mut is_all = false;
            while !is_all {
                let news = self.next().await;
                is_all = !matches!(news, ModelNews::Page { is_all: false, .. });
                if run_loop.send(Inbound::Input(Input::Model(news))).await.is_err() {
                    return;
                }
            }
        }
    }

    /// All that is left, once nothing is open at the model, or it is too late to wait for that.
    async fn last(&mut self) -> Vec<ModelNews> {
        let (mut all, latest) = (Vec::new(), Instant::now() + PATIENCE);
        loop {
            let news = self.next().await;
            let (is_all, is_open) = match &news {
                ModelNews::Page { is_all, page, .. } => (*is_all, page.open > 0),
                ModelNews::Trouble(_) | ModelNews::End => (true, false),
            };
            all.push(news);
            if is_all && (!is_open || Instant::now() >= latest) {
                return all;
            }
            if is_all {
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        }
    }

    async fn next(&mut self) -> ModelNews {
        let began = Instant::now();
        let mut anew = false;
        let mut read = self.page.read(self.after, PAGE_LINES).await;
        if read.as_ref().is_ok_and(|page| page.newest < self.after) {
            (self.after, anew) = (0, true);
            read = self.page.read(0, PAGE_LINES).await;
        }
        match read {
            Ok(page) => {
                let first = page.served.first().map_or(self.after + 1, |one| one.seq);
                let forgotten = first.saturating_sub(self.after + 1);
                self.after = page.served.iter().map(|one| one.seq).max().unwrap_or(self.after);
                let is_all = (page.served.len() as u64) < PAGE_LINES;
                ModelNews::Page { age: began.elapsed(), page, is_all, anew, forgotten }
            }
            Err(why) => {
                if !std::mem::replace(&mut self.complained, true) {
                    tracing::warn!("--behind {}: {why}; the run goes on, and so do the attempts", self.place);
                }
                ModelNews::Trouble(why)
            }
        }
    }
}
