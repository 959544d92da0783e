//! What the report says about a run before it starts.

use std::time::Duration;

use common::arrivals::{ArrivalUnit, Spacing};
use common::plan::Plan;
use common::shape::Shape;
use common::text::number::counted;
use hub::fleet::classes_of;
use report::rows::RunFacts;

use super::arrivals::ArrivalsChoice;
use super::repeat::command;
use super::{RunArgs, abandon, asking, pace};
use crate::prompts::Prompts;

/// What the flags say.
pub(super) fn of(args: &RunArgs, shape: &Shape, plan: &Plan, prompts: Option<Prompts>) -> RunFacts {
    let seconds = |time: Duration| (time.as_secs_f64() * 1000.0).round() / 1000.0;
    let (think_s, think) = pace::think_of(classes_of(shape), plan);
    RunFacts {
        shape: shape.name.clone(),
        seed: Some(plan.seed),
        planned_duration_s: (!shape.is_ladder()).then(|| seconds(shape.duration())),
        time_scale: Some(args.time_scale),
        host: Some(match plan.connect_to.as_str() {
            "" => plan.base_url.clone(),
            at => format!("{} (at {at})", plan.base_url),
        }),
        api: Some(plan.api.name.clone()),
        prompts: Some(asking::summary(&plan.asking, prompts.as_ref())),
        prompt_cache: Some(asking::cache(&plan.asking).to_owned()),
        users_target_peak: (!shape.is_ladder() && !shape.is_open()).then(|| u64::from(shape.peak_users())),
        arrivals: arriving(args, shape, plan),
        classes: classes_of(shape).class_weights().map(|share| share.to_string()).collect(),
        think_s,
        think,
        turns: Some(pace::turns_of(classes_of(shape), &plan.api)),
        mock_llm: Some(plan.mock_llm),
        abandon: Some(abandon::summary(classes_of(shape), plan.mock_llm, &plan.api)),
        versions: [("controller".to_owned(), env!("CARGO_PKG_VERSION").to_owned())].into(),
        command: Some(command(args, shape, plan.seed)),
        ..RunFacts::default()
    }
}

/// How users arrive, in words.
fn arriving(args: &RunArgs, shape: &Shape, plan: &Plan) -> Option<String> {
    let arrivals = plan.arrivals.as_ref()?;
    let rates = || shape.stages.iter().filter_map(|stage| Some(stage.arrivals?.rate.to_string()));
    let rates = match args.arrivals.and_then(ArrivalsChoice::search) {
        None => rates().collect::<Vec<_>>().join(", "),
        Some(Spacing::Poisson) => "at a rate that is searched for".to_owned(),
        Some(Spacing::Constant) => "at a constant rate that is searched for".to_owned(),
    };
    let what = match arrivals.unit {
        ArrivalUnit::Session => "sessions",
        ArrivalUnit::Request => "single requests",
        // A trace says more of them.
        ArrivalUnit::Replay => return None,
    };
    Some(format!("{what}, {rates}; at most {} at once", counted(args.max_users.into(), "user")))
}
