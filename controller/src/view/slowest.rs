//! The slowest requests, as rows.

use common::api::Endpoint;
use common::segment::Segment;
use common::slowest::{SlowPart, SlowRequest};
use hub::run::Run;
use report::rows::SlowRow;

/// The slowest requests of each endpoint.
pub(super) fn rows(run: &Run, endpoints: &[Endpoint]) -> Vec<SlowRow> {
    let stages = &run.timeline().shape().stages;
    let row = |(endpoint, part, request): (u32, SlowPart, &SlowRequest)| {
        let endpoint = endpoints.get(endpoint as usize)?;
        let stage = stages.get(Segment::from_number(request.stage).stage);
        let stage = stage.map(|stage| stage.name.clone()).unwrap_or_default();
        Some(SlowRow::new(endpoint, stage, part, request))
    };
    run.ledger().slowest.iter().filter_map(row).collect()
}
