//! A sign, looked for in what an observer saw.

use std::time::Duration;

use super::rules::Sign;
use crate::limits::Rung;
use crate::limits::text::users;
use crate::observed::Observer;
use common::text::number::{percent, rounded};

/// Mean number of those that wait from which there is a queue.
const QUEUE: f64 = 0.5;
/// What runs is full from this share of its most on.
const FULL: f64 = 0.8;
/// What runs, or is open, has stopped growing below this growth.
const FLAT: f64 = 1.2;
/// Users must have grown by so much for that to say something.
const GROWTH: f64 = 1.4;
/// Connections from this share of what is allowed on are used up: some are kept for the administrator.
const USED_UP: f64 = 0.95;
/// Share of connections that may be idle for a moment where all are busy.
const IDLE: f64 = 0.1;
/// Idle ones from this share on say that the pool is not the limit.
const SPARE: f64 = 0.3;
/// One thread at work, in cores: a little less with what it must wait for, a little more with what runs beside it.
const ONE_CORE: std::ops::RangeInclusive<f64> = 0.88..=1.2;
/// Below so many cores one thread is not full.
const NOT_FULL: f64 = 0.7;
/// Threads that must have been started for their end to say something.
const STARTED: f64 = 4.0;

/// What became of a sign.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Reading {
    /// It shows, with these figures; so many run at once where it is about that.
    Shows { figures: String, places: Option<f64> },
    /// Its series speak against it.
    Denies { figures: String },
    /// Nothing was observed, or what was says neither.
    Silent,
}

/// Mean and most of a series at the measured part of a rung.
#[derive(Debug, Clone, Copy)]
struct At {
    users: u32,
    mean: f64,
    most: f64,
}

/// What one observer saw along the rungs, which ascend in users.
#[derive(Debug, Clone, Copy)]
pub(super) struct Inside<'a> {
    pub observer: &'a Observer,
    pub rungs: &'a [Rung],
}

impl Inside<'_> {
    fn along(&self, series: &str) -> Vec<At> {
        let at = |rung: &Rung| {
            let (from, to) =
                (Duration::from_secs_f64(rung.from.max(0.0)), Duration::from_secs_f64(rung.to.max(0.0)));
            let values = self.observer.total(series, from, to);
            (!values.is_empty()).then(|| At {
                users: rung.users,
                mean: values.iter().sum::<f64>() / values.len() as f64,
                most: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            })
        };
        self.rungs.iter().filter_map(at).collect()
    }

    /// What the observer's series say of a sign.
    pub(super) fn read(&self, sign: &Sign) -> Reading {
        let read = match *sign {
            Sign::Queue { running, waiting } => self.queue(running, waiting),
            Sign::Full { used, most } => self.full(used, most),
            Sign::Above { share, whole, bound } => above(&self.along(share), whole, bound),
            Sign::Share { part, of, whole, bound } => above(&self.shares(part, of), whole, bound),
            Sign::Left { part, of, bound } => left(&self.shares(part, of), bound),
            Sign::Busy { all, idle, held, are_own } => self.busy(all, idle, held, are_own),
            Sign::OneCore { cores } => one_core(&self.along(cores)),
            Sign::Stops { count } => stops(&self.along(count)),
        };
        read.unwrap_or(Reading::Silent)
    }

    fn queue(&self, running: &str, waiting: &str) -> Option<Reading> {
        let (ran, waited) = (self.along(running), self.along(waiting));
        let (top, queue) = (ran.last()?, waited.last()?);
        let peak = ran.iter().map(|at| at.most).fold(0.0, f64::max);
        if waited.iter().all(|at| at.most == 0.0) {
            let figures = format!("nobody ever waited there, and at most {} ran", count(peak));
            return Some(Reading::Denies { figures });
        }
        let is_queue = |at: &&At| at.mean >= QUEUE;
        let first = waited.iter().find(is_queue)?;
        let before = ran.iter().find(|at| at.users == first.users)?;
        let grows = f64::from(top.users) >= GROWTH * f64::from(first.users) && top.most > FLAT * before.most;
        let is_full = queue.mean >= QUEUE && top.mean >= FULL * peak;
        if grows || !is_full {
            return None;
        }
        let free = waited.iter().rfind(|at| at.users < first.users && at.most < 1.0);
        let free = free.map_or_else(String::new, |at| format!("; with {} nobody waited", at.users));
        let figures = format!(
            "{} ran and {} waited with {}{free}",
            count(top.mean),
            count(queue.mean),
            users(top.users)
        );
        Some(Reading::Shows { figures, places: Some(peak.round()) })
    }

    fn full(&self, used: &str, most: &str) -> Option<Reading> {
        let (used, allowed) = (self.along(used), self.along(most));
        let allowed = allowed.last()?.most;
        let top = used.iter().max_by(|a, b| a.most.total_cmp(&b.most))?;
        let figures = format!("{} of {} with {}", count(top.most), count(allowed), users(top.users));
        // Room here says nothing of what stands in front: a service may have a pool of fewer.
        (top.most >= USED_UP * allowed).then_some(Reading::Shows { figures, places: None })
    }

    fn shares(&self, part: &str, of: &str) -> Vec<At> {
        let whole = self.along(of);
        let share = |part: &At| {
            let whole = whole.iter().find(|whole| whole.users == part.users && whole.mean > 0.0)?;
            Some(At { mean: part.mean / whole.mean, most: part.most / whole.mean, ..*part })
        };
        self.along(part).iter().filter_map(share).collect()
    }

    fn busy(&self, all: &str, idle: &str, held: &str, are_own: bool) -> Option<Reading> {
        let open = self.along(all);
        let (top, base) = (open.last()?, open.first()?);
        if top.mean < 1.0 {
            return None;
        }
        let of_top = |series: &str| {
            let along = self.along(series);
            along.last().filter(|at| at.users == top.users).map_or(0.0, |at| at.mean)
        };
        let (idle, held) = (of_top(idle), of_top(held));
        if idle >= SPARE * top.mean && !are_own {
            return None;
        }
        if idle >= SPARE * top.mean {
            let figures = format!(
                "{} of its {} connections were idle with {}",
                count(idle),
                count(top.mean),
                users(top.users)
            );
            return Some(Reading::Denies { figures });
        }
        let fewer = open.iter().rfind(|at| f64::from(top.users) >= GROWTH * f64::from(at.users))?;
        let is_flat = top.most <= FLAT * fewer.most && f64::from(top.users) > top.most;
        if idle > IDLE * top.mean || !is_flat {
            return None;
        }
        let held = match held >= FULL * top.mean {
            true => ", idle in a transaction: a session is held for each stream",
            false => "",
        };
        let figures = format!(
            "all {} with {}, and no more were opened ({} with {}){held}",
            count(top.mean),
            users(top.users),
            count(base.mean),
            base.users
        );
        Some(Reading::Shows { figures, places: None })
    }
}

/// A number of things: without a fraction unless it has one that matters.
fn count(value: f64) -> String {
    let whole = value.round();
    if value >= 100.0 || (value - whole).abs() < 0.05 { format!("{whole:.0}") } else { rounded(value) }
}

fn above(along: &[At], whole: &str, bound: f64) -> Option<Reading> {
    let (base, top) = (along.first()?, along.last()?);
    if top.mean > bound {
        let figures = format!(
            "{}{whole} with {}, {} with {}",
            percent(top.mean),
            users(top.users),
            percent(base.mean),
            base.users
        );
        return Some(Reading::Shows { figures, places: None });
    }
    let most = along.iter().map(|at| at.mean).fold(0.0, f64::max);
    (most < bound / 2.0)
        .then(|| Reading::Denies { figures: format!("never more than {}{whole}", percent(most)) })
}

fn left(along: &[At], bound: f64) -> Option<Reading> {
    let top = along.last()?;
    let least = along.iter().map(|at| at.mean).fold(f64::INFINITY, f64::min);
    if top.mean <= bound {
        let figures = format!("{} of their time was left with {}", percent(top.mean), users(top.users));
        return Some(Reading::Shows { figures, places: None });
    }
    (least > 4.0 * bound).then(|| Reading::Denies {
        figures: format!("{} of their time was left at the least", percent(least)),
    })
}

fn one_core(along: &[At]) -> Option<Reading> {
    let top = along.last()?;
    let fewer = along.iter().rfind(|at| f64::from(top.users) >= GROWTH * f64::from(at.users))?;
    if ONE_CORE.contains(&top.mean) && top.mean <= FLAT * fewer.mean {
        let figures = format!(
            "{} of a core with {}, {} with {}",
            rounded(top.mean),
            users(top.users),
            rounded(fewer.mean),
            fewer.users
        );
        return Some(Reading::Shows { figures, places: None });
    }
    let most = along.iter().map(|at| at.mean).fold(0.0, f64::max);
    (most < NOT_FULL).then(|| Reading::Denies { figures: format!("at most {} of a core", rounded(most)) })
}

fn stops(along: &[At]) -> Option<Reading> {
    let top = along.last()?;
    let fewest = along.first()?.users;
    // A search comes back to the fewest users at its end, and threads that were started stay.
    let of_fewest = along.iter().filter(|at| at.users == fewest);
    let base = of_fewest.min_by(|a, b| a.mean.total_cmp(&b.mean))?;
    let fewer = along.iter().rfind(|at| f64::from(top.users) >= GROWTH * f64::from(at.users))?;
    let grew = top.most - base.mean >= STARTED;
    let stopped = top.most <= fewer.most + 1.0 && fewer.users > base.users;
    (grew && stopped).then(|| Reading::Shows {
        figures: format!(
            "{} with {}, {} with {}, {} with {}",
            count(base.mean),
            users(base.users),
            count(fewer.most),
            fewer.users,
            count(top.most),
            top.users
        ),
        places: None,
    })
}
