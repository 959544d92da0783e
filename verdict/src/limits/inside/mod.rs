//! What the service said of itself, set against what was inferred from outside: it confirms, refines or overrules,
//! and what does not fit together is said.

mod front;
mod reading;
mod rules;
#[cfg(test)]
mod tests;

pub(super) use front::narrowed;
use reading::{Inside, Reading};
use rules::{Corrects, RULES, Rule};

use super::{Cause, CauseKind, Estimate, Rung, cause};
use crate::observed::{Observed, Observer, SeriesName};

/// What a rule found at an observer.
struct Found {
    rule: &'static Rule,
    sentence: String,
    places: Option<f64>,
}

/// The cause, and how many run at once, with what was observed inside; a sentence of the headline where that decides.
#[derive(Debug, Default)]
pub(super) struct Settled {
    pub cause: Cause,
    pub slots: Option<Estimate>,
    pub sentence: Option<String>,
}

/// Sets what was observed against what `rungs`, which ascend in users, show from outside.
pub(super) fn settle(cause: Cause, slots: Option<Estimate>, rungs: &[Rung], observed: &Observed) -> Settled {
    let heard = Heard::of(observed);
    if heard != Heard::Something {
        return Settled { cause: with_advice(cause, heard), slots, sentence: None };
    }
    if rungs.len() < 2 || matches!(cause.kind, CauseKind::Generator | CauseKind::Broken) {
        return Settled { cause, slots, sentence: None };
    }
    let (shown, denied) = findings(rungs, observed);
    let outside: Vec<CauseKind> = [cause.kind].into_iter().chain(cause.or.iter().copied()).collect();
    let chosen = shown.iter().position(|found| found.rule.fits(&outside));
    let mut says = Vec::new();
    let mut settled = Settled { slots, ..Settled::default() };
    settled.cause = match chosen.and_then(|place| shown.get(place)) {
        Some(found) => {
            let kind = found.rule.kind(&outside);
            says.push(found.sentence.clone());
            settled.sentence = Some(found.sentence.clone());
            let holds_places = matches!(kind, CauseKind::SlotPool | CauseKind::BatchSlots);
            if let Some(places) = found.places.filter(|_| holds_places) {
                settled.slots = Some(Estimate { estimate: places, low: places, high: places });
            }
            decided(cause, &outside, kind, &mut says)
        }
        None => without(cause, &denied, &mut says),
    };
    let kind = settled.cause.kind;
    for (place, found) in shown.iter().enumerate().filter(|(place, _)| Some(*place) != chosen) {
        says.push(match chosen.is_some_and(|chosen| chosen < place) || found.rule.names(kind) {
            true => format!("Beside that: {}", found.sentence),
            false => format!("{} That is not what was seen from outside, and both stand.", found.sentence),
        });
    }
    let against = denied.iter().filter(|found| found.rule.names(kind));
    let is_borne_out = shown.iter().any(|found| found.rule.names(kind));
    says.extend(against.filter(|_| !is_borne_out).map(|found| {
        format!("{} That speaks against {}, which was inferred from outside.", found.sentence, kind.title())
    }));
    settled.cause.inside = says.join(" ");
    settled
}

/// What shows, in the order of the rules, and what is spoken against.
fn findings(rungs: &[Rung], observed: &Observed) -> (Vec<Found>, Vec<Found>) {
    let (mut shown, mut denied) = (Vec::new(), Vec::new());
    for rule in RULES {
        for observer in observed.observers() {
            let found = |figures: &str, places| Found {
                rule,
                sentence: sentence(rule, figures, &observer.name),
                places,
            };
            match (Inside { observer, rungs }).read(&rule.sign) {
                Reading::Shows { figures, places } => shown.push(found(&figures, places)),
                Reading::Denies { figures } => {
                    let sentence = format!("{} ({}).", capital(&figures), rule.series_of(&observer.name));
                    denied.push(Found { rule, sentence, places: None });
                }
                Reading::Silent => {}
            }
        }
    }
    (shown, denied)
}

fn sentence(rule: &Rule, figures: &str, observer: &str) -> String {
    format!("{}: {figures} ({}).", capital(rule.says), rule.series_of(observer))
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The cause that inside decides, and what it looked like from outside where that was something else.
fn decided(cause: Cause, outside: &[CauseKind], kind: CauseKind, says: &mut Vec<String>) -> Cause {
    if outside == [kind] {
        return cause;
    }
    let is_refined = outside.contains(&kind) || is_near(cause.kind, kind);
    let decided = cause::named(kind);
    let is_open = cause.kind == CauseKind::Unsure;
    if !is_refined && !is_open {
        let seen = if cause.seen.is_empty() { String::new() } else { format!(" {}", cause.seen) };
        says.push(format!("From outside it looked like {}.{seen}", cause.title()));
    }
    Cause { seen: if is_refined { cause.seen } else { String::new() }, evidence: cause.evidence, ..decided }
}

/// Whether the same figures from outside stand for both.
fn is_near(outside: CauseKind, inside: CauseKind) -> bool {
    use CauseKind::{BatchSlots, DatabaseConnections, SlotPool};
    matches!(
        (outside, inside),
        (SlotPool, BatchSlots | DatabaseConnections) | (BatchSlots, SlotPool) | (CauseKind::Slower, _)
    )
}

/// The cause where no sign shows: of two what inside speaks against is dropped.
fn without(cause: Cause, denied: &[Found], says: &mut Vec<String>) -> Cause {
    let is_denied = |kind: CauseKind| denied.iter().find(|found| found.rule.proves == kind);
    let left: Vec<CauseKind> = [cause.kind]
        .into_iter()
        .chain(cause.or.iter().copied())
        .filter(|kind| is_denied(*kind).is_none())
        .collect();
    match (left.as_slice(), cause.or.is_empty()) {
        ([kind], false) => {
            let dropped =
                [cause.kind].into_iter().chain(cause.or.iter().copied()).filter(|other| other != kind);
            says.extend(
                dropped
                    .filter_map(is_denied)
                    .map(|found| format!("{} So it is not {}.", found.sentence, found.rule.proves.title())),
            );
            Cause { seen: cause.seen, evidence: cause.evidence, ..cause::named(*kind) }
        }
        _ => with_advice(cause, Heard::Something),
    }
}

/// Whether anything was heard from inside: whoever observes already is not asked to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heard {
    /// Nobody observed.
    Nobody,
    /// No observer was ever answered: nothing rests on them.
    Silence,
    Something,
}

impl Heard {
    fn of(observed: &Observed) -> Heard {
        match observed.observers() {
            [] => Heard::Nobody,
            observers if observers.iter().any(Observer::has_answered) => Heard::Something,
            _ => Heard::Silence,
        }
    }
}

/// The cause with what to observe, where it is open.
fn with_advice(mut cause: Cause, heard: Heard) -> Cause {
    if let Some(advice) = would_decide(&cause, heard) {
        let place = if cause.kind == CauseKind::Unsure { &mut cause.change } else { &mut cause.decides };
        if !place.is_empty() {
            place.push(' ');
        }
        place.push_str(&advice);
    }
    cause
}

/// Which series from inside would decide between what is open.
fn would_decide(cause: &Cause, heard: Heard) -> Option<String> {
    if cause.kind == CauseKind::Unsure {
        let begins = match heard {
            Heard::Nobody => "`--observe NAME=TARGET` puts the service's own figures beside these:",
            Heard::Silence => {
                "No observer was ever answered; one that is puts the service's own figures beside these:"
            }
            Heard::Something => {
                "Nothing that was observed decides it; observe another part of the service too:"
            }
        };
        return Some(format!(
            "{begins} the /metrics of an engine or a service, `postgres://…`, `pid:N` or `docker:CONTAINER`."
        ));
    }
    if cause.or.is_empty() {
        return None;
    }
    let kinds = [cause.kind].into_iter().chain(cause.or.iter().copied());
    let shows = |kind: CauseKind| {
        let is_known = |rule: &&Rule| rule.names(kind) && !rule.found_at.starts_with("the sandbox");
        // What every machine has comes before what some software writes.
        let everywhere =
            |rule: &Rule| ["pid:", "postgres:", "docker:"].iter().any(|at| rule.found_at.starts_with(at));
        let mut rules: Vec<&Rule> = RULES.iter().filter(is_known).collect();
        rules.sort_by_key(|rule| !everywhere(rule));
        let first = rules.first()?;
        let also = rules.iter().find(|other| other.sign.main() != first.sign.main());
        let one = |rule: &Rule| format!("`{}` of {}", rule.sign.main(), rule.found_at);
        let also = also.map_or_else(String::new, |other| format!(" or {}", one(other)));
        Some(format!("{} in {}{also}", kind.title(), one(first)))
    };
    let shown: Vec<String> = kinds.filter_map(shows).collect();
    let how = match heard {
        Heard::Nobody => "(`--observe NAME=TARGET`)",
        Heard::Silence => "where an observer is answered, as none was",
        Heard::Something => "in what was not observed",
    };
    (!shown.is_empty()).then(|| format!("From inside it shows at once {how}: {}.", shown.join(", ")))
}

impl Rule {
    /// Whether this is one of its names.
    fn names(&self, kind: CauseKind) -> bool {
        self.proves == kind || self.alike.contains(&kind)
    }

    /// Its name among those that were inferred from outside, else its own.
    fn kind(&self, outside: &[CauseKind]) -> CauseKind {
        let inferred = outside.iter().copied().find(|kind| self.names(*kind));
        inferred.unwrap_or(self.proves)
    }

    /// Whether it names what was inferred from outside, or corrects it. What the service said itself stands.
    fn fits(&self, outside: &[CauseKind]) -> bool {
        let Some(first) = outside.first().copied() else { return false };
        // A pause is seen whatever the users are, but it is still inferred.
        let is_open = matches!(first, CauseKind::Unsure | CauseKind::Pauses);
        let is_inferred = is_open || first.is_by_users() && first != CauseKind::NoneInRange;
        outside.iter().any(|kind| self.names(*kind))
            || is_inferred
                && match self.corrects {
                    Corrects::Anything => true,
                    Corrects::Only(kinds) => kinds.contains(&first),
                }
    }

    /// Its series, for those who want to look.
    fn series_of(&self, observer: &str) -> String {
        let names: Vec<String> = self.sign.series().iter().map(|name| format!("`{name}`")).collect();
        format!("{} of {observer}", names.join(", "))
    }
}

impl rules::Sign {
    /// The series it is about.
    fn series(&self) -> Vec<&'static str> {
        use rules::Sign;
        match *self {
            Sign::Queue { running, waiting } => vec![running, waiting],
            Sign::Full { used, most } => vec![used, most],
            Sign::Above { share, .. } => vec![share],
            Sign::Share { part, of, .. } | Sign::Left { part, of, .. } => vec![part, of],
            Sign::Busy { all, idle, .. } => vec![all, idle],
            Sign::OneCore { cores } => vec![cores],
            Sign::Stops { count } => vec![count],
        }
    }

    /// The one that says most.
    fn main(&self) -> &'static str {
        use rules::Sign;
        match *self {
            Sign::Queue { waiting, .. } => waiting,
            Sign::Full { used: main, .. }
            | Sign::Above { share: main, .. }
            | Sign::Share { part: main, .. }
            | Sign::Left { part: main, .. }
            | Sign::Busy { all: main, .. }
            | Sign::OneCore { cores: main }
            | Sign::Stops { count: main } => main,
        }
    }
}

/// Every metric that a rule looks at: an observer must not leave it out.
pub fn metrics() -> impl Iterator<Item = &'static str> {
    RULES.iter().flat_map(|rule| rule.sign.series()).map(|series| SeriesName::of(series).metric)
}
