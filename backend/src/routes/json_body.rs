//! A JSON request body.

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

use super::request_error::RequestError;

/// A body of JSON, whatever its content type says. Malformed and misfit JSON
/// are both 422, as FastAPI answers; an incomplete body means that the client left.
#[derive(Debug)]
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<T, S> FromRequest<S> for JsonBody<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = RequestError;

    async fn from_request(request: Request, state: &S) -> Result<Self, RequestError> {
        let bytes = read_body(request, state).await?;
        let value =
            serde_json::from_slice(&bytes).map_err(|error| RequestError::Payload(error.to_string()))?;
        Ok(Self(value))
    }
}

/// The whole body.
///
/// # Errors
/// [`RequestError::TooLarge`] or [`RequestError::PeerLeft`].
pub(crate) async fn read_body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, RequestError> {
    Bytes::from_request(request, state).await.map_err(|rejection| match rejection {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => RequestError::TooLarge,
        _ => RequestError::PeerLeft,
    })
}
