//! Whether charts fit the screen.

use serde_json::json;
use testkit::runs::browser::Browser;

/// Texts of charts that reach beyond the frame of theirs.
const OUTSIDE: &str = "Array.from(document.querySelectorAll('.chart')).flatMap(chart => { \
    const frame = chart.getBoundingClientRect(); \
    return Array.from(chart.querySelectorAll('text, li')).filter(text => { \
        const place = text.getBoundingClientRect(); \
        return place.width > 0 && (place.left < frame.left || place.right > frame.right || place.top < frame.top || place.bottom > frame.bottom); \
    }).map(text => `${chart.id}: ${text.textContent}`); })";
/// Ticks and names that stand over the one before them.
const COLLIDING: &str = "Array.from(document.querySelectorAll('.columns, .names')).flatMap(row => { \
    const places = Array.from(row.querySelectorAll('text')).map(text => [text.textContent, text.getBoundingClientRect()]); \
    const seen = places.filter(([, place]) => place.width > 0); \
    return seen.slice(1).filter(([, place], at) => place.left < seen[at][1].right + 2).map(([text]) => text); })";

/// Nothing of a chart leaves its frame or stands over a neighbour.
pub async fn expect_charts_fit(browser: &Browser, width: u32) {
    assert_eq!(browser.value(OUTSIDE).await, json!([]), "texts outside their chart at {width}");
    assert_eq!(browser.value(COLLIDING).await, json!([]), "ticks over each other at {width}");
}
