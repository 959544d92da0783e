//! What a viewer did with the charts of the dashboard stays when the next seconds are drawn.

use serde_json::{Value, json};
use testkit::runs::START;
use testkit::runs::browser::Browser;

use super::dashboard_browser::POINTS;
use super::drawn::column;

/// The charts that are looked at.
const CHARTS: &str =
    "['users', 'rate', 'latency'].map(name => document.querySelector(`#chart-overview-${name}`))";
/// What is read out under the pointer.
const READ: &str = "[...document.querySelectorAll('#chart-overview-rate .readout:not([hidden]) div')].map(line => line.textContent.trim())";
/// Whether the line of the users wanted is seen, and what its name in the legend says.
const TARGET: &str =
    "[getComputedStyle(document.querySelectorAll('#chart-overview-users .series')[1]).display,
    document.querySelectorAll('#chart-overview-users .legend li')[1].getAttribute('aria-checked')]";
const CLICK: &str = "document.querySelectorAll('#chart-overview-users .legend li')[1].click()";
/// Whether the chart of latencies has the focus.
const FOCUSED: &str = "document.activeElement === document.querySelector('#chart-overview-latency .plot')";

/// Zoom, hidden lines, the focus and the readout.
pub async fn expect_what_a_viewer_did_to_stay(browser: &Browser) {
    let home = spans(browser).await;
    assert_eq!(home, [(0.0, home[0].1); 3]);
    browser.value("document.querySelector('#chart-overview-latency .plot').focus()").await;
    press(browser, "+").await;
    let zoomed = spans(browser).await;
    assert_eq!(zoomed, [zoomed[0]; 3], "charts are zoomed together");
    assert!(zoomed[0].1 < home[0].1 * 0.7, "{home:?} {zoomed:?}");
    browser.value(CLICK).await;
    assert_eq!(browser.value(TARGET).await, json!(["none", "false"]));
    let point = "(() => { const plot = document.querySelector('#chart-overview-rate .plot'); plot.scrollIntoView({block: 'center'});
        const place = plot.getBoundingClientRect();
        plot.dispatchEvent(new PointerEvent('pointermove', {clientX: place.left + place.width / 2, clientY: place.top + 9})); })()";
    browser.value(point).await;
    expect_values_of_the_rows(browser).await;

    let seen = browser.value(POINTS).await.as_u64().unwrap();
    browser.until(&format!("{POINTS} >= {seen} + 2"), START).await;
    for (now, before) in spans(browser).await.into_iter().zip(zoomed) {
        assert!((now.0 - before.0).abs() < 0.01 && (now.1 - before.1).abs() < 0.01, "{now:?} {before:?}");
    }
    assert_eq!(browser.value(TARGET).await, json!(["none", "false"]));
    assert_eq!(browser.value(FOCUSED).await, json!(true));
    expect_values_of_the_rows(browser).await;
    let crosses = format!("{CHARTS}.map(chart => chart.querySelector('.cross').getAttribute('visibility'))");
    assert_eq!(
        browser.value(&crosses).await,
        json!(["visible", "visible", "visible"]),
        "the second is marked in each chart"
    );
    browser.picture("zoomed-1280-light.png").await;

    press(browser, "0").await;
    let whole = spans(browser).await;
    assert!(whole.iter().all(|span| span.0 == 0.0 && span.1 > home[0].1), "{whole:?}");
    browser.value(CLICK).await;
    assert_eq!(browser.value(TARGET).await, json!(["inline", "true"]));
}

async fn press(browser: &Browser, key: &str) {
    let event = format!("new KeyboardEvent('keydown', {{key: '{key}'}})");
    browser.value(&format!("document.activeElement.dispatchEvent({event})")).await;
}

/// From which second on each chart shows how many.
async fn spans(browser: &Browser) -> Vec<(f64, f64)> {
    let script = format!(
        "{CHARTS}.map(chart => [chart.querySelector('.lines').getAttribute('viewBox'),
            (chart.querySelector('.line').getAttribute('d').match(/[Ml]/g) ?? []).length])"
    );
    let shown = browser.value(&script).await;
    let span = |one: &Value| {
        let numbers: Vec<f64> =
            one[0].as_str().unwrap().split(' ').map(|word| word.parse().unwrap()).collect();
        let second = shown[0][1].as_f64().unwrap() / 20_000.0;
        (numbers[0] * second, numbers[2] * second)
    };
    shown.as_array().unwrap().iter().map(span).collect()
}

/// What stands under the pointer is the row of the second that it names.
async fn expect_values_of_the_rows(browser: &Browser) {
    let script = format!(
        "const done = arguments[0]; (async () => done([{READ}, await (await fetch('/api/v1/history')).json()]))();"
    );
    let both = browser.driver.execute_async(script, Vec::new()).await.unwrap();
    let (read, history) = (&both.json()[0], &both.json()[1]);
    let (minutes, seconds) = read[0].as_str().expect("something is read out").split_once(':').unwrap();
    let second = minutes.parse::<usize>().unwrap() * 60 + seconds.parse::<usize>().unwrap();
    let value = |name: &str| column(history, name, second)[second - 1].unwrap();
    let wanted = [("requests", value("rps")), ("failures", value("failures_per_s"))];
    assert_eq!(
        read.as_array().unwrap()[1..],
        wanted.map(|(name, value)| json!(format!("{name} {value} per second")))
    );
}
