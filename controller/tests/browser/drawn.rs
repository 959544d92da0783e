//! What the charts of the dashboard have drawn, read back from their paths, beside the rows of the run.

use serde_json::Value;
use testkit::runs::browser::Browser;

/// The box that lines are drawn in.
const BOX: (f64, f64) = (20_000.0, 2_000.0);
/// How much of it stays free above the highest value.
const HEADROOM: f64 = 1.06;

/// The charts over time by their names, and the column that each of their lines draws.
const LINES: [(&str, &[&str]); 6] = [
    ("users", &["users", "users_target"]),
    ("rate", &["rps", "failures_per_s"]),
    ("latency", &["calls_p50_ms", "calls_p95_ms", "calls_p99_ms"]),
    ("streams", &["streams"]),
    ("ttft", &["ttft_p50_ms", "ttft_p95_ms", "ttft_p99_ms"]),
    ("icl", &["icl_p50_ms", "icl_p95_ms", "icl_p99_ms"]),
];

/// The charts that are drawn, each with its lines' paths; then the rows of the run.
const BOTH: &str = "const done = arguments[0]; (async () => {
    const paths = line => [...line.querySelectorAll('.line, .dots')].map(path => path.getAttribute('d')).join('');
    const charts = [...document.querySelectorAll('#charts .chart')].map(chart =>
        [chart.id, [...chart.querySelectorAll('.series')].map(paths)]);
    done([charts, await (await fetch('/api/v1/history')).json()]);
})();";

/// Every second is drawn where its values are, in every chart of the overview.
pub async fn expect_every_second(browser: &Browser) {
    let both = browser.driver.execute_async(BOTH, Vec::new()).await.unwrap();
    let (charts, history) = (both.json()[0].as_array().unwrap(), &both.json()[1]);
    assert!(charts.len() >= 4, "{charts:?}");
    let seconds = points(charts[0][1][0].as_str().unwrap()).len();
    for chart in charts {
        let id = chart[0].as_str().unwrap().strip_prefix("chart-overview-").unwrap();
        let (_, columns) = LINES.iter().find(|(name, _)| *name == id).unwrap();
        let lines: Vec<Vec<Option<f64>>> =
            columns.iter().map(|name| column(history, name, seconds)).collect();
        let most = lines.iter().flatten().flatten().copied().fold(0.0, f64::max);
        let top = if most > 0.0 { most + most * (HEADROOM - 1.0) } else { 1.0 };
        assert_eq!(chart[1].as_array().unwrap().len(), lines.len(), "{id}");
        for (line, values) in lines.iter().enumerate() {
            let place = |(second, value): (usize, &Option<f64>)| {
                let x = (second + 1) as f64 / seconds as f64 * BOX.0;
                Some((x.round() as i64, ((top - (*value)?) / top * BOX.1).round() as i64))
            };
            let wanted: Vec<_> = values.iter().enumerate().filter_map(place).collect();
            let mut drawn = points(chart[1][line].as_str().unwrap());
            drawn.sort_unstable();
            assert_eq!(drawn, wanted, "{id}, line {line} of {seconds} seconds");
        }
    }
}

/// The first values of a column of the history.
pub fn column(history: &Value, name: &str, seconds: usize) -> Vec<Option<f64>> {
    let place = history["columns"].as_array().unwrap().iter().position(|other| other == name).unwrap();
    let rows = history["rows"].as_array().unwrap();
    assert!(rows.len() >= seconds, "{seconds} seconds of {}", rows.len());
    rows[..seconds].iter().map(|row| row[place].as_f64()).collect()
}

/// The points of lines and dots: `M5 4l10-2M30 4h0`.
fn points(path: &str) -> Vec<(i64, i64)> {
    let mut points: Vec<(i64, i64)> = Vec::new();
    let starts: Vec<usize> = path.match_indices(['M', 'l', 'h']).map(|(at, _)| at).collect();
    for (number, start) in starts.iter().enumerate() {
        let (kind, rest) = path[*start..starts.get(number + 1).copied().unwrap_or(path.len())].split_at(1);
        if kind == "h" {
            continue;
        }
        let middle = rest[1..].find([' ', '-']).unwrap() + 1;
        let [x, y] = [&rest[..middle], &rest[middle..]].map(|part| part.trim().parse::<i64>().unwrap());
        let from = if kind == "l" { points[points.len() - 1] } else { (0, 0) };
        points.push((from.0 + x, from.1 + y));
    }
    points
}

#[test]
fn points_are_read_from_a_path() {
    assert_eq!(points("M5 4l10-2l3 0M30 4h0"), [(5, 4), (15, 2), (18, 2), (30, 4)]);
}
