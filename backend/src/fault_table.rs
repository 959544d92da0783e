//! Which fault is injected into which request.

use crate::fault::{FaultKind, FaultShare};
use crate::random::{SeedPurpose, fraction};

/// The fault of each request: a pure function of (seed, request number).
#[derive(Debug)]
pub(crate) struct FaultTable {
    seed: u64,
    /// Upper ends of the cells of `[0, 1)`, for the chat stream.
    chat: Vec<(f64, FaultKind)>,
    /// The same for every other endpoint.
    other: Vec<(f64, FaultKind)>,
}

impl FaultTable {
    /// `shares` as [`BackendSettings::check`](crate::BackendSettings::check) accepts them.
    pub(crate) fn new(seed: u64, shares: &[FaultShare]) -> Self {
        Self { seed, chat: cells(shares, |_| true), other: cells(shares, |kind| !kind.in_stream()) }
    }

    /// The fault of request `number`, if it has one.
    pub(crate) fn draw(&self, is_chat: bool, number: u64) -> Option<FaultKind> {
        let cells = if is_chat { &self.chat } else { &self.other };
        if cells.is_empty() {
            return None;
        }
        let point = fraction(self.seed, SeedPurpose::Fault, number);
        cells.iter().find(|(end, _)| point < *end).map(|(_, fault)| *fault)
    }
}

/// The upper ends of the shares, laid side by side.
fn cells(shares: &[FaultShare], applies: impl Fn(FaultKind) -> bool) -> Vec<(f64, FaultKind)> {
    let mut sum = 0.0;
    let mut cells = Vec::new();
    for one in shares.iter().filter(|one| applies(one.fault)) {
        sum += one.share;
        cells.push((sum, one.fault));
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(texts: &[&str]) -> Vec<FaultShare> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn only_a_chat_stream_meets_stream_faults() {
        let table = FaultTable::new(1, &shares(&["cut=0.5", "html=0.5"]));
        let mut chat = std::collections::HashSet::new();
        for number in 0..100 {
            chat.insert(table.draw(true, number));
            assert_ne!(table.draw(false, number), Some(FaultKind::Cut));
        }
        assert_eq!(chat, [Some(FaultKind::Cut), Some(FaultKind::Html)].into());
    }

    #[test]
    fn a_share_of_one_hits_always_and_none_never() {
        let always = FaultTable::new(3, &shares(&["http_500=100%"]));
        let never = FaultTable::new(3, &shares(&["http_500=0"]));
        for number in 0..1_000 {
            assert_eq!(always.draw(false, number), Some(FaultKind::Http500));
            assert_eq!(never.draw(true, number), None);
        }
    }
}
