//! The slowest requests, as rows.

use common::api::Endpoint;
use common::segment::Segment;
use common::slowest::{SlowPart, SlowRequest};
use report::rows::{Slow, SlowRow};

use crate::run::Run;

/// The slowest requests of each endpoint.
pub(super) fn rows(run: &Run, endpoints: &[Endpoint]) -> Vec<SlowRow> {
    let stages = &run.timeline().shape().stages;
    let row = |(endpoint, part, request): (u32, SlowPart, &SlowRequest)| {
        let endpoint = endpoints.get(endpoint as usize)?;
        let stage = stages.get(Segment::from_number(request.stage).stage);
        Some(SlowRow {
            what: match part {
                SlowPart::FirstText => Slow::FirstToken,
                SlowPart::Answer => Slow::Answer,
            },
            method: endpoint.method.clone(),
            name: endpoint.name.clone(),
            ms: request.took_us as f64 / 1000.0,
            at_s: (request.at_us as f64 / 1000.0).round() / 1000.0,
            stage: stage.map(|stage| stage.name.clone()).unwrap_or_default(),
            user: request.user,
            trace: request.trace.map(|trace| trace.to_string()),
        })
    };
    run.ledger().slowest.iter().filter_map(row).collect()
}
