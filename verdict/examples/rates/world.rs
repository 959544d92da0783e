//! One search in virtual time: arrivals by the schedule that workers are handed, and what a controller would have merged.

use std::collections::BTreeMap;
use std::time::Duration;

use common::api::{Api, Operation};
use common::arrivals::{ArrivalPlan, ArrivalUnit, Spacing};
use common::class::{ClassSet, UserClass};
use common::segment::Segment;
use common::stats::Metric;
use common::timeline::Timeline;
use common::totals::Totals;
use verdict::limits::{Criteria, LimitRows};
use verdict::rate_search::{RateSearch, RateSettings, rows};
use verdict::search::NextStep;
use verdict::threshold::{Rule, ThresholdContext, parse, resolve};
use verdict::{Arrived, Evidence, Second, Sources};

use crate::service::{News, Service};

/// A search that takes longer has gone astray.
const LONGEST_S: u64 = 3 * 3_600;

/// What is asked of a service.
#[derive(Debug, Clone)]
pub struct Asked {
    pub thresholds: &'static [&'static str],
    pub max_users: u32,
    pub spacing: Spacing,
    pub longest: Option<Duration>,
    /// In this second one of two workers dies with its users.
    pub worker_dies: Option<u64>,
}

/// What a search came to.
#[derive(Debug)]
pub struct Found {
    pub limits: LimitRows,
    pub seconds: u64,
}

struct Open {
    segment: Segment,
    asked: u64,
}

struct World {
    service: Box<dyn Service>,
    totals: Totals,
    open: BTreeMap<u64, Open>,
    second: Second,
}

/// Searches for the largest rate.
pub fn search(service: Box<dyn Service>, asked: &Asked, seed: u64) -> Found {
    let mut settings = RateSettings {
        criteria: Vec::new(),
        max_users: asked.max_users,
        classes: ClassSet::only(UserClass::Stream),
        spacing: asked.spacing,
        stream_timeout: Duration::from_secs(120),
        longest: asked.longest,
    };
    let mut timeline = RateSearch::timeline(&settings, false);
    settings.criteria = rules(asked.thresholds, &timeline);
    let criteria = Criteria { rules: settings.criteria.clone(), searches: true, ..Criteria::default() };
    let mut search = RateSearch::new(settings);
    let mut world =
        World { service, totals: Totals::default(), open: BTreeMap::new(), second: Second::default() };
    let mut evidence = Evidence::default();
    let mut next = (0, 0.0);
    let mut clock = 0;
    while clock < LONGEST_S {
        let until = (clock + 1) * 1_000_000;
        next = world.second(&plan(&timeline, asked.spacing, seed), next, until, asked.max_users, &timeline);
        let workers = asked.worker_dies.map_or(2, |second| world.workers(clock, second));
        evidence.push(world.close(workers));
        clock += 1;
        let now = Duration::from_secs(clock);
        if timeline.end().is_some_and(|end| end <= now) {
            break;
        }
        let sources = Sources { timeline: &timeline, totals: &world.totals, evidence: &evidence };
        match search.step(&timeline, sources, now) {
            Some(NextStep::Next { at, stage, settle }) => timeline.go_on(at, stage, settle),
            Some(NextStep::End { at }) => timeline.cut(at),
            None => {}
        }
    }
    let sources = Sources { timeline: &timeline, totals: &world.totals, evidence: &evidence };
    let limits = rows(&search, sources, Duration::from_secs(clock), &criteria).unwrap_or_default();
    Found { limits, seconds: clock }
}

fn plan(timeline: &Timeline, spacing: Spacing, seed: u64) -> Option<ArrivalPlan> {
    let path = timeline.shape().rate_path()?;
    Some(ArrivalPlan { path, spacing, unit: ArrivalUnit::Request, seed })
}

fn rules(texts: &[&str], timeline: &Timeline) -> Vec<Rule> {
    let endpoints = Api::default().endpoints();
    let context = ThresholdContext { shape: timeline.shape(), endpoints: &endpoints, no_streams: None };
    texts.iter().filter_map(|text| resolve(&parse(text).ok()?, &context).ok()).collect()
}

impl World {
    /// Everything before `until`; the number of the next arrival and what is expected before it come back.
    fn second(
        &mut self,
        plan: &Option<ArrivalPlan>,
        next: (u64, f64),
        until: u64,
        max_users: u32,
        timeline: &Timeline,
    ) -> (u64, f64) {
        let Some(plan) = plan else { return next };
        let mut due = plan.due_from(next.0, next.1);
        let mut here = next;
        while let Some(arrival) = due.next().filter(|arrival| arrival.at_us < until) {
            self.pass(arrival.at_us);
            here = (due.number(), due.before());
            let arrived = self.second.arrivals.get_or_insert_default();
            if self.open.len() >= max_users as usize {
                arrived.dropped += 1;
                continue;
            }
            arrived.started += 1;
            let segment = timeline.segment_at(Duration::from_micros(arrival.at_us)).0;
            self.open.insert(arrival.number, Open { segment, asked: arrival.at_us });
            self.totals.segments.entry(segment).or_default().streams.counts.begun += 1;
            self.second.begun += 1;
            self.service.ask(arrival.number, arrival.at_us);
        }
        self.pass(until);
        here
    }

    fn pass(&mut self, until: u64) {
        while let Some((at, news)) = self.service.next(until) {
            self.hear(at, news);
        }
    }

    fn hear(&mut self, at: u64, news: News) {
        match news {
            News::First(id) => {
                let Some(open) = self.open.get(&id) else { return };
                let ttft = at - open.asked;
                let totals = self.totals.segments.entry(open.segment).or_default();
                totals.streams.metrics[Metric::Ttft as usize].record(ttft);
                self.second.first_tokens += 1;
                self.second.ttft_us += ttft;
            }
            News::Ended(id) | News::Refused(id) => {
                let Some(open) = self.open.remove(&id) else { return };
                let totals = self.totals.segments.entry(open.segment).or_default();
                let chat = &mut totals.endpoints[Operation::Chat.index()];
                chat.latency.record(at - open.asked);
                self.second.requests += 1;
                self.second.streams += 1;
                if matches!(news, News::Refused(_)) {
                    chat.failures += 1;
                    chat.failed.record(at - open.asked);
                    totals.streams.counts.failed += 1;
                    totals.streams.counts.textless += 1;
                    self.second.failed += 1;
                } else {
                    totals.streams.metrics[Metric::E2e as usize].record(at - open.asked);
                    totals.streams.counts.completed += 1;
                    self.second.completed += 1;
                }
            }
        }
    }

    /// How many workers there are at the end of this second. With one of two go all of its users, which are every other.
    fn workers(&mut self, second: u64, dies: u64) -> u32 {
        if second == dies {
            let its: Vec<u64> = self.open.keys().copied().filter(|id| id % 2 == 0).collect();
            for id in its {
                self.open.remove(&id);
                self.service.leave(id);
            }
        }
        if second >= dies { 1 } else { 2 }
    }

    fn close(&mut self, workers: u32) -> Second {
        let mut second = std::mem::take(&mut self.second);
        let there = self.open.len() as u32;
        let arrived = second.arrivals.unwrap_or_default();
        second.arrivals = Some(Arrived { present: there, workers, ..arrived });
        (second.users, second.target, second.open) = (there, there, there as f32);
        second
    }
}
