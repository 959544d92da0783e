//! The header `traceparent` of a user's requests.
//!
//! An id of a trace is the run's eight digits, so that all of a run's traces are found by them, and 24 that follow from
//! the run's seed, the user, which of its lives it is, and the number of the request in that: no draw is taken for it,
//! so what users do is the same with traces and without.

use common::class::UserKey;
use common::mix::{draw, mix};
use common::trace::{SampleShare, TraceId, Tracing};

use super::number;

/// Before the id of the trace.
const START: &[u8] = b"traceparent: 00-";
/// Header, two ids, flags, line end.
const LENGTH: usize = START.len() + 32 + 1 + 16 + 1 + 2 + 2;

/// Where the ids of one load thread come from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TraceSource {
    tracing: Tracing,
    mark: u32,
    seed: u64,
    /// The load thread's own.
    place: u64,
    /// Users that it made.
    born: u64,
}

/// Whose the traces of an engine are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TraceOwner {
    /// Id of the run.
    pub run: [u8; 16],
    /// The worker's place among all of the run; no two have the same.
    pub worker: u32,
}

impl TraceSource {
    pub(crate) fn new(tracing: Tracing, owner: TraceOwner, seed: u64, core: usize) -> TraceSource {
        TraceSource {
            tracing,
            mark: TraceId::mark_of(owner.run),
            seed,
            place: mix(u64::from(owner.worker) << 32 | core as u64),
            born: 0,
        }
    }

    /// The tracer of the next user that begins to live.
    pub(super) fn user(&mut self, key: UserKey) -> Tracer {
        self.born += 1;
        let life = mix(self.place.wrapping_add(self.born));
        let bound = self.tracing.sample.bound();
        Tracer { mark: self.mark, seed: self.seed, life, base: 0, sent: 0, bound }.of(key)
    }
}

/// Makes the ids of one user.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tracer {
    mark: u32,
    seed: u64,
    life: u64,
    base: u64,
    sent: u64,
    bound: u64,
}

/// What a request carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TraceContext {
    pub(super) id: TraceId,
    /// Of the request itself.
    span: u64,
    sampled: bool,
}

impl Tracer {
    /// The same for another user, in the same life.
    pub(super) fn of(self, key: UserKey) -> Tracer {
        Tracer { base: mix(self.seed ^ mix(number(key))) ^ self.life, ..self }
    }

    /// That of the next request.
    #[inline]
    pub(super) fn next(&mut self) -> TraceContext {
        self.sent += 1;
        let low = draw(self.base, self.sent);
        let high = u64::from(self.mark) << 32 | mix(low ^ self.base) >> 32;
        let id = TraceId::odd(u128::from(high) << 64 | u128::from(low));
        TraceContext { id, span: self.span(low), sampled: SampleShare::is_sampled(self.bound, low | 1) }
    }

    /// That of a request that belongs to the trace of another.
    pub(super) fn follow(&mut self, before: TraceContext) -> TraceContext {
        self.sent += 1;
        TraceContext { span: self.span(draw(self.base, self.sent)), ..before }
    }

    fn span(&self, number: u64) -> u64 {
        mix(number ^ u64::from(self.mark)) | 1
    }
}

impl TraceContext {
    /// Writes the header line.
    #[inline]
    pub(super) fn write(self, out: &mut Vec<u8>) {
        let id = self.id.bits();
        let mut line = [b'-'; LENGTH];
        line[..16].copy_from_slice(START);
        line[16..32].copy_from_slice(&hex((id >> 64) as u64));
        line[32..48].copy_from_slice(&hex(id as u64));
        line[49..65].copy_from_slice(&hex(self.span));
        line[66..].copy_from_slice(if self.sampled { b"01\r\n" } else { b"00\r\n" });
        out.extend_from_slice(&line);
    }
}

/// The 16 digits of a number, eight at a time.
#[inline]
fn hex(number: u64) -> [u8; 16] {
    let mut digits = [0; 16];
    digits[..8].copy_from_slice(&hex_half((number >> 32) as u32));
    digits[8..].copy_from_slice(&hex_half(number as u32));
    digits
}

#[inline]
fn hex_half(number: u32) -> [u8; 8] {
    let spread = u64::from(number);
    let spread = (spread | spread << 16) & 0x0000_ffff_0000_ffff;
    let spread = (spread | spread << 8) & 0x00ff_00ff_00ff_00ff;
    let nibbles = (spread | spread << 4) & 0x0f0f_0f0f_0f0f_0f0f;
    // One in each byte that is a letter: 6 more reach the fifth bit then.
    let letters = (nibbles + 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101;
    (nibbles + 0x3030_3030_3030_3030 + letters * u64::from(b'a' - b'0' - 10)).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::class::UserClass;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn source(run: u8, worker: u32, core: usize, sample: &str) -> TraceSource {
        let tracing = Tracing { sample: sample.parse().unwrap() };
        TraceSource::new(tracing, TraceOwner { run: [run; 16], worker }, 7, core)
    }

    proptest! {
        #[test]
        fn eight_digits_at_a_time_are_the_same(number: u64) {
            let digits = hex(number);
            prop_assert_eq!(str::from_utf8(&digits).unwrap(), format!("{number:016x}"));
        }
    }

    #[test]
    fn a_header_is_of_the_form() {
        let context = TraceContext { id: TraceId::new(0x4bf9 << 100).unwrap(), span: 0xf067, sampled: true };
        let mut line = Vec::new();
        context.write(&mut line);
        context.write(&mut line);
        let one = "traceparent: 00-0004bf90000000000000000000000000-000000000000f067-01\r\n";
        assert_eq!(String::from_utf8(line).unwrap(), one.repeat(2));
    }

    #[test]
    fn ids_are_unique_over_users_lives_cores_and_workers_and_the_same_again() {
        let ids = |run| {
            let mut all = Vec::new();
            for (worker, core) in [(0, 0), (0, 1), (1, 0)] {
                let mut source = source(run, worker, core, "1%");
                for (class, index) in [(UserClass::Crud, 0), (UserClass::Crud, 1), (UserClass::Stream, 0)] {
                    for _life in 0..2 {
                        let mut tracer = source.user((class, index));
                        all.extend((0..100).map(|_| tracer.next()));
                        let mut other = tracer.of((class, index + 9));
                        all.extend((0..100).map(|_| other.next()));
                    }
                }
            }
            all
        };
        let all = ids(1);
        let distinct = |of: fn(&TraceContext) -> u128| all.iter().map(of).collect::<BTreeSet<_>>().len();
        assert_eq!((distinct(|one| one.id.bits()), distinct(|one| one.span.into())), (all.len(), all.len()));
        assert_eq!(all, ids(1));
        let of_run = |run: u8| move |context: &TraceContext| context.id.mark() == TraceId::mark_of([run; 16]);
        assert!(all.iter().all(of_run(1)) && ids(2).iter().all(of_run(2)) && !all.iter().any(of_run(2)));
    }

    #[test]
    fn the_share_that_is_asked_for_is_sampled_and_a_trace_stays_one() {
        let sampled = |share| {
            let mut tracer = source(1, 0, 0, share).user((UserClass::Mixed, 3));
            (0..10_000).filter(|_| tracer.next().sampled).count()
        };
        assert_eq!((sampled("0"), sampled("100%")), (0, 10_000));
        assert!((400..600).contains(&sampled("5%")), "{}", sampled("5%"));
        let mut tracer = source(1, 0, 0, "50%").user((UserClass::Mixed, 3));
        let question = tracer.next();
        let answer = tracer.follow(question);
        assert_eq!((question.id, question.sampled), (answer.id, answer.sampled));
        assert_ne!(question.span, answer.span);
    }
}
