//! The shapes that need no file.

use std::time::Duration;

use super::{Shape, Stage};
use crate::class::{ClassSet, UserClass};

/// Stages as (ends at, in seconds since the start; users; users per second).
type Timetable = &'static [(u64, u32, f64)];

/// A steady climb to 100 users of all classes in 13 minutes.
const STAGED: Timetable =
    &[(60, 10, 2.0), (180, 25, 2.0), (360, 50, 5.0), (540, 75, 5.0), (720, 100, 5.0), (780, 0, 5.0)];

/// A climb to 500 users that never stream.
const CRUD_ONLY: Timetable =
    &[(30, 50, 10.0), (90, 150, 10.0), (150, 300, 20.0), (300, 500, 20.0), (330, 0, 20.0)];

/// A short trial without the LLM.
const MOCK: Timetable = &[(30, 30, 5.0)];

/// Five minutes of everything.
const FULL: Timetable = &[(300, 60, 5.0)];

impl Shape {
    /// The built-in shape of this name: `staged`, `crud-only`, `mock` or `full`. `constant` has
    /// parameters ([`Self::constant`]) and the limit search `ladder` is no shape.
    pub fn builtin(name: &str) -> Option<Shape> {
        let (plan, classes, mock_llm) = match name {
            "staged" => (STAGED, ClassSet::ALL, false),
            "crud-only" => (CRUD_ONLY, ClassSet::only(UserClass::Crud), false),
            "mock" => (MOCK, ClassSet::ALL, true),
            "full" => (FULL, ClassSet::ALL, false),
            _ => return None,
        };
        Some(Shape { name: name.to_owned(), stages: stages(plan, classes), mock_llm })
    }
}

fn stages(plan: Timetable, classes: ClassSet) -> Vec<Stage> {
    let starts = std::iter::once(0).chain(plan.iter().map(|(end, ..)| *end));
    let stage = |(start, &(end, users, spawn_rate)): (u64, &(u64, u32, f64))| Stage {
        name: if users == 0 { "ramp-down".to_owned() } else { format!("{users} users") },
        duration: Duration::from_secs(end - start),
        users,
        spawn_rate,
        classes,
        arrivals: None,
    };
    starts.zip(plan).map(stage).collect()
}
