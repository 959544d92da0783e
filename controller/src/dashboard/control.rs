//! Controls: orders to the run, from those who may give them.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::gate::{admit, complaint};
use super::server::Desk;
use crate::order::Order;

/// An order that was carried out.
#[derive(Serialize)]
struct Done {
    done: String,
}

/// `POST /api/v1/control/{what}`
pub(super) async fn order(
    State(desk): State<Desk>,
    Path(what): Path<String>,
    headers: HeaderMap,
) -> Response {
    if let Err(refused) = admit(&headers, &desk) {
        tracing::warn!(control = what, "refused a control: {refused}");
        return refused.into_response();
    }
    let order = match what.as_str() {
        "stop" => Order::Stop,
        _ => return complaint(StatusCode::NOT_FOUND, "there is no such control; there is `stop`"),
    };
    match desk.orders.ask(order).await {
        Ok(()) => Json(Done { done: what }).into_response(),
        Err(error) => complaint(StatusCode::CONFLICT, error),
    }
}
