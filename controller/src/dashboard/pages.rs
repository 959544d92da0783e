//! The page and what it is made of; every byte is in this program.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use report::charts::svg;

const INDEX: &str = include_str!("../../templates/dashboard/index.html");

/// Name, kind and text of each file under `/assets/`.
const ASSETS: &[(&str, &str, &str)] = &[
    ("style.css", CSS, include_str!("../../templates/dashboard/style.css")),
    ("icon.svg", "image/svg+xml", include_str!("../../templates/dashboard/icon.svg")),
    ("charts.css", CSS, svg::STYLE),
    ("charts.js", JS, svg::SCRIPT),
    ("app.js", JS, include_str!("../../templates/dashboard/app.js")),
    ("controls.js", JS, include_str!("../../templates/dashboard/controls.js")),
    ("dom.js", JS, include_str!("../../templates/dashboard/dom.js")),
    ("downloads.js", JS, include_str!("../../templates/dashboard/downloads.js")),
    ("drawings.js", JS, include_str!("../../templates/dashboard/drawings.js")),
    ("endpoints.js", JS, include_str!("../../templates/dashboard/endpoints.js")),
    ("failures.js", JS, include_str!("../../templates/dashboard/failures.js")),
    ("feed.js", JS, include_str!("../../templates/dashboard/feed.js")),
    ("format.js", JS, include_str!("../../templates/dashboard/format.js")),
    ("header.js", JS, include_str!("../../templates/dashboard/header.js")),
    ("limits.js", JS, include_str!("../../templates/dashboard/limits.js")),
    ("overview.js", JS, include_str!("../../templates/dashboard/overview.js")),
    ("send.js", JS, include_str!("../../templates/dashboard/send.js")),
    ("start.js", JS, include_str!("../../templates/dashboard/start.js")),
    ("streams.js", JS, include_str!("../../templates/dashboard/streams.js")),
    ("table.js", JS, include_str!("../../templates/dashboard/table.js")),
    ("tabs.js", JS, include_str!("../../templates/dashboard/tabs.js")),
    ("workers.js", JS, include_str!("../../templates/dashboard/workers.js")),
];

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

/// `GET /`
pub(super) async fn index() -> Response {
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], INDEX).into_response()
}

/// `GET /assets/{name}`
pub(super) async fn asset(Path(name): Path<String>) -> Response {
    match ASSETS.iter().find(|(own, ..)| *own == name) {
        Some((_, kind, text)) => ([(header::CONTENT_TYPE, *kind)], *text).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
