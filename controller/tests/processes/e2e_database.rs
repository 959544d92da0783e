//! A backend on a real PostgreSQL, with a fresh connection for every operation and with a pool.

use backend::Counts;
use testkit::postgres::PrivatePostgres;
use testkit::runs::sandbox::totals;
use testkit::runs::{Backend, Results, beside_others, run};

const POOL: u64 = 10;

#[test]
fn a_run_against_a_pool_and_against_none_passes_and_shows_the_difference() {
    let _alone = beside_others();
    let Some(database) = PrivatePostgres::start_or_skip(&[]) else { return };
    let (fresh, without) = crud(&database, "none");
    let (pooled, with) = crud(&database, &POOL.to_string());

    // The backend says what it did: a connection for each operation, or a few for all.
    assert!(without.db.operations > 100, "{without:?}");
    assert_eq!(without.db.connections_opened, without.db.operations);
    assert!(with.db.operations > 100 && (1..=POOL).contains(&with.db.connections_opened), "{with:?}");

    // And the reports show what that costs, endpoint by endpoint.
    for results in [&fresh, &pooled] {
        let key = results.table("Key figures");
        for endpoint in totals(&without).keys() {
            let label = format!("Median of `{endpoint}`");
            let row =
                key.iter().find(|row| row[0] == label).unwrap_or_else(|| panic!("no {label} in {key:?}"));
            assert!(
                row[1]
                    .split_once(' ')
                    .and_then(|(time, _)| time.parse::<f64>().ok())
                    .is_some_and(|time| time > 0.0)
            );
        }
    }
    let medians = |results: &Results| results.summary["total"]["p50_ms"].as_f64().unwrap();
    println!("median without a pool {} ms, with one {} ms", medians(&fresh), medians(&pooled));
}

/// A short run of REST users beside_others; every count is the server's.
fn crud(database: &PrivatePostgres, pool: &str) -> (Results, Counts) {
    let backend = Backend::start(&["--database-url", &database.url(), "--pool", pool]);
    let load = ["-u", "12", "-t", "4s", "--seed", "7", "--classes", "crud", "--think", "20ms..60ms"];
    let results = run(&backend.url(), &load, 1);
    let server = backend.settled();
    assert_eq!(results.number("/total/failures"), 0, "{:?}", results.failures());
    let mut expected = totals(&server);
    expected.insert("Aggregated".to_owned(), expected.values().sum());
    assert_eq!(results.csv_counts(), expected);
    (results, server)
}
