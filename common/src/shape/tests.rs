//! Tables and properties of shapes.

mod file;
mod path;
mod plans;
