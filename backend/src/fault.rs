//! Faults that are injected by share.

use std::str::FromStr;

use crate::error::SettingsError;
use crate::seed::{Purpose, fraction};

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
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

impl Fault {
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
    pub fn in_stream(self) -> bool {
        matches!(self, Self::NoTerminal | Self::ErrorEvent | Self::Cut | Self::Stall)
    }
}

/// A fault and the share of requests that meet it, `KIND=SHARE`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FaultShare {
    /// The kind.
    pub fault: Fault,
    /// Share of the requests that the kind applies to, 0 to 1.
    pub share: f64,
}

impl FromStr for FaultShare {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, share) =
            text.split_once('=').ok_or("write it as KIND=SHARE, for example cut=0.02 or cut=2%")?;
        let fault = Fault::ALL.into_iter().find(|fault| fault.name() == kind).ok_or_else(|| {
            let known = Fault::ALL.map(Fault::name).join(", ");
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

/// Which fault a request meets: a pure function of (seed, request number).
#[derive(Debug)]
pub(crate) struct FaultTable {
    seed: u64,
    /// Upper ends of the cells of `[0, 1)`, for the chat stream.
    chat: Vec<(f64, Fault)>,
    /// The same for every other endpoint.
    other: Vec<(f64, Fault)>,
}

impl FaultTable {
    /// # Errors
    /// A kind given twice, or shares of one kind of endpoint above 1 together.
    pub(crate) fn new(seed: u64, shares: &[FaultShare]) -> Result<Self, SettingsError> {
        for (index, one) in shares.iter().enumerate() {
            if shares[..index].iter().any(|other| other.fault == one.fault) {
                return Err(SettingsError::FaultTwice { fault: one.fault });
            }
        }
        let chat = cells(shares, |_| true, "POST /chat/stream")?;
        let other = cells(shares, |fault| !fault.in_stream(), "every endpoint")?;
        Ok(Self { seed, chat, other })
    }

    /// The fault of request `number`, if it meets one.
    pub(crate) fn draw(&self, is_chat: bool, number: u64) -> Option<Fault> {
        let cells = if is_chat { &self.chat } else { &self.other };
        if cells.is_empty() {
            return None;
        }
        let point = fraction(self.seed, Purpose::Fault, number);
        cells.iter().find(|(end, _)| point < *end).map(|(_, fault)| *fault)
    }
}

fn cells(
    shares: &[FaultShare],
    applies: impl Fn(Fault) -> bool,
    endpoints: &'static str,
) -> Result<Vec<(f64, Fault)>, SettingsError> {
    let mut sum = 0.0;
    let mut cells = Vec::new();
    for one in shares.iter().filter(|one| applies(one.fault) && one.share > 0.0) {
        sum += one.share;
        cells.push((sum, one.fault));
    }
    // Ten shares of a tenth each add up to a hair beside 1.
    if sum > 1.0 + 1e-9 {
        return Err(SettingsError::FaultShares { endpoints, sum });
    }
    Ok(cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(texts: &[&str]) -> Vec<FaultShare> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn a_share_is_a_fraction_or_a_percentage() {
        let expected = FaultShare { fault: Fault::Cut, share: 0.02 };
        assert_eq!("cut=0.02".parse(), Ok(expected));
        assert_eq!("cut=2%".parse(), Ok(expected));
        for bad in ["cut", "cut=", "cut=x", "cut=1.1", "cut=101%", "cut=-0.1", "cut=NaN", "melt=0.1"] {
            assert!(bad.parse::<FaultShare>().is_err(), "{bad}");
        }
    }

    #[test]
    fn only_a_chat_stream_meets_stream_faults() {
        let table = FaultTable::new(1, &shares(&["cut=0.5", "html=0.5"])).unwrap();
        let mut chat = std::collections::HashSet::new();
        for number in 0..100 {
            chat.insert(table.draw(true, number));
            assert_ne!(table.draw(false, number), Some(Fault::Cut));
        }
        assert_eq!(chat, [Some(Fault::Cut), Some(Fault::Html)].into());
    }

    #[test]
    fn a_share_of_one_hits_always_and_none_never() {
        let always = FaultTable::new(3, &shares(&["http_500=100%"])).unwrap();
        let never = FaultTable::new(3, &shares(&["http_500=0"])).unwrap();
        for number in 0..1_000 {
            assert_eq!(always.draw(false, number), Some(Fault::Http500));
            assert_eq!(never.draw(true, number), None);
        }
    }

    #[test]
    fn too_much_and_twice_are_refused() {
        let sum = FaultTable::new(0, &shares(&["cut=0.6", "html=0.6"])).unwrap_err();
        assert!(matches!(sum, SettingsError::FaultShares { endpoints: "POST /chat/stream", .. }));
        let twice = FaultTable::new(0, &shares(&["cut=0.1", "cut=0.2"])).unwrap_err();
        assert_eq!(twice, SettingsError::FaultTwice { fault: Fault::Cut });
        assert!(FaultTable::new(0, &shares(&["cut=0.5", "html=0.5"])).is_ok());
    }
}
