//! Controls: orders to the run, from those who may give them.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use hub::control::{ControlError, ControlRequest};
use serde::{Deserialize, Serialize};

use super::app_state::AppState;
use super::gate::{admit, error_response};

/// An order that was carried out.
#[derive(Serialize)]
struct Done {
    done: String,
}

/// What `users` asks for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UsersBody {
    users: u32,
    spawn_rate: f64,
}

/// `POST /api/v1/control/{what}`
pub(super) async fn order(
    State(app): State<AppState>,
    Path(what): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Err(refused) = admit(&headers, &app) {
        tracing::warn!(control = what, "refused a control: {refused}");
        return refused.into_response();
    }
    let order = match what.as_str() {
        "start" => match serde_json::from_slice(&body) {
            Ok(load) => ControlRequest::Start(load),
            Err(error) => return error_response(StatusCode::BAD_REQUEST, error),
        },
        "stop" => ControlRequest::Stop,
        "pause" => ControlRequest::Pause,
        "resume" => ControlRequest::Resume,
        "users" => match serde_json::from_slice::<UsersBody>(&body) {
            Ok(UsersBody { users, spawn_rate }) => ControlRequest::Users { users, spawn_rate },
            Err(error) => return error_response(StatusCode::BAD_REQUEST, error),
        },
        _ => {
            return error_response(
                StatusCode::NOT_FOUND,
                "the controls are start, stop, pause, resume and users",
            );
        }
    };
    match app.orders.ask(order).await {
        Ok(()) => Json(Done { done: what }).into_response(),
        Err(error @ ControlError::Unfit(_)) => error_response(StatusCode::BAD_REQUEST, error),
        Err(error) => error_response(StatusCode::CONFLICT, error),
    }
}
