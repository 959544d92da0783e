//! What the model behind the service says, joined to what the workers tell of their users' questions.

use std::collections::BTreeMap;
use std::time::Duration;

use common::segment::Segment;
use common::stats::Percentile;
use verdict::behind::FirstToken;

use super::Run;
use crate::behind::{Join, JoinCounts, ServedPage, Shares};

/// The model of a run, and how it is asked.
#[derive(Debug)]
pub struct ModelBehind {
    /// Where it is.
    pub place: String,
    join: Join,
    /// Pages that were read.
    pub read: u64,
    /// Attempts that came to nothing.
    pub missed: u64,
    /// What the last of those ran into; text from outside.
    pub trouble: Option<String>,
    /// Requests that the model had not finished when it was read last.
    pub open: u64,
}

/// News of the model.
#[derive(Debug)]
pub enum ModelNews {
    /// A page.
    Page {
        /// Time since its reading began.
        age: Duration,
        /// What it held.
        page: ServedPage,
        /// Whether nothing was left to read.
        is_all: bool,
        /// Whether the model began to count anew before it.
        anew: bool,
        /// Requests before it that the model had forgotten.
        forgotten: u64,
    },
    /// It could not be read.
    Trouble(String),
    /// Nothing more is read.
    End,
}

impl ModelBehind {
    pub(super) fn new(place: String, run: [u8; 16]) -> ModelBehind {
        ModelBehind { place, join: Join::of(run), read: 0, missed: 0, trouble: None, open: 0 }
    }

    /// How many there were on either side, and what became of them.
    pub fn counts(&self) -> JoinCounts {
        self.join.counts()
    }

    /// What was joined, by segment and endpoint.
    pub fn shares(&self) -> &BTreeMap<(u32, u32), Shares> {
        self.join.shares()
    }
}

impl Run {
    /// The same run with a model behind the service.
    #[must_use]
    pub fn with_model(mut self, place: String) -> Run {
        self.behind = Some(ModelBehind::new(place, self.settings.id));
        self
    }

    /// The model behind the service, where it is asked.
    pub fn behind(&self) -> Option<&ModelBehind> {
        self.behind.as_ref()
    }

    /// Hands on what workers told of questions.
    pub(super) fn take_asks(&mut self, now: Duration) {
        let asks = self.ledger.take_asks();
        if let Some(behind) = &mut self.behind {
            asks.into_iter().for_each(|ask| behind.join.ask(now, ask));
        }
    }

    pub(super) fn on_served(&mut self, now: Duration, news: ModelNews) {
        let Some(behind) = &mut self.behind else { return };
        match news {
            ModelNews::Trouble(why) => {
                behind.missed += 1;
                behind.trouble = Some(why);
                return;
            }
            ModelNews::Page { age, page, is_all, anew, forgotten } => {
                if anew {
                    behind.join.begin_anew();
                }
                behind.read += 1;
                behind.open = page.open;
                behind.join.missed(forgotten);
                behind.join.page(&page);
                if is_all {
                    behind.join.settle(now.saturating_sub(age));
                }
            }
            ModelNews::End => behind.join.settle_all(),
        }
        let first = first_tokens(&self.stage_shares());
        self.evidence.set_behind(first);
    }

    /// What was joined of each stage's measured part, and of all of it where none is, by stage and endpoint.
    pub fn stage_shares(&self) -> BTreeMap<(usize, u32), Shares> {
        let mut stages: BTreeMap<(usize, u32), Shares> = BTreeMap::new();
        let Some(behind) = &self.behind else { return stages };
        for ((number, endpoint), shares) in behind.join.shares() {
            let segment = Segment::from_number(*number);
            let is_judged = segment.measured || self.timeline.measured(segment.stage).is_none();
            if is_judged {
                stages.entry((segment.stage, *endpoint)).or_default().add(shares);
            }
        }
        stages
    }
}

/// The medians of each stage, all endpoints together.
fn first_tokens(shares: &BTreeMap<(usize, u32), Shares>) -> Vec<FirstToken> {
    let mut stages: BTreeMap<usize, Shares> = BTreeMap::new();
    for ((stage, _), shares) in shares {
        stages.entry(*stage).or_default().add(shares);
    }
    let median = |histogram: &common::stats::Histogram| {
        histogram.percentile(Percentile::P50).map_or(0.0, |us| us as f64 / 1e6)
    };
    let first = |(stage, shares): (&usize, &Shares)| FirstToken {
        stage: *stage,
        count: shares.first.seen.count(),
        seen: median(&shares.first.seen),
        model: median(&shares.first.model),
        in_front: median(&shares.first.application),
    };
    stages.iter().map(first).collect()
}
