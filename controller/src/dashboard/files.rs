//! The files of the run, as they lie on disk now.

use std::path::PathBuf;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::app_state::AppState;
use super::gate::error_response;

/// The greatest file that is sent; a longer one is copied from the disk.
const MAX_FILE: u64 = 256 * 1024 * 1024;

/// A file of the run.
#[derive(Debug, Serialize)]
struct FileRow {
    name: String,
    /// `None` while it has not been written yet.
    bytes: Option<u64>,
}

/// `GET /api/v1/files`: what the run writes.
pub(super) async fn list(State(app): State<AppState>) -> Response {
    let files = app.run.files();
    let mut rows = Vec::with_capacity(files.len());
    for path in files.iter() {
        let found = tokio::fs::metadata(path).await.ok().filter(std::fs::Metadata::is_file);
        rows.push(FileRow { name: name(path), bytes: found.map(|found| found.len()) });
    }
    Json(rows).into_response()
}

/// `GET /files/{name}`: one of them. Only names of the list are served, whatever they look like.
pub(super) async fn get(State(app): State<AppState>, Path(wanted): Path<String>) -> Response {
    let files = app.run.files();
    let Some(path) = files.iter().find(|path| name(path) == wanted) else {
        return error_response(StatusCode::NOT_FOUND, "the run writes no file of that name");
    };
    match read(path).await {
        Ok(bytes) => {
            let saved = format!("attachment; filename=\"{}\"", wanted.replace(['"', '\\'], "_"));
            let headers =
                [(header::CONTENT_TYPE, kind(&wanted).to_owned()), (header::CONTENT_DISPOSITION, saved)];
            (headers, bytes).into_response()
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            error_response(StatusCode::NOT_FOUND, "this file is written when the run ends")
        }
        Err(error) => error_response(StatusCode::INTERNAL_SERVER_ERROR, error),
    }
}

async fn read(path: &PathBuf) -> std::io::Result<Vec<u8>> {
    let found = tokio::fs::metadata(path).await?;
    match found.is_file() && found.len() <= MAX_FILE {
        true => tokio::fs::read(path).await,
        false => Err(std::io::Error::other("too long to be sent from here; copy it from the disk")),
    }
}

fn name(path: &std::path::Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("json") => "application/json",
        Some("csv") => "text/csv; charset=utf-8",
        Some("html") => "text/html; charset=utf-8",
        Some("xml") => "application/xml",
        _ => "text/plain; charset=utf-8",
    }
}
