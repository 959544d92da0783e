//! The figures that speak for a cause, one sentence each.

use super::age::at_one_age;
use super::course::Course;
use crate::limits::Rung;
use crate::limits::text::{times, users};
use common::text::number::{bytes, rounded, seconds};

/// A mean that is so many times the median says something else.
const MEAN_APART: f64 = 1.2;
/// A change below this share is none to people.
const UNCHANGED: f64 = 0.05;

/// The figures between the unloaded and the most loaded rung, one sentence each.
pub(super) fn evidence(course: &Course<'_>) -> Vec<String> {
    let Course { base, top, plateau, .. } = course;
    let mut sentences = Vec::new();
    let mut grew = |what: &str, from: Option<f64>, to: Option<f64>| {
        if let (Some(from), Some(to)) = (from, to) {
            sentences.push(format!(
                "{what}: {} with {}, {} with {} ({}).",
                seconds(from),
                users(base.users),
                seconds(to),
                top.users,
                change(to / from.max(1e-6))
            ));
        }
    };
    grew("Time to first token, median", base.ttft.get(|f| f.p50), top.ttft.get(|f| f.p50));
    grew("Gap between chunks, median", base.icl.get(|f| f.p50), top.icl.get(|f| f.p50));
    if top.icl.mean > MEAN_APART * top.icl.p50 {
        grew("Gap between chunks, mean", base.icl.get(|f| f.mean), top.icl.get(|f| f.mean));
    }
    grew("Response headers of a stream, median", base.headers.get(|f| f.p50), top.headers.get(|f| f.p50));
    grew("A cheap request, median", base.canary(), top.canary());
    let (unit, per_answer) = match course.has_streams() {
        true => ("streams", course.chunks_of_an_answer()),
        false => ("requests", 1.0),
    };
    sentences.push(match plateau {
        Some(plateau) => format!(
            "Throughput does not grow from {} on: {} {unit} each second.",
            users(plateau.from_users),
            rounded(plateau.rate / per_answer)
        ),
        None => format!(
            "Throughput went from {} to {} {unit} each second and shows no plateau.",
            rounded(base.throughput() / per_answer),
            rounded(top.throughput() / per_answer)
        ),
    });
    if course.has_streams() {
        let peaks: Vec<String> =
            course.rungs.iter().map(|rung| format!("{} with {}", rung.producing_peak, rung.users)).collect();
        sentences.push(format!("Most streams sending text at once, by users: {}.", peaks.join(", ")));
    }
    if course.carried(top) > 0.0 {
        let carried: Vec<String> = course
            .rungs
            .iter()
            .map(|rung| format!("{} of {}", bytes(course.carried(rung) as u64), rung.users))
            .collect();
        sentences.push(format!("Bytes that came each second, by users: {}.", carried.join(", ")));
    }
    sentences.extend(at_one_age(course));
    sentences
}

/// How many times as much it became; a time that is nearly what it was has not changed.
fn change(ratio: f64) -> String {
    if (ratio - 1.0).abs() < UNCHANGED { "unchanged".to_owned() } else { times(ratio) }
}

pub(super) fn invalid_rungs(invalid: &[Rung]) -> String {
    let tried: Vec<String> = invalid.iter().map(|rung| rung.users.to_string()).collect();
    let why = match invalid.iter().any(|rung| rung.validity.lost) {
        true => "the load generator was late and offered less load",
        false => "fewer users ran than were asked for",
    };
    match invalid {
        [one] => format!("The rung of {} is invalid: {why}.", users(one.users)),
        _ => format!("The rungs of {} users are invalid: {why}.", tried.join(", ")),
    }
}
