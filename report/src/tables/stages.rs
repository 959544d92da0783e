//! `<prefix>_stages.csv`: times from the run's start in seconds, latencies in milliseconds.

use super::alarm;
use crate::rows::StageRow as Row;
use crate::table::{Column, field};

pub(crate) fn columns() -> Vec<Column<Row>> {
    // A run without streams has no columns of them; one with streams none of calls and streams together.
    let streams: fn(&Row) -> bool = |row| row.ttft_p95_ms.is_some();
    vec![
        field!("Stage", name).shown(0, "Stage", "", "Stage"),
        field!("From", from_s).shown(1, "From", "", "From").seconds(),
        field!("To", to_s).shown(2, "To", "", "To").seconds(),
        field!("Measured From", measured_from_s)
            .shown(3, "Measured", "from", "Measured from")
            .seconds()
            .folded(|_| true),
        field!("Target Users", users_target)
            .html(4, "Users", "target")
            .markdown(5, "Target")
            .folded(|_| true),
        field!("Peak Users", users_peak).html(5, "Users", "peak").markdown(4, "Users"),
        field!("Request Count", count).shown(6, "Requests", "", "Count"),
        field!("Failure Count", failures).shown(7, "Failed", "", "Failed").class(|row| alarm(row.failures)),
        field!("Cut Count", cut).html(8, "Cut", "").folded(|_| true),
        field!("Requests/s", rps).shown(9, "Rate", "req/s", "Req/s"),
        field!("50%", p50_ms).shown(10, "p50", "", "p50").milliseconds().hidden(streams),
        field!("95%", p95_ms).shown(11, "p95", "", "p95").milliseconds().hidden(streams),
        field!("99%", p99_ms).shown(12, "p99", "", "p99").milliseconds().hidden(streams),
        field!("TTFT 50%", ttft_p50_ms).shown(13, "TTFT p50", "", "TTFT p50").milliseconds().needed(streams),
        field!("TTFT 95%", ttft_p95_ms).shown(14, "TTFT p95", "", "TTFT p95").milliseconds().needed(streams),
        field!("Tokens/s", tokens_per_s).shown(15, "Tokens", "1/s", "Tokens/s").needed(streams),
    ]
}
