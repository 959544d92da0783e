//! What may stand behind a flag, and what is said of anything else.

use std::net::SocketAddr;
use std::num::{IntErrorKind, ParseIntError};
use std::str::FromStr;
use std::time::Duration;

use common::arrivals::ArrivalUnit;
use common::shape::parse_duration;
use common::text::number;
use common::trace::SampleShare;

use super::arrivals::ArrivalsChoice;

/// A number of things.
pub(super) fn whole<T: FromStr<Err = ParseIntError>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: ParseIntError| match error.kind() {
        IntErrorKind::PosOverflow => {
            let most = u128::MAX >> (128 - 8 * size_of::<T>());
            format!("write a whole number from 0 to {most}")
        }
        _ => "write a whole number from 0".to_owned(),
    })
}

/// How many users arrive.
pub(super) fn rate(text: &str) -> Result<ArrivalsChoice, String> {
    text.parse::<ArrivalsChoice>().map_err(|error| error.to_string())
}

/// What arrives.
pub(super) fn arrive(text: &str) -> Result<ArrivalUnit, String> {
    match text {
        "session" => Ok(ArrivalUnit::Session),
        "request" => Ok(ArrivalUnit::Request),
        _ => Err("write session or request".to_owned()),
    }
}

/// The share of traces that are kept.
pub(super) fn sample(text: &str) -> Result<SampleShare, String> {
    text.parse::<SampleShare>().map_err(|error| error.to_string())
}

/// A share of all.
pub(super) fn share(text: &str) -> Result<f64, String> {
    number::share(text).ok_or_else(|| "write a share such as 0.1 or 10%".to_owned())
}

/// A factor, or a rate.
pub(super) fn number(text: &str) -> Result<f64, String> {
    text.parse().map_err(|_| "write a number such as 2.5".to_owned())
}

/// Where to listen.
pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "write IP:PORT, as in 0.0.0.0:5557 or [::1]:5557".to_owned())
}

/// An empty variable is as good as none.
pub(super) fn boolish(text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "" | "0" | "false" | "no" | "off" => Ok(false),
        _ => Err("write true or false".to_owned()),
    }
}

/// A time that is not 0.
pub(super) fn positive(text: &str) -> Result<Duration, String> {
    match parse_duration(text) {
        Ok(Duration::ZERO) => Err("give it some time, such as 10s".to_owned()),
        Ok(time) => Ok(time),
        Err(error) => Err(error.to_string()),
    }
}
