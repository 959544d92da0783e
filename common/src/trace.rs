//! Traces as W3C Trace Context has them: the id that a request carries in its header `traceparent`.
//!
//! ```text
//! traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
//!              version   id of the trace             of the request   flags: 01 sampled
//! ```

use std::fmt;
use std::num::NonZeroU128;
use std::str::FromStr;

use crate::mix::mix;
use crate::protocol as wire;
use crate::text::number;

/// The header's name.
pub const HEADER: &str = "traceparent";

/// Parts of a whole share.
const MILLION: u32 = 1_000_000;
/// The bits of an id by which it is decided whether its trace is sampled, as OpenTelemetry's samplers do: so that
/// theirs of the same share choose the same ones.
const SAMPLED_BITS: u32 = 56;

/// The id of a trace; never zero.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TraceId(NonZeroU128);

impl TraceId {
    /// The id of these bits; `None` for zero, which is no id.
    #[must_use]
    pub const fn new(bits: u128) -> Option<TraceId> {
        match NonZeroU128::new(bits) {
            Some(bits) => Some(TraceId(bits)),
            None => None,
        }
    }

    /// The id of these bits and the lowest one.
    #[must_use]
    pub fn odd(bits: u128) -> TraceId {
        TraceId(NonZeroU128::MIN | bits)
    }

    /// What the ids of a run's requests have in their first eight digits.
    #[must_use]
    pub const fn mark_of(run: [u8; 16]) -> u32 {
        let run = u128::from_be_bytes(run);
        mix(mix((run >> 64) as u64) ^ run as u64) as u32
    }

    /// What this one has there.
    #[must_use]
    pub const fn mark(self) -> u32 {
        (self.bits() >> 96) as u32
    }

    /// Its bits.
    #[must_use]
    pub const fn bits(self) -> u128 {
        self.0.get()
    }

    /// As it travels between worker and controller.
    #[must_use]
    pub fn to_bytes(self) -> Vec<u8> {
        self.bits().to_be_bytes().to_vec()
    }

    /// Of what travelled; `None` for anything but 16 bytes that are not all zero.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<TraceId> {
        TraceId::new(u128::from_be_bytes(bytes.try_into().ok()?))
    }
}

/// What is no id of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the id of a trace is 32 hex digits, not all of them 0")]
pub struct NoTraceId;

impl FromStr for TraceId {
    type Err = NoTraceId;

    fn from_str(text: &str) -> Result<TraceId, NoTraceId> {
        let is_hex = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let bits = u128::from_str_radix(text, 16).ok().filter(|_| is_hex);
        bits.and_then(TraceId::new).ok_or(NoTraceId)
    }
}

/// 32 hex digits.
impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.bits())
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// How the requests of a run are traced.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tracing {
    /// The share of traces that are marked as sampled.
    pub sample: SampleShare,
}

/// A share of traces, to a millionth; written `1%` or `0.01`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SampleShare {
    ppm: u32,
}

/// What is no share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write a share from 0 to 1, or with a percent sign: 0.01 or 1%")]
pub struct NoSampleShare;

impl SampleShare {
    /// Whether none is sampled.
    #[must_use]
    pub const fn is_none(self) -> bool {
        self.ppm == 0
    }

    /// The least that the deciding bits of a sampled id are.
    #[must_use]
    pub const fn bound(self) -> u64 {
        (((MILLION - self.ppm) as u128) << SAMPLED_BITS).div_ceil(MILLION as u128) as u64
    }

    /// Whether a trace of this id is sampled, `bound` being that of the share.
    #[must_use]
    pub const fn is_sampled(bound: u64, id: u64) -> bool {
        id & ((1 << SAMPLED_BITS) - 1) >= bound
    }
}

impl FromStr for SampleShare {
    type Err = NoSampleShare;

    fn from_str(text: &str) -> Result<SampleShare, NoSampleShare> {
        let share = number::share(text).ok_or(NoSampleShare)?;
        // At most a million, as the share is at most 1.
        let ppm = || (share * f64::from(MILLION)).round() as u32;
        if (0.0..=1.0).contains(&share) { Ok(SampleShare { ppm: ppm() }) } else { Err(NoSampleShare) }
    }
}

impl fmt::Display for SampleShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", f64::from(self.ppm) / 10_000.0)
    }
}

impl From<Tracing> for wire::Tracing {
    fn from(tracing: Tracing) -> Self {
        Self { sample_ppm: tracing.sample.ppm }
    }
}

/// More than all is all.
impl From<&wire::Tracing> for Tracing {
    fn from(sent: &wire::Tracing) -> Self {
        Self { sample: SampleShare { ppm: sent.sample_ppm.min(MILLION) } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_id_survives_text_and_wire(bits in 1..u128::MAX) {
            let id = TraceId::new(bits).unwrap();
            prop_assert_eq!(id.to_string().parse(), Ok(id));
            prop_assert_eq!(id.to_string().len(), 32);
            prop_assert_eq!(TraceId::from_bytes(&id.to_bytes()), Some(id));
        }
    }

    #[test]
    fn what_is_no_id_is_refused() {
        let zeros = "0".repeat(32);
        let long = format!("1{zeros}");
        for bad in
            ["", "1", &zeros, &long, "+bf92f3577b34da6a3ce929d0e0e4736", "xbf92f3577b34da6a3ce929d0e0e4736"]
        {
            assert_eq!(bad.parse::<TraceId>(), Err(NoTraceId), "{bad}");
        }
        assert_eq!(TraceId::from_bytes(&[0; 16]), None);
        assert_eq!(TraceId::from_bytes(&[1; 15]), None);
    }

    #[test]
    fn a_share_is_what_it_says() {
        let share = |text: &str| text.parse::<SampleShare>();
        for (typed, shown) in
            [("1%", "1%"), ("0.01", "1%"), ("0", "0%"), ("100 %", "100%"), ("0.0001%", "0.0001%")]
        {
            assert_eq!(share(typed).unwrap().to_string(), shown);
        }
        for bad in ["", "%", "x", "-1", "1.1", "101%", "nan", "inf"] {
            assert_eq!(share(bad), Err(NoSampleShare), "{bad}");
        }
        let of = |text: &str| {
            let bound = share(text).unwrap().bound();
            (0..100_000u64).filter(|n| SampleShare::is_sampled(bound, crate::mix::mix(*n))).count()
        };
        assert_eq!((of("0"), of("1")), (0, 100_000));
        assert!((900..1_100).contains(&of("1%")), "{}", of("1%"));
    }
}
