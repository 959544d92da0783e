//! The field scanner: case by case and against serde_json.

mod cases;
mod property;
