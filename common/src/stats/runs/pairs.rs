//! The two codes of a bucket, read at once where they are short.
//!
//! Only the bits of a code show where the next one begins: read one by one, a bucket costs two chains of
//! counting zeros and shifting. Nearly all pairs of a distribution are short, so that the next ten bits name
//! both numbers and their length, and a bucket costs one look.

use std::sync::LazyLock;

use super::short;

/// Bits of a look.
const LOOK: u32 = 10;
/// Parameters that have a table: beyond these, few pairs are short.
const GAPS: usize = 7;
const MORES: usize = 4;

/// What a window begins with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Pair {
    /// The code of the gap.
    pub gap: u16,
    /// The code of the count.
    pub more: u8,
    /// How long both are together; 0 when they are longer than a look.
    pub bits: u8,
}

/// The pairs of two parameters, by the next bits.
#[derive(Debug)]
pub(super) struct Pairs([Pair; 1 << LOOK]);

/// No pair: every code must be read by itself.
static NONE: Pairs = Pairs([Pair { gap: 0, more: 0, bits: 0 }; 1 << LOOK]);
/// 4 KiB for each combination, of which a delta needs two or three.
static TABLES: LazyLock<Vec<Pairs>> = LazyLock::new(|| {
    (0..GAPS * MORES).map(|at| Pairs::new((at / MORES) as u32, (at % MORES) as u32)).collect()
});

/// The pairs of these two parameters.
pub(super) fn of(gap: u32, more: u32) -> &'static Pairs {
    let (gap, more) = (gap as usize, more as usize);
    match gap < GAPS && more < MORES {
        true => TABLES.get(gap * MORES + more).unwrap_or(&NONE),
        false => &NONE,
    }
}

impl Pairs {
    fn new(gap: u32, more: u32) -> Pairs {
        let mut pairs = [Pair::default(); 1 << LOOK];
        for (next, pair) in (0u64..).zip(&mut pairs) {
            *pair = first(next << (u64::BITS - LOOK), gap, more).unwrap_or_default();
        }
        Pairs(pairs)
    }

    /// What a window begins with, the first bit highest.
    #[inline(always)]
    pub fn next(&self, window: u64) -> Pair {
        self.0[(window >> (u64::BITS - LOOK)) as usize]
    }
}

/// The pair that a window begins with, if a look shows all of it.
fn first(window: u64, gap: u32, more: u32) -> Option<Pair> {
    let (gap, gap_bits) = short(window, gap)?;
    let (more, more_bits) = short(window << gap_bits, more)?;
    let bits = gap_bits + more_bits;
    // At most ten bits hold both, so that neither number can be greater than its field.
    (bits <= LOOK).then_some(Pair { gap: gap as u16, more: more as u8, bits: bits as u8 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_gives_what_the_codes_give_one_by_one() {
        for (gap, more) in (0..16).flat_map(|gap| (0..16).map(move |more| (gap, more))) {
            for next in 0..1u64 << LOOK {
                // The bits behind a look must not matter.
                let windows = [next << 54, next << 54 | ((1 << 54) - 1)];
                for pair in windows.map(|window| of(gap, more).next(window)) {
                    if pair.bits == 0 {
                        continue;
                    }
                    let (first, used) = short(windows[0], gap).unwrap();
                    let (second, further) = short(windows[0] << used, more).unwrap();
                    let decoded = (u64::from(pair.gap), u64::from(pair.more), u32::from(pair.bits));
                    assert_eq!(decoded, (first, second, used + further), "{next:#012b} of {gap}, {more}");
                }
            }
        }
    }

    #[test]
    fn every_short_pair_is_in_its_table() {
        // `1` and `1`: no gap and one sample. `011` with parameter 1, and `1`: a gap of 3 and one sample.
        assert_eq!(of(0, 0).next(0b11 << 62), Pair { gap: 0, more: 0, bits: 2 });
        assert_eq!(of(1, 0).next(0b0111 << 60), Pair { gap: 3, more: 0, bits: 4 });
        assert_eq!(of(6, 3).next(0b1 << 63).bits, 0, "eleven bits are more than a look");
        assert_eq!(of(0, 0).next(0).bits, 0);
        let holds = of(2, 0).0.iter().filter(|pair| pair.bits > 0).count();
        assert!(holds * 100 > 95 * (1 << LOOK), "{holds} of {}", 1 << LOOK);
    }
}
