//! A streamed answer: events at fixed times, each with the moment it was sent.

use std::io::Write as _;

use super::Counts;
use super::request::number;
use crate::clock::{Stamp, monotonic_ns};

/// A stream in progress.
#[derive(Debug)]
pub(super) struct Stream {
    begun: u64,
    sent: u64,
    events: u64,
    ttft_ns: u64,
    gap_ns: u64,
    /// Number of the event whose time of sending stands where the number of tokens should be.
    stamp: u64,
    /// When the first event was sent, and the last.
    first: u64,
    last: u64,
}

impl Stream {
    /// `n` events (50), the first after `ttft` milliseconds (100) and up to `spread` more (0), evenly distributed, then
    /// one each `gap` (20). With `stamp=1` the terminal event's tokens are a [`Stamp`] of its own sending, with `stamp=2` of the first event's: a
    /// reader that knows only tokens can tell how long the event was on its way.
    pub(super) fn new(query: &[u8], now: u64) -> Stream {
        let setting = |name: &[u8], usual| {
            let pairs = query.split(|byte| *byte == b'&');
            pairs
                .filter_map(|pair| pair.strip_prefix(name)?.strip_prefix(b"="))
                .map(number)
                .next()
                .unwrap_or(usual)
        };
        Stream {
            begun: now,
            sent: 0,
            events: setting(b"n", 50),
            ttft_ns: setting(b"ttft", 100) * 1_000_000 + part_of(now, setting(b"spread", 0) * 1_000_000),
            gap_ns: setting(b"gap", 20) * 1_000_000,
            stamp: setting(b"stamp", 0),
            first: 0,
            last: 0,
        }
    }

    /// When the next event is due. Fixed times: a late one does not shift those after it.
    pub(super) fn next(&self) -> u64 {
        self.begun + self.ttft_ns + self.sent * self.gap_ns
    }

    /// Writes the next event as a chunk, with the last one the terminal event and the body's end.
    /// Returns whether it was the last.
    pub(super) fn write(&mut self, out: &mut Vec<u8>, counts: &mut Counts) -> bool {
        self.sent += 1;
        counts.events += 1;
        // 16 digits: every event is 65 bytes and its chunk's length a constant.
        let sent = monotonic_ns();
        match self.sent {
            1 => {
                self.first = sent;
                counts.ttft.record((sent - self.begun) / 1000);
            }
            _ => counts.gap.record((sent - self.last) / 1000),
        }
        self.last = sent;
        let stamp = sent % 10_000_000_000_000_000;
        let _ = write!(
            out,
            "41\r\ndata: {{\"type\":\"token\",\"content\":\"word \",\"t\":\"{stamp:016}\"}}\n\n\r\n"
        );
        let ended = self.sent >= self.events;
        if ended {
            counts.streams += 1;
            let tokens = match self.stamp {
                1 => Stamp::of(monotonic_ns()).tokens(),
                2 => Stamp::of(self.first).tokens(),
                _ => self.sent,
            };
            let done =
                format!("data: {{\"type\":\"done\",\"usage\":{{\"completion_tokens\":{tokens}}}}}\n\n");
            let _ = write!(out, "{:x}\r\n{done}\r\n0\r\n\r\n", done.len());
        }
        ended
    }
}

/// Some time up to `spread`, by the moment's own digits: as good as random, and no state.
fn part_of(now: u64, spread: u64) -> u64 {
    let mixed = now.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    (mixed ^ (mixed >> 32)) % (spread + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_a_chunk_of_the_stated_length() {
        let mut out = Vec::new();
        let mut stream = Stream::new(b"n=2&gap=20", 0);
        assert!(!stream.write(&mut out, &mut Counts::default()));
        let text = String::from_utf8(out).unwrap();
        let (length, rest) = text.split_once("\r\n").unwrap();
        assert_eq!(usize::from_str_radix(length, 16).unwrap(), rest.len() - 2);
        assert!(rest.ends_with("\n\n\r\n"));
        assert_eq!(stream.next(), 120_000_000);
    }

    #[test]
    fn first_events_spread_evenly() {
        let due: Vec<u64> =
            (0..10_000).map(|at| Stream::new(b"ttft=0&spread=100", at * 1009).next() - at * 1009).collect();
        assert!(due.iter().all(|due| *due <= 100_000_000));
        for tenth in 1..10 {
            let below = due.iter().filter(|due| **due < tenth * 10_000_000).count();
            assert!(below.abs_diff(tenth as usize * 1000) < 200, "{tenth}: {below}");
        }
    }
}
