//! The bucket layout of every histogram: HDR, three significant digits.
//!
//! ```text
//! value      0 … 2047 │ 2048 … 4095 │ 4096 … 8191 │ …
//! width          1    │      2      │      4      │ …
//! buckets      2048   │    1024     │    1024     │ …
//! ```
//!
//! A bucket is at most 1/1024 of its value wide and a value is reported by its bucket's upper end,
//! which makes the relative error at most 0.1 %. The layout is that of the `hdrhistogram` crate with
//! bounds 1 to [`MAX`] and three digits; a test holds the two together.

/// The largest value told apart: 3,600,000,000 (one hour in microseconds). Longer ones are clamped.
pub const MAX: u64 = 3_600_000_000;

/// How many buckets there are.
pub const COUNT: usize = index_of(MAX) + 1;

const SUB_BITS: u32 = 11;
const HALF: usize = 1 << (SUB_BITS - 1);

/// The bucket of `value`, which must not exceed [`MAX`].
#[inline]
pub const fn index_of(value: u64) -> usize {
    let magnitude = 64 - SUB_BITS - (value | ((1 << SUB_BITS) - 1)).leading_zeros();
    magnitude as usize * HALF + (value >> magnitude) as usize
}

/// Buckets of one width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BucketRow {
    /// Where the row would begin if its first bucket held 0: a bucket's least value is its distance from
    /// here, times the width.
    pub origin: u32,
    /// The first bucket behind the row.
    pub end: u32,
    /// Each bucket holds 2^this values.
    pub magnitude: u32,
}

/// The row that a bucket lies in.
pub(super) const fn row(index: u32) -> BucketRow {
    let half = HALF as u32;
    let magnitude = if index < 2 * half { 0 } else { index / half - 1 };
    BucketRow { origin: magnitude * half, end: (magnitude + 2) * half, magnitude }
}

/// The smallest value of a bucket.
pub const fn lowest(index: usize) -> u64 {
    let row = row(index as u32);
    (index as u64 - row.origin as u64) << row.magnitude
}

/// The largest value of a bucket.
pub const fn highest(index: usize) -> u64 {
    lowest(index) + ((1 << row(index as u32).magnitude) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn buckets_are_contiguous_and_cover_the_range() {
        for index in 1..COUNT {
            assert_eq!(lowest(index), highest(index - 1) + 1, "bucket {index}");
        }
        assert_eq!(lowest(0), 0);
        assert!(highest(COUNT - 1) >= MAX);
    }

    #[test]
    fn rows_cover_the_buckets_one_after_another() {
        let mut next = 0;
        while next < COUNT as u32 {
            let this = row(next);
            assert!((next..this.end).all(|index| row(index) == this), "{this:?}");
            assert_ne!(row(this.end), this);
            next = this.end;
        }
    }

    proptest! {
        #[test]
        fn a_value_lies_in_its_bucket_and_the_error_is_within_a_thousandth(value in 0..=MAX) {
            let index = index_of(value);
            prop_assert!(lowest(index) <= value && value <= highest(index));
            prop_assert!((highest(index) - value) as f64 <= value as f64 * 0.001);
        }

        #[test]
        fn the_layout_is_that_of_hdrhistogram(value in 1..=MAX) {
            let hdr = hdrhistogram::Histogram::<u64>::new_with_bounds(1, MAX, 3).unwrap();
            prop_assert_eq!(hdr.lowest_equivalent(value), lowest(index_of(value)));
            prop_assert_eq!(hdr.highest_equivalent(value), highest(index_of(value)));
        }
    }
}
