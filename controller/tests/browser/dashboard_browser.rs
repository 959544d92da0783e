//! The dashboard in a real browser, through a whole run.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::runs::browser::{self, Browser};
use testkit::runs::sandbox::QUICK;
use testkit::runs::{Backend, Controller, RUN, Results, START, alone, have_or_skip};
use thirtyfour::prelude::*;

use super::drawn::expect_every_second;
use super::fits::expect_charts_fit;
use super::viewed::expect_what_a_viewer_did_to_stay;

const SHAPE: &str = r#"
name = "watched"
[[stage]]
name = "few"
duration = "8s"
users = 4
spawn_rate = 4
[[stage]]
name = "<i>more</i> & more"
duration = "8s"
users = 12
spawn_rate = 8
[[stage]]
name = "plateau"
duration = "10m"
users = 20
spawn_rate = 8
"#;

/// How many points the line of running users has.
pub const POINTS: &str = "(document.querySelector('#chart-overview-users :is(.line, .dots)')?.getAttribute('d').match(/[Ml]/g) ?? []).length";
/// Requests and failures by endpoint as the table shows them, exactly.
const TABLE: &str = "Object.fromEntries([...document.querySelectorAll('#endpoint-table tbody tr')].map(line =>
    [line.children[0].textContent, [...line.querySelectorAll('data')].map(cell => cell.value === '' ? null : Number(cell.value))]))";

#[tokio::test]
async fn a_run_is_watched_from_its_start_to_its_stop() {
    let _alone = alone();
    let Some(()) = have_or_skip(browser::installed()) else { return };
    let backend = Backend::start(QUICK);
    let place = testkit::runs::folder();
    let shape = place.path().join("watched.toml");
    std::fs::write(&shape, SHAPE).unwrap();
    let args = ["--shape", shape.to_str().unwrap(), "--local-workers", "1", "--dashboard", "127.0.0.1:0"];
    let mut controller = Controller::start(&backend.url(), &args);
    let url = controller.process.printed_after("controller: dashboard at ", START);

    let browser = Browser::start(1280, 900).await;
    browser.driver.goto(&url).await.unwrap();
    browser.until(&format!("{POINTS} >= 5"), START).await;

    // A second viewer comes late and has what the first one has.
    let first = browser.driver.window().await.unwrap();
    let second = browser.driver.new_tab().await.unwrap();
    let seen = browser.value(POINTS).await.as_u64().unwrap();
    browser.driver.switch_to_window(second).await.unwrap();
    browser.driver.goto(&url).await.unwrap();
    browser.until(&format!("{POINTS} >= {seen}"), START).await;
    expect_every_second(&browser).await;
    browser.driver.close_window().await.unwrap();
    browser.driver.switch_to_window(first).await.unwrap();

    // Reloading loses nothing.
    browser.until(&format!("{POINTS} >= 18"), START).await;
    let before = browser.value(POINTS).await.as_u64().unwrap();
    browser.driver.refresh().await.unwrap();
    browser.until(&format!("{POINTS} >= {before}"), START).await;
    expect_every_second(&browser).await;
    // Names of stages are text, in the bar and in the charts.
    assert_eq!(
        browser.value("document.querySelectorAll('#stages .name')[1].textContent").await,
        json!("<i>more</i> & more")
    );
    assert_eq!(browser.value("document.querySelectorAll('i').length").await, json!(0));
    expect_what_a_viewer_did_to_stay(&browser).await;

    // The numbers are those of the API.
    browser.driver.find(By::Id("tab-endpoints")).await.unwrap().click().await.unwrap();
    expect_numbers_of_the_api(&browser).await;
    expect_one_endpoint(&browser).await;
    expect_tabs_by_keyboard(&browser).await;

    let mut colours = Vec::new();
    for (width, height) in [(390, 844), (1280, 900), (2560, 1440)] {
        for dark in [false, true] {
            browser.screen((width, height), dark).await;
            let wide = browser.value("document.documentElement.scrollWidth <= innerWidth").await;
            assert_eq!(wide, json!(true), "the page is wider than {width} pixels");
            let line = "getComputedStyle(document.querySelector('#chart-overview-rate .line')).stroke";
            colours.push(browser.value(line).await);
            for tab in ["overview", "endpoints", "streams", "workers"] {
                browser.value(&format!("document.getElementById('tab-{tab}').click()")).await;
                tokio::time::sleep(Duration::from_millis(500)).await;
                expect_charts_fit(&browser, width).await;
                browser.picture(&format!("{tab}-{width}-{}.png", if dark { "dark" } else { "light" })).await;
            }
        }
    }
    assert_ne!(colours[0], colours[1], "the charts of a dark page have colours of their own");
    assert!(colours.chunks(2).all(|pair| pair == &colours[..2]), "{colours:?}");
    browser.screen((1280, 900), false).await;
    browser.value("document.getElementById('tab-overview').click()").await;

    // Stop asks once more, then the run ends and the page keeps everything.
    browser.driver.find(By::XPath("//button[text()='Stop']")).await.unwrap().click().await.unwrap();
    browser.driver.find(By::XPath("//dialog//button[@type='submit']")).await.unwrap().click().await.unwrap();
    browser.until("document.getElementById('phase').textContent === 'interrupted'", RUN).await;
    browser.until("document.getElementById('link').textContent.includes('this page keeps')", START).await;
    let results = controller.passed(RUN);
    expect_the_files(&browser, &results).await;
    expect_charts_that_were_kept(&browser).await;

    assert_eq!(browser.complaints().await, Vec::<String>::new());
    let requests = browser.requests().await;
    // Before it opens ours, the browser shows a page of its own.
    let ours = [url.as_str(), "data:", "blob:", "chrome"];
    let foreign: Vec<&String> =
        requests.iter().filter(|asked| !ours.iter().any(|start| asked.starts_with(start))).collect();
    assert!(foreign.is_empty() && !requests.is_empty(), "{foreign:?}");
    browser.close().await;
}

#[tokio::test]
async fn a_run_that_waits_is_started_from_the_page() {
    let _alone = alone();
    let Some(()) = have_or_skip(browser::installed()) else { return };
    let backend = Backend::start(QUICK);
    let args = [
        "-u",
        "4",
        "-r",
        "2",
        "--wait-for-start",
        "--local-workers",
        "1",
        "--dashboard",
        "127.0.0.1:0",
        "--token",
        "open sesame",
    ];
    let mut controller = Controller::start(&backend.url(), &args);
    let url = controller.process.printed_after("controller: dashboard at ", START);
    let browser = Browser::start(1280, 900).await;
    browser.driver.goto(&url).await.unwrap();
    browser.until("!document.getElementById('start').hidden", START).await;
    browser
        .until("document.getElementById('clock').textContent.startsWith('1 worker is there')", START)
        .await;
    for (width, height) in [(390, 844), (1280, 900), (2560, 1440)] {
        for dark in [false, true] {
            browser.screen((width, height), dark).await;
            let wide = browser.value("document.documentElement.scrollWidth <= innerWidth").await;
            assert_eq!(wide, json!(true), "the page is wider than {width} pixels");
            browser.picture(&format!("start-{width}-{}.png", if dark { "dark" } else { "light" })).await;
        }
    }
    browser.screen((1280, 900), false).await;

    // The form holds what the command line says, and the fields that the shape has.
    let filled = "['shape', 'users', 'rate', 'time', 'scale'].map(name => {
        const field = document.getElementById(`start-${name}`);
        return field.disabled || field.offsetParent === null ? null : field.value;
    })";
    assert_eq!(browser.value(filled).await, json!(["constant", "4", "2", "", "1"]));
    let choose = |shape: &str| {
        format!(
            "(() => {{ const shape = document.getElementById('start-shape'); shape.value = '{shape}';
            shape.dispatchEvent(new Event('change')); }})()"
        )
    };
    browser.value(&choose("staged")).await;
    assert_eq!(browser.value(filled).await, json!(["staged", null, null, null, "1"]));
    browser.value(&choose("ladder")).await;
    assert_eq!(browser.value(filled).await, json!(["ladder", null, null, null, null]));
    browser.value(&choose("constant")).await;

    // What is refused is explained in the words of the command line, and may be put right.
    let field = async |id: &str, text: &str| {
        let field = browser.driver.find(By::Id(id)).await.unwrap();
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    };
    field("start-users", "5").await;
    field("start-time", "soon").await;
    field("start-token", "open sesame").await;
    let start = browser.driver.find(By::Id("start-go")).await.unwrap();
    start.click().await.unwrap();
    browser
        .until("document.querySelector('#start .error').textContent.startsWith('--run-time: ')", START)
        .await;
    assert_eq!(testkit::runs::sandbox::totals(&backend.counts()).values().sum::<u64>(), 0, "no load so far");
    field("start-time", "10m").await;
    start.click().await.unwrap();
    browser.until(&format!("document.getElementById('start').hidden && ({POINTS}) >= 3"), START).await;
    browser.until("document.getElementById('now-users').textContent === '5'", START).await;

    // From then on it is a run like any other: the same token stops it.
    browser.driver.find(By::XPath("//button[text()='Stop']")).await.unwrap().click().await.unwrap();
    assert_eq!(browser.value("document.getElementById('token').value").await, json!("open sesame"));
    browser.driver.find(By::XPath("//dialog//button[@type='submit']")).await.unwrap().click().await.unwrap();
    browser.until("document.getElementById('phase').textContent === 'interrupted'", RUN).await;
    browser.until("document.getElementById('link').textContent.includes('this page keeps')", START).await;
    let refused = browser.complaints().await;
    assert!(refused.len() == 1 && refused[0].contains("400"), "only the refusal: {refused:?}");
    browser.close().await;
    let results = controller.passed(RUN);
    assert_eq!((results.shape.as_str(), results.number("/run/users_target_peak")), ("constant", 5));
    assert!(results.markdown.contains("--users 5 --spawn-rate 2 --run-time 10m"), "{}", results.markdown);
}

const HOSTILE: &str =
    "<script>document.title = 'owned'</script><img src=x onerror=\"document.title = 'owned'\"><b>";

/// A service whose every stream fails with [`HOSTILE`].
async fn hostile() -> String {
    let event = serde_json::json!({"type": "error", "message": HOSTILE});
    let stream = ([("content-type", "text/event-stream")], format!("data: {event}\n\n"));
    let json = |status: u16| {
        (axum::http::StatusCode::from_u16(status).unwrap(), [("content-type", "application/json")], "[]")
    };
    let router = axum::Router::new()
        .route("/chat/stream", axum::routing::post(move || async move { stream }))
        .route(
            "/threads",
            axum::routing::get(move || async move { json(200) }).post(move || async move { json(201) }),
        )
        .fallback(move || async move { json(200) });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn markup_in_a_failure_is_text() {
    let _alone = alone();
    let Some(()) = have_or_skip(browser::installed()) else { return };
    let host = hostile().await;
    let args =
        ["-u", "2", "-r", "2", "--classes", "stream", "--local-workers", "1", "--dashboard", "127.0.0.1:0"];
    let mut controller = Controller::start(&host, &args);
    let url = controller.process.printed_after("controller: dashboard at ", START);
    let browser = Browser::start(1280, 900).await;
    browser.driver.goto(format!("{url}#failures")).await.unwrap();
    let cell = "document.querySelector('#failure-table tbody tr td:nth-child(3)')";
    browser.until(cell, START).await;
    let shown = browser.value(&format!("{cell}.textContent")).await;
    assert!(shown.as_str().unwrap().contains(HOSTILE), "{shown}");
    assert_eq!(browser.value(&format!("{cell}.querySelectorAll('script, img, b').length")).await, json!(0));
    assert_eq!(browser.value("document.title.includes('owned')").await, json!(false));
    assert_eq!(browser.complaints().await, Vec::<String>::new());
    browser.close().await;
    controller.process.signal("INT");
    controller.passed(RUN);
}

/// The table and the API are renewed each second, so that both must once show the same state.
async fn expect_numbers_of_the_api(browser: &Browser) {
    // All together have no times where streams are among them: calls have a row of their own.
    let api = "const answer = await (await fetch('/api/v1/run')).json();
        const none = times => times.map(() => null);
        const line = row => [`${row.method} ${row.name}`.trim(),
            [row.count, row.failures, row.rps, row.p50_ms, row.p90_ms, row.p95_ms, row.p99_ms, row.max_ms,
            row.good_p95_ms, row.failed_p50_ms]];
        const all = line(answer.total), calls = answer.calls;
        const apart = answer.streams.started ? [[all[0], [...all[1].slice(0, 3), ...none(all[1].slice(3))]],
            ...(calls ? [['Calls, streams apart', [calls.count, null, null, calls.p50, calls.p90, calls.p95, calls.p99,
            calls.max, null, null]]] : [])] : [all];
        return Object.fromEntries([...answer.endpoints.map(line), ...apart]);";
    let script = format!(
        "const done = arguments[0]; (async () => {{
            let table, answer;
            for (let look = 0; look < 100; look += 1) {{
                answer = await (async () => {{ {api} }})();
                table = {TABLE};
                if (JSON.stringify(answer) === JSON.stringify(table)) break;
                await new Promise(wake => setTimeout(wake, 130));
            }}
            done([answer, table]);
        }})();"
    );
    let both = browser.driver.execute_async(script, Vec::new()).await.unwrap();
    assert_eq!(both.json()[0], both.json()[1]);
    assert!(both.json()[0]["Aggregated"][0].as_u64().unwrap() > 0);
}

/// The charts of an endpoint are those that the API has of it: a point for each second, a bar for each bin.
async fn expect_one_endpoint(browser: &Browser) {
    browser.driver.find(By::Css("#endpoint-table button.link")).await.unwrap().click().await.unwrap();
    browser.until("document.querySelector('#endpoint .bars')", START).await;
    // The page is drawn anew each second, so that both must once show the same state.
    let script = "const done = arguments[0]; (async () => {
        const view = document.querySelector('#endpoint .chart').id.match(/endpoint-[0-9]+/)[0];
        const count = (name, parts, kind) => (document.querySelector(`#chart-${view}-${name} ${parts}`).getAttribute('d').match(kind) ?? []).length;
        let rates, bins, drawn;
        for (let look = 0; look < 100; look += 1) {
            const { readouts } = await (await fetch(`/api/v1/charts/${view}`)).json();
            [rates, bins] = ['rate', 'distribution'].map(name => readouts.find(one => one.id === `${view}-${name}`).y[0]);
            drawn = [count('rate', '.line', /[Ml]/g), count('distribution', '.bars', /M/g)];
            if (drawn[0] === rates.length && drawn[1] === bins.filter(Boolean).length) break;
            await new Promise(wake => setTimeout(wake, 130));
        }
        const sum = list => list.reduce((all, one) => all + one, 0);
        done([drawn, [rates.length, bins.filter(Boolean).length], sum(rates), sum(bins)]);
    })();";
    let found = browser.driver.execute_async(script, Vec::new()).await.unwrap();
    let found = found.json();
    assert_eq!(found[0], found[1]);
    let (rates, bins) = (found[2].as_f64().unwrap(), found[3].as_f64().unwrap());
    assert!(rates > 0.0 && bins >= rates, "{found}");
}

/// The controller has gone: a tab and an endpoint that were not looked at so far have their charts nevertheless.
async fn expect_charts_that_were_kept(browser: &Browser) {
    browser.value("document.getElementById('tab-endpoints').click()").await;
    let rows = browser.value("document.querySelectorAll('#endpoint-table button.link').length").await;
    let points = "document.querySelector('#endpoint .line').getAttribute('d').match(/[Ml]/g).length";
    for row in 0..rows.as_u64().unwrap() {
        // The page scrolls to what was chosen, so that a row may lie beneath its header.
        browser
            .value(&format!("document.querySelectorAll('#endpoint-table button.link')[{row}].click()"))
            .await;
        assert_eq!(browser.value(points).await, browser.value(POINTS).await, "row {row} has every second");
    }
}

async fn expect_tabs_by_keyboard(browser: &Browser) {
    let tab = browser.driver.find(By::Id("tab-endpoints")).await.unwrap();
    tab.focus().await.unwrap();
    tab.send_keys(Key::Right).await.unwrap();
    browser
        .until(
            "document.activeElement.id === 'tab-streams' && !document.getElementById('streams').hidden",
            START,
        )
        .await;
    assert_eq!(
        browser.value("document.querySelectorAll('[role=tabpanel]:not([hidden])').length").await,
        json!(1)
    );
}

/// What the page shows at the end is what the run has written, and it offers every file by itself.
async fn expect_the_files(browser: &Browser, results: &Results) {
    assert_eq!(results.summary["run"]["end"], "interrupted");
    let seconds = results.csv("stats_history").len() as u64;
    assert_eq!(browser.value(POINTS).await.as_u64(), Some(seconds));
    browser.value("document.getElementById('tab-endpoints').click()").await;
    let table = browser.value(TABLE).await;
    for row in results.summary["endpoints"].as_array().unwrap() {
        let name = format!("{} {}", row["method"].as_str().unwrap(), row["name"].as_str().unwrap());
        let all = ["count", "failures", "rps", "p50_ms", "p90_ms", "p95_ms", "p99_ms", "max_ms"];
        let fields = all.into_iter().chain(["good_p95_ms", "failed_p50_ms"]);
        let reported: Vec<Value> = fields.map(|field| row[field].clone()).collect();
        assert_eq!(numbers(&table[&name]), numbers(&json!(reported)), "{name}");
    }
    browser.value("document.getElementById('tab-downloads').click()").await;
    let read = "const done = arguments[0]; (async () => {
        const files = {};
        for (const link of document.querySelectorAll('#downloads a')) files[link.download] = await (await fetch(link.href)).text();
        done(files);
    })();";
    let files = browser.driver.execute_async(read, Vec::new()).await.unwrap();
    let files = files.json().as_object().unwrap().clone();
    assert!(files.len() >= 9, "{:?}", files.keys());
    for (name, text) in files {
        assert_eq!(
            text.as_str().unwrap(),
            std::fs::read_to_string(results.folder.join(&name)).unwrap(),
            "{name}"
        );
    }
}

/// Numbers as numbers: JavaScript writes 5.0 as 5.
fn numbers(list: &Value) -> Vec<Option<f64>> {
    list.as_array().unwrap().iter().map(Value::as_f64).collect()
}
