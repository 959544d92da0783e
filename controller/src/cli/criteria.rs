//! What the rungs of a run must keep to, and the search that the flags ask for.

use common::class::UserClass;
use common::plan::Plan;
use common::shape::Shape;
use hub::fleet::{LeaseTiming, classes_of};
use hub::run::{SearchPlan, TICK};

use super::RunArgs;
use super::arrivals::ArrivalsChoice;
use super::error::OptionsError;
use super::options::no_streams;
use verdict::limits::Criteria;
use verdict::rate_search::RateSettings;
use verdict::search::SearchSettings;
use verdict::threshold::{self, Rule, ThresholdContext};

/// What a service for people must keep to unless the command line says otherwise: few failures, of requests and of
/// answers (which may be few among many requests), a first word in time, and quick answers to the other requests.
const ASSUMED: [&str; 4] = ["failures<1%", "complete>99%", "ttft.p95<3s", "crud:p95<1s"];

/// The criterion that holds unless one about failures is given in words: a service that refuses most of what it
/// is asked may be fast with the rest.
pub(super) fn assumed_failures(context: &ThresholdContext<'_>) -> Option<Rule> {
    let written = threshold::parse(ASSUMED[0]).ok()?;
    threshold::resolve(&written, context).ok().map(Rule::assumed)
}

/// What each rung must keep to: the thresholds of the whole run, or the usual ones.
pub(super) fn of(rules: &[Rule], shape: &Shape, plan: &Plan) -> Result<Criteria, OptionsError> {
    if let Some(rule) = rules.iter().find(|rule| rule.stage.is_some() && shape.is_ladder()) {
        return Err(OptionsError::StageOfLadder(rule.text.clone()));
    }
    let asked: Vec<Rule> = rules.iter().filter(|rule| rule.stage.is_none()).cloned().collect();
    let is_typed = |rule: &Rule| !rule.text.ends_with(threshold::ASSUMED);
    if asked.iter().any(is_typed) {
        return Ok(Criteria { rules: asked, ..Criteria::default() });
    }
    let endpoints = plan.api.endpoints();
    let context = ThresholdContext { shape, endpoints: &endpoints, no_streams: no_streams(shape, plan) };
    let read =
        |text: &&str| threshold::parse(text).and_then(|written| threshold::resolve(&written, &context)).ok();
    // What this run can never measure is left out, and so is what it measures once for each user: users who
    // only stream create a thread, and no more.
    let only_streams = classes_of(shape).is_only(UserClass::Stream);
    let applies = |text: &&&str| !(only_streams && text.starts_with("crud:"));
    let rules = ASSUMED.iter().filter(applies).filter_map(read).collect();
    Ok(Criteria { rules, assumed: true, ..Criteria::default() })
}

/// The search, if the shape is one.
pub(super) fn search(
    args: &RunArgs,
    shape: &Shape,
    criteria: &Criteria,
) -> Result<Option<SearchPlan>, OptionsError> {
    if !shape.is_ladder() {
        return match args.search_time {
            Some(_) => Err(OptionsError::SearchTimeOfShape),
            None => Ok(None),
        };
    }
    if args.abort_on_fail {
        return Err(OptionsError::LadderAborts);
    }
    if let Some(spacing) = args.arrivals.and_then(ArrivalsChoice::search) {
        return Ok(Some(SearchPlan::Rates(RateSettings {
            criteria: criteria.rules.clone(),
            max_users: args.max_users,
            classes: classes_of(shape),
            spacing,
            stream_timeout: args.stream_timeout,
            longest: args.search_time,
        })));
    }
    Ok(Some(SearchPlan::Users(SearchSettings {
        criteria: criteria.rules.clone(),
        max_users: args.max_users,
        longest: args.search_time,
        classes: classes_of(shape),
        stream_timeout: args.stream_timeout,
        notice: LeaseTiming::default().duration + TICK * 2,
    })))
}
