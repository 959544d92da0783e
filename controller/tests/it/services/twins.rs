//! Two searches compared: of one service at different seeds, and of one that has two slots fewer.

use report::compare::{ComparedRun, Comparison, Finding, compare};
use report::rows::{RunEnd, RunFacts, RunReport};

use super::model::Service;
use super::search::search;
use super::usual;

const PAIRS: u64 = 10;
/// What each search states of the service.
const LIMITS: [&str; 2] = ["users held", "streams at once"];

fn side(slots: usize, seed: u64) -> ComparedRun {
    let service = Service { slots: Some(slots), ..usual() };
    let limits = search(&service, "ttft.p95<150ms", 64, seed).limits;
    let facts = RunFacts { shape: "ladder".to_owned(), end: RunEnd::Completed, ..RunFacts::default() };
    let report = RunReport { facts, limits: Some(limits), ..RunReport::default() };
    ComparedRun { name: format!("{slots} slots, seed {seed}"), report }
}

fn found(comparison: &Comparison, finding: Finding) -> Vec<&str> {
    comparison.found(finding).map(|row| row.figure.name).collect()
}

#[test]
fn searches_of_one_service_are_equal_and_those_of_one_with_fewer_slots_worse() {
    let of_ten: Vec<ComparedRun> = (0..=PAIRS).map(|seed| side(10, seed)).collect();
    for (pair, fewer) in of_ten.windows(2).zip((0..PAIRS).map(|seed| side(8, 100 + seed))) {
        let equal = compare(&pair[0], &pair[1], &[]);
        let differs = [Finding::Worse, Finding::Better].map(|finding| found(&equal, finding));
        assert_eq!(differs, [[""; 0]; 2], "{equal:#?}");
        let same = found(&equal, Finding::Same);
        assert!(LIMITS.iter().all(|figure| same.contains(figure)), "{equal:#?}");

        let worse = compare(&pair[0], &fewer, &[]);
        let said = found(&worse, Finding::Worse);
        assert!(LIMITS.iter().all(|figure| said.contains(figure)), "{worse:#?}");
        assert_eq!(found(&worse, Finding::Better), [""; 0], "{worse:#?}");
    }
}
