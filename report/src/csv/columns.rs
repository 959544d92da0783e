//! The columns of every CSV file. The first four files are Locust's, to the letter.

/// `<prefix>_stats.csv`, and `<prefix>_streams.csv` too.
pub const STATS: [&str; 22] = [
    "Type",
    "Name",
    "Request Count",
    "Failure Count",
    "Median Response Time",
    "Average Response Time",
    "Min Response Time",
    "Max Response Time",
    "Average Content Size",
    "Requests/s",
    "Failures/s",
    "50%",
    "66%",
    "75%",
    "80%",
    "90%",
    "95%",
    "98%",
    "99%",
    "99.9%",
    "99.99%",
    "100%",
];

/// `<prefix>_stats_history.csv`.
pub const HISTORY: [&str; 24] = [
    "Timestamp",
    "User Count",
    "Type",
    "Name",
    "Requests/s",
    "Failures/s",
    "50%",
    "66%",
    "75%",
    "80%",
    "90%",
    "95%",
    "98%",
    "99%",
    "99.9%",
    "99.99%",
    "100%",
    "Total Request Count",
    "Total Failure Count",
    "Total Median Response Time",
    "Total Average Response Time",
    "Total Min Response Time",
    "Total Max Response Time",
    "Total Average Content Size",
];

/// `<prefix>_streams_history.csv`: what [`HISTORY`] has no column for. Users, workers and streams as they are
/// at the second's end; times in milliseconds, of the samples that ended in that second.
pub const STREAMS_HISTORY: [&str; 12] = [
    "Timestamp",
    "Target Users",
    "Stopping Users",
    "Workers",
    "Streams",
    "Tokens/s",
    "TTFT 50%",
    "TTFT 95%",
    "TTFT 99%",
    "ICL 50%",
    "ICL 95%",
    "ICL 99%",
];

/// `<prefix>_failures.csv`. Locust before 2.44 wrote only the first four.
pub const FAILURES: [&str; 6] = ["Method", "Name", "Error", "Occurrences", "First Seen", "Last Seen"];

/// `<prefix>_exceptions.csv`.
pub const EXCEPTIONS: [&str; 4] = ["Count", "Message", "Traceback", "Nodes"];

/// `<prefix>_stages.csv`: times from the run's start in seconds, latencies in milliseconds.
pub const STAGES: [&str; 16] = [
    "Stage",
    "From",
    "To",
    "Measured From",
    "Target Users",
    "Peak Users",
    "Request Count",
    "Failure Count",
    "Cut Count",
    "Requests/s",
    "50%",
    "95%",
    "99%",
    "TTFT 50%",
    "TTFT 95%",
    "Tokens/s",
];

/// `<prefix>_workers.csv`: CPU as a fraction of a core, memory in bytes, late timers as a share,
/// lateness and clock in milliseconds, the last delta in seconds since the run's start.
pub const WORKERS: [&str; 20] = [
    "Worker",
    "Host",
    "Version",
    "Cores",
    "State",
    "Peak Users",
    "Request Count",
    "Failure Count",
    "Peak CPU",
    "Peak Memory",
    "Late Timers",
    "Lateness 99%",
    "Lateness Max",
    "Clock Offset",
    "Clock Uncertainty",
    "Deltas",
    "Duplicates",
    "Refused",
    "Lost Spans",
    "Last Delta",
];

/// What stands in a cell for which there is no number.
pub const NO_NUMBER: &str = "N/A";
