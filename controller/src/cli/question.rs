//! What the rungs of a run are asked, and the search that the flags ask for.

use common::class::UserClass;
use common::plan::Plan;
use common::shape::Shape;

use super::RunArgs;
use super::options::{OptionsError, no_streams};
use super::shape::LADDER;
use crate::fleet::{Lease, classes_of};
use crate::ladder;
use crate::run::TICK;
use verdict::limits::Question;
use verdict::threshold::{self, Ground, Rule};

/// What a service for people is asked when nobody says: few failures, a first word in time, and requests
/// that answer before anybody wonders.
const ASSUMED: [&str; 3] = ["failures<1%", "ttft.p95<3s", "crud:p95<1s"];

/// What each rung must keep to: the thresholds of the whole run, or the usual ones.
pub fn of(rules: &[Rule], shape: &Shape, plan: &Plan) -> Result<Question, OptionsError> {
    if let Some(rule) = rules.iter().find(|rule| rule.stage.is_some() && shape.name == LADDER) {
        return Err(OptionsError::StageOfLadder(rule.text.clone()));
    }
    let criteria: Vec<Rule> = rules.iter().filter(|rule| rule.stage.is_none()).cloned().collect();
    if !criteria.is_empty() {
        return Ok(Question { criteria, ..Question::default() });
    }
    let endpoints = plan.api.endpoints();
    let ground = Ground { shape, endpoints: &endpoints, no_streams: no_streams(shape, plan) };
    let read =
        |text: &&str| threshold::parse(text).and_then(|written| threshold::resolve(&written, &ground)).ok();
    // What this run can never measure is not asked, nor what it measures once for each user: those who
    // stream alone create a thread, and no more.
    let only_streams = classes_of(shape).is_only(UserClass::Stream);
    let asked = |text: &&&str| !(only_streams && text.starts_with("crud:"));
    let criteria = ASSUMED.iter().filter(asked).filter_map(read).collect();
    Ok(Question { criteria, assumed: true, ..Question::default() })
}

/// The search, if the shape is one.
pub fn ladder(
    args: &RunArgs,
    shape: &Shape,
    question: &Question,
) -> Result<Option<ladder::Settings>, OptionsError> {
    if shape.name != LADDER {
        return Ok(None);
    }
    if args.abort_on_fail {
        return Err(OptionsError::LadderAborts);
    }
    Ok(Some(ladder::Settings {
        criteria: question.criteria.clone(),
        max_users: args.max_users,
        classes: classes_of(shape),
        notice: Lease::default().duration + TICK * 2,
    }))
}
