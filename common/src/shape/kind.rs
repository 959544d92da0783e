//! What makes the load: a plan of stages, a number of users, or a search.

use super::Shape;

/// The shape of a number of users that hold, and can be given others during the run.
pub const CONSTANT: &str = "constant";
/// The shape of a search for the limit.
pub const LADDER: &str = "ladder";

/// What makes the load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadKind {
    /// Stages that are known before the start.
    Shape,
    /// A number of users, which can be changed during the run.
    Constant,
    /// A search for the most users that the service holds.
    Ladder,
}

impl LoadKind {
    /// The kind by the name of a shape: no file may take the names of the two that the controller makes.
    pub fn of(name: &str) -> LoadKind {
        match name {
            CONSTANT => LoadKind::Constant,
            LADDER => LoadKind::Ladder,
            _ => LoadKind::Shape,
        }
    }
}

impl Shape {
    /// What makes its load.
    pub fn kind(&self) -> LoadKind {
        LoadKind::of(&self.name)
    }

    /// Whether it is the beginning of a search for the limit.
    pub fn is_ladder(&self) -> bool {
        self.kind() == LoadKind::Ladder
    }
}
