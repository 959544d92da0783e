//! Arrivals of an open load: when each one is due, whoever carries it out.
//!
//! ```text
//! rate     ╭────────────       Λ(t): how many are expected by t, the area below the rate
//!         ╱                    arrival i is due when Λ(t) = E₀ + E₁ + … + Eᵢ
//!  ──────╯                     E: exponential draws of mean 1 (Poisson), or 1 each (constant)
//! ```
//!
//! The draws follow from the run's seed and the arrival's number alone, so the schedule is the same for any
//! number of workers, whatever becomes of them, and nothing that happens in the run moves it. A [`Window`] of it
//! holds the sum before its first arrival: who is handed one needs none of those before.

mod path;
mod plan;
mod rate;
#[cfg(test)]
mod tests;
mod window;

pub use path::{Leg, RatePath};
pub use plan::{Arrival, ArrivalPlan, ArrivalPlanError, ArrivalUnit, Due};
pub use rate::{ArrivalRate, MAX_RATE, RateError, Spacing};
pub use window::{Share, Window, read as read_window, read_path};
