//! Lines that belong together: who asks what after what.

use std::collections::HashMap;

use common::micros;
use common::replay::{Due, LEAD, MOST_QUESTIONS, Question, START, Session, size};

use super::Line;
use super::error::LineFault;

/// Most bytes of a session on its way to a worker.
pub const MOST_BYTES: usize = 1 << 20;

type Fault = (usize, LineFault);

/// The sessions of a trace, its first question at the replay's start, its times multiplied by `scale`.
pub fn of(mut lines: Vec<Line>, scale: f64) -> Result<Vec<Session>, Fault> {
    // Lines of one moment stay in their order.
    lines.sort_by(|one, other| one.at.total_cmp(&other.at));
    let begin = lines.first().map_or(0.0, |line| line.at);
    let us = |seconds: f64| (seconds * 1e6 * scale).round() as u64;
    grouped(lines)?.into_iter().map(|group| session(group, begin, us)).collect()
}

/// The lines of each session, in the order of their times.
fn grouped(lines: Vec<Line>) -> Result<Vec<Vec<Line>>, Fault> {
    let mut groups: Vec<Vec<Line>> = Vec::new();
    let (mut by_name, mut by_id) =
        (HashMap::<String, usize>::new(), HashMap::<String, (usize, usize)>::new());
    for line in lines {
        let at = |fault| (line.number, fault);
        let parent = match &line.parent {
            Some(parent) => Some(*by_id.get(parent).ok_or_else(|| at(LineFault::NoParent(parent.clone())))?),
            None => None,
        };
        let group = match (&line.session, parent) {
            (Some(session), _) => *by_name.entry(session.clone()).or_insert(groups.len()),
            (None, Some((group, _))) => group,
            (None, None) => groups.len(),
        };
        if group == groups.len() {
            groups.push(Vec::new());
        }
        if let Some((of, number)) = parent {
            check_parent(&line, (of, number), group, groups[group].last()).map_err(at)?;
        }
        if let Some(id) = &line.id
            && by_id.insert(id.clone(), (group, line.number)).is_some()
        {
            return Err(at(LineFault::TwoIds(id.clone())));
        }
        groups[group].push(line);
    }
    Ok(groups)
}

/// A parent is the question before, in the same session.
fn check_parent(
    line: &Line,
    (of, number): (usize, usize),
    group: usize,
    before: Option<&Line>,
) -> Result<(), LineFault> {
    if of != group {
        let session = line.session.clone().unwrap_or_default();
        return Err(LineFault::ParentElsewhere { session, parent: number });
    }
    match before.filter(|before| before.number != number) {
        Some(before) => Err(LineFault::Branch { parent: number, before: before.number }),
        None => Ok(()),
    }
}

fn session(lines: Vec<Line>, begin: f64, us: impl Fn(f64) -> u64) -> Result<Session, Fault> {
    let begun = us(lines.first().map_or(0.0, |line| line.at - begin));
    let (mut questions, mut before): (Vec<Question>, Option<(usize, Option<f64>)>) = (Vec::new(), None);
    let last = lines.last().map_or(0, |line| line.number);
    for line in lines {
        let due = match before {
            Some((before, Some(end))) if line.at < end => {
                let (at, end) = (line.at.to_string(), end.to_string());
                return Err((line.number, LineFault::Overlap { at, before, end }));
            }
            Some((_, Some(end))) => Due::AfterAnswer(us(line.at - end)),
            _ => Due::AfterComing((us(line.at - begin) - begun).saturating_add(micros::whole(LEAD))),
        };
        before = Some((line.number, line.end));
        if questions.len() == MOST_QUESTIONS {
            return Err((line.number, LineFault::TooLong));
        }
        questions.push(Question { due, prompt: line.prompt, answer_tokens: line.answer_tokens });
    }
    let session = Session { at_us: begun.saturating_add(micros::whole(START)), questions };
    if size(&session) > MOST_BYTES { Err((last, LineFault::TooLarge)) } else { Ok(session) }
}
