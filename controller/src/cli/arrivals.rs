//! What `--arrivals` asks for: a rate, or that it is searched for.

use std::fmt;
use std::str::FromStr;

use common::arrivals::{ArrivalRate, RateError, Spacing};

/// What is written for a rate that is to be found.
const SEARCH: &str = "search";

/// A rate of arrivals, or one that is to be found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ArrivalsChoice {
    /// This one.
    Rate(ArrivalRate),
    /// The largest that the service holds, its arrivals spaced like this.
    Search(Spacing),
}

impl ArrivalsChoice {
    /// The rate, where one is given.
    pub(crate) fn rate(self) -> Option<ArrivalRate> {
        match self {
            ArrivalsChoice::Rate(rate) => Some(rate),
            ArrivalsChoice::Search(_) => None,
        }
    }

    /// How arrivals are spaced, where their rate is to be found.
    pub(crate) fn search(self) -> Option<Spacing> {
        match self {
            ArrivalsChoice::Rate(_) => None,
            ArrivalsChoice::Search(spacing) => Some(spacing),
        }
    }
}

impl FromStr for ArrivalsChoice {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let spacing = match text.split_once(':') {
            None => Some((Spacing::Poisson, text)),
            Some((name, rest)) => match name.trim() {
                "poisson" => Some((Spacing::Poisson, rest)),
                "constant" => Some((Spacing::Constant, rest)),
                _ => None,
            },
        };
        match spacing {
            Some((spacing, rest)) if rest.trim() == SEARCH => Ok(ArrivalsChoice::Search(spacing)),
            _ => text.parse().map(ArrivalsChoice::Rate),
        }
    }
}

impl fmt::Display for ArrivalsChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ArrivalsChoice::Rate(rate) => rate.fmt(f),
            ArrivalsChoice::Search(Spacing::Poisson) => f.write_str(SEARCH),
            ArrivalsChoice::Search(Spacing::Constant) => write!(f, "constant:{SEARCH}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_written_as_it_is_read() {
        for text in ["search", "constant:search", "5/s", "constant:5/s"] {
            assert_eq!(text.parse::<ArrivalsChoice>().unwrap().to_string(), text);
        }
        assert_eq!("poisson: search".parse(), Ok(ArrivalsChoice::Search(Spacing::Poisson)));
        for text in ["searching", "even:search", "search/s"] {
            assert!(text.parse::<ArrivalsChoice>().is_err(), "{text}");
        }
    }
}
