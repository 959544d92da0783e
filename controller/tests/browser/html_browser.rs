//! report.html in a real browser, opened from disk: it draws its charts, loads nothing, complains of
//! nothing, and fits any screen.

use std::path::{Path, PathBuf};
use std::time::Duration;

use report::html;
use report::rows::{ObservedRows, RunReport, SecondRow};
use serde_json::{Value, json};
use testkit::reports::limits::limits;
use testkit::reports::{hostile_texts, observed_samples, report};
use testkit::runs::browser::{self, Browser};
use testkit::runs::have_or_skip;

use super::fits::expect_charts_fit;

const DRAWN: Duration = Duration::from_secs(60);

/// The known run with limits, and with streams in every second.
fn shown() -> RunReport {
    let mut shown = RunReport { limits: Some(limits()), ..report() };
    shown.history = shown.history.into_iter().map(with_streams).collect();
    shown.observed = ObservedRows::of(observed_samples(), &shown.stages, &shown.history);
    for (failure, text) in shown.failures.iter_mut().zip(hostile_texts()) {
        failure.text = text;
    }
    shown
}

fn with_streams(row: SecondRow) -> SecondRow {
    let wave = (row.second as f64 / 9.0).sin() * 80.0 + 400.0;
    SecondRow {
        ttft_p50_ms: Some(wave),
        ttft_p95_ms: Some(wave * 2.0),
        ttft_p99_ms: Some(wave * 2.5),
        icl_p50_ms: Some(25.0),
        icl_p95_ms: Some(31.5),
        icl_p99_ms: Some(wave / 8.0),
        ..row
    }
}

fn page(folder: &Path, report: &RunReport) -> PathBuf {
    std::fs::create_dir_all(folder).unwrap();
    let path = folder.join("report.html");
    let files = [folder.join("staged_stats.csv"), path.clone()];
    let place = html::Place { folder, files: &files, nonce: "5e1f0b7a" };
    std::fs::write(&path, html::render(report, place).unwrap()).unwrap();
    path
}

/// Opens a page from disk and waits for its charts.
async fn open(browser: &Browser, path: &Path) {
    browser.driver.goto(format!("file://{}", path.display())).await.unwrap();
    browser.until("document.querySelectorAll('.chart .readout').length > 0", DRAWN).await;
}

/// The spans of x that the charts over time show.
async fn spans(browser: &Browser) -> Vec<Value> {
    let of = "['users', 'rate', 'latency', 'streams', 'ttft', 'icl', 'observed-0'].map(id => \
              document.querySelector(`#chart-${id} .lines`).getAttribute('viewBox'))";
    browser.value(of).await.as_array().unwrap().clone()
}

#[tokio::test]
async fn the_page_draws_every_chart_and_asks_nobody_for_anything() {
    let Some(()) = have_or_skip(browser::installed()) else { return };
    let folder = testkit::runs::folder();
    let report = shown();
    let path = page(folder.path(), &report);
    if let Some(pictures) = std::env::var_os("LOADTEST_PICTURES") {
        page(Path::new(&pictures), &report);
    }
    let browser = Browser::start(1280, 900).await;
    open(&browser, &path).await;

    let points = "Array.from(document.querySelectorAll('.chart')).map(chart => \
                  Array.from(chart.querySelectorAll('.series')).map(line => \
                  (Array.from(line.querySelectorAll('.line, .dots')).map(path => path.getAttribute('d')).join('').match(/[Ml]/g) ?? []).length))";
    let drawn = browser.value(points).await;
    let seconds = report.history.len();
    let busy = report.history.iter().filter(|row| row.percentiles.is_some()).count();
    assert_eq!(
        drawn,
        json!([
            [5],
            [5, 5],
            [seconds, seconds],
            [seconds, seconds],
            [busy, busy, busy],
            [seconds],
            [seconds, seconds, seconds],
            [seconds, seconds, seconds],
            [seconds],
            [seconds],
            [seconds]
        ])
    );

    reads_out(&browser).await;
    zooms(&browser).await;
    screens(&browser).await;
    prints(&browser).await;

    let failures =
        "Array.from(document.querySelectorAll('#table-failures .long')).map(cell => cell.textContent)";
    assert_eq!(browser.value(failures).await[0], json!(hostile_texts()[0]));
    let foreign: Vec<String> = browser
        .requests()
        .await
        .into_iter()
        .filter(|url| !url.starts_with("file://") && !url.starts_with("data:") && !url.starts_with("chrome"))
        .collect();
    assert_eq!(foreign, Vec::<String>::new());
    assert_eq!(browser.complaints().await, Vec::<String>::new());
    browser.close().await;
}

/// Under the pointer stand the values of that second; a name in the legend hides its line.
async fn reads_out(browser: &Browser) {
    let point = "(() => { const plot = document.querySelector('#chart-users .plot'); plot.scrollIntoView(); \
                 const place = plot.getBoundingClientRect(); \
                 plot.dispatchEvent(new PointerEvent('pointermove', {clientX: place.left + place.width / 2, clientY: place.top + 9})); \
                 return Array.from(document.querySelectorAll('#chart-users .readout div')).map(line => line.textContent.trim()); })()";
    assert_eq!(browser.value(point).await, json!(["1:00", "running 10 users", "target 12 users"]));
    let shown = "getComputedStyle(document.querySelectorAll('#chart-users .series')[1]).display !== 'none'";
    let click = "document.querySelectorAll('#chart-users .legend li')[1].click()";
    assert_eq!(browser.value(shown).await, json!(true));
    browser.value(click).await;
    assert_eq!(browser.value(shown).await, json!(false));
    browser.value(click).await;
    assert_eq!(browser.value(shown).await, json!(true));
}

/// Zooming one chart zooms all; by keyboard too; `0` shows the whole run again.
async fn zooms(browser: &Browser) {
    let all_alike = |spans: &[Value]| spans.iter().all(|span| *span == spans[0]);
    let home = spans(browser).await;
    assert!(all_alike(&home), "{home:?}");
    let press = |key: &str| {
        format!(
            "document.querySelector('#chart-ttft .plot').dispatchEvent(new KeyboardEvent('keydown', {{key: '{key}'}}))"
        )
    };
    let moved =
        format!("document.querySelector('#chart-icl .lines').getAttribute('viewBox') !== {}", home[5]);
    browser.value(&press("+")).await;
    browser.until(&moved, DRAWN).await;
    let zoomed = spans(browser).await;
    assert!(all_alike(&zoomed), "{zoomed:?}");
    browser.value(&press("0")).await;
    browser.until(&format!("!({moved})"), DRAWN).await;
    assert_eq!(spans(browser).await, home);
}

/// From a telephone to 4K nothing but a table or a chart is wider than the screen, and colours follow
/// the scheme.
async fn screens(browser: &Browser) {
    let mut colours = Vec::new();
    for size in [(360, 740), (390, 844), (1280, 900), (2560, 1440), (3840, 2160)] {
        for dark in [false, true] {
            browser.screen(size, dark).await;
            let (width, wide) = (size.0, browser.value("document.documentElement.scrollWidth").await);
            assert!(wide.as_u64().unwrap() <= u64::from(width), "{wide} at {width}");
            expect_charts_fit(browser, width).await;
            let line = "getComputedStyle(document.querySelector('#chart-rate .line')).stroke";
            colours.push(browser.value(line).await);
            browser.picture(&format!("report-{width}-{}.png", if dark { "dark" } else { "light" })).await;
        }
    }
    assert_ne!(colours[0], colours[1], "the charts of a dark page have colours of their own");
    assert!(colours.chunks(2).all(|pair| pair == &colours[..2]), "{colours:?}");
}

/// On paper everything stays.
async fn prints(browser: &Browser) {
    let options = json!({"printBackground": true, "preferCSSPageSize": true});
    let printed = browser.driver.cdp().send_raw("Page.printToPDF", options).await.unwrap();
    let pdf = printed["data"].as_str().unwrap();
    assert!(pdf.len() > 50_000, "{} characters", pdf.len());
    if let Some(folder) = std::env::var_os("LOADTEST_PICTURES") {
        std::fs::write(Path::new(&folder).join("report.pdf.base64"), pdf).unwrap();
    }
}
