//! Chance that a seed decides.

use common::mix::mix;

pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(mix(seed ^ 0x5eed))
    }

    /// From above 0 to 1.
    fn share(&mut self) -> f64 {
        self.0 = mix(self.0.wrapping_add(0x9e37_79b9_7f4a_7c15));
        ((self.0 >> 11) + 1) as f64 / (1u64 << 53) as f64
    }

    /// Of the normal distribution (Box and Muller 1958).
    pub fn normal(&mut self) -> f64 {
        let (radius, angle) = ((-2.0 * self.share().ln()).sqrt(), self.share() * std::f64::consts::TAU);
        radius * angle.cos()
    }
}
