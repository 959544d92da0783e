//! Where requests go.

use common::plan::Plan;

/// The service under test, ready to be connected to. A clone shares everything.
#[derive(Debug, Clone)]
pub struct Target;

/// A target that no user can reach.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// No URL, or not an `http://` or `https://` one.
    #[error("`{0}` is no target; write http://HOST:PORT or https://HOST")]
    Syntax(String),
}

impl Target {
    /// Reads the plan's URL, looks its host up and, for `https://`, gathers the roots of trust.
    pub async fn resolve(plan: &Plan) -> Result<Target, TargetError> {
        Err(TargetError::Syntax(plan.base_url.clone()))
    }
}
