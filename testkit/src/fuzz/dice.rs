//! Decisions taken from bytes.

/// Every decision uses up bytes; when none is left all decisions are 0.
#[derive(Debug)]
pub struct Dice<'a>(pub &'a [u8]);

impl Dice<'_> {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// A number below `sides`.
    pub fn below(&mut self, sides: usize) -> usize {
        usize::from(self.byte()) % sides
    }

    /// Any number, but mostly those at which code goes wrong.
    pub fn number(&mut self) -> u64 {
        match self.byte() {
            byte @ 0..=127 => u64::from(byte),
            128..=191 => 1 << self.below(64),
            192..=223 => (1 << self.below(64)) - 1,
            224..=239 => u64::MAX - u64::from(self.byte()),
            _ => std::array::from_fn::<_, 8, _>(|_| self.byte())
                .into_iter()
                .fold(0, |number, byte| number << 8 | u64::from(byte)),
        }
    }
}
