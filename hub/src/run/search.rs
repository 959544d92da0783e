//! The search that makes a run go on: for users that stay, or for a rate at which they arrive.

use std::time::Duration;

use common::timeline::Timeline;
use verdict::Sources;
use verdict::limits::{Criteria, Cut, LimitRows, rows};
use verdict::rate_search::{self, RateSearch, RateSettings};
use verdict::search::{Ladder, NextStep, SearchSettings, Span};

/// What is searched for.
#[derive(Debug, Clone)]
pub enum SearchPlan {
    /// The most users.
    Users(SearchSettings),
    /// The largest rate.
    Rates(RateSettings),
}

/// A search under way.
#[derive(Debug, Clone)]
pub enum Search {
    /// For users.
    Users(Box<Ladder>),
    /// For a rate.
    Rates(Box<RateSearch>),
}

impl SearchPlan {
    /// The timeline that it begins with.
    pub fn timeline(&self, mock_llm: bool) -> Timeline {
        match self {
            SearchPlan::Users(settings) => Ladder::timeline(settings, mock_llm),
            SearchPlan::Rates(settings) => RateSearch::timeline(settings, mock_llm),
        }
    }

    /// How long it takes, as far as that is known before.
    pub fn length(&self) -> Span {
        match self {
            SearchPlan::Users(settings) => settings.length(),
            SearchPlan::Rates(settings) => settings.length(),
        }
    }

    /// How long it may take.
    pub fn longest(&self) -> Option<Duration> {
        match self {
            SearchPlan::Users(settings) => settings.longest,
            SearchPlan::Rates(settings) => settings.longest,
        }
    }
}

impl Search {
    /// One that begins.
    pub fn new(plan: SearchPlan) -> Search {
        match plan {
            SearchPlan::Users(settings) => Search::Users(Box::new(Ladder::new(settings))),
            SearchPlan::Rates(settings) => Search::Rates(Box::new(RateSearch::new(settings))),
        }
    }

    /// Looks at what was measured up to `clock` (run clock), and says how the timeline goes on.
    pub fn step(&mut self, timeline: &Timeline, sources: Sources<'_>, clock: Duration) -> Option<NextStep> {
        match self {
            Search::Users(ladder) => ladder.step(timeline, sources, clock),
            Search::Rates(search) => search.step(timeline, sources, clock),
        }
    }

    /// What comes next, in words.
    pub fn then(&self) -> String {
        match self {
            Search::Users(ladder) => ladder.then(),
            Search::Rates(search) => search.then(),
        }
    }

    /// How long it will still take at `clock` (run clock).
    pub fn left(&self, clock: Duration) -> Span {
        match self {
            Search::Users(ladder) => ladder.left(clock),
            Search::Rates(search) => search.left(clock),
        }
    }

    /// How its time was over before it was.
    pub fn cut(&self) -> Option<Cut> {
        match self {
            Search::Users(ladder) => ladder.cut(),
            Search::Rates(search) => search.cut(),
        }
    }

    /// The limits that it shows up to `now` (run clock).
    pub fn rows(&self, sources: Sources<'_>, now: Duration, criteria: &Criteria) -> Option<LimitRows> {
        match self {
            Search::Users(ladder) => rows(sources, now, criteria, ladder.ended()),
            Search::Rates(search) => rate_search::rows(search, sources, now, criteria),
        }
    }
}
