//! Unrelated numbers of neighbouring ones.

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators").
pub const fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(GOLDEN);
    let value = (value ^ value >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ value >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ value >> 31
}

/// Number `number` of the stream that begins at `base`: that of SplitMix64, without drawing those before it.
pub const fn draw(base: u64, number: u64) -> u64 {
    mix(base.wrapping_add(number.wrapping_mul(GOLDEN)))
}

/// The fraction of the golden ratio, odd.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
