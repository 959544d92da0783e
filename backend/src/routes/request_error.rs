//! Answers other than success.

use std::time::Duration;

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::counters::PEER_LEFT;
use crate::limits::SeatRefusal;
use crate::store::{MAX_ID, StoreError};

/// Where a refusal does not know when there will be room.
pub(super) const RETRY_AFTER: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(crate) enum RequestError {
    Store(StoreError),
    /// The body is not what the endpoint takes.
    Payload(String),
    /// An id that is empty or longer than the column.
    Id,
    /// The body is larger than the limit.
    TooLarge,
    /// Too many streams were started; one may be after this time.
    TooMany(Duration),
    /// Too many streams wait.
    QueueFull,
    /// The body is incomplete because the client left.
    PeerLeft,
}

impl From<StoreError> for RequestError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<SeatRefusal> for RequestError {
    fn from(refusal: SeatRefusal) -> Self {
        match refusal {
            SeatRefusal::Cap => Self::TooMany(RETRY_AFTER),
            SeatRefusal::Queue => Self::QueueFull,
        }
    }
}

impl RequestError {
    /// Of a request without a body.
    pub(super) fn is_peer_left(&self) -> bool {
        matches!(self, Self::PeerLeft)
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Store(StoreError::NoThread) => StatusCode::NOT_FOUND,
            Self::Store(StoreError::DuplicateId) => StatusCode::CONFLICT,
            Self::Store(StoreError::Full) => StatusCode::INSUFFICIENT_STORAGE,
            Self::Store(StoreError::Database { .. }) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Payload(_) | Self::Id => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::QueueFull => StatusCode::SERVICE_UNAVAILABLE,
            Self::PeerLeft => StatusCode::from_u16(PEER_LEFT).unwrap_or(StatusCode::BAD_REQUEST),
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::Store(error) => error.to_string(),
            Self::Payload(reason) => reason.clone(),
            Self::Id => format!("an id has 1 to {MAX_ID} characters"),
            Self::TooLarge => format!("the body is larger than {} bytes", super::MAX_BODY),
            Self::TooMany(_) => "too many streams; wait for Retry-After".to_owned(),
            Self::QueueFull => "too many streams wait; wait for Retry-After".to_owned(),
            Self::PeerLeft => "the body is incomplete".to_owned(),
        }
    }
}

impl IntoResponse for RequestError {
    fn into_response(self) -> Response {
        let mut body = json!({ "detail": self.detail() });
        if let Self::Store(StoreError::Database { sqlstate, .. }) = &self {
            body["sqlstate"] = json!(sqlstate);
        }
        let mut response = (self.status(), Json(body)).into_response();
        let after = match self {
            Self::TooMany(after) => Some(after),
            Self::QueueFull => Some(RETRY_AFTER),
            _ => None,
        };
        if let Some(after) = after {
            response.headers_mut().insert(header::RETRY_AFTER, retry_after(after).into());
        }
        response
    }
}

/// Whole seconds, rounded up: a client that waits as long is admitted.
pub(super) fn retry_after(after: Duration) -> u64 {
    (after.as_secs() + u64::from(after.subsec_nanos() > 0)).max(1)
}

/// Any path that no route takes.
pub(crate) async fn unknown_path() -> Response {
    (StatusCode::NOT_FOUND, Json(json!({ "detail": "no such path" }))).into_response()
}

/// An id that fits the column.
///
/// # Errors
/// [`RequestError::Id`] if it is empty or longer.
pub(crate) fn check_id(id: &str) -> Result<(), RequestError> {
    // Bytes first: most ids are short, and counting characters is slower.
    if id.is_empty() || (id.len() > MAX_ID && id.chars().count() > MAX_ID) {
        return Err(RequestError::Id);
    }
    Ok(())
}
