//! Criteria that somebody gave and no rung measured: nothing that is said of the others holds within them.

use super::Rung;
use super::rows::Criteria;
use crate::threshold::ASSUMED;

/// The first criterion that was given and of which nothing was measured on any rung, as it was typed.
pub(crate) fn unmeasured<'a, 'b>(
    rungs: impl IntoIterator<Item = &'b Rung> + Clone,
    criteria: &'a Criteria,
) -> Option<&'a str> {
    if criteria.assumed {
        return None;
    }
    let never = |place: usize| {
        let mut judged = rungs.clone().into_iter().filter_map(|rung| rung.criteria.get(place));
        judged.all(|judged| judged.margin.is_none())
    };
    let mut given = criteria.rules.iter().enumerate().filter(|(_, rule)| !rule.text.ends_with(ASSUMED));
    given.find(|(place, _)| never(*place)).map(|(_, rule)| rule.text.as_str())
}

/// What is said instead of an answer.
pub(crate) fn sentence(criterion: &str, what: &str) -> String {
    format!(
        "How many {what} the service holds within {criterion} is undetermined: no request that it speaks of was measured. \
         Ask for what users of this load do, or for other users (`--classes`)."
    )
}
