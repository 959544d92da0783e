//! A JSON request body.

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

use super::refusal::Refusal;

/// A body of JSON, whatever its content type says. Malformed and misfit JSON
/// are both 422, as FastAPI answers; a body that breaks off is the peer leaving.
#[derive(Debug)]
pub(crate) struct Payload<T>(pub(crate) T);

impl<T, S> FromRequest<S> for Payload<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let bytes = whole(request, state).await?;
        let value = serde_json::from_slice(&bytes).map_err(|error| Refusal::Payload(error.to_string()))?;
        Ok(Self(value))
    }
}

/// The whole body.
///
/// # Errors
/// [`Refusal::TooLarge`] or [`Refusal::PeerLeft`].
pub(crate) async fn whole<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Refusal> {
    Bytes::from_request(request, state).await.map_err(|rejection| match rejection {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => Refusal::TooLarge,
        _ => Refusal::PeerLeft,
    })
}
