//! Properties of the split over classes and workers, and of the ranges on the wire.

mod fleet;
mod place;
mod ranges;
mod split;
