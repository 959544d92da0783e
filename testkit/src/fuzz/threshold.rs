//! The expression of a threshold.

use common::api::Api;
use common::shape::Shape;
use verdict::threshold::{ThresholdContext, parse, resolve};

/// Panics if an expression of these bytes breaks a promise.
///
/// - No text panics, and what is refused is reported in at most three lines that move no cursor.
/// - What is read, displayed and read again is the same threshold.
/// - It is a rule of the run, or refused, whatever the run.
pub fn read(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let written = match parse(text) {
        Ok(written) => written,
        Err(error) => return is_harmless(&error.to_string()),
    };
    let shown = written.threshold.to_string();
    match parse(&shown) {
        Ok(again) => assert_eq!(again.threshold, written.threshold, "{shown}"),
        Err(error) => panic!("{shown} does not read back: {error}"),
    }
    let endpoints = Api::default().endpoints();
    for (name, no_streams) in
        [("staged", None), ("crud-only", Some("crud users alone")), ("mock", Some("mock-llm"))]
    {
        let Some(shape) = Shape::builtin(name) else { panic!("{name} is built in") };
        match resolve(&written, &ThresholdContext { shape: &shape, endpoints: &endpoints, no_streams }) {
            Ok(rule) => assert!(rule.stage.is_none_or(|stage| (stage as usize) < shape.stages.len())),
            Err(error) => is_harmless(&error.to_string()),
        }
    }
}

fn is_harmless(message: &str) {
    assert!(!message.is_empty() && message.lines().count() <= 3, "{message:?}");
    assert!(!message.contains(|c: char| c.is_control() && c != '\n'), "{message:?}");
}
