//! Filled buckets as bits: nearly all the bytes of a delta.
//!
//! Buckets come in blocks of 64. A block begins with two parameters of four bits each, one for gaps and
//! one for counts. Then each bucket is two codes: how many empty buckets lie between it and the one
//! before, and its samples − 1. The last byte is filled with zeros.
//!
//! ```text
//! Rice code of 13 with parameter 2      13 = 3 × 4 + 1      0 0 0 1 0 1
//!                                                           │     │ └── the lower two bits
//!                                                           │     └──── a one
//!                                                           └────────── as many zeros as 13 >> 2
//! ```
//!
//! A code never has more than 24 zeros: from there on the number follows plainly in 40 bits. Gaps of a
//! distribution are nearly geometric, for which Rice codes are nearly the shortest there are: a thousand
//! samples take 4.7 bits for each filled bucket.

mod pairs;

use super::buckets;
use super::error::SamplesError;

/// Buckets that share their parameters.
const BLOCK: usize = 64;
/// Zeros after which a number is written plainly.
const ESCAPE: u32 = 24;
/// Bits of a number that is written plainly: enough for every count and gap.
const PLAIN: u32 = 40;
/// Bits of a parameter, and the greatest one.
const PARAMETER: u32 = 4;
const GREATEST: u32 = (1 << PARAMETER) - 1;

/// Writes filled buckets, which ascend and whose counts are at least 1.
pub(super) fn encode(filled: &[(u32, u64)]) -> Vec<u8> {
    let mut bits = BitWriter { bytes: Vec::with_capacity(filled.len() * 3 / 4 + 16), window: 0, used: 0 };
    let mut next = 0;
    for block in filled.chunks(BLOCK) {
        let last = block.last().map_or(next, |(index, _)| *index);
        let gaps = u64::from(last + 1 - next) - block.len() as u64;
        let counts = block.iter().map(|(_, count)| count - 1).sum();
        let (gap, more) = (parameter(gaps, block.len()), parameter(counts, block.len()));
        bits.put(u64::from(gap << PARAMETER | more), 2 * PARAMETER);
        for (index, count) in block {
            bits.code(u64::from(index - next), gap);
            bits.code(count - 1, more);
            next = index + 1;
        }
    }
    bits.finish()
}

/// Reads so many filled buckets, which then ascend and lie in the layout.
pub(super) fn decode(bytes: &[u8], filled: u32) -> Result<Vec<(u32, u64)>, SamplesError> {
    let filled = filled as usize;
    // Two bits are the least a bucket takes, so that no few bytes claim much memory.
    if filled > buckets::COUNT || filled > bytes.len() * 4 {
        return Err(SamplesError::Malformed);
    }
    let mut buckets = vec![(0, 0); filled];
    let mut bits = BitReader { bytes, window: 0, left: 0, beyond: 0 };
    let mut next = 0u64;
    for block in buckets.chunks_mut(BLOCK) {
        let parameters = bits.take(2 * PARAMETER) as u32;
        let (gap, more) = (parameters >> PARAMETER, parameters & GREATEST);
        let pairs = pairs::of(gap, more);
        for bucket in block {
            // Always here, so that it is hardly ever due between the two codes: what the processor
            // cannot foresee costs more than the work.
            bits.refill();
            let pair = pairs.next(bits.window);
            let (empty, further) = match pair.bits {
                0 => (bits.code(gap), bits.code(more)),
                _ => (u64::from(pair.gap), u64::from(pair.more)),
            };
            bits.skip(u32::from(pair.bits));
            // Cut where it is too great, which is refused below.
            *bucket = ((next + empty) as u32, further + 1);
            next += empty + 1;
        }
        if next > buckets::COUNT as u64 {
            return Err(SamplesError::BucketOutOfRange(next - 1));
        }
    }
    if bits.is_at_end() { Ok(buckets) } else { Err(SamplesError::Malformed) }
}

/// The number that a window begins with and the bits it takes, unless it is written plainly.
#[inline(always)]
fn short(window: u64, parameter: u32) -> Option<(u64, u32)> {
    let zeros = window.leading_zeros();
    let low = window << (zeros & 63) << 1 >> 1 >> (63 - parameter);
    (zeros < ESCAPE).then_some((u64::from(zeros) << parameter | low, zeros + 1 + parameter))
}

/// The parameter that makes numbers of this mean shortest: the least one whose power of two is not
/// below the mean × ln 2.
fn parameter(sum: u64, count: usize) -> u32 {
    let mean = u128::from(sum) * 69 / 100 / count as u128;
    (u128::BITS - mean.leading_zeros()).min(GREATEST)
}

struct BitWriter {
    bytes: Vec<u8>,
    /// Bits that are not yet a byte, the first one highest.
    window: u64,
    used: u32,
}

impl BitWriter {
    fn code(&mut self, number: u64, parameter: u32) {
        let zeros = number >> parameter;
        if zeros < u64::from(ESCAPE) {
            let low = number & ((1 << parameter) - 1);
            self.put(1 << parameter | low, zeros as u32 + 1 + parameter);
        } else {
            self.put(0, ESCAPE);
            self.put(number, PLAIN);
        }
    }

    /// Appends the lower `bits` of a number, at most 56.
    fn put(&mut self, number: u64, bits: u32) {
        self.used += bits;
        self.window |= number << (u64::BITS - self.used);
        while self.used >= 8 {
            self.bytes.push((self.window >> 56) as u8);
            self.window <<= 8;
            self.used -= 8;
        }
    }

    fn finish(mut self) -> Vec<u8> {
        if self.used > 0 {
            self.bytes.push((self.window >> 56) as u8);
        }
        self.bytes
    }
}

struct BitReader<'a> {
    /// What the window does not hold yet.
    bytes: &'a [u8],
    /// The next bits, the first one highest.
    window: u64,
    /// How many of the window's bits count.
    left: u32,
    /// How many of those are zeros from beyond the end.
    beyond: u32,
}

impl BitReader<'_> {
    // Inlined, as else the window goes through memory for each code.
    #[inline(always)]
    fn code(&mut self, parameter: u32) -> u64 {
        if self.left < PLAIN {
            self.refill();
        }
        let Some((number, bits)) = short(self.window, parameter) else {
            self.skip(ESCAPE);
            return self.take(PLAIN);
        };
        self.skip(bits);
        number
    }

    /// The next bits as a number, at least one and at most 40.
    fn take(&mut self, bits: u32) -> u64 {
        if self.left < PLAIN {
            self.refill();
        }
        let number = self.window >> (u64::BITS - bits);
        self.skip(bits);
        number
    }

    #[inline(always)]
    fn skip(&mut self, bits: u32) {
        self.window <<= bits;
        self.left -= bits;
    }

    /// Makes at least 56 bits count: no code has more than 40, but for an escaped one.
    #[inline(always)]
    fn refill(&mut self) {
        match self.bytes.first_chunk() {
            Some(word) => {
                self.window |= u64::from_be_bytes(*word) >> self.left;
                let taken = (63 - self.left) / 8;
                self.bytes = &self.bytes[taken as usize..];
                self.left += taken * 8;
            }
            None => self.refill_at_end(),
        }
    }

    #[cold]
    fn refill_at_end(&mut self) {
        while self.left <= 56 {
            match self.bytes.split_first() {
                Some((byte, rest)) => {
                    self.window |= u64::from(*byte) << (56 - self.left);
                    self.bytes = rest;
                }
                None => self.beyond += 8,
            }
            self.left += 8;
        }
    }

    /// Whether everything was read and nothing more, but for the zeros that fill the last byte.
    fn is_at_end(&self) -> bool {
        let filling = self.left.checked_sub(self.beyond);
        self.bytes.is_empty() && self.window == 0 && filling.is_some_and(|bits| bits < 8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn codes_are_as_the_picture_shows() {
        // Parameters 1 and 0; gap 3 is 011, count 1 is 1, gap 0 is 10, count 2 is 01.
        let filled = [(3, 1), (4, 2)];
        let expected = [0b0001_0000, 0b0111_1001];
        assert_eq!(encode(&filled), expected);
        assert_eq!(decode(&expected, 2), Ok(filled.to_vec()));
    }

    #[test]
    fn what_is_cut_or_goes_on_is_refused() {
        let filled: Vec<_> = (0..200).map(|bucket| (bucket * 7, u64::from(bucket % 3) + 1)).collect();
        let bytes = encode(&filled);
        for length in 0..bytes.len() {
            assert!(decode(&bytes[..length], 200).is_err(), "cut to {length} bytes");
        }
        assert_eq!(decode(&[&bytes[..], &[0]].concat(), 200), Err(SamplesError::Malformed));
        assert_eq!(decode(&bytes, 199), Err(SamplesError::Malformed));
        assert!(decode(&bytes, 201).is_err());
        assert_eq!(decode(&[0; 8], u32::MAX), Err(SamplesError::Malformed));
        assert_eq!(decode(&[], 0), Ok(Vec::new()));
    }

    #[test]
    fn the_greatest_numbers_pass() {
        let filled = [(0, 1 << 36), (buckets::COUNT as u32 - 1, 1)];
        assert_eq!(decode(&encode(&filled), 2), Ok(filled.to_vec()));
    }

    proptest! {
        // Dense and thin, so that pairs are short and long.
        #[test]
        fn what_is_written_is_read(
            (reach, most) in (prop_oneof![Just(300), Just(4000), Just(buckets::COUNT as u32)], prop_oneof![
                Just(1u64),
                Just(4),
                Just(60),
                Just(1 << 36),
            ]),
            seeds in prop::collection::vec((any::<u32>(), any::<u64>()), 0..300),
        ) {
            let buckets: std::collections::BTreeMap<_, _> =
                seeds.into_iter().map(|(index, count)| (index % reach, count % most + 1)).collect();
            let filled: Vec<_> = buckets.into_iter().collect();
            prop_assert_eq!(decode(&encode(&filled), filled.len() as u32), Ok(filled));
        }

        #[test]
        fn garbage_never_panics(bytes: Vec<u8>, filled in 0..2000u32) {
            if let Ok(buckets) = decode(&bytes, filled) {
                prop_assert!(buckets.is_sorted_by(|a, b| a.0 < b.0));
            }
        }
    }
}
