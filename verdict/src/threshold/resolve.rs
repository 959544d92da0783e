//! The scope of a threshold, looked up in what is going to run.

use common::api::{Endpoint, OPERATIONS, Operation};
use common::shape::{Shape, closest};
use common::stats::Metric;

use super::expression::Places;
use super::{
    Covered, Expression, Measure, Rule, Scope, ScopeTarget, Share, ThresholdError, ThresholdErrorKind, Times,
};

/// Most names listed in a message.
const MAX_LISTED: usize = 12;

/// What is going to run.
#[derive(Debug, Clone, Copy)]
pub struct ThresholdContext<'a> {
    /// The load.
    pub shape: &'a Shape,
    /// The endpoints, by [`Operation`].
    pub endpoints: &'a [Endpoint],
    /// Why no stream will be sent; none when some will.
    pub no_streams: Option<&'static str>,
}

/// The rule that a threshold means in this context.
///
/// # Errors
/// An unknown endpoint or stage, or something that this run can never measure, with its place in the
/// expression.
pub fn resolve(expression: &Expression, context: &ThresholdContext<'_>) -> Result<Rule, ThresholdError> {
    let Expression { threshold, text, places } = expression;
    let wrong = |(at, kind)| ThresholdError { text: text.clone(), at, kind };
    let stage = stage(&threshold.scope, context.shape).map_err(|kind| wrong((places.stage, kind)))?;
    let covered = covered(&threshold.scope.target, context).map_err(|kind| wrong((places.target, kind)))?;
    check(threshold.measure, covered, context, places).map_err(wrong)?;
    Ok(Rule { text: text.trim().to_owned(), threshold: threshold.clone(), stage, covered })
}

fn stage(scope: &Scope, shape: &Shape) -> Result<Option<u32>, ThresholdErrorKind> {
    let Some(name) = &scope.stage else { return Ok(None) };
    let stages = || (0u32..).zip(&shape.stages);
    let found: Vec<u32> =
        stages().filter(|(_, stage)| stage.name == *name).map(|(number, _)| number).collect();
    match found.as_slice() {
        [number] => Ok(Some(*number)),
        [] => {
            let names: Vec<&str> = shape.stages.iter().map(|stage| stage.name.as_str()).collect();
            let known = listed(names.iter().map(|name| format!("\"{name}\"")));
            Err(ThresholdErrorKind::UnknownStage { name: name.clone(), near: near(name, &names), known })
        }
        several => Err(ThresholdErrorKind::AmbiguousStage { name: name.clone(), count: several.len() }),
    }
}

fn covered(target: &ScopeTarget, context: &ThresholdContext<'_>) -> Result<Covered, ThresholdErrorKind> {
    let chat = Operation::Chat.index();
    let exists = |operation: usize| context.endpoints.get(operation).is_some_and(Endpoint::exists);
    let wanted = |operation: usize| match target {
        ScopeTarget::All => true,
        ScopeTarget::Crud => operation != chat && exists(operation),
        ScopeTarget::Stream => operation == chat,
        ScopeTarget::Endpoint { method, path } => context
            .endpoints
            .get(operation)
            .is_some_and(|known| known.method == *method && known.name == *path),
    };
    let operations: [bool; OPERATIONS] = std::array::from_fn(wanted);
    match target {
        ScopeTarget::All => Ok(Covered::All),
        ScopeTarget::Endpoint { method, path } if !operations.contains(&true) => {
            let known = context
                .endpoints
                .iter()
                .filter(|known| known.exists())
                .map(|known| format!("{} {}", known.method, known.name));
            let names: Vec<String> = known.collect();
            let name = format!("{method} {path}");
            let near = near(&name, &names.iter().map(String::as_str).collect::<Vec<_>>());
            Err(ThresholdErrorKind::UnknownEndpoint { name, near, known: listed(names.into_iter()) })
        }
        ScopeTarget::Crud if !operations.contains(&true) => Err(ThresholdErrorKind::NoCrud),
        _ => Ok(Covered::Operations(operations)),
    }
}

/// Whether this can be measured there at all.
fn check(
    measure: Measure,
    covered: Covered,
    context: &ThresholdContext<'_>,
    places: &Places,
) -> Result<(), (usize, ThresholdErrorKind)> {
    let only_streams =
        matches!(covered, Covered::Operations(operations) if operations[Operation::Chat.index()]);
    if let Measure::Figure(Times::Stream(Metric::Connect), _) = measure {
        return match covered {
            Covered::All => Ok(()),
            Covered::Operations(_) => Err((places.target, ThresholdErrorKind::OnlyConnections)),
        };
    }
    if let Measure::Figure(Times::Stream(metric), _) = measure
        && metric.is_of_arrivals()
    {
        return match covered {
            Covered::Operations(_) => Err((places.target, ThresholdErrorKind::OnlyArrivals)),
            Covered::All if !context.shape.is_open() => {
                Err((places.measure, ThresholdErrorKind::NobodyArrives))
            }
            Covered::All => match context.no_streams.filter(|_| metric == Metric::TextFromDue) {
                Some(why) => Err((places.measure, ThresholdErrorKind::NoStreams(why))),
                None => Ok(()),
            },
        };
    }
    let of_streams = match measure {
        Measure::Figure(Times::Stream(metric), _) => Some(metric.name()),
        Measure::Share(Share::Complete) => Some("complete"),
        _ => None,
    };
    match (of_streams, context.no_streams) {
        (Some(name), _) if covered != Covered::All && !only_streams => {
            Err((places.target, ThresholdErrorKind::OnlyStreams(name.to_owned())))
        }
        (Some(_), Some(why)) => Err((places.measure, ThresholdErrorKind::NoStreams(why))),
        (None, Some(why)) if only_streams => Err((places.target, ThresholdErrorKind::NoStreams(why))),
        _ => Ok(()),
    }
}

/// What was probably meant, in brackets; nothing when nothing is much like it. Case does not matter.
fn near(name: &str, known: &[&str]) -> String {
    let lower: Vec<String> = known.iter().map(|known| known.to_lowercase()).collect();
    let found = closest(name, &lower.iter().map(String::as_str).collect::<Vec<_>>());
    let meant = found.and_then(|found| lower.iter().position(|lower| lower == found));
    meant.map_or_else(String::new, |place| format!(" (did you mean `{}`?)", known[place]))
}

fn listed(names: impl Iterator<Item = String>) -> String {
    let mut names: Vec<String> = names.collect();
    let hidden = names.len().saturating_sub(MAX_LISTED);
    names.truncate(MAX_LISTED);
    let more = if hidden > 0 { format!(", and {hidden} more") } else { String::new() };
    names.join(", ") + more.as_str()
}
