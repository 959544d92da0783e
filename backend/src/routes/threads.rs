//! Threads and their messages.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;

use super::App;
use super::json_body::JsonBody;
use super::request_error::{RequestError, check_id};
use crate::store::{Message, Thread};

/// Body of a rename.
#[derive(Debug, Deserialize)]
pub(crate) struct Rename {
    title: Arc<str>,
}

/// `GET /threads`: the newest.
pub(crate) async fn list(State(app): State<Arc<App>>) -> Result<Json<Vec<Thread>>, RequestError> {
    Ok(Json(app.chat.store.threads().await?))
}

/// `POST /threads`
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    JsonBody(thread): JsonBody<Thread>,
) -> Result<(StatusCode, Json<Thread>), RequestError> {
    check_id(&thread.id)?;
    app.chat.store.create(&thread).await?;
    Ok((StatusCode::CREATED, Json(thread)))
}

/// `PATCH /threads/{id}`
pub(crate) async fn rename(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    JsonBody(rename): JsonBody<Rename>,
) -> Result<Json<Thread>, RequestError> {
    check_id(&id)?;
    let thread = Thread { id: id.into(), title: rename.title };
    app.chat.store.rename(&thread).await?;
    Ok(Json(thread))
}

/// `DELETE /threads/{id}`
pub(crate) async fn delete(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<StatusCode, RequestError> {
    check_id(&id)?;
    app.chat.store.delete(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /threads/{id}/messages`: the newest, in the order of their writing.
pub(crate) async fn messages(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<Vec<Arc<Message>>>, RequestError> {
    check_id(&id)?;
    Ok(Json(app.chat.store.messages(&id).await?))
}

/// `POST /threads/{id}/messages`
pub(crate) async fn add(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    JsonBody(message): JsonBody<Message>,
) -> Result<(StatusCode, Json<Arc<Message>>), RequestError> {
    check_id(&id)?;
    check_id(&message.id)?;
    let message = Arc::new(message);
    app.chat.store.add(&id, Arc::clone(&message)).await?;
    Ok((StatusCode::CREATED, Json(message)))
}
