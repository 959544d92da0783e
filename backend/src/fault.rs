//! The kinds of injected faults, and the share of requests that gets each.

use std::str::FromStr;

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// The stream ends cleanly without its terminal event.
    NoTerminal,
    /// An error event takes the place of the rest of the stream.
    ErrorEvent,
    /// The connection breaks in the middle of an event.
    Cut,
    /// The stream falls silent in its middle, without pings, then goes on.
    Stall,
    /// Status 500.
    Http500,
    /// Status 429 with `Retry-After: 1`.
    Http429,
    /// Status 200 with an HTML page.
    Html,
}

impl FaultKind {
    /// Every kind, in the order in which shares are laid side by side.
    pub const ALL: [Self; 7] = [
        Self::NoTerminal,
        Self::ErrorEvent,
        Self::Cut,
        Self::Stall,
        Self::Http500,
        Self::Http429,
        Self::Html,
    ];

    /// Name on the command line and in the counts.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoTerminal => "no_terminal",
            Self::ErrorEvent => "error_event",
            Self::Cut => "cut",
            Self::Stall => "stall",
            Self::Http500 => "http_500",
            Self::Http429 => "http_429",
            Self::Html => "html",
        }
    }

    /// Whether it happens inside a chat stream; the others replace a response.
    pub(crate) fn in_stream(self) -> bool {
        matches!(self, Self::NoTerminal | Self::ErrorEvent | Self::Cut | Self::Stall)
    }
}

/// A fault and the share of requests that get it, `KIND=SHARE`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FaultShare {
    /// The kind.
    pub fault: FaultKind,
    /// Share of the requests that the kind applies to, 0 to 1.
    pub share: f64,
}

impl FromStr for FaultShare {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, share) =
            text.split_once('=').ok_or("write it as KIND=SHARE, for example cut=0.02 or cut=2%")?;
        let fault = FaultKind::ALL.into_iter().find(|fault| fault.name() == kind).ok_or_else(|| {
            let known = FaultKind::ALL.map(FaultKind::name).join(", ");
            format!("no such kind; the kinds are {known}")
        })?;
        let (number, scale) = match share.strip_suffix('%') {
            Some(percent) => (percent, 100.0),
            None => (share, 1.0),
        };
        let share = number.parse::<f64>().map_err(|_| "the share is a number such as 0.02 or 2%")? / scale;
        if !(0.0..=1.0).contains(&share) {
            return Err("the share lies between 0 and 1 (0% and 100%)".to_owned());
        }
        Ok(Self { fault, share })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_a_fraction_or_a_percentage() {
        let expected = FaultShare { fault: FaultKind::Cut, share: 0.02 };
        assert_eq!("cut=0.02".parse(), Ok(expected));
        assert_eq!("cut=2%".parse(), Ok(expected));
        for bad in ["cut", "cut=", "cut=x", "cut=1.1", "cut=101%", "cut=-0.1", "cut=NaN", "melt=0.1"] {
            assert!(bad.parse::<FaultShare>().is_err(), "{bad}");
        }
    }
}
